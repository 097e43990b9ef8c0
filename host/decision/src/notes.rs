//! What the schema's own annotations say about attributes: `@request` and `@identity`.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::SchemaFragment;
use package::annotated::{Mark, marked_twice, marks, members};
use serde_json::Value as Json;

use crate::compile::BuildError;

/// Marks on attributes, read once from the schema's text (a parsed schema keeps none).
#[derive(Clone, Default, Debug)]
pub(crate) struct Notes {
    /// Per entity type or action: attributes that a caller may state.
    request: BTreeMap<String, BTreeSet<String>>,
    /// Per entity type: the attribute that repeats the entity's id.
    identity: BTreeMap<String, String>,
    /// What carries a label (`@label`).
    labels: Vec<Mark>,
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
        if let Some((owner, name)) = marked_twice(schema_text, "identity", "personal").pop_first() {
            return Err(BuildError::IdentityIsPersonal { owner, name });
        }
        let mut notes = Self { labels: marks(&json, "label"), ..Self::default() };
        for namespace in json.as_object().into_iter().flat_map(serde_json::Map::values) {
            for (kind, body) in members(namespace, "entityTypes") {
                notes.mark(kind, body.get("shape"));
            }
            for (action, body) in members(namespace, "actions") {
                let context = body.get("appliesTo").and_then(|applies| applies.get("context"));
                notes.mark(action, context);
            }
        }
        Ok(notes)
    }

    fn mark(&mut self, kind: &str, record: Option<&Json>) {
        for (name, attribute) in record.into_iter().flat_map(|record| members(record, "attributes"))
        {
            let marked = |mark: &str| {
                attribute.get("annotations").is_some_and(|notes| notes.get(mark).is_some())
            };
            if marked("request") {
                self.request.entry(kind.to_owned()).or_default().insert(name.clone());
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

    /// The labels of what an access path reads, whichever type its variable has: of what it leads to or
    /// through, and of what the record holds that it leads to. An attribute may be read behind others.
    pub(crate) fn labels_of(&self, path: &[String]) -> impl Iterator<Item = &str> {
        let first = path.first().map_or("", String::as_str);
        let ends = path.len();
        let reads = move |label: &&Mark| {
            let meets = |from: usize| {
                let rest = path.get(from..).unwrap_or_default();
                !rest.is_empty() && rest.iter().zip(&label.path).all(|(read, name)| read == name)
            };
            match (first, label.of_context) {
                // where it begins is not known, so it may be anything
                ("", _) => (1..ends).any(meets),
                ("context", true) => meets(1),
                // a context key may be an entity, or hold one
                ("context", false) => (2..ends).any(meets),
                (_, true) => false,
                (_, false) => (1..ends).any(meets),
            }
        };
        self.labels.iter().filter(reads).map(|label| label.says.as_str())
    }
}

/// Multi-line tool messages on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_count_wherever_they_stand() {
        let notes = Notes::read(
            r#"
type Trouble = { @label("inquiry") "open"?: Bool, "since"?: Long };
@label("kinship") type Kin = Set<String>;
type Around = { "trouble"?: Trouble, "plain"?: Long };
entity Person = { "trouble"?: Trouble, "kin"?: Kin, "plain"?: Long };
entity Matter;
action act appliesTo { principal: Person, resource: Matter, context: Around };
"#,
        )
        .unwrap();
        for (path, want) in [
            ("principal.trouble.open", vec!["inquiry"]),
            ("resource.trouble.open", vec!["inquiry"]),
            ("resource.owner.trouble.open", vec!["inquiry"]),
            ("context.trouble.open", vec!["inquiry"]),
            ("context.trouble", vec!["inquiry"]),
            ("principal.kin", vec!["kinship"]),
            ("principal.trouble.since", vec![]),
            ("context.kin", vec![]),
            ("context.by.kin", vec!["kinship"]),
            ("context.trouble.plain", vec![]),
            (".kin", vec!["kinship"]),
            (".trouble", vec!["inquiry", "inquiry"]),
            (".plain", vec![]),
            ("principal.plain", vec![]),
            ("principal", vec![]),
        ] {
            let names: Vec<String> = path.split('.').map(str::to_owned).collect();
            assert_eq!(notes.labels_of(&names).collect::<Vec<_>>(), want, "{path}");
        }
    }

    #[test]
    fn an_identity_that_is_personal_is_refused() {
        let schema = |mark: &str| format!("entity Person = {{ @identity {mark} id: String }};");
        assert!(Notes::read(&schema("")).is_ok());
        let refused = Notes::read(&schema("@personal")).unwrap_err();
        assert!(matches!(refused, BuildError::IdentityIsPersonal { .. }), "{refused}");
        assert!(refused.to_string().starts_with("`id` of `Person`"), "{refused}");
    }

    #[test]
    fn every_way_to_read_an_attribute_is_seen() {
        let text = r#"forbid (principal, action, resource) when {
            principal has trouble.open && resource.a.b
            && (if resource.c then principal else principal).kin
            && {"a": principal}.a has since
        };"#;
        let set: cedar_policy::PolicySet = text.parse().unwrap();
        let lines = evaluator::lines(&set).unwrap();
        let reads: Vec<String> =
            lines.iter().flat_map(|line| line.reads()).map(|path| path.join(".")).collect();
        for path in ["principal.trouble.open", "resource.a.b", "resource.c", ".kin", ".since", ".a"]
        {
            assert!(reads.iter().any(|read| read == path), "{path} of {reads:?}");
        }
    }
}
