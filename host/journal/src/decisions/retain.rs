//! Retention: the oldest whole segments of the decision log are removed, the rest still holds.

use std::ops::Range;
use std::sync::PoisonError;

use model::Minute;

use super::DecisionLog;
use crate::error::{Stop, StoreError};
use crate::floor::{self, Floor, RetainedFrom};
use crate::frame::{LogKind, Stored};
use crate::recover::retire;
use crate::walk::Walk;

/// What is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retain {
    /// So many of the newest segments stay whatever their age, the one in use among them. The one
    /// in use always stays.
    pub newest_segments_min: u64,
    /// A segment stays when it holds a record of this time or later, and so do all after it.
    pub not_before: Minute,
}

/// What a retention did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retained {
    /// Segments removed, those that an interrupted retention had left among them.
    pub segments: u64,
    /// Records removed.
    pub records: u64,
    /// Where the log begins now; `None` while it is whole.
    pub from: Option<RetainedFrom>,
}

impl DecisionLog {
    /// Removes whole closed segments from the log's beginning whose newest record is older than
    /// `keep.not_before`. Checks them on the way; appends go on meanwhile. It reads what it removes
    /// once, on the caller's thread.
    ///
    /// The heads that the rest stands on are made safe before the first segment goes, so that
    /// opening, reading and verifying hold at any time; a retention that was interrupted is ended
    /// by the next one, or by the next open.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a segment to remove does not hold, nothing is removed then;
    /// [`StoreError::Io`]; [`StoreError::Unavailable`] when the log cannot be synced.
    pub fn retain(&self, keep: Retain) -> Result<Retained, StoreError> {
        let _one = self.retaining.lock().unwrap_or_else(PoisonError::into_inner);
        let log = LogKind::Decisions;
        let current = self.gate.lock().writer.segment();
        // Every segment before the one in use is then under the anchor too.
        self.gate.sync()?;
        let mut floor = floor::sound(&self.dir, log)?;
        let end = current.saturating_sub(keep.newest_segments_min.max(1).saturating_sub(1));
        let before = floor.heads.records();
        if let Some(risen) = self.sweep(&floor, floor.segment..end, keep.not_before)? {
            let path = self.dir.join(log.floor().unwrap_or_default());
            floor::write(self.gate.disk.as_ref(), &path, &risen)
                .map_err(StoreError::io("write the floor", &path))?;
            floor = risen;
        }
        let segments = retire(&self.dir, log, floor.segment, self.gate.disk.as_ref())?;
        let records = floor.heads.records().saturating_sub(before);
        Ok(Retained { segments, records, from: floor.retained_from() })
    }

    /// The highest floor below which every record is older than `not_before`, among `segments`.
    fn sweep(
        &self,
        floor: &Floor,
        segments: Range<u64>,
        not_before: Minute,
    ) -> Result<Option<Floor>, StoreError> {
        if segments.is_empty() {
            return Ok(None);
        }
        let mut under = floor.clone();
        let mut risen = None;
        let mut met = false;
        let walk =
            Walk { before_segment: segments.end, ..Walk::new(&self.dir, LogKind::Decisions) };
        let walked = walk.run(&mut |stored: Stored| {
            if stored.place.segment > under.segment {
                under.segment = stored.place.segment;
                risen = Some(under.clone());
            }
            if stored.recorded_at >= not_before {
                met = true;
                return Err(Stop::from("a record that is kept"));
            }
            under.newest = newest(&under, stored.recorded_at);
            under.heads.record(&stored);
            Ok(())
        });
        match walked {
            Err(StoreError::Stopped(_)) if met => Ok(risen),
            Err(error) => Err(error),
            Ok(walked) => match walked.defect {
                Some(finding) => Err(StoreError::Damaged(Box::new(finding))),
                None => Ok(Some(Floor { segment: segments.end, ..under })),
            },
        }
    }
}

/// The newest time below a floor with one more record; the ground has none yet.
fn newest(floor: &Floor, recorded_at: Minute) -> Minute {
    if floor.heads.records() == 0 { recorded_at } else { floor.newest.max(recorded_at) }
}
