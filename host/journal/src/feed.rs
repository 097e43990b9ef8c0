//! What a copy of the journal is sent: acknowledged frames as they lie in the segments, byte for byte.
//!
//! A reader names the position it has reached. The log is walked from a place that is known for a
//! position at or before it, so that what is sent is held against its chain once more, and a reader that
//! stands on another chain, or is ahead, is told so and sent nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use thiserror::Error;

use crate::embedded::Embedded;
use crate::error::{Finding, FindingCode, Outage, StoreError};
use crate::frame::{HEADER, Head, LogKind, Place, body_length, decode};
use crate::heads::{Heads, Position};
use crate::options::BODY_MAX;
use crate::segment::{self, Seal};

/// Readers whose place is remembered; the one that asked longest ago is forgotten first.
const READERS_MAX: usize = 32;

/// What a reader is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fed {
    /// Whole groups of frames.
    pub bytes: Vec<u8>,
    /// Where a reader stands that has taken them.
    pub reached: Position,
    /// Whether that is everything that was acknowledged when the question came.
    pub complete: bool,
}

/// Why a reader is sent nothing.
#[derive(Debug, Error)]
pub enum FeedFault {
    /// The reader has more records than were acknowledged here.
    #[error("the copy has {asked} records, only {records} were acknowledged here")]
    Behind {
        /// Records acknowledged here.
        records: u64,
        /// Records of the copy.
        asked: u64,
    },
    /// The chains are not those of the reader.
    #[error("the first {0} records here are not those of the copy")]
    OtherRecord(u64),
    /// The log takes no more writes, so it is not known what was acknowledged.
    #[error(transparent)]
    Unavailable(#[from] Outage),
    /// The log cannot be read or does not hold.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A place in the log and the heads there.
#[derive(Clone, Debug)]
struct Cursor {
    place: Place,
    heads: Heads,
}

/// Where readers stood last.
#[derive(Default, Debug)]
pub(crate) struct Cursors {
    kept: Mutex<Kept>,
}

#[derive(Default, Debug)]
struct Kept {
    /// Answers given; tells which reader asked longest ago.
    count: u64,
    /// By reader, with the count of its last answer.
    readers: BTreeMap<String, (u64, Cursor)>,
}

impl Cursors {
    /// The furthest place known that is not behind so many records.
    fn at_most(&self, records: u64) -> Cursor {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = kept.readers.values().map(|(_, cursor)| cursor);
        let usable = usable.filter(|cursor| cursor.heads.records() <= records);
        let start = || Cursor { place: Place { segment: 1, offset: 0 }, heads: Heads::default() };
        usable.max_by_key(|cursor| cursor.heads.records()).cloned().unwrap_or_else(start)
    }

    fn keep(&self, reader: &str, cursor: Cursor) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { count, readers } = &mut *kept;
        *count = count.saturating_add(1);
        readers.insert(reader.to_owned(), (*count, cursor));
        if readers.len() > READERS_MAX {
            let oldest = readers.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(name) = oldest.map(|(name, _)| name.clone()) {
                readers.remove(&name);
            }
        }
    }
}

impl Embedded {
    /// The acknowledged frames behind `after`, about `bytes_max` bytes of them at most; waits so long for
    /// some when there are none. `reader` tells readers apart, so that each goes on where it was.
    ///
    /// # Errors
    /// [`FeedFault`]: nothing is sent.
    pub fn feed(
        &self,
        reader: &str,
        after: Position,
        bytes_max: usize,
        wait: Duration,
    ) -> Result<Fed, FeedFault> {
        let records = self.shared.acks.beyond(after.records, wait)?;
        if records < after.records {
            return Err(FeedFault::Behind { records, asked: after.records });
        }
        let mut tail = Tail::at(self.dir(), self.cursors.at_most(after.records));
        while tail.cursor.heads.records() < after.records {
            tail.group(None)?;
        }
        if tail.cursor.heads.position() != after {
            return Err(FeedFault::OtherRecord(after.records));
        }
        let mut bytes = Vec::new();
        while tail.cursor.heads.records() < records && bytes.len() < bytes_max {
            tail.group(Some(&mut bytes))?;
        }
        let reached = tail.cursor.heads.position();
        self.cursors.keep(reader, tail.cursor);
        Ok(Fed { bytes, reached, complete: reached.records >= records })
    }
}

/// Reads the log onwards from a place.
struct Tail<'a> {
    dir: &'a Path,
    file: Option<File>,
    cursor: Cursor,
    buffer: Vec<u8>,
}

impl<'a> Tail<'a> {
    fn at(dir: &'a Path, cursor: Cursor) -> Self {
        Self { dir, file: None, cursor, buffer: Vec::new() }
    }

    /// Reads one whole group, and puts its bytes behind `out`.
    fn group(&mut self, mut out: Option<&mut Vec<u8>>) -> Result<(), StoreError> {
        loop {
            let following = self.frame()?;
            if let Some(out) = out.as_deref_mut() {
                out.extend_from_slice(&self.buffer);
            }
            if following == 0 {
                return Ok(());
            }
        }
    }

    /// Reads the next frame into the buffer and moves on; answers how many of its group follow it.
    fn frame(&mut self) -> Result<u16, StoreError> {
        let mut header = [0_u8; HEADER];
        self.read(&mut header)?;
        if Seal::begins(&header) {
            let next = self.cursor.place.segment.saturating_add(1);
            self.cursor.place = Place { segment: next, offset: 0 };
            self.file = None;
            self.read(&mut header)?;
        }
        let place = self.cursor.place;
        let bad = |code, text: &str| {
            StoreError::Damaged(Box::new(Finding::at(LogKind::Journal, place, code, text)))
        };
        let body = body_length(&header, BODY_MAX)
            .ok_or_else(|| bad(FindingCode::LostTail, "an acknowledged frame is not here"))?;
        let length = HEADER.saturating_add(usize::try_from(body).unwrap_or(usize::MAX));
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(length, 0);
        self.read(&mut buffer)?;
        self.buffer = buffer;
        let raw = decode(LogKind::Journal, &self.buffer, BODY_MAX).map_err(|error| {
            StoreError::Damaged(Box::new(Finding::malformed(LogKind::Journal, place, error)))
        })?;
        let head = self.cursor.heads.head(raw.chain);
        if head.seq.checked_add(1) != Some(raw.seq) {
            return Err(bad(FindingCode::SequenceGap, "the frame is not the next of its chain"));
        }
        if head.hash != raw.prev {
            return Err(bad(FindingCode::HashMismatch, "the frame does not link to its chain"));
        }
        self.cursor.heads.advance(raw.chain, Head { seq: raw.seq, hash: raw.hash }, 1);
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        self.cursor.place.offset = place.offset.saturating_add(length);
        Ok(raw.following)
    }

    /// Fills `bytes` from the present place.
    fn read(&mut self, bytes: &mut [u8]) -> Result<(), StoreError> {
        let path =
            || -> PathBuf { segment::path(self.dir, LogKind::Journal, self.cursor.place.segment) };
        let file = match self.file.take() {
            Some(file) => file,
            None => File::open(path()).map_err(|error| StoreError::io("open", &path())(error))?,
        };
        let mut done = 0_usize;
        while done < bytes.len() {
            let at = self.cursor.place.offset.saturating_add(u64::try_from(done).unwrap_or(0));
            let rest = bytes.get_mut(done..).unwrap_or_default();
            match file.read_at(rest, at) {
                // behind the file's end there is nothing, as there is in its unused part
                Ok(0) => {
                    rest.fill(0);
                    break;
                }
                Ok(read) => done = done.saturating_add(read),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(StoreError::io("read", &path())(error)),
            }
        }
        self.file = Some(file);
        Ok(())
    }
}
