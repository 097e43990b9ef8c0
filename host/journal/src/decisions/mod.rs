//! The decision log: what was answered to whom and why, written before the answer goes out.
//!
//! An append returns after `write(2)`, so a killed process loses nothing. A sync runs in the
//! background: a power cut loses at most what was written within the interval (200 ms by default)
//! plus the time of the sync under way, and never more than `unsynced_bytes_max`. The anchor here
//! covers only what was synced, so a loss within that bound is no damage, and a cut behind it is seen.
//!
//! What may not be written is refused and counted, never dropped: see [`Full`] and [`DecisionCounters`].

mod gate;
mod handing;
mod options;
mod retain;
mod sync;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use model::{DivisionCode, Minute};

pub use self::gate::DecisionCounters;
use self::gate::{Gate, Limits, Patience, Writing};
use self::handing::{Handed, Pending};
pub use self::options::{DecisionOptions, Full};
pub use self::retain::{Retain, Retained};
use crate::disk::{make_dir, take_lock};
use crate::embedded::Health;
use crate::error::{AppendError, Outage, Stop, StoreError};
use crate::frame::{Frame, HEADER, Head, LogKind, Place, Stored};
use crate::heads::Position;
use crate::keeper::{Spares, start};
use crate::recover::{self, Recovery};
use crate::walk::Walk;
use crate::writer::{Batch, LogWriter};

/// A record that was written: its chain with it, and where it lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// The chain's head with this record.
    pub head: Head,
    /// Where the record is; [`crate::read_at`] finds it there while it is kept.
    pub place: Place,
}

/// The decision log of a store directory, held by this process alone.
pub struct DecisionLog {
    gate: Arc<Gate>,
    spares: Arc<Spares>,
    threads: Vec<JoinHandle<()>>,
    dir: PathBuf,
    recovery: Recovery,
    /// One retention at a time.
    retaining: Mutex<()>,
    _lock: File,
}

impl std::fmt::Debug for DecisionLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DecisionLog").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl DecisionLog {
    /// Opens the decision log below a store directory (`decisions/`), making it when it is not there.
    ///
    /// # Errors
    /// As [`crate::Embedded::open`].
    pub fn open(dir: &Path, options: DecisionOptions) -> Result<Self, StoreError> {
        options.check()?;
        let folder = dir.join(LogKind::Decisions.folder());
        make_dir(&folder)?;
        let lock = take_lock(&folder)?;
        let limits = Limits::new(&options);
        let DecisionOptions { segment_bytes, sync_interval, disk, .. } = options;
        let opened = recover::open(dir, LogKind::Decisions, segment_bytes, &disk)?;
        let recovery = opened.recovery.clone();
        let writer =
            LogWriter::new(opened, Arc::clone(&disk), dir, LogKind::Decisions, segment_bytes);
        let anchor = writer.anchor_file().map_err(StoreError::io("open the anchor of", &folder))?;
        let spares = writer.spares();
        let gate = Arc::new(Gate {
            writing: Mutex::new(Writing {
                writer,
                pending: Pending::default(),
                outage: None,
                counters: DecisionCounters::default(),
                idle: false,
                hurry: false,
                closing: false,
            }),
            handed: Handed::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            syncing: Mutex::new(()),
            limits,
            disk,
            anchor,
            policy: options.on_sync_failure,
        });
        let mut log = Self {
            gate: Arc::clone(&gate),
            spares: Arc::clone(&spares),
            threads: Vec::new(),
            dir: dir.to_owned(),
            recovery,
            retaining: Mutex::new(()),
            _lock: lock,
        };
        log.threads.push(start("decision-spares", move || spares.serve())?);
        log.threads.push(start("decision-sync", move || gate.serve(sync_interval))?);
        Ok(log)
    }

    /// What opening found.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Why the log takes no more decisions, if so; a decision that cannot be written must not be answered.
    pub fn outage(&self) -> Option<Outage> {
        self.gate.lock().outage.clone()
    }

    /// Whether the log takes decisions, and will when its present segment is full.
    pub fn health(&self) -> Health {
        Health { outage: self.outage(), next_segment: self.spares.failure() }
    }

    /// What the log did since it was opened.
    pub fn counters(&self) -> DecisionCounters {
        self.gate.lock().counters.clone()
    }

    /// Where the log stands.
    pub fn position(&self) -> Position {
        self.settled().writer.heads().position()
    }

    /// With everything written that has its place. After a failed write that is not all that was
    /// asked for, and nothing more is taken.
    fn settled(&self) -> MutexGuard<'_, Writing> {
        let mut writing = self.gate.lock();
        drop(self.gate.settle(&mut writing));
        writing
    }

    /// Writes one decision behind the others of its chain; it survives a killed process on return.
    ///
    /// # Errors
    /// As [`Self::append_body`].
    pub fn append(&self, chain: DivisionCode, frame: Frame) -> Result<Head, AppendError> {
        let Frame { kind, recorded_at, body } = frame;
        self.append_body(chain, kind, recorded_at, &body).map(|written| written.head)
    }

    /// Writes one decision behind the others of its chain; it survives a killed process on return.
    ///
    /// # Errors
    /// [`AppendError::TooLarge`]; [`AppendError::Busy`] when too much waits for the disk, see
    /// [`Full`]; [`AppendError::Unavailable`] after a failed write or sync, for good.
    pub fn append_body(
        &self,
        chain: DivisionCode,
        kind: u16,
        recorded_at: Minute,
        body: &[u8],
    ) -> Result<Written, AppendError> {
        let batch = Batch { kind, recorded_at, bodies: &[body] };
        let written = self.one(chain, batch, Patience::Configured)?;
        written.ok_or(AppendError::Busy)
    }

    /// As [`Self::append_body`], for threads that must not wait: `None` when it would have to, and
    /// nothing is written or counted then.
    ///
    /// # Errors
    /// As [`Self::append_body`]; [`AppendError::Busy`] only where the options let nobody wait.
    pub fn append_now(
        &self,
        chain: DivisionCode,
        kind: u16,
        recorded_at: Minute,
        body: &[u8],
    ) -> Result<Option<Written>, AppendError> {
        self.one(chain, Batch { kind, recorded_at, bodies: &[body] }, Patience::None)
    }

    /// Whether [`Self::append_now`] would do something about a body of this length.
    pub fn has_room(&self, body: usize) -> bool {
        self.gate.has_room(body.saturating_add(HEADER))
    }

    /// How long an append may wait for room; nothing where it may not.
    pub fn patience(&self) -> Duration {
        self.gate.patience()
    }

    /// Counts one that waits for room by itself, between two [`Self::append_now`].
    pub fn waits(&self) {
        let counters = &mut self.gate.lock().counters;
        counters.waits = counters.waits.saturating_add(1);
    }

    /// Counts one that found no room in its time, and answers what it is told.
    pub fn refuse(&self) -> AppendError {
        let counters = &mut self.gate.lock().counters;
        counters.refused = counters.refused.saturating_add(1);
        counters.busy = counters.busy.saturating_add(1);
        AppendError::Busy
    }

    fn one(
        &self,
        chain: DivisionCode,
        batch: Batch<'_>,
        patience: Patience,
    ) -> Result<Option<Written>, AppendError> {
        let mut written = None;
        let each = &mut |head, place| written = Some(Written { head, place });
        let done = self.gate.append(chain, batch, patience, each)?;
        Ok(written.filter(|_| done))
    }

    /// Writes decisions that belong together with one write: after a crash all are there or none.
    /// They must fit one segment; up to 65536 bodies.
    ///
    /// # Errors
    /// As [`Self::append_body`], and [`AppendError::FrameCount`]; nothing is written then.
    pub fn append_many(
        &self,
        chain: DivisionCode,
        kind: u16,
        recorded_at: Minute,
        bodies: &[&[u8]],
    ) -> Result<Vec<Written>, AppendError> {
        let mut written = Vec::with_capacity(bodies.len());
        let batch = Batch { kind, recorded_at, bodies };
        let each = &mut |head, place| written.push(Written { head, place });
        self.gate.append(chain, batch, Patience::Configured, each)?;
        Ok(written)
    }

    /// Makes every decision written so far survive a power cut, without waiting for the interval.
    ///
    /// # Errors
    /// The outage after a failed sync; see [`crate::SyncFailure`] for what else that does.
    pub fn sync(&self) -> Result<(), Outage> {
        self.gate.sync()
    }

    /// Reads every decision that was written so far and is kept, in order, checking it again.
    ///
    /// # Errors
    /// As [`crate::Store::scan`].
    pub fn scan(
        &self,
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Position, StoreError> {
        let records_max = self.settled().writer.heads().records();
        let walk = Walk { records_max, ..Walk::new(&self.dir, LogKind::Decisions) };
        let walked = walk.run(each)?;
        match walked.defect {
            Some(finding) => Err(StoreError::Damaged(Box::new(finding))),
            None => Ok(walked.heads.position()),
        }
    }
}

impl Drop for DecisionLog {
    /// Syncs what was written and lets go of the directory.
    fn drop(&mut self) {
        self.spares.close();
        self.gate.lock().closing = true;
        self.gate.work.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the decision log ended in a panic");
            }
        }
    }
}
