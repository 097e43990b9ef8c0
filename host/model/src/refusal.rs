//! A request that was understood and turned down, with a stable code and what to do next.

use serde::{Deserialize, Serialize};

/// How a refusal reads to a caller over HTTP or on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The input cannot be used (400).
    Invalid,
    /// Nobody is named, or the token is unknown (401).
    Unauthenticated,
    /// A policy said no (403); the reasons say why.
    Denied,
    /// No such thing (404).
    NotFound,
    /// It clashes with what is recorded (409).
    Conflict,
    /// A rule, limit or balance does not allow it (422).
    Unprocessable,
    /// A limit of the machine or of a sandbox was reached (503 or 422 by code).
    Limit,
    /// The record cannot confirm a write; nothing was done (503).
    Unavailable,
}

/// A refusal. `code` is stable; `message` is one lower-case English line for logs and callers;
/// `text` and `help` are Chinese, for township readers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// How it reads to a caller.
    pub kind: RefusalKind,
    /// Stable code in upper snake case, e.g. `IDEMPOTENCY_KEY_REUSED`.
    pub code: String,
    /// English, one line, lower case, input in backticks.
    pub message: String,
    /// 中文：出了什么问题。
    pub text: String,
    /// 中文：下一步怎么办。
    pub help: String,
    /// Reasons of the decision, when a policy said no.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<crate::Reason>,
}

impl Refusal {
    /// A refusal without decision reasons.
    pub fn new(
        kind: RefusalKind,
        code: &str,
        message: impl Into<String>,
        text: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            code: code.to_owned(),
            message: message.into(),
            text: text.into(),
            help: help.into(),
            reasons: Vec::new(),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
