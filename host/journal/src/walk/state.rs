//! The steps of a walk: segments, frames, the links between them.

use std::collections::BTreeMap;

use model::DivisionCode;

use super::Walk;
use crate::error::{Finding, FindingCode, Stop, StoreError};
use crate::frame::{HEADER, MAGIC, Malformed, Place, Raw, Stored, decode};
use crate::heads::Heads;
use crate::segment::{self, SEAL, Seal};

/// A walk under way.
pub(super) struct State<'a> {
    pub(super) walk: Walk<'a>,
    pub(super) heads: Heads,
    pub(super) end: Place,
    /// Where each chain's last frame lies, to name the frame a broken link points at.
    pub(super) places: BTreeMap<DivisionCode, Place>,
    pub(super) group: Vec<Stored>,
    /// Heads including the frames of a group that is not yet whole.
    pub(super) read: Heads,
    pub(super) anchored: bool,
    pub(super) last: Option<(DivisionCode, u64)>,
}

/// What follows at a place.
enum Next {
    Frame(usize),
    Sealed,
    Unused,
}

impl State<'_> {
    /// Walks all segments; answers what ended the walk, unless it was unused space.
    pub(super) fn segments(
        &mut self,
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Option<Finding>, StoreError> {
        if let Some(finding) = self.at_anchor() {
            return Ok(Some(finding));
        }
        let last = segment::list(self.walk.dir, self.walk.log)?.last().copied().unwrap_or_default();
        let mut number = 1_u64;
        loop {
            let path = segment::path(self.walk.dir, self.walk.log, number);
            let start = Place { segment: number, offset: 0 };
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    let gone = || {
                        self.walk.finding(FindingCode::LostTail, start, "the segment is missing")
                    };
                    return Ok((number < last).then(gone));
                }
                Err(error) => return Err(StoreError::io("read", &path)(error)),
            };
            match self.frames(number, &bytes, each)? {
                Ok(true) => number = number.saturating_add(1),
                Ok(false) => return Ok(None),
                Err(finding) => return Ok(Some(finding)),
            }
        }
    }

    /// Reads one segment; `true` when it is sealed and the next one follows.
    fn frames(
        &mut self,
        segment: u64,
        bytes: &[u8],
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Result<bool, Finding>, StoreError> {
        let mut at = 0_usize;
        loop {
            if self.heads.records() >= self.walk.records_max {
                return Ok(Ok(false));
            }
            let place = Place { segment, offset: u64::try_from(at).unwrap_or(u64::MAX) };
            match self.next(place, bytes.get(at..).unwrap_or_default()) {
                Ok(Next::Frame(length)) => at = at.saturating_add(length),
                Ok(Next::Sealed) => {
                    self.end = Place { segment: segment.saturating_add(1), offset: 0 };
                    return Ok(Ok(true));
                }
                Ok(Next::Unused) => return Ok(Ok(false)),
                Err(finding) => return Ok(Err(finding)),
            }
            if self.group.last().is_some_and(|frame| frame.following == 0) {
                self.end = Place { segment, offset: u64::try_from(at).unwrap_or(u64::MAX) };
                self.accept();
                if let Some(finding) = self.at_anchor() {
                    return Ok(Err(finding));
                }
                for stored in self.group.drain(..) {
                    each(stored).map_err(StoreError::Stopped)?;
                }
            }
        }
    }

    /// Counts the group that is now whole.
    fn accept(&mut self) {
        if let Some(last) = self.group.last() {
            let frames = u64::try_from(self.group.len()).unwrap_or(u64::MAX);
            self.heads.advance(last.chain, last.head(), frames);
            self.last = Some((last.chain, last.seq));
        }
    }

    fn next(&mut self, place: Place, bytes: &[u8]) -> Result<Next, Finding> {
        let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        let bad = |message: &str| self.walk.finding(FindingCode::BadHeader, place, message);
        if bytes.len() < MAGIC.len() || bytes.starts_with(&[0; 4]) {
            return match bytes {
                unused if zeros(unused) => Ok(Next::Unused),
                short if MAGIC.starts_with(short) => Err(self.walk.finding(
                    FindingCode::LostTail,
                    place,
                    "the file ends inside this frame",
                )),
                _ => Err(bad("bytes that are no frame follow the last one")),
            };
        }
        if Seal::begins(bytes) {
            let seal = Seal::decode(bytes);
            let fits = seal.is_some_and(|seal| {
                seal.segment == place.segment && seal.position == self.heads.position()
            });
            if !fits || !self.group.is_empty() {
                return Err(self.walk.finding(
                    FindingCode::CrcMismatch,
                    place,
                    "the segment's seal does not fit it",
                ));
            }
            let rest_unused = zeros(bytes.get(SEAL..).unwrap_or_default());
            return if rest_unused {
                Ok(Next::Sealed)
            } else {
                Err(bad("bytes follow the segment's seal"))
            };
        }
        match decode(self.walk.log, bytes, self.walk.body_max) {
            Ok(raw) => {
                let length = HEADER.saturating_add(raw.body.len());
                self.link(place, &raw).map(|()| Next::Frame(length))
            }
            Err(Malformed::Short(chain, seq)) => {
                let finding = self.walk.finding(
                    FindingCode::LostTail,
                    place,
                    "the file ends inside this frame",
                );
                Err(Finding { chain, seq, ..finding })
            }
            Err(Malformed::Bad(code, message, chain, seq)) => {
                Err(Finding { chain, seq, ..self.walk.finding(code, place, message) })
            }
        }
    }

    /// Checks a frame against its chain and its group, and takes it in.
    fn link(&mut self, place: Place, raw: &Raw<'_>) -> Result<(), Finding> {
        let found = |code, place, seq, message: String| Finding {
            chain: Some(raw.chain),
            seq: Some(seq),
            ..self.walk.finding(code, place, message)
        };
        if let Some(before) = self.group.last()
            && (before.chain != raw.chain || before.following != raw.following.saturating_add(1))
        {
            return Err(found(
                FindingCode::SequenceGap,
                place,
                raw.seq,
                "frames of one append are missing".to_owned(),
            ));
        }
        let head = self.read.head(raw.chain);
        if head.seq.checked_add(1) != Some(raw.seq) {
            let message =
                format!("record {} of the chain was expected here", head.seq.saturating_add(1));
            return Err(found(FindingCode::SequenceGap, place, raw.seq, message));
        }
        if head.hash != raw.prev {
            let before = self.places.get(&raw.chain).copied().unwrap_or(place);
            let message = format!(
                "its hash is not the one that record {} (`{}` byte {}) links to; one of the two was rewritten",
                raw.seq,
                segment::relative(self.walk.log, place.segment),
                place.offset
            );
            return Err(found(FindingCode::HashMismatch, before, head.seq, message));
        }
        let record = self.read.records().saturating_add(1);
        let stored = Stored {
            chain: raw.chain,
            seq: raw.seq,
            kind: raw.kind,
            recorded_at: raw.recorded_at,
            prev: raw.prev,
            hash: raw.hash,
            body: raw.body.to_vec(),
            record,
            following: raw.following,
            place,
        };
        self.read.record(&stored);
        self.places.insert(raw.chain, place);
        self.group.push(stored);
        Ok(())
    }

    /// At the anchor's record count, its digest must be that of the log.
    fn at_anchor(&mut self) -> Option<Finding> {
        let anchor = self.walk.anchor?;
        if self.heads.records() != anchor.position.records {
            return None;
        }
        if anchor.position == self.heads.position() {
            self.anchored = true;
            return None;
        }
        let (place, message) =
            self.group.last().map_or((self.end, "the anchor does not fit an empty log"), |frame| {
                (
                    frame.place,
                    "the log up to this record is not the one the anchor digests; it was rewritten",
                )
            });
        let finding = self.walk.finding(FindingCode::HashMismatch, place, message);
        Some(Finding { chain: anchor.last_chain, seq: Some(anchor.last_seq), ..finding })
    }
}
