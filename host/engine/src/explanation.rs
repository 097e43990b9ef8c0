//! What an answer rests on, in a reader's language.

use model::{Digest, Reason};
use serde::Serialize;
use serde_json::{Map, Value};

/// Language of texts.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Language {
    /// 简体中文.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// One of two wordings.
    pub fn pick<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }
}

/// The context of an answer whose reasons were asked for.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Deciding policies; for a deny that none forbids, the nearest permits.
    pub reasons: Vec<Reason>,
    /// What the caller must do when it enforces the answer.
    pub obligations: Vec<Value>,
    /// Digest of the rules.
    pub edition: Digest,
    /// Id of the decision in the log.
    pub decision_id: String,
    /// For a deny: conditions that did not hold, with the values they read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// For a deny: who could do it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<String>,
    /// The next lawful step of a matter, and who may take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Value>,
    /// Stated values that were not used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
}

/// One policy with the conditions that decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Missing {
    /// Policy id.
    pub policy: String,
    /// Its conditions up to the first that did not hold, or all that held; for a reader who may not
    /// know every reason of a deny all of them, without what came of them.
    pub conditions: Vec<Condition>,
}

/// One condition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Condition {
    /// As Cedar prints it.
    pub condition: String,
    /// What came of it, where the reader may know.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
}

/// What came of a condition.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Found {
    /// Whether it holds; null when it could not be evaluated.
    pub holds: Option<bool>,
    /// The values it read, by path; null where nothing was.
    pub values: Map<String, Value>,
}

impl From<&evaluator::Condition> for Condition {
    fn from(condition: &evaluator::Condition) -> Self {
        let value = |read: &evaluator::Reading| {
            let value = read.value.as_ref().map_or(Value::Null, evaluator::to_json);
            (read.path.join("."), value)
        };
        let found = condition.found.as_ref().map(|found| Found {
            holds: found.holds,
            values: found.reads.iter().map(value).collect(),
        });
        Self { condition: condition.text.clone(), found }
    }
}
