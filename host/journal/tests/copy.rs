//! A journal copied frame by frame: the same bytes, and nothing taken that does not continue the chains.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::time::Duration;

use common::{Scratch, chain, frame, put, records, small};
use journal::{CopyFault, Embedded, Fed, FeedFault, FindingCode, NoPersonal, Store as _, verify};
use proptest::prelude::*;

const NONE: Duration = Duration::ZERO;

fn open(dir: &Scratch) -> Embedded {
    Embedded::open(dir.path(), small()).unwrap()
}

/// What `to` lacks of `from`, at most about so many bytes.
fn ask(from: &Embedded, to: &Embedded, most: usize) -> Fed {
    from.feed("one", to.position(), most, NONE).unwrap()
}

fn take(to: &Embedded, bytes: &[u8]) -> Result<(), CopyFault> {
    let checked = to.check_copied(bytes)?;
    let reached = checked.position();
    let appended = to.append_checked(checked).unwrap();
    assert_eq!(appended.position, reached);
    appended.ticket.wait().unwrap();
    Ok(())
}

fn whole(from: &Embedded, to: &Embedded, most: usize) {
    loop {
        let fed = ask(from, to, most);
        if !fed.bytes.is_empty() {
            take(to, &fed.bytes).unwrap();
        }
        assert_eq!(to.position(), fed.reached);
        if fed.complete {
            return;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any groups on any chains, handed over in pieces of any size, with more appended in between.
    #[test]
    fn a_copy_has_the_same_records(
        appends in prop::collection::vec((0_u64..3, prop::collection::vec(0_usize..900, 1..4)), 1..60),
        cut in 0_usize..60,
        most in 1_usize..6_000,
    ) {
        let (here, there) = (Scratch::new("feed"), Scratch::new("copy"));
        let (from, to) = (open(&here), open(&there));
        for (at, (n, bodies)) in appends.iter().enumerate() {
            let frames = bodies.iter().map(|length| frame(vec![b'x'; *length])).collect();
            let appended = from.append(chain(*n), from.head(chain(*n)), frames).unwrap();
            appended.ticket.wait().unwrap();
            if at == cut {
                whole(&from, &to, most);
            }
        }
        whole(&from, &to, most);
        drop((from, to));
        let bare = |dir: &Scratch| -> Vec<_> {
            records(dir.path()).into_iter().map(|it| (it.record, it.hash, it.following, it.body)).collect()
        };
        prop_assert_eq!(bare(&here), bare(&there));
        let report = verify(there.path(), &NoPersonal).unwrap();
        prop_assert!(report.holds(), "{:?}", report.findings);
        // and a copy that is opened again goes on where it was
        let (from, to) = (open(&here), open(&there));
        put(&from, chain(1), "later");
        whole(&from, &to, most);
    }
}

#[test]
fn every_changed_byte_is_refused_and_nothing_is_written() {
    let (here, there) = (Scratch::new("bytes"), Scratch::new("bytes-copy"));
    let (from, to) = (open(&here), open(&there));
    put(&from, chain(1), "first");
    whole(&from, &to, 1);
    let two = vec![frame("a"), frame("b")];
    from.append(chain(1), from.head(chain(1)), two).unwrap().ticket.wait().unwrap();
    put(&from, chain(2), "c");
    let fed = ask(&from, &to, usize::MAX);
    let before = to.position();
    for at in 0..fed.bytes.len() {
        let mut changed = fed.bytes.clone();
        changed[at] ^= 0x10;
        let fault = to.check_copied(&changed).map(|_| ()).unwrap_err();
        assert!(fault.at <= at, "{fault}");
    }
    for cut in 1..fed.bytes.len() {
        let end = to.check_copied(&fed.bytes[..cut]).map(|checked| checked.records.len());
        assert!(end.is_err() || end == Ok(2), "cut at {cut}: a group is taken whole or not at all");
    }
    let twice = [fed.bytes.clone(), fed.bytes.clone()].concat();
    let fault = to.check_copied(&twice).map(|_| ()).unwrap_err();
    assert_eq!(fault.code, FindingCode::SequenceGap, "{fault}");
    assert_eq!(to.position(), before);
    take(&to, &fed.bytes).unwrap();
    let fault = to.check_copied(&fed.bytes).map(|_| ()).unwrap_err();
    assert_eq!((fault.code, fault.at), (FindingCode::SequenceGap, 0), "the same again: {fault}");
}

#[test]
fn a_reader_ahead_or_on_another_chain_is_sent_nothing() {
    let (here, there) = (Scratch::new("ahead"), Scratch::new("ahead-copy"));
    let (from, to) = (open(&here), open(&there));
    put(&from, chain(1), "same");
    whole(&from, &to, 1);
    put(&to, chain(1), "only there");
    let behind = from.feed("one", to.position(), 1, NONE).unwrap_err();
    assert!(matches!(behind, FeedFault::Behind { records: 1, asked: 2 }), "{behind}");
    put(&from, chain(1), "only here");
    let other = from.feed("one", to.position(), 1, NONE).unwrap_err();
    assert!(matches!(other, FeedFault::OtherRecord(2)), "{other}");
    put(&from, chain(1), "and more");
    let other = from.feed("two", to.position(), 1, NONE).unwrap_err();
    assert!(matches!(other, FeedFault::OtherRecord(2)), "{other}");
    // frames that link to another record are refused by the copy itself
    let third = from.feed("one", from.position(), 1, NONE).unwrap();
    assert!(third.bytes.is_empty() && third.complete);
    let empty = Scratch::new("ahead-empty");
    let all = from.feed("three", open(&empty).position(), usize::MAX, NONE).unwrap();
    let fault = to.check_copied(&all.bytes).map(|_| ()).unwrap_err();
    assert_eq!(fault.code, FindingCode::SequenceGap, "{fault}");
}

#[test]
fn a_waiting_reader_is_woken_by_what_is_acknowledged() {
    let here = Scratch::new("wait");
    let from = open(&here);
    let after = from.position();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| from.feed("one", after, 1, Duration::from_mins(1)).unwrap());
        std::thread::sleep(Duration::from_millis(20));
        put(&from, chain(1), "news");
        let fed = waiting.join().unwrap();
        assert!(!fed.bytes.is_empty() && fed.complete, "not after a minute, but when it came");
    });
    let quiet = from.feed("one", from.position(), 1, Duration::from_millis(10)).unwrap();
    assert!(quiet.bytes.is_empty() && quiet.complete);
}
