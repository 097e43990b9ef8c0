//! A question of another system, before anything is looked up (AuthZEN 1.0, information model).

use serde_json::{Map, Value};

/// One side of a question: type, id and the values that the caller states.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Side {
    /// Type.
    pub kind: String,
    /// Id within the type; empty where a search asks for it.
    pub id: String,
    /// Values stated by the caller.
    pub properties: Map<String, Value>,
}

impl Side {
    /// A side without properties.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into(), properties: Map::new() }
    }
}

/// May this subject do this action on this resource?
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Ask {
    /// Who.
    pub subject: Side,
    /// What.
    pub action: String,
    /// Values stated for the action; `None` when the caller sent none.
    pub action_properties: Option<Map<String, Value>>,
    /// On what.
    pub resource: Side,
    /// Circumstances.
    pub context: Map<String, Value>,
}
