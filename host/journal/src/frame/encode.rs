//! From a record to its bytes.

use model::{DivisionCode, Minute};

use super::{COVERED, Frame, HASH_SHA256, HEADER, Head, LogKind, MAGIC, VERSION};

/// The bytes of one append, and the chain's head after it.
#[derive(Debug)]
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
    for (frame, following) in frames.iter().zip(countdown(frames.len())) {
        let content = Content { kind: frame.kind, recorded_at: frame.recorded_at, following };
        head = put(log, chain, head, content, &frame.body, &mut bytes);
    }
    Group { bytes, head, frames: u64::try_from(frames.len()).unwrap_or(u64::MAX) }
}

/// How many frames of an append follow each of its frames.
pub(crate) fn countdown(frames: usize) -> impl Iterator<Item = u16> {
    (0..frames).rev().map(|left| u16::try_from(left).unwrap_or(u16::MAX))
}

/// What a header says besides the chain and the lengths.
#[derive(Clone, Copy)]
pub(crate) struct Content {
    pub(crate) kind: u16,
    pub(crate) recorded_at: Minute,
    pub(crate) following: u16,
}

/// Encodes one frame behind `head` at the end of `bytes`; answers the head with it.
pub(crate) fn put(
    log: LogKind,
    chain: DivisionCode,
    head: Head,
    content: Content,
    body: &[u8],
    bytes: &mut Vec<u8>,
) -> Head {
    let seq = head.seq.saturating_add(1);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    // The reserved bytes 10 and 11 stay zero.
    let mut header = [0_u8; HEADER];
    header[0..4].copy_from_slice(&MAGIC);
    header[4..6].copy_from_slice(&[VERSION, HASH_SHA256]);
    header[6..8].copy_from_slice(&content.kind.to_be_bytes());
    header[8..10].copy_from_slice(&content.following.to_be_bytes());
    header[12..20].copy_from_slice(&chain.number().to_be_bytes());
    header[20..28].copy_from_slice(&seq.to_be_bytes());
    header[28..36].copy_from_slice(&content.recorded_at.0.to_be_bytes());
    header[36..40].copy_from_slice(&length.to_be_bytes());
    header[40..COVERED].copy_from_slice(&head.hash.0);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&header[..COVERED]);
    crc.update(body);
    header[COVERED..].copy_from_slice(&crc.finalize().to_be_bytes());
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(body);
    Head { seq, hash: log.hash(&header[..COVERED], body) }
}
