//! Who may, on what, and what: the questions.

use std::marker::PhantomData;

use serde::Serialize;

use crate::{Action, Context, Resource, Subject};

/// A search for every `T` of which the answer would be yes.
///
/// [`Search::subjects`], [`Search::resources`] and [`Search::actions`] make one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search<T> {
    pub(crate) subject: Side<Subject>,
    action: Option<Action>,
    pub(crate) resource: Side<Resource>,
    context: Context,
    limit: Option<u32>,
    pub(crate) request_id: Option<String>,
    found: PhantomData<fn() -> T>,
}

impl Search<Subject> {
    /// Which subjects of a type may do this on this?
    pub fn subjects(kind: impl Into<String>, action: Action, resource: Resource) -> Self {
        let sought = Side::Sought { kind: kind.into() };
        Self::over(sought, Some(action), Side::Given(resource))
    }
}

impl Search<Resource> {
    /// On which resources of a type may this subject do this?
    pub fn resources(subject: Subject, action: Action, kind: impl Into<String>) -> Self {
        let sought = Side::Sought { kind: kind.into() };
        Self::over(Side::Given(subject), Some(action), sought)
    }
}

impl Search<Action> {
    /// What may this subject do on this resource?
    pub fn actions(subject: Subject, resource: Resource) -> Self {
        Self::over(Side::Given(subject), None, Side::Given(resource))
    }
}

impl<T> Search<T> {
    fn over(subject: Side<Subject>, action: Option<Action>, resource: Side<Resource>) -> Self {
        let context = Context::new();
        Self {
            subject,
            action,
            resource,
            context,
            limit: None,
            request_id: None,
            found: PhantomData,
        }
    }

    /// With this context in place of the one before.
    #[must_use]
    pub fn with_context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    /// At most so many results in one answer; all of them are found with more answers. Without
    /// it, or with 0, the server answers with everything at once.
    #[must_use]
    pub const fn with_limit(mut self, limit: u32) -> Self {
        self.limit = if limit == 0 { None } else { Some(limit) };
        self
    }

    /// With an id: one word of visible ASCII. Every page is asked for under it.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// The search as it is sent, for the page at a token.
    pub(crate) fn body<'a>(&'a self, token: Option<&'a str>) -> Body<'a> {
        let paged = token.is_some() || self.limit.is_some();
        Body {
            subject: &self.subject,
            action: self.action.as_ref(),
            resource: &self.resource,
            context: Some(&self.context).filter(|it| !it.is_empty()),
            page: paged.then_some(Page { token, limit: self.limit }),
        }
    }
}

/// What is given, or of which type it is sought.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Side<T> {
    Given(T),
    Sought {
        #[serde(rename = "type")]
        kind: String,
    },
}

impl<T> Side<T> {
    pub(crate) fn sought(&self) -> Option<&str> {
        match self {
            Self::Given(_) => None,
            Self::Sought { kind } => Some(kind),
        }
    }
}

/// A search on the wire.
#[derive(Debug, Serialize)]
pub(crate) struct Body<'a> {
    subject: &'a Side<Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a Action>,
    resource: &'a Side<Resource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Context>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Page<'a>>,
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
}
