//! One finding about a package, in English for logs and in Chinese for whoever wrote the file.

use serde::Serialize;

use crate::limits::DIAGNOSTICS_MAX;
use crate::source::Place;

/// Whether a finding stops the package from being used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The package is refused.
    Error,
    /// The package works; somebody should look.
    Warning,
}

/// A finding with its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Diagnostic {
    /// Stable code, one of [`code`].
    pub code: String,
    /// Whether the package is refused.
    pub severity: Severity,
    /// English, one line, lower case, input in backticks.
    pub message: String,
    /// 中文：出了什么问题。
    pub text: String,
    /// 中文：下一步怎么改。
    pub help: String,
    /// Path inside the package, `/` separators.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// The codes a diagnostic may carry.
pub mod code {
    macro_rules! codes {
        ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
            $($(#[$doc])* pub const $name: &str = $text;)*
            /// Every code, for the documentation and the tests.
            pub const ALL: &[&str] = &[$($text),*];
        };
    }
    codes! {
        /// More files than [`crate::limits::FILES_MAX`].
        TOO_MANY_FILES = "too_many_files";
        /// A file above its size limit.
        TOO_LARGE = "too_large";
        /// A text file that is not UTF-8.
        NOT_TEXT = "not_text";
        /// A path that is absolute, climbs out of the package or is too long.
        BAD_PATH = "bad_path";
        /// A file at a place that has no meaning (warning).
        UNKNOWN_FILE = "unknown_file";
        /// A file the package needs is absent.
        MISSING_FILE = "missing_file";
        /// TOML, JSON or CSV that cannot be read.
        SYNTAX = "syntax";
        /// A key that is not in the schema.
        UNKNOWN_KEY = "unknown_key";
        /// A required key is absent.
        MISSING_KEY = "missing_key";
        /// A value of the wrong type, range, pattern or choice.
        WRONG_VALUE = "wrong_value";
        /// A number with a decimal point.
        NO_DECIMALS = "no_decimals";
        /// Not twelve digits, or digits that do not lie under their parent.
        BAD_DIVISION_CODE = "bad_division_code";
        /// A well-formed code that the division list does not hold.
        UNKNOWN_DIVISION = "unknown_division";
        /// A committee kind that `kinds.toml` does not hold.
        UNKNOWN_KIND = "unknown_kind";
        /// Two things with one id.
        DUPLICATE_ID = "duplicate_id";
        /// A body that `bodies.toml` does not hold.
        UNKNOWN_BODY = "unknown_body";
        /// A role that `roles.toml` does not hold.
        UNKNOWN_ROLE = "unknown_role";
        /// A step, or a way to take one, that names nobody.
        NOBODY_MAY = "nobody_may";
        /// Who executes an item also supervises it.
        EXECUTOR_SUPERVISES = "executor_supervises";
        /// A step that the item does not hold.
        UNKNOWN_STEP = "unknown_step";
        /// More steps than the law asks for, and no reason is given (warning).
        OVERGROWN_FLOW = "OVERGROWN_FLOW";
        /// Steps that wait for each other.
        STEP_CYCLE = "step_cycle";
        /// An item that neither the district nor the township lists.
        UNKNOWN_ITEM = "unknown_item";
        /// A parameter no file describes.
        UNKNOWN_PARAMETER = "unknown_parameter";
        /// A parameter without a value on the day an edition takes effect.
        PARAMETER_WITHOUT_VALUE = "parameter_without_value";
        /// A township's value that is not tighter than the district's.
        LOOSENS_PARAMETER = "loosens_parameter";
        /// A table that no scheme names (warning).
        UNUSED_TABLE = "UNUSED_TABLE";
        /// A setting of a scheme whose rule is a table, which reads none (warning).
        UNUSED_SETTING = "UNUSED_SETTING";
        /// An offer or claim that names no scheme of its township.
        UNKNOWN_SCHEME = "unknown_scheme";
        /// A scheme of another law than the use made of it.
        WRONG_SCHEME_LAW = "wrong_scheme_law";
        /// A scheme that reads its own events as those of another.
        READS_ITSELF = "READS_ITSELF";
        /// A fact that the scheme's kind of subject does not have.
        WRONG_FACT = "WRONG_FACT";
        /// An offer or scheme that names no fund of its township.
        UNKNOWN_FUND = "unknown_fund";
        /// Offers that promise more than their fund holds.
        FUND_TOO_SMALL = "fund_too_small";
        /// A period that ends before it starts, or another impossible date.
        BAD_DATE = "bad_date";
        /// No edition folder.
        NO_EDITION = "no_edition";
        /// Cedar text that cannot be parsed.
        CEDAR_SYNTAX = "cedar_syntax";
        /// A full-width mark where Cedar needs a half-width one.
        FULL_WIDTH_MARK = "full_width_mark";
        /// A policy that does not fit the schema (strict validation).
        CEDAR_TYPE = "cedar_type";
        /// A policy that can never apply, or another finding of the validator (warning).
        CEDAR_WARNING = "cedar_warning";
        /// A template; only complete policies may be shipped.
        CEDAR_TEMPLATE = "cedar_template";
        /// An invariant that is not written as a `permit`.
        INVARIANT_NOT_PERMIT = "invariant_not_permit";
        /// A policy without `@id`.
        POLICY_WITHOUT_ID = "policy_without_id";
        /// A policy whose `@id` does not start with the package's own prefix.
        POLICY_OUTSIDE_PACKAGE = "policy_outside_package";
        /// A policy without `@title`.
        POLICY_WITHOUT_TITLE = "policy_without_title";
        /// A policy without `@basis`.
        POLICY_WITHOUT_BASIS = "policy_without_basis";
        /// An attribute that is both `@identity` and `@personal`.
        IDENTITY_IS_PERSONAL = "identity_is_personal";
        /// A township text that would allow more than the district does.
        WIDENS_POWER = "widens_power";
        /// A responsibility nobody supervises, or whose supervision entry does not exist.
        UNSUPERVISED_POWER = "UNSUPERVISED_POWER";
        /// Two departments that both answer for one entry.
        TWO_OWNERS = "TWO_OWNERS";
        /// One piece of work on two lists.
        TWO_LIST_TYPES = "TWO_LIST_TYPES";
        /// Two entries of one list that say the same.
        DUPLICATE_ITEM = "DUPLICATE_ITEM";
        /// A service or certificate that does not name the documents it needs.
        NO_DOCUMENTS = "NO_DOCUMENTS";
        /// A link to an entry that the list it should stand on does not hold.
        UNKNOWN_ENTRY = "UNKNOWN_ENTRY";
        /// A data field or another name of it that is in the register twice.
        DUPLICATE_FIELD = "DUPLICATE_FIELD";
        /// A data field that the register does not hold.
        UNKNOWN_FIELD = "UNKNOWN_FIELD";
        /// A form on the lists that asks for what a department holds already.
        FIELD_HELD = "FIELD_HELD";
        /// A holder of data that no list names as a department.
        UNKNOWN_DEPARTMENT = "UNKNOWN_DEPARTMENT";
        /// Something is withheld from the public and no reason is given.
        WITHHELD_WITHOUT_REASON = "WITHHELD_WITHOUT_REASON";
        /// Something that must be published is withheld.
        MUST_BE_PUBLISHED = "MUST_BE_PUBLISHED";
        /// An item of which nobody says whether it is published (warning).
        UNCLASSIFIED_ITEM = "UNCLASSIFIED_ITEM";
        /// A pack that another needs and the edition does not hold.
        UNKNOWN_PACK = "UNKNOWN_PACK";
        /// Packs that need each other in a circle.
        PACK_CYCLE = "PACK_CYCLE";
        /// An item or policy file in two packs.
        PACK_TWICE = "PACK_TWICE";
        /// An item or policy file in no pack of an edition that has packs.
        PACK_MISSING = "PACK_MISSING";
        /// A stage and a cohort that do not go together, or a cohort that the file does not hold.
        UNKNOWN_COHORT = "UNKNOWN_COHORT";
        /// An edition that not all have, and none before it for the others.
        ROLLOUT_WITHOUT_PREVIOUS = "ROLLOUT_WITHOUT_PREVIOUS";
        /// A township's edition behind one that not all have.
        ROLLOUT_UNFINISHED = "ROLLOUT_UNFINISHED";
        /// Departments that have not signed off what they are in charge of, or items nobody is in charge of.
        SIGN_OFF_MISSING = "SIGN_OFF_MISSING";
        /// A sign-off of entries or items that were changed afterwards.
        SIGN_OFF_STALE = "SIGN_OFF_STALE";
        /// A department that found something unlawful or without a basis.
        SIGN_OFF_REFUSED = "SIGN_OFF_REFUSED";
        /// A citation of an article that does not exist or is no longer in force.
        BASIS_EXPIRED = "BASIS_EXPIRED";
        /// A citation that ceases to hold while the rule is still in force (warning).
        BASIS_EXPIRES = "BASIS_EXPIRES";
        /// A citation of a law that is not yet in force.
        BASIS_NOT_YET = "BASIS_NOT_YET";
        /// An article's old number (warning).
        BASIS_RENUMBERED = "BASIS_RENUMBERED";
        /// A law or document that the table of laws does not hold (warning).
        BASIS_UNKNOWN = "BASIS_UNKNOWN";
        /// A scheme or row that rests on no clause of a filed covenant.
        CLAUSE_NOT_FILED = "CLAUSE_NOT_FILED";
        /// A covenant that was filed after the edition takes effect.
        COVENANT_NOT_YET = "COVENANT_NOT_YET";
        /// Conduct that the law protects, scored or made a condition.
        PROTECTED_CONDUCT = "PROTECTED_CONDUCT";
        /// A fine or something withheld.
        FINE_FORBIDDEN = "FINE_FORBIDDEN";
        /// A statutory entitlement as a reward.
        STATUTORY_ENTITLEMENT = "STATUTORY_ENTITLEMENT";
        /// Forced sign-in, forwarding, screenshots, installs.
        COMPULSION_FORBIDDEN = "COMPULSION_FORBIDDEN";
        /// Personal data that scoring has no use for.
        DATA_NOT_NEEDED = "DATA_NOT_NEEDED";
        /// A child that is scored.
        MINOR_SCORED = "MINOR_SCORED";
        /// More findings than can be listed.
        MORE_FINDINGS = "more_findings";
        /// A fault of this program, not of the package.
        INTERNAL = "internal";
    }
}

/// The three texts of a finding.
pub(crate) struct Words {
    pub(crate) message: String,
    pub(crate) text: String,
    pub(crate) help: String,
}

/// Shorthand for [`Words`].
pub(crate) fn words(
    message: impl Into<String>,
    text: impl Into<String>,
    help: impl Into<String>,
) -> Words {
    Words { message: message.into(), text: text.into(), help: help.into() }
}

/// Collects the findings of one pass.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Diagnostic>,
    dropped: usize,
}

impl Findings {
    pub(crate) fn error(&mut self, code: &str, place: Place, words: Words) {
        self.push(code, Severity::Error, place, words);
    }

    pub(crate) fn warning(&mut self, code: &str, place: Place, words: Words) {
        self.push(code, Severity::Warning, place, words);
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether anything was found in a file.
    pub(crate) fn mentions(&self, file: &str) -> bool {
        self.found.iter().any(|d| d.file == file)
    }

    fn push(&mut self, code: &str, severity: Severity, place: Place, words: Words) {
        if self.found.len() >= DIAGNOSTICS_MAX {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.found.push(Diagnostic {
            code: code.to_owned(),
            severity,
            message: words.message,
            text: words.text,
            help: words.help,
            file: place.file,
            line: place.line.max(1),
            column: place.column.max(1),
        });
    }

    /// Everything found, in reading order.
    pub(crate) fn into_sorted(mut self) -> Vec<Diagnostic> {
        let dropped = self.dropped;
        self.found.sort_by(|a, b| {
            (&a.file, a.line, a.column, &a.code, &a.message)
                .cmp(&(&b.file, b.line, b.column, &b.code, &b.message))
        });
        self.found.dedup();
        if dropped > 0 {
            self.found.push(Diagnostic {
                code: code::MORE_FINDINGS.to_owned(),
                severity: Severity::Error,
                message: format!("{dropped} further findings are not listed; correct these first"),
                text: format!("还有 {dropped} 处问题没有列出。"),
                help: "请先改好上面列出的问题，再检查一次。".to_owned(),
                file: String::new(),
                line: 1,
                column: 1,
            });
        }
        self.found
    }
}
