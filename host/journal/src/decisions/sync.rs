//! The syncing of the decision log, in the background and on demand.

use std::sync::PoisonError;
use std::time::Duration;

use super::gate::Gate;
use crate::disk::FileRole;
use crate::error::Outage;
use crate::options::SyncFailure;

impl Gate {
    /// The thread's body: syncs some time after something was written, sooner when somebody waits,
    /// and once more at the end.
    pub(super) fn serve(&self, interval: Duration) {
        loop {
            let mut writing = self.lock();
            while writing.counters.unsynced_bytes == 0 && !writing.closing {
                writing.idle = true;
                writing = self.work.wait(writing).unwrap_or_else(PoisonError::into_inner);
            }
            writing.idle = false;
            let rest = self.work.wait_timeout_while(writing, interval, |writing| {
                !writing.closing && !writing.hurry
            });
            writing = rest.unwrap_or_else(PoisonError::into_inner).0;
            writing.hurry = false;
            let closing = writing.closing;
            drop(writing);
            if self.sync().is_err() || closing {
                return;
            }
        }
    }

    /// Makes everything written so far survive a power cut, then says so in the anchor. What was
    /// answered before a write failed is synced too; after a failed sync nothing is.
    pub(super) fn sync(&self) -> Result<(), Outage> {
        let _one = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writing = self.lock();
        if let (Some(_), Some(outage)) = (&writing.counters.last_sync_error, &writing.outage) {
            return Err(outage.clone());
        }
        // What cannot be written is taken back; the rest is synced all the same.
        drop(self.settle(&mut writing));
        if writing.counters.unsynced_bytes == 0 {
            return Ok(());
        }
        let covered = writing.writer.anchor();
        let bytes = writing.counters.bytes;
        let files = writing.writer.take_unsynced();
        drop(writing);
        let synced = files.iter().try_for_each(|file| self.disk.sync(file, FileRole::Segment));
        let anchored = synced
            .and_then(|()| self.lock().writer.write_anchor(covered))
            .and_then(|()| self.disk.sync(&self.anchor, FileRole::Anchor));
        let Err(error) = anchored else {
            let mut writing = self.lock();
            let counters = &mut writing.counters;
            counters.unsynced_bytes = counters.bytes.saturating_sub(bytes);
            counters.syncs = counters.syncs.saturating_add(1);
            drop(writing);
            self.room.notify_all();
            return Ok(());
        };
        tracing::error!(%error, "the decision log could not be synced");
        if self.policy == SyncFailure::Abort {
            std::process::abort();
        }
        let mut writing = self.lock();
        writing.counters.last_sync_error = Some(error.to_string());
        let outage = Outage::new("sync the decision log", &error);
        let outage = writing.outage.get_or_insert(outage).clone();
        drop(writing);
        self.room.notify_all();
        Err(outage)
    }
}
