//! The decision log: places, batches, what waits for the disk, a full or failing disk.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{Faulty, Scratch, chain, decided, decisions, frame};
use journal::{
    AppendError, DecisionLog, DecisionOptions, Full, NoPersonal, OutageCode, Written, read_at,
    verify,
};
use model::Minute;

/// What a frame of the given body takes on disk.
fn length(body: usize) -> u64 {
    u64::try_from(body + 76).unwrap()
}

fn put(log: &DecisionLog, body: &[u8]) -> Result<Written, AppendError> {
    log.append_body(chain(1), 7, Minute(29_900_000), body)
}

/// What failed an append for good.
fn outage(error: AppendError) -> OutageCode {
    match error {
        AppendError::Unavailable(outage) => outage.code,
        other => panic!("{other}"),
    }
}

#[test]
fn an_append_tells_its_head_and_its_place() {
    let dir = Scratch::new("place");
    let log = DecisionLog::open(dir.path(), decisions()).unwrap();
    let first = put(&log, b"one").unwrap();
    assert_eq!((first.head.seq, first.place.segment, first.place.offset), (1, 1, 0));
    let two = log.append_many(chain(1), 8, Minute(1), &[b"two", b"three", b""]).unwrap();
    let places: Vec<_> = two.iter().map(|w| (w.head.seq, w.place.offset)).collect();
    let second = length(3);
    assert_eq!(places, [(2, second), (3, second * 2), (4, second * 2 + length(5))]);
    let head = log.append(chain(1), frame("wrapped")).unwrap();
    assert_eq!(head.seq, 5);
    for (written, body) in [first].iter().chain(&two).zip(["one", "two", "three", ""]) {
        let read = read_at(dir.path(), written.place).unwrap();
        assert_eq!((read.head(), read.body.as_slice()), (written.head, body.as_bytes()));
    }
    drop(log);
    let following: Vec<_> = decided(dir.path()).iter().map(|record| record.following).collect();
    assert_eq!(following, [0, 2, 1, 0, 0]);
}

#[test]
fn limits_are_refused_by_name_and_counted() {
    let dir = Scratch::new("limits");
    let log = DecisionLog::open(dir.path(), decisions()).unwrap();
    let many = |bodies: &[&[u8]]| log.append_many(chain(1), 7, Minute(0), bodies).unwrap_err();
    assert_eq!(many(&[]), AppendError::FrameCount(0));
    // A segment of 8192 bytes holds its seal of 56 beside the frames.
    let largest = 8192 - 56 - 76;
    let body = vec![1; largest + 1];
    let too_large = AppendError::TooLarge { length: largest + 1, max: largest };
    assert_eq!(put(&log, &body).unwrap_err(), too_large);
    let half = vec![1; 4100];
    assert!(matches!(many(&[&half, &half]), AppendError::TooLarge { max: 8136, .. }));
    put(&log, &body[..largest]).unwrap();
    let counters = log.counters();
    assert_eq!((counters.appended, counters.refused, counters.busy), (1, 3, 0));
    assert_eq!(counters.bytes, length(largest));
}

#[test]
fn what_waits_for_its_sync_is_bounded_and_the_refusal_is_counted() {
    let dir = Scratch::new("refuse");
    let disk = Arc::new(Faulty::default());
    let options =
        DecisionOptions { unsynced_bytes_max: 1000, full: Full::Refuse, ..disk.decisions() };
    let log = DecisionLog::open(dir.path(), options).unwrap();
    disk.sync_held.store(true, Ordering::SeqCst);
    let body = [5; 174];
    for _ in 0..4 {
        put(&log, &body).unwrap();
    }
    assert_eq!(put(&log, &body).unwrap_err(), AppendError::Busy);
    assert_eq!(log.append_many(chain(2), 7, Minute(0), &[b"x"]).unwrap_err(), AppendError::Busy);
    let counters = log.counters();
    assert_eq!((counters.appended, counters.refused, counters.busy), (4, 2, 2));
    assert_eq!((counters.unsynced_bytes, counters.waits), (1000, 0));
    disk.sync_held.store(false, Ordering::SeqCst);
    log.sync().unwrap();
    assert_eq!(put(&log, &body).unwrap().head.seq, 5);
    assert!(log.counters().syncs >= 1);
    drop(log);
    assert_eq!(decided(dir.path()).len(), 5);
}

#[test]
fn an_append_waits_for_the_sync_but_not_longer_than_told() {
    let dir = Scratch::new("wait");
    let disk = Arc::new(Faulty::default());
    let at_most = Duration::from_millis(80);
    let full = Full::Wait { at_most };
    let options = DecisionOptions { unsynced_bytes_max: 300, full, ..disk.decisions() };
    let log = DecisionLog::open(dir.path(), options).unwrap();
    disk.sync_held.store(true, Ordering::SeqCst);
    // Alone it may be larger than the bound; the next one has to wait.
    put(&log, &[1; 400]).unwrap();
    let start = Instant::now();
    assert_eq!(put(&log, b"late").unwrap_err(), AppendError::Busy);
    assert!(start.elapsed() >= at_most);
    let counters = log.counters();
    assert_eq!((counters.waits, counters.busy), (1, 1));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(20));
            disk.sync_held.store(false, Ordering::SeqCst);
        });
        // The sync that is let go in time makes room; a slow machine may need another try.
        let written = (0..100).find_map(|_| put(&log, b"in time").ok());
        assert_eq!(written.unwrap().head.seq, 2);
    });
    assert!(log.counters().waits >= 2);
}

#[test]
fn an_append_waits_for_a_segment_that_is_not_ready() {
    for refuse in [true, false] {
        let dir = Scratch::new("spare");
        let disk = Arc::new(Faulty::default());
        let full = if refuse { Full::Refuse } else { Full::default() };
        let log =
            DecisionLog::open(dir.path(), DecisionOptions { full, ..disk.decisions() }).unwrap();
        disk.making_held.store(true, Ordering::SeqCst);
        // Two fit a segment; the second segment may have been made before it could be held up.
        let put = || put(&log, &[1; 3900]);
        if refuse {
            let written = (0..5).take_while(|_| put().is_ok()).count();
            assert!(written == 2 || written == 4, "{written}");
            assert_eq!(put().unwrap_err(), AppendError::Busy);
            disk.making_held.store(false, Ordering::SeqCst);
        } else {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_millis(20));
                    disk.making_held.store(false, Ordering::SeqCst);
                });
                let places = (0..5).map(|_| put().unwrap().place.segment);
                assert_eq!(places.collect::<Vec<_>>(), [1, 1, 2, 2, 3]);
            });
            assert!(log.counters().waits > 0);
        }
        drop(log);
        assert!(verify(dir.path(), &NoPersonal).unwrap().holds());
    }
}

#[test]
fn the_bound_holds_at_every_moment_with_eight_threads() {
    let dir = Scratch::new("bound");
    let max = 20_000;
    let options = DecisionOptions { unsynced_bytes_max: max, segment_bytes: 65_536, ..decisions() };
    let log = DecisionLog::open(dir.path(), options).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut seen = 0;
            while !stop.load(Ordering::SeqCst) {
                seen = seen.max(log.counters().unsynced_bytes);
            }
            seen
        });
        let work: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    for n in 0..200 {
                        put(&log, &vec![3; n * 3]).unwrap();
                    }
                })
            })
            .collect();
        for thread in work {
            thread.join().unwrap();
        }
        stop.store(true, Ordering::SeqCst);
        let seen = watch.join().unwrap();
        assert!(seen > 0 && seen <= max, "{seen} bytes waited");
    });
    let counters = log.counters();
    assert!(counters.waits > 0 && counters.refused == 0, "{counters:?}");
    assert_eq!((counters.appended, log.position().records), (1600, 1600));
    drop(log);
    assert_eq!(decided(dir.path()).len(), 1600);
}

#[test]
fn on_a_full_disk_nothing_more_is_answered_and_what_was_answered_is_there() {
    for batch in [1_usize, 3] {
        let dir = Scratch::new("full");
        let disk = Arc::new(Faulty::default());
        let log = DecisionLog::open(dir.path(), disk.decisions()).unwrap();
        put(&log, b"before").unwrap();
        disk.no_room.store(true, Ordering::SeqCst);
        let (bodies, mut answered) = (vec![[9_u8; 500].as_slice(); batch], 1);
        let code = loop {
            match log.append_many(chain(1), 7, Minute(0), &bodies) {
                Ok(written) => answered += written.len(),
                Err(error) => break outage(error),
            }
            assert!(answered < 100, "a full disk was not noticed");
        };
        assert_eq!(code, OutageCode::StoreFull);
        disk.no_room.store(false, Ordering::SeqCst);
        assert_eq!(outage(put(&log, b"later").unwrap_err()), OutageCode::StoreFull);
        assert_eq!(log.health().outage, log.outage());
        assert_eq!((log.counters().refused, log.counters().busy), (2, 0));
        // What was answered before is still made safe, and can be read.
        log.sync().unwrap();
        assert_eq!(log.counters().unsynced_bytes, 0);
        assert_eq!(decided(dir.path()).len(), answered);
        drop(log);
        let log = DecisionLog::open(dir.path(), decisions()).unwrap();
        assert_eq!(log.position().records, answered as u64);
        put(&log, b"there is room again").unwrap();
        drop(log);
        assert!(verify(dir.path(), &NoPersonal).unwrap().holds());
    }
}

#[test]
fn a_torn_batch_is_gone_as_a_whole() {
    let dir = Scratch::new("torn");
    let disk = Arc::new(Faulty::default());
    let log = DecisionLog::open(dir.path(), disk.decisions()).unwrap();
    let kept = put(&log, b"kept").unwrap();
    disk.write_error.store(true, Ordering::SeqCst);
    let body = [1_u8; 100].as_slice();
    let error = log.append_many(chain(1), 7, Minute(0), &[body; 4]).unwrap_err();
    assert_eq!(outage(error), OutageCode::StoreFull);
    assert_eq!(log.position().records, 1, "the log stands where it was");
    drop(log);
    let log = DecisionLog::open(dir.path(), decisions()).unwrap();
    assert!(log.recovery().cut.is_some() && log.position().records == 1);
    let next = put(&log, b"next").unwrap();
    assert_eq!((next.head.seq, next.place.offset), (2, kept.place.offset + length(4)));
}

#[test]
fn a_failed_sync_is_told_and_ends_all_writing() {
    for held_up in [false, true] {
        let dir = Scratch::new("sync");
        let disk = Arc::new(Faulty::default());
        let options = DecisionOptions { unsynced_bytes_max: 100, ..disk.decisions() };
        let log = DecisionLog::open(dir.path(), options).unwrap();
        disk.sync_held.store(true, Ordering::SeqCst);
        disk.sync_error.store(true, Ordering::SeqCst);
        put(&log, &[1; 100]).unwrap();
        std::thread::scope(|scope| {
            // One that waits for this very sync is told as well.
            let waits = held_up.then(|| scope.spawn(|| put(&log, b"waits").unwrap_err()));
            std::thread::sleep(Duration::from_millis(20));
            disk.sync_held.store(false, Ordering::SeqCst);
            if let Some(waits) = waits {
                assert_eq!(outage(waits.join().unwrap()), OutageCode::StoreFailed);
            }
        });
        assert_eq!(log.sync().unwrap_err().code, OutageCode::StoreFailed);
        assert_eq!(outage(put(&log, b"later").unwrap_err()), OutageCode::StoreFailed);
        let counters = log.counters();
        assert!(counters.last_sync_error.is_some() && counters.syncs == 0, "{counters:?}");
        assert_eq!(counters.unsynced_bytes, 176);
    }
}

#[test]
fn one_that_waits_is_told_when_another_one_cannot_be_written() {
    let dir = Scratch::new("told");
    let disk = Arc::new(Faulty::default());
    let full = Full::Wait { at_most: Duration::from_mins(1) };
    let options = DecisionOptions { unsynced_bytes_max: 1000, full, ..disk.decisions() };
    let log = DecisionLog::open(dir.path(), options).unwrap();
    disk.sync_held.store(true, Ordering::SeqCst);
    put(&log, &[1; 600]).unwrap();
    let start = Instant::now();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| put(&log, &[1; 600]).unwrap_err());
        while log.counters().waits == 0 {
            std::thread::yield_now();
        }
        disk.write_error.store(true, Ordering::SeqCst);
        assert_eq!(outage(put(&log, &[1; 100]).unwrap_err()), OutageCode::StoreFull);
        assert_eq!(outage(waits.join().unwrap()), OutageCode::StoreFull);
    });
    assert!(start.elapsed() < Duration::from_secs(8), "while the sync is still held up");
    disk.sync_held.store(false, Ordering::SeqCst);
}
