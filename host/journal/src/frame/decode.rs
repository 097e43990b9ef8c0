//! From bytes to a record, as far as the frame itself tells.

use model::{Digest, DivisionCode, Minute};

use super::{COVERED, HASH_SHA256, HEADER, LogKind, MAGIC, Place, Stored, VERSION};
use crate::error::FindingCode;

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

impl Raw<'_> {
    /// The record on its own, with its number in the log and its place.
    pub(crate) fn stored(&self, record: u64, place: Place) -> Stored {
        Stored {
            chain: self.chain,
            seq: self.seq,
            kind: self.kind,
            recorded_at: self.recorded_at,
            prev: self.prev,
            hash: self.hash,
            body: self.body.to_vec(),
            record,
            following: self.following,
            place,
        }
    }
}

/// Why bytes are not a frame.
#[derive(Clone, Copy)]
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

/// The length of the body behind a header, unchecked; `None` when no frame begins with it.
pub(crate) fn body_length(header: &[u8; HEADER], body_max: u32) -> Option<u32> {
    let length = u32::from_be_bytes(*header.get(36..40)?.first_chunk::<4>()?);
    (header.starts_with(&MAGIC) && length <= body_max).then_some(length)
}
