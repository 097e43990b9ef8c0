//! One record on disk: a fixed header, the body, a checksum over both and a link to the record before.

use model::{Digest, DivisionCode, Minute};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

mod decode;
mod encode;

pub(crate) use decode::{Malformed, Raw, body_length, decode};
pub(crate) use encode::{Content, Group, countdown, encode, put};

/// Hash algorithm id 1: SHA-256. Other ids are refused, not guessed.
pub const HASH_SHA256: u8 = 1;
pub(crate) const VERSION: u8 = 1;
pub(crate) const MAGIC: [u8; 4] = *b"XYFR";
/// Header bytes before the checksum; what the hash and the checksum cover, followed by the body.
const COVERED: usize = 72;
/// Header bytes with the checksum.
pub(crate) const HEADER: usize = 76;

/// Where a chain stands: the number of its records and the hash of the last one.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Sequence number of the last record; 0 for an empty chain.
    pub seq: u64,
    /// Its hash; all zero for an empty chain.
    pub hash: Digest,
}

/// A record to append.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// What the body is; numbers are given by the caller.
    pub kind: u16,
    /// When it is recorded, by the caller's clock.
    pub recorded_at: Minute,
    /// Content, opaque here.
    pub body: Vec<u8>,
}

/// A byte position in a log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Place {
    /// Segment number, from 1.
    pub segment: u64,
    /// Byte offset in the segment file.
    pub offset: u64,
}

/// A record read back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// Its chain: a township, or the district.
    pub chain: DivisionCode,
    /// Number in the chain, from 1, without gaps.
    pub seq: u64,
    /// What the body is.
    pub kind: u16,
    /// When it was recorded.
    pub recorded_at: Minute,
    /// Hash of the record before it in the chain.
    pub prev: Digest,
    /// Its own hash.
    pub hash: Digest,
    /// Content.
    pub body: Vec<u8>,
    /// Number in the whole log, from 1; 0 when it was read alone, by its place.
    pub record: u64,
    /// How many frames of the same append follow it.
    pub following: u16,
    /// Where it is.
    pub place: Place,
}

impl Stored {
    /// The head of its chain once this record is in it.
    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }
}

/// The two logs of a store; their hashes live in separate domains.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LogKind {
    Journal,
    Decisions,
}

impl LogKind {
    const fn domain(self) -> &'static [u8] {
        match self {
            Self::Journal => b"xiangyue/journal/frame/1\0",
            Self::Decisions => b"xiangyue/decision/frame/1\0",
        }
    }

    /// The floor's file, relative to the store directory; the journal is kept whole and has none.
    pub(crate) const fn floor(self) -> Option<&'static str> {
        match self {
            Self::Journal => None,
            Self::Decisions => Some("decisions/floor"),
        }
    }

    /// Folder of the segments, relative to the store directory.
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::Journal => "journal",
            Self::Decisions => "decisions",
        }
    }

    /// The anchor's file, relative to the store directory.
    pub(crate) const fn anchor(self) -> &'static str {
        match self {
            Self::Journal => "anchor",
            Self::Decisions => "decisions/anchor",
        }
    }

    fn hash(self, covered: &[u8], body: &[u8]) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(self.domain());
        hasher.update(covered);
        hasher.update(body);
        Digest(hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests;
