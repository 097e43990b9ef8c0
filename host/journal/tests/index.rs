//! The index: both engines hold the same rows; what is behind is replayed, what does not fit is rebuilt.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use common::{Scratch, chain, frame, put, small};
use journal::{
    Change, Embedded, Heads, IndexError, IndexStore, MemoryIndex, Position, SledIndex, SledOptions,
    Standing, Store, Trailing, Work, standing,
};
use proptest::prelude::*;

fn at(records: u64) -> Position {
    Position { records, ..Position::default() }
}

fn rows(index: &dyn IndexStore, table: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    index
        .load(table, &mut |key, value| {
            rows.push((key.to_vec(), value.to_vec()));
            Ok(())
        })
        .unwrap();
    rows
}

fn open(dir: &Scratch) -> SledIndex {
    SledIndex::open(&dir.path().join("index"), SledOptions::default()).unwrap()
}

fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let table = prop::sample::select(vec!["a", "ab", "balance"]);
    let key = prop::collection::vec(0_u8..3, 0..4);
    let length = prop_oneof![
        Just(None),
        (0_usize..200).prop_map(Some),
        (3_890_usize..12_000).prop_map(Some)
    ];
    let change = (table, key, length, any::<u8>()).prop_map(|(table, key, length, byte)| Change {
        table: table.into(),
        key,
        value: length.map(|length| vec![byte; length]),
    });
    prop::collection::vec(prop::collection::vec(change, 0..12), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_indexes_hold_the_same_rows_after_any_batches(batches in changes()) {
        let dir = Scratch::new("same");
        let memory = MemoryIndex::default();
        let mut sled = open(&dir);
        for (n, batch) in (1..).zip(batches) {
            memory.apply(batch.clone(), at(n)).unwrap();
            sled.apply(batch, at(n)).unwrap();
            if n % 3 == 0 {
                drop(sled);
                sled = open(&dir);
            }
            for table in ["a", "ab", "balance", "none"] {
                prop_assert_eq!(rows(&memory, table), rows(&sled, table));
            }
            prop_assert_eq!(sled.applied().unwrap(), Some(at(n)));
        }
        prop_assert_eq!(sled.blobs(), 0);
        sled.wipe().unwrap();
        prop_assert_eq!(sled.applied().unwrap(), None);
        prop_assert!(rows(&sled, "a").is_empty());
    }
}

#[test]
fn large_values_and_many_rewrites_leave_no_blobs() {
    let dir = Scratch::new("blobs");
    let index = open(&dir);
    for n in 0..400_u64 {
        let key = (n % 20).to_be_bytes();
        index.apply(vec![Change::set("large", key, vec![7; 60_000])], at(n)).unwrap();
    }
    drop(index);
    let index = open(&dir);
    assert_eq!(index.blobs(), 0);
    assert_eq!(rows(&index, "large").len(), 20);
    let refused = index.apply(vec![Change::set("large", "k", vec![0; (1 << 20) + 1])], at(9));
    assert!(matches!(refused, Err(IndexError::TooLarge(_))));
    assert_eq!(index.applied().unwrap(), Some(at(399)));
}

#[test]
fn a_second_handle_is_refused() {
    let dir = Scratch::new("sled-lock");
    let _index = open(&dir);
    let again = SledIndex::open(&dir.path().join("index"), SledOptions::default());
    assert!(matches!(again, Err(IndexError::AlreadyOpen(_))));
}

#[test]
fn a_snapshot_left_half_written_does_not_keep_the_index_shut() {
    let dir = Scratch::new("generating");
    let index = open(&dir);
    index.apply(vec![Change::set("t", "k", "v")], at(1)).unwrap();
    drop(index);
    let half = dir.path().join("index/snap.00000000FFFFFFFF.generating");
    std::fs::write(&half, [1, 2, 3]).unwrap();
    let index = open(&dir);
    assert_eq!(rows(&index, "t"), [(b"k".to_vec(), b"v".to_vec())], "the rows are still there");
    assert!(!half.exists());
}

#[test]
fn broken_or_suspect_files_become_an_empty_index() {
    let dir = Scratch::new("broken");
    let fill = || {
        let index = open(&dir);
        for n in 0..50_u64 {
            index.apply(vec![Change::set("t", n.to_be_bytes(), vec![1; 500])], at(n)).unwrap();
        }
    };
    fill();
    std::fs::write(dir.path().join("index/conf"), b"not a configuration").unwrap();
    let index = open(&dir);
    assert_eq!(index.applied().unwrap(), None);
    assert!(rows(&index, "t").is_empty());
    drop(index);
    fill();
    std::fs::write(dir.path().join("index.suspect"), b"").unwrap();
    let index = open(&dir);
    assert_eq!(index.applied().unwrap(), None);
    assert!(!dir.path().join("index.suspect").exists());
}

#[test]
fn an_index_behind_is_replayed_and_any_other_is_rebuilt() {
    let dir = Scratch::new("standing");
    let store = Embedded::open(dir.path(), small()).unwrap();
    let mut positions = vec![store.position()];
    for n in 0..10 {
        put(&store, chain(n % 3), format!("{n}"));
        positions.push(store.position());
    }
    let log = store.position();
    assert_eq!(standing(&store, None).unwrap(), Standing::Behind(0));
    for (n, position) in positions.iter().enumerate() {
        let expected = if n == 10 { Standing::Current } else { Standing::Behind(n as u64) };
        assert_eq!(standing(&store, Some(*position)).unwrap(), expected);
        let other = Position { digest: model::Digest([7; 32]), ..*position };
        assert_eq!(
            standing(&store, Some(other)).unwrap(),
            Standing::Rebuild,
            "another history of {n} records"
        );
    }
    let ahead = Position { records: 11, ..log };
    assert_eq!(standing(&store, Some(ahead)).unwrap(), Standing::Rebuild);
    // The heads that a replay builds up are those of the store.
    let mut heads = Heads::default();
    store
        .scan(&mut |record| {
            heads.record(&record);
            Ok(())
        })
        .unwrap();
    assert_eq!(heads.position(), log);
    assert_eq!(heads, store.heads());
}

/// An index that others can look into while a thread owns it.
struct Watched(Arc<MemoryIndex>);

impl IndexStore for Watched {
    fn apply(&self, batch: Vec<Change>, applied: Position) -> Result<(), IndexError> {
        if batch.iter().any(|change| change.key == b"fail") {
            return Err(IndexError::Suspect("asked to".to_owned()));
        }
        std::thread::sleep(Duration::from_millis(1));
        self.0.apply(batch, applied)
    }

    fn load(&self, table: &str, each: journal::EachRow<'_>) -> Result<(), IndexError> {
        self.0.load(table, each)
    }

    fn applied(&self) -> Result<Option<Position>, IndexError> {
        self.0.applied()
    }

    fn wipe(&self) -> Result<(), IndexError> {
        self.0.wipe()
    }
}

#[test]
fn the_trailing_index_follows_the_log_in_order_whoever_submits_first() {
    let dir = Scratch::new("trailing");
    let store = Embedded::open(dir.path(), small()).unwrap();
    let inner = Arc::new(MemoryIndex::default());
    // A queue of 2 and four threads: the thread whose turn it is must always get in.
    let trailing = Trailing::start(Box::new(Watched(Arc::clone(&inner))), 0, 2).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let (store, trailing) = (&store, &trailing);
            scope.spawn(move || {
                for n in 0..50_u64 {
                    let appended = store.append(
                        chain(thread),
                        store.head(chain(thread)),
                        vec![frame("x"), frame("y")],
                    );
                    let appended = appended.unwrap();
                    let key = appended.before.to_be_bytes();
                    let changes = vec![
                        Change::set("last", "k", key),
                        Change::set("all", key, (thread * 50 + n).to_be_bytes()),
                    ];
                    let work =
                        Work { before: appended.before, position: appended.position, changes };
                    trailing.submit(work).unwrap();
                }
            });
        }
    });
    trailing.wait_for(400, Duration::from_secs(20)).unwrap();
    assert_eq!(inner.applied().unwrap(), Some(store.position()));
    assert_eq!(rows(inner.as_ref(), "last"), [(b"k".to_vec(), 398_u64.to_be_bytes().to_vec())]);
    assert_eq!(rows(inner.as_ref(), "all").len(), 200);
    assert_eq!(trailing.wait_for(401, Duration::from_millis(5)), Err(IndexError::Behind(401)));
}

#[test]
fn an_index_that_fails_is_told_to_everyone_and_never_skips() {
    let inner = Arc::new(MemoryIndex::default());
    let trailing = Trailing::start(Box::new(Watched(Arc::clone(&inner))), 0, 8).unwrap();
    let work = |n: u64, key: &str| Work {
        before: n,
        position: at(n + 1),
        changes: vec![Change::set("t", key, "v")],
    };
    trailing.submit(work(0, "a")).unwrap();
    trailing.wait_for(1, Duration::from_secs(20)).unwrap();
    trailing.submit(work(1, "fail")).unwrap();
    let failed = trailing.wait_for(3, Duration::from_secs(20)).unwrap_err();
    assert_eq!(failed, IndexError::Suspect("asked to".to_owned()));
    assert_eq!(trailing.submit(work(2, "b")), Err(failed));
    assert_eq!(inner.applied().unwrap(), Some(at(1)));
    let by_key: BTreeMap<_, _> = rows(inner.as_ref(), "t").into_iter().collect();
    assert_eq!(by_key.len(), 1);
}
