//! Retention: the oldest segments go, the rest still holds, readers beside it see no defect.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use common::retained::{ALL, checked, fill, filled, holds, open, segments};
use common::{Scratch, decided};
use journal::{Retain, RetainedFrom, StoreError, find_decision, read_at, read_decisions};
use model::Minute;

#[test]
fn old_segments_go_and_the_rest_still_holds() {
    let (dir, all) = filled("retain");
    let log = open(dir.path());
    let kept = all.iter().find(|record| record.place.segment == 4).unwrap();
    // Segment 3 may end within this minute, segment 4 goes beyond it.
    let not_before = Minute(kept.recorded_at.0 + 1);
    let keep = Retain { newest_segments_min: 2, not_before };
    let retained = log.retain(keep).unwrap();
    let from = RetainedFrom {
        segment: 4,
        record: kept.record,
        newest_removed: all[usize::try_from(kept.record - 2).unwrap()].recorded_at,
    };
    assert_eq!((retained.segments, retained.records), (3, kept.record - 1));
    assert_eq!(retained.from, Some(from));
    let left: Vec<_> = all[usize::try_from(kept.record - 1).unwrap()..].to_vec();
    holds(dir.path(), &left);
    assert_eq!(checked(dir.path()).retained_from, Some(from));
    assert_eq!(segments(dir.path())[0], 4);
    let again = log.retain(keep).unwrap();
    assert_eq!((again.segments, again.records, again.from), (0, 0, Some(from)));
    assert_eq!(log.position().records, 200, "numbers go on where they were");
    let mut scanned = 0;
    log.scan(&mut |_| {
        scanned += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(scanned, left.len());
    for (record, there) in [(&all[0], false), (&left[0], true)] {
        match read_at(dir.path(), record.place) {
            Ok(read) => assert!(there && read.head() == record.head()),
            Err(error) => {
                assert!(matches!(error, StoreError::Retired { segment: 1, from: 4 }) && !there);
            }
        }
    }
    drop(log);
    // Open again, go on, verify, and so once more.
    for round in 1..3 {
        let log = open(dir.path());
        assert_eq!(log.recovery().retired, 0);
        fill(&log, 100 * round..100 * round + 10);
        let keep = Retain { newest_segments_min: 3, not_before: Minute(i64::MAX) };
        assert!(log.retain(keep).unwrap().segments > 0);
        fill(&log, 100 * round + 10..100 * round + 11);
        drop(log);
        holds(dir.path(), &decided(dir.path()));
        let left = segments(dir.path());
        assert!(left.len() >= 3 && left[0] == checked(dir.path()).retained_from.unwrap().segment);
    }
}

#[test]
fn what_must_stay_stays() {
    let (dir, all) = filled("stay");
    let log = open(dir.path());
    for keep in [
        Retain { newest_segments_min: 0, not_before: Minute(0) },
        Retain { newest_segments_min: 10, not_before: Minute(i64::MAX) },
        Retain { newest_segments_min: u64::MAX, not_before: Minute(i64::MAX) },
    ] {
        let retained = log.retain(keep).unwrap();
        assert_eq!((retained.segments, retained.records, retained.from), (0, 0, None));
    }
    assert!(!dir.path().join("decisions/floor").exists());
    holds(dir.path(), &all);
    assert_eq!(log.retain(Retain { newest_segments_min: 7, ..ALL }).unwrap().segments, 3);
    assert_eq!(log.retain(ALL).unwrap().from.unwrap().segment, 10, "the one in use always stays");
    drop(log);
    assert_eq!(open(dir.path()).position().records, 200);
    assert!(checked(dir.path()).holds());
}

#[test]
fn a_damaged_segment_is_not_removed() {
    let (dir, all) = filled("damaged");
    let log = open(dir.path());
    let path = dir.path().join("decisions/00000002.seg");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let error = log.retain(Retain { newest_segments_min: 3, ..ALL }).unwrap_err();
    assert_eq!(error.finding().unwrap().file, "decisions/00000002.seg");
    assert_eq!(segments(dir.path())[0], 1);
    bytes[1000] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    holds(dir.path(), &all);
}

#[test]
fn a_read_that_is_overtaken_goes_on_where_the_kept_records_begin() {
    for grows in [false, true] {
        let (dir, all) = filled("overtaken");
        let log = open(dir.path());
        let mut seen = Vec::new();
        let overtake = || {
            if grows {
                // Then all that the reader's anchor counts is gone.
                fill(&log, 100..150);
            }
            log.retain(ALL).unwrap();
        };
        let position = read_decisions(dir.path(), &mut |record| {
            if seen.is_empty() {
                overtake();
            }
            seen.push(record);
            Ok(())
        });
        let kept = decided(dir.path());
        let first = all.iter().filter(|record| record.place.segment == 1);
        let expected: Vec<_> = first.chain(&kept).cloned().collect();
        assert_eq!(seen, expected, "the first segment was in hand, the next ones were removed");
        assert_eq!(position.unwrap(), log.position());
        drop(log);

        let (dir, all) = filled("overtaken-backwards");
        let log = open(dir.path());
        let mut shown = 0;
        let flow = find_decision(dir.path(), true, &mut |stored| {
            if shown == 0 {
                log.retain(ALL).unwrap();
            }
            shown += 1;
            assert!(stored.place.segment >= 9, "the newest segment, and the one read to count it");
            ControlFlow::Continue(())
        });
        assert!(flow.unwrap().is_continue());
        assert_eq!(shown, all.iter().filter(|record| record.place.segment >= 9).count());
    }
}

/// Ends the writing thread of a test, also of one that fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn readers_beside_a_retention_never_see_a_defect() {
    let dir = Scratch::new("beside");
    let log = open(dir.path());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            for minute in 0.. {
                fill(&log, minute..minute + 1);
                if minute % 5 == 0 {
                    log.retain(Retain { newest_segments_min: 2, ..ALL }).unwrap();
                }
                if stop.load(Ordering::SeqCst) {
                    return log.position().records;
                }
            }
            0
        });
        let ended = Stop(&stop);
        let mut newest = 0;
        while newest < 800 {
            let report = checked(dir.path());
            assert!(report.holds(), "{report:?}");
            let mut last = 0;
            for record in decided(dir.path()) {
                assert!(
                    record.record > last,
                    "in order, with gaps only where records were removed"
                );
                last = record.record;
            }
            assert!(last >= newest);
            newest = last;
            let mut above = u64::MAX;
            let flow = find_decision(dir.path(), true, &mut |stored| {
                assert!(stored.record < above, "{} after {above}", stored.record);
                above = stored.record;
                ControlFlow::Continue(())
            });
            assert!(flow.unwrap().is_continue());
        }
        drop(ended);
        assert!(work.join().unwrap() >= newest);
    });
}
