//! A search from the newest record down, segment by segment.
//!
//! Each segment is checked on its own, then held against the one above it: its seal says how many
//! records lie below that one, and its last record of a chain is the one that the next links to.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use model::DivisionCode;

use super::page::Page;
use super::{LOG, damaged};
use crate::anchor::Anchor;
use crate::error::{Finding, FindingCode, StoreError};
use crate::floor::{self, Floor};
use crate::frame::{Head, Stored};
use crate::segment;

pub(super) struct Backwards<'a> {
    dir: &'a Path,
    anchor: Anchor,
    floor: Floor,
    /// What the oldest record shown of each chain links to.
    joins: BTreeMap<DivisionCode, Head>,
}

type Flow = ControlFlow<()>;

impl<'a> Backwards<'a> {
    pub(super) fn new(dir: &'a Path, anchor: Anchor, floor: Floor) -> Self {
        Self { dir, anchor, floor, joins: BTreeMap::new() }
    }

    /// Shows the records; `None` when retention removed them all before one was shown.
    pub(super) fn run(
        mut self,
        each: &mut dyn FnMut(&Stored) -> Flow,
    ) -> Result<Option<Flow>, StoreError> {
        let Some(mut page) = self.newest()? else { return Ok(None) };
        let Some((mut start, mut below)) = self.start(&page)? else { return Ok(None) };
        self.reaches_anchor(&page, start)?;
        loop {
            self.join(&page)?;
            if page.show(start, each).is_break() {
                return Ok(Some(ControlFlow::Break(())));
            }
            if page.number <= self.floor.segment {
                self.ground(&page, start)?;
                return Ok(Some(ControlFlow::Continue(())));
            }
            let next = match below.take() {
                Some(next) => Some(next),
                None => self.sealed(page.number.saturating_sub(1))?,
            };
            let Some(next) = next else { return Ok(Some(ControlFlow::Continue(()))) };
            if next.sealed_at() != Some(start) {
                let message =
                    "the segment's seal does not count the records below the next segment";
                return Err(damaged(next.at_end(FindingCode::SequenceGap, message)));
            }
            start = start.saturating_sub(next.records());
            page = next;
        }
    }

    /// The newest segment with a record, or the oldest kept; `None` when it was removed meanwhile.
    fn newest(&mut self) -> Result<Option<Page>, StoreError> {
        let last = segment::list(self.dir, LOG)?.last().copied().unwrap_or_default();
        let mut number = last.max(self.floor.segment);
        loop {
            let Some(page) = self.load(number)? else { return Ok(None) };
            if !page.is_empty() || number <= self.floor.segment {
                return Ok(Some(page));
            }
            match page.defect {
                Some(finding) if number <= self.anchor.end.segment => return Err(damaged(finding)),
                _ => number = number.saturating_sub(1),
            }
        }
    }

    /// How many records lie below the newest segment, and the segment below when that tells it;
    /// `None` when both were removed meanwhile.
    fn start(&mut self, page: &Page) -> Result<Option<(u64, Option<Page>)>, StoreError> {
        if let Some(end) = page.sealed_at() {
            return Ok(Some((end.saturating_sub(page.records()), None)));
        }
        if page.number > self.floor.segment
            && let Some(below) = self.sealed(page.number.saturating_sub(1))?
        {
            return Ok(below.sealed_at().map(|end| (end, Some(below))));
        }
        let grounded = page.number == self.floor.segment;
        Ok(grounded.then(|| (self.floor.heads.records(), None)))
    }

    /// A closed segment; `None` when it was removed meanwhile.
    fn sealed(&mut self, number: u64) -> Result<Option<Page>, StoreError> {
        let Some(page) = self.load(number)? else { return Ok(None) };
        if let Some(finding) = page.defect {
            return Err(damaged(finding));
        }
        if page.sealed_at().is_none() {
            let message = "the segment ends without a seal, and another one follows";
            return Err(damaged(page.at_end(FindingCode::LostTail, message)));
        }
        Ok(Some(page))
    }

    fn load(&mut self, number: u64) -> Result<Option<Page>, StoreError> {
        let path = segment::path(self.dir, LOG, number);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(Page::read(number, bytes))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let floor = floor::sound(self.dir, LOG)?;
                if floor.segment > number && floor.segment > self.floor.segment {
                    self.floor = floor;
                    return Ok(None);
                }
                let nothing = self.anchor.position.records == 0;
                let empty = Page::read(number, Vec::new());
                if nothing && number == self.floor.segment {
                    return Ok(Some(empty));
                }
                Err(damaged(empty.at_end(FindingCode::LostTail, "the segment is missing")))
            }
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// What was acknowledged must all be there.
    fn reaches_anchor(&self, page: &Page, start: u64) -> Result<(), StoreError> {
        let end = start.saturating_add(page.records());
        if end >= self.anchor.position.records {
            return Ok(());
        }
        let finding = page.defect.clone().unwrap_or_else(|| {
            let message = format!(
                "the log ends here; {end} records hold up to here, {} were acknowledged",
                self.anchor.position.records
            );
            page.at_end(FindingCode::LostTail, &message)
        });
        Err(damaged(Finding {
            chain: finding.chain.or(self.anchor.last_chain),
            seq: finding.seq.or(Some(self.anchor.last_seq)),
            ..finding
        }))
    }

    /// Holds what was shown against the segment below it.
    fn join(&mut self, page: &Page) -> Result<(), StoreError> {
        for (chain, last) in &page.lasts {
            let Some(before) = self.joins.get(chain).filter(|before| *before != last) else {
                continue;
            };
            let message = "the next record of its chain, in a later segment, does not link to it";
            let finding = page.at_end(FindingCode::HashMismatch, message);
            return Err(damaged(Finding { chain: Some(*chain), seq: Some(before.seq), ..finding }));
        }
        self.joins.extend(page.firsts.iter().map(|(chain, before)| (*chain, *before)));
        Ok(())
    }

    /// Holds what was shown against the floor, unless the floor has risen meanwhile, and the floor
    /// with the oldest segment against what digests the heads of all chains.
    fn ground(&self, oldest: &Page, start: u64) -> Result<(), StoreError> {
        if oldest.number < self.floor.segment {
            return Ok(());
        }
        let mut heads = self.floor.heads.clone();
        let stands = start == heads.records()
            && self.joins.iter().all(|(chain, before)| heads.head(*chain) == *before);
        heads.advance_all(&oldest.lasts, oldest.records());
        let anchored =
            (self.anchor.position.records == heads.records()).then_some(self.anchor.position);
        let digested = oldest.sealed().or(anchored);
        if stands && digested.is_none_or(|position| position == heads.position()) {
            return Ok(());
        }
        let message = "the oldest records kept do not stand on the floor, or were rewritten";
        Err(damaged(floor::finding(LOG, FindingCode::HashMismatch, message)))
    }
}
