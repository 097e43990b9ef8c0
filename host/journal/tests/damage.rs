//! One changed byte, one cut tail, one rewritten record: each is found, and where it is.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::path::Path;

use common::{Scratch, chain, frame, records, segment, small};
use journal::{
    DecisionLog, DecisionOptions, Embedded, Finding, FindingCode, NoPersonal, Store, Stored,
    VerifyReport, verify,
};
use proptest::prelude::*;

/// A closed store over several segments, with groups of one to three frames.
fn filled(name: &str, appends: u64) -> (Scratch, Vec<Stored>) {
    let dir = Scratch::new(name);
    let store = Embedded::open(dir.path(), small()).unwrap();
    for n in 0..appends {
        let chain = chain(n % 5);
        let body = |part: u64| {
            frame(vec![
                u8::try_from(n % 251).unwrap();
                usize::try_from((n * 37 + part) % 400).unwrap()
            ])
        };
        let frames = (0..=n % 3).map(body).collect();
        store.append(chain, store.head(chain), frames).unwrap().ticket.wait().unwrap();
    }
    drop(store);
    let all = records(dir.path());
    assert!(all.last().unwrap().place.segment > 2, "several segments are needed");
    (dir, all)
}

fn length(record: &Stored) -> u64 {
    76 + u64::try_from(record.body.len()).unwrap()
}

fn checked(dir: &Path) -> VerifyReport {
    verify(dir, &NoPersonal).unwrap()
}

/// The only finding, which opening the store must name as well.
fn found(dir: &Path) -> Finding {
    let report = checked(dir);
    assert_eq!(report.findings.len(), 1, "{report:?}");
    let error = Embedded::open(dir, small()).unwrap_err();
    assert_eq!(error.finding(), report.findings.first(), "opening and verifying disagree");
    report.findings.into_iter().next().unwrap()
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_flipped_bit_is_found_in_its_frame(picks in prop::collection::vec((any::<prop::sample::Index>(), 0_u32..8), 40)) {
        let (dir, all) = filled("flip", 90);
        prop_assert!(checked(dir.path()).holds());
        for (pick, bit) in picks {
            // Any byte of any frame of the acknowledged log.
            let total: u64 = all.iter().map(length).sum();
            let mut byte = pick.index(usize::try_from(total).unwrap()) as u64;
            let record = all.iter().find(|record| {
                let here = byte < length(record);
                if !here { byte -= length(record); }
                here
            }).unwrap();
            let path = segment(dir.path(), record.place.segment);
            let at = usize::try_from(record.place.offset + byte).unwrap();
            change(&path, |bytes| bytes[at] ^= 1 << bit);
            let finding = found(dir.path());
            let name = format!("journal/{:08}.seg", record.place.segment);
            prop_assert_eq!((finding.file, finding.offset), (name, record.place.offset), "byte {} bit {}", byte, bit);
            change(&path, |bytes| bytes[at] ^= 1 << bit);
        }
        prop_assert!(checked(dir.path()).holds());
    }

    #[test]
    fn any_cut_is_found_at_the_frame_it_goes_through(picks in prop::collection::vec(any::<prop::sample::Index>(), 20)) {
        let (dir, all) = filled("cut", 90);
        for pick in picks {
            let record = pick.get(&all);
            let cut = record.place.offset + u64::try_from(pick.index(usize::try_from(length(record)).unwrap())).unwrap();
            let path = segment(dir.path(), record.place.segment);
            let whole = std::fs::read(&path).unwrap();
            change(&path, |bytes| bytes.truncate(usize::try_from(cut).unwrap()));
            let finding = found(dir.path());
            prop_assert_eq!(finding.code, FindingCode::LostTail);
            prop_assert_eq!(finding.file, format!("journal/{:08}.seg", record.place.segment));
            // At the frame itself, or at the start of the append it belongs to.
            let group = all.iter().rev().find(|other| {
                other.place <= record.place && (other.record == 1 || all[usize::try_from(other.record).unwrap() - 2].following == 0)
            }).unwrap();
            prop_assert!((group.place.offset..=record.place.offset).contains(&finding.offset), "{}", finding.offset);
            prop_assert!(finding.chain.is_some() && finding.seq.is_some());
            std::fs::write(&path, whole).unwrap();
        }
        prop_assert!(checked(dir.path()).holds());
    }
}

#[test]
fn a_cut_of_only_the_last_record_is_found_in_every_form() {
    let (dir, all) = filled("tail", 90);
    let last = all.last().unwrap();
    let group = all
        .iter()
        .rev()
        .take_while(|r| r.chain == last.chain && r.following >= last.following)
        .last();
    let path = segment(dir.path(), last.place.segment);
    let whole = std::fs::read(&path).unwrap();
    let at = usize::try_from(last.place.offset).unwrap();
    // Cut short, or overwritten with zeros as if never written.
    for zeros in [false, true] {
        change(&path, |bytes| {
            bytes.truncate(at);
            if zeros {
                bytes.resize(whole.len(), 0);
            }
        });
        let finding = found(dir.path());
        assert_eq!(finding.code, FindingCode::LostTail);
        assert!(finding.offset <= last.place.offset && group.is_some());
        assert_eq!(finding.chain, Some(last.chain));
    }
}

#[test]
fn the_seal_and_the_room_behind_it_are_guarded_too() {
    let (dir, all) = filled("seal", 90);
    let last = all.iter().rfind(|record| record.place.segment == 1).unwrap();
    let seal = usize::try_from(last.place.offset + length(last)).unwrap();
    let path = segment(dir.path(), 1);
    let size = std::fs::metadata(&path).unwrap().len();
    for at in (seal..seal + 56).chain([seal + 56, usize::try_from(size).unwrap() - 1]) {
        change(&path, |bytes| bytes[at] ^= 0x10);
        let finding = found(dir.path());
        assert_eq!(
            (finding.file.as_str(), finding.offset),
            ("journal/00000001.seg", seal as u64),
            "byte {at}"
        );
        change(&path, |bytes| bytes[at] ^= 0x10);
    }
    assert!(checked(dir.path()).holds());
}

#[test]
fn a_missing_segment_is_found() {
    for number in [1, 2] {
        let (dir, _) = filled("segment", 90);
        std::fs::remove_file(segment(dir.path(), number)).unwrap();
        let finding = found(dir.path());
        assert_eq!(finding.code, FindingCode::LostTail);
        assert_eq!((finding.file, finding.offset), (format!("journal/{number:08}.seg"), 0));
    }
}

/// Puts a fitting checksum on a changed frame, as a forger would.
fn forge(bytes: &mut [u8], record: &Stored) {
    let at = usize::try_from(record.place.offset).unwrap();
    let mut crc = crc32fast::Hasher::new();
    crc.update(&bytes[at..at + 72]);
    crc.update(&bytes[at + 76..at + 76 + record.body.len()]);
    bytes[at + 72..at + 76].copy_from_slice(&crc.finalize().to_be_bytes());
}

#[test]
fn a_forged_record_breaks_its_chain_or_the_anchor() {
    let (dir, all) = filled("forged", 90);
    let inner =
        all.iter().find(|record| record.chain == chain(2) && record.body.len() > 4).unwrap();
    let last = all.last().unwrap();
    assert!(!last.body.is_empty());
    for (record, exact) in [(inner, true), (last, true)] {
        let path = segment(dir.path(), record.place.segment);
        let whole = std::fs::read(&path).unwrap();
        change(&path, |bytes| {
            bytes[usize::try_from(record.place.offset).unwrap() + 76] ^= 1;
            forge(bytes, record);
        });
        let finding = found(dir.path());
        assert_eq!(finding.code, FindingCode::HashMismatch);
        assert_eq!(finding.offset == record.place.offset, exact, "{finding}");
        assert_eq!((finding.chain, finding.seq), (Some(record.chain), Some(record.seq)));
        std::fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_removed_or_repeated_record_is_a_gap() {
    let (dir, all) = filled("gap", 90);
    let record = all.iter().find(|record| record.seq == 3 && record.following == 0).unwrap();
    let path = segment(dir.path(), record.place.segment);
    let (at, len) =
        (usize::try_from(record.place.offset).unwrap(), usize::try_from(length(record)).unwrap());
    let whole = std::fs::read(&path).unwrap();
    change(&path, |bytes| {
        bytes.drain(at..at + len);
    });
    let code = found(dir.path()).code;
    assert!(matches!(code, FindingCode::SequenceGap | FindingCode::CrcMismatch), "{code}");
    std::fs::write(&path, &whole).unwrap();
    change(&path, |bytes| {
        let copy = bytes[at..at + len].to_vec();
        bytes.splice(at + len..at + len, copy);
    });
    let finding = found(dir.path());
    assert_eq!((finding.code, finding.offset), (FindingCode::SequenceGap, (at + len) as u64));
}

#[test]
fn one_damaged_slot_of_the_anchor_is_survived_and_told() {
    for slot in [0, 4096] {
        let (dir, all) = filled("slots", 60);
        change(&dir.path().join("anchor"), |bytes| bytes[slot + 20] ^= 1);
        let report = checked(dir.path());
        assert!(report.holds() && !report.notes.is_empty(), "{report:?}");
        let store = Embedded::open(dir.path(), small()).unwrap();
        assert_eq!(store.position().records, all.len() as u64);
        // Both slots are good again after two further writes.
        for body in ["a", "b"] {
            common::put(&store, chain(9), body);
        }
        drop(store);
        assert!(checked(dir.path()).notes.is_empty());
    }
}

#[test]
fn the_decision_log_is_covered() {
    let dir = Scratch::new("decisions");
    let options = || DecisionOptions { segment_bytes: 8192, ..DecisionOptions::default() };
    let log = DecisionLog::open(dir.path(), options()).unwrap();
    for n in 0..100_u8 {
        let head = log.append(chain(u64::from(n % 2)), frame(vec![n; 300])).unwrap();
        assert_eq!(head.seq, u64::from(n / 2) + 1);
    }
    let mut bodies = Vec::new();
    log.scan(&mut |record| {
        bodies.push(record.body[0]);
        Ok(())
    })
    .unwrap();
    assert_eq!(bodies, (0..100).collect::<Vec<u8>>());
    let position = log.position();
    drop(log);
    assert_eq!(DecisionLog::open(dir.path(), options()).unwrap().position(), position);
    let mut read = 0;
    journal::read_decisions(dir.path(), &mut |_| {
        read += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!((read, checked(dir.path()).decisions), (100, 100));
    change(&dir.path().join("decisions/00000002.seg"), |bytes| bytes[1000] ^= 2);
    let finding = checked(dir.path()).findings.remove(0);
    assert_eq!(
        (finding.code, finding.file.as_str()),
        (FindingCode::CrcMismatch, "decisions/00000002.seg")
    );
    assert_eq!(finding.offset, 2 * 376);
    let error = DecisionLog::open(dir.path(), options()).unwrap_err();
    assert_eq!(error.finding(), Some(&finding));
}
