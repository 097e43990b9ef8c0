//! The embedded store: all chains in one preallocated log, one thread that writes and syncs for all.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use model::DivisionCode;

use crate::acks::{Acks, Ticket};
use crate::committer::{Intake, Queued, Shared, commit, sync_failed};
use crate::disk::{FileRole, make_dir, take_lock};
use crate::error::{AppendError, Outage, Stop, StoreError};
use crate::feed::Cursors;
use crate::frame::{Frame, HEADER, Head, LogKind, Stored, encode};
use crate::heads::{Heads, Position};
use crate::keeper::{Beat, Spares, start};
use crate::options::{Options, QUEUE_BYTES};
use crate::recover::{self, Recovery};
use crate::store::{Appended, Store};
use crate::walk::Walk;
use crate::writer::LogWriter;

/// Whether the store takes writes, for a readiness report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    /// Why it takes no more writes.
    pub outage: Option<Outage>,
    /// Why the next segment cannot be made ready; writes go on until the present one is full.
    pub next_segment: Option<String>,
}

/// The store in a directory, held by this process alone.
pub struct Embedded {
    pub(crate) shared: Arc<Shared>,
    pub(crate) cursors: Cursors,
    spares: Arc<Spares>,
    threads: Vec<JoinHandle<()>>,
    dir: PathBuf,
    body_max: u32,
    pub(crate) group_max: usize,
    recovery: Recovery,
    _lock: File,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").field("dir", &self.dir).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Opens a store directory, making it when it is not there.
    ///
    /// # Errors
    /// [`StoreError::AlreadyOpen`]; [`StoreError::Damaged`] with the place when an acknowledged record
    /// does not hold or is missing; [`StoreError::Io`]; [`StoreError::Options`].
    pub fn open(dir: &Path, options: Options) -> Result<Self, StoreError> {
        options.check()?;
        make_dir(dir)?;
        let lock = take_lock(dir)?;
        let opened = recover::open(dir, LogKind::Journal, options.segment_bytes, &options.disk)?;
        let recovery = opened.recovery.clone();
        let heads = opened.heads.clone();
        let (body_max, group_max) = (options.body_max, options.group_max());
        let disk = options.disk;
        let writer =
            LogWriter::new(opened, Arc::clone(&disk), dir, LogKind::Journal, options.segment_bytes);
        let anchor = writer.anchor_file().map_err(StoreError::io("open the anchor of", dir))?;
        let spares = writer.spares();
        let shared = Arc::new(Shared {
            acks: Arc::new(Acks::starting_at(heads.records())),
            intake: Mutex::new(Intake { heads, ..Intake::default() }),
            work: Condvar::new(),
            room: Condvar::new(),
            beat: Beat::default(),
        });
        let mut store = Self {
            shared: Arc::clone(&shared),
            cursors: Cursors::default(),
            spares: Arc::clone(&spares),
            threads: Vec::new(),
            dir: dir.to_owned(),
            body_max,
            group_max,
            recovery,
            _lock: lock,
        };
        let (interval, policy) = (options.anchor_interval, options.on_sync_failure);
        let beat = Arc::clone(&shared);
        store.threads.push(start("journal-committer", move || {
            commit(&shared, writer, options.batch_max, policy);
        })?);
        store.threads.push(start("journal-spares", move || spares.serve())?);
        store.threads.push(start("journal-anchor", move || {
            beat.beat.serve(interval, || match disk.sync(&anchor, FileRole::Anchor) {
                Ok(()) => true,
                Err(error) => {
                    sync_failed(&beat, policy, "sync the anchor", &error);
                    false
                }
            });
        })?);
        Ok(store)
    }

    /// What opening found.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Whether the store takes writes.
    pub fn health(&self) -> Health {
        Health { outage: self.shared.acks.outage(), next_segment: self.spares.failure() }
    }

    /// The heads of all chains, counting appends that are not yet safe.
    pub fn heads(&self) -> Heads {
        self.shared.lock().heads.clone()
    }

    /// Folder of the store.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The intake, once it has room and while writes are taken.
    pub(crate) fn room(&self) -> Result<MutexGuard<'_, Intake>, AppendError> {
        let mut intake = self.shared.lock();
        while intake.bytes > QUEUE_BYTES && intake.outage.is_none() {
            intake = self.shared.room.wait(intake).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(outage) = &intake.outage {
            return Err(AppendError::Unavailable(outage.clone()));
        }
        if intake.closing {
            return Err(AppendError::Unavailable(Outage::closed()));
        }
        Ok(intake)
    }

    fn checked(&self, frames: &[Frame]) -> Result<(), AppendError> {
        if frames.is_empty() || frames.len() > 65_536 {
            return Err(AppendError::FrameCount(frames.len()));
        }
        let body_max = usize::try_from(self.body_max).unwrap_or(usize::MAX);
        if let Some(frame) = frames.iter().find(|frame| frame.body.len() > body_max) {
            return Err(AppendError::TooLarge { length: frame.body.len(), max: body_max });
        }
        let length = frames
            .iter()
            .map(|frame| frame.body.len().saturating_add(HEADER))
            .fold(0, usize::saturating_add);
        if length > self.group_max {
            return Err(AppendError::TooLarge { length, max: self.group_max });
        }
        Ok(())
    }
}

impl Store for Embedded {
    fn head(&self, chain: DivisionCode) -> Head {
        self.shared.lock().heads.head(chain)
    }

    fn position(&self) -> Position {
        self.shared.lock().heads.position()
    }

    fn so_far(&self) -> Ticket {
        Ticket::until(self.position().records, Arc::clone(&self.shared.acks))
    }

    fn append(
        &self,
        chain: DivisionCode,
        expected: Head,
        frames: Vec<Frame>,
    ) -> Result<Appended, AppendError> {
        self.checked(&frames)?;
        // The caller names the head, so the hashes are made before the lock is taken.
        let group = encode(LogKind::Journal, chain, expected, &frames);
        let mut intake = self.room()?;
        let actual = intake.heads.head(chain);
        if actual != expected {
            return Err(AppendError::Conflict { chain, expected, actual });
        }
        let before = intake.heads.records();
        let head = group.head;
        intake.heads.advance(chain, head, group.frames);
        let position = intake.heads.position();
        intake.bytes = intake.bytes.saturating_add(group.bytes.len());
        intake.queue.push(Queued { chain, group });
        let first = intake.queue.len() == 1;
        drop(intake);
        if first {
            self.shared.work.notify_one();
        }
        Ok(Appended {
            head,
            before,
            position,
            ticket: Ticket::until(position.records, Arc::clone(&self.shared.acks)),
        })
    }

    fn scan(
        &self,
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Position, StoreError> {
        let records_max = self.shared.acks.durable();
        let walk = Walk { records_max, ..Walk::new(&self.dir, LogKind::Journal) };
        let walked = walk.run(each)?;
        match walked.defect {
            Some(finding) => Err(StoreError::Damaged(Box::new(finding))),
            None => Ok(walked.heads.position()),
        }
    }
}

impl Drop for Embedded {
    /// Writes what was appended, syncs record and anchor, and lets go of the directory.
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.work.notify_all();
        for (at, thread) in self.threads.drain(..).enumerate() {
            // The committer goes first: it still needs the next segment and makes the anchor due.
            if thread.join().is_err() {
                tracing::error!("a thread of the store ended in a panic");
            }
            if at == 0 {
                self.spares.close();
                self.shared.beat.close();
            }
        }
    }
}
