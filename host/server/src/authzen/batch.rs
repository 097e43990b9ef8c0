//! Several questions in one request (§7 of the specification).
//!
//! Of a default and an item only a missing `type`, `id` or `name` is taken from the default;
//! properties and context are never merged. A default counts only where an item uses it.

use axum::response::Response;
use engine::explanation::Language;
use engine::service::Item;
use model::Ask;
use serde_json::{Map, Value, json};

use super::{Endpoint, With, json_text, question, text};
use crate::app::App;
use crate::limits::EVALUATIONS_MAX;
use crate::problem::{Problem, quoted};
use crate::writes::invalid;

/// When the rest of a batch need not be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Semantic {
    /// Ask all.
    ExecuteAll,
    /// Stop behind the first deny or failure.
    DenyOnFirstDeny,
    /// Stop behind the first permit.
    PermitOnFirstPermit,
}

impl Semantic {
    /// Whether to go on after an answer.
    pub fn goes_on(self, allowed: bool) -> bool {
        match self {
            Self::ExecuteAll => true,
            Self::DenyOnFirstDeny => allowed,
            Self::PermitOnFirstPermit => !allowed,
        }
    }
}

/// A request of the endpoint for several questions.
#[derive(Clone, Debug)]
pub enum Batch {
    /// No `evaluations`, or none in it: the same as one question.
    One(Box<Ask>),
    /// Several; a broken one says why.
    Many(Vec<Result<Ask, String>>, Semantic),
}

/// Reads a request.
///
/// # Errors
/// One line, when the payload as a whole cannot be used.
pub(super) fn read(mut map: Map<String, Value>) -> Result<Batch, String> {
    let semantic = semantic(&mut map)?;
    let items = match map.remove("evaluations") {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(_) => return Err("`evaluations` must be an array".to_owned()),
    };
    if items.is_empty() {
        return question::whole(map).map(|ask| Batch::One(Box::new(ask)));
    }
    if items.len() > EVALUATIONS_MAX {
        return Err(format!(
            "`evaluations` holds {} items, more than {EVALUATIONS_MAX}; send less at a time",
            items.len()
        ));
    }
    let asks = items.into_iter().map(|item| one(&map, item)).collect();
    Ok(Batch::Many(asks, semantic))
}

fn semantic(map: &mut Map<String, Value>) -> Result<Semantic, String> {
    let options = question::object(map, "", "options")?;
    match options.as_ref().and_then(|options| options.get("evaluations_semantic")) {
        None => Ok(Semantic::ExecuteAll),
        Some(Value::String(text)) => match text.as_str() {
            "execute_all" => Ok(Semantic::ExecuteAll),
            "deny_on_first_deny" => Ok(Semantic::DenyOnFirstDeny),
            "permit_on_first_permit" => Ok(Semantic::PermitOnFirstPermit),
            other => Err(format!(
                "`options.evaluations_semantic` takes `execute_all`, `deny_on_first_deny` or `permit_on_first_permit`, not `{}`",
                quoted(other)
            )),
        },
        Some(_) => Err("`options.evaluations_semantic` must be a string".to_owned()),
    }
}

fn one(defaults: &Map<String, Value>, item: Value) -> Result<Ask, String> {
    let Value::Object(mut item) = item else {
        return Err("an item of `evaluations` must be an object".to_owned());
    };
    for (name, parts) in [
        ("subject", &["type", "id"][..]),
        ("action", &["name"][..]),
        ("resource", &["type", "id"][..]),
    ] {
        fill(defaults.get(name), &mut item, name, parts);
    }
    if let (Some(context), false) = (defaults.get("context"), item.contains_key("context")) {
        item.insert("context".to_owned(), context.clone());
    }
    question::whole(item)
}

/// Takes a whole default, or what an item's own object lacks of `parts`.
fn fill(default: Option<&Value>, item: &mut Map<String, Value>, name: &str, parts: &[&str]) {
    let Some(default) = default else { return };
    match item.get_mut(name) {
        None => {
            item.insert(name.to_owned(), default.clone());
        }
        Some(Value::Object(own)) => {
            for part in parts {
                if let (false, Some(value)) = (own.contains_key(*part), default.get(part)) {
                    own.insert((*part).to_owned(), value.clone());
                }
            }
        }
        Some(_) => {}
    }
}

/// Answers a request.
pub(super) fn answer(
    app: &App,
    with: &With<'_>,
    body: Map<String, Value>,
) -> Result<Response, Problem> {
    // One question is answered exactly as by its own endpoint.
    if body.get("evaluations").is_none_or(|items| items.as_array().is_some_and(Vec::is_empty)) {
        let mut body = body;
        semantic(&mut body).map_err(|message| Problem::from(invalid(&message)))?;
        return super::answer(app, Endpoint::Evaluation, with, body);
    }
    let batch = read(body).map_err(|message| Problem::from(invalid(&message)))?;
    let Batch::Many(asks, semantic) = batch else { return Err(Problem::internal()) };
    let items: Vec<Item> = asks
        .into_iter()
        .map(|ask| {
            let explain: Option<Language> =
                ask.as_ref().ok().and_then(|ask| with.explain(&ask.context));
            Item { ask, explain }
        })
        .collect();
    let answers = app
        .service
        .answer_all(&with.reader(), &items, with.township, &|allowed| semantic.goes_on(allowed))?;
    let texts: Vec<String> = answers
        .iter()
        .map(|answer| match answer {
            Ok(answered) => {
                app.metrics.decided(answered.allowed);
                text(answered)
            }
            Err(message) => {
                let error = json!({"error": {"status": 400, "message": message}});
                format!("{{\"decision\":false,\"context\":{error}}}")
            }
        })
        .collect();
    Ok(json_text(format!("{{\"evaluations\":[{}]}}", texts.join(","))))
}
