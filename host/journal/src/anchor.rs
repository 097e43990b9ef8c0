//! The anchor: what was acknowledged, kept outside the segments so that a cut tail is seen.
//!
//! Two slots, each on its own page, are written in turn, each with a growing generation and its own
//! checksum. A write that is torn by a power cut spoils only the slot under way; the other still
//! tells the state one batch before, and the batch under way was not acknowledged. That is why no
//! temporary file and rename are needed, and why the write costs one page in memory per batch.
//!
//! The slot is written before the batch is acknowledged, after the frames are safe: it never names
//! more than is there, and a killed process loses nothing. Its own sync runs in the background
//! (200 ms by default): after a power cut the anchor may be that much older than the record, and a
//! tail cut off in that very window would go unseen. Copies of it elsewhere close that window.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use model::{Digest, DivisionCode};
use serde::{Deserialize, Serialize};

use crate::disk::{Disk, FileRole};
use crate::error::StoreError;
use crate::frame::Place;
use crate::heads::Position;

const MAGIC: [u8; 8] = *b"XYANCH01";
const SLOT: usize = 92;
const COVERED: usize = SLOT - 4;
const STRIDE: u64 = 4096;

/// What was acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Anchor {
    /// Grows by one with each write.
    pub generation: u64,
    /// Where the acknowledged frames end.
    pub end: Place,
    /// How many there are, and the digest over all chain heads.
    pub position: Position,
    /// Chain of the last frame; `None` while there is none.
    pub last_chain: Option<DivisionCode>,
    /// Its number in that chain.
    pub last_seq: u64,
}

impl Default for Anchor {
    fn default() -> Self {
        let end = Place { segment: 1, offset: 0 };
        Self { generation: 0, end, position: Position::default(), last_chain: None, last_seq: 0 }
    }
}

impl Anchor {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SLOT);
        bytes.extend_from_slice(&MAGIC);
        for number in [self.generation, self.end.segment, self.end.offset, self.position.records] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(&self.position.digest.0);
        bytes.extend_from_slice(&self.last_chain.map_or(0, DivisionCode::number).to_be_bytes());
        bytes.extend_from_slice(&self.last_seq.to_be_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    fn decode(slot: &[u8; SLOT]) -> Option<Self> {
        let (covered, crc) = slot.split_first_chunk::<COVERED>()?;
        if !covered.starts_with(&MAGIC) || crc32fast::hash(covered).to_be_bytes() != crc {
            return None;
        }
        let number = |at: usize| -> Option<u64> {
            Some(u64::from_be_bytes(covered.get(at..)?.first_chunk::<8>().copied()?))
        };
        let digest = Digest(covered.get(40..)?.first_chunk::<32>().copied()?);
        Some(Self {
            generation: number(8)?,
            end: Place { segment: number(16)?, offset: number(24)? },
            position: Position { records: number(32)?, digest },
            last_chain: DivisionCode::from_number(number(72)?),
            last_seq: number(80)?,
        })
    }
}

/// Both slots as read.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct AnchorSlots {
    /// The newer readable slot.
    pub newest: Option<Anchor>,
    /// Slots that hold bytes but cannot be read.
    pub damaged: u8,
}

/// Reads the anchor file; a file that is not there has no slots.
pub(crate) fn read(path: &Path) -> Result<AnchorSlots, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(AnchorSlots::default());
        }
        Err(error) => return Err(StoreError::io("open the anchor", path)(error)),
    };
    let mut slots = AnchorSlots::default();
    for index in 0..2_u64 {
        let mut bytes = [0_u8; SLOT];
        match file.read_exact_at(&mut bytes, index.saturating_mul(STRIDE)) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => continue,
            Err(error) => return Err(StoreError::io("read the anchor", path)(error)),
        }
        match Anchor::decode(&bytes) {
            Some(slot) if slots.newest.is_none_or(|newest| newest.generation < slot.generation) => {
                slots.newest = Some(slot);
            }
            Some(_) => {}
            None if bytes.iter().all(|byte| *byte == 0) => {}
            None => slots.damaged = slots.damaged.saturating_add(1),
        }
    }
    Ok(slots)
}

/// Reads the anchor beside a running writer: a slot caught in the middle of a write is read again.
pub(crate) fn read_steady(path: &Path) -> Result<AnchorSlots, StoreError> {
    let mut slots = read(path)?;
    for _ in 0..20 {
        if slots.damaged == 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
        slots = read(path)?;
    }
    Ok(slots)
}

/// Writes the slots in turn.
#[derive(Debug)]
pub(crate) struct AnchorWriter {
    pub(crate) file: File,
    pub(crate) generation: u64,
}

impl AnchorWriter {
    /// Writes the next slot; not yet synced.
    pub(crate) fn write(&mut self, disk: &dyn Disk, mut anchor: Anchor) -> std::io::Result<()> {
        self.generation = self.generation.saturating_add(1);
        anchor.generation = self.generation;
        let offset = (self.generation % 2).saturating_mul(STRIDE);
        disk.write_at(&self.file, FileRole::Anchor, &anchor.encode(), offset)
    }
}
