//! Where a schema carries a mark such as `@personal`, on whatever level it stands.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::SchemaFragment;
use serde_json::Value as Json;

/// Levels of types inside types that are looked into.
const DEEP_MAX: usize = 32;

/// Attributes that are looked at; types that name each other can describe more than can be listed.
const LOOKED_AT_MAX: usize = 20_000;

/// An attribute or context key that carries a mark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Whether it is a context key of an action; else an attribute of an entity type.
    pub of_context: bool,
    /// The action or the entity type, with its namespace.
    pub owner: String,
    /// The names on the way to it.
    pub path: Vec<String>,
    /// What the mark says, `inquiry` for `@label("inquiry")`; empty where nothing could be read.
    pub says: String,
}

/// What of the stored entities of one type carries a mark.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Marked {
    /// Attributes that carry it or hold something that does.
    pub attrs: BTreeSet<String>,
    /// Whether the tags do.
    pub tags: bool,
}

/// Paths to every attribute of an entity type (`false`) and context key of an action (`true`) that
/// carries a mark; none when the text is no schema.
pub fn marked_paths(schema_text: &str, mark: &str) -> Vec<(bool, Vec<String>)> {
    let json = as_json(schema_text).unwrap_or_default();
    marks(&json, mark).into_iter().map(|mark| (mark.of_context, mark.path)).collect()
}

/// By the name of the entity type, what of its stored entities carries a mark; types without are left out.
pub fn marked_types(schema_text: &str, mark: &str) -> BTreeMap<String, Marked> {
    let json = as_json(schema_text).unwrap_or_default();
    let mut types: BTreeMap<String, Marked> = BTreeMap::new();
    for found in marks(&json, mark).into_iter().filter(|found| !found.of_context) {
        let of = types.entry(found.owner).or_default();
        of.attrs.extend(found.path.into_iter().next());
    }
    for owner in Walk::new(&json, mark).tagged(&json) {
        types.entry(owner).or_default().tags = true;
    }
    types
}

/// Attributes of entity types that carry one mark themselves, and another as well or within them: type and
/// name.
pub fn marked_twice(schema_text: &str, own: &str, other: &str) -> BTreeSet<(String, String)> {
    let json = as_json(schema_text).unwrap_or_default();
    let others = marked_types(schema_text, other);
    let mut found = BTreeSet::new();
    for (space, body) in spaces(&json) {
        for (name, kind) in members(body, "entityTypes") {
            let owner = full(space, name);
            let Some(other) = others.get(&owner) else { continue };
            for (attribute, body) in
                kind.get("shape").into_iter().flat_map(|it| members(it, "attributes"))
            {
                if says(body, own).is_some() && other.attrs.contains(attribute) {
                    found.insert((owner.clone(), attribute.clone()));
                }
            }
        }
    }
    found
}

fn full(space: &str, name: &str) -> String {
    if space.is_empty() { name.to_owned() } else { format!("{space}::{name}") }
}

fn as_json(schema_text: &str) -> Option<Json> {
    let (fragment, _) = SchemaFragment::from_cedarschema_str(schema_text).ok()?;
    fragment.to_json_value().ok()
}

/// Every place of a schema, in its JSON form, that carries a mark.
///
/// Records inside records, common types of any namespace and elements of sets are looked into. A mark on
/// an entity type, a common type, an action or a namespace is on everything of it. A set whose elements
/// carry the mark carries it as a whole, and so does what is too deep or too much to be looked into.
pub fn marks(json: &Json, mark: &str) -> Vec<Mark> {
    let mut walk = Walk::new(json, mark);
    for (space, body) in spaces(json) {
        let whole = says(body, mark);
        for (name, kind) in members(body, "entityTypes") {
            let Some(shape) = kind.get("shape") else { continue };
            walk.of(false, space, name);
            walk.all(space, shape, says(kind, mark).or(whole));
        }
        for (name, action) in members(body, "actions") {
            let Some(shape) = action.get("appliesTo").and_then(|to| to.get("context")) else {
                continue;
            };
            walk.of(true, space, name);
            walk.all(space, shape, says(action, mark).or(whole));
        }
    }
    walk.found
}

fn spaces(json: &Json) -> impl Iterator<Item = (&str, &Json)> {
    json.as_object().into_iter().flatten().map(|(name, body)| (name.as_str(), body))
}

struct Walk<'a> {
    mark: &'a str,
    common: BTreeMap<(&'a str, &'a str), &'a Json>,
    left: usize,
    at: Vec<String>,
    context: bool,
    owner: String,
    found: Vec<Mark>,
}

impl<'a> Walk<'a> {
    fn new(json: &'a Json, mark: &'a str) -> Self {
        let mut common = BTreeMap::new();
        for (space, body) in spaces(json) {
            for (name, kind) in members(body, "commonTypes") {
                common.insert((space, name.as_str()), kind);
            }
        }
        let (at, owner, found) = (Vec::new(), String::new(), Vec::new());
        Self { mark, common, left: LOOKED_AT_MAX, at, context: false, owner, found }
    }

    /// Whose record is looked into from here on.
    fn of(&mut self, context: bool, space: &str, name: &str) {
        self.context = context;
        self.owner = full(space, name);
    }

    /// Entity types whose tags carry the mark.
    fn tagged(mut self, json: &'a Json) -> Vec<String> {
        for (space, body) in spaces(json) {
            let whole = says(body, self.mark);
            for (name, kind) in members(body, "entityTypes") {
                let Some(tags) = kind.get("tags") else { continue };
                self.of(false, space, name);
                self.attribute(space, "", tags, says(kind, self.mark).or(whole));
            }
        }
        self.found.into_iter().map(|mark| mark.owner).collect()
    }

    /// The attributes of an outermost record; every one of them when the record itself is marked.
    fn all(&mut self, space: &'a str, shape: &'a Json, marked: Option<&'a str>) {
        let (space, shape, by_name) = self.resolved(space, shape);
        for (name, attribute) in members(shape, "attributes") {
            self.attribute(space, name, attribute, by_name.or(marked));
        }
    }

    fn attribute(
        &mut self,
        space: &'a str,
        name: &str,
        attribute: &'a Json,
        marked: Option<&'a str>,
    ) {
        self.at.push(name.to_owned());
        self.left = self.left.saturating_sub(1);
        let unread = (self.left == 0 || self.at.len() > DEEP_MAX).then_some("");
        match says(attribute, self.mark).or(marked).or(unread) {
            Some(said) => self.note(said),
            None => self.inside(space, attribute),
        }
        self.at.pop();
    }

    fn inside(&mut self, space: &'a str, kind: &'a Json) {
        let (space, kind, marked) = self.resolved(space, kind);
        if let Some(said) = marked {
            self.note(said);
        } else if let Some(element) = kind.get("element") {
            let before = self.found.len();
            self.attribute(space, "", element, None);
            // what is found in an element is said of the set
            for mark in self.found.iter_mut().skip(before) {
                mark.path.clone_from(&self.at);
            }
        } else {
            for (name, attribute) in members(kind, "attributes") {
                self.attribute(space, name, attribute, None);
            }
        }
    }

    fn note(&mut self, said: &str) {
        let (of_context, owner, path) = (self.context, self.owner.clone(), self.at.clone());
        self.found.push(Mark { of_context, owner, path, says: said.to_owned() });
    }

    /// What a type is once common types are put in, in which namespace, and what the mark of a common type
    /// on the way says. Names are looked for as Cedar does: in the namespace where
    /// they are written, then among those without one.
    fn resolved(&self, space: &'a str, kind: &'a Json) -> (&'a str, &'a Json, Option<&'a str>) {
        let (mut space, mut kind, mut marked) = (space, kind, None);
        for _ in 0..DEEP_MAX {
            let named = match kind.get("type").and_then(Json::as_str) {
                Some("EntityOrCommon") => kind.get("name").and_then(Json::as_str),
                other => other,
            };
            let Some(name) = named else { break };
            let key = match name.rsplit_once("::") {
                Some(whole) => self.common.get_key_value(&whole),
                None => self
                    .common
                    .get_key_value(&(space, name))
                    .or_else(|| self.common.get_key_value(&("", name))),
            };
            let Some((&(of, _), &body)) = key else { break };
            marked = marked.or_else(|| says(body, self.mark));
            (space, kind) = (of, body);
        }
        (space, kind, marked)
    }
}

/// What a mark says; a mark without a text says nothing, and is there.
fn says<'a>(body: &'a Json, mark: &str) -> Option<&'a str> {
    body.get("annotations")?.get(mark).map(|text| text.as_str().unwrap_or_default())
}

/// The members of an object within an object; none where there is no such object.
pub fn members<'a>(json: &'a Json, key: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    json.get(key).and_then(Json::as_object).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"
type Contact = { @personal "phone"?: String, "floor"?: Long };
namespace A {
  @personal type Number = String;
  entity user = { "name": String, "contact"?: Contact, "numbers"?: Set<Number>, "age"?: Long,
    "inner"?: { "deep"?: { @personal "x"?: Long } } } tags Number;
  @personal entity door = { "keeper"?: String, "floor"?: Long } tags Long;
  entity wall = { "height"?: Long } tags String;
  action open appliesTo { principal: user, resource: door, context: { @personal "callback"?: String } };
}
"#;

    #[test]
    fn whole_attributes_of_stored_types_carry_what_is_marked_in_them() {
        let types = marked_types(SCHEMA, "personal");
        let of = |attrs: &[&str]| Marked {
            attrs: attrs.iter().map(|name| (*name).to_owned()).collect(),
            tags: true,
        };
        let want = [
            ("A::door".to_owned(), of(&["floor", "keeper"])),
            ("A::user".to_owned(), of(&["contact", "inner", "numbers"])),
        ];
        assert_eq!(types, want.into());
        assert_eq!(marked_types(SCHEMA, "label"), BTreeMap::new());
    }

    #[test]
    fn an_attribute_with_two_marks_is_found_wherever_the_second_stands() {
        for (text, want) in [
            ("entity user = { @identity @personal \"id\"?: String };", Some("id")),
            ("@personal entity user = { @identity \"id\"?: String };", Some("id")),
            ("@personal type Id = String; entity user = { @identity own: Id };", Some("own")),
            ("entity user = { @identity \"id\"?: String, @personal \"name\"?: String };", None),
        ] {
            let found = marked_twice(text, "identity", "personal");
            let want = want.map(|name| ("user".to_owned(), name.to_owned()));
            assert_eq!(found, want.into_iter().collect(), "{text}");
        }
    }
}
