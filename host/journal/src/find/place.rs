//! One decision by its place.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use super::{LOG, damaged};
use crate::error::{Finding, FindingCode, StoreError};
use crate::floor;
use crate::frame::{HEADER, Place, Stored, body_length, decode};
use crate::options::BODY_MAX;
use crate::segment;

/// Bytes read at a time while stepping over records.
const WINDOW: usize = 128 * 1024;

/// Reads the decision at a place, beside a running server: its checksum must fit, and the next
/// record of its chain, when it lies in the same segment, must link to its hash. The place may come
/// from anyone: only where a record begins is one read. Hold what it says against what was asked for.
///
/// It steps from record to record of one segment up to the place, and holds one record in memory.
///
/// # Errors
/// [`StoreError::NoRecord`] when no record begins there; [`StoreError::Retired`] when retention
/// removed it; [`StoreError::Damaged`] when it does not hold; [`StoreError::Io`].
pub fn read_at(dir: &Path, place: Place) -> Result<Stored, StoreError> {
    let path = segment::path(dir, LOG, place.segment);
    let file = match File::open(&path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(StoreError::io("open", &path)(error)),
    };
    let from = floor::sound(dir, LOG)?.segment;
    if (1..from).contains(&place.segment) {
        return Err(StoreError::Retired { segment: place.segment, from });
    }
    let file = file.ok_or(StoreError::NoRecord(place))?;
    let mut steps = Steps { reader: BufReader::with_capacity(WINDOW, file), at: 0 };
    let found = steps.to(place).map_err(StoreError::io("read", &path))?;
    let frame = found.ok_or(StoreError::NoRecord(place))?;
    let raw = decode(LOG, &frame, BODY_MAX)
        .map_err(|error| damaged(Finding::malformed(LOG, place, error)))?;
    let linked = || -> io::Result<bool> {
        while let Some(frame) = steps.frame()? {
            // What does not decode here may be under way; it is not what was asked for.
            let Ok(next) = decode(LOG, &frame, BODY_MAX) else { break };
            if next.chain == raw.chain {
                return Ok(raw.seq.checked_add(1) == Some(next.seq) && next.prev == raw.hash);
            }
        }
        Ok(true)
    }();
    if linked.map_err(StoreError::io("read", &path))? {
        return Ok(raw.stored(0, place));
    }
    let message = "the next record of its chain does not link to it; one of the two was rewritten";
    let finding = Finding::at(LOG, place, FindingCode::HashMismatch, message);
    Err(damaged(Finding { chain: Some(raw.chain), seq: Some(raw.seq), ..finding }))
}

/// Reads a segment frame by frame, by the lengths in the headers.
struct Steps {
    reader: BufReader<File>,
    at: u64,
}

impl Steps {
    /// The frame at a place; `None` when stepping does not come to it or no frame begins there.
    fn to(&mut self, place: Place) -> io::Result<Option<Vec<u8>>> {
        while self.at < place.offset {
            let Some((_, body)) = self.header()? else { return Ok(None) };
            self.reader.seek_relative(i64::from(body))?;
            self.at = self.at.saturating_add(u64::from(body));
        }
        if self.at == place.offset { self.frame() } else { Ok(None) }
    }

    /// The next frame as it lies there; `None` when none follows.
    fn frame(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some((header, body)) = self.header()? else { return Ok(None) };
        let mut bytes = header.to_vec();
        let read = (&mut self.reader).take(u64::from(body)).read_to_end(&mut bytes)?;
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(Some(bytes))
    }

    fn header(&mut self) -> io::Result<Option<([u8; HEADER], u32)>> {
        let mut header = [0_u8; HEADER];
        match self.reader.read_exact(&mut header) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        self.at = self.at.saturating_add(u64::try_from(HEADER).unwrap_or(u64::MAX));
        Ok(body_length(&header, BODY_MAX).map(|body| (header, body)))
    }
}
