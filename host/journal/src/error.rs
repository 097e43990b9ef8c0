//! What can go wrong, and where in the files it was seen.

use std::path::{Path, PathBuf};

use model::DivisionCode;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::frame::{Head, LogKind, Malformed, Place};
use crate::segment;

/// What a callback returns to end a read early.
pub type Stop = Box<dyn std::error::Error + Send + Sync>;

/// Stable names of what a verification can find.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FindingCode {
    /// A link of a chain, or the anchor's digest over all chains, does not fit the content.
    HashMismatch,
    /// A frame's bytes changed after they were written.
    CrcMismatch,
    /// A sequence number, or a frame of a group, is missing or repeated.
    SequenceGap,
    /// The anchor says that more was acknowledged than can be read.
    LostTail,
    /// The bytes at a frame's place are not a frame of a version this build reads.
    BadHeader,
    /// The record refers to personal fields that are neither there nor recorded as erased.
    MissingPersonal,
    /// Personal fields do not fit the commitment.
    CommitmentMismatch,
    /// There are segments but no readable anchor.
    AnchorMissing,
}

impl FindingCode {
    /// The name as it is printed, e.g. `LOST_TAIL`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HashMismatch => "HASH_MISMATCH",
            Self::CrcMismatch => "CRC_MISMATCH",
            Self::SequenceGap => "SEQUENCE_GAP",
            Self::LostTail => "LOST_TAIL",
            Self::BadHeader => "BAD_HEADER",
            Self::MissingPersonal => "MISSING_PERSONAL",
            Self::CommitmentMismatch => "COMMITMENT_MISMATCH",
            Self::AnchorMissing => "ANCHOR_MISSING",
        }
    }
}

impl std::fmt::Display for FindingCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing that does not hold, with its place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub code: FindingCode,
    /// The file, relative to the store directory, e.g. `journal/00000001.seg`.
    pub file: String,
    /// Byte offset in the file.
    pub offset: u64,
    /// The chain, when it can be told.
    pub chain: Option<DivisionCode>,
    /// The sequence number in the chain, when it can be told.
    pub seq: Option<u64>,
    /// One line for people.
    pub message: String,
}

impl Finding {
    /// A finding at a place of a log.
    pub(crate) fn at(
        log: LogKind,
        place: Place,
        code: FindingCode,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            file: segment::relative(log, place.segment),
            offset: place.offset,
            chain: None,
            seq: None,
            message: message.into(),
        }
    }

    /// A finding about bytes that should be a frame.
    pub(crate) fn malformed(log: LogKind, place: Place, error: Malformed) -> Self {
        let (code, message, chain, seq) = match error {
            Malformed::Short(chain, seq) => {
                (FindingCode::LostTail, "the file ends inside this frame", chain, seq)
            }
            Malformed::Bad(code, message, chain, seq) => (code, message, chain, seq),
        };
        Self { chain, seq, ..Self::at(log, place, code, message) }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at `{}` byte {}", self.code, self.file, self.offset)?;
        if let (Some(chain), Some(seq)) = (self.chain, self.seq) {
            write!(f, " (chain {chain}, record {seq})")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Why a store cannot be opened or read.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process (or another handle in this one) holds the store.
    #[error(
        "the store at `{path}` is already open; stop the server that uses it, or give another directory with --store"
    )]
    AlreadyOpen {
        /// The store directory.
        path: PathBuf,
    },
    /// The record does not hold; nothing was changed.
    #[error(
        "{0}; nothing was changed: restore the segments from a backup, then run `xiangyue journal verify`"
    )]
    Damaged(Box<Finding>),
    /// The system refused a file operation.
    #[error("cannot {doing} `{path}`: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An option outside its range.
    #[error("the store option {0}")]
    Options(String),
    /// The caller's callback ended the read.
    #[error("the read was stopped: {0}")]
    Stopped(Stop),
    /// No record begins at the place that was asked for.
    #[error("no record begins at byte `{}` of segment `{}`", .0.offset, .0.segment)]
    NoRecord(Place),
    /// The record at the place that was asked for was removed by retention.
    #[error("segment `{segment}` is no longer kept; the log was retained from segment `{from}` on")]
    Retired {
        /// The segment asked for.
        segment: u64,
        /// The oldest segment kept.
        from: u64,
    },
    /// The log takes no more writes, and what was asked for needs one.
    #[error(transparent)]
    Unavailable(#[from] Outage),
}

impl StoreError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// The finding, when the record itself does not hold.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Damaged(finding) => Some(finding),
            _ => None,
        }
    }
}

/// Stable names of why a store takes no more writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OutageCode {
    /// The disk is full.
    StoreFull,
    /// A write or a sync failed.
    StoreFailed,
    /// The store was closed.
    StoreClosed,
}

impl OutageCode {
    /// The name as it is printed, e.g. `STORE_FULL`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StoreFull => "STORE_FULL",
            Self::StoreFailed => "STORE_FAILED",
            Self::StoreClosed => "STORE_CLOSED",
        }
    }
}

/// Why a store takes no more writes; permanent until it is opened again.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{}: {cause}; nothing of this act was acknowledged, read-only use goes on", code.name())]
pub struct Outage {
    /// What kind.
    pub code: OutageCode,
    /// What the system said.
    pub cause: String,
}

impl Outage {
    pub(crate) fn new(doing: &str, source: &std::io::Error) -> Self {
        let full = matches!(
            source.kind(),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
        );
        let code = if full { OutageCode::StoreFull } else { OutageCode::StoreFailed };
        Self { code, cause: format!("cannot {doing}: {source}") }
    }

    pub(crate) fn closed() -> Self {
        Self { code: OutageCode::StoreClosed, cause: "the store was closed".to_owned() }
    }
}

/// Why an append did not happen.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum AppendError {
    /// The chain has moved on; read its head and decide again.
    #[error("chain {chain} is at record {}, not {}; read it again and retry", actual.seq, expected.seq)]
    Conflict {
        /// The chain.
        chain: DivisionCode,
        /// What the caller had seen.
        expected: Head,
        /// Where the chain is.
        actual: Head,
    },
    /// A body, or the frames of one append together, exceed the limit.
    #[error("{length} bytes are more than the {max} a record may hold; split the act")]
    TooLarge {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// No frame, or more than 65536 frames.
    #[error("one append holds 1 to 65536 frames, not {0}")]
    FrameCount(usize),
    /// Too much waits for the disk already; nothing was written, and it may be tried again.
    #[error(
        "the decision log is busy, its disk does not keep up; nothing was written, retry later"
    )]
    Busy,
    /// The store takes no more writes.
    #[error(transparent)]
    Unavailable(#[from] Outage),
}
