//! Reading subject, action, resource and context (§5 and §6 of the specification).

use model::{Ask, Side};
use serde_json::{Map, Value};

use crate::problem::quoted;

/// Reads a whole question.
///
/// # Errors
/// One line that says what is missing or mistyped.
pub(super) fn whole(mut map: Map<String, Value>) -> Result<Ask, String> {
    let subject = side(&mut map, "subject", true)?;
    let (action, action_properties) = action(&mut map)?;
    let resource = side(&mut map, "resource", true)?;
    let context = object(&mut map, "", "context")?.unwrap_or_default();
    Ok(Ask { subject, action, action_properties, resource, context })
}

/// Reads `subject` or `resource`; a searched one needs no id, and one it has is not looked at.
///
/// # Errors
/// As [`whole`].
pub(super) fn side(
    map: &mut Map<String, Value>,
    name: &str,
    with_id: bool,
) -> Result<Side, String> {
    let mut side = object(map, "", name)?.ok_or_else(|| missing(name))?;
    let kind = text(&mut side, name, "type")?;
    let id = if with_id { text(&mut side, name, "id")? } else { String::new() };
    let properties = object(&mut side, name, "properties")?.unwrap_or_default();
    Ok(Side { kind, id, properties })
}

/// Reads `action`.
///
/// # Errors
/// As [`whole`].
pub(super) fn action(
    map: &mut Map<String, Value>,
) -> Result<(String, Option<Map<String, Value>>), String> {
    let mut action = object(map, "", "action")?.ok_or_else(|| missing("action"))?;
    let name = text(&mut action, "action", "name")?;
    Ok((name, object(&mut action, "action", "properties")?))
}

/// Takes a member that must be an object when it is there.
///
/// # Errors
/// Names the member.
pub(super) fn object(
    map: &mut Map<String, Value>,
    of: &str,
    name: &str,
) -> Result<Option<Map<String, Value>>, String> {
    match map.remove(name) {
        None => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(format!("`{}` must be an object", path(of, name))),
    }
}

fn text(map: &mut Map<String, Value>, of: &str, name: &str) -> Result<String, String> {
    match map.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("`{}` must be a string", path(of, name))),
        None => Err(missing(&path(of, name))),
    }
}

fn missing(name: &str) -> String {
    format!("`{name}` is missing")
}

fn path(of: &str, name: &str) -> String {
    if of.is_empty() { quoted(name) } else { format!("{of}.{}", quoted(name)) }
}
