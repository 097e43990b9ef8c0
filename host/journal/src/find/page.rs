//! One segment of the decision log, read as far as it holds on its own.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use model::DivisionCode;

use super::LOG;
use crate::error::{Finding, FindingCode};
use crate::frame::{HEADER, Head, Place, Raw, Stored, decode};
use crate::heads::Position;
use crate::options::BODY_MAX;
use crate::segment::Seal;

/// The whole appends of a segment, each frame checked and linked to the one before it in its chain.
pub(super) struct Page {
    pub(super) number: u64,
    bytes: Vec<u8>,
    /// Where the frames of whole appends begin.
    starts: Vec<usize>,
    /// Where they end.
    end: usize,
    /// Of each chain, what its first frame here links to.
    pub(super) firsts: BTreeMap<DivisionCode, Head>,
    /// Of each chain, its last frame here.
    pub(super) lasts: BTreeMap<DivisionCode, Head>,
    seal: Option<Seal>,
    /// What ended the reading, unless it was the seal or unused space.
    pub(super) defect: Option<Finding>,
}

impl Page {
    pub(super) fn read(number: u64, bytes: Vec<u8>) -> Self {
        let mut page = Self {
            number,
            bytes: Vec::new(),
            starts: Vec::new(),
            end: 0,
            firsts: BTreeMap::new(),
            lasts: BTreeMap::new(),
            seal: None,
            defect: None,
        };
        page.defect = page.frames(&bytes).err();
        page.bytes = bytes;
        page
    }

    fn frames(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        let mut at = 0_usize;
        let mut group: Vec<(usize, DivisionCode, Head, Head)> = Vec::new();
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.iter().take(4).all(|byte| *byte == 0) {
                return Ok(());
            }
            if Seal::begins(rest) {
                self.seal = Seal::decode(rest).filter(|seal| seal.segment == self.number);
                let message = "the segment's seal does not fit it";
                let finding = || self.finding(FindingCode::CrcMismatch, at, message);
                return self.seal.map(|_| ()).ok_or_else(finding);
            }
            let raw = decode(LOG, rest, BODY_MAX)
                .map_err(|error| Finding::malformed(LOG, self.place(at), error))?;
            let before = Head { seq: raw.seq.saturating_sub(1), hash: raw.prev };
            group.push((at, raw.chain, before, Head { seq: raw.seq, hash: raw.hash }));
            at = at.saturating_add(HEADER).saturating_add(raw.body.len());
            if raw.following > 0 {
                continue;
            }
            for (start, chain, before, head) in group.drain(..) {
                if self.lasts.get(&chain).is_some_and(|last| *last != before) {
                    let message = "it does not link to the record before it in its chain";
                    return Err(self.finding(FindingCode::HashMismatch, start, message));
                }
                self.firsts.entry(chain).or_insert(before);
                self.lasts.insert(chain, head);
                self.starts.push(start);
            }
            self.end = at;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    pub(super) fn records(&self) -> u64 {
        u64::try_from(self.starts.len()).unwrap_or(u64::MAX)
    }

    /// Records in the log up to the seal; `None` without one.
    pub(super) fn sealed_at(&self) -> Option<u64> {
        self.sealed().map(|position| position.records)
    }

    /// Where the log stands at the seal.
    pub(super) fn sealed(&self) -> Option<Position> {
        self.seal.map(|seal| seal.position)
    }

    /// Shows the records from the last to the first; `before` is the number of records below them.
    pub(super) fn show(
        &self,
        before: u64,
        each: &mut dyn FnMut(&Stored) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut record = before.saturating_add(self.records());
        for start in self.starts.iter().rev() {
            if let Some(raw) = self.raw(*start) {
                each(&raw.stored(record, self.place(*start)))?;
            }
            record = record.saturating_sub(1);
        }
        ControlFlow::Continue(())
    }

    /// A frame that was read before; it decodes again.
    fn raw(&self, start: usize) -> Option<Raw<'_>> {
        decode(LOG, self.bytes.get(start..)?, BODY_MAX).ok()
    }

    fn place(&self, offset: usize) -> Place {
        Place { segment: self.number, offset: u64::try_from(offset).unwrap_or(u64::MAX) }
    }

    /// A finding where the whole appends end.
    pub(super) fn at_end(&self, code: FindingCode, message: &str) -> Finding {
        self.finding(code, self.end, message)
    }

    fn finding(&self, code: FindingCode, offset: usize, message: &str) -> Finding {
        Finding::at(LOG, self.place(offset), code, message)
    }
}
