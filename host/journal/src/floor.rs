//! The floor: what a log stands on once its oldest segments were removed.
//!
//! It holds the head of every chain at the end of the last removed segment. It is written under
//! another name, synced, named and its name synced before the first segment goes, so a crash
//! between the two leaves segments below the floor; the next open removes them. A changed floor is
//! seen: the first kept record of a chain links to it, and the seals and the anchor digest the
//! heads of all chains, those without a later record too.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use model::{Digest, DivisionCode, Minute};
use serde::{Deserialize, Serialize};

use crate::disk::{Disk, FileRole, open_rw};
use crate::error::{Finding, FindingCode, StoreError};
use crate::frame::{Head, LogKind};
use crate::heads::Heads;

const MAGIC: [u8; 8] = *b"XYFLOR01";
/// Bytes of one chain: its code, its number of records, its hash.
const CHAIN: usize = 48;

/// Where a log begins after older records were removed by retention.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RetainedFrom {
    /// The oldest segment kept.
    pub segment: u64,
    /// Number in the whole log of the first record kept; those below it were removed.
    pub record: u64,
    /// When the newest removed record was recorded.
    pub newest_removed: Minute,
}

/// What a log stands on; the default is the ground, for a log that is kept whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Floor {
    /// The first segment kept.
    pub(crate) segment: u64,
    /// The newest time among the removed records.
    pub(crate) newest: Minute,
    /// The head of every chain below the first segment kept.
    pub(crate) heads: Heads,
}

impl Default for Floor {
    fn default() -> Self {
        Self { segment: 1, newest: Minute(0), heads: Heads::default() }
    }
}

impl Floor {
    /// For a report; `None` for a log that is kept whole.
    pub(crate) fn retained_from(&self) -> Option<RetainedFrom> {
        (self.segment > 1).then(|| RetainedFrom {
            segment: self.segment,
            record: self.heads.records().saturating_add(1),
            newest_removed: self.newest,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&self.segment.to_be_bytes());
        bytes.extend_from_slice(&self.newest.0.to_be_bytes());
        bytes.extend_from_slice(&self.heads.records().to_be_bytes());
        for (chain, head) in self.heads.chains() {
            bytes.extend_from_slice(&chain.number().to_be_bytes());
            bytes.extend_from_slice(&head.seq.to_be_bytes());
            bytes.extend_from_slice(&head.hash.0);
        }
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    /// `None` when the bytes are not a floor, or not one that a log can stand on.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, crc) = bytes.split_last_chunk::<4>()?;
        if crc32fast::hash(covered).to_be_bytes() != *crc {
            return None;
        }
        let fields = covered.strip_prefix(&MAGIC)?;
        let (segment, fields) = fields.split_first_chunk::<8>()?;
        let (newest, fields) = fields.split_first_chunk::<8>()?;
        let (records, fields) = fields.split_first_chunk::<8>()?;
        let (rows, rest) = fields.as_chunks::<CHAIN>();
        let mut chains = BTreeMap::new();
        for row in rows {
            let (chain, row) = row.split_first_chunk::<8>()?;
            let (seq, hash) = row.split_first_chunk::<8>()?;
            let chain = DivisionCode::from_number(u64::from_be_bytes(*chain))?;
            let head = Head { seq: u64::from_be_bytes(*seq), hash: Digest(*hash.first_chunk()?) };
            chains.insert(chain, head);
        }
        let heads = Heads::from_chains(chains)?;
        let floor = Self {
            segment: u64::from_be_bytes(*segment),
            newest: Minute(i64::from_be_bytes(*newest)),
            heads,
        };
        let fits = rest.is_empty()
            && floor.segment > 1
            && floor.heads.chains().len() == rows.len()
            && floor.heads.records() == u64::from_be_bytes(*records);
        fits.then_some(floor)
    }
}

/// Reads the floor of a log; the ground when it has none, a finding when it cannot be read.
pub(crate) fn read(dir: &Path, log: LogKind) -> Result<Result<Floor, Finding>, StoreError> {
    let Some(relative) = log.floor() else { return Ok(Ok(Floor::default())) };
    let path = dir.join(relative);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ok(Floor::default())),
        Err(error) => return Err(StoreError::io("read the floor", &path)(error)),
    };
    let message = "the floor's bytes were changed; what the log stands on cannot be told";
    Ok(Floor::decode(&bytes).ok_or_else(|| finding(log, FindingCode::CrcMismatch, message)))
}

/// Reads the floor of a log whose floor must be sound.
pub(crate) fn sound(dir: &Path, log: LogKind) -> Result<Floor, StoreError> {
    read(dir, log)?.map_err(|finding| StoreError::Damaged(Box::new(finding)))
}

/// A finding about the floor itself.
pub(crate) fn finding(log: LogKind, code: FindingCode, message: &str) -> Finding {
    Finding {
        code,
        file: log.floor().unwrap_or_else(|| log.folder()).to_owned(),
        offset: 0,
        chain: None,
        seq: None,
        message: message.to_owned(),
    }
}

/// Puts a floor in the place of the one before; it survives a power cut on return.
pub(crate) fn write(disk: &dyn Disk, path: &Path, floor: &Floor) -> io::Result<()> {
    let part = path.with_extension("new");
    let file = open_rw(&part, true)?;
    file.set_len(0)?;
    disk.write_at(&file, FileRole::Floor, &floor.encode(), 0)?;
    disk.sync(&file, FileRole::Floor)?;
    disk.rename(&part, path)?;
    path.parent().map_or(Ok(()), |folder| disk.sync_dir(folder))
}
