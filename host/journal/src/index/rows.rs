//! Rows as flat keys and small values, one form for every index.
//!
//! A stored key is `table length, table, key length, key, piece number`; the lengths make keys
//! prefix-free, so rows of one table, and pieces of one row, lie together. Values are cut into
//! pieces below 4 KiB because sled moves large leaves into files it never syncs (`blobs/`).

use super::{Change, IndexError};
use crate::heads::Position;
use model::Digest;

/// Largest piece of a value, bytes, with its count.
pub(super) const PIECE: usize = 3_900;
const TABLE_MAX: usize = 64;
const KEY_MAX: usize = 1_024;
const VALUE_MAX: usize = 1 << 20;

/// Where the applied position lies; sorts before every table, whose length is at least 1.
pub(super) const APPLIED: &[u8] = &[0];

/// The common start of a table's keys.
pub(super) fn table_prefix(table: &str) -> Vec<u8> {
    let length = u8::try_from(table.len()).unwrap_or(u8::MAX);
    let mut prefix = vec![length];
    prefix.extend_from_slice(table.as_bytes());
    prefix
}

/// The stored key of a row's piece.
pub(super) fn piece_key(change: &Change, piece: u16) -> Vec<u8> {
    let mut key = table_prefix(&change.table);
    key.extend_from_slice(&u16::try_from(change.key.len()).unwrap_or(u16::MAX).to_be_bytes());
    key.extend_from_slice(&change.key);
    key.extend_from_slice(&piece.to_be_bytes());
    key
}

/// Refuses what does not fit, before anything is applied.
pub(super) fn check(batch: &[Change]) -> Result<(), IndexError> {
    for change in batch {
        if change.table.is_empty() || change.table.len() > TABLE_MAX || change.key.len() > KEY_MAX {
            let table = change.table.chars().take(80).collect::<String>();
            return Err(IndexError::TooLarge(format!(
                "a table name or key in `{table}` is empty or too long"
            )));
        }
        if let Some(length) =
            change.value.as_ref().map(Vec::len).filter(|length| *length > VALUE_MAX)
        {
            return Err(IndexError::TooLarge(format!(
                "a value of {length} bytes in `{}`",
                change.table
            )));
        }
    }
    Ok(())
}

/// The pieces of a value; the first begins with their number.
pub(super) fn pieces(value: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = value.chunks(PIECE).map(<[u8]>::to_vec).collect();
    if pieces.is_empty() {
        pieces.push(Vec::new());
    }
    let count = u16::try_from(pieces.len()).unwrap_or(u16::MAX).to_be_bytes();
    if let Some(first) = pieces.first_mut() {
        first.splice(0..0, count);
    }
    pieces
}

/// The number of pieces a first piece names.
pub(super) fn count(first: &[u8]) -> Option<u16> {
    first.first_chunk::<2>().copied().map(u16::from_be_bytes)
}

/// A whole row: key and value.
pub(super) type Row<'a> = (&'a [u8], Vec<u8>);

/// Puts rows together again from pieces handed over in key order.
#[derive(Default)]
pub(super) struct Joiner {
    value: Vec<u8>,
    next: u16,
    total: u16,
}

impl Joiner {
    /// Takes the next piece; answers key and value once a row is whole.
    pub(super) fn piece<'a>(
        &mut self,
        rest: &'a [u8],
        bytes: &[u8],
    ) -> Result<Option<Row<'a>>, IndexError> {
        let broken = || IndexError::Suspect("a row's pieces are incomplete".to_owned());
        let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(broken)?;
        let (key, number) =
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or_else(broken)?;
        let number = u16::from_be_bytes(number.try_into().map_err(|_| broken())?);
        if number != self.next {
            return Err(broken());
        }
        if number == 0 {
            self.total = count(bytes).ok_or_else(broken)?;
            self.value = bytes.get(2..).unwrap_or_default().to_vec();
        } else {
            self.value.extend_from_slice(bytes);
        }
        self.next = number.saturating_add(1);
        if self.next < self.total {
            return Ok(None);
        }
        self.next = 0;
        Ok(Some((key, std::mem::take(&mut self.value))))
    }

    /// Whether the last row was whole.
    pub(super) fn finished(&self) -> Result<(), IndexError> {
        if self.next == 0 {
            Ok(())
        } else {
            Err(IndexError::Suspect("the last row's pieces are missing".to_owned()))
        }
    }
}

/// The applied position as a value.
pub(super) fn encode_position(applied: Position) -> Vec<u8> {
    [applied.records.to_be_bytes().as_slice(), applied.digest.0.as_slice()].concat()
}

/// The applied position read back.
pub(super) fn decode_position(bytes: &[u8]) -> Option<Position> {
    let (records, digest) = bytes.split_first_chunk::<8>()?;
    Some(Position {
        records: u64::from_be_bytes(*records),
        digest: Digest(digest.try_into().ok()?),
    })
}
