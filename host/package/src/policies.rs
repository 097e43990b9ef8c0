//! Cedar texts: linted, parsed, named by their `@id`, validated strictly; every finding with its place.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::ffi::DetailedError;
use cedar_policy::{
    Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, ValidationWarning, Validator,
};

use crate::diagnostic::{Findings, Words, code, words};
use crate::document::one_line;
use crate::marks::{full_width, keywords, too_deep};
use crate::source::{Place, place_at};

/// How many attributes deep a policy may look; no entity refers to another, so one is all there is.
pub(crate) const LEVEL: u32 = 1;

/// A policy with its place.
#[derive(Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) policy: Policy,
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    /// The word `permit` or `forbid`.
    pub(crate) offset: usize,
}

impl Placed<'_> {
    pub(crate) fn place(&self) -> Place {
        place_at(self.file, self.text, self.offset)
    }

    pub(crate) fn id(&self) -> String {
        self.policy.id().to_string()
    }
}

/// Reads the Cedar files of one edition folder; ids must start with `prefix`.
pub(crate) fn read<'a>(
    files: &[(&'a str, &'a str)],
    prefix: &str,
    findings: &mut Findings,
) -> BTreeMap<String, Placed<'a>> {
    let mut known: BTreeMap<String, Placed<'a>> = BTreeMap::new();
    for (file, text) in files {
        if full_width(file, text, findings) || too_deep(file, text, findings) {
            continue;
        }
        let set: PolicySet = match text.parse() {
            Ok(set) => set,
            Err(errors) => {
                syntax(file, text, &errors, findings);
                continue;
            }
        };
        let offsets = keywords(text);
        if set.num_of_templates() > 0 {
            let place = Place::top(file);
            findings.error(
                code::CEDAR_TEMPLATE,
                place,
                words(
                    "templates cannot be shipped; write complete policies",
                    "这里用了模板（?principal、?resource），不能用。",
                    "把模板写成完整的规矩。",
                ),
            );
        }
        for policy in set.policies() {
            let number: usize =
                policy.id().to_string().trim_start_matches("policy").parse().unwrap_or(0);
            let offset = offsets.get(number).copied().unwrap_or(0);
            let placed = Placed { policy: policy.clone(), file, text, offset };
            let Some(id) = named(&placed, prefix, findings) else { continue };
            if let Some(other) = known.get(&id) {
                let words = crate::read::duplicate(&id, Some(other.file));
                findings.error(code::DUPLICATE_ID, placed.place(), words);
                continue;
            }
            let policy = placed.policy.new_id(PolicyId::new(&id));
            known.insert(id, Placed { policy, ..placed });
        }
    }
    known
}

/// Reads the invariants of one edition folder: named like policies, and each one a `permit`, because it
/// describes the acts that are never to be allowed.
pub(crate) fn invariants<'a>(
    files: &[(&'a str, &'a str)],
    district: &str,
    findings: &mut Findings,
) -> BTreeMap<String, Placed<'a>> {
    let mut read = read(files, &format!("{district}/invariant/"), findings);
    read.retain(|id, placed| {
        let permit = placed.policy.effect() == Effect::Permit;
        if !permit {
            findings.error(
                code::INVARIANT_NOT_PERMIT,
                placed.place(),
                words(
                    format!(
                        "invariant `{id}` must be a `permit` that describes what is never allowed"
                    ),
                    "保证要写成 permit，描述“什么情况绝不能准”，这里写成了 forbid。",
                    "把 forbid 改成 permit；真正起作用的禁止写在 authorization 文件夹里。",
                ),
            );
        }
        permit
    });
    read
}

/// The policy's `@id`, after checking the annotations every policy must carry.
fn named(placed: &Placed<'_>, prefix: &str, findings: &mut Findings) -> Option<String> {
    let said =
        |key: &str| placed.policy.annotation(key).map(str::trim).filter(|text| !text.is_empty());
    if said("title").is_none() {
        findings.error(
            code::POLICY_WITHOUT_TITLE,
            placed.place(),
            words(
                "policy lacks `@title`",
                "这条规矩没有名称。",
                "在前面加一行 @title(\"一句话说明\")。",
            ),
        );
    }
    if said("basis").is_none() {
        findings.error(
            code::POLICY_WITHOUT_BASIS,
            placed.place(),
            words(
                "policy lacks `@basis`",
                "这条规矩没有写依据。",
                "在前面加一行 @basis(\"《法律名称》第几条\")，几个依据用“；”隔开。",
            ),
        );
    }
    let Some(id) = said("id") else {
        findings.error(
            code::POLICY_WITHOUT_ID,
            placed.place(),
            words(
                "policy lacks `@id`",
                "这条规矩没有编号。",
                format!("在前面加一行 @id(\"{prefix}…\")。"),
            ),
        );
        return None;
    };
    if id.strip_prefix(prefix).is_none_or(str::is_empty) {
        findings.error(
            code::POLICY_OUTSIDE_PACKAGE,
            placed.place(),
            words(
                format!("policy id `{}` must start with `{prefix}`", one_line(id)),
                format!("编号“{}”要以 {prefix} 开头。", one_line(id)),
                "每个地方的规矩只能用自己的编号。",
            ),
        );
        return None;
    }
    Some(id.to_owned())
}

/// Validates policies strictly against the schema and returns them as one set.
pub(crate) fn validated(
    policies: &BTreeMap<String, Placed<'_>>,
    schema: &Schema,
    level: Option<u32>,
    findings: &mut Findings,
) -> PolicySet {
    let mut set = PolicySet::new();
    for placed in policies.values() {
        if let Err(error) = set.add(placed.policy.clone()) {
            findings.error(code::INTERNAL, placed.place(), internal(&error.to_string()));
        }
    }
    let validator = Validator::new(schema.clone());
    let result = match level {
        Some(level) => validator.validate_with_level(&set, ValidationMode::Strict, level),
        None => validator.validate(&set, ValidationMode::Strict),
    };
    // One slip is found again for every type the policy could be about; saying it once is enough.
    let mut said = BTreeSet::new();
    let mut errors: Vec<_> =
        result.validation_errors().map(|error| (error, DetailedError::from(error))).collect();
    errors.sort_by(|a, b| a.1.message.cmp(&b.1.message));
    for (error, detail) in &errors {
        let Some(placed) = policies.get(&error.policy_id().to_string()) else { continue };
        let place = place_of(placed.file, placed.text, placed.offset, detail);
        if said.insert((placed.file, place.line, place.column)) {
            findings.error(code::CEDAR_TYPE, place, type_words(detail));
        }
    }
    // A typo makes its policy "impossible" too; saying both only confuses.
    for warning in result.validation_warnings().filter(|_| errors.is_empty()) {
        if !matches!(
            warning,
            ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_)
        ) {
            continue;
        }
        let Some(placed) = policies.get(&warning.policy_id().to_string()) else { continue };
        let detail = DetailedError::from(warning);
        findings.warning(
            code::CEDAR_WARNING,
            place_of(placed.file, placed.text, placed.offset, &detail),
            words(
                one_line(&detail.message),
                "这条规矩永远不会起作用。",
                "检查动作、对象类型和条件是不是互相矛盾。",
            ),
        );
    }
    set
}

/// The words for a fault of this program.
pub(crate) fn internal(said: &str) -> Words {
    words(one_line(said), "程序出了内部错误。", "请把这个文件夹交给维护人员。")
}

fn place_of(file: &str, text: &str, fallback: usize, detail: &DetailedError) -> Place {
    let offset = detail.source_locations.first().map_or(fallback, |label| label.loc.start);
    place_at(file, text, offset)
}

fn type_words(detail: &DetailedError) -> Words {
    let said = detail.message.to_lowercase();
    let hint =
        detail.help.clone().map(|help| format!(" ({})", one_line(&help))).unwrap_or_default();
    let text = if said.contains("attribute") && said.contains("optional") {
        "这一项有时没有，用之前要先写 has 判断。"
    } else if said.contains("attribute") {
        "没有这一项内容，可能打错了字。"
    } else if said.contains("unrecognized action") {
        "没有这个办理动作，可能打错了字。"
    } else if said.contains("unrecognized entity type") {
        "没有这个对象类型，可能打错了字。"
    } else if said.contains("unexpected type") {
        "两边的类型对不上，例如拿文字和数字比较。"
    } else {
        "这条规矩和字段说明对不上。"
    };
    words(
        format!("{}{hint}", one_line(&detail.message)),
        text,
        "能用的类型、动作和字段见 README.md 和 schemas/cedar/core.cedarschema。",
    )
}

pub(crate) fn syntax(
    file: &str,
    text: &str,
    errors: &cedar_policy::ParseErrors,
    findings: &mut Findings,
) {
    for error in errors.iter() {
        let detail = DetailedError::from(error);
        let end = text.trim_end().len();
        let place = place_of(file, text, end, &detail);
        let chinese = if detail.message.contains("end of input") {
            "文件没写完：可能少了分号或右括号。"
        } else {
            "这里写法不对，程序读不懂。"
        };
        findings.error(
            code::CEDAR_SYNTAX,
            place,
            words(
                format!("cannot read the policy: {}", one_line(&detail.message)),
                chinese,
                "检查括号是不是成对，每条规矩末尾是不是有半角分号。",
            ),
        );
    }
}
