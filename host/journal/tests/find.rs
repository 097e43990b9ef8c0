//! Looking for a decision beside a running server: by its place, and from the newest backwards.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{Scratch, chain, decided, decisions};
use journal::{
    DecisionLog, DecisionOptions, FindingCode, Place, StoreError, Stored, find_decision, read_at,
};
use model::Minute;

fn file(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("decisions/{number:08}.seg"))
}

fn length(record: &Stored) -> usize {
    76 + record.body.len()
}

/// Single decisions and batches on three chains over several segments.
fn filled(name: &str, appends: u64) -> (Scratch, Vec<Stored>) {
    let dir = Scratch::new(name);
    let log = DecisionLog::open(dir.path(), decisions()).unwrap();
    fill(&log, appends, 0);
    drop(log);
    let all = decided(dir.path());
    assert!(all.last().unwrap().place.segment > 2, "several segments are needed");
    (dir, all)
}

/// The same shape for every `content`.
fn fill(log: &DecisionLog, appends: u64, content: u8) {
    for n in 0..appends {
        let byte = u8::try_from(n % 251).unwrap() ^ content;
        let body = vec![byte; usize::try_from(n * 37 % 400).unwrap()];
        let bodies = vec![body.as_slice(); usize::try_from(n % 3 + 1).unwrap()];
        log.append_many(chain(n % 7 % 3), 7, Minute(0), &bodies).unwrap();
    }
}

/// Everything a search shows, in its order.
fn shown(dir: &Path, newest_first: bool) -> Result<Vec<Stored>, StoreError> {
    let mut all = Vec::new();
    let flow = find_decision(dir, newest_first, &mut |stored| {
        all.push(stored.clone());
        ControlFlow::Continue(())
    })?;
    assert!(flow.is_continue());
    Ok(all)
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

fn damage(error: StoreError) -> (FindingCode, String) {
    match error {
        StoreError::Damaged(finding) => (finding.code, finding.file),
        other => panic!("{other}"),
    }
}

#[test]
fn both_directions_show_all_and_stop_when_told() {
    let (dir, all) = filled("directions", 120);
    assert_eq!(shown(dir.path(), false).unwrap(), all);
    let backwards: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(shown(dir.path(), true).unwrap(), backwards);
    for newest_first in [false, true] {
        let mut seen = 0;
        let flow = find_decision(dir.path(), newest_first, &mut |_| {
            seen += 1;
            if seen == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(flow.unwrap().is_break() && seen == 5);
    }
}

#[test]
fn an_empty_or_absent_log_has_nothing_to_show() {
    let dir = Scratch::new("empty");
    assert!(shown(dir.path(), true).unwrap().is_empty());
    let log = DecisionLog::open(dir.path(), decisions()).unwrap();
    assert!(shown(dir.path(), true).unwrap().is_empty());
    assert!(shown(dir.path(), false).unwrap().is_empty());
    drop(log);
    let place = Place { segment: 1, offset: 0 };
    assert!(matches!(read_at(dir.path(), place), Err(StoreError::NoRecord(at)) if at == place));
}

#[test]
fn what_was_just_answered_is_found_before_it_is_synced() {
    let dir = Scratch::new("unsynced");
    let options = DecisionOptions { sync_interval: Duration::from_hours(1), ..decisions() };
    let log = DecisionLog::open(dir.path(), options).unwrap();
    let mut last = None;
    for n in 0..100_u8 {
        last = Some(log.append_body(chain(1), 7, Minute(0), &[n; 300]).unwrap());
    }
    assert!(decided(dir.path()).is_empty(), "the anchor counts what is synced");
    let backwards = shown(dir.path(), true).unwrap();
    let bodies: Vec<_> = backwards.iter().map(|record| record.body[0]).collect();
    assert_eq!(bodies, (0..100).rev().collect::<Vec<u8>>());
    assert_eq!(backwards.last().unwrap().record, 1);
    assert_eq!(shown(dir.path(), false).unwrap().len(), 100);
    let last = last.unwrap();
    assert_eq!(read_at(dir.path(), last.place).unwrap().head(), last.head);
}

#[test]
fn a_record_is_read_at_its_place_and_nowhere_else() {
    let (dir, all) = filled("at", 60);
    for record in &all {
        let read = read_at(dir.path(), record.place).unwrap();
        assert_eq!(read, Stored { record: 0, ..record.clone() });
    }
    let places: Vec<_> = all.iter().map(|record| record.place).collect();
    for offset in (0..9000).step_by(7).chain([u64::MAX, u64::MAX - 75]) {
        for segment in [0, 1, 2, 99, u64::MAX] {
            let place = Place { segment, offset };
            match read_at(dir.path(), place) {
                Ok(_) => assert!(places.contains(&place)),
                Err(StoreError::NoRecord(at)) => assert!(at == place && !places.contains(&place)),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn a_record_within_another_ones_body_is_none() {
    let (dir, all) = filled("inner", 60);
    let record = &all[0];
    let at = usize::try_from(record.place.offset).unwrap();
    let bytes = std::fs::read(file(dir.path(), 1)).unwrap();
    let inner = bytes[at..at + length(record)].to_vec();
    let log = DecisionLog::open(dir.path(), decisions()).unwrap();
    let outer = log.append_body(chain(1), 7, Minute(0), &inner).unwrap().place;
    let place = Place { offset: outer.offset + 76, ..outer };
    assert!(matches!(read_at(dir.path(), place), Err(StoreError::NoRecord(_))));
    assert_eq!(read_at(dir.path(), outer).unwrap().body, inner);
}

#[test]
fn a_changed_record_is_not_read() {
    let (dir, all) = filled("changed", 60);
    let record = all.iter().find(|record| record.body.len() > 10).unwrap();
    let at = usize::try_from(record.place.offset).unwrap();
    let path = file(dir.path(), record.place.segment);
    for byte in [0, 4, 7, 13, 25, 39, 50, 73, 76, 80] {
        change(&path, |bytes| bytes[at + byte] ^= 1);
        assert!(read_at(dir.path(), record.place).is_err(), "byte {byte}");
        assert!(shown(dir.path(), true).is_err(), "byte {byte}");
        change(&path, |bytes| bytes[at + byte] ^= 1);
    }
    // With a fitting checksum, the next record of the chain tells.
    change(&path, |bytes| {
        bytes[at + 76] ^= 1;
        let mut crc = crc32fast::Hasher::new();
        crc.update(&bytes[at..at + 72]);
        crc.update(&bytes[at + 76..at + length(record)]);
        bytes[at + 72..at + 76].copy_from_slice(&crc.finalize().to_be_bytes());
    });
    let (code, _) = damage(read_at(dir.path(), record.place).unwrap_err());
    assert_eq!(code, FindingCode::HashMismatch);
    let (code, _) = damage(shown(dir.path(), true).unwrap_err());
    assert_eq!(code, FindingCode::HashMismatch);
}

#[test]
fn a_search_backwards_tells_what_is_missing() {
    let (dir, all) = filled("missing", 120);
    let last = all.last().unwrap();
    let path = file(dir.path(), last.place.segment);
    let whole = std::fs::read(&path).unwrap();
    // The last record, then all of the newest segment.
    for offset in [last.place.offset, 0] {
        change(&path, |bytes| bytes[usize::try_from(offset).unwrap()..].fill(0));
        for newest_first in [true, false] {
            let error = shown(dir.path(), newest_first).unwrap_err();
            let finding = error.finding().unwrap();
            assert_eq!(finding.code, FindingCode::LostTail);
            // Forwards, the first of a torn append is named; backwards, the last acknowledged record.
            assert!(finding.chain == Some(last.chain) && finding.seq <= Some(last.seq));
            assert!(!newest_first || finding.seq == Some(last.seq), "{finding}");
        }
        std::fs::write(&path, &whole).unwrap();
    }
    for number in [1, 2] {
        let path = file(dir.path(), number);
        let whole = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (code, name) = damage(shown(dir.path(), true).unwrap_err());
        assert_eq!((code, name), (FindingCode::LostTail, format!("decisions/{number:08}.seg")));
        std::fs::write(&path, whole).unwrap();
    }
    assert_eq!(shown(dir.path(), true).unwrap().len(), all.len());
}

#[test]
fn a_segment_swapped_for_another_logs_is_seen_across_its_border() {
    let (dir, all) = filled("swapped", 120);
    let first = "decisions/00000001.seg".to_owned();
    // Each segment of the other log holds on its own: once with other content in the same places,
    // once with one more record.
    for (more, code) in [(0, FindingCode::HashMismatch), (1, FindingCode::SequenceGap)] {
        let other = Scratch::new("other");
        let log = DecisionLog::open(other.path(), decisions()).unwrap();
        for _ in 0..more {
            log.append_body(chain(9), 7, Minute(0), b"more").unwrap();
        }
        fill(&log, 120, 1);
        drop(log);
        let count = |log: &[Stored]| log.iter().filter(|one| one.place.segment == 1).count();
        assert_eq!(count(&decided(other.path())) == count(&all), more == 0);
        let whole = std::fs::read(file(dir.path(), 1)).unwrap();
        std::fs::copy(file(other.path(), 1), file(dir.path(), 1)).unwrap();
        assert_eq!(damage(shown(dir.path(), true).unwrap_err()), (code, first.clone()));
        assert!(shown(dir.path(), false).is_err());
        std::fs::write(file(dir.path(), 1), whole).unwrap();
    }
}
