//! One question.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use crate::{Action, Context, Resource, Subject};

/// May this subject do this action on this resource?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// Who.
    pub subject: Subject,
    /// Does what.
    pub action: Action,
    /// On what.
    pub resource: Resource,
    /// Facts around it.
    pub context: Context,
    /// Sent as `X-Request-ID`; the answer must carry the same.
    pub request_id: Option<String>,
}

impl Request {
    /// A question without context.
    pub fn new(subject: Subject, action: Action, resource: Resource) -> Self {
        Self { subject, action, resource, context: Context::new(), request_id: None }
    }

    /// With this context in place of the one before.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// With an id: one word of visible ASCII.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// The question as it is sent, with reasons asked for or as the context has it.
    pub(crate) fn body(&self, explain: bool) -> Body<'_> {
        let mut context = Cow::Borrowed(&self.context);
        if explain {
            context.to_mut().insert("explain".to_owned(), Value::Bool(true));
        }
        Body { subject: &self.subject, action: &self.action, resource: &self.resource, context }
    }
}

/// The question on the wire.
#[derive(Debug, Serialize)]
pub(crate) struct Body<'a> {
    subject: &'a Subject,
    action: &'a Action,
    resource: &'a Resource,
    #[serde(skip_serializing_if = "Context::is_empty")]
    context: Cow<'a, Context>,
}
