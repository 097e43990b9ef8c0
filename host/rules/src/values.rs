//! What goes into a rule and what comes out.

use std::collections::BTreeMap;

use model::Digest;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The questions a rule can answer; each rule answers one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    /// Points, each row by itself.
    Score,
    /// Points, the whole population at once.
    Settle,
    /// Redemptions priced.
    Quote,
    /// Grades, each row by itself.
    Grade,
    /// Points of one source converted into those of another.
    Convert,
    /// A fund shared out among the whole population.
    Distribute,
    /// Whether a row has a benefit.
    Qualify,
    /// Marks of offices; never points of villagers.
    Assess,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Score,
        Self::Settle,
        Self::Quote,
        Self::Grade,
        Self::Convert,
        Self::Distribute,
        Self::Qualify,
        Self::Assess,
    ];

    /// The word used in packages and in function names.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Settle => "settle",
            Self::Quote => "quote",
            Self::Grade => "grade",
            Self::Convert => "convert",
            Self::Distribute => "distribute",
            Self::Qualify => "qualify",
            Self::Assess => "assess",
        }
    }
}

/// Named whole numbers of an event. Short names lie in the map itself: a village has tens of thousands of them, and
/// each that lay elsewhere would have to be fetched from memory.
pub type Quantities = BTreeMap<SmolStr, i64>;

/// One recorded and reviewed fact about a row.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleEvent {
    /// Id in the record; a component never sees it, claims name events by position.
    pub id: SmolStr,
    /// Event type of the scheme, e.g. `sheet`.
    pub kind: SmolStr,
    /// Civil day number (days since 1970-01-01, Asia/Shanghai) on which it took effect.
    pub day: i64,
    /// Who reported or scored it, when that matters; rules only compare actors, they never read names.
    #[serde(default)]
    pub actor: Option<SmolStr>,
    /// Named whole numbers, in the units the scheme states.
    #[serde(default)]
    pub quantities: Quantities,
    /// Civil day number on which it was recorded; the day of effect when nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<i64>,
    /// Who of the row did it, when that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<SmolStr>,
    /// How it came in: `report`, `patrol`, `import` …; empty when nobody says.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub channel: SmolStr,
    /// What it rests on: `photo`, `roster`, `certificate` …; empty when nobody says.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub evidence: SmolStr,
}

/// One household, person or office.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleRow {
    /// Account subject, unique in the input.
    pub subject: String,
    /// Actors whose events about this row do not count: the house's own people and near relatives.
    #[serde(default)]
    pub excluded_actors: Vec<String>,
    /// In order of (day, id).
    #[serde(default)]
    pub events: Vec<RuleEvent>,
    /// What the row is: `household`, `person`, `member`, `team`, `office`; empty when nobody says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Facts that the rule declares and the district grants.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, i64>,
    /// Who belongs to the row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
    /// What the same rule kept for the row last time, at most [`crate::STATE_MAX`] bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub state: Vec<u8>,
}

/// The time that is scored, both days included.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// E.g. `2026Q3`.
    pub name: String,
    /// Civil day number.
    pub first: i64,
    /// Civil day number.
    pub last: i64,
}

impl Period {
    fn none(&self) -> bool {
        *self == Self::default()
    }
}

/// What a rule over rows is asked about.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleInput {
    /// Civil day number on which the rule is applied.
    pub day: i64,
    /// The scheme's settings in force on that day.
    #[serde(default)]
    pub settings: BTreeMap<String, i64>,
    /// Sorted by subject.
    pub rows: Vec<RuleRow>,
    /// The time that is scored.
    #[serde(default, skip_serializing_if = "Period::none")]
    pub period: Period,
}

/// One entry a rule asks to be posted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The row it is for.
    pub subject: String,
    /// Item code of the scheme; one claim per subject and item.
    pub item: String,
    /// 1/100 point, signed.
    pub points: i64,
    /// Chinese sentence for the statement.
    pub reason: String,
    /// Clause of the village's rule text that is applied.
    pub clause: String,
    /// Ids of the events it rests on; all of them events of the row.
    #[serde(default)]
    pub events: Vec<String>,
    /// Named intermediate results (raw mean, rank …), shown next to the entry.
    #[serde(default)]
    pub facts: BTreeMap<String, i64>,
}

/// A row the rule could not answer for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RowRefusal {
    /// The row.
    pub subject: String,
    /// The rule's own stable code, upper snake case.
    pub code: String,
    /// Chinese sentence.
    pub text: String,
}

/// Answers of a scoring, conversion or assessment rule, one per row and in the order of the rows.
pub type Scores = Vec<Result<Vec<Claim>, RowRefusal>>;

/// A remark of a rule for those who run it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Note {
    /// The row it is about.
    pub subject: String,
    /// The rule's own stable code.
    pub code: String,
    /// Chinese sentence.
    pub text: String,
}

/// The answer of a settlement rule.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Settlement {
    /// Claims, in the order of the rows.
    pub claims: Vec<Claim>,
    /// Rows without a valid result (no claims for these), in the order of the rows.
    pub refused: Vec<RowRefusal>,
}

/// The grade of one row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// The row it is for.
    pub subject: String,
    /// Code of the grade, e.g. `AA`.
    pub grade: String,
    /// Chinese sentence.
    pub reason: String,
    /// Clause that is applied.
    pub clause: String,
    /// Last civil day number on which it holds, when the rule says so.
    #[serde(default)]
    pub until: Option<i64>,
    /// Ids of the events it rests on.
    #[serde(default)]
    pub events: Vec<String>,
    /// Named results, shown next to it.
    #[serde(default)]
    pub facts: BTreeMap<String, i64>,
}

/// Answers of a grading rule, one per row and in the order of the rows.
pub type Grades = Vec<Result<Grade, RowRefusal>>;

/// One row's part of a fund.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The row it is for.
    pub subject: String,
    /// Cents, not negative.
    pub cents: i64,
    /// Chinese sentence.
    pub reason: String,
    /// Clause that is applied.
    pub clause: String,
    /// Named results, shown next to it.
    #[serde(default)]
    pub facts: BTreeMap<String, i64>,
}

/// The answer of a distribution rule: all shares and the rest are the fund exactly.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Distribution {
    /// One per row and in the order of the rows.
    pub shares: Vec<Result<Share, RowRefusal>>,
    /// What is carried over, cents.
    pub rest: i64,
}

/// Whether a row has a benefit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entitlement {
    /// The row it is for.
    pub subject: String,
    /// Yes or no.
    pub eligible: bool,
    /// Chinese sentence.
    pub reason: String,
    /// Clause that is applied.
    pub clause: String,
    /// Named results, shown next to it.
    #[serde(default)]
    pub facts: BTreeMap<String, i64>,
}

/// Answers of an eligibility rule, one per row and in the order of the rows.
pub type Entitlements = Vec<Result<Entitlement, RowRefusal>>;

/// What a redemption rule is asked about.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteInput {
    /// Civil day number of the redemption.
    pub day: i64,
    /// The scheme's settings in force on that day.
    #[serde(default)]
    pub settings: BTreeMap<String, i64>,
    /// Offer id.
    pub offer: String,
    /// Pieces asked for.
    pub quantity: i64,
    /// `spendable` and `honour` in 1/100 point, `redeemed_in_period` in pieces of this offer.
    pub account: BTreeMap<String, i64>,
    /// `price_points` (1/100 point) and `price_cents` per piece, `stock`, `per_subject_max`, `honour_min`.
    pub offer_facts: BTreeMap<String, i64>,
}

/// The answer of a redemption rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// Whether the asked quantity may be redeemed.
    pub eligible: bool,
    /// Points to be taken for the whole quantity, 1/100 point; zero when not eligible.
    pub points: i64,
    /// Money the fund pays for the whole quantity, cents; zero when not eligible.
    pub cents: i64,
    /// The most pieces this account could redeem now.
    pub quantity_max: i64,
    /// Reason code, or a Chinese sentence; empty only when eligible.
    pub reason: String,
}

/// What was run and what it cost; enough to run it again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Digest of the component or script as delivered.
    pub rule: Digest,
    /// The interface spoken, e.g. `xiangyue:rules/settler@0.1.0` or `rhai:score@0.1`.
    pub abi: String,
    /// Engine fingerprint: fuel readings are only comparable between equal fingerprints, values always are.
    pub engine: String,
    /// Whether the answer is for reading only; nothing is posted from such a one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub advisory: bool,
    /// Fuel (components) or operations (scripts) used by the call, without instantiation.
    pub fuel_used: u64,
    /// The budget it had.
    pub fuel_max: u64,
    /// What the rule logged for its author, capped; no part of any record.
    #[serde(skip)]
    pub log: Vec<String>,
    /// Remarks for those who run the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What the rule keeps for next time, by subject.
    #[serde(skip)]
    pub states: BTreeMap<String, Vec<u8>>,
}

/// How a number is written for people.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// As it is.
    #[default]
    Count,
    /// 1/100 point, two decimals.
    Points,
    /// Yuan with two decimals.
    Cents,
    /// Hours and minutes.
    Minutes,
    /// ‰.
    Permille,
    /// A civil day.
    Date,
    /// One of the figure's labels.
    Label,
}

/// One setting, quantity or fact a component declares.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Declared {
    /// Name, as in [`RuleInput::settings`] or [`RuleEvent::quantities`].
    pub name: String,
    /// Chinese title with the unit.
    pub title: String,
    /// How it is written for people.
    #[serde(default)]
    pub unit: Unit,
    /// Smallest value allowed.
    pub min: i64,
    /// Largest value allowed.
    pub max: i64,
}

/// A number that a component gives back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FigureKind {
    /// Name, as in [`Claim::facts`].
    pub name: String,
    /// Chinese title.
    pub title: String,
    /// How it is written for people.
    pub unit: Unit,
    /// For [`Unit::Label`]: the words for 0, 1, 2 …
    pub labels: Vec<String>,
}

/// A code with its words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Named {
    /// The code.
    pub code: String,
    /// 中文。
    pub title: String,
    /// English; may be empty.
    #[serde(default)]
    pub title_en: String,
}

/// A sentence with places such as `{raw}`, each the name of a figure or of a setting.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sentence {
    /// The code.
    pub code: String,
    /// 中文。
    pub text: String,
    /// English; may be empty.
    #[serde(default)]
    pub text_en: String,
}

/// What a component says about itself. All that it can ever answer is here: a component of 1.0 names items, reasons
/// and clauses by their position and writes no text of its own. The last lists are empty for components of 0.1.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Description {
    /// Id of the rule, e.g. `household-sanitation`.
    pub id: String,
    /// Chinese title.
    pub title: String,
    /// The rule's own version.
    pub version: String,
    /// Settings it needs; the host refuses a call without them or outside the bounds.
    pub settings: Vec<Declared>,
    /// Event kinds it reads.
    pub kinds: Vec<Named>,
    /// Quantities it reads.
    pub quantities: Vec<Declared>,
    /// Facts of a row that it reads; the host hands over no others.
    pub facts: Vec<Declared>,
    /// Items it posts under.
    pub items: Vec<Named>,
    /// Numbers it gives back.
    pub figures: Vec<FigureKind>,
    /// Why something is posted.
    pub reasons: Vec<Sentence>,
    /// Clauses it applies.
    pub clauses: Vec<Named>,
    /// Why a row or question has no result.
    pub refusals: Vec<Sentence>,
    /// Remarks.
    pub notes: Vec<Sentence>,
    /// Grades.
    pub grades: Vec<Named>,
}
