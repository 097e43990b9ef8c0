//! Entities at the start: from their quick form where it still holds, else from the folder's file,
//! and in both cases with the journal's later writes on top.

use std::io::Write as _;
use std::path::Path;

use evaluator::{Store, read_entities, write_entities};
use folder::Folder;
use journal::{Embedded, Store as _};
use model::Digest;

use super::entities::{EntityWrite, FRAME_ENTITIES, apply};
use super::{Current, PlainError};

const FILE: &str = "entities.quick";
/// Entities from which on a quick form is worth its file.
const KEPT_FROM: usize = 1_000;

/// What the quick form was made of: rules, file, and how much of the journal.
fn header(folder: &Folder, version: u64) -> String {
    format!("xiangyue-entities 1 {} {} {version}\n", folder.digest(), folder.entities_digest())
}

/// Entities and the version they stand at.
pub(super) fn load(
    store: &Embedded,
    dir: &Path,
    folder: &Folder,
    file: Option<&[u8]>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(Store, u64), PlainError> {
    if let Some((entities, version)) = quick(dir, folder, store.position().records) {
        return replay(store, folder, entities, version);
    }
    let mut imported = || replay(store, folder, base(folder, file, progress)?, 0);
    let (entities, version) = imported()?;
    if entities.len() < KEPT_FROM {
        return Ok((entities, version));
    }
    let body = write_entities(&entities);
    if let Err(error) = put(dir, folder, &body, version) {
        tracing::warn!(%error, "the quick form of the entities was not kept; the next start reads the file again");
    }
    // An import leaves gaps between them in memory; read back they lie close, as after a later start.
    drop(entities);
    read_entities(&body).map_or_else(
        |error| {
            tracing::warn!(%error, "the quick form of the entities could not be read back");
            imported()
        },
        |entities| Ok((entities, version)),
    )
}

/// The folder's own entities.
pub(super) fn base(
    folder: &Folder,
    file: Option<&[u8]>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Store, PlainError> {
    let Some(bytes) = file else { return Ok(Store::default()) };
    let text = std::str::from_utf8(bytes)
        .map_err(|error| PlainError::Entities(format!("not utf-8: {error}")))?;
    let things = Store::read_cedar_json(text, folder.schema(), progress)
        .map_err(|error| PlainError::Entities(error.to_string()))?;
    // Actions are the schema's where there is one.
    let own = things.into_iter().filter(|thing| {
        folder.schema().is_none() || thing.uid().entity_type().to_string() != "Action"
    });
    Store::of(own).map_err(|error| PlainError::Entities(error.to_string()))
}

/// The journal's writes behind `from`, applied in order.
pub(super) fn replay(
    store: &Embedded,
    folder: &Folder,
    mut entities: Store,
    from: u64,
) -> Result<(Store, u64), PlainError> {
    let mut count = 0_u64;
    let mut failed = None;
    let scanned = store.scan(&mut |stored| {
        count = count.saturating_add(1);
        if count <= from || stored.kind != FRAME_ENTITIES {
            return Ok(());
        }
        once_more(&mut entities, folder, stored.seq, &stored.body).map_err(|error| {
            failed = Some(error);
            "stopped".into()
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let position = scanned?;
    Ok((entities, position.records))
}

/// Applies a recorded write.
fn once_more(
    entities: &mut Store,
    folder: &Folder,
    seq: u64,
    body: &[u8],
) -> Result<(), PlainError> {
    let write: EntityWrite = serde_json::from_slice(body)
        .map_err(|error| PlainError::Record { seq, problem: error.to_string() })?;
    apply(entities, folder.schema(), &write)
        .map_err(|refusal| PlainError::DoNotFit { seq, problem: refusal.message })
}

/// The first `records` of the journal's writes, read without opening the store.
pub(super) fn replay_read_only(
    dir: &Path,
    folder: &Folder,
    mut entities: Store,
    records: u64,
) -> Result<Store, PlainError> {
    let mut count = 0_u64;
    let mut failed = None;
    let read = journal::read_all(dir, &mut |stored| {
        if count >= records {
            return Err("enough".into());
        }
        count = count.saturating_add(1);
        if stored.kind != FRAME_ENTITIES {
            return Ok(());
        }
        once_more(&mut entities, folder, stored.seq, &stored.body).map_err(|error| {
            failed = Some(error);
            "stopped".into()
        })
    });
    match (failed, count >= records) {
        (Some(error), _) => Err(error),
        (None, true) => Ok(entities),
        (None, false) => read.map(|_| entities).map_err(PlainError::from),
    }
}

#[expect(clippy::disallowed_methods, reason = "the quick form is read here and nowhere else")]
fn quick(dir: &Path, folder: &Folder, records: u64) -> Option<(Store, u64)> {
    let bytes = std::fs::read(dir.join(FILE)).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (first, rest) = bytes.split_at(end.checked_add(1)?);
    let version: u64 = std::str::from_utf8(first).ok()?.split_whitespace().nth(4)?.parse().ok()?;
    if version > records || first != header(folder, version).as_bytes() {
        return None;
    }
    // The sum at the end tells a file that was cut or changed.
    let (body, sum) = rest.split_at(rest.len().checked_sub(65)?);
    let sum = Digest::parse(std::str::from_utf8(sum).ok()?.trim_end())?;
    (Digest::of([first, body]) == sum).then_some(())?;
    read_entities(body).ok().map(|entities| (entities, version))
}

/// Keeps the quick form of what questions see now.
pub(super) fn keep(dir: &Path, current: &Current) -> std::io::Result<()> {
    put(dir, &current.folder, &write_entities(&current.entities), current.version)
}

fn put(dir: &Path, folder: &Folder, body: &[u8], version: u64) -> std::io::Result<()> {
    let first = header(folder, version);
    let sum = format!("{}\n", Digest::of([first.as_bytes(), body]));
    let aside = dir.join("entities.quick.new");
    let mut file = std::fs::File::create(&aside)?;
    for part in [first.as_bytes(), body, sum.as_bytes()] {
        file.write_all(part)?;
    }
    drop(file);
    std::fs::rename(aside, dir.join(FILE))
}
