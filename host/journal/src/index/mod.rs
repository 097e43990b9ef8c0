//! The index: rows derived from the record, kept to answer fast after a restart, rebuilt when in doubt.

mod memory;
mod rows;
mod sled;
mod trailing;

use std::borrow::Cow;

use model::Digest;
use thiserror::Error;

use crate::error::{Stop, StoreError};
use crate::heads::{Heads, Position};
use crate::store::Store;

pub use memory::MemoryIndex;
pub use sled::{SledIndex, SledOptions};
pub use trailing::{Trailing, Work};

/// One row to set or to remove.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which table, at most 64 bytes.
    pub table: Cow<'static, str>,
    /// Key, at most 1 KiB; big-endian and fixed width where order matters.
    pub key: Vec<u8>,
    /// Value, at most 1 MiB (kept in pieces below 4 KiB); `None` removes the row.
    pub value: Option<Vec<u8>>,
}

impl Change {
    /// Sets a row.
    pub fn set(
        table: impl Into<Cow<'static, str>>,
        key: impl Into<Vec<u8>>,
        value: impl Into<Vec<u8>>,
    ) -> Self {
        Self { table: table.into(), key: key.into(), value: Some(value.into()) }
    }

    /// Removes a row.
    pub fn remove(table: impl Into<Cow<'static, str>>, key: impl Into<Vec<u8>>) -> Self {
        Self { table: table.into(), key: key.into(), value: None }
    }
}

/// Why the index cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum IndexError {
    /// The engine below failed or its files do not hold; wipe the index and rebuild it from the journal.
    #[error(
        "the index cannot be trusted ({0}); it is wiped and rebuilt from the journal at the next start"
    )]
    Suspect(String),
    /// Another process (or handle) holds the index.
    #[error("the index at `{0}` is already open; stop the server that uses it")]
    AlreadyOpen(String),
    /// A table, key or value beyond its limit.
    #[error("{0}; give the index smaller rows")]
    TooLarge(String),
    /// The caller's callback ended the read.
    #[error("the read was stopped: {0}")]
    Stopped(String),
    /// The index did not get there in time.
    #[error("the index did not reach record {0} in time; ask again")]
    Behind(u64),
    /// The trailing thread has ended.
    #[error("the index was closed")]
    Closed,
}

/// What a read hands over, row by row.
pub type EachRow<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), Stop>;

/// Rows in tables, with the position of the record they were derived from.
pub trait IndexStore: Send {
    /// Applies all changes and the new position together, or nothing.
    ///
    /// # Errors
    /// [`IndexError::TooLarge`] (nothing applied); [`IndexError::Suspect`].
    fn apply(&self, batch: Vec<Change>, applied: Position) -> Result<(), IndexError>;

    /// Reads a table, shorter keys first, then in key order.
    ///
    /// # Errors
    /// [`IndexError::Suspect`], [`IndexError::Stopped`].
    fn load(&self, table: &str, each: EachRow<'_>) -> Result<(), IndexError>;

    /// The position last applied; `None` for an empty index.
    ///
    /// # Errors
    /// [`IndexError::Suspect`].
    fn applied(&self) -> Result<Option<Position>, IndexError>;

    /// Removes everything, the position too.
    ///
    /// # Errors
    /// [`IndexError::Suspect`].
    fn wipe(&self) -> Result<(), IndexError>;
}

/// How an index stands to the record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nothing to do.
    Current,
    /// Replay the records after this one.
    Behind(u64),
    /// Ahead of the record, or of another record: wipe it and replay everything.
    Rebuild,
}

impl Standing {
    /// Compares the position of an index with the log's position and the digest that the log had at
    /// the index's record count.
    pub fn compare(applied: Option<Position>, log: Position, digest_there: Option<Digest>) -> Self {
        match applied {
            None => Self::Behind(0),
            Some(applied) if applied == log => Self::Current,
            Some(applied)
                if applied.records < log.records && digest_there == Some(applied.digest) =>
            {
                Self::Behind(applied.records)
            }
            Some(_) => Self::Rebuild,
        }
    }
}

/// How an index stands to a store; reads the record up to the index's position.
///
/// # Errors
/// [`StoreError`] when the record cannot be read or does not hold.
pub fn standing(store: &dyn Store, applied: Option<Position>) -> Result<Standing, StoreError> {
    let (mut heads, mut there) = (Heads::default(), None);
    if applied.is_some_and(|applied| applied.records == 0) {
        there = Some(heads.position().digest);
    }
    let log = store.scan(&mut |record| {
        heads.record(&record);
        if applied.is_some_and(|applied| applied.records == heads.records()) {
            there = Some(heads.position().digest);
        }
        Ok(())
    })?;
    Ok(Standing::compare(applied, log, there))
}
