//! What a decision is asked about and what it may see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The type and id of a stored thing, e.g. `Matter` / `370285102259-S10-2026-001`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityRef {
    /// Cedar entity type, without namespace.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id, unique within the type.
    pub id: String,
}

impl EntityRef {
    /// A reference from its two parts.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }
}

impl std::fmt::Display for EntityRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}::{:?}", self.kind, self.id)
    }
}

/// A fact's value; what Cedar can hold, without its extension types.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// Whole number: cents, 1/100 points, days, minutes or a count.
    Long(i64),
    /// Text, most often an id or a code.
    Text(String),
    /// A set, kept sorted by whoever builds it.
    Set(Vec<Value>),
    /// Named values.
    Record(Record),
}

/// Named values, in key order.
pub type Record = BTreeMap<String, Value>;

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Record> for Value {
    fn from(value: Record) -> Self {
        Self::Record(value)
    }
}

impl<T: Into<Value> + Ord> FromIterator<T> for Value {
    /// A set: sorted, without repeats.
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut values: Vec<Value> = items.into_iter().map(Into::into).collect();
        values.sort();
        values.dedup();
        Self::Set(values)
    }
}

/// A stored thing with its attributes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entity {
    /// Type and id.
    #[serde(flatten)]
    pub id: EntityRef,
    /// Attributes, as the Cedar schema names them.
    pub attrs: Record,
}

/// Who wants to do what to which thing; the four parts of a Cedar request without the facts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Request {
    /// A natural person.
    pub principal: EntityRef,
    /// The act, e.g. `TakeStep`.
    pub action: String,
    /// What is acted upon.
    pub resource: EntityRef,
}

/// Everything one decision may look at: a closed slice.
///
/// INVARIANT (closed): attributes hold plain values only, never references to further entities, so
/// principal, resource and context are the whole slice and nothing can dangle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The person, as stored.
    pub principal: Entity,
    /// The thing acted upon, as stored.
    pub resource: Entity,
    /// Cited records, the edition's parameters and the time, gathered by the engine.
    pub context: Record,
}
