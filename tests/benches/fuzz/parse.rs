//! The readers of single questions and batches, against a second reading of the same bytes.

use model::{Ask, Side};
use serde_json::{Map, Value, json};
use server::{Batch, parse_evaluation, parse_evaluations};

use super::dice::Dice;
use super::questions::{WIRE, World};
use super::{Ran, Target, kind, plain_words};

/// Deepest nesting of a body.
const DEEP: usize = server::limits::DEPTH_MAX;

fn world() -> World {
    let pair = |kind: &str, id: &str| (kind.to_owned(), id.to_owned());
    World {
        things: vec![pair("user", "ada"), pair("todo", "1"), pair("a::b", "乡")],
        actions: ["view", "edit"].map(str::to_owned).to_vec(),
        names: ["owner", "step", "email"].map(str::to_owned).to_vec(),
        ..World::default()
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [
        json!({"subject": {"type": "user", "id": "ada"}, "action": {"name": "view"}, "resource": {"type": "todo", "id": "1"}}),
        json!({"subject": {"type": "user", "id": "ada", "properties": {"a": [1, 2.5, null]}}, "action": {"name": "view", "properties": {"soft": true}}, "resource": {"type": "todo", "id": "1", "properties": {"owner": "ada"}}, "context": {"ip": "10.0.0.1", "explain": true}}),
        json!({"subject": {"type": "user", "id": "ada"}, "action": {"name": "view"}, "evaluations": [{"resource": {"type": "todo", "id": "1"}}, {"resource": {"type": "todo", "id": "2"}, "context": {}}], "options": {"evaluations_semantic": "deny_on_first_deny"}}),
    ]
    .map(|value| value.to_string().into_bytes())
    .to_vec()
}

/// Why a reader says no: in one line that can be shown, and never long.
pub(super) fn line(message: &str) -> Result<(), String> {
    if message.is_empty() || message.len() > 600 || message.chars().any(char::is_control) {
        return Err(format!("not a line to show: {message:?}"));
    }
    Ok(())
}

/// What bytes say when nothing is forbidden; `None` when they are no object.
fn loosely(bytes: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

fn deep(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(deep).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(deep).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether an object is a question, by the specification's words.
fn whole(map: &Map<String, Value>) -> bool {
    let text = |of: &Value, name: &str| of.get(name).is_some_and(Value::is_string);
    let optional = |of: Option<&Value>| of.is_none_or(Value::is_object);
    let part = |name: &str, texts: &[&str]| {
        map.get(name).is_some_and(|it| {
            it.is_object()
                && texts.iter().all(|name| text(it, name))
                && optional(it.get("properties"))
        })
    };
    part("subject", &["type", "id"])
        && part("action", &["name"])
        && part("resource", &["type", "id"])
        && optional(map.get("context"))
}

/// A question written again.
fn written(ask: &Ask) -> Value {
    let side =
        |it: &Side| json!({"type": it.kind, "id": it.id, "properties": it.properties.clone()});
    let mut action = json!({"name": ask.action});
    if let Some(properties) = &ask.action_properties {
        action["properties"] = Value::Object(properties.clone());
    }
    json!({"subject": side(&ask.subject), "action": action, "resource": side(&ask.resource), "context": ask.context})
}

/// What must hold of a reading of an object.
fn agrees(read: &Result<Ask, String>, map: &Map<String, Value>) -> Result<(), String> {
    match read {
        Ok(ask) => {
            if !whole(map) {
                return Err("read, but it is no question".to_owned());
            }
            let text = |pointer: &str| {
                let (name, part) = pointer.split_once('/').unwrap();
                map.get(name).and_then(|it| it.get(part)).and_then(Value::as_str)
            };
            let same = text("subject/type") == Some(&*ask.subject.kind)
                && text("subject/id") == Some(&*ask.subject.id)
                && text("action/name") == Some(&*ask.action)
                && text("resource/type") == Some(&*ask.resource.kind)
                && text("resource/id") == Some(&*ask.resource.id)
                && map.get("context").and_then(Value::as_object).unwrap_or(&Map::new())
                    == &ask.context;
            if !same {
                return Err(format!("read as something else: {ask:?}"));
            }
            let again = parse_evaluation(written(ask).to_string().as_bytes());
            if again.as_ref() != Ok(ask) {
                return Err(format!("written and read again it is {again:?}"));
            }
            Ok(())
        }
        Err(message) => {
            line(message)?;
            if whole(map) && !message.contains("twice") && !message.contains("deeper") {
                return Err(format!("a question was refused: {message}"));
            }
            Ok(())
        }
    }
}

/// Bodies of single questions.
pub(super) struct Single(World);

impl Default for Single {
    fn default() -> Self {
        Self(world())
    }
}

impl Target for Single {
    fn seeds(&self) -> Vec<Vec<u8>> {
        seeds()
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        self.0.question(dice).to_string().into_bytes()
    }

    fn words(&self) -> &[&'static str] {
        &WIRE
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let read = parse_evaluation(input);
        match loosely(input) {
            Some(map) => {
                if read.is_ok() && deep(&Value::Object(map.clone())) > DEEP {
                    return Err("read, but it is too deep".to_owned());
                }
                agrees(&read, &map)?;
            }
            None if read.is_ok() => return Err("read, but it is no object".to_owned()),
            None => {}
        }
        Ok(match &read {
            Ok(ask) => kind(&["ok", &format!("{}", ask.context.len().min(3))]),
            Err(message) => {
                line(message)?;
                kind(&[&plain_words(message)])
            }
        })
    }
}

/// Bodies of several questions.
pub(super) struct Batched(World);

impl Default for Batched {
    fn default() -> Self {
        Self(world())
    }
}

/// An item with what it lacks of the defaults, by the specification's words.
fn merged(defaults: &Map<String, Value>, item: &Value) -> Option<Map<String, Value>> {
    let mut item = item.as_object()?.clone();
    for (name, parts) in [
        ("subject", vec!["type", "id"]),
        ("action", vec!["name"]),
        ("resource", vec!["type", "id"]),
    ] {
        let Some(default) = defaults.get(name) else { continue };
        match item.get_mut(name) {
            None => drop(item.insert(name.to_owned(), default.clone())),
            Some(Value::Object(own)) => {
                for part in parts {
                    if let (None, Some(value)) = (own.get(part), default.get(part)) {
                        own.insert(part.to_owned(), value.clone());
                    }
                }
            }
            Some(_) => {}
        }
    }
    if let (None, Some(context)) = (item.get("context"), defaults.get("context")) {
        item.insert("context".to_owned(), context.clone());
    }
    Some(item)
}

impl Target for Batched {
    fn seeds(&self) -> Vec<Vec<u8>> {
        seeds()
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        self.0.batch(dice).to_string().into_bytes()
    }

    fn words(&self) -> &[&'static str] {
        &WIRE
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let read = parse_evaluations(input);
        let map = loosely(input);
        match (read, map) {
            (Err(message), _) => {
                line(&message)?;
                Ok(kind(&[&plain_words(&message)]))
            }
            (Ok(_), None) => Err("read, but it is no object".to_owned()),
            (Ok(Batch::One(ask)), Some(map)) => {
                if map.get("evaluations").is_some_and(|it| it != &json!([])) {
                    return Err("several were read as one".to_owned());
                }
                agrees(&Ok(Ask::clone(&ask)), &map)?;
                Ok(kind(&["one"]))
            }
            (Ok(Batch::Many(asks, semantic)), Some(map)) => {
                let items = map.get("evaluations").and_then(Value::as_array);
                let items = items.ok_or("several were read, but there are none")?;
                if items.len() != asks.len() {
                    return Err(format!("{} items were read as {}", items.len(), asks.len()));
                }
                let mut kinds = format!("{semantic:?}");
                for (item, ask) in items.iter().zip(&asks) {
                    match merged(&map, item) {
                        Some(one) => agrees(ask, &one)?,
                        None if ask.is_ok() => return Err("no object was read".to_owned()),
                        None => {}
                    }
                    if let Err(message) = ask {
                        line(message)?;
                        kinds.push_str(&plain_words(message));
                    }
                }
                Ok(kind(&[&kinds]))
            }
        }
    }
}
