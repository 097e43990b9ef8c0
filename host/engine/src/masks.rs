//! Which stated values are personal: those that a schema marks `@personal`.

use std::collections::BTreeSet;

use package::annotated::marked_paths;
use serde_json::{Map, Value};

/// What stands in the log where a personal value was stated.
pub const MASK: &str = "（已隐去）";

/// The part of a question in which something is stated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// Properties of the subject.
    Subject,
    /// Properties of the action.
    Action,
    /// Properties of the resource.
    Resource,
    /// The context.
    Context,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject.properties",
            Self::Action => "action.properties",
            Self::Resource => "resource.properties",
            Self::Context => "context",
        }
    }
}

/// Which stated values never reach the log: names on the way from the part in which they stand. No
/// name at all is everything in that part.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Masks(BTreeSet<(Part, Vec<String>)>);

impl Masks {
    /// Those of all schemas of a district.
    pub fn of_district(package: &package::Package) -> Self {
        let schemas = package.editions().iter().map(package::Edition::schema_text);
        Self(schemas.flat_map(|text| Self::of_schema(text).0).collect())
    }

    /// Those of a schema: what an attribute or context key of that name states, on whichever side.
    pub fn of_schema(text: &str) -> Self {
        let mut paths = BTreeSet::new();
        for (of_context, path) in marked_paths(text, "personal") {
            if of_context {
                // what is stated of an action reaches policies as a context key of this name
                if let Some((first, inside)) = path.split_first()
                    && first == "action"
                {
                    paths.insert((Part::Action, inside.to_vec()));
                }
                paths.insert((Part::Context, path));
            } else {
                paths.insert((Part::Subject, path.clone()));
                paths.insert((Part::Resource, path));
            }
        }
        Self(paths)
    }

    /// These and others.
    #[must_use]
    pub fn with(mut self, others: &Self) -> Self {
        self.0.extend(others.0.iter().cloned());
        self
    }

    /// What may be kept of a purpose, which policies see as `context.purpose`.
    pub(crate) fn purpose(&self, purpose: &str) -> String {
        if purpose.is_empty() {
            return String::new();
        }
        let stated = Map::from_iter([("purpose".to_owned(), purpose.into())]);
        let kept = self.keep(Part::Context, &stated, &mut Vec::new());
        kept.get("purpose").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What may be kept of a part of a question; where something was left out is added to `masked`.
    pub(crate) fn keep(
        &self,
        part: Part,
        stated: &Map<String, Value>,
        masked: &mut Vec<String>,
    ) -> Map<String, Value> {
        let mut kept = stated.clone();
        for (_, path) in self.0.iter().filter(|(of, _)| *of == part) {
            if hide(&mut kept, path) {
                let names = std::iter::once(part.name()).chain(path.iter().map(String::as_str));
                masked.push(names.collect::<Vec<_>>().join("."));
            }
        }
        kept
    }
}

/// Hides what a path leads to; whether there was anything. What stands in the place of a record on the
/// way is hidden whole: it may hold what the record would.
fn hide(map: &mut Map<String, Value>, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        for value in map.values_mut() {
            *value = Value::String(MASK.to_owned());
        }
        return !map.is_empty();
    };
    let Some(value) = map.get_mut(first) else { return false };
    match value {
        Value::Object(inner) if !rest.is_empty() => hide(inner, rest),
        _ => {
            *value = Value::String(MASK.to_owned());
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_kept_unless_the_schema_marks_it() {
        let schema = |mark: &str| {
            format!(
                "entity user; entity door;\naction open appliesTo {{ principal: user, resource: door, context: {{ {mark} \"purpose\"?: String }} }};"
            )
        };
        let of = |mark: &str, purpose: &str| Masks::of_schema(&schema(mark)).purpose(purpose);
        assert_eq!(of("", "to call back"), "to call back");
        assert_eq!(of("@personal", "to call back"), MASK);
        assert_eq!(of("@personal", ""), "", "nothing was given");
    }
}
