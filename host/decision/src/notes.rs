//! What the schema's own annotations say about attributes: `@request` and `@identity`.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::SchemaFragment;
use serde_json::Value as Json;

use crate::compile::BuildError;

/// Marks on attributes, read once from the schema's text (a parsed schema keeps none).
#[derive(Clone, Default, Debug)]
pub(crate) struct Notes {
    /// Per entity type or action: attributes that a caller may state.
    request: BTreeMap<String, BTreeSet<String>>,
    /// Per entity type: the attribute that repeats the entity's id.
    identity: BTreeMap<String, String>,
    /// Per attribute of an entity type, and of which variables it can be: its label (`@label`).
    labels: BTreeMap<(bool, String), String>,
    empty: BTreeSet<String>,
}

impl Notes {
    /// Reads the annotations of a schema in Cedar's own syntax.
    pub(crate) fn read(schema_text: &str) -> Result<Self, BuildError> {
        let (fragment, _) = SchemaFragment::from_cedarschema_str(schema_text)
            .map_err(|error| BuildError::Schema(one_line(&error.to_string())))?;
        let json = fragment
            .to_json_value()
            .map_err(|error| BuildError::Schema(one_line(&error.to_string())))?;
        let mut notes = Self::default();
        for namespace in json.as_object().into_iter().flat_map(serde_json::Map::values) {
            for (kind, body) in members(namespace, "entityTypes") {
                notes.mark(kind, false, body.get("shape"));
            }
            for (action, body) in members(namespace, "actions") {
                let context = body.get("appliesTo").and_then(|applies| applies.get("context"));
                notes.mark(action, true, context);
            }
        }
        Ok(notes)
    }

    fn mark(&mut self, kind: &str, of_context: bool, record: Option<&Json>) {
        for (name, attribute) in record.into_iter().flat_map(|record| members(record, "attributes"))
        {
            let marked = |mark: &str| {
                attribute.get("annotations").is_some_and(|notes| notes.get(mark).is_some())
            };
            if marked("request") {
                self.request.entry(kind.to_owned()).or_default().insert(name.clone());
            }
            let label = attribute.get("annotations").and_then(|notes| notes.get("label")?.as_str());
            if let Some(label) = label {
                self.labels.insert((of_context, name.clone()), label.to_owned());
            }
            if marked("identity") {
                self.identity.insert(kind.to_owned(), name.clone());
            }
        }
    }

    /// Attributes of an entity type, or context keys of an action, that a caller may state.
    pub(crate) fn request(&self, kind: &str) -> &BTreeSet<String> {
        self.request.get(kind).unwrap_or(&self.empty)
    }

    /// The attribute of a type that repeats its id.
    pub(crate) fn identity(&self, kind: &str) -> Option<&str> {
        self.identity.get(kind).map(String::as_str)
    }

    /// The label of what an access path reads, whichever type its variable has.
    pub(crate) fn labels_of(&self, path: &[String]) -> impl Iterator<Item = &str> {
        let of_context = path.first().is_some_and(|first| first == "context");
        let found = path.get(1).and_then(|name| self.labels.get(&(of_context, name.clone())));
        found.map(String::as_str).into_iter()
    }
}

/// Attributes of any type (`false`) and context keys of any action (`true`) that carry a mark; none
/// when the text is no schema.
pub fn marked(schema_text: &str, mark: &str) -> Vec<(bool, String)> {
    let Ok((fragment, _)) = SchemaFragment::from_cedarschema_str(schema_text) else {
        return Vec::new();
    };
    let Ok(json) = fragment.to_json_value() else { return Vec::new() };
    let mut found = Vec::new();
    for (of_context, path) in paths(&json, mark) {
        if let [name] = path.as_slice() {
            found.push((of_context, name.clone()));
        }
    }
    found
}

/// Paths to every attribute and context key that carries a mark, in records inside them and in common
/// types too; `true` where the first name is a context key. A set whose elements carry the mark
/// carries it as a whole.
pub fn marked_paths(schema_text: &str, mark: &str) -> Vec<(bool, Vec<String>)> {
    let Ok((fragment, _)) = SchemaFragment::from_cedarschema_str(schema_text) else {
        return Vec::new();
    };
    let Ok(json) = fragment.to_json_value() else { return Vec::new() };
    paths(&json, mark)
}

/// Levels of types inside types that are looked into; the schema's own reader stops recursion.
const DEEP_MAX: usize = 32;

fn paths(json: &Json, mark: &str) -> Vec<(bool, Vec<String>)> {
    let spaces: Vec<&Json> =
        json.as_object().into_iter().flat_map(serde_json::Map::values).collect();
    let common: Vec<(&String, &Json)> =
        spaces.iter().flat_map(|space| members(space, "commonTypes")).collect();
    let mut found = Vec::new();
    for space in &spaces {
        let shapes = members(space, "entityTypes").filter_map(|(_, body)| body.get("shape"));
        let contexts = members(space, "actions").filter_map(|(_, body)| {
            body.get("appliesTo").and_then(|applies| applies.get("context"))
        });
        let all = shapes.map(|it| (false, it)).chain(contexts.map(|it| (true, it)));
        for (of_context, record) in all {
            let mut inside = Vec::new();
            walk(record, mark, &common, &mut Vec::new(), &mut inside);
            found.extend(inside.into_iter().map(|path| (of_context, path)));
        }
    }
    found
}

fn walk(
    kind: &Json,
    mark: &str,
    common: &[(&String, &Json)],
    at: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) {
    if at.len() > DEEP_MAX {
        return;
    }
    let mut kind = kind;
    for _ in 0..DEEP_MAX {
        let Some(named) = resolved(kind, common) else { break };
        kind = named;
    }
    if let Some(element) = kind.get("element") {
        let mut inside = Vec::new();
        walk(element, mark, common, &mut vec![String::new()], &mut inside);
        if !inside.is_empty() {
            found.push(at.clone());
        }
        return;
    }
    for (name, attribute) in members(kind, "attributes") {
        at.push(name.clone());
        if attribute.get("annotations").is_some_and(|notes| notes.get(mark).is_some()) {
            found.push(at.clone());
        } else {
            walk(attribute, mark, common, at, found);
        }
        at.pop();
    }
}

/// The common type that a type names, whatever namespace it stands in.
fn resolved<'a>(kind: &Json, common: &[(&String, &'a Json)]) -> Option<&'a Json> {
    let name = match kind.get("type")?.as_str()? {
        "EntityOrCommon" => kind.get("name")?.as_str()?,
        "Record" | "Set" | "Entity" | "Extension" | "String" | "Long" | "Boolean" => return None,
        other => other,
    };
    let last = name.rsplit("::").next()?;
    common.iter().find(|(own, _)| own.as_str() == last).map(|(_, body)| *body)
}

fn members<'a>(json: &'a Json, key: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    json.get(key).and_then(Json::as_object).into_iter().flatten()
}

/// Multi-line tool messages on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
