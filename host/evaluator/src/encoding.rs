//! Entities as text: Cedar's own JSON, which people write, and one line per entity with everything
//! spelled out and all ancestors worked out, which is quick to read back.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use cedar_policy_core::ast::{
    Entity, EntityType, EntityUID, Literal, PartialValue, Value, ValueKind,
};
use cedar_policy_core::entities::err::EntitiesError;
use cedar_policy_core::entities::{EntityJsonParser, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::CoreSchema;
use serde::de::{Deserializer as _, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::{Value as Json, json};
use smol_str::SmolStr;
use thiserror::Error;

use crate::json::{from_json, to_json};
use crate::schema::{Schema, one_line};
use crate::store::Store;
use crate::thing::{self, Thing};

/// Why entities cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum EncodingError {
    /// Not a JSON array of entities.
    #[error("{0}")]
    Json(String),
    /// One entity is wrong; counted from 0.
    #[error("entity {index}: {message}")]
    Entity {
        /// Which.
        index: usize,
        /// Cedar's words.
        message: String,
    },
    /// A line of the quick form is wrong; counted from 1.
    #[error("line {0} cannot be read")]
    Line(usize),
}

impl Thing {
    /// An entity in Cedar's JSON form, as one member of an entities file.
    ///
    /// # Errors
    /// Cedar's words, also when it does not fit the schema.
    pub fn of_cedar_json(value: Json, schema: Option<&Schema>) -> Result<Self, EncodingError> {
        let extensions = Extensions::all_available();
        let assume = TCComputation::AssumeAlreadyComputed;
        let read = match schema {
            Some(schema) => {
                let core = CoreSchema::new(schema.core());
                EntityJsonParser::new(Some(&core), extensions, assume).single_from_json_value(value)
            }
            None => EntityJsonParser::<NoEntitiesSchema>::new(None, extensions, assume)
                .single_from_json_value(value),
        };
        let entity = read.map_err(|error| EncodingError::Json(deepest(&error)))?;
        // A stored `unknown(…)` is no value: it would be gone when the entity is written and read.
        let mut values = entity.attrs().chain(entity.tags());
        if let Some((name, _)) = values.find(|it| matches!(it.1, PartialValue::Residual(_))) {
            let message = format!("`{name}` holds `unknown`, which is not a value");
            return Err(EncodingError::Json(one_line(&message)));
        }
        drop(values);
        Ok(Self::of(Arc::new(entity)))
    }

    /// The entity in Cedar's JSON form, with its own parents only.
    pub fn to_cedar_json(&self) -> Json {
        let reference =
            |uid: &EntityUID| json!({"type": uid.entity_type().to_string(), "id": id(uid)});
        let mut parents: Vec<&EntityUID> = self.entity().parents().collect();
        parents.sort();
        let mut value = json!({
            "uid": reference(self.uid()),
            "attrs": object(self.attrs()),
            "parents": parents.into_iter().map(reference).collect::<Vec<_>>(),
        });
        let tags: serde_json::Map<String, Json> = object(self.tags());
        if let Some(map) = value.as_object_mut().filter(|_| !tags.is_empty()) {
            map.insert("tags".to_owned(), Json::Object(tags));
        }
        value
    }
}

fn deepest(error: &EntitiesError) -> String {
    use std::error::Error as _;
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    one_line(&text)
}

fn id(uid: &EntityUID) -> &str {
    uid.eid().as_ref()
}

fn object<'a>(
    values: impl Iterator<Item = (&'a SmolStr, &'a Value)>,
) -> serde_json::Map<String, Json> {
    values.map(|(name, value)| (name.to_string(), to_json(value))).collect()
}

impl Store {
    /// Reads an entities file in Cedar's JSON form; `progress` is told how many are done, of how many.
    ///
    /// # Errors
    /// [`EncodingError`] for the first entity that is wrong.
    pub fn read_cedar_json(
        text: &str,
        schema: Option<&Schema>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Thing>, EncodingError> {
        let json = |error: serde_json::Error| EncodingError::Json(one_line(&error.to_string()));
        // Tells how many there are, and of broken JSON before anything is built.
        let count = serde_json::from_str::<Vec<IgnoredAny>>(text).map_err(json)?.len();
        let mut all = Each { schema, progress, count, things: Vec::new(), refused: None };
        let mut reader = serde_json::Deserializer::from_str(text);
        let read = reader.deserialize_seq(&mut all);
        match (all.refused.take(), read) {
            (Some(refused), _) => Err(refused),
            (None, read) => read.map(|()| all.things).map_err(json),
        }
    }
}

/// Reads entities one after another: as JSON they take several times the memory that they take as
/// things, so no more than one is there as JSON.
struct Each<'a> {
    schema: Option<&'a Schema>,
    progress: &'a mut dyn FnMut(usize, usize),
    count: usize,
    things: Vec<Thing>,
    refused: Option<EncodingError>,
}

impl<'de> Visitor<'de> for &mut Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of entities")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<(), A::Error> {
        let mut pool = Pool::default();
        while let Some(value) = all.next_element::<Json>()? {
            let index = self.things.len();
            if index.is_multiple_of(1_000) {
                (self.progress)(index, self.count);
            }
            let thing = match Thing::of_cedar_json(value, self.schema) {
                Ok(thing) => thing,
                Err(error) => {
                    let message = error.to_string();
                    self.refused = Some(EncodingError::Entity { index, message });
                    return Err(A::Error::custom("refused"));
                }
            };
            self.things.push(pool.thing(&thing));
        }
        Ok(())
    }
}

/// Writes a store in the quick form.
pub fn write_entities(store: &Store) -> Vec<u8> {
    write_entities_as(store, &mut |_| None)
}

/// As [`write_entities`], with another thing in the place of one for which `instead` gives it.
pub fn write_entities_as(
    store: &Store,
    instead: &mut dyn FnMut(&Thing) -> Option<Thing>,
) -> Vec<u8> {
    let mut out = Vec::new();
    for kind in store.kinds() {
        for thing in store.of_kind(kind, None) {
            let line = line_of(instead(thing).as_ref().unwrap_or(thing));
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }
    out
}

fn line_of(thing: &Thing) -> String {
    let pair = |uid: &EntityUID| json!([uid.entity_type().to_string(), id(uid)]);
    let mut parents: Vec<&EntityUID> = thing.entity().parents().collect();
    let mut further: Vec<&EntityUID> = thing.entity().indirect_ancestors().collect();
    parents.sort();
    further.sort();
    let line = json!([
        thing.uid().entity_type().to_string(),
        thing.id(),
        object(thing.attrs()),
        parents.into_iter().map(pair).collect::<Vec<_>>(),
        further.into_iter().map(pair).collect::<Vec<_>>(),
        object(thing.tags()),
    ]);
    line.to_string()
}

/// Reads a store in the quick form. What was written was valid; only its own form is checked.
///
/// # Errors
/// [`EncodingError::Line`].
pub fn read_entities(bytes: &[u8]) -> Result<Store, EncodingError> {
    let mut pool = Pool::default();
    let mut things = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.is_empty() {
            continue;
        }
        let thing = read_line(line, &mut pool).ok_or(EncodingError::Line(number))?;
        things.push(thing);
    }
    Ok(Store::of_closed(things))
}

/// What many entities have alike, so that it lies in memory once.
#[derive(Default)]
struct Pool {
    kinds: BTreeMap<String, EntityType>,
    uids: BTreeMap<Arc<EntityUID>, Arc<EntityUID>>,
    sets: BTreeMap<Value, Value>,
}

impl Pool {
    fn uid(&mut self, name: &str, id: &str) -> Option<EntityUID> {
        if !self.kinds.contains_key(name) {
            self.kinds.insert(name.to_owned(), thing::kind(name)?);
        }
        self.kinds.get(name).map(|kind| thing::uid(kind, id))
    }

    fn uids(&mut self, pairs: &[(String, String)]) -> Option<HashSet<EntityUID>> {
        pairs.iter().map(|(name, id)| self.uid(name, id)).collect()
    }

    /// The same thing; what others have alike is taken from there.
    fn thing(&mut self, thing: &Thing) -> Thing {
        let (uid, attrs, indirect, parents, tags) = Entity::clone(thing.entity()).into_inner();
        let mut shared = |(name, value)| match value {
            PartialValue::Value(value) => (name, PartialValue::Value(self.shared(value))),
            residual @ PartialValue::Residual(_) => (name, residual),
        };
        let attrs: Vec<_> = attrs.into_iter().map(&mut shared).collect();
        let tags: Vec<_> = tags.into_iter().map(&mut shared).collect();
        let entity = Entity::new_with_attr_partial_value(uid, attrs, indirect, parents, tags);
        Thing::of(Arc::new(entity))
    }

    /// Named values; those of which there is one already are taken from there.
    fn values(&mut self, members: &Members) -> Option<Vec<(SmolStr, PartialValue)>> {
        let mut dropped = Vec::new();
        let values = from_json("", members, None, &mut dropped).ok()?;
        let shared = |(name, value)| (name, PartialValue::Value(self.shared(value)));
        let values = values.into_iter().map(shared).collect();
        dropped.is_empty().then_some(values)
    }

    fn shared(&mut self, mut value: Value) -> Value {
        match &mut value.value {
            ValueKind::Lit(Literal::EntityUID(uid)) => {
                match self.uids.get(uid) {
                    Some(one) => *uid = Arc::clone(one),
                    None => drop(self.uids.insert(Arc::clone(uid), Arc::clone(uid))),
                }
                value
            }
            ValueKind::Set(_) => {
                if let Some(one) = self.sets.get(&value) {
                    return one.clone();
                }
                self.sets.insert(value.clone(), value.clone());
                value
            }
            _ => value,
        }
    }
}

/// One line: type, id, attributes, parents, further ancestors, tags.
type Written = (String, String, Members, Vec<(String, String)>, Vec<(String, String)>, Members);
type Members = serde_json::Map<String, Json>;

fn read_line(line: &[u8], pool: &mut Pool) -> Option<Thing> {
    let (kind, own, attrs, parents, further, tags): Written = serde_json::from_slice(line).ok()?;
    let (parents, further) = (pool.uids(&parents)?, pool.uids(&further)?);
    let own = pool.uid(&kind, &own)?;
    let (attrs, tags) = (pool.values(&attrs)?, pool.values(&tags)?);
    let entity = Entity::new_with_attr_partial_value(own, attrs, further, parents, tags);
    Some(Thing::of(Arc::new(entity)))
}
