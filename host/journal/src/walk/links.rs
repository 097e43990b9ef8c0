//! What a walk holds against what: a log against its floor, a frame against its chain, all against the anchor.

use super::state::State;
use crate::anchor;
use crate::error::{Finding, FindingCode, StoreError};
use crate::floor::{self, Floor};
use crate::frame::{Place, Raw};
use crate::segment;

impl State<'_> {
    /// Begins at a floor; a finding when nothing can stand on it.
    pub(super) fn stand_on(&mut self, floor: Floor) -> Result<Option<Finding>, StoreError> {
        self.heads = floor.heads.clone();
        self.read = floor.heads.clone();
        self.end = Place { segment: floor.segment, offset: 0 };
        self.places.clear();
        let records = floor.heads.records();
        self.floor = floor;
        if let Some(anchor) = self.walk.anchor
            && anchor.position.records < records
        {
            // Retention beside this walk may have come after the anchor was read; then a newer one is there.
            let path = self.walk.dir.join(self.walk.log.anchor());
            let newest = anchor::read_steady(&path)?.newest;
            let Some(newest) = newest.filter(|newest| records <= newest.position.records) else {
                let message = "the floor counts more records than were acknowledged";
                let finding = floor::finding(self.walk.log, FindingCode::HashMismatch, message);
                return Ok(Some(finding));
            };
            self.walk.anchor = Some(newest);
            if self.walk.records_max == anchor.position.records {
                self.walk.records_max = newest.position.records;
            }
        }
        Ok(self.at_anchor())
    }

    /// A segment is not there: the log ends before it, it was removed beside this walk, or it is lost.
    pub(super) fn missing(
        &mut self,
        number: u64,
        last: u64,
    ) -> Result<Option<Finding>, StoreError> {
        let floor = match floor::read(self.walk.dir, self.walk.log)? {
            Ok(floor) => floor,
            Err(finding) => return Ok(Some(finding)),
        };
        if floor.segment > number && self.floor.segment < floor.segment {
            return self.stand_on(floor);
        }
        let start = Place { segment: number, offset: 0 };
        let gone = || self.walk.finding(FindingCode::LostTail, start, "the segment is missing");
        Ok((number < last).then(gone))
    }

    /// Checks a frame against its chain and its group, and takes it in.
    pub(super) fn link(&mut self, place: Place, raw: &Raw<'_>) -> Result<(), Finding> {
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
            let message = format!(
                "its hash is not the one that record {} (`{}` byte {}) links to; one of the two was rewritten",
                raw.seq,
                segment::relative(self.walk.log, place.segment),
                place.offset
            );
            let before = self.places.get(&raw.chain).copied();
            if before.is_none() && head.seq > 0 {
                let finding = floor::finding(self.walk.log, FindingCode::HashMismatch, &message);
                return Err(Finding { chain: Some(raw.chain), seq: Some(head.seq), ..finding });
            }
            let before = before.unwrap_or(place);
            return Err(found(FindingCode::HashMismatch, before, head.seq, message));
        }
        let stored = raw.stored(self.read.records().saturating_add(1), place);
        self.read.record(&stored);
        self.places.insert(raw.chain, place);
        self.group.push(stored);
        Ok(())
    }

    /// At the anchor's record count, its digest must be that of the log.
    pub(super) fn at_anchor(&mut self) -> Option<Finding> {
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
