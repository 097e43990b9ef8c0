//! Many questions in one request.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error as ThisError;

use crate::read::Object;
use crate::{Action, Context, Decision, Error, Request, Resource, Subject, decision};

/// How a batch is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Semantic {
    /// Every item is answered.
    #[default]
    ExecuteAll,
    /// The first deny or failure is the last answer: “all of these”.
    DenyOnFirstDeny,
    /// The first permit is the last answer: “any of these”.
    PermitOnFirstPermit,
}

impl Semantic {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExecuteAll => "execute_all",
            Self::DenyOnFirstDeny => "deny_on_first_deny",
            Self::PermitOnFirstPermit => "permit_on_first_permit",
        }
    }

    /// The answer after which no other comes.
    const fn last(self) -> Option<bool> {
        match self {
            Self::ExecuteAll => None,
            Self::DenyOnFirstDeny => Some(false),
            Self::PermitOnFirstPermit => Some(true),
        }
    }
}

impl fmt::Display for Semantic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One question of a batch. What it does not give, it takes whole from the batch.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Item {
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// Does what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// On what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// Facts around it; an empty one is given too, and replaces the batch's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
}

impl Item {
    /// An item that takes everything from the batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// With its own subject.
    #[must_use]
    pub fn with_subject(mut self, subject: Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    /// With its own action.
    #[must_use]
    pub fn with_action(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }

    /// With its own resource.
    #[must_use]
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// With its own context.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = Some(context);
        self
    }
}

/// A whole question; its request id is left behind, as a batch has one of its own.
impl From<Request> for Item {
    fn from(request: Request) -> Self {
        Self {
            subject: Some(request.subject),
            action: Some(request.action),
            resource: Some(request.resource),
            context: Some(request.context),
        }
    }
}

/// Questions that are answered together, under one revision of the rules.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Batch {
    /// The questions, in the order of the answers.
    pub items: Vec<Item>,
    /// What an item takes that does not give its own. With `explain` in this context, every item
    /// without a context of its own comes with reasons.
    pub defaults: Item,
    /// How they are run.
    pub semantic: Semantic,
    /// Sent as `X-Request-ID`; the answer must carry the same.
    pub request_id: Option<String>,
}

impl Batch {
    /// These questions, all to be answered.
    pub fn new<I: Into<Item>>(items: impl IntoIterator<Item = I>) -> Self {
        Self { items: items.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// With these defaults in place of the ones before.
    #[must_use]
    pub fn with_defaults(mut self, defaults: Item) -> Self {
        self.defaults = defaults;
        self
    }

    /// Run like this.
    #[must_use]
    pub const fn with_semantic(mut self, semantic: Semantic) -> Self {
        self.semantic = semantic;
        self
    }

    /// With an id: one word of visible ASCII.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    pub(crate) fn body(&self) -> Result<Body<'_>, Error> {
        if self.items.is_empty() {
            return Err(Error::EmptyBatch);
        }
        let options = Options { evaluations_semantic: self.semantic };
        Ok(Body { defaults: &self.defaults, evaluations: &self.items, options })
    }

    /// The answers, if they are as many as the semantic makes them.
    pub(crate) fn answers(
        &self,
        answer: Answer,
    ) -> Result<Vec<Result<Decision, ItemError>>, Error> {
        let decisions = answer
            .evaluations
            .into_iter()
            .map(|Object(body)| body.decision())
            .collect::<Result<Vec<Decision>, Error>>()?;
        let (sent, received) = (self.items.len(), decisions.len());
        let last = self.semantic.last().and_then(|last| {
            let answered = decisions.iter().take(sent);
            (1..).zip(answered).find(|(_, it)| it.allowed == last).map(|(count, _)| count)
        });
        if received != last.unwrap_or(sent) {
            return Err(Error::BatchLength { semantic: self.semantic, sent, received });
        }
        Ok(decisions.into_iter().map(ItemError::or_decision).collect())
    }
}

/// A batch on the wire.
#[derive(Debug, Serialize)]
pub(crate) struct Body<'a> {
    #[serde(flatten)]
    defaults: &'a Item,
    evaluations: &'a [Item],
    options: Options,
}

#[derive(Debug, Serialize)]
struct Options {
    evaluations_semantic: Semantic,
}

/// The answer to a batch on the wire.
#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    evaluations: Vec<Object<decision::Body>>,
}

/// Why one question of a batch was not decided; the others were.
#[derive(Clone, PartialEq, Eq, Debug, ThisError)]
#[error("not decided: {message}")]
pub struct ItemError {
    /// The status that this question would have had alone.
    pub status: Option<u16>,
    /// The server's words.
    pub message: String,
}

impl ItemError {
    /// A deny that reports an error is that error.
    fn or_decision(decision: Decision) -> Result<Decision, Self> {
        let error = decision.context.as_ref().and_then(|it| it.get("error"));
        let (status, message) = match error {
            None | Some(Value::Null) => return Ok(decision),
            Some(Value::String(message)) => (None, message.as_str()),
            Some(other) => (
                other.get("status").and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok()),
                other.get("message").and_then(Value::as_str).unwrap_or("no message"),
            ),
        };
        Err(Self { status, message: crate::wire::one_line(message) })
    }
}
