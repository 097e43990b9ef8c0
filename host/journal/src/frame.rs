//! One record on disk: a fixed header, the body, a checksum over both and a link to the record before.

use model::{Digest, DivisionCode, Minute};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::FindingCode;

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
    /// Number in the whole log, from 1.
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

/// The bytes of one append, and the chain's head after it.
pub(crate) struct Group {
    pub(crate) bytes: Vec<u8>,
    pub(crate) head: Head,
    pub(crate) frames: u64,
}

/// Encodes frames behind `head`; the caller has checked count and lengths.
pub(crate) fn encode(log: LogKind, chain: DivisionCode, mut head: Head, frames: &[Frame]) -> Group {
    let total = frames
        .iter()
        .map(|frame| frame.body.len().saturating_add(HEADER))
        .fold(0, usize::saturating_add);
    let mut bytes = Vec::with_capacity(total);
    for (at, frame) in frames.iter().enumerate() {
        let start = bytes.len();
        let seq = head.seq.saturating_add(1);
        let following =
            u16::try_from(frames.len().saturating_sub(at).saturating_sub(1)).unwrap_or(u16::MAX);
        let length = u32::try_from(frame.body.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[VERSION, HASH_SHA256]);
        bytes.extend_from_slice(&frame.kind.to_be_bytes());
        bytes.extend_from_slice(&following.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&chain.number().to_be_bytes());
        bytes.extend_from_slice(&seq.to_be_bytes());
        bytes.extend_from_slice(&frame.recorded_at.0.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&head.hash.0);
        let covered = bytes.get(start..).unwrap_or_default();
        let mut crc = crc32fast::Hasher::new();
        crc.update(covered);
        crc.update(&frame.body);
        let hash = log.hash(covered, &frame.body);
        bytes.extend_from_slice(&crc.finalize().to_be_bytes());
        bytes.extend_from_slice(&frame.body);
        head = Head { seq, hash };
    }
    Group { bytes, head, frames: u64::try_from(frames.len()).unwrap_or(u64::MAX) }
}

/// A frame as it lies in the file, checked for shape and checksum but not against its chain.
pub(crate) struct Raw<'a> {
    pub(crate) kind: u16,
    pub(crate) following: u16,
    pub(crate) chain: DivisionCode,
    pub(crate) seq: u64,
    pub(crate) recorded_at: Minute,
    pub(crate) prev: Digest,
    pub(crate) hash: Digest,
    pub(crate) body: &'a [u8],
}

/// Why bytes are not a frame.
pub(crate) enum Malformed {
    /// The file ends before the frame does; chain and number when the header is whole.
    Short(Option<DivisionCode>, Option<u64>),
    /// Not a frame, or a changed one; chain and number as the header spells them.
    Bad(FindingCode, &'static str, Option<DivisionCode>, Option<u64>),
}

/// Reads big-endian fields off a header.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }
}

/// Decodes the frame that `bytes` begin with.
pub(crate) fn decode(log: LogKind, bytes: &[u8], body_max: u32) -> Result<Raw<'_>, Malformed> {
    let mut fields = Fields(bytes);
    let bad = |message| Malformed::Bad(FindingCode::BadHeader, message, None, None);
    let magic: [u8; 4] = fields.take().ok_or(Malformed::Short(None, None))?;
    if magic != MAGIC {
        return Err(bad("no frame begins here"));
    }
    let [version, algorithm]: [u8; 2] = fields.take().ok_or(Malformed::Short(None, None))?;
    let kind = u16::from_be_bytes(fields.take().ok_or(Malformed::Short(None, None))?);
    let following = u16::from_be_bytes(fields.take().ok_or(Malformed::Short(None, None))?);
    let reserved: [u8; 2] = fields.take().ok_or(Malformed::Short(None, None))?;
    let chain = DivisionCode::from_number(u64::from_be_bytes(
        fields.take().ok_or(Malformed::Short(None, None))?,
    ));
    let seq = u64::from_be_bytes(fields.take().ok_or(Malformed::Short(None, None))?);
    let recorded_at =
        Minute(i64::from_be_bytes(fields.take().ok_or(Malformed::Short(None, None))?));
    let length = u32::from_be_bytes(fields.take().ok_or(Malformed::Short(None, None))?);
    let prev = Digest(fields.take().ok_or(Malformed::Short(None, None))?);
    let crc = u32::from_be_bytes(fields.take().ok_or(Malformed::Short(None, None))?);
    let bad = |message| Malformed::Bad(FindingCode::BadHeader, message, chain, Some(seq));
    if version != VERSION {
        return Err(bad("the frame's version is not one this build reads"));
    }
    if algorithm != HASH_SHA256 {
        return Err(bad("the frame's hash algorithm is not one this build knows"));
    }
    if reserved != [0, 0] || length > body_max {
        return Err(bad("the frame's length or reserved field is out of range"));
    }
    let covered = bytes.get(..COVERED).ok_or(Malformed::Short(None, None))?;
    let body = usize::try_from(length)
        .ok()
        .and_then(|length| fields.0.get(..length))
        .ok_or(Malformed::Short(chain, Some(seq)))?;
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(covered);
    hasher.update(body);
    if hasher.finalize() != crc {
        return Err(Malformed::Bad(
            FindingCode::CrcMismatch,
            "the frame's bytes were changed",
            chain,
            Some(seq),
        ));
    }
    let Some(chain) = chain else { return Err(bad("the frame's chain is not a division code")) };
    Ok(Raw { kind, following, chain, seq, recorded_at, prev, hash: log.hash(covered, body), body })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand with Python's `struct`, `zlib` and `hashlib`: the format on disk is a promise.
    #[test]
    fn the_bytes_of_a_frame_are_fixed() {
        let chain = DivisionCode::parse("370285102000").unwrap();
        let frame =
            Frame { kind: 0x0102, recorded_at: Minute(29_900_000), body: b"hello".to_vec() };
        let group = encode(LogKind::Journal, chain, Head::default(), &[frame]);
        let hex = group.bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert_eq!(
            hex,
            concat!(
                "5859465201010102000000000000005636b643b0000000000000000100000000",
                "01c83ce000000005000000000000000000000000000000000000000000000000",
                "00000000000000001608db8f68656c6c6f",
            )
        );
        assert_eq!(
            group.head.hash.to_string(),
            "aefe847ab3c34321a8429ae8e2e92c6b1b707820490994b7724e81bc8196e195"
        );
        let mut heads = crate::heads::Heads::default();
        heads.advance(chain, group.head, 1);
        assert_eq!(
            heads.position().digest.to_string(),
            "da85099bcc5ded213e9752c6fa3117fa769cc0f57575040315af0ea77cb6d38e"
        );
        let decisions = encode(
            LogKind::Decisions,
            chain,
            Head::default(),
            &[Frame { kind: 0x0102, recorded_at: Minute(29_900_000), body: b"hello".to_vec() }],
        );
        assert_ne!(decisions.head, group.head, "a decision cannot be passed off as a record");
    }
}
