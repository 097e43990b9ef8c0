//! What was proved, what was not, and the facts that show it.

use std::collections::BTreeSet;

use model::{CivilDay, Digest};
use serde::Serialize;

/// How a question came out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// No facts whatever can bring it about.
    Proved,
    /// Nobody knows; never to be taken for proved.
    Unknown,
    /// Some facts bring it about.
    Refuted,
}

/// What kind of promise a check is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// A policy or an invariant can never fail to be evaluated.
    NeverErrors,
    /// A township's permit stays inside what the district leaves to the township.
    Envelope,
    /// What the slices leave out could not have mattered.
    Slices,
}

/// An invariant and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// `@id`.
    pub id: String,
    /// `@title`.
    pub title: String,
    /// `@title_en`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title_en: String,
    /// `@basis`.
    pub basis: String,
    /// How it came out over all kinds of request.
    pub status: Status,
    /// Kinds of request it was held against.
    pub kinds: usize,
    /// Questions taken from earlier verdicts.
    pub cached: usize,
    /// Milliseconds of the solver and of the search for an example.
    pub millis: u64,
    /// Facts that break it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<Example>,
    /// Why it is unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// One policy that fails a check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Failure {
    /// Policy id.
    pub policy: String,
    /// `widens_power`, `can_err` or `slice_differs`.
    pub code: &'static str,
    /// Kind of request, e.g. `TakeStep on Matter`.
    pub kind: String,
    /// Whether it is refuted or unknown.
    pub status: Status,
    /// File inside the package; empty for a policy that is generated.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Why it is unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// A promise over all policies and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What it is about.
    pub kind: CheckKind,
    /// How it came out.
    pub status: Status,
    /// Policies looked at.
    pub policies: usize,
    /// Questions, most of which need no solver.
    pub questions: usize,
    /// Questions taken from earlier verdicts.
    pub cached: usize,
    /// Milliseconds of the solver.
    pub millis: u64,
    /// Policies that fail it.
    pub failures: Vec<Failure>,
}

/// One fact of an example, with its name in both languages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Statement {
    /// Where it stands, e.g. `context.post.role`.
    pub path: String,
    /// 中文名称, e.g. `职务·角色`.
    pub name: String,
    /// The value as a person writes it: dates as dates, money in yuan, names beside codes.
    pub value: String,
}

/// What the decision engine answered to an example.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Outcome {
    /// Which rules were asked: `district`, a township's code, or `any-permit` for the district's
    /// forbids with a permit for everything.
    pub rules: String,
    /// Whether it was allowed.
    pub allowed: bool,
    /// Ids of the policies that decided.
    pub policies: Vec<String>,
}

/// Facts that break an invariant, small and with everyday values.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Example {
    /// Kind of request.
    pub action: String,
    /// What the action is called.
    pub action_title: String,
    /// The facts.
    pub facts: Vec<Statement>,
    /// What the decision engine answers to them.
    pub replay: Outcome,
    /// Whether the district's own permits allow it today; otherwise any later permit would.
    pub live: bool,
    /// The request and its facts, for a machine to try again.
    pub request: serde_json::Value,
}

/// Everything about one edition.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// First day of the edition.
    pub edition: CivilDay,
    /// What was proved about, see [`package::Edition::proof_digest`].
    pub digest: Digest,
    /// The invariants by id.
    pub invariants: Vec<Row>,
    /// The promises over all policies.
    pub checks: Vec<Check>,
    /// Questions a solver was asked.
    pub asked: usize,
    /// Verdicts that hold, from before and new.
    #[serde(skip)]
    pub verdicts: BTreeSet<Digest>,
    /// Milliseconds for all of it.
    pub millis: u64,
}

impl Report {
    /// The worst of everything in it.
    pub fn status(&self) -> Status {
        let rows = self.invariants.iter().map(|row| row.status);
        let worst = rows.chain(self.checks.iter().map(|check| check.status)).max();
        worst.unwrap_or(Status::Proved)
    }
}
