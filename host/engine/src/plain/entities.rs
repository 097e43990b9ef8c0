//! Stored entities: read, put, removed, loaded in bulk. Validated before they are written, safe in
//! the journal before they are seen.

use std::sync::{Arc, PoisonError};

use evaluator::{Schema, Store, StoreError, Thing};
use journal::{Frame, Store as _};
use model::{Minute, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Current, PlainEngine, cache};
use crate::write::{internal, not_kept};

/// Frame kind of an [`EntityWrite`] in the journal.
pub(super) const FRAME_ENTITIES: u16 = 3;
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
}

/// What a bulk load did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// Entities put.
    pub count: usize,
    /// Version with them.
    pub version: u64,
}

/// Applies a recorded or a new write.
pub(super) fn apply(
    store: &mut Store,
    schema: Option<&Schema>,
    write: &EntityWrite,
) -> Result<(), Refusal> {
    for (index, value) in write.put.iter().enumerate() {
        let thing = Thing::of_cedar_json(value.clone(), schema).map_err(|error| {
            let uid: String = value["uid"].to_string().chars().take(UID_CHARS_MAX).collect();
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
        })?;
        store.put(&thing).map_err(|error| refused(&error))?;
    }
    for (kind, id) in &write.removed {
        let uid = store.find(kind, id).map(|thing| thing.uid().clone());
        if let Some(uid) = uid {
            store.remove(&uid).map_err(|error| refused(&error))?;
        }
    }
    Ok(())
}

fn refused(error: &StoreError) -> Refusal {
    let (code, text) = match error {
        StoreError::Cycle(_) => ("ENTITY_CYCLE", "上级关系绕成了圈。"),
        StoreError::Twice(_) => ("ENTITY_TWICE", "同一个编号出现了两次。"),
        StoreError::HasChildren { .. } => ("ENTITY_HAS_CHILDREN", "还有别的实体归在它下面。"),
    };
    let help = "请先改正上下级关系，再重发；这次没有写入任何内容。";
    Refusal::new(RefusalKind::Conflict, code, error.to_string(), text, help)
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
            let current = self.current();
            if let Err(error) = cache::keep(&self.dir, &current) {
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
        let guard = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load_full();
        let mut entities = current.entities.clone();
        let at = self.now();
        let write = EntityWrite { at, caller: caller.to_owned(), put, removed };
        apply(&mut entities, current.folder.schema(), &write)?;
        let mut frames = Vec::new();
        let mut parts: Vec<EntityWrite> = write
            .put
            .chunks(PER_FRAME)
            .map(|put| EntityWrite { put: put.to_vec(), removed: Vec::new(), ..write.clone() })
            .collect();
        if !write.removed.is_empty() {
            parts.push(EntityWrite { put: Vec::new(), ..write.clone() });
        }
        for part in &parts {
            let body = serde_json::to_vec(part).map_err(|error| internal(&error.to_string()))?;
            frames.push(Frame { kind: FRAME_ENTITIES, recorded_at: at, body });
        }
        if frames.is_empty() {
            return Ok(current.version);
        }
        let head = self.store.head(self.chain);
        let appended =
            self.store.append(self.chain, head, frames).map_err(|error| not_kept(&error))?;
        let version = appended.position.records;
        appended.ticket.wait().map_err(|error| not_kept(&error))?;
        self.current.store(Arc::new(Current {
            folder: Arc::clone(&current.folder),
            admin: Arc::clone(&current.admin),
            entities,
            version,
            generation: current.generation,
        }));
        drop(guard);
        Ok(version)
    }
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
