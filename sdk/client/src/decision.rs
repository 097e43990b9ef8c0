//! Yes or no, and why.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Error;
use crate::read::misfit;

/// An answer: yes or no, with reasons where they were asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct Decision {
    /// Whether the act may be done.
    pub allowed: bool,
    /// What came beside the decision.
    pub context: Option<Explanation>,
}

impl Decision {
    /// Whether the act may be done.
    pub const fn is_allowed(&self) -> bool {
        self.allowed
    }
}

/// What came beside a decision, as it came. Reading it never fails: what is not there, or not of
/// the usual shape, is absent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation(Map<String, Value>);

/// A policy that decided, and what it rests on. Empty where the answer does not say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason<'a> {
    /// Stable id of the policy.
    pub policy: &'a str,
    /// What the reason rests on: `permit`, `forbid` and so on.
    pub effect: &'a str,
    /// The policy's title.
    pub title: &'a str,
    /// Articles and clauses.
    pub basis: Vec<&'a str>,
    /// One or two sentences for the person who asked.
    pub text: &'a str,
}

impl Explanation {
    /// The policies that decided, in the answer's order.
    pub fn reasons(&self) -> Vec<Reason<'_>> {
        list(&self.0, "reasons")
            .iter()
            .filter_map(Value::as_object)
            .map(|it| Reason {
                policy: text(it, "policy").unwrap_or_default(),
                effect: text(it, "effect").unwrap_or_default(),
                title: text(it, "title").unwrap_or_default(),
                basis: list(it, "basis").iter().filter_map(Value::as_str).collect(),
                text: text(it, "text").unwrap_or_default(),
            })
            .collect()
    }

    /// What the caller has to do when it acts on a permit. A caller that does not know one of
    /// these does not act.
    pub fn obligations(&self) -> &[Value] {
        list(&self.0, "obligations")
    }

    /// The edition of the rules that was applied.
    pub fn edition(&self) -> Option<&str> {
        text(&self.0, "edition")
    }

    /// The decision's place in the service's record.
    pub fn decision_id(&self) -> Option<&str> {
        text(&self.0, "decision_id")
    }

    /// Any member.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All members.
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

fn list<'a>(of: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

/// A decision on the wire. A member that occurs twice is refused by the derived reader.
#[derive(Debug, Deserialize)]
pub(crate) struct Body {
    decision: bool,
    context: Option<Map<String, Value>>,
}

impl Body {
    /// The decision. A permit that reports an error is none.
    pub(crate) fn decision(self) -> Result<Decision, Error> {
        let context = self.context.map(Explanation);
        let failed =
            context.as_ref().is_some_and(|it| it.get("error").is_some_and(|e| !e.is_null()));
        if self.decision && failed {
            return Err(misfit("a permit with an error beside it"));
        }
        Ok(Decision { allowed: self.decision, context })
    }
}
