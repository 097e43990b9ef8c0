//! The steps of a walk: segments, frames, the links between them.

use std::collections::BTreeMap;

use model::DivisionCode;

use super::Walk;
use crate::error::{Finding, FindingCode, Stop, StoreError};
use crate::floor::{self, Floor};
use crate::frame::{HEADER, MAGIC, Place, Stored, decode};
use crate::heads::Heads;
use crate::options::BODY_MAX;
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
    pub(super) floor: Floor,
}

/// What follows at a place.
enum Next {
    Frame(usize),
    Sealed,
    Unused,
}

impl<'a> State<'a> {
    pub(super) fn new(walk: Walk<'a>) -> Self {
        Self {
            walk,
            heads: Heads::default(),
            end: Place { segment: 1, offset: 0 },
            places: BTreeMap::new(),
            group: Vec::new(),
            read: Heads::default(),
            anchored: false,
            last: None,
            floor: Floor::default(),
        }
    }

    /// Walks all segments; answers what ended the walk, unless it was unused space.
    pub(super) fn segments(
        &mut self,
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Option<Finding>, StoreError> {
        let Walk { dir, log, before_segment, .. } = self.walk;
        let unsound = match floor::read(dir, log)? {
            Ok(floor) => self.stand_on(floor)?,
            Err(finding) => Some(finding),
        };
        if unsound.is_some() {
            return Ok(unsound);
        }
        let last = segment::list(dir, log)?.last().copied().unwrap_or_default();
        let mut number = self.floor.segment;
        while number < before_segment {
            let path = segment::path(dir, log, number);
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    let lost = self.missing(number, last)?;
                    if lost.is_some() || self.floor.segment <= number {
                        return Ok(lost);
                    }
                    number = self.floor.segment;
                    continue;
                }
                Err(error) => return Err(StoreError::io("read", &path)(error)),
            };
            match self.frames(number, &bytes, each)? {
                Ok(true) => number = number.saturating_add(1),
                Ok(false) => return Ok(None),
                Err(finding) => return Ok(Some(finding)),
            }
        }
        Ok(None)
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
        match decode(self.walk.log, bytes, BODY_MAX) {
            Ok(raw) => {
                let length = HEADER.saturating_add(raw.body.len());
                self.link(place, &raw).map(|()| Next::Frame(length))
            }
            Err(error) => Err(Finding::malformed(self.walk.log, place, error)),
        }
    }
}
