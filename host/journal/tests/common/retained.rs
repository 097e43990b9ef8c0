//! What the tests of retention share: a log of several segments, and reading what is left of it.

use std::ops::ControlFlow;
use std::path::Path;

use journal::{DecisionLog, NoPersonal, Retain, Stored, VerifyReport, find_decision, verify};
use model::Minute;

use super::{Scratch, chain, decided, decisions};

pub(crate) const ALL: Retain = Retain { newest_segments_min: 0, not_before: Minute(i64::MAX) };

/// Decisions on four chains, two to a minute; chain 3 has records only in the first segments.
pub(crate) fn fill(log: &DecisionLog, minutes: std::ops::Range<i64>) {
    for minute in minutes {
        for part in 0..2 {
            let number = if minute < 8 && part == 1 { 3 } else { minute % 3 };
            let body = [u8::try_from(minute % 251).unwrap(); 300];
            log.append_body(chain(number.unsigned_abs()), 7, Minute(minute), &body).unwrap();
        }
    }
}

pub(crate) fn filled(name: &str) -> (Scratch, Vec<Stored>) {
    let dir = Scratch::new(name);
    let log = DecisionLog::open(dir.path(), decisions()).unwrap();
    fill(&log, 0..100);
    drop(log);
    let all = decided(dir.path());
    assert_eq!((all.len(), all.last().unwrap().place.segment), (200, 10));
    (dir, all)
}

pub(crate) fn checked(dir: &Path) -> VerifyReport {
    verify(dir, &NoPersonal).unwrap()
}

pub(crate) fn open(dir: &Path) -> DecisionLog {
    DecisionLog::open(dir, decisions()).unwrap()
}

pub(crate) fn segments(dir: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(dir.join("decisions")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut numbers: Vec<u64> = names
        .filter_map(|name| name.strip_suffix(".seg").map(|stem| stem.parse().unwrap()))
        .collect();
    numbers.sort_unstable();
    numbers
}

/// What is left, read in every way there is.
pub(crate) fn holds(dir: &Path, left: &[Stored]) {
    let report = checked(dir);
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.decisions, left.len() as u64);
    assert_eq!(decided(dir), left);
    let mut backwards = Vec::new();
    let flow = find_decision(dir, true, &mut |stored| {
        backwards.push(stored.clone());
        ControlFlow::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    backwards.reverse();
    assert_eq!(backwards, left);
}
