//! What goes into a rule and what comes out.

use std::collections::BTreeMap;

use model::Digest;
use serde::{Deserialize, Serialize};

/// The three questions a rule can answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    /// Each row by itself (`score`).
    Score,
    /// The whole population at once (`settle`).
    Settle,
    /// One redemption (`quote`).
    Quote,
}

impl Law {
    /// The word used in packages and in function names.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::Settle => "settle",
            Self::Quote => "quote",
        }
    }
}

/// One recorded and reviewed fact about a row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleEvent {
    /// Id in the record; a component never sees it, claims name events by position.
    pub id: String,
    /// Event type of the scheme, e.g. `sheet`.
    pub kind: String,
    /// Civil day number (days since 1970-01-01, Asia/Shanghai) on which it took effect.
    pub day: i64,
    /// Who reported or scored it, when that matters; rules only compare actors, they never read names.
    #[serde(default)]
    pub actor: Option<String>,
    /// Named whole numbers, in the units the scheme states.
    #[serde(default)]
    pub quantities: BTreeMap<String, i64>,
}

/// One household or person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
}

/// What a scoring or settlement rule is asked about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleInput {
    /// Civil day number on which the rule is applied.
    pub day: i64,
    /// The scheme's settings in force on that day.
    #[serde(default)]
    pub settings: BTreeMap<String, i64>,
    /// Sorted by subject.
    pub rows: Vec<RuleRow>,
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

/// Answers of a scoring rule, one per row and in the order of the rows.
pub type Scores = Vec<Result<Vec<Claim>, RowRefusal>>;

/// The answer of a settlement rule.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Settlement {
    /// Claims, in the order of the rows.
    pub claims: Vec<Claim>,
    /// Rows without a valid result (no claims for these), in the order of the rows.
    pub refused: Vec<RowRefusal>,
}

/// What a redemption rule is asked about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
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
    /// Fuel (components) or operations (scripts) used by the call, without instantiation.
    pub fuel_used: u64,
    /// The budget it had.
    pub fuel_max: u64,
    /// What the rule logged for its author, capped; no part of any record.
    #[serde(skip)]
    pub log: Vec<String>,
}

/// One setting or quantity a component declares.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Declared {
    /// Name, as in [`RuleInput::settings`] or [`RuleEvent::quantities`].
    pub name: String,
    /// Chinese title with the unit.
    pub title: String,
    /// Smallest value allowed.
    pub min: i64,
    /// Largest value allowed.
    pub max: i64,
}

/// What a component says about itself.
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
    pub kinds: Vec<String>,
    /// Quantities it reads.
    pub quantities: Vec<Declared>,
}
