//! Entities as the journal's writes make them, one record after another, with the values that are kept
//! aside put back.
//!
//! A side file that is not there, or is not what the record commits to, is a loss unless a record says
//! that it was erased. That record may come later, so it is judged at the end.

use std::collections::{BTreeMap, BTreeSet};

use evaluator::{EntityUID, Store, Thing};
use folder::Folder;
use journal::{PersonalError, PersonalStore, Stored};
use model::Refusal;
use serde_json::{Map, Value};

use super::PlainError;
use super::aside::{ATTRS, Reference, References, TAGS};
use super::entities::{EntityWrite, FRAME_ENTITIES, read, refused, remove, short_uid};

/// Entities on their way through the journal.
pub(super) struct Fold<'a> {
    folder: &'a Folder,
    personal: &'a PersonalStore,
    /// As they stand.
    pub(super) entities: Store,
    /// Where their personal values are kept.
    pub(super) references: References,
    /// Side files that a record says were erased.
    pub(super) erased: BTreeSet<String>,
    /// Side files that were looked for and not there as they should be.
    gone: BTreeMap<String, PersonalError>,
}

impl<'a> Fold<'a> {
    pub(super) fn new(folder: &'a Folder, personal: &'a PersonalStore, entities: Store) -> Self {
        let (references, erased, gone) = Default::default();
        Self { folder, personal, entities, references, erased, gone }
    }

    /// Applies a recorded write; records of other kinds are passed over.
    pub(super) fn record(&mut self, stored: &Stored) -> Result<(), PlainError> {
        let seq = stored.seq;
        let Some(write) = write_of(stored)? else { return Ok(()) };
        let do_not_fit = |refusal: Refusal| PlainError::DoNotFit { seq, problem: refusal.message };
        let mut asides: BTreeMap<usize, Reference> =
            write.personal.into_iter().map(|aside| (aside.entity, aside.reference)).collect();
        for (index, value) in write.put.into_iter().enumerate() {
            if let Some(reference) = asides.remove(&index) {
                self.put_back(index, value, reference, seq)?;
                continue;
            }
            let thing = read(index, &value, self.folder.schema()).map_err(do_not_fit)?;
            if !self.references.is_empty() {
                let kind = thing.uid().entity_type().to_string();
                self.references.set(&kind, thing.id(), None);
            }
            self.entities.put(&thing).map_err(|error| do_not_fit(refused(&error)))?;
        }
        for (kind, id) in &write.removed {
            self.references.set(kind, id, None);
        }
        remove(&mut self.entities, &write.removed).map_err(do_not_fit)?;
        self.erased.extend(write.erased);
        Ok(())
    }

    /// Puts an entity with its personal values. Without those that are erased; where the schema requires
    /// one of these, the entity is left out.
    fn put_back(
        &mut self,
        index: usize,
        value: Value,
        reference: Reference,
        seq: u64,
    ) -> Result<(), PlainError> {
        // Cedar's own words would repeat a value.
        let problem = format!(
            "entity {index} {} with its personal values `{}`",
            short_uid(&value),
            reference.fields.join("`, `")
        );
        let do_not_fit = || PlainError::DoNotFit { seq, problem: problem.clone() };
        let bare = Thing::of_cedar_json(bare(&value), None).map_err(|_| do_not_fit())?;
        let fields = self.fields(&reference)?;
        if fields.is_none() && self.requires(bare.uid(), &reference) {
            self.entities.leave_out(bare.uid()).map_err(|_| do_not_fit())?;
        } else {
            let whole = merged(value, fields.unwrap_or_default());
            let thing = read(index, &whole, self.folder.schema()).map_err(|_| do_not_fit())?;
            self.entities.put(&thing).map_err(|_| do_not_fit())?;
        }
        let kind = bare.uid().entity_type().to_string();
        self.references.set(&kind, bare.id(), Some(reference));
        Ok(())
    }

    /// Values that are kept aside, as JSON; `None` when they are gone, which is judged at the end.
    pub(super) fn fields(
        &mut self,
        reference: &Reference,
    ) -> Result<Option<BTreeMap<String, Value>>, PlainError> {
        let id = &reference.kept.id;
        let read = self.personal.read(&reference.kept).and_then(|fields| {
            let parsed = fields
                .into_iter()
                .map(|(name, text)| Some((name, serde_json::from_str(&text).ok()?)));
            parsed.collect::<Option<_>>().ok_or_else(|| PersonalError::Mismatch(id.clone()))
        });
        match read {
            Ok(fields) => Ok(Some(fields)),
            Err(error @ (PersonalError::Missing(_) | PersonalError::Mismatch(_))) => {
                self.gone.insert(id.clone(), error);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn requires(&self, uid: &EntityUID, reference: &Reference) -> bool {
        let shape = self.folder.schema().and_then(|it| it.shape(&uid.entity_type().to_string()));
        let required = |name: &str| {
            shape.and_then(|shape| shape.attrs.get(name)).is_some_and(|attr| attr.required)
        };
        reference.fields.iter().filter_map(|name| name.strip_prefix(ATTRS)).any(required)
    }

    /// Notes what a record says was erased, and nothing else of it.
    pub(super) fn erasures(&mut self, stored: &Stored) -> Result<(), PlainError> {
        self.erased.extend(write_of(stored)?.into_iter().flat_map(|write| write.erased));
        Ok(())
    }

    /// Whether a side file was missed that no record read so far says was erased.
    pub(super) fn misses(&self) -> bool {
        self.gone.keys().any(|id| !self.erased.contains(id))
    }

    /// Stops at the first side file that is lost.
    pub(super) fn settled(&mut self) -> Result<(), PlainError> {
        let lost = self.gone.keys().find(|id| !self.erased.contains(*id)).cloned();
        match lost.and_then(|id| self.gone.remove(&id)) {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// Entities of this moment of which values were erased since, by type and id.
    pub(super) fn without_values(&self) -> Vec<(String, String)> {
        let gone = |reference: &Reference| self.gone.contains_key(&reference.kept.id);
        let entities = self.references.iter().filter(|it| gone(it.2));
        entities.map(|(kind, id, _)| (kind.to_owned(), id.to_owned())).collect()
    }
}

fn write_of(stored: &Stored) -> Result<Option<EntityWrite>, PlainError> {
    if stored.kind != FRAME_ENTITIES {
        return Ok(None);
    }
    let problem = |error: serde_json::Error| PlainError::Record {
        seq: stored.seq,
        problem: error.to_string(),
    };
    serde_json::from_slice(&stored.body).map(Some).map_err(problem)
}

/// An entity without anything that a schema would have to fit.
fn bare(value: &Value) -> Value {
    let parents = value.get("parents").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    serde_json::json!({"uid": value["uid"], "attrs": {}, "parents": parents})
}

/// An entity in Cedar's JSON form with values put back in.
fn merged(mut value: Value, fields: BTreeMap<String, Value>) -> Value {
    let Some(entity) = value.as_object_mut() else { return value };
    for (name, field) in fields {
        match name.strip_prefix(ATTRS) {
            Some(name) => {
                let attrs = entity.entry("attrs").or_insert_with(|| Value::Object(Map::new()));
                attrs.as_object_mut().map(|attrs| attrs.insert(name.to_owned(), field));
            }
            None if name == TAGS => drop(entity.insert(name, field)),
            None => {}
        }
    }
    value
}
