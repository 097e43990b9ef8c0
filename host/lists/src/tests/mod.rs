//! Ugly sheets, the way out and back in, random bytes, and the published figures of 海沧.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a wrong index or sum in a test is a failed test"
)]

mod changes;
mod messages;
mod noise;
mod round_trip;
mod tables;
mod ugly;

use std::path::Path;

use package::{Files, ListEntry, ListKind, Wording, WorkList};

use crate::{Asked, Grid, Import, import};

/// The lists in a folder of the repository.
#[expect(clippy::disallowed_methods, reason = "a test reads the shipped lists")]
pub(crate) fn lists_in(folder: &str) -> Vec<WorkList> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files = Files::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        files.insert(name, std::fs::read(&path).unwrap());
    }
    let (lists, diagnostics) = package::read_lists(&files);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(lists.len(), files.len());
    lists
}

pub(crate) fn read(grid: &Grid, kind: ListKind) -> Import {
    import(grid, Asked { kind, wording: &Wording::default(), existing: &[] })
}

pub(crate) fn entry(id: &str, title: &str) -> ListEntry {
    ListEntry {
        id: id.to_owned(),
        title: title.to_owned(),
        department: "民政局".to_owned(),
        support: Vec::new(),
        basis_law: "《某法》".to_owned(),
        basis_article: String::new(),
        village_part: String::new(),
        supervised_by: Vec::new(),
        services: Vec::new(),
        audience: String::new(),
        documents: Vec::new(),
        every: None,
        quota: None,
        quota_per: None,
        fields: Vec::new(),
        from: None,
        to: None,
        was: String::new(),
        note: String::new(),
    }
}

pub(crate) fn list(kind: ListKind, entries: impl IntoIterator<Item = ListEntry>) -> WorkList {
    WorkList {
        id: kind,
        title: kind.title().to_owned(),
        basis: vec!["《某规定》".to_owned()],
        entries: entries.into_iter().map(|e| (e.id.clone(), e)).collect(),
    }
}
