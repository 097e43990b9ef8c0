//! What one journal frame says: an act, who did it under which decision, and what it changed.

use ledger::{Entry, Redemption, Transaction};
use model::{CivilDay, Digest, EntityRef, Minute};
use serde::{Deserialize, Serialize};

use crate::row::{
    Clue, Delegation, Event, Finding, Household, Kept, Matter, Meeting, Person, Post, Round,
    RunReceipt, Sign, Task,
};

/// Frame kind of an [`Act`] in the journal.
pub const FRAME_ACT: u16 = 1;
/// Frame kind of a decision in the decision log.
pub const FRAME_DECISION: u16 = 2;

/// One frame of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Act {
    /// Id of the decision behind it; also the act's own id.
    pub id: String,
    /// When it was written.
    pub at: Minute,
    /// The engine's civil day; on a manual clock not the machine's.
    pub day: CivilDay,
    /// Set when the clock is moved by hand: such records prove a flow, not a date.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manual_clock: bool,
    /// Who did it, and under which rules; none only for the loading of demo data and clock moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// The caller's idempotency key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Key>,
    /// What the caller was told.
    pub reply: serde_json::Value,
    /// What changed.
    pub effects: Vec<Effect>,
    /// Rule runs the effects rest on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<RunReceipt>,
}

/// The decision behind an act.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decided {
    /// The person.
    pub by: String,
    /// Post under which the person acted, or empty.
    pub post: String,
    /// Cedar action.
    pub action: String,
    /// Cedar resource.
    pub resource: EntityRef,
    /// Deciding policies.
    pub policies: Vec<String>,
    /// Edition digest.
    pub edition: Digest,
    /// Digest of the facts that were decided upon.
    pub facts: Digest,
    /// Purpose given for reading or writing personal matters, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub purpose: String,
}

/// A caller's id for one intended effect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Key {
    /// The key, as sent.
    pub key: String,
    /// Digest of who asked, which operation and which body.
    pub body: Digest,
}

/// One change. Rows are written whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A person as it now stands.
    Person(Person),
    /// A post.
    Post(Post),
    /// Households of one village.
    Households(Vec<Household>),
    /// A meeting record.
    Meeting(Meeting),
    /// A matter.
    Matter(Matter),
    /// A delegation.
    Delegation(Delegation),
    /// A task.
    Task(Task),
    /// A trace of a refused act.
    Clue(Clue),
    /// A sign.
    Sign(Sign),
    /// Events of one village.
    Events(Vec<Event>),
    /// A round.
    Round(Round),
    /// What rounds found.
    Findings(Vec<Finding>),
    /// What a rule keeps.
    Kept(Kept),
    /// An entry.
    Entry(Entry),
    /// A redemption.
    Redemption(Redemption),
    /// A movement in the ledger.
    Move(Transaction),
    /// Personal fields of this subject were erased; the ids of the erased side records follow.
    Erased {
        /// Whose.
        subject: String,
        /// Side-store ids.
        ids: Vec<String>,
    },
    /// The manual clock was moved.
    Clock(Minute),
}

/// One line of the decision log: enough to ask again and get the same answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecisionLine {
    /// Decision id.
    pub id: String,
    /// When.
    pub at: Minute,
    /// The calling system, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caller: String,
    /// Who asked (principal).
    pub principal: EntityRef,
    /// What for.
    pub action: String,
    /// On what.
    pub resource: EntityRef,
    /// What the caller stated; none for questions that the engine asks itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Stated>,
    /// `allow` or `deny`.
    pub effect: model::Effect,
    /// Deciding policies.
    pub policies: Vec<String>,
    /// Digest of the rules.
    pub edition: Digest,
    /// Digest of the facts, where they are not stored as such.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub facts: Digest,
    /// Records of the journal that the answer rested on; its version of every stored thing.
    #[serde(default)]
    pub entities: u64,
    /// Purpose given, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// Names of caller's values that were dropped because only the record may say them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
}

/// What a caller stated besides types and ids. Masked values are a text that says so.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Stated {
    /// The township whose address was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub township: Option<model::DivisionCode>,
    /// Properties of the subject.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub subject: serde_json::Map<String, serde_json::Value>,
    /// Properties of the action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<serde_json::Map<String, serde_json::Value>>,
    /// Properties of the resource.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub resource: serde_json::Map<String, serde_json::Value>,
    /// The context.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub context: serde_json::Map<String, serde_json::Value>,
    /// Paths of values that are masked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
}

fn is_nothing(digest: &Digest) -> bool {
    *digest == Digest::default()
}
