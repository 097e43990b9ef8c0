//! What the tests of the record share: scratch directories, frames, a disk that can be made to fail.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its own part")]

pub(crate) mod retained;

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use journal::{
    DecisionOptions, Disk, Embedded, FileRole, Frame, Head, Options, RealDisk, Store, Stored,
    SyncFailure, read_all, read_decisions,
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

/// A decision log with small segments whose failures are answered.
pub(crate) fn decisions() -> DecisionOptions {
    DecisionOptions {
        segment_bytes: 8192,
        on_sync_failure: SyncFailure::Refuse,
        ..DecisionOptions::default()
    }
}

/// Every synced decision, checked.
pub(crate) fn decided(dir: &Path) -> Vec<Stored> {
    let mut all = Vec::new();
    read_decisions(dir, &mut |record| {
        all.push(record);
        Ok(())
    })
    .unwrap();
    all
}

/// Where a child works and how many rounds it runs: in its parent's directory without end, for a
/// parent that kills; a few in one of its own when it is run as a test, which then checks them.
pub(crate) struct Given {
    pub(crate) dir: PathBuf,
    pub(crate) rounds: usize,
    /// Whether nobody started this process.
    pub(crate) alone: bool,
    _scratch: Option<Scratch>,
}

impl Given {
    pub(crate) fn new(variable: &str, rounds_alone: usize) -> Self {
        if let Ok(dir) = std::env::var(variable) {
            let dir = PathBuf::from(dir);
            return Self { dir, rounds: usize::MAX, alone: false, _scratch: None };
        }
        let scratch = Scratch::new("alone");
        let dir = scratch.path().to_owned();
        Self { dir, rounds: rounds_alone, alone: true, _scratch: Some(scratch) }
    }
}

/// Starts this test binary again with one of its child entry points, which finds `dir` in `variable`.
pub(crate) fn start(test: &str, variable: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(variable, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Runs a child for a while, kills it, and answers the lines it could still write.
pub(crate) fn killed_after(mut child: Child, time: Duration) -> Vec<String> {
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || out.lines().map_while(Result::ok).collect::<Vec<_>>());
    std::thread::sleep(time);
    assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// A disk that fails, or takes its time, on demand.
#[derive(Debug, Default)]
pub(crate) struct Faulty {
    /// Syncs of segments take until this is taken back.
    pub(crate) sync_held: AtomicBool,
    /// So does making a segment.
    pub(crate) making_held: AtomicBool,
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

    pub(crate) fn decisions(self: &Arc<Self>) -> DecisionOptions {
        let disk: Arc<dyn Disk> = Arc::<Self>::clone(self);
        DecisionOptions { disk, sync_interval: Duration::from_millis(5), ..decisions() }
    }
}

fn wait_while(held: &AtomicBool) {
    // Not for ever: a test that fails while it holds must still end.
    for _ in 0..10_000 {
        if !held.load(Ordering::SeqCst) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

impl Disk for Faulty {
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        if role == FileRole::Preallocation {
            wait_while(&self.making_held);
        }
        let failing = match role {
            FileRole::Preallocation => &self.no_room,
            FileRole::Segment => &self.write_error,
            FileRole::Anchor | FileRole::Floor => &self.anchor_error,
        };
        if failing.load(Ordering::SeqCst) {
            // Half the bytes arrive, as on a disk that fills up under the write.
            RealDisk.write_at(file, role, &bytes[..bytes.len() / 2], offset)?;
            return Err(io::Error::from_raw_os_error(28));
        }
        RealDisk.write_at(file, role, bytes, offset)
    }

    fn sync(&self, file: &File, role: FileRole) -> io::Result<()> {
        if role == FileRole::Segment {
            wait_while(&self.sync_held);
        }
        if role == FileRole::Segment && self.sync_error.load(Ordering::SeqCst) {
            return Err(io::Error::from_raw_os_error(5));
        }
        RealDisk.sync(file, role)
    }
}
