//! The way into the decision log: a lock to take a place behind the others, a write without it, and a
//! bound on what waits for its sync.
//!
//! There is no queue: an append is encoded and written on the caller's own thread, see `handing`.
//! Memory is bounded by the appends under way (each at most 64 MiB; more than 1 MiB of them waits) and
//! one head per chain; what the system holds unsynced is bounded by `unsynced_bytes_max`, so open
//! files of full segments are too.

use std::fs::File;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::DivisionCode;

use super::handing::{Handed, Pending};
use super::options::{DecisionOptions, Full};
use crate::disk::Disk;
use crate::error::{AppendError, Outage};
use crate::frame::{HEADER, Head, Place};
use crate::options::{QUEUE_BYTES, SyncFailure};
use crate::segment::SEAL;
use crate::writer::{Batch, LogWriter};

/// Full segments that may wait for their sync, each an open file.
const UNSYNCED_SEGMENTS: usize = 64;
/// How often an append looks again for a segment that is being made.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Frames of one append, as in the journal.
const FRAMES_MAX: usize = 65_536;

/// What the decision log did since it was opened.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DecisionCounters {
    /// Records that have their place. Less again after a failed write, which ends all writing.
    pub appended: u64,
    /// Bytes of them, headers and bodies.
    pub bytes: u64,
    /// Of these bytes, those that a power cut could still lose.
    pub unsynced_bytes: u64,
    /// Appends that had to wait for the disk, whether they were written in the end or not.
    pub waits: u64,
    /// Appends that were answered with an error, whichever.
    pub refused: u64,
    /// Of these, the ones that were refused as [`AppendError::Busy`].
    pub busy: u64,
    /// Syncs that succeeded.
    pub syncs: u64,
    /// What the system said when a sync failed last.
    pub last_sync_error: Option<String>,
}

pub(super) struct Writing {
    pub(super) writer: LogWriter,
    /// Placed, and perhaps not written yet.
    pub(super) pending: Pending,
    pub(super) outage: Option<Outage>,
    pub(super) counters: DecisionCounters,
    /// Nothing waits for a sync and the syncing thread sleeps until it is woken.
    pub(super) idle: bool,
    /// Somebody waits for the sync: it begins before its time.
    pub(super) hurry: bool,
    pub(super) closing: bool,
}

/// Whether an append may wait for the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Patience {
    /// As long as the options say.
    Configured,
    /// Not at all: where the options let it wait, it is left undone and not counted.
    None,
}

/// What an append may be, and what may wait.
pub(super) struct Limits {
    pub(super) body_max: usize,
    group_max: usize,
    unsynced_bytes_max: u64,
    full: Full,
}

impl Limits {
    pub(super) fn new(options: &DecisionOptions) -> Self {
        let room = usize::try_from(options.segment_bytes).unwrap_or(usize::MAX);
        let group_max = room.saturating_sub(SEAL).min(QUEUE_BYTES);
        Self {
            body_max: group_max.saturating_sub(HEADER).min(4 * 1024 * 1024),
            group_max,
            unsynced_bytes_max: options.unsynced_bytes_max,
            full: options.full,
        }
    }

    /// The bytes of a batch's frames, when one append may hold them.
    fn length(&self, bodies: &[&[u8]]) -> Result<usize, AppendError> {
        if bodies.is_empty() || bodies.len() > FRAMES_MAX {
            return Err(AppendError::FrameCount(bodies.len()));
        }
        let mut total = 0_usize;
        for body in bodies {
            if body.len() > self.body_max {
                return Err(AppendError::TooLarge { length: body.len(), max: self.body_max });
            }
            total = total.saturating_add(HEADER).saturating_add(body.len());
        }
        if total > self.group_max {
            return Err(AppendError::TooLarge { length: total, max: self.group_max });
        }
        Ok(total)
    }
}

/// Shared between appenders and the syncing thread.
pub(super) struct Gate {
    pub(super) writing: Mutex<Writing>,
    pub(super) handed: Handed,
    /// Wakes the syncing thread.
    pub(super) work: Condvar,
    /// Wakes appends that wait for a sync.
    pub(super) room: Condvar,
    /// One sync at a time, so that anchors are written in their order.
    pub(super) syncing: Mutex<()>,
    pub(super) limits: Limits,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) anchor: File,
    pub(super) policy: SyncFailure,
}

impl Gate {
    pub(super) fn lock(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a batch behind the head of its chain; `each` sees every record's head and place. `false`
    /// when it would have to wait and may not; nothing is written then.
    pub(super) fn append(
        &self,
        chain: DivisionCode,
        batch: Batch<'_>,
        patience: Patience,
        each: &mut dyn FnMut(Head, Place),
    ) -> Result<bool, AppendError> {
        let written = self.try_append(chain, batch, patience, each);
        if let Err(error) = &written {
            let mut writing = self.lock();
            let counters = &mut writing.counters;
            counters.refused = counters.refused.saturating_add(1);
            let busy = u64::from(*error == AppendError::Busy);
            counters.busy = counters.busy.saturating_add(busy);
        }
        written
    }

    fn try_append(
        &self,
        chain: DivisionCode,
        batch: Batch<'_>,
        patience: Patience,
        each: &mut dyn FnMut(Head, Place),
    ) -> Result<bool, AppendError> {
        let length = self.limits.length(batch.bodies)?;
        let (mut writing, admitted) = self.admit(self.lock(), length, patience);
        if !admitted? {
            return Ok(false);
        }
        let placed = self.place(&mut writing, chain, batch, length, each)?;
        // At most one wake-up per sync: while one is due the thread sleeps on a clock.
        if std::mem::take(&mut writing.idle) {
            self.work.notify_one();
        }
        let before = writing.pending.before(&placed);
        drop(writing);
        self.hand_over(&before, &placed).map(|()| true)
    }

    /// Waits until a batch may be written, as long as the policy says; `false` when it may not wait.
    fn admit<'a>(
        &'a self,
        mut writing: MutexGuard<'a, Writing>,
        length: usize,
        patience: Patience,
    ) -> (MutexGuard<'a, Writing>, Result<bool, AppendError>) {
        let mut began: Option<Instant> = None;
        loop {
            if let Some(outage) = &writing.outage {
                let refusal = AppendError::Unavailable(outage.clone());
                return (writing, Err(refusal));
            }
            let Some(pause) = self.pause(&mut writing, length, patience) else {
                return (writing, Ok(true));
            };
            let Full::Wait { at_most } = self.limits.full else {
                return (writing, Err(AppendError::Busy));
            };
            if patience == Patience::None {
                return (writing, Ok(false));
            }
            let began = *began.get_or_insert_with(|| {
                writing.counters.waits = writing.counters.waits.saturating_add(1);
                Instant::now()
            });
            let left = at_most.saturating_sub(began.elapsed());
            if left.is_zero() {
                return (writing, Err(AppendError::Busy));
            }
            let waited = self.room.wait_timeout(writing, left.min(pause));
            writing = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How long a batch had better wait before it looks again; `None` when it may be written now.
    fn pause(&self, writing: &mut Writing, length: usize, patience: Patience) -> Option<Duration> {
        let rolls = writing.writer.rolls(length);
        let unsynced = writing.counters.unsynced_bytes;
        let with_it = unsynced.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        let full = unsynced > 0 && with_it > self.limits.unsynced_bytes_max;
        if full || (rolls && writing.writer.unsynced_segments() >= UNSYNCED_SEGMENTS) {
            if !std::mem::replace(&mut writing.hurry, true) {
                self.work.notify_one();
            }
            return Some(Duration::MAX);
        }
        // A segment that could not be made is tried once more by whoever needs it, which takes time.
        let moves_on = match patience {
            Patience::Configured => writing.writer.next_is_settled(),
            Patience::None => writing.writer.next_is_ready(),
        };
        (rolls && !moves_on).then_some(LOOK_AGAIN)
    }

    /// Whether [`Self::append`] without patience would be tried now: it has room, or cannot wait for any.
    pub(super) fn has_room(&self, length: usize) -> bool {
        let mut writing = self.lock();
        writing.outage.is_some()
            || self.limits.full == Full::Refuse
            || self.pause(&mut writing, length, Patience::None).is_none()
    }

    /// How long an append may wait.
    pub(super) fn patience(&self) -> Duration {
        match self.limits.full {
            Full::Wait { at_most } => at_most,
            Full::Refuse => Duration::ZERO,
        }
    }
}
