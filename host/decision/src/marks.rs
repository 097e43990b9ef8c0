//! Where a schema carries a mark such as `@personal`, on whatever level it stands.

use std::collections::BTreeMap;

use cedar_policy::SchemaFragment;
use serde_json::Value as Json;

/// Levels of types inside types that are looked into.
const DEEP_MAX: usize = 32;

/// Attributes that are looked at; types that name each other can describe more than can be listed.
const LOOKED_AT_MAX: usize = 20_000;

/// An attribute or context key that carries a mark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Mark {
    /// Whether it is a context key of an action; else an attribute of an entity type.
    pub(crate) of_context: bool,
    /// The names on the way to it.
    pub(crate) path: Vec<String>,
    /// What the mark says, `inquiry` for `@label("inquiry")`; empty where nothing could be read.
    pub(crate) says: String,
}

/// Paths to every attribute of an entity type (`false`) and context key of an action (`true`) that
/// carries a mark; none when the text is no schema.
pub fn marked_paths(schema_text: &str, mark: &str) -> Vec<(bool, Vec<String>)> {
    let Ok((fragment, _)) = SchemaFragment::from_cedarschema_str(schema_text) else {
        return Vec::new();
    };
    let Ok(json) = fragment.to_json_value() else { return Vec::new() };
    marks(&json, mark).into_iter().map(|mark| (mark.of_context, mark.path)).collect()
}

/// Every place of a schema, in its JSON form, that carries a mark.
///
/// Records inside records, common types of any namespace and elements of sets are looked into. A mark on
/// an entity type, a common type, an action or a namespace is on everything of it. A set whose elements
/// carry the mark carries it as a whole, and so does what is too deep or too much to be looked into.
pub(crate) fn marks<'a>(json: &'a Json, mark: &'a str) -> Vec<Mark> {
    let spaces: Vec<(&'a str, &'a Json)> =
        json.as_object().into_iter().flatten().map(|(name, body)| (name.as_str(), body)).collect();
    let mut common = BTreeMap::new();
    for (space, body) in &spaces {
        for (name, kind) in members(body, "commonTypes") {
            common.insert((*space, name.as_str()), kind);
        }
    }
    let mut walk =
        Walk { mark, common, left: LOOKED_AT_MAX, at: Vec::new(), context: false, found: vec![] };
    for (space, body) in spaces {
        let whole = says(body, mark);
        for (_, kind) in members(body, "entityTypes") {
            let Some(shape) = kind.get("shape") else { continue };
            walk.context = false;
            walk.all(space, shape, says(kind, mark).or(whole));
        }
        for (_, action) in members(body, "actions") {
            let Some(shape) = action.get("appliesTo").and_then(|to| to.get("context")) else {
                continue;
            };
            walk.context = true;
            walk.all(space, shape, says(action, mark).or(whole));
        }
    }
    walk.found
}

struct Walk<'a> {
    mark: &'a str,
    common: BTreeMap<(&'a str, &'a str), &'a Json>,
    left: usize,
    at: Vec<String>,
    context: bool,
    found: Vec<Mark>,
}

impl<'a> Walk<'a> {
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
        let (of_context, path) = (self.context, self.at.clone());
        self.found.push(Mark { of_context, path, says: said.to_owned() });
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

pub(crate) fn members<'a>(
    json: &'a Json,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Json)> {
    json.get(key).and_then(Json::as_object).into_iter().flatten()
}
