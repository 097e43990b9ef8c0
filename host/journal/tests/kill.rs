//! A process killed in the middle of appends: what it had acknowledged is there, all of it.
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
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use common::{Faulty, Given, Scratch, chain, frame, killed_after, records, start};
use journal::{
    AppendError, DecisionLog, DecisionOptions, Embedded, Head, NoPersonal, Options, OutageCode,
    Store, SyncFailure, verify,
};

const ROUNDS: u32 = 20;
const DIR: &str = "JOURNAL_KILL_TEST_DIR";

fn options() -> Options {
    // Small segments, so that kills also hit the change from one to the next.
    Options { segment_bytes: 65_536, body_max: 4096, ..Options::default() }
}

fn decisions() -> DecisionOptions {
    DecisionOptions { segment_bytes: 65_536, ..DecisionOptions::default() }
}

#[test]
fn child() {
    let Given { dir, rounds, .. } = &Given::new(DIR, 40);
    append_for(dir, *rounds);
    let report = verify(dir, &NoPersonal).unwrap();
    assert!(report.holds() && report.records >= 40 && report.decisions == 80, "{report:?}");
}

/// Eight threads append to both logs and print what was acknowledged.
fn append_for(dir: &Path, rounds: usize) {
    let store = Embedded::open(dir, options()).unwrap();
    let log = DecisionLog::open(dir, decisions()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (store, log) = (&store, &log);
            scope.spawn(move || {
                for n in 0..rounds {
                    let chain = chain(thread % 3);
                    let frames = vec![frame(vec![1; n % 700]); n % 3 + 1];
                    let mut line = String::new();
                    match store.append(chain, store.head(chain), frames) {
                        Ok(appended) => {
                            appended.ticket.wait().unwrap();
                            line.push_str(&format!(
                                "J {chain} {} {}\n",
                                appended.head.seq, appended.head.hash
                            ));
                        }
                        Err(AppendError::Conflict { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                    if n % 4 == 0 {
                        let head = log.append(chain, frame(vec![2; n % 300])).unwrap();
                        line.push_str(&format!("D {chain} {} {}\n", head.seq, head.hash));
                    }
                    // One write per line: whatever the parent reads was acknowledged.
                    if rounds == usize::MAX {
                        std::io::stdout().write_all(line.as_bytes()).unwrap();
                        std::io::stdout().flush().unwrap();
                    }
                }
            });
        }
    });
}

#[test]
fn child_whose_sync_fails() {
    // On its own it answers the failure instead, so that the test process can tell.
    let Given { dir, alone, .. } = &Given::new(DIR, 1);
    let on_sync_failure = if *alone { SyncFailure::Refuse } else { SyncFailure::default() };
    let disk = Arc::new(Faulty::default());
    let options = Options { disk: Arc::<Faulty>::clone(&disk), on_sync_failure, ..options() };
    let store = Embedded::open(dir, options).unwrap();
    disk.sync_error.store(true, Ordering::SeqCst);
    let appended = store.append(chain(1), Head::default(), vec![frame("lost")]).unwrap();
    let answer = appended.ticket.wait();
    if !alone {
        std::io::stdout().write_all(b"went on\n").unwrap();
    }
    match answer {
        Err(AppendError::Unavailable(outage)) => assert_eq!(outage.code, OutageCode::StoreFailed),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_failed_sync_ends_the_process_unless_told_otherwise() {
    use std::os::unix::process::ExitStatusExt as _;
    let dir = Scratch::new("abort");
    let child = start("child_whose_sync_fails", DIR, dir.path());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(6), "{output:?}");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("went on"));
}

#[test]
fn nothing_acknowledged_is_lost_over_twenty_kills() {
    let dir = Scratch::new("kill");
    let mut acknowledged: BTreeMap<(String, String, u64), String> = BTreeMap::new();
    for round in 0..ROUNDS {
        let time = Duration::from_millis(u64::from(60 + round * 37 % 150));
        let lines = killed_after(start("child", DIR, dir.path()), time);
        for line in &lines {
            // The harness's own words, and a line that the kill cut short, are no acknowledgements.
            let parts: Vec<_> = line.split(' ').collect();
            if let [log @ ("J" | "D"), chain, seq, hash] = parts[..]
                && hash.len() == 64
            {
                acknowledged.insert(
                    (log.to_owned(), chain.to_owned(), seq.parse().unwrap()),
                    hash.to_owned(),
                );
            }
        }
        let report = verify(dir.path(), &NoPersonal).unwrap();
        assert!(report.holds(), "round {round}: {report:?}");
        if round % 5 == 0 {
            let store = Embedded::open(dir.path(), options()).unwrap();
            assert!(store.position().records >= report.acknowledged);
        }
    }
    drop(Embedded::open(dir.path(), options()).unwrap());
    drop(DecisionLog::open(dir.path(), decisions()).unwrap());
    let mut there = BTreeMap::new();
    for record in records(dir.path()) {
        there.insert(
            ("J".to_owned(), record.chain.to_string(), record.seq),
            record.hash.to_string(),
        );
    }
    journal::read_decisions(dir.path(), &mut |record| {
        there.insert(
            ("D".to_owned(), record.chain.to_string(), record.seq),
            record.hash.to_string(),
        );
        Ok(())
    })
    .unwrap();
    assert!(
        acknowledged.len() > 500,
        "only {} acknowledgements in {ROUNDS} rounds",
        acknowledged.len()
    );
    for (key, hash) in &acknowledged {
        assert_eq!(there.get(key), Some(hash), "{key:?}");
    }
}
