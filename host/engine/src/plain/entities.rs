//! Stored entities: read, put, removed, loaded in bulk. Validated before they are written, safe in
//! the journal before they are seen.

use std::sync::{Arc, PoisonError};

use evaluator::{Schema, Store, StoreError, Thing};
use journal::{Appended, Frame, PersonalError, Store as _};
use model::{Minute, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::aside::{Aside, Parted, REMOVED};
use super::{Current, PlainEngine, cache};
use crate::refusals::{internal, not_kept, unavailable};

/// Frame kind of an [`EntityWrite`] in the journal.
pub(crate) const FRAME_ENTITIES: u16 = 3;
/// Entities in one frame of a bulk load.
const PER_FRAME: usize = 2_000;
/// Characters of an entity's type and id that a message repeats.
const UID_CHARS_MAX: usize = 120;

/// One write, as the journal keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EntityWrite {
    /// When.
    pub at: Minute,
    /// The calling system, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caller: String,
    /// Entities in Cedar's JSON form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub put: Vec<Value>,
    /// Type and id of removed entities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<(String, String)>,
    /// Where values are that the schema marks personal; they are not in `put`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personal: Vec<Aside>,
    /// Ids of side files that this write does away with. They are erased once it is safe.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<String>,
}

/// What a bulk load did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// Entities put.
    pub count: usize,
    /// Version with them.
    pub version: u64,
}

/// Reads an entity of a recorded or a new write.
pub(super) fn read(index: usize, value: &Value, schema: Option<&Schema>) -> Result<Thing, Refusal> {
    Thing::of_cedar_json(value.clone(), schema).map_err(|error| {
        let uid = short_uid(value);
        let mut error = error.to_string();
        // what the reader of JSON says of a fraction or a null, which helps nobody
        if error.contains("untagged enum") {
            "a value is none that Cedar has; it has no fractions and no null"
                .clone_into(&mut error);
        }
        Refusal::new(
            RefusalKind::Invalid,
            "ENTITY_INVALID",
            format!("entity {index} {uid}: {error}"),
            format!("第{}个实体 {uid} 不合规定：{error}", index.saturating_add(1)),
            "请对照 schema 改正后重发；这次没有写入任何内容。",
        )
    })
}

/// Type and id of an entity in JSON, cut to what a message repeats.
pub(super) fn short_uid(value: &Value) -> String {
    value["uid"].to_string().chars().take(UID_CHARS_MAX).collect()
}

/// Removes entities; those that are not there are fine.
pub(super) fn remove(store: &mut Store, removed: &[(String, String)]) -> Result<(), Refusal> {
    for (kind, id) in removed {
        let uid = store.find(kind, id).map(|thing| thing.uid().clone());
        if let Some(uid) = uid {
            store.remove(&uid).map_err(|error| refused(&error))?;
        }
    }
    Ok(())
}

pub(super) fn refused(error: &StoreError) -> Refusal {
    let (code, text) = match error {
        StoreError::Cycle(_) => ("ENTITY_CYCLE", "上级关系绕成了圈。"),
        StoreError::Twice(_) => ("ENTITY_TWICE", "同一个编号出现了两次。"),
        StoreError::HasChildren { .. } => ("ENTITY_HAS_CHILDREN", "还有别的实体归在它下面。"),
    };
    let help = "请先改正上下级关系，再重发；这次没有写入任何内容。";
    Refusal::new(RefusalKind::Conflict, code, error.to_string(), text, help)
}

impl EntityWrite {
    fn new(at: Minute, caller: &str, put: Vec<Value>) -> Self {
        let (removed, personal, erased) = Default::default();
        Self { at, caller: caller.to_owned(), put, removed, personal, erased }
    }
}

impl PlainEngine {
    /// A stored entity in Cedar's JSON form.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub fn entity(&self, kind: &str, id: &str) -> Result<Value, Refusal> {
        let current = self.current.load();
        let thing = current.entities.find(kind, id).ok_or_else(|| missing(kind, id))?;
        Ok(thing.to_cedar_json())
    }

    /// Entities of a type behind an id, in the order of ids.
    pub fn entities(&self, kind: &str, behind: Option<&str>, limit: usize) -> Value {
        let current = self.current.load();
        let rows: Vec<Value> =
            current.entities.of_kind(kind, behind).take(limit).map(Thing::to_cedar_json).collect();
        let next = rows.last().filter(|_| rows.len() >= limit).map(|row| row["uid"]["id"].clone());
        json!({
            "entities": rows, "total": current.entities.count_of(kind),
            "next": next, "version": current.version,
        })
    }

    /// Puts one entity whole.
    ///
    /// # Errors
    /// `ENTITY_INVALID`, `ENTITY_CYCLE`; nothing changed.
    pub fn put_entity(&self, caller: &str, value: Value) -> Result<Value, Refusal> {
        let text = |name: &str| value["uid"][name].as_str().unwrap_or_default().to_owned();
        let (kind, id) = (text("type"), text("id"));
        let version = self.write(caller, vec![value], Vec::new())?;
        Ok(json!({"entity": self.entity(&kind, &id)?, "version": version}))
    }

    /// Removes one entity.
    ///
    /// # Errors
    /// `NOT_FOUND`, `ENTITY_HAS_CHILDREN`; nothing changed.
    pub fn remove_entity(&self, caller: &str, kind: &str, id: &str) -> Result<Value, Refusal> {
        if self.current.load().entities.find(kind, id).is_none() {
            return Err(missing(kind, id));
        }
        let version = self.write(caller, Vec::new(), vec![(kind.to_owned(), id.to_owned())])?;
        Ok(json!({"removed": {"type": kind, "id": id}, "version": version}))
    }

    /// Puts many entities at once: all or none of them.
    ///
    /// # Errors
    /// As [`PlainEngine::put_entity`], naming the first that is wrong.
    pub fn load_entities(&self, caller: &str, values: Vec<Value>) -> Result<Loaded, Refusal> {
        let count = values.len();
        let version = self.write(caller, values, Vec::new())?;
        if count >= PER_FRAME {
            let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = cache::keep(&self.dir, &self.current(), &writing) {
                tracing::warn!(%error, "the quick form of the entities was not kept; the next start reads the journal");
            }
        }
        Ok(Loaded { count, version })
    }

    fn write(
        &self,
        caller: &str,
        put: Vec<Value>,
        removed: Vec<(String, String)>,
    ) -> Result<u64, Refusal> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load_full();
        let mut entities = current.entities.clone();
        let mut write = EntityWrite::new(self.now(), caller, put);
        let mut parting = writing.parting();
        for (index, value) in write.put.iter().enumerate() {
            let thing = read(index, value, current.folder.schema())?;
            entities.put(&thing).map_err(|error| refused(&error))?;
            parting.put(index, &thing);
        }
        remove(&mut entities, &removed)?;
        for (kind, id) in &removed {
            parting.removed(kind, id);
        }
        write.removed = removed;
        if write.put.is_empty() && write.removed.is_empty() {
            return Ok(current.version);
        }
        let kept = parting.keep(&mut write.put, &self.personal);
        let parted = kept.map_err(|error| {
            writing.unsure = true;
            not_aside(&error)
        })?;
        let appended = match self.append(write, &parted) {
            Ok(appended) => appended,
            Err(refusal) => {
                writing.wipe(&self.personal, parted.fresh());
                return Err(refusal);
            }
        };
        let version = appended.position.records;
        if let Err(error) = appended.ticket.wait() {
            writing.unsure = true;
            return Err(not_kept(&error));
        }
        self.current.store(Arc::new(Current {
            folder: Arc::clone(&current.folder),
            admin: Arc::clone(&current.admin),
            entities,
            version,
            generation: current.generation,
        }));
        writing.settle(parted, &self.personal);
        Ok(version)
    }

    /// Appends a write in parts that fit a record; all of them or none.
    fn append(&self, mut write: EntityWrite, parted: &Parted) -> Result<Appended, Refusal> {
        let mut frames = Vec::new();
        let mut frame = |part: &EntityWrite| {
            let body = serde_json::to_vec(part).map_err(|error| internal(&error.to_string()))?;
            frames.push(Frame { kind: FRAME_ENTITIES, recorded_at: part.at, body });
            Ok::<(), Refusal>(())
        };
        let put = std::mem::take(&mut write.put);
        for (number, put) in put.chunks(PER_FRAME).enumerate() {
            let from = number.saturating_mul(PER_FRAME);
            let (personal, erased) = parted.of(from, from.saturating_add(put.len()));
            let (put, removed, caller) = (put.to_vec(), Vec::new(), write.caller.clone());
            frame(&EntityWrite { at: write.at, caller, put, removed, personal, erased })?;
        }
        if !write.removed.is_empty() {
            write.erased = parted.erased_by(|entity| entity == REMOVED);
            frame(&write)?;
        }
        let head = self.store.head(self.chain);
        self.store.append(self.chain, head, frames).map_err(|error| not_kept(&error))
    }
}

/// The side store did not take the personal values.
fn not_aside(error: &PersonalError) -> Refusal {
    tracing::error!(%error, "the side store cannot be written");
    unavailable("PERSONAL_STORE_FAILED", "the personal side store cannot be written")
}

fn missing(kind: &str, id: &str) -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "NOT_FOUND",
        format!("`{kind}` `{id}` is not stored"),
        format!("没有登记 {kind}“{id}”。"),
        "请核对类型和编号。",
    )
}
