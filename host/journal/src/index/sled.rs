//! The index on sled 0.34.7, inside the rules under which that version is safe to use as an index.
//!
//! All rows lie in one tree and each batch is one atomic `apply_batch`, so no transaction closure
//! exists in which a further call could deadlock. Durability is not asked of it: the position lies
//! in the same batch, and what is behind is replayed, what does not fit is wiped.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use super::{Change, EachRow, IndexError, IndexStore, rows};
use crate::disk::{make_dir, open_rw};
use crate::heads::Position;
use crate::keeper::start;

/// How the sled index works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SledOptions {
    /// Page cache, bytes. Default 64 MB; the default of sled itself is 1 GiB.
    pub cache_bytes: u64,
    /// How often sled syncs in the background. Default 200 ms; without it sled never frees space.
    pub flush_every: Duration,
    /// How long opening may take before the files count as broken. Default 60 s.
    pub open_timeout: Duration,
}

impl Default for SledOptions {
    fn default() -> Self {
        let (flush_every, open_timeout) = (Duration::from_millis(200), Duration::from_mins(1));
        Self { cache_bytes: 64 * 1_000_000, flush_every, open_timeout }
    }
}

/// Rows in a sled database, held by this process alone.
pub struct SledIndex {
    db: sled::Db,
    dir: PathBuf,
    suspect: AtomicBool,
    _lock: File,
}

impl std::fmt::Debug for SledIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledIndex").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl SledIndex {
    /// Opens the index in a directory. Files that were marked suspect, or that cannot be opened, are
    /// thrown away and an empty index is made: the caller sees it in [`IndexStore::applied`].
    ///
    /// # Errors
    /// [`IndexError::AlreadyOpen`]; [`IndexError::Suspect`] when not even an empty one can be made.
    pub fn open(dir: &Path, options: SledOptions) -> Result<Self, IndexError> {
        let suspect = |error: &dyn std::fmt::Display| IndexError::Suspect(error.to_string());
        let parent =
            dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        make_dir(parent).map_err(|error| suspect(&error))?;
        let lock = open_rw(&beside(dir, "lock"), true).map_err(|error| suspect(&error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(IndexError::AlreadyOpen(dir.display().to_string()));
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(suspect(&error)),
        }
        if beside(dir, "suspect").exists() {
            discard(dir).map_err(|error| suspect(&error))?;
        }
        let db = match open_db(dir, options) {
            Ok(db) => db,
            Err(error) => {
                tracing::warn!(%error, dir = %dir.display(), "the index cannot be opened; it is made anew");
                discard(dir).map_err(|error| suspect(&error))?;
                open_db(dir, options)?
            }
        };
        Ok(Self { db, dir: dir.to_owned(), suspect: AtomicBool::new(false), _lock: lock })
    }

    /// Runs a sled call; an error or a panic marks the files so that the next open throws them away.
    fn guarded<T>(&self, call: impl FnOnce() -> sled::Result<T>) -> Result<T, IndexError> {
        if self.suspect.load(Ordering::Acquire) {
            return Err(IndexError::Suspect("an earlier call failed".to_owned()));
        }
        let outcome = catch_unwind(AssertUnwindSafe(call));
        let error = match outcome {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the index engine panicked".to_owned(),
        };
        Err(self.mark(error))
    }

    fn mark(&self, error: String) -> IndexError {
        self.suspect.store(true, Ordering::Release);
        tracing::error!(%error, "the index is suspect");
        if let Err(marking) = mark_suspect(&self.dir) {
            tracing::error!(error = %marking, "the index could not be marked suspect");
        }
        IndexError::Suspect(error)
    }

    /// Bytes on disk, for an operator's figure; above four times the live rows a rebuild is due.
    ///
    /// # Errors
    /// [`IndexError::Suspect`].
    pub fn size_on_disk(&self) -> Result<u64, IndexError> {
        self.guarded(|| self.db.size_on_disk())
    }

    /// Number of files in sled's `blobs/`; anything but 0 is a defect, as they are never synced.
    pub fn blobs(&self) -> usize {
        std::fs::read_dir(self.dir.join("blobs")).map_or(0, Iterator::count)
    }
}

impl IndexStore for SledIndex {
    fn apply(&self, batch: Vec<Change>, applied: Position) -> Result<(), IndexError> {
        rows::check(&batch)?;
        self.guarded(|| {
            let mut writes = sled::Batch::default();
            // Pieces written earlier in this very batch are not yet in the tree.
            let mut counts = std::collections::BTreeMap::new();
            for change in &batch {
                let first = rows::piece_key(change, 0);
                let before = match counts.get(&first) {
                    Some(count) => *count,
                    None => self.db.get(&first)?.and_then(|value| rows::count(&value)).unwrap_or(0),
                };
                let pieces = change.value.as_deref().map(rows::pieces).unwrap_or_default();
                let now = u16::try_from(pieces.len()).unwrap_or(u16::MAX);
                for (number, piece) in (0_u16..).zip(pieces) {
                    writes.insert(rows::piece_key(change, number), piece);
                }
                for number in now..before {
                    writes.remove(rows::piece_key(change, number));
                }
                counts.insert(first, now.max(before));
            }
            writes.insert(rows::APPLIED, rows::encode_position(applied));
            self.db.apply_batch(writes)
        })
    }

    fn load(&self, table: &str, each: EachRow<'_>) -> Result<(), IndexError> {
        let prefix = rows::table_prefix(table);
        let mut joiner = rows::Joiner::default();
        let mut pieces = self.db.scan_prefix(&prefix);
        // Only sled's own steps are guarded: a panic of the callback is not sled's.
        while let Some((key, bytes)) = self.guarded(|| pieces.next().transpose())? {
            let rest = key.get(prefix.len()..).unwrap_or_default();
            let row = joiner.piece(rest, &bytes).map_err(|error| self.mark(error.to_string()))?;
            if let Some((key, value)) = row {
                each(key, &value).map_err(|stop| IndexError::Stopped(stop.to_string()))?;
            }
        }
        joiner.finished().map_err(|error| self.mark(error.to_string()))
    }

    fn applied(&self) -> Result<Option<Position>, IndexError> {
        match self.guarded(|| self.db.get(rows::APPLIED))? {
            None => Ok(None),
            Some(bytes) => match rows::decode_position(&bytes) {
                Some(position) => Ok(Some(position)),
                None => Err(self.mark("the applied position cannot be read".to_owned())),
            },
        }
    }

    fn wipe(&self) -> Result<(), IndexError> {
        self.guarded(|| {
            // The position goes first: rows without a position are rebuilt, a position without rows is not.
            self.db.remove(rows::APPLIED)?;
            self.db.clear()
        })
    }
}

fn beside(dir: &Path, suffix: &str) -> PathBuf {
    let mut name = dir.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    dir.with_file_name(name)
}

fn mark_suspect(dir: &Path) -> io::Result<()> {
    open_rw(&beside(dir, "suspect"), true)?.sync_all()
}

/// Moves the files aside and removes them, the mark last.
fn discard(dir: &Path) -> io::Result<()> {
    let absent = |result: io::Result<()>| match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    mark_suspect(dir)?;
    let aside = beside(dir, "discarded");
    absent(std::fs::remove_dir_all(&aside))?;
    absent(std::fs::rename(dir, &aside))?;
    absent(std::fs::remove_dir_all(&aside))?;
    absent(std::fs::remove_file(beside(dir, "suspect")))
}

/// Removes snapshots that a crash left half written: sled takes them for the newest and never opens again.
fn remove_half_snapshots(dir: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Opens, and waits for an earlier handle of this process to let go: sled closes its files on threads of
/// its own a moment after the handle is gone. No other process has them, as our own lock is held.
fn open_db(dir: &Path, options: SledOptions) -> Result<sled::Db, IndexError> {
    const PAUSE: Duration = Duration::from_millis(10);
    const TRIES: u32 = 500;
    remove_half_snapshots(dir).map_err(|error| IndexError::Suspect(error.to_string()))?;
    for _ in 0..TRIES {
        match try_open_db(dir, options) {
            Err(IndexError::Suspect(error)) if error.contains("could not acquire lock") => {
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
    try_open_db(dir, options)
}

/// Opens on a thread of its own, so that neither a panic nor a hang of sled reaches the caller.
fn try_open_db(dir: &Path, options: SledOptions) -> Result<sled::Db, IndexError> {
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(options.cache_bytes)
        .flush_every_ms(Some(u64::try_from(options.flush_every.as_millis()).unwrap_or(200).max(1)));
    let (sender, receiver) = mpsc::channel();
    let opening = start("index-open", move || {
        let opened = catch_unwind(AssertUnwindSafe(|| config.open()));
        // A receiver that has given up has marked the files; nothing is left to tell it.
        sender.send(opened).unwrap_or_default();
    });
    opening.map_err(|error| IndexError::Suspect(error.to_string()))?;
    match receiver.recv_timeout(options.open_timeout) {
        Ok(Ok(Ok(db))) => Ok(db),
        Ok(Ok(Err(error))) => Err(IndexError::Suspect(error.to_string())),
        Ok(Err(_)) => {
            Err(IndexError::Suspect("the index engine panicked while opening".to_owned()))
        }
        Err(_) => Err(IndexError::Suspect("opening the index took too long".to_owned())),
    }
}
