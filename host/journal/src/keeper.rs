//! Background work of a log: the next segment is ready before it is needed, the anchor is synced.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::disk::Disk;
use crate::error::StoreError;
use crate::frame::LogKind;
use crate::segment;

const RETRY: Duration = Duration::from_secs(1);
/// Between two pieces of a segment that is made ready: with the default sizes an eighth of a second in
/// all. Small pieces, so that no answer waits for a long one.
const REST: Duration = Duration::from_micros(250);

#[derive(Default)]
struct SpareState {
    wanted: Option<u64>,
    ready: Option<(u64, File)>,
    failed: Option<io::Error>,
    closing: bool,
}

/// The segment made ready ahead of its use.
pub(crate) struct Spares {
    state: Mutex<SpareState>,
    changed: Condvar,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    log: LogKind,
    pub(crate) segment_bytes: u64,
}

impl Spares {
    pub(crate) fn new(disk: Arc<dyn Disk>, dir: PathBuf, log: LogKind, segment_bytes: u64) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), disk, dir, log, segment_bytes }
    }

    fn lock(&self) -> MutexGuard<'_, SpareState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a segment to be made ready.
    pub(crate) fn want(&self, segment: u64) {
        self.lock().wanted = Some(segment);
        self.changed.notify_all();
    }

    /// Takes a segment, waiting for it; a failure that is already known is tried once more.
    pub(crate) fn take(&self, segment: u64) -> io::Result<File> {
        let mut state = self.lock();
        state.failed = None;
        state.wanted = Some(segment);
        self.changed.notify_all();
        loop {
            if let Some((number, file)) = state.ready.take()
                && number == segment
            {
                state.wanted = None;
                return Ok(file);
            }
            if let Some(error) = state.failed.take() {
                return Err(error);
            }
            if state.closing {
                return Err(io::Error::other("the store is closing"));
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether taking a segment would not wait for it to be made: it is ready, or it cannot be made.
    pub(crate) fn settled(&self, segment: u64) -> bool {
        let state = self.lock();
        state.ready.as_ref().is_some_and(|(number, _)| *number == segment)
            || state.failed.is_some()
            || state.closing
    }

    /// Whether the segment is made, so that taking it waits for nothing.
    pub(crate) fn ready(&self, segment: u64) -> bool {
        self.lock().ready.as_ref().is_some_and(|(number, _)| *number == segment)
    }

    /// What keeps the next segment from being made, for a health report.
    pub(crate) fn failure(&self) -> Option<String> {
        self.lock().failed.as_ref().map(ToString::to_string)
    }

    pub(crate) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// The thread's body: makes what is wanted, tries again every second after a failure.
    pub(crate) fn serve(&self) {
        let mut state = self.lock();
        while !state.closing {
            let due = state
                .wanted
                .filter(|wanted| state.ready.as_ref().is_none_or(|(number, _)| number != wanted));
            let Some(segment) = due else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            if state.failed.is_some() {
                let (again, waited) =
                    self.changed.wait_timeout(state, RETRY).unwrap_or_else(PoisonError::into_inner);
                state = again;
                if !waited.timed_out() {
                    continue;
                }
            }
            drop(state);
            let (disk, bytes) = (self.disk.as_ref(), self.segment_bytes);
            let made = segment::make(disk, &self.dir, self.log, segment, bytes, REST);
            state = self.lock();
            match made {
                Ok(file) => {
                    state.failed = None;
                    state.ready = Some((segment, file));
                }
                Err(error) => {
                    tracing::error!(segment, %error, "the next segment cannot be made ready; writing stops when this one is full");
                    state.failed = Some(error);
                }
            }
            self.changed.notify_all();
        }
    }
}

#[derive(Default)]
struct BeatState {
    dirty: bool,
    closing: bool,
}

/// A background duty that runs some time after it became due, and once more at the end.
#[derive(Default)]
pub(crate) struct Beat {
    state: Mutex<BeatState>,
    changed: Condvar,
}

impl Beat {
    fn lock(&self) -> MutexGuard<'_, BeatState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the duty as due within the interval.
    pub(crate) fn due(&self) {
        let mut state = self.lock();
        if !state.dirty {
            state.dirty = true;
            drop(state);
            self.changed.notify_all();
        }
    }

    pub(crate) fn close(&self) {
        self.lock().closing = true;
        self.changed.notify_all();
    }

    /// The thread's body; ends when `duty` answers `false` or the beat is closed.
    pub(crate) fn serve(&self, interval: Duration, mut duty: impl FnMut() -> bool) {
        loop {
            let mut state = self.lock();
            while !state.dirty && !state.closing {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if !state.closing {
                let rest = self.changed.wait_timeout_while(state, interval, |state| !state.closing);
                state = rest.unwrap_or_else(PoisonError::into_inner).0;
            }
            let closing = state.closing;
            let dirty = std::mem::take(&mut state.dirty);
            drop(state);
            if (dirty && !duty()) || closing {
                return;
            }
        }
    }
}

/// Starts a named thread.
pub(crate) fn start(
    name: &str,
    body: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StoreError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(body);
    started.map_err(|source| StoreError::Io {
        doing: "start the thread",
        path: PathBuf::from(name),
        source,
    })
}
