//! The decision log while one thread is set aside between its place and its write.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Faulty, Scratch, chain, decided, decisions};
use journal::{
    AppendError, DecisionLog, DecisionOptions, Disk, FileRole, Full, NoPersonal, RealDisk, Written,
    verify,
};
use model::Minute;

/// The thread whose writes are held up.
const SLOW: &str = "slow";
const LONG: Duration = Duration::from_secs(20);

/// A disk on which one thread is set aside in its write.
#[derive(Debug)]
struct SetAside {
    let_go: Mutex<Receiver<()>>,
    reached: Mutex<std::sync::mpsc::Sender<()>>,
    fails: AtomicBool,
}

impl Disk for SetAside {
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        if role == FileRole::Segment && std::thread::current().name() == Some(SLOW) {
            self.reached.lock().unwrap().send(()).unwrap();
            // Not for ever: a test that fails while it holds must still end.
            let _ = self.let_go.lock().unwrap().recv_timeout(LONG);
            if self.fails.load(Ordering::SeqCst) {
                return Err(io::Error::from_raw_os_error(28));
            }
        }
        RealDisk.write_at(file, role, bytes, offset)
    }

    fn sync(&self, file: &File, role: FileRole) -> io::Result<()> {
        RealDisk.sync(file, role)
    }
}

fn put(log: &DecisionLog, body: &[u8]) -> Result<Written, AppendError> {
    log.append_body(chain(1), 7, Minute(29_900_000), body)
}

/// Appends `slow` on a thread that is set aside in its write, runs `meanwhile`, lets the thread go;
/// answers what became of its append.
fn while_set_aside(
    dir: &Scratch,
    fails: bool,
    meanwhile: impl FnOnce(&DecisionLog) + Send,
) -> Result<Written, AppendError> {
    let ((go, let_go), (reached, there)) = (channel(), channel());
    let disk = Arc::new(SetAside {
        let_go: Mutex::new(let_go),
        reached: Mutex::new(reached),
        fails: AtomicBool::new(fails),
    });
    let log = DecisionLog::open(dir.path(), DecisionOptions { disk, ..decisions() }).unwrap();
    put(&log, b"before").unwrap();
    std::thread::scope(|scope| {
        let slow = std::thread::Builder::new().name(SLOW.to_owned());
        let slow = slow.spawn_scoped(scope, || put(&log, b"slow")).unwrap();
        there.recv_timeout(LONG).unwrap();
        let (done, ended) = channel();
        let held = &log;
        let others = scope.spawn(move || {
            meanwhile(held);
            done.send(()).unwrap();
        });
        let in_time = ended.recv_timeout(LONG / 2);
        go.send(()).unwrap();
        others.join().unwrap();
        assert!(in_time.is_ok(), "one that is set aside held up the others");
        slow.join().unwrap()
    })
}

fn bodies(dir: &Scratch) -> Vec<String> {
    decided(dir.path()).into_iter().map(|it| String::from_utf8(it.body).unwrap()).collect()
}

#[test]
fn nobody_waits_for_one_that_is_set_aside_in_its_write() {
    let dir = Scratch::new("aside");
    let slow = while_set_aside(&dir, false, |log| {
        assert_eq!(put(log, b"quick").unwrap().head.seq, 3);
        // What the other thread placed is in the log already, for it lies before an answered one.
        let mut seen = 0;
        log.scan(&mut |_| {
            seen += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, 3);
        log.sync().unwrap();
        assert_eq!(log.counters().unsynced_bytes, 0);
        // Beyond the segment in use.
        for _ in 0..4 {
            put(log, &[b'x'; 3900]).unwrap();
        }
    });
    assert_eq!(slow.unwrap().head.seq, 2);
    assert_eq!(bodies(&dir)[..3], ["before", "slow", "quick"]);
    assert!(verify(dir.path(), &NoPersonal).unwrap().holds());
}

#[test]
fn many_behind_one_that_is_set_aside_are_written_once_not_again_and_again() {
    let dir = Scratch::new("aside-many");
    let slow = while_set_aside(&dir, false, |log| {
        for number in 0..500_u32 {
            put(log, &number.to_be_bytes()).unwrap();
        }
    });
    assert_eq!(slow.unwrap().head.seq, 2);
    assert_eq!(decided(dir.path()).len(), 502);
}

#[test]
fn a_failed_write_ends_all_writing_but_keeps_what_another_one_wrote() {
    let dir = Scratch::new("aside-fails");
    let slow = while_set_aside(&dir, true, |log| {
        put(log, b"quick").unwrap();
    });
    assert!(matches!(slow, Err(AppendError::Unavailable(_))), "{slow:?}");
    // The record behind it was answered, so both are there.
    assert_eq!(bodies(&dir), ["before", "slow", "quick"]);
    assert!(verify(dir.path(), &NoPersonal).unwrap().holds());
}

#[test]
fn what_nobody_wrote_is_taken_back_and_no_anchor_speaks_of_it() {
    let dir = Scratch::new("aside-lost");
    let disk = Arc::new(Faulty::default());
    let log = DecisionLog::open(dir.path(), disk.decisions()).unwrap();
    put(&log, b"kept").unwrap();
    let (position, counters) = (log.position(), log.counters());
    disk.write_error.store(true, Ordering::SeqCst);
    assert!(matches!(put(&log, b"lost"), Err(AppendError::Unavailable(_))));
    assert!(matches!(
        log.append_now(chain(2), 7, Minute(1), b"later"),
        Err(AppendError::Unavailable(_))
    ));
    assert_eq!(log.position(), position);
    assert_eq!((log.counters().appended, log.counters().bytes), (1, counters.bytes));
    assert_eq!(log.counters().refused, 2);
    disk.write_error.store(false, Ordering::SeqCst);
    drop(log);
    let again = DecisionLog::open(dir.path(), decisions()).unwrap();
    assert_eq!(again.position(), position);
    assert_eq!(put(&again, b"after").unwrap().head.seq, 2);
    drop(again);
    assert_eq!(bodies(&dir), ["kept", "after"]);
}

#[test]
fn who_may_not_wait_is_told_at_once_and_nothing_is_counted() {
    let dir = Scratch::new("now");
    let disk = Arc::new(Faulty::default());
    let options = DecisionOptions { unsynced_bytes_max: 300, ..disk.decisions() };
    let log = DecisionLog::open(dir.path(), options).unwrap();
    let now = |body: &[u8]| log.append_now(chain(1), 7, Minute(0), body);
    disk.sync_held.store(true, Ordering::SeqCst);
    assert!(now(&[1; 400]).unwrap().is_some());
    assert_eq!(now(b"late"), Ok(None));
    let counters = log.counters();
    assert_eq!((counters.appended, counters.waits, counters.refused, counters.busy), (1, 0, 0, 0));
    disk.sync_held.store(false, Ordering::SeqCst);
    log.sync().unwrap();
    assert_eq!(now(b"in time").unwrap().unwrap().head.seq, 2);
    drop(log);
    let refuse =
        DecisionOptions { full: Full::Refuse, unsynced_bytes_max: 300, ..disk.decisions() };
    let log = DecisionLog::open(dir.path(), refuse).unwrap();
    disk.sync_held.store(true, Ordering::SeqCst);
    assert!(log.append_now(chain(1), 7, Minute(0), &[1; 400]).unwrap().is_some());
    assert_eq!(log.append_now(chain(1), 7, Minute(0), b"late"), Err(AppendError::Busy));
    disk.sync_held.store(false, Ordering::SeqCst);
}
