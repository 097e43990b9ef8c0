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

fn members<'a>(json: &'a Json, key: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    json.get(key).and_then(Json::as_object).into_iter().flatten()
}

/// Multi-line tool messages on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
