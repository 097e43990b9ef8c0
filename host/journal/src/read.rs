//! Reading a store directory without opening it, for read-only commands beside a running server.

use std::path::Path;

use crate::anchor::{self, Anchor};
use crate::error::{Finding, Stop, StoreError};
use crate::frame::{LogKind, Stored};
use crate::heads::Position;
use crate::recover::anchor_missing;
use crate::segment;
use crate::walk::Walk;

/// Reads every acknowledged record of the journal, checking it, without opening the store; works
/// beside a running server. Answers the position reached.
///
/// # Errors
/// [`StoreError::Damaged`] where the record does not hold, [`StoreError::Stopped`] when the callback ends it.
pub fn read_all(
    dir: &Path,
    each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
) -> Result<Position, StoreError> {
    read_log(dir, LogKind::Journal, each)
}

/// Reads every synced decision in order, as [`read_all`] does for the journal.
///
/// # Errors
/// As [`read_all`].
pub fn read_decisions(
    dir: &Path,
    each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
) -> Result<Position, StoreError> {
    read_log(dir, LogKind::Decisions, each)
}

/// Reads the acknowledged part of one log.
pub(crate) fn read_log(
    dir: &Path,
    log: LogKind,
    each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
) -> Result<Position, StoreError> {
    let anchor = match anchor_of(dir, log, &mut Vec::new())? {
        Ok(Some(anchor)) => anchor,
        Ok(None) => return Ok(Position::default()),
        Err(finding) => return Err(StoreError::Damaged(Box::new(finding))),
    };
    let records_max = anchor.position.records;
    let walk = Walk { records_max, anchor: Some(anchor), ..Walk::new(dir, log) };
    let walked = walk.run(each)?;
    match walked.broken(log, &anchor) {
        Some(finding) => Err(StoreError::Damaged(Box::new(finding))),
        None => Ok(walked.heads.position()),
    }
}

/// The anchor, or a finding when there are segments without one; `None` for a log not yet begun.
pub(crate) fn anchor_of(
    dir: &Path,
    log: LogKind,
    notes: &mut Vec<String>,
) -> Result<Result<Option<Anchor>, Finding>, StoreError> {
    let slots = anchor::read_steady(&dir.join(log.anchor()))?;
    if slots.damaged > 0 && slots.newest.is_some() {
        notes
            .push(format!("one slot of `{}` cannot be read; the other one was used", log.anchor()));
    }
    Ok(match slots.newest {
        Some(newest) => Ok(Some(newest)),
        None if slots.damaged > 0 || !segment::list(dir, log)?.is_empty() => {
            Err(anchor_missing(log))
        }
        None => Ok(None),
    })
}
