//! Who, what and on what.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Facts around a question, and what is asked for beside the decision (`explain`).
pub type Context = Map<String, Value>;

/// Who wants to act.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Subject {
    /// The type; `type` on the wire.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id, unique within the type.
    pub id: String,
    /// What the caller knows of it. Whole numbers only: the service drops others.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
}

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Action {
    /// The name.
    pub name: String,
    /// What the caller knows of it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
}

/// On what it is to be done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Resource {
    /// The type; `type` on the wire.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id, unique within the type.
    pub id: String,
    /// What the caller knows of it. Whole numbers only: the service drops others.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
}

impl Subject {
    /// A subject without properties.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into(), properties: Map::new() }
    }

    /// With one more property, or another value for it.
    #[must_use]
    pub fn with_property(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }
}

impl Action {
    /// An action without properties.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), properties: Map::new() }
    }

    /// With one more property, or another value for it.
    #[must_use]
    pub fn with_property(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }
}

impl Resource {
    /// A resource without properties.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into(), properties: Map::new() }
    }

    /// With one more property, or another value for it.
    #[must_use]
    pub fn with_property(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }
}
