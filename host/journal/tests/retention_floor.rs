//! What a retention leaves behind: a crash on the way is healed, a changed floor is found.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use common::retained::{ALL, checked, filled, holds, open, segments};
use common::{chain, decided, decisions};
use journal::{
    DecisionLog, DecisionOptions, Disk, FileRole, Finding, FindingCode, RealDisk, Retain,
    find_decision,
};
use model::Minute;

/// A disk on which a retention dies at its n-th step.
#[derive(Debug)]
struct Dying(AtomicI64);

impl Dying {
    fn step(&self) -> io::Result<()> {
        if self.0.fetch_sub(1, Ordering::SeqCst) > 0 {
            Ok(())
        } else {
            Err(io::Error::other("died"))
        }
    }
}

impl Disk for Dying {
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        if role == FileRole::Floor && self.step().is_err() {
            RealDisk.write_at(file, role, &bytes[..bytes.len() / 2], offset)?;
            return Err(io::Error::other("died"));
        }
        RealDisk.write_at(file, role, bytes, offset)
    }

    fn sync(&self, file: &File, role: FileRole) -> io::Result<()> {
        if role == FileRole::Floor {
            self.step()?;
        }
        RealDisk.sync(file, role)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.remove(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        RealDisk.sync_dir(path)
    }
}

#[test]
fn a_retention_that_dies_at_any_step_is_healed_at_the_next_open() {
    let mut healed = 0;
    let mut steps = 0;
    loop {
        let (dir, all) = filled("dying");
        let disk = Arc::new(Dying(AtomicI64::new(i64::MAX)));
        let options = DecisionOptions { disk: Arc::<Dying>::clone(&disk), ..decisions() };
        let log = DecisionLog::open(dir.path(), options).unwrap();
        disk.0.store(steps, Ordering::SeqCst);
        let died = log.retain(Retain { newest_segments_min: 5, ..ALL }).is_err();
        // The log itself goes on meanwhile.
        log.append_body(chain(1), 7, Minute(500), b"goes on").unwrap();
        drop(log);
        let kept = decided(dir.path());
        let from = checked(dir.path()).retained_from.map_or(1, |from| from.record);
        assert_eq!(kept.len(), 202 - usize::try_from(from).unwrap());
        assert!(from == 1 || from == all.iter().find(|r| r.place.segment == 6).unwrap().record);
        holds(dir.path(), &kept);
        let log = open(dir.path());
        healed += u64::from(log.recovery().retired > 0);
        assert_eq!(segments(dir.path())[0], if from == 1 { 1 } else { 6 });
        // And a further retention ends what is left to do.
        log.retain(Retain { newest_segments_min: 4, ..ALL }).unwrap();
        log.append_body(chain(1), 7, Minute(501), b"after").unwrap();
        drop(log);
        assert!(!dir.path().join("decisions/floor.new").exists());
        holds(dir.path(), &decided(dir.path()));
        assert_eq!(decided(dir.path()).last().unwrap().record, 202);
        if !died {
            break;
        }
        steps += 1;
    }
    // Write, sync, name and sync the name; then once more that, five removals, and the names of these.
    assert_eq!(steps, 4 + 1 + 5 + 1);
    assert!(healed >= 6, "{healed}");
}

#[test]
fn the_next_retention_ends_an_interrupted_one_without_a_restart() {
    let (dir, _) = filled("again");
    let disk = Arc::new(Dying(AtomicI64::new(i64::MAX)));
    let options = DecisionOptions { disk: Arc::<Dying>::clone(&disk), ..decisions() };
    let log = DecisionLog::open(dir.path(), options).unwrap();
    disk.0.store(7, Ordering::SeqCst);
    let keep = Retain { newest_segments_min: 5, ..ALL };
    log.retain(keep).unwrap_err();
    assert_eq!(segments(dir.path())[0], 3, "two were removed");
    disk.0.store(i64::MAX, Ordering::SeqCst);
    let retained = log.retain(keep).unwrap();
    assert_eq!((retained.segments, retained.records), (3, 0));
    assert_eq!(segments(dir.path())[0], 6);
}

/// What verifying finds, which opening and searching must find as well.
fn found(dir: &Path) -> Finding {
    let finding = checked(dir).findings.into_iter().next();
    let error = DecisionLog::open(dir, decisions()).unwrap_err();
    assert_eq!(error.finding(), finding.as_ref());
    find_decision(dir, true, &mut |_| ControlFlow::Continue(())).unwrap_err();
    finding.unwrap()
}

#[test]
fn a_changed_or_lost_floor_is_found() {
    let (dir, _) = filled("floor");
    let log = open(dir.path());
    log.retain(Retain { newest_segments_min: 5, ..ALL }).unwrap();
    drop(log);
    let path = dir.path().join("decisions/floor");
    let whole = std::fs::read(&path).unwrap();
    // Head, four chains, checksum.
    assert_eq!(whole.len(), 32 + 4 * 48 + 4);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let finding = found(dir.path());
        assert_eq!(
            (finding.code, finding.file.as_str()),
            (FindingCode::CrcMismatch, "decisions/floor")
        );
    }
    std::fs::write(&path, &whole[..100]).unwrap();
    assert_eq!(found(dir.path()).code, FindingCode::CrcMismatch);
    std::fs::remove_file(&path).unwrap();
    let finding = found(dir.path());
    assert_eq!(
        (finding.code, finding.file.as_str()),
        (FindingCode::LostTail, "decisions/00000001.seg")
    );
    std::fs::write(&path, &whole).unwrap();
    assert!(checked(dir.path()).holds());
}

#[test]
fn a_floor_forged_with_its_checksum_is_found() {
    let (dir, all) = filled("forged");
    let log = open(dir.path());
    log.retain(Retain { newest_segments_min: 5, ..ALL }).unwrap();
    drop(log);
    let path = dir.path().join("decisions/floor");
    let whole = std::fs::read(&path).unwrap();
    let forge = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole[..whole.len() - 4].to_vec();
        change(&mut bytes);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        std::fs::write(&path, bytes).unwrap();
        found(dir.path())
    };
    // A hash of a chain that goes on: its next record links elsewhere.
    let finding = forge(&|bytes| bytes[32 + 20] ^= 1);
    assert_eq!(
        (finding.code, finding.file.as_str()),
        (FindingCode::HashMismatch, "decisions/floor")
    );
    assert!(finding.chain.is_some() && finding.seq.is_some_and(|seq| seq > 0));
    // A hash of the chain that has no later record: the seal digests it.
    assert!(all.iter().filter(|record| record.chain == chain(3)).all(|r| r.place.segment < 6));
    let finding = forge(&|bytes| bytes[32 + 3 * 48 + 20] ^= 1);
    assert_eq!(finding.file, "decisions/00000006.seg");
    // The count of that chain, with the total to fit; a chain left out; the first segment moved.
    forge(&|bytes| {
        bytes[31] += 1;
        bytes[32 + 3 * 48 + 15] += 1;
    });
    forge(&|bytes| {
        bytes.truncate(32 + 3 * 48);
        bytes[31] -= 8;
    });
    for segment in [2, 5, 7, 10, 11, 200] {
        forge(&|bytes| bytes[15] = segment);
    }
    // More records than the anchor knows.
    let finding = forge(&|bytes| {
        bytes[30] += 9;
        bytes[32 + 3 * 48 + 14] += 9;
    });
    assert_eq!(
        (finding.code, finding.file.as_str()),
        (FindingCode::HashMismatch, "decisions/floor")
    );
    std::fs::write(&path, &whole).unwrap();
    assert!(checked(dir.path()).holds());
}
