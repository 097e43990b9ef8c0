//! What is answered.

use serde::{Deserialize, Serialize};

use crate::Digest;

/// The answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// May be done (可以办).
    Allow,
    /// May not be done (不能办).
    Deny,
}

/// What a reason rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReasonKind {
    /// A policy that allows.
    Permit,
    /// A policy that forbids.
    Forbid,
    /// No policy allows; the reason names a permit that could have.
    Absent,
    /// Something could not be evaluated; the answer is a deny.
    Error,
}

/// One reason, in a reader's words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// Stable policy id (`@id`), e.g. `laixi/S10/member-assembly-only`; a fixed code when no policy is behind it.
    pub policy: String,
    /// Stable code (`@code`) of a policy that has one, e.g. `OVER_QUOTA`; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// What the reason rests on.
    pub effect: ReasonKind,
    /// Chinese title (`@title`).
    pub title: String,
    /// Articles or clauses (`@basis`, split at `；`).
    pub basis: Vec<String>,
    /// One or two Chinese sentences: what is missing and who could do it.
    pub text: String,
    /// Title and text in English, where there are any.
    #[serde(skip)]
    pub english: English,
}

/// A reason's words in English; empty where nobody wrote any.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct English {
    /// Title.
    pub title: String,
    /// Text.
    pub text: String,
}

impl Reason {
    /// The same reason with its English words in the place of the Chinese, where there are any.
    #[must_use]
    pub fn in_english(mut self) -> Self {
        for (own, english) in
            [(&mut self.title, &mut self.english.title), (&mut self.text, &mut self.english.text)]
        {
            if !english.is_empty() {
                std::mem::swap(own, english);
            }
        }
        self
    }
}

/// An answer with its reasons and the rules it was given under.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// Allow or deny.
    pub effect: Effect,
    /// Sorted by kind, then policy id. Never empty.
    pub reasons: Vec<Reason>,
    /// Content digest of the edition that was applied.
    pub edition: Digest,
}

impl Decision {
    /// Whether the act may be done.
    pub fn allowed(&self) -> bool {
        self.effect == Effect::Allow
    }
}
