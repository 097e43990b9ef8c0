//! A township's point schemes, funds and offers.

use std::collections::BTreeMap;

use model::{Cents, CivilDay, Digest, Points};
use serde::{Deserialize, Serialize};

/// Whose account a scheme fills.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// One household.
    Household,
    /// One person.
    Person,
    /// An office of a village; it is assessed and has no points.
    Office,
}

impl Subject {
    /// The word used in packages and in questions to rules.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Household => "household",
            Self::Person => "person",
            Self::Office => "office",
        }
    }
}

/// Which question a rule answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleLaw {
    /// Row by row.
    Score,
    /// The whole round at once.
    Settle,
    /// What a thing costs an account.
    Quote,
    /// Grades, row by row.
    Grade,
    /// Points of other schemes into those of the unified platform (折算), row by row.
    Convert,
    /// A fund shared out among a whole village.
    Distribute,
    /// Whether a row has a benefit.
    Qualify,
    /// Marks of offices; never points of villagers.
    Assess,
}

/// Where a fact about a row comes from; what a rule asks for and no scheme grants, it does not get.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case", deny_unknown_fields)]
pub enum FactSource {
    /// How many people belong to the household.
    Members,
    /// Honour points, 1/100 point.
    Honour,
    /// Spendable points, 1/100 point.
    Spendable,
    /// Effective points of the period, 1/100 point.
    PeriodPoints {
        /// Of which schemes of the township.
        schemes: Vec<String>,
    },
    /// What late and missing records take off an office in the period, 1/100 point.
    Lateness,
}

/// How a rule is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// A WebAssembly component (`*.wasm`).
    Component,
    /// A script (`*.rhai`).
    Script,
    /// A table (`*.table.toml`).
    Table,
}

/// What a cap counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CapPer {
    /// One entry.
    Entry,
    /// All entries of one period.
    Period,
    /// All entries of one calendar year.
    Year,
}

/// The most points a scheme gives; held by the host, whatever the rule says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cap {
    /// For one item only; for all together when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// For each what.
    pub per: CapPer,
    /// The most, 1/100 point.
    pub points: Points,
}

/// A named whole number in an event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Quantity {
    /// Smallest value.
    pub min: i64,
    /// Largest value.
    pub max: i64,
    /// 中文：单位.
    pub unit: String,
    /// 中文名称.
    #[serde(default)]
    pub title: String,
}

/// An event a scheme takes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EventKind {
    /// Id, e.g. `panel-sheet`.
    #[serde(rename = "type")]
    pub kind: String,
    /// 中文名称.
    pub title: String,
    /// Quantities by name; an event carries all of them. None where only the times are counted.
    #[serde(default)]
    pub quantities: BTreeMap<String, Quantity>,
}

/// Sandbox limits a scheme may lower; the host's own limits hold anyway.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RuleLimits {
    /// Fuel per call.
    #[serde(default)]
    pub fuel: Option<u64>,
    /// Memory in KiB.
    #[serde(default)]
    pub memory_kib: Option<u64>,
    /// Output bytes.
    #[serde(default)]
    pub output_bytes: Option<u64>,
}

/// A scheme: who, what events, which rule, on whose decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scheme {
    /// Id, e.g. `household-sanitation`.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// Whose account it fills.
    pub subject: Subject,
    /// Which question its rule answers.
    pub law: RuleLaw,
    /// Path of the rule within the township edition.
    pub rule: String,
    /// 中文：依据的条款, put on every entry.
    pub clause: String,
    /// The record of the vote that made the scheme.
    pub decision_record: String,
    /// Calendar days a list stays up before points count.
    pub notice_days: i64,
    /// `quarter`, `month` or `year`.
    #[serde(default = "quarter")]
    pub period: String,
    /// Whole-number settings handed to the rule.
    #[serde(default)]
    pub settings: BTreeMap<String, i64>,
    /// Events it takes.
    #[serde(default)]
    pub events: Vec<EventKind>,
    /// Facts about a row that its rule may see, by the name the rule knows them by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, FactSource>,
    /// Schemes of the same township whose accepted events its rule sees too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
    /// The most it gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<Cap>,
    /// The fund of the township that it shares out; only for the question `distribute`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fund: String,
    /// Whole months before the period whose events its rule sees too (validity windows).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub months_before: u16,
    /// In which posts what a round found may be read as a whole; none for those whom the policies let anyway. The person
    /// concerned reads their own in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<String>,
    /// For trial runs only (试算): nothing is recorded or posted under it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trial: bool,
    /// Sandbox limits.
    #[serde(default)]
    pub limits: RuleLimits,
    /// The rule's bytes.
    #[serde(skip)]
    pub source: Vec<u8>,
    /// Digest of `source`.
    #[serde(skip_deserializing, default)]
    pub source_digest: Digest,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(months: &u16) -> bool {
    *months == 0
}

fn quarter() -> String {
    "quarter".to_owned()
}

impl Scheme {
    /// How the rule is written, by the end of its path.
    pub fn kind(&self) -> RuleKind {
        // the schema lets through `.wasm`, `.rhai` and `.table.toml` only, all in lower case
        match self.rule.rsplit_once('.').map(|(_, end)| end) {
            Some("wasm") => RuleKind::Component,
            Some("toml") => RuleKind::Table,
            _ => RuleKind::Script,
        }
    }

    /// An event kind by id.
    pub fn event(&self, kind: &str) -> Option<&EventKind> {
        self.events.iter().find(|event| event.kind == kind)
    }
}

/// A covenant (村规民约) or method of points that was voted and filed with the township (村民委员会组织法第31条).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Covenant {
    /// 名称, without 《》.
    pub title: String,
    /// Day of filing.
    pub filed: CivilDay,
    /// The record of the vote.
    pub decision_record: String,
    /// Clauses that may be cited, as `第4条`.
    pub clauses: Vec<String>,
}

/// What kind of money a fund is; statutory money is none of these (集体经济组织法第42条; 社会救助法第2条).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FundKind {
    /// Welfare money that an assembly decided on.
    AssemblyWelfare,
    /// A gift that was recorded.
    Donation,
    /// Award money out of a budget.
    FiscalAward,
    /// Money of a merchant.
    Merchant,
}

/// Money set aside for redemptions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fund {
    /// Id.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// What kind of money it is.
    pub kind: FundKind,
    /// What it holds, in cents.
    pub cents: Cents,
    /// 中文：钱从哪里来 (never a statutory entitlement).
    pub source: String,
    /// The decision that set it up.
    pub decision_record: String,
}

/// A thing points can be exchanged for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Offer {
    /// Id, unique in the township.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// 中文：单位, e.g. `瓶`.
    pub unit: String,
    /// Points for one unit, in 1/100 point.
    pub price_points: Points,
    /// What the fund pays the shop for one unit, in cents.
    pub price_cents: Cents,
    /// Units there are.
    pub stock: i64,
    /// Units one account may take in the offer's time.
    pub per_subject_max: i64,
    /// First day.
    pub from: CivilDay,
    /// Last day.
    pub to: CivilDay,
    /// The fund that pays.
    pub fund: String,
    /// The scheme (law `quote`) that prices it.
    pub rule: String,
}
