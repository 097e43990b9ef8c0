//! What the tests of the record share: scratch directories, frames, a disk that can be made to fail.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its own part")]

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use journal::{
    Disk, Embedded, FileRole, Frame, Head, Options, RealDisk, Store, Stored, SyncFailure, read_all,
};
use model::{DivisionCode, Minute};

/// A directory that is removed with the value.
pub(crate) struct Scratch(PathBuf);

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}-{number}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// The chain of township number `n`.
pub(crate) fn chain(n: u64) -> DivisionCode {
    DivisionCode::from_number(370_285_100_000 + n * 1_000).unwrap()
}

pub(crate) fn frame(body: impl Into<Vec<u8>>) -> Frame {
    Frame { kind: 7, recorded_at: Minute(29_900_000), body: body.into() }
}

/// Small segments, and failures that are answered instead of ending the test process.
pub(crate) fn small() -> Options {
    Options {
        segment_bytes: 8192,
        body_max: 4096,
        on_sync_failure: SyncFailure::Refuse,
        ..Options::default()
    }
}

/// Appends one frame behind the chain's head and waits until it is safe.
pub(crate) fn put(store: &Embedded, chain: DivisionCode, body: impl Into<Vec<u8>>) -> Head {
    let appended = store.append(chain, store.head(chain), vec![frame(body)]).unwrap();
    appended.ticket.wait().unwrap();
    appended.head
}

pub(crate) fn records(dir: &Path) -> Vec<Stored> {
    let mut all = Vec::new();
    read_all(dir, &mut |record| {
        all.push(record);
        Ok(())
    })
    .unwrap();
    all
}

/// The segment file of a number.
pub(crate) fn segment(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("journal/{number:08}.seg"))
}

/// A disk that fails on demand.
#[derive(Debug, Default)]
pub(crate) struct Faulty {
    pub(crate) no_room: AtomicBool,
    pub(crate) write_error: AtomicBool,
    pub(crate) sync_error: AtomicBool,
    pub(crate) anchor_error: AtomicBool,
}

impl Faulty {
    pub(crate) fn options(self: &Arc<Self>) -> Options {
        let disk: Arc<dyn Disk> = Arc::<Self>::clone(self);
        Options { disk, anchor_interval: Duration::from_millis(5), ..small() }
    }
}

impl Disk for Faulty {
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        let failing = match role {
            FileRole::Preallocation => &self.no_room,
            FileRole::Segment => &self.write_error,
            FileRole::Anchor => &self.anchor_error,
        };
        if failing.load(Ordering::SeqCst) {
            // Half the bytes arrive, as on a disk that fills up under the write.
            RealDisk.write_at(file, role, &bytes[..bytes.len() / 2], offset)?;
            return Err(io::Error::from_raw_os_error(28));
        }
        RealDisk.write_at(file, role, bytes, offset)
    }

    fn sync(&self, file: &File, role: FileRole) -> io::Result<()> {
        if role == FileRole::Segment && self.sync_error.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(5));
        }
        RealDisk.sync(file, role)
    }
}
