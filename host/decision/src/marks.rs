//! Where a schema carries a mark such as `@personal`, on whatever level it stands.

use std::collections::BTreeMap;

use cedar_policy::SchemaFragment;
use serde_json::Value as Json;

/// Levels of types inside types that are looked into.
const DEEP_MAX: usize = 32;

/// Attributes that are looked at; types that name each other can describe more than can be listed.
const LOOKED_AT_MAX: usize = 20_000;

/// Paths to every attribute of an entity type (`false`) and context key of an action (`true`) that
/// carries a mark; none when the text is no schema.
///
/// Records inside records, common types of any namespace and elements of sets are looked into. A mark
/// on an entity type, a common type, an action or a namespace is on everything of it. A set whose elements carry the
/// mark carries it as a whole, and so does what is too deep or too much to be looked into.
pub fn marked_paths(schema_text: &str, mark: &str) -> Vec<(bool, Vec<String>)> {
    if !schema_text.contains(mark) {
        return Vec::new();
    }
    let Ok((fragment, _)) = SchemaFragment::from_cedarschema_str(schema_text) else {
        return Vec::new();
    };
    let Ok(json) = fragment.to_json_value() else { return Vec::new() };
    let spaces: Vec<(&str, &Json)> =
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
        for (_, kind) in members(body, "entityTypes") {
            let Some(shape) = kind.get("shape") else { continue };
            walk.context = false;
            walk.all(space, shape, has(body, mark) || has(kind, mark));
        }
        for (_, action) in members(body, "actions") {
            let Some(shape) = action.get("appliesTo").and_then(|to| to.get("context")) else {
                continue;
            };
            walk.context = true;
            walk.all(space, shape, has(body, mark) || has(action, mark));
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
    found: Vec<(bool, Vec<String>)>,
}

impl<'a> Walk<'a> {
    /// The attributes of an outermost record; every one of them when the record itself is marked.
    fn all(&mut self, space: &'a str, shape: &'a Json, marked: bool) {
        let (space, shape, by_name) = self.resolved(space, shape);
        for (name, attribute) in members(shape, "attributes") {
            self.attribute(space, name, attribute, marked || by_name);
        }
    }

    fn attribute(&mut self, space: &'a str, name: &str, attribute: &'a Json, marked: bool) {
        self.at.push(name.to_owned());
        self.left = self.left.saturating_sub(1);
        if marked || has(attribute, self.mark) || self.left == 0 || self.at.len() > DEEP_MAX {
            self.found.push((self.context, self.at.clone()));
        } else {
            self.inside(space, attribute);
        }
        self.at.pop();
    }

    fn inside(&mut self, space: &'a str, kind: &'a Json) {
        let (space, kind, marked) = self.resolved(space, kind);
        if marked {
            self.found.push((self.context, self.at.clone()));
        } else if let Some(element) = kind.get("element") {
            let before = self.found.len();
            self.attribute(space, "", element, false);
            if self.found.len() > before {
                self.found.truncate(before);
                self.found.push((self.context, self.at.clone()));
            }
        } else {
            for (name, attribute) in members(kind, "attributes") {
                self.attribute(space, name, attribute, false);
            }
        }
    }

    /// What a type is once common types are put in, in which namespace, and whether one of the common
    /// types on the way carries the mark. Names are looked for as Cedar does: in the namespace where
    /// they are written, then among those without one.
    fn resolved(&self, space: &'a str, kind: &'a Json) -> (&'a str, &'a Json, bool) {
        let (mut space, mut kind, mut marked) = (space, kind, false);
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
            marked |= has(body, self.mark);
            (space, kind) = (of, body);
        }
        (space, kind, marked)
    }
}

fn has(body: &Json, mark: &str) -> bool {
    body.get("annotations").is_some_and(|notes| notes.get(mark).is_some())
}

fn members<'a>(json: &'a Json, key: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    json.get(key).and_then(Json::as_object).into_iter().flatten()
}
