//! How frames that have their place get to the system.
//!
//! The lock is held for taking a place only, in memory. The write goes on without it, and whoever
//! writes also writes what was placed before and is not known to be written: the same bytes at the
//! same offset, so twice does no harm. So an answer never waits for another thread that was set aside
//! between its place and its write, and still everything before an answered record is in the log.
//!
//! A failed write takes back what no one wrote and ends all writing. Either it sees a later record as
//! written and keeps it, or that record's writer sees the failure and does not answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use model::DivisionCode;

use super::gate::{Gate, Writing};
use crate::error::{AppendError, Outage};
use crate::frame::{Head, Place};
use crate::writer::{Batch, Placed};

/// What is placed and not known to be written beyond which the next append writes it under the lock.
const PENDING_MAX: usize = 32;
const PENDING_BYTES_MAX: u64 = 1024 * 1024;

/// How far the log is written, as far as is known without the lock.
#[derive(Debug, Default)]
pub(super) struct Handed {
    /// Bytes of all frames up to the last of which all before are written too.
    upto: AtomicU64,
    failed: AtomicBool,
}

/// Frames on their way, with the bytes of all frames up to their end.
pub(super) struct OnItsWay {
    placed: Placed,
    upto: u64,
}

/// Frames on their way in the order of their places; all lie in the segment in use.
#[derive(Default)]
pub(super) struct Pending(VecDeque<Arc<OnItsWay>>);

impl Pending {
    /// Forgets what is written.
    fn prune(&mut self, upto: u64) {
        while self.0.front().is_some_and(|first| first.upto <= upto) {
            self.0.pop_front();
        }
    }

    fn is_full(&self) -> bool {
        let bytes = || self.0.iter().map(|it| it.placed.length()).sum::<u64>();
        self.0.len() >= PENDING_MAX || bytes() > PENDING_BYTES_MAX
    }

    /// What was placed before the last.
    pub(super) fn before(&self, last: &Arc<OnItsWay>) -> Vec<Arc<OnItsWay>> {
        self.0.iter().filter(|it| !Arc::ptr_eq(it, last)).map(Arc::clone).collect()
    }
}

impl Gate {
    /// Gives a batch its place.
    pub(super) fn place(
        &self,
        writing: &mut Writing,
        chain: DivisionCode,
        batch: Batch<'_>,
        length: usize,
        each: &mut dyn FnMut(Head, Place),
    ) -> Result<Arc<OnItsWay>, AppendError> {
        writing.pending.prune(self.handed.upto.load(Ordering::SeqCst));
        if writing.writer.rolls(length) || writing.pending.is_full() {
            self.settle(writing)?;
        }
        let placed = match writing.writer.place(chain, batch, length, each) {
            Ok(placed) => placed,
            Err(error) => return Err(self.failed(writing, &error).into()),
        };
        let counters = &mut writing.counters;
        counters.appended = counters.appended.saturating_add(placed.frames());
        counters.bytes = counters.bytes.saturating_add(placed.length());
        counters.unsynced_bytes = counters.unsynced_bytes.saturating_add(placed.length());
        let on_its_way = Arc::new(OnItsWay { placed, upto: counters.bytes });
        writing.pending.0.push_back(Arc::clone(&on_its_way));
        Ok(on_its_way)
    }

    /// Writes what was placed before, then the last; on return all of it survives a killed process.
    pub(super) fn hand_over(
        &self,
        before: &[Arc<OnItsWay>],
        last: &Arc<OnItsWay>,
    ) -> Result<(), AppendError> {
        let mut all = before.iter().chain([last]);
        if let Err(error) = all.try_for_each(|it| it.placed.write(self.disk.as_ref())) {
            return Err(self.failed(&mut self.lock(), &error).into());
        }
        self.handed.upto.fetch_max(last.upto, Ordering::SeqCst);
        if self.handed.failed.load(Ordering::SeqCst) {
            let outage = self.lock().outage.clone();
            return Err(outage.unwrap_or_else(Outage::closed).into());
        }
        Ok(())
    }

    /// Writes everything that is placed, under the lock.
    pub(super) fn settle(&self, writing: &mut Writing) -> Result<(), Outage> {
        writing.pending.prune(self.handed.upto.load(Ordering::SeqCst));
        let all: Vec<_> = writing.pending.0.iter().map(Arc::clone).collect();
        for it in all {
            if let Err(error) = it.placed.write(self.disk.as_ref()) {
                return Err(self.failed(writing, &error));
            }
            self.handed.upto.fetch_max(it.upto, Ordering::SeqCst);
        }
        writing.pending.0.clear();
        Ok(())
    }

    /// Ends all writing after a failed write, and takes back what is not known to be written.
    fn failed(&self, writing: &mut Writing, error: &std::io::Error) -> Outage {
        tracing::error!(%error, "a decision could not be written; no more are taken");
        let outage = writing.outage.get_or_insert(Outage::new("write the decision", error)).clone();
        self.handed.failed.store(true, Ordering::SeqCst);
        writing.pending.prune(self.handed.upto.load(Ordering::SeqCst));
        while let Some(last) = writing.pending.0.pop_back() {
            writing.writer.take_back(&last.placed);
            let counters = &mut writing.counters;
            counters.appended = counters.appended.saturating_sub(last.placed.frames());
            counters.bytes = counters.bytes.saturating_sub(last.placed.length());
            counters.unsynced_bytes = counters.unsynced_bytes.saturating_sub(last.placed.length());
        }
        // Whoever waits for room will get none.
        self.room.notify_all();
        outage
    }
}
