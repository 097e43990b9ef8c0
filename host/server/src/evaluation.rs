//! AuthZEN 1.0 access evaluation: reading the request, writing the answer.
//!
//! Unknown members are ignored at every level; a missing or mistyped required one is a 400; a deny is
//! a successful answer (Authorization API 1.0, sections on evaluation and errors).

use std::collections::BTreeMap;

use engine::evaluate::{Answer, Evaluation};
use model::EntityRef;
use serde_json::{Map, Value, json};

use crate::json;

/// Reads an evaluation request.
///
/// # Errors
/// One line that says what is missing or mistyped.
pub fn parse(bytes: &[u8]) -> Result<Evaluation, String> {
    let map = json::object(bytes).map_err(|fault| crate::body::refusal(&fault).message)?;
    read(&map)
}

/// Reads an evaluation from an object.
pub(crate) fn read(map: &Map<String, Value>) -> Result<Evaluation, String> {
    let subject = object(map, "subject")?.ok_or("`subject` is missing")?;
    let action = object(map, "action")?.ok_or("`action` is missing")?;
    let resource = object(map, "resource")?.ok_or("`resource` is missing")?;
    object(action, "properties")?;
    let properties = |of: &Map<String, Value>| -> Result<BTreeMap<String, Value>, String> {
        Ok(members(object(of, "properties")?))
    };
    Ok(Evaluation {
        subject: Some(EntityRef::new(
            text(subject, "subject", "type")?,
            text(subject, "subject", "id")?,
        )),
        action: text(action, "action", "name")?,
        resource: Some(EntityRef::new(
            text(resource, "resource", "type")?,
            text(resource, "resource", "id")?,
        )),
        subject_properties: properties(subject)?.into_keys().collect(),
        properties: properties(resource)?,
        context: members(object(map, "context")?),
        township: None,
    })
}

/// Members without nulls: a null-valued property says nothing.
fn members(map: Option<&Map<String, Value>>) -> BTreeMap<String, Value> {
    map.into_iter()
        .flatten()
        .filter(|(_, v)| !v.is_null())
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect()
}

fn object<'a>(
    map: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, String> {
    match map.get(name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(format!("`{name}` must be an object")),
    }
}

fn text(map: &Map<String, Value>, of: &str, name: &str) -> Result<String, String> {
    match map.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(format!("`{of}.{name}` must be a string")),
        None => Err(format!("`{of}.{name}` is missing")),
    }
}

/// Whether reasons were asked for in the body.
pub(crate) fn explain(evaluation: &Evaluation) -> bool {
    evaluation.context.get("explain") == Some(&Value::Bool(true))
}

/// The answer: bare, or with reasons.
pub(crate) fn render(answer: &Answer, explain: bool) -> Value {
    let decision = answer.decision.allowed();
    if !explain {
        return json!({"decision": decision});
    }
    json!({
        "decision": decision,
        "context": {
            "reasons": answer.decision.reasons,
            "obligations": [],
            "edition": answer.decision.edition,
            "decision_id": answer.id,
            "ignored": answer.dropped,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_members_are_ignored_and_required_ones_are_not() {
        let good = json!({"subject": {"type": "Person", "id": "p", "x": 1}, "action": {"name": "TakeStep", "y": {}},
            "resource": {"type": "Matter", "id": "m", "properties": {"step": "MEM", "gone": null}}, "z": []});
        let read = parse(good.to_string().as_bytes()).unwrap();
        assert_eq!(read.action, "TakeStep");
        assert_eq!(read.properties.keys().collect::<Vec<_>>(), ["step"]);
        for (pointer, value) in [
            ("/subject", json!(null)),
            ("/subject", json!([])),
            ("/subject/id", json!(7)),
            ("/action/name", json!(null)),
            ("/resource/type", json!({})),
            ("/resource/properties", json!("x")),
        ] {
            let mut bad = good.clone();
            *bad.pointer_mut(pointer).unwrap() = value;
            assert!(parse(bad.to_string().as_bytes()).is_err(), "{pointer}");
        }
        assert!(parse(br#"{"subject":{"type":"Person","id":"a"},"action":{"name":"x"}}"#).is_err());
    }
}
