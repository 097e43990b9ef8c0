//! The committer: takes what appenders queued, and acknowledges a batch once it is safe and anchored.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use model::DivisionCode;

use crate::acks::Acks;
use crate::error::Outage;
use crate::frame::Group;
use crate::heads::Heads;
use crate::keeper::Beat;
use crate::options::SyncFailure;
use crate::writer::LogWriter;

#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) chain: DivisionCode,
    pub(crate) group: Group,
}

#[derive(Default)]
pub(crate) struct Intake {
    pub(crate) heads: Heads,
    pub(crate) queue: Vec<Queued>,
    pub(crate) bytes: usize,
    pub(crate) outage: Option<Outage>,
    pub(crate) closing: bool,
}

pub(crate) struct Shared {
    pub(crate) intake: Mutex<Intake>,
    pub(crate) work: Condvar,
    pub(crate) room: Condvar,
    pub(crate) acks: Arc<Acks>,
    pub(crate) beat: Beat,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Intake> {
        self.intake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// No write is taken or acknowledged from here on.
    pub(crate) fn fail(&self, outage: &Outage) {
        let mut intake = self.lock();
        intake.outage.get_or_insert_with(|| outage.clone());
        intake.queue.clear();
        intake.bytes = 0;
        drop(intake);
        self.room.notify_all();
        self.acks.fail(outage);
    }
}

/// Ends all writing should the committer itself be lost.
struct Watch<'a>(&'a Shared);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.fail(&Outage::closed());
    }
}

/// The committer's body: one thread writes and syncs for all appenders.
pub(crate) fn commit(
    shared: &Shared,
    mut writer: LogWriter,
    batch_max: usize,
    policy: SyncFailure,
) {
    let _watch = Watch(shared);
    let mut taken: Vec<Queued> = Vec::new();
    loop {
        let mut intake = shared.lock();
        while intake.queue.is_empty() && !intake.closing {
            intake = shared.work.wait(intake).unwrap_or_else(PoisonError::into_inner);
        }
        if intake.queue.is_empty() || intake.outage.is_some() {
            return;
        }
        std::mem::swap(&mut intake.queue, &mut taken);
        intake.bytes = 0;
        drop(intake);
        shared.room.notify_all();
        for batch in taken.chunks(batch_max) {
            if !commit_batch(shared, &mut writer, batch, policy) {
                return;
            }
        }
        taken.clear();
    }
}

/// Writes, syncs, anchors and only then acknowledges a batch; `false` once the store has failed.
fn commit_batch(
    shared: &Shared,
    writer: &mut LogWriter,
    batch: &[Queued],
    policy: SyncFailure,
) -> bool {
    let written = batch.iter().try_for_each(|queued| writer.push(queued.chain, &queued.group));
    if let Err(error) = written.and_then(|()| writer.flush()) {
        tracing::error!(%error, "a batch could not be written; the store takes no more writes");
        shared.fail(&Outage::new("write the record", &error));
        return false;
    }
    if let Err(error) = writer.sync() {
        sync_failed(shared, policy, "sync the record", &error);
        return false;
    }
    if let Err(error) = writer.write_anchor(writer.anchor()) {
        tracing::error!(%error, "the anchor could not be written; the store takes no more writes");
        shared.fail(&Outage::new("write the anchor", &error));
        return false;
    }
    shared.beat.due();
    shared.acks.settle(writer.heads().records());
    true
}

/// Ends the process or the writing, as the policy says.
pub(crate) fn sync_failed(
    shared: &Shared,
    policy: SyncFailure,
    doing: &str,
    error: &std::io::Error,
) {
    tracing::error!(%error, doing, "a sync failed; what the system holds in memory cannot be trusted");
    if policy == SyncFailure::Abort {
        std::process::abort();
    }
    shared.fail(&Outage::new(doing, error));
}
