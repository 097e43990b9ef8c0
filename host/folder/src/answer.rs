//! What is answered.

use std::sync::Arc;

use evaluator::{Line, Misfit, Outcome, SchemaMisfit};
use thiserror::Error;

/// Why a question cannot be decided; the answer is then a deny.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Fault {
    /// No such type, or no name for one.
    #[error("`{0}` is not a type of this package")]
    UnknownType(String),
    /// No such id of a type whose ids are listed.
    #[error("`{0}` is not one of the ids that the schema lists")]
    UnknownId(String),
    /// The schema has no such action.
    #[error("`{0}` is not an action of this package")]
    UnknownAction(String),
    /// The action is not made for these types.
    #[error("`{action}` does not apply to principal `{principal}` and resource `{resource}`")]
    WrongType {
        /// The action.
        action: String,
        /// The principal's type.
        principal: String,
        /// The resource's type.
        resource: String,
    },
    /// Subject and resource are one thing, and two values are stated for one attribute.
    #[error(
        "subject and resource are the same thing, and `{0}` is stated twice with different values"
    )]
    Contradiction(String),
    /// A stated value has another type than the schema says.
    #[error(transparent)]
    Value(#[from] Misfit),
    /// The context does not fit the schema.
    #[error(transparent)]
    Context(#[from] SchemaMisfit),
    /// The policies look at more entities than one question may read.
    #[error("the policies look at more than {0} entities; store fewer references")]
    TooFar(usize),
}

impl Fault {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownType(_) => "unknown-type",
            Self::UnknownId(_) => "unknown-id",
            Self::UnknownAction(_) => "unknown-action",
            Self::WrongType { .. } => "wrong-type",
            Self::Value(_) | Self::Context(_) | Self::Contradiction(_) => "facts-invalid",
            Self::TooFar(_) => "too-far",
        }
    }
}

/// The answer to one question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Yes or no.
    pub allowed: bool,
    /// What the policies said.
    pub outcome: Outcome,
    /// Why they were not asked, if so.
    pub fault: Option<Fault>,
    /// Stated values that were left out, by path.
    pub dropped: Vec<String>,
}

impl Answer {
    pub(crate) fn of(outcome: Outcome, dropped: Vec<String>) -> Self {
        Self { allowed: outcome.allowed(), outcome, fault: None, dropped }
    }

    pub(crate) fn faulty(fault: Fault, dropped: Vec<String>) -> Self {
        Self { allowed: false, outcome: Outcome::default(), fault: Some(fault), dropped }
    }

    /// The policies that decided: failed ones, else forbids, else permits, by id.
    pub fn deciding(&self) -> Vec<&Arc<Line>> {
        let Outcome { permits, forbids, errors } = &self.outcome;
        if errors.is_empty() && forbids.is_empty() {
            return permits.iter().collect();
        }
        errors.iter().map(|(line, _)| line).chain(forbids).collect()
    }
}
