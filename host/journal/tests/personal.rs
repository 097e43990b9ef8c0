//! Personal fields: committed in the record, erasable beside it, lost or changed ones are found.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{Scratch, chain, put, small};
use journal::{
    Embedded, FindingCode, NoPersonal, PersonalError, PersonalRef, PersonalStore, PersonalView,
    Stored, verify,
};

/// Bodies of these tests: a JSON reference, or `erased id id …`.
struct View;

impl PersonalView for View {
    fn refs(&self, record: &Stored) -> Vec<PersonalRef> {
        serde_json::from_slice(&record.body).into_iter().collect()
    }

    fn erased(&self, record: &Stored) -> Vec<String> {
        let text = String::from_utf8_lossy(&record.body);
        text.strip_prefix("erased ")
            .map(|ids| ids.split(' ').map(ToOwned::to_owned).collect())
            .unwrap_or_default()
    }
}

fn fields(name: &str) -> BTreeMap<String, String> {
    [("name", name), ("phone", "13800000000")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

/// A store with two people, two sets of fields for the first.
fn filled() -> (Scratch, Embedded, PersonalStore, Vec<PersonalRef>) {
    let dir = Scratch::new("personal");
    let store = Embedded::open(dir.path(), small()).unwrap();
    let personal = PersonalStore::open(dir.path()).unwrap();
    let refs: Vec<_> = [
        ("370285102259-r0001", "张三"),
        ("370285102259-r0001", "张三丰"),
        ("../../etc/passwd", "李四"),
    ]
    .map(|(subject, name)| personal.put(subject, fields(name)).unwrap())
    .into();
    for reference in &refs {
        put(&store, chain(1), serde_json::to_vec(reference).unwrap());
    }
    (dir, store, personal, refs)
}

fn file(dir: &Path, reference: &PersonalRef) -> PathBuf {
    dir.join("personal").join(&reference.id[..2]).join(&reference.id)
}

#[test]
fn fields_come_back_and_equal_fields_have_unlike_commitments() {
    let (dir, _store, personal, refs) = filled();
    assert_eq!(personal.get(&refs[0]).unwrap(), Some(fields("张三")));
    let same = personal.put("370285102259-r0001", fields("张三")).unwrap();
    assert_ne!(
        same.commitment, refs[0].commitment,
        "without the salt a commitment must not be guessable"
    );
    assert_eq!(personal.ids_of("370285102259-r0001").unwrap().len(), 3);
    let report = verify(dir.path(), &View).unwrap();
    assert!(report.holds() && report.personal == 4, "{report:?}");
    let wrong = PersonalRef { commitment: refs[1].commitment, ..refs[0].clone() };
    assert!(matches!(personal.get(&wrong), Err(PersonalError::Mismatch(_))));
}

#[test]
fn no_id_and_no_subject_names_a_path_elsewhere() {
    let (dir, _store, personal, refs) = filled();
    for id in [
        "../../../etc/passwd",
        "",
        "..",
        &format!("../{}", &refs[0].id[3..]),
        &refs[0].id.to_uppercase(),
    ] {
        let reference = PersonalRef { id: id.to_owned(), commitment: refs[0].commitment };
        assert!(matches!(personal.get(&reference), Err(PersonalError::NotAnId(_))), "{id}");
    }
    assert!(file(dir.path(), &refs[2]).exists(), "a strange subject is only digested");
}

#[test]
fn an_erased_person_is_gone_and_the_record_still_holds() {
    let (dir, store, personal, refs) = filled();
    let ids = personal.ids_of("370285102259-r0001").unwrap();
    put(&store, chain(1), format!("erased {}", ids.join(" ")));
    assert_eq!(personal.erase("370285102259-r0001").unwrap(), 2);
    assert_eq!(personal.erase("370285102259-r0001").unwrap(), 0);
    assert_eq!(personal.get(&refs[0]).unwrap(), None);
    assert_eq!(personal.get(&refs[2]).unwrap(), Some(fields("李四")));
    assert!(!file(dir.path(), &refs[0]).exists());
    assert_eq!(personal.tombstones().unwrap().len(), 2);
    let report = verify(dir.path(), &View).unwrap();
    assert!(report.holds() && report.personal == 1, "{report:?}");
}

#[test]
fn a_lost_file_is_found_even_when_the_tombstones_claim_an_erasure() {
    let (dir, _store, personal, refs) = filled();
    std::fs::remove_file(file(dir.path(), &refs[1])).unwrap();
    assert!(matches!(personal.get(&refs[1]), Err(PersonalError::Missing(_))));
    std::fs::write(dir.path().join("personal/erased"), format!("{}\n", refs[1].id)).unwrap();
    let report = verify(dir.path(), &View).unwrap();
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    assert_eq!(
        (finding.code, finding.chain, finding.seq),
        (FindingCode::MissingPersonal, Some(chain(1)), Some(2))
    );
    assert_eq!(finding.file, "journal/00000001.seg");
}

#[test]
fn every_flipped_byte_of_a_file_is_found() {
    let (dir, _store, _personal, refs) = filled();
    let path = file(dir.path(), &refs[0]);
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let report = verify(dir.path(), &View).unwrap();
        let [finding] = report.findings.as_slice() else { panic!("byte {at}: {report:?}") };
        assert_eq!((finding.code, finding.seq), (FindingCode::CommitmentMismatch, Some(1)));
        assert!(
            !verify(dir.path(), &NoPersonal).unwrap().holds(),
            "byte {at}: without bodies it is still seen"
        );
    }
    // A file swapped for another sound one does not fit the record's commitment.
    std::fs::copy(file(dir.path(), &refs[1]), &path).unwrap();
    assert_eq!(
        verify(dir.path(), &View).unwrap().findings[0].code,
        FindingCode::CommitmentMismatch
    );
}

#[test]
fn an_erasure_that_was_interrupted_is_ended_at_the_next_open() {
    let (dir, _store, _personal, refs) = filled();
    // The crash came after the tombstone, in the middle of the second line.
    let unnamed = file(dir.path(), &refs[0]).with_extension("new");
    std::fs::write(&unnamed, "{}").unwrap();
    let text = format!("{}\n{}", refs[0].id, &refs[1].id[..40]);
    std::fs::write(dir.path().join("personal/erased"), text).unwrap();
    let personal = PersonalStore::open(dir.path()).unwrap();
    assert!(!unnamed.exists(), "fields that no record refers to must not stay");
    assert!(!file(dir.path(), &refs[0]).exists() && file(dir.path(), &refs[1]).exists());
    assert_eq!(personal.erase("370285102259-r0001").unwrap(), 1);
    assert_eq!(personal.tombstones().unwrap().len(), 2);
}

#[test]
fn many_are_pending_until_they_are_recorded_and_are_wiped_by_id() {
    let (dir, store, personal, refs) = filled();
    let all = (0..40).map(|n| (format!("r{n}"), fields(&format!("name-{n}")))).collect();
    let many = personal.put_many(all).unwrap();
    let ids: Vec<String> = many.iter().map(|reference| reference.id.clone()).collect();
    assert_eq!(personal.pending().unwrap(), ids.iter().cloned().collect());
    assert_eq!(personal.read(&many[39]).unwrap(), fields("name-39"));
    // Opening does not know what is recorded, so everything stays.
    let personal = PersonalStore::open(dir.path()).unwrap();
    assert_eq!(personal.pending().unwrap().len(), 40);
    personal.recorded().unwrap();
    assert!(personal.pending().unwrap().is_empty());
    for reference in &many {
        put(&store, chain(1), serde_json::to_vec(reference).unwrap());
    }
    put(&store, chain(1), format!("erased {}", ids[..20].join(" ")).into_bytes());
    personal.wipe(&ids[..20]).unwrap();
    personal.wipe(&ids[..20]).unwrap();
    assert!(!file(dir.path(), &many[0]).exists() && file(dir.path(), &many[20]).exists());
    assert!(matches!(personal.read(&many[0]), Err(PersonalError::Missing(_))));
    let asked = ids.iter().cloned().collect();
    let mut present = personal.present(&asked).unwrap();
    present.sort();
    let mut want = ids[20..].to_vec();
    want.sort();
    assert_eq!(present, want);
    assert_eq!(personal.get(&refs[0]).unwrap(), Some(fields("张三")), "the others stay");
    assert!(personal.wipe(&["../../etc/passwd".to_owned()]).is_err());
    let report = verify(dir.path(), &View).unwrap();
    assert!(report.holds() && report.personal == 23, "{report:?}");
}
