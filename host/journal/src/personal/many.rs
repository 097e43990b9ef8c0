//! Many fields at once: files are written side by side, for the disk takes several syncs in the time of
//! one, and each directory is synced once.
//!
//! Fields are written before the record that refers to them. Their ids are noted as pending first, so
//! that whoever opens the store after a crash can tell which of them no record knows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::files::{io_error, unlink_overwritten};
use super::{Fresh, PersonalError, PersonalRef, PersonalStore};
use crate::disk::{make_dir, open_rw, sync_dir};

const PENDING: &str = "pending";
/// Files that are written or wiped at a time.
const LANES: usize = 8;

impl PersonalStore {
    /// Keeps fields of many subjects; they survive a power cut on return. Until
    /// [`PersonalStore::recorded`] is called their ids are pending.
    ///
    /// # Errors
    /// As [`PersonalStore::put`]; what was written by then is wiped if that can be, and still pending.
    pub fn put_many(
        &self,
        all: Vec<(String, BTreeMap<String, String>)>,
    ) -> Result<Vec<PersonalRef>, PersonalError> {
        let fresh: Vec<Fresh> = all
            .into_iter()
            .map(|(subject, fields)| self.fresh(&subject, fields))
            .collect::<Result<_, _>>()?;
        let ids: Vec<String> = fresh.iter().map(|one| one.reference.id.clone()).collect();
        self.list(PENDING, &ids)?;
        let shards = shards(fresh.iter().map(|one| one.path.as_path()));
        for shard in &shards {
            make_dir(shard)?;
        }
        if let Err(error) = side_by_side(&fresh, Fresh::write).and_then(|()| sync_all(&shards)) {
            let _ = self.wipe(&ids);
            return Err(error);
        }
        Ok(fresh.into_iter().map(|one| one.reference).collect())
    }

    /// Ids of fields that were kept, or about to be, when nobody had yet said that a record refers to them.
    ///
    /// # Errors
    /// [`PersonalError::Store`].
    pub fn pending(&self) -> Result<BTreeSet<String>, PersonalError> {
        self.listed(PENDING)
    }

    /// Says that of everything pending it is known whether a record refers to it, and that the rest is wiped.
    ///
    /// # Errors
    /// [`PersonalError::Store`]; then it stays pending.
    pub fn recorded(&self) -> Result<(), PersonalError> {
        let path = self.dir.join(PENDING);
        if !path.is_file() {
            return Ok(());
        }
        open_rw(&path, false).and_then(|file| file.set_len(0)).map_err(io_error("empty", &path))
    }

    /// Overwrites and unlinks the files of these ids; those that are not there are fine. Write the ids of
    /// recorded fields into the journal before.
    ///
    /// # Errors
    /// [`PersonalError::NotAnId`], [`PersonalError::Store`]; calling it again goes on where it stopped.
    pub fn wipe(&self, ids: &[String]) -> Result<(), PersonalError> {
        let paths: Vec<PathBuf> = ids.iter().map(|id| self.path(id)).collect::<Result<_, _>>()?;
        side_by_side(&paths, |path| unlink_overwritten(path).map(drop))?;
        let mut shards = shards(paths.iter().map(PathBuf::as_path));
        shards.retain(|shard| shard.is_dir());
        sync_all(&shards)
    }

    /// Which of these ids have a file.
    ///
    /// # Errors
    /// [`PersonalError::Store`].
    pub fn present(&self, ids: &BTreeSet<String>) -> Result<Vec<String>, PersonalError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.all()?.into_iter().filter(|id| ids.contains(id)).collect())
    }
}

fn shards<'a>(paths: impl Iterator<Item = &'a Path>) -> BTreeSet<PathBuf> {
    paths.filter_map(Path::parent).map(Path::to_owned).collect()
}

fn sync_all(shards: &BTreeSet<PathBuf>) -> Result<(), PersonalError> {
    shards.iter().try_for_each(|shard| sync_dir(shard).map_err(io_error("sync", shard)))
}

/// Does the same with each, on a few threads when there are many; the first error ends its thread.
fn side_by_side<T: Sync>(
    all: &[T],
    each: impl Fn(&T) -> Result<(), PersonalError> + Sync,
) -> Result<(), PersonalError> {
    if all.len() < LANES {
        return all.iter().try_for_each(each);
    }
    let part = all.len().div_ceil(LANES);
    std::thread::scope(|scope| {
        let lanes: Vec<_> =
            all.chunks(part).map(|part| scope.spawn(|| part.iter().try_for_each(&each))).collect();
        lanes.into_iter().try_for_each(|lane| match lane.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}
