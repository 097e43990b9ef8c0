//! A process killed while four threads append decisions and a fifth removes old ones: every decision
//! that was answered is there, unless it was removed.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::format_push_string,
    reason = "a helper of a test may fail the test"
)]

mod common;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{Given, Scratch, chain, decided, killed_after, start};
use journal::{
    DecisionLog, DecisionOptions, NoPersonal, Place, Retain, StoreError, Written, find_decision,
    read_at, verify,
};
use model::Minute;

const DIR: &str = "DECISIONS_KILL_TEST_DIR";
const RETAINING: &str = "DECISIONS_KILL_TEST_RETAINING_DIR";

/// Rounds of a child that nobody kills, and the records of four threads then: each fifth round writes three.
const ALONE: usize = 400;
const RECORDS: usize = 4 * (ALONE + ALONE / 5 * 2);

fn options() -> DecisionOptions {
    // Small segments, so that kills also hit the change from one to the next.
    DecisionOptions { segment_bytes: 65_536, ..DecisionOptions::default() }
}

/// Appends and prints what was answered; one write per answer, so whatever is read was answered.
fn append(log: &DecisionLog, thread: u64, rounds: usize) {
    for n in 0..rounds {
        let chain = chain(thread % 3);
        let body = vec![u8::try_from(thread).unwrap(); n % 500];
        let written = if n % 5 == 0 {
            log.append_many(chain, 7, Minute(0), &[&body, b"second", b"third"]).unwrap()
        } else {
            vec![log.append_body(chain, 7, Minute(0), &body).unwrap()]
        };
        let mut lines = String::new();
        for Written { head, place } in written {
            let Place { segment, offset } = place;
            lines.push_str(&format!("D {chain} {} {segment} {offset} {}\n", head.seq, head.hash));
        }
        if rounds == usize::MAX {
            std::io::stdout().write_all(lines.as_bytes()).unwrap();
            std::io::stdout().flush().unwrap();
        }
    }
}

fn append_for(dir: &Path, rounds: usize, retaining: bool) {
    let log = DecisionLog::open(dir, options()).unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let log = &log;
        let work: Vec<_> =
            (0..4).map(|thread| scope.spawn(move || append(log, thread, rounds))).collect();
        if retaining {
            scope.spawn(|| {
                let keep = Retain { newest_segments_min: 3, not_before: Minute(1) };
                while !ended.load(Ordering::SeqCst) {
                    log.retain(keep).unwrap();
                }
                log.retain(keep).unwrap();
            });
        }
        for thread in work {
            thread.join().unwrap();
        }
        ended.store(true, Ordering::SeqCst);
    });
}

#[test]
fn child() {
    let Given { dir, rounds, .. } = &Given::new(DIR, ALONE);
    append_for(dir, *rounds, false);
    assert_eq!(decided(dir).len(), RECORDS);
    assert!(verify(dir, &NoPersonal).unwrap().holds());
}

#[test]
fn child_that_retains() {
    let Given { dir, rounds, .. } = &Given::new(RETAINING, ALONE);
    append_for(dir, *rounds, true);
    let report = verify(dir, &NoPersonal).unwrap();
    let removed = report.retained_from.unwrap().record - 1;
    assert!(report.holds() && removed > 0);
    assert_eq!(removed + report.decisions, RECORDS as u64);
}

/// What a child answered: chain and number, place and hash.
type Answered = BTreeMap<(String, u64), (Place, String)>;

fn take_in(answered: &mut Answered, lines: &[String]) {
    for line in lines {
        // The harness's own words, and a line that the kill cut short, are no answers.
        let parts: Vec<_> = line.split(' ').collect();
        if let ["D", chain, seq, segment, offset, hash] = parts[..]
            && hash.len() == 64
        {
            let place =
                Place { segment: segment.parse().unwrap(), offset: offset.parse().unwrap() };
            let key = (chain.to_owned(), seq.parse().unwrap());
            let before = answered.insert(key.clone(), (place, hash.to_owned()));
            assert!(before.is_none(), "{key:?} was answered twice");
        }
    }
}

/// Holds the directory of a killed process against what it answered.
fn check(dir: &Path, answered: &Answered, round: u32) {
    let report = verify(dir, &NoPersonal).unwrap();
    assert!(report.holds(), "round {round}: {report:?}");
    let from = report.retained_from.map_or(1, |from| from.segment);
    let mut there = BTreeMap::new();
    let flow = find_decision(dir, true, &mut |record| {
        let key = (record.chain.to_string(), record.seq);
        there.insert(key, (record.place, record.hash.to_string()));
        ControlFlow::Continue(())
    });
    assert!(flow.unwrap().is_continue());
    for (key, (place, hash)) in answered {
        if place.segment >= from {
            assert_eq!(there.get(key), Some(&(*place, hash.clone())), "round {round}: {key:?}");
        }
    }
    for (place, hash) in answered.values().step_by(answered.len() / 40 + 1) {
        match read_at(dir, *place) {
            Ok(record) => assert_eq!(record.hash.to_string(), *hash),
            Err(StoreError::Retired { .. }) => assert!(place.segment < from),
            Err(other) => panic!("round {round}: {other}"),
        }
    }
}

fn over_kills(test: &str, variable: &str, rounds: u32) -> (Scratch, Answered) {
    let dir = Scratch::new(test);
    let mut answered = Answered::new();
    for round in 0..rounds {
        let time = Duration::from_millis(u64::from(70 + round * 37 % 130));
        take_in(&mut answered, &killed_after(start(test, variable, dir.path()), time));
        check(dir.path(), &answered, round);
    }
    assert!(answered.len() > 2000, "only {} answers in {rounds} rounds", answered.len());
    (dir, answered)
}

#[test]
fn no_answered_decision_is_lost_over_kills() {
    let (dir, answered) = over_kills("child", DIR, 15);
    drop(DecisionLog::open(dir.path(), options()).unwrap());
    assert!(decided(dir.path()).len() >= answered.len());
    check(dir.path(), &answered, u32::MAX);
}

#[test]
fn no_kept_decision_is_lost_over_kills_beside_a_retention() {
    let (dir, answered) = over_kills("child_that_retains", RETAINING, 15);
    let log = DecisionLog::open(dir.path(), options()).unwrap();
    assert!(log.position().records >= answered.len() as u64);
    drop(log);
    check(dir.path(), &answered, u32::MAX);
    let from = verify(dir.path(), &NoPersonal).unwrap().retained_from;
    assert!(from.is_some_and(|from| from.record > 1000), "{from:?}");
}
