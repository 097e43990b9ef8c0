//! Entities at the start: from their quick form where it still holds, else from the folder's file,
//! and in both cases with the journal's later writes on top.
//!
//! INVARIANT (quick form without personal values): what the schema marks `@personal` is not in it, only
//! references to the side store. Where an entity holds such a value in the open – of the folder's own
//! file, or written before there was the mark – there is no quick form.

use std::io::Write as _;
use std::path::Path;

use evaluator::{
    SmolStr, Store, Value, from_json, read_entities, write_entities, write_entities_as,
};
use folder::Folder;
use journal::{Embedded, PersonalStore, Store as _, StoreError};
use model::Digest;
use serde_json::{Map, Value as Json};

use super::aside::{ATTRS, Reference, TAGS, Writing, in_the_open};
use super::fold::Fold;
use super::{Current, PlainError};

const FILE: &str = "entities.quick";
const ASIDE: &str = "entities.quick.new";
/// Entities from which on a quick form is worth its file.
const KEPT_FROM: usize = 1_000;

/// What the quick form was made of: rules, file, and how much of the journal.
fn header(folder: &Folder, version: u64, references: usize) -> String {
    let (rules, file) = (folder.digest(), folder.entities_digest());
    format!("xiangyue-entities 2 {rules} {file} {version} {references}\n")
}

/// Entities as they stand at the end of the journal, and the version. Values that a record says were
/// erased, or that no record knows of, are not in the side store afterwards.
pub(super) fn load(
    (store, personal, dir): (&Embedded, &PersonalStore, &Path),
    folder: &Folder,
    file: Option<&[u8]>,
    writing: &mut Writing,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<(Store, u64), PlainError> {
    let quick = quick(dir, folder, personal, store.position().records)?;
    let is_quick = quick.is_some();
    let (fold, from) = if let Some(quick) = quick {
        quick
    } else {
        forget(dir)?;
        (Fold::new(folder, personal, base(folder, file, progress)?), 0)
    };
    let (fold, version) = replay(store, fold, from)?;
    let mut left = personal.present(&fold.erased)?;
    let mut pending = personal.pending()?;
    if !pending.is_empty() {
        for (_, _, reference) in fold.references.iter() {
            pending.remove(&reference.kept.id);
        }
        left.extend(pending);
    }
    let Fold { entities, references, .. } = fold;
    writing.references = references;
    writing.wipe(personal, left);
    if is_quick || entities.len() < KEPT_FROM {
        return Ok((entities, version));
    }
    let kept = put(dir, folder, &entities, version, writing).unwrap_or_else(|error| {
        tracing::warn!(%error, "the quick form of the entities was not kept; the next start reads the file again");
        None
    });
    // An import leaves gaps between them in memory; read back they lie close, as after a later start.
    // What is kept aside is not in what was written.
    let whole = kept.filter(|_| writing.references.is_empty());
    let body = whole.unwrap_or_else(|| write_entities(&entities));
    drop(entities);
    match read_entities(&body) {
        Ok(entities) => Ok((entities, version)),
        Err(error) => {
            tracing::warn!(%error, "the entities could not be read back; they are read from the file again");
            let fold = Fold::new(folder, personal, base(folder, file, progress)?);
            replay(store, fold, 0).map(|(fold, version)| (fold.entities, version))
        }
    }
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
pub(super) fn replay<'a>(
    store: &Embedded,
    mut fold: Fold<'a>,
    from: u64,
) -> Result<(Fold<'a>, u64), PlainError> {
    let mut count = 0_u64;
    let mut failed = None;
    let scanned = store.scan(&mut |stored| {
        count = count.saturating_add(1);
        if count <= from {
            return Ok(());
        }
        fold.record(&stored).map_err(|error| {
            failed = Some(error);
            "stopped".into()
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let position = scanned?;
    fold.settled()?;
    Ok((fold, position.records))
}

/// The first `records` of the journal's writes, read without opening the store. Values that were erased
/// since are not there.
pub(super) fn replay_read_only<'a>(
    dir: &Path,
    mut fold: Fold<'a>,
    records: u64,
) -> Result<Fold<'a>, PlainError> {
    let mut count = 0_u64;
    let mut failed = None;
    let read = journal::read_all(dir, &mut |stored| {
        if count >= records {
            return Err("enough".into());
        }
        count = count.saturating_add(1);
        fold.record(&stored).map_err(|error| {
            failed = Some(error);
            "stopped".into()
        })
    });
    match (failed, count >= records) {
        (Some(error), _) => return Err(error),
        (None, true) => {}
        (None, false) => read.map(drop)?,
    }
    if fold.misses() {
        // A file goes after its record is there: read again, the journal says of each whether it was erased.
        let mut failed = None;
        let read = journal::read_all(dir, &mut |stored| {
            fold.erasures(&stored).map_err(|error| {
                failed = Some(error);
                "stopped".into()
            })
        });
        match failed {
            Some(error) => return Err(error),
            None => read.map(drop)?,
        }
    }
    fold.settled()?;
    Ok(fold)
}

/// The quick form where it holds, and the version it stands at.
fn quick<'a>(
    dir: &Path,
    folder: &'a Folder,
    personal: &'a PersonalStore,
    records: u64,
) -> Result<Option<(Fold<'a>, u64)>, PlainError> {
    let Some((entities, references, version)) = parsed(dir, folder, records) else {
        return Ok(None);
    };
    let mut fold = Fold::new(folder, personal, entities);
    for (kind, id, reference) in references {
        let fields = fold.fields(&reference)?;
        if let (Some(fields), Some(thing)) = (fields, fold.entities.find(&kind, &id)) {
            let Some((attrs, tags)) = values(fields) else { return Ok(None) };
            let whole = thing.with(attrs).with_tags(tags);
            let Ok(()) = fold.entities.put(&whole) else { return Ok(None) };
        }
        fold.references.set(&kind, &id, Some(reference));
    }
    Ok(Some((fold, version)))
}

type Referred = (String, String, Reference);
type Values = Vec<(SmolStr, Value)>;

#[expect(clippy::disallowed_methods, reason = "the quick form is read here and nowhere else")]
fn parsed(dir: &Path, folder: &Folder, records: u64) -> Option<(Store, Vec<Referred>, u64)> {
    let bytes = std::fs::read(dir.join(FILE)).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (first, rest) = bytes.split_at(end.checked_add(1)?);
    let mut words = std::str::from_utf8(first).ok()?.split_whitespace().skip(4);
    let version: u64 = words.next()?.parse().ok()?;
    let count: usize = words.next()?.parse().ok()?;
    if version > records || first != header(folder, version, count).as_bytes() {
        return None;
    }
    // The sum at the end tells a file that was cut or changed.
    let (body, sum) = rest.split_at(rest.len().checked_sub(65)?);
    let sum = Digest::parse(std::str::from_utf8(sum).ok()?.trim_end())?;
    (Digest::of([first, body]) == sum).then_some(())?;
    let mut references = Vec::new();
    let mut body = body;
    for _ in 0..count {
        let end = body.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = body.split_at(end.checked_add(1)?);
        references.push(serde_json::from_slice(line).ok()?);
        body = rest;
    }
    read_entities(body).ok().map(|entities| (entities, references, version))
}

/// Attributes and tags from what is kept aside, which has everything spelled out.
fn values(fields: impl IntoIterator<Item = (String, Json)>) -> Option<(Values, Values)> {
    let (mut attrs, mut tags) = (Map::new(), Map::new());
    for (name, field) in fields {
        match (name.strip_prefix(ATTRS), field) {
            (Some(name), field) => drop(attrs.insert(name.to_owned(), field)),
            (None, Json::Object(all)) if name == TAGS => tags = all,
            (None, _) => return None,
        }
    }
    let read = |members: &Map<String, Json>| {
        let mut dropped = Vec::new();
        let values = from_json("", members, None, &mut dropped).ok()?;
        dropped.is_empty().then(|| values.into_iter().collect::<Values>())
    };
    Some((read(&attrs)?, read(&tags)?))
}

/// Keeps the quick form of what questions see now.
pub(super) fn keep(dir: &Path, current: &Current, writing: &Writing) -> std::io::Result<()> {
    put(dir, &current.folder, &current.entities, current.version, writing).map(drop)
}

/// Removes the quick form.
pub(super) fn forget(dir: &Path) -> Result<(), PlainError> {
    for file in [FILE, ASIDE] {
        let path = dir.join(file);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                let doing = "remove";
                return Err(StoreError::Io { doing, path, source }.into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes the quick form and answers its body; none where there is no quick form.
fn put(
    dir: &Path,
    folder: &Folder,
    entities: &Store,
    version: u64,
    writing: &Writing,
) -> std::io::Result<Option<Vec<u8>>> {
    // What could not be erased is in no record that a start from here would read again.
    if !writing.unfinished.is_empty() {
        return Ok(None);
    }
    let mut open = false;
    let lines = write_entities_as(entities, &mut |thing| {
        if writing.types.is_empty() && writing.references.is_empty() {
            return None;
        }
        let kind = thing.uid().entity_type().to_string();
        let reference = writing.references.get(&kind, thing.id());
        let marked = writing.types.get(&kind);
        open |= marked.is_some_and(|marked| in_the_open(thing, marked, reference));
        reference.map(|it| it.taken_from(thing))
    });
    if open {
        return forget(dir).map(|()| None).map_err(std::io::Error::other);
    }
    let mut body = Vec::new();
    for referred in writing.references.iter() {
        serde_json::to_writer(&mut body, &referred)?;
        body.push(b'\n');
    }
    let first = header(folder, version, writing.references.iter().count());
    body.extend_from_slice(&lines);
    let sum = format!("{}\n", Digest::of([first.as_bytes(), body.as_slice()]));
    let aside = dir.join(ASIDE);
    let mut file = std::fs::File::create(&aside)?;
    for part in [first.as_bytes(), &body, sum.as_bytes()] {
        file.write_all(part)?;
    }
    drop(file);
    std::fs::rename(aside, dir.join(FILE))?;
    Ok(Some(body))
}
