//! AuthZEN 1.0 on the wire: reading questions, writing answers.
//!
//! Unknown members are ignored at every level; a missing or mistyped required one is a 400; a deny is
//! a successful answer (Authorization API 1.0). Section numbers in this module are those of the
//! specification's text.

mod batch;
mod metadata;
mod question;
mod search;
mod signed;
mod token;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use engine::explanation::Language;
use engine::service::{Answered, Reader};
use model::{Ask, DivisionCode};
use serde_json::{Map, Value};

use crate::app::{App, Outcome};
use crate::gate::System;
use crate::problem::Problem;
use crate::writes::invalid;

pub(crate) use metadata::document;
pub use signed::{MetadataKey, MetadataKeyError};
pub(crate) use token::Secret;

/// Which of the endpoints is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Endpoint {
    /// One question.
    Evaluation,
    /// Several.
    Evaluations,
    /// Who may.
    Subject,
    /// On what.
    Resource,
    /// What.
    Action,
}

/// What comes with a question besides its body.
#[derive(Debug)]
pub(crate) struct With<'a> {
    /// The calling system.
    pub(crate) system: &'a System,
    /// The township whose address is asked.
    pub(crate) township: Option<DivisionCode>,
    /// Whether reasons are asked for by the address.
    pub(crate) explain: bool,
    /// Language of reasons.
    pub(crate) language: Language,
}

impl With<'_> {
    /// Who reads the answer.
    fn reader(&self) -> Reader<'_> {
        Reader { who: self.system.who.as_ref() }
    }

    /// The language of reasons for a question, when they are asked for.
    fn explain(&self, context: &Map<String, Value>) -> Option<Language> {
        let asked = self.explain || context.get("explain") == Some(&Value::Bool(true));
        asked.then_some(self.language)
    }
}

/// Answers whatever may take its time.
pub(crate) fn answer(
    app: &App,
    endpoint: Endpoint,
    with: &With<'_>,
    body: Map<String, Value>,
) -> Result<Response, Problem> {
    match endpoint {
        Endpoint::Evaluation => single(app, with, &one(body)?),
        Endpoint::Evaluations => batch::answer(app, with, body),
        Endpoint::Subject | Endpoint::Resource | Endpoint::Action => {
            search::answer(app, endpoint, with, body)
        }
    }
}

/// The question of the endpoint for one.
pub(crate) fn one(body: Map<String, Value>) -> Result<Ask, Problem> {
    question::whole(body).map_err(|message| Problem::from(invalid(&message)))
}

/// Answers one question, waiting for the disk of the log where that is so configured.
pub(crate) fn single(app: &App, with: &With<'_>, ask: &Ask) -> Result<Response, Problem> {
    let explain = with.explain(&ask.context);
    let answered = app.service.answer(&with.reader(), ask, with.township, explain)?;
    Ok(answer_to_one(app, &answered))
}

/// Answers one question without waiting; `None` when the log would have to wait for its disk.
pub(crate) fn single_now(
    app: &App,
    with: &With<'_>,
    ask: &Ask,
) -> Result<Option<Response>, Problem> {
    let explain = with.explain(&ask.context);
    let answered = app.service.answer_now(&with.reader(), ask, with.township, explain)?;
    Ok(answered.map(|answered| answer_to_one(app, &answered)))
}

fn answer_to_one(app: &App, answered: &Answered) -> Response {
    app.metrics.decided(answered.allowed);
    let mut response = rendered(answered);
    response.extensions_mut().insert(Outcome(answered.allowed));
    response
}

/// `{"decision":…}`, with its reasons only when they were asked for.
fn rendered(answered: &Answered) -> Response {
    const ALLOW: &str = r#"{"decision":true}"#;
    const DENY: &str = r#"{"decision":false}"#;
    match &answered.explanation {
        None if answered.allowed => json_text(ALLOW),
        None => json_text(DENY),
        Some(_) => json_text(text(answered)),
    }
}

/// An answer as JSON; the decision comes first, as people read it.
fn text(answered: &Answered) -> String {
    match &answered.explanation {
        None => format!("{{\"decision\":{}}}", answered.allowed),
        Some(explanation) => {
            let context = serde_json::to_string(explanation).unwrap_or_else(|_| "{}".to_owned());
            format!("{{\"decision\":{},\"context\":{context}}}", answered.allowed)
        }
    }
}

fn json_text(text: impl Into<axum::body::Body>) -> Response {
    ([(CONTENT_TYPE, "application/json")], text.into()).into_response()
}

/// Reads one evaluation request for the command line.
///
/// # Errors
/// One line that says what is missing or mistyped.
pub fn parse(bytes: &[u8]) -> Result<Ask, String> {
    let map = crate::json::object(bytes).map_err(|fault| crate::body::refusal(&fault).message)?;
    question::whole(map)
}

/// Reads one request or a batch for the command line, as the endpoint for several reads it.
///
/// # Errors
/// One line that says what is missing or mistyped.
pub fn parse_many(bytes: &[u8]) -> Result<Batch, String> {
    let map = crate::json::object(bytes).map_err(|fault| crate::body::refusal(&fault).message)?;
    batch::read(map)
}

pub use batch::{Batch, Semantic};

#[cfg(test)]
mod tests;
