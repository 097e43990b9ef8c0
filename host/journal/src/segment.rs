//! Segment files: names, making them ready with zeros, the seal that ends a full one.
//!
//! A segment is filled with zeros and synced before it gets its name, so that a later `fdatasync`
//! has no file size or extent to record and a full disk is met here, not under a batch.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::disk::{Disk, FileRole, open_rw, sync_dir};
use crate::error::StoreError;
use crate::frame::LogKind;
use crate::heads::Position;
use model::Digest;

const SEAL_MAGIC: [u8; 4] = *b"XYSL";
/// Bytes of a seal.
pub(crate) const SEAL: usize = 56;
const SEAL_COVERED: usize = SEAL - 4;
const CHUNK: usize = 32 * 1024;

/// The end of a full segment: its number and the log's position there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Seal {
    pub(crate) segment: u64,
    pub(crate) position: Position,
}

impl Seal {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SEAL);
        bytes.extend_from_slice(&SEAL_MAGIC);
        bytes.extend_from_slice(&self.segment.to_be_bytes());
        bytes.extend_from_slice(&self.position.records.to_be_bytes());
        bytes.extend_from_slice(&self.position.digest.0);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    /// Whether a seal begins here.
    pub(crate) fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(&SEAL_MAGIC)
    }

    /// `None` when the seal is short or its bytes were changed.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (covered, rest) = bytes.split_first_chunk::<SEAL_COVERED>()?;
        if rest.first_chunk::<4>()? != &crc32fast::hash(covered).to_be_bytes() {
            return None;
        }
        let number = |at: usize| -> Option<u64> {
            Some(u64::from_be_bytes(*covered.get(at..)?.first_chunk::<8>()?))
        };
        let digest = Digest(*covered.get(20..)?.first_chunk::<32>()?);
        Some(Self { segment: number(4)?, position: Position { records: number(12)?, digest } })
    }
}

/// `journal/00000001.seg`, relative to the store directory.
pub(crate) fn relative(log: LogKind, segment: u64) -> String {
    format!("{}/{segment:08}.seg", log.folder())
}

/// The segment's full path.
pub(crate) fn path(dir: &Path, log: LogKind, segment: u64) -> PathBuf {
    dir.join(relative(log, segment))
}

/// Numbers of all segment files, sorted.
pub(crate) fn list(dir: &Path, log: LogKind) -> Result<Vec<u64>, StoreError> {
    let folder = dir.join(log.folder());
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("list", &folder)(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(StoreError::io("list", &folder))?.file_name();
        let number = name
            .to_str()
            .and_then(|name| name.strip_suffix(".seg"))
            .and_then(|stem| stem.parse::<u64>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Makes a segment of zeros under a temporary name, syncs it, then names it; rests after each piece,
/// so that what is answered meanwhile is not held up by one long burst of writing.
pub(crate) fn make(
    disk: &dyn Disk,
    dir: &Path,
    log: LogKind,
    segment: u64,
    length: u64,
    rest: Duration,
) -> io::Result<File> {
    let target = path(dir, log, segment);
    let part = target.with_extension("new");
    let made = zero_fill(disk, &part, length, rest).and_then(|file| {
        std::fs::rename(&part, &target)?;
        sync_dir(&dir.join(log.folder()))?;
        Ok(file)
    });
    if made.is_err() {
        // A half-made segment would keep a full disk full. It holds nothing.
        if let Err(error) = std::fs::remove_file(&part)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %part.display(), %error, "the half-made segment could not be removed");
        }
    }
    made
}

fn zero_fill(disk: &dyn Disk, path: &Path, length: u64, rest: Duration) -> io::Result<File> {
    let file = open_rw(path, true)?;
    file.set_len(0)?;
    let zeros = vec![0_u8; CHUNK];
    let mut at = 0_u64;
    while at < length {
        let left = usize::try_from(length.saturating_sub(at)).unwrap_or(CHUNK).min(CHUNK);
        disk.write_at(&file, FileRole::Preallocation, zeros.get(..left).unwrap_or_default(), at)?;
        at = at.saturating_add(u64::try_from(left).unwrap_or(u64::MAX));
        std::thread::sleep(rest);
    }
    disk.sync(&file, FileRole::Preallocation)?;
    file.sync_all()?;
    Ok(file)
}

/// Overwrites everything from `offset` on with zeros, up to `length`, and syncs.
pub(crate) fn cut(path: &Path, offset: u64, length: u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    let file = open_rw(path, false)?;
    file.set_len(offset)?;
    let zeros = vec![0_u8; CHUNK];
    let mut at = offset;
    while at < length {
        let left = usize::try_from(length.saturating_sub(at)).unwrap_or(CHUNK).min(CHUNK);
        file.write_all_at(zeros.get(..left).unwrap_or_default(), at)?;
        at = at.saturating_add(u64::try_from(left).unwrap_or(u64::MAX));
    }
    file.sync_all()
}
