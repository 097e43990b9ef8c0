//! The decision log: what was answered to whom and why, written before the answer goes out.
//!
//! An append returns after `write(2)`, so a killed process loses nothing. A sync runs in the
//! background: a power cut loses at most what was written within the interval (200 ms by default)
//! plus the time of the sync under way. The anchor here covers only what was synced, so a loss
//! within that bound is no damage, and a cut behind it is seen.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use model::DivisionCode;

use crate::disk::{Disk, FileRole, make_dir, take_lock};

use crate::error::{AppendError, Outage, Stop, StoreError};
use crate::frame::{Frame, Head, LogKind, Stored, encode};
use crate::heads::Position;
use crate::keeper::{Beat, Spares, start};
use crate::options::{BODY_MAX, Options, SEGMENT_BYTES, SyncFailure};
use crate::recover::{self, Recovery};
use crate::segment::SEAL;
use crate::walk::Walk;
use crate::writer::LogWriter;

/// How the decision log works.
#[derive(Clone, Debug)]
pub struct DecisionOptions {
    /// Length of a segment, bytes. Default 16 MiB.
    pub segment_bytes: u64,
    /// How long a written decision may wait for its sync: what a power cut can lose. Default 200 ms.
    pub sync_interval: Duration,
    /// What to do when a sync fails.
    pub on_sync_failure: SyncFailure,
    /// The file operations.
    pub disk: Arc<dyn Disk>,
}

impl Default for DecisionOptions {
    fn default() -> Self {
        let Options { segment_bytes, anchor_interval, on_sync_failure, disk, .. } =
            Options::default();
        Self { segment_bytes, sync_interval: anchor_interval, on_sync_failure, disk }
    }
}

struct Writing {
    writer: LogWriter,
    outage: Option<Outage>,
}

struct Shared {
    writing: Mutex<Writing>,
    beat: Beat,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The decision log of a store directory, held by this process alone.
pub struct DecisionLog {
    shared: Arc<Shared>,
    spares: Arc<Spares>,
    threads: Vec<JoinHandle<()>>,
    dir: PathBuf,
    body_max: usize,
    recovery: Recovery,
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
        if !SEGMENT_BYTES.contains(&options.segment_bytes) {
            return Err(StoreError::Options(
                "`segment_bytes` must lie between 4096 and 268435456".to_owned(),
            ));
        }
        let folder = dir.join(LogKind::Decisions.folder());
        make_dir(&folder)?;
        let lock = take_lock(&folder)?;
        let disk = options.disk;
        let opened =
            recover::open(dir, LogKind::Decisions, BODY_MAX, options.segment_bytes, &disk)?;
        let recovery = opened.recovery.clone();
        let writer = LogWriter::new(
            opened,
            Arc::clone(&disk),
            dir,
            LogKind::Decisions,
            options.segment_bytes,
        );
        let anchor = writer.anchor_file().map_err(StoreError::io("open the anchor of", &folder))?;
        let spares = writer.spares();
        let shared = Arc::new(Shared {
            writing: Mutex::new(Writing { writer, outage: None }),
            beat: Beat::default(),
        });
        let room = usize::try_from(options.segment_bytes).unwrap_or(usize::MAX);
        let mut log = Self {
            shared: Arc::clone(&shared),
            spares: Arc::clone(&spares),
            threads: Vec::new(),
            dir: dir.to_owned(),
            body_max: room
                .saturating_sub(SEAL)
                .saturating_sub(crate::frame::HEADER)
                .min(4 * 1024 * 1024),
            recovery,
            _lock: lock,
        };
        log.threads.push(start("decision-spares", move || spares.serve())?);
        log.threads.push(start("decision-sync", move || {
            shared.beat.serve(options.sync_interval, || {
                sync(&shared, &disk, &anchor, options.on_sync_failure)
            });
        })?);
        Ok(log)
    }

    /// What opening found.
    pub fn recovery(&self) -> &Recovery {
        &self.recovery
    }

    /// Why the log takes no more decisions, if so; a decision that cannot be written must not be answered.
    pub fn outage(&self) -> Option<Outage> {
        self.shared.lock().outage.clone()
    }

    /// Where the log stands.
    pub fn position(&self) -> Position {
        self.shared.lock().writer.heads().position()
    }

    /// Writes one decision behind the others of its chain; it survives a killed process on return.
    ///
    /// # Errors
    /// [`AppendError::TooLarge`]; [`AppendError::Unavailable`] after a failed write, for good.
    pub fn append(&self, chain: DivisionCode, frame: Frame) -> Result<Head, AppendError> {
        if frame.body.len() > self.body_max {
            return Err(AppendError::TooLarge { length: frame.body.len(), max: self.body_max });
        }
        let mut writing = self.shared.lock();
        if let Some(outage) = &writing.outage {
            return Err(AppendError::Unavailable(outage.clone()));
        }
        let group = encode(LogKind::Decisions, chain, writing.writer.heads().head(chain), &[frame]);
        let written = writing.writer.push(chain, &group).and_then(|()| writing.writer.flush());
        if let Err(error) = written {
            tracing::error!(%error, "a decision could not be written; no more are taken");
            let outage = Outage::new("write the decision", &error);
            writing.outage = Some(outage.clone());
            return Err(AppendError::Unavailable(outage));
        }
        drop(writing);
        self.shared.beat.due();
        Ok(group.head)
    }

    /// Reads every decision written so far, in order, checking it again.
    ///
    /// # Errors
    /// As [`crate::Store::scan`].
    pub fn scan(
        &self,
        each: &mut dyn FnMut(Stored) -> Result<(), Stop>,
    ) -> Result<Position, StoreError> {
        let records_max = self.shared.lock().writer.heads().records();
        let walk = Walk {
            dir: &self.dir,
            log: LogKind::Decisions,
            body_max: BODY_MAX,
            records_max,
            anchor: None,
        };
        let walked = walk.run(each)?;
        match walked.defect {
            Some(finding) => Err(StoreError::Damaged(Box::new(finding))),
            None => Ok(walked.heads.position()),
        }
    }
}

/// Syncs what was written, then says so in the anchor; `false` once the log has failed.
fn sync(shared: &Shared, disk: &Arc<dyn Disk>, anchor_file: &File, policy: SyncFailure) -> bool {
    let mut writing = shared.lock();
    if writing.outage.is_some() {
        return false;
    }
    let covered = writing.writer.anchor();
    let files = writing.writer.take_unsynced();
    drop(writing);
    let synced = files
        .and_then(|files| files.iter().try_for_each(|file| disk.sync(file, FileRole::Segment)));
    let anchored = synced.and_then(|()| shared.lock().writer.write_anchor(covered));
    let Err(error) = anchored.and_then(|()| disk.sync(anchor_file, FileRole::Anchor)) else {
        return true;
    };
    tracing::error!(%error, "the decision log could not be synced");
    if policy == SyncFailure::Abort {
        std::process::abort();
    }
    shared.lock().outage.get_or_insert_with(|| Outage::new("sync the decision log", &error));
    false
}

impl Drop for DecisionLog {
    fn drop(&mut self) {
        self.spares.close();
        self.shared.beat.close();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the decision log ended in a panic");
            }
        }
    }
}
