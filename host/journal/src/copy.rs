//! Taking in frames of another store's journal, byte for byte.
//!
//! They are checked against the chains of this store before anything of them is written, and they are
//! written as they came: a copy is never encoded again.

use std::sync::Arc;

use thiserror::Error;

use crate::acks::Ticket;
use crate::committer::Queued;
use crate::embedded::Embedded;
use crate::error::{AppendError, FindingCode};
use crate::frame::{Group, HEADER, Head, LogKind, Malformed, Place, Raw, Stored, decode};
use crate::heads::{Heads, Position};
use crate::options::BODY_MAX;
use crate::store::Appended;

/// Why frames were not taken.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{code} at byte {at} of what was sent: {message}")]
pub struct CopyFault {
    /// What kind.
    pub code: FindingCode,
    /// Where the frame begins in the bytes that were given.
    pub at: usize,
    /// One line for people.
    pub message: String,
}

/// Frames that continue the chains of a store.
#[derive(Debug)]
#[must_use = "what was checked is not yet written"]
pub struct Checked {
    /// The records, in the order of the log.
    pub records: Vec<Stored>,
    before: Heads,
    after: Heads,
    groups: Vec<Queued>,
}

impl Checked {
    /// Where the log stands with them.
    pub fn position(&self) -> Position {
        self.after.position()
    }
}

impl Embedded {
    /// Checks frames against the chains of this store: shape, checksum, number, link, whole groups.
    ///
    /// # Errors
    /// [`CopyFault`] at the first that does not hold.
    pub fn check_copied(&self, bytes: &[u8]) -> Result<Checked, CopyFault> {
        let before = self.heads();
        let after = before.clone();
        let mut checked = Checked { records: Vec::new(), before, after, groups: Vec::new() };
        let mut at = 0_usize;
        while at < bytes.len() {
            at = checked.group(bytes, at, self.group_max)?;
        }
        Ok(checked)
    }

    /// Appends checked frames if the store is still where they were checked against it.
    ///
    /// # Errors
    /// As [`crate::Store::append`].
    pub fn append_checked(&self, checked: Checked) -> Result<Appended, AppendError> {
        let Checked { before, after, groups, .. } = checked;
        let last = groups.last().ok_or(AppendError::FrameCount(0))?;
        let (chain, head) = (last.chain, last.group.head);
        let mut intake = self.room()?;
        if intake.heads != before {
            let (expected, actual) = (before.head(chain), intake.heads.head(chain));
            return Err(AppendError::Conflict { chain, expected, actual });
        }
        let more =
            groups.iter().map(|queued| queued.group.bytes.len()).fold(0, usize::saturating_add);
        let first = intake.queue.is_empty();
        intake.heads = after;
        intake.bytes = intake.bytes.saturating_add(more);
        intake.queue.extend(groups);
        let position = intake.heads.position();
        drop(intake);
        if first {
            self.shared.work.notify_one();
        }
        let ticket = Ticket::until(position.records, Arc::clone(&self.shared.acks));
        Ok(Appended { head, before: before.records(), position, ticket })
    }
}

impl Checked {
    /// Takes in the group that begins at `start`; answers where it ends.
    fn group(&mut self, bytes: &[u8], start: usize, group_max: usize) -> Result<usize, CopyFault> {
        let records = self.after.records();
        let mut at = start;
        let mut due: Option<(model::DivisionCode, u16)> = None;
        loop {
            let fault = |code, message: &str| CopyFault { code, at, message: message.to_owned() };
            let rest = bytes.get(at..).unwrap_or_default();
            let raw = decode(LogKind::Journal, rest, BODY_MAX).map_err(|error| match error {
                Malformed::Short(..) => fault(FindingCode::LostTail, "the frame is cut off"),
                Malformed::Bad(code, message, ..) => fault(code, message),
            })?;
            if due.is_some_and(|due| due != (raw.chain, raw.following)) {
                return Err(fault(FindingCode::SequenceGap, "frames of one append are missing"));
            }
            self.link(&raw, fault)?;
            at = at.saturating_add(HEADER).saturating_add(raw.body.len());
            if let Some(left) = raw.following.checked_sub(1) {
                due = Some((raw.chain, left));
                continue;
            }
            let whole = bytes.get(start..at).unwrap_or_default().to_vec();
            if whole.len() > group_max {
                let message = "an append is longer than a segment of this store may hold";
                let code = FindingCode::BadHeader;
                return Err(CopyFault { code, at: start, message: message.to_owned() });
            }
            let frames = self.after.records().saturating_sub(records);
            let group = Group { bytes: whole, head: self.after.head(raw.chain), frames };
            self.groups.push(Queued { chain: raw.chain, group });
            return Ok(at);
        }
    }

    fn link(
        &mut self,
        raw: &Raw<'_>,
        fault: impl Fn(FindingCode, &str) -> CopyFault,
    ) -> Result<(), CopyFault> {
        let head = self.after.head(raw.chain);
        if head.seq.checked_add(1) != Some(raw.seq) {
            return Err(fault(FindingCode::SequenceGap, "the frame is not the next of its chain"));
        }
        if head.hash != raw.prev {
            return Err(fault(FindingCode::HashMismatch, "the frame does not link to its chain"));
        }
        // The place is that of a record read alone: it lies nowhere yet.
        let place = Place { segment: 0, offset: 0 };
        self.records.push(raw.stored(self.after.records().saturating_add(1), place));
        self.after.advance(raw.chain, Head { seq: raw.seq, hash: raw.hash }, 1);
        Ok(())
    }
}
