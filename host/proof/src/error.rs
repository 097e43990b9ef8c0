//! Why nothing can be said about an edition at all.

use thiserror::Error;

/// Why there is no report; a single question without an answer is no error but `unknown`.
#[derive(Debug, Error)]
pub enum ProofError {
    /// The schema or a policy cannot be put into logic.
    #[error("{what} cannot be proved about: {detail}")]
    Untranslatable {
        /// `the schema`, or a policy's id in backticks.
        what: String,
        /// What the translator says.
        detail: String,
    },
    /// No runtime for the solver's pipes.
    #[error("the solver's pipes cannot be used: {0}")]
    Runtime(#[from] std::io::Error),
    /// The policies cannot be decided with.
    #[error("the edition cannot decide: {0}")]
    Policies(#[from] decision::BuildError),
}

impl ProofError {
    /// The error for something that has no form in logic.
    pub(crate) fn untranslatable(what: impl Into<String>, detail: &impl ToString) -> Self {
        Self::Untranslatable { what: what.into(), detail: one_line(&detail.to_string()) }
    }
}

/// A message on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
