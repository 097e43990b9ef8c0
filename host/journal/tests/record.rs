//! The embedded store: chains, conflicts, reopening, a full or failing disk.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use common::{Faulty, Scratch, chain, frame, put, records, segment, small};
use journal::{
    AppendError, Embedded, FindingCode, Head, NoPersonal, Options, OutageCode, Position, Store,
    StoreError, verify,
};
use proptest::prelude::*;

#[test]
fn a_second_handle_is_refused_and_told_what_to_do() {
    let dir = Scratch::new("lock");
    let store = Embedded::open(dir.path(), small()).unwrap();
    let again = Embedded::open(dir.path(), small()).unwrap_err();
    assert!(matches!(again, StoreError::AlreadyOpen { .. }), "{again}");
    assert!(again.to_string().contains("stop the server"), "{again}");
    drop(store);
    Embedded::open(dir.path(), small()).unwrap();
}

#[test]
fn an_append_behind_an_old_head_is_a_conflict_and_changes_nothing() {
    let dir = Scratch::new("conflict");
    let store = Embedded::open(dir.path(), small()).unwrap();
    let first = put(&store, chain(1), "one");
    let before = store.position();
    let conflict = store.append(chain(1), Head::default(), vec![frame("late")]).unwrap_err();
    assert_eq!(
        conflict,
        AppendError::Conflict { chain: chain(1), expected: Head::default(), actual: first }
    );
    let mut other = first;
    other.hash.0[0] ^= 1;
    assert!(matches!(
        store.append(chain(1), other, vec![frame("x")]),
        Err(AppendError::Conflict { .. })
    ));
    assert_eq!(store.position(), before);
    put(&store, chain(2), "another chain is not in the way");
}

#[test]
fn limits_are_refused_by_name() {
    let dir = Scratch::new("limits");
    let store = Embedded::open(dir.path(), small()).unwrap();
    let append = |frames| store.append(chain(1), Head::default(), frames).unwrap_err();
    assert_eq!(append(vec![]), AppendError::FrameCount(0));
    assert_eq!(
        append(vec![frame(vec![0; 4097])]),
        AppendError::TooLarge { length: 4097, max: 4096 }
    );
    assert!(matches!(append(vec![frame(vec![0; 4000]); 3]), AppendError::TooLarge { .. }));
    put(&store, chain(1), vec![0; 4096]);
    drop(store);
    let options = Options { segment_bytes: 100, ..small() };
    assert!(matches!(Embedded::open(dir.path(), options), Err(StoreError::Options(_))));
}

#[test]
fn tickets_answer_by_callback_and_by_await_too() {
    use std::task::{Context, Poll, Waker};
    let dir = Scratch::new("tickets");
    let store = Embedded::open(dir.path(), small()).unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let appended = store.append(chain(1), Head::default(), vec![frame("a")]).unwrap();
    appended.ticket.on_done(Box::new(move |result| sender.send(result).unwrap()));
    receiver.recv_timeout(Duration::from_secs(20)).unwrap().unwrap();
    let mut ticket = store.append(chain(1), appended.head, vec![frame("b")]).unwrap().ticket;
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match std::pin::Pin::new(&mut ticket).poll(&mut context) {
            Poll::Ready(result) => break result.unwrap(),
            Poll::Pending => std::thread::yield_now(),
        }
    }
    assert_eq!(store.head(chain(1)).seq, 2);
}

#[test]
fn eight_threads_on_shared_chains_leave_dense_chains() {
    let dir = Scratch::new("threads");
    let store = Embedded::open(dir.path(), Options { segment_bytes: 65_536, ..small() }).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let store = &store;
            scope.spawn(move || {
                let mut done = 0;
                while done < 100 {
                    let chain = chain(thread % 3);
                    let body = format!("{thread}-{done}");
                    match store.append(chain, store.head(chain), vec![frame(body)]) {
                        Ok(appended) => {
                            appended.ticket.wait().unwrap();
                            done += 1;
                        }
                        Err(AppendError::Conflict { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
            });
        }
    });
    let position = store.position();
    drop(store);
    let mut next: BTreeMap<_, u64> = BTreeMap::new();
    let mut bodies = std::collections::BTreeSet::new();
    for record in records(dir.path()) {
        let seq = next.entry(record.chain).or_default();
        *seq += 1;
        assert_eq!(record.seq, *seq);
        assert!(bodies.insert(record.body));
    }
    assert_eq!(bodies.len(), 800);
    assert_eq!(Embedded::open(dir.path(), small()).unwrap().position(), position);
}

#[test]
fn a_full_disk_is_met_at_the_next_segment_and_nothing_half_written_is_acknowledged() {
    let dir = Scratch::new("full");
    let disk = Arc::new(Faulty::default());
    let store = Embedded::open(dir.path(), disk.options()).unwrap();
    put(&store, chain(1), "before");
    disk.no_room.store(true, Ordering::SeqCst);
    let mut acknowledged = 1;
    // The segment in use and the spare made ready before take what they hold; then it is over.
    let outage = loop {
        let appended =
            match store.append(chain(1), store.head(chain(1)), vec![frame(vec![9; 1000])]) {
                Ok(appended) => appended,
                Err(AppendError::Unavailable(outage)) => break outage,
                Err(other) => panic!("{other}"),
            };
        match appended.ticket.wait() {
            Ok(()) => acknowledged += 1,
            Err(AppendError::Unavailable(outage)) => break outage,
            Err(other) => panic!("{other}"),
        }
        assert!(acknowledged < 100, "a full disk was not noticed");
    };
    assert_eq!(outage.code, OutageCode::StoreFull);
    assert!(outage.to_string().starts_with("STORE_FULL"), "{outage}");
    assert!(store.health().outage.is_some());
    disk.no_room.store(false, Ordering::SeqCst);
    let refused = store.append(chain(2), Head::default(), vec![frame("later")]).unwrap_err();
    assert!(
        matches!(refused, AppendError::Unavailable(_)),
        "an outage is permanent until reopened"
    );
    let mut read = 0;
    store
        .scan(&mut |_| {
            read += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(read, acknowledged);
    drop(store);
    assert!(verify(dir.path(), &NoPersonal).unwrap().holds());
    let store = Embedded::open(dir.path(), small()).unwrap();
    assert!(store.position().records >= acknowledged);
    put(&store, chain(2), "there is room again");
}

#[test]
fn a_failed_write_or_sync_ends_acknowledging() {
    for failing in ["write", "sync", "anchor"] {
        let dir = Scratch::new("failing");
        let disk = Arc::new(Faulty::default());
        let store = Embedded::open(dir.path(), disk.options()).unwrap();
        let head = put(&store, chain(1), "safe");
        match failing {
            "write" => disk.write_error.store(true, Ordering::SeqCst),
            "sync" => disk.sync_error.store(true, Ordering::SeqCst),
            _ => disk.anchor_error.store(true, Ordering::SeqCst),
        }
        let appended = store.append(chain(1), head, vec![frame(vec![1; 500])]).unwrap();
        let code = if failing == "sync" { OutageCode::StoreFailed } else { OutageCode::StoreFull };
        match appended.ticket.wait() {
            Err(AppendError::Unavailable(outage)) => assert_eq!(outage.code, code, "{failing}"),
            other => panic!("{failing}: {other:?}"),
        }
        drop(store);
        let store = Embedded::open(dir.path(), small()).unwrap();
        assert!(store.position().records >= 1, "{failing}");
        assert_eq!(store.recovery().cut.is_some(), failing == "write", "half a frame is cut off");
        put(&store, chain(1), "goes on");
        drop(store);
        assert!(verify(dir.path(), &NoPersonal).unwrap().holds(), "{failing}");
    }
}

#[test]
fn a_torn_tail_is_cut_and_whole_appends_behind_the_anchor_are_kept() {
    use std::os::unix::fs::FileExt as _;
    let dir = Scratch::new("torn");
    let store = Embedded::open(dir.path(), small()).unwrap();
    put(&store, chain(1), "kept");
    drop(store);
    let old = std::fs::read(dir.path().join("anchor")).unwrap();
    let store = Embedded::open(dir.path(), small()).unwrap();
    let three = store
        .append(chain(1), store.head(chain(1)), vec![frame("a"), frame("b"), frame("c")])
        .unwrap();
    three.ticket.wait().unwrap();
    drop(store);
    // A power cut lost the anchor's page: the log is longer than it says.
    std::fs::write(dir.path().join("anchor"), &old).unwrap();
    let store = Embedded::open(dir.path(), small()).unwrap();
    assert_eq!(store.recovery().acknowledged.records, 1);
    assert_eq!(store.position().records, 4);
    drop(store);
    // And now the last of the three frames is damaged as well: the append goes as a whole.
    std::fs::write(dir.path().join("anchor"), &old).unwrap();
    let last = records_beyond(dir.path());
    let file = std::fs::OpenOptions::new().write(true).open(segment(dir.path(), 1)).unwrap();
    file.write_all_at(&[0xff; 8], last).unwrap();
    drop(file);
    let note = verify(dir.path(), &NoPersonal).unwrap();
    assert!(note.holds() && note.notes.len() == 1, "{note:?}");
    let store = Embedded::open(dir.path(), small()).unwrap();
    assert_eq!(store.position().records, 1);
    assert_eq!(store.recovery().cut.as_ref().unwrap().code, FindingCode::BadHeader);
    put(&store, chain(1), "in its place");
    drop(store);
    let report = verify(dir.path(), &NoPersonal).unwrap();
    assert!(report.holds() && report.notes.is_empty() && report.records == 2, "{report:?}");
}

/// Offset of the third frame of the append behind a header of 76 bytes and bodies of 4, 1, 1 bytes.
fn records_beyond(_dir: &std::path::Path) -> u64 {
    (76 + 4) + 77 + 77
}

#[test]
fn a_lost_anchor_is_not_taken_for_a_new_store() {
    let dir = Scratch::new("no-anchor");
    put(&Embedded::open(dir.path(), small()).unwrap(), chain(1), "one");
    std::fs::remove_file(dir.path().join("anchor")).unwrap();
    let error = Embedded::open(dir.path(), small()).unwrap_err();
    assert_eq!(error.finding().unwrap().code, FindingCode::AnchorMissing);
    assert_eq!(
        verify(dir.path(), &NoPersonal).unwrap().findings[0].code,
        FindingCode::AnchorMissing
    );
}

#[test]
fn verify_beside_a_running_writer_never_sees_a_defect() {
    let dir = Scratch::new("beside");
    let store = Embedded::open(dir.path(), small()).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..3_000_u64 {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                put(&store, chain(n % 4), vec![5; usize::try_from(n % 900).unwrap()]);
            }
        });
        for _ in 0..60 {
            let report = verify(dir.path(), &NoPersonal).unwrap();
            assert!(report.holds(), "{report:?}");
        }
        stop.store(true, Ordering::SeqCst);
    });
}

type Appends = Vec<(u64, Vec<Vec<u8>>)>;

fn appends() -> impl Strategy<Value = (Appends, Vec<bool>)> {
    let bodies = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..4);
    let appends = prop::collection::vec((0_u64..5, bodies), 1..40);
    (appends, prop::collection::vec(prop::bool::weighted(0.1), 40))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_appended_is_read_back_however_often_the_store_is_reopened((appends, reopen) in appends()) {
        let dir = Scratch::new("random");
        let mut store = Embedded::open(dir.path(), small()).unwrap();
        let mut written = Vec::new();
        for ((township, bodies), reopen) in appends.into_iter().zip(reopen) {
            let chain = chain(township);
            let frames = bodies.iter().cloned().map(frame).collect();
            let before = store.position();
            let appended = store.append(chain, store.head(chain), frames).unwrap();
            prop_assert_eq!(appended.before, before.records);
            prop_assert_eq!(appended.position, store.position());
            appended.ticket.wait().unwrap();
            written.extend(bodies.into_iter().map(|body| (chain, body)));
            if reopen {
                let position = store.position();
                drop(store);
                store = Embedded::open(dir.path(), small()).unwrap();
                prop_assert_eq!(store.position(), position);
                prop_assert!(store.recovery().cut.is_none());
            }
        }
        let position = store.position();
        drop(store);
        let read: Vec<_> = records(dir.path()).into_iter().map(|record| (record.chain, record.body)).collect();
        prop_assert_eq!(read, written);
        prop_assert_ne!(position, Position::default());
        prop_assert!(verify(dir.path(), &NoPersonal).unwrap().holds());
    }
}
