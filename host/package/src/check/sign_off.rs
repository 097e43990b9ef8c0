//! `signoff.toml`: one department for each owner and item, one row for each department.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Findings, Words, code, words};
use crate::gather::{Folder, Gathered, Read};
use crate::layout::Kind;
use crate::read::duplicate;
use crate::sign_off::{SignOffFile, SignOffs};

/// Checks the sign-off file of every edition that has one.
pub(crate) fn sign_off(all: &Gathered<'_>, findings: &mut Findings) {
    for (day, folder) in &all.base.editions {
        let signs = SignOffs::read(*day, folder);
        for read in &folder.sign_offs {
            charges(read, findings);
            // with a list or an item unreadable, nothing can be said about what it names
            if !folder.broken.contains(&Kind::List) && !folder.broken.contains(&Kind::Item) {
                named(read, folder, &signs, findings);
            }
            let mut seen = BTreeSet::new();
            for (index, row) in read.value.sign_offs.iter().enumerate() {
                if !seen.insert(row.department.as_str()) {
                    let place = read.doc.place(&format!("/sign_offs/{index}/department"));
                    findings.error(code::DUPLICATE_ID, place, duplicate(&row.department, None));
                }
            }
        }
    }
}

/// Nothing may have two reviewers: each could point at the other.
fn charges(read: &Read<'_, SignOffFile>, findings: &mut Findings) {
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    let mut items: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, charge) in read.value.charge.iter().enumerate() {
        for (key, names, seen) in
            [("owners", &charge.owners, &mut owners), ("items", &charge.items, &mut items)]
        {
            for (at, name) in names.iter().enumerate() {
                let Some(other) = seen.insert(name, &charge.department) else { continue };
                let place = read.doc.place(&format!("/charge/{index}/{key}/{at}"));
                findings.error(code::TWO_OWNERS, place, two(name, other, &charge.department));
            }
        }
    }
}

fn two(name: &str, one: &str, other: &str) -> Words {
    words(
        format!("`{name}` is reviewed by two departments, `{one}` and `{other}`"),
        format!("“{name}”写了两个审核部门：{one}、{other}。"),
        "只留一个部门。",
    )
}

/// A name that stands nowhere any more does no harm, but somebody should look.
fn named(
    read: &Read<'_, SignOffFile>,
    folder: &Folder<'_>,
    signs: &SignOffs,
    findings: &mut Findings,
) {
    let items: BTreeSet<&str> = folder.items.iter().map(|r| r.value.id.as_str()).collect();
    let entries = || folder.lists.iter().flat_map(|read| &read.value.entries);
    let owners: BTreeSet<&str> = entries().map(|entry| entry.department.as_str()).collect();
    for (index, charge) in read.value.charge.iter().enumerate() {
        for (key, names, known) in
            [("owners", &charge.owners, &owners), ("items", &charge.items, &items)]
        {
            for (at, name) in names.iter().enumerate().filter(|(_, n)| !known.contains(n.as_str()))
            {
                let place = read.doc.place(&format!("/charge/{index}/{key}/{at}"));
                findings.warning(code::UNKNOWN_ENTRY, place, nowhere(name));
            }
        }
    }
    for (index, row) in read.value.sign_offs.iter().enumerate() {
        if !signs.departments.contains_key(&row.department) {
            let place = read.doc.place(&format!("/sign_offs/{index}/department"));
            findings.warning(code::UNKNOWN_DEPARTMENT, place, nowhere(&row.department));
        }
    }
}

fn nowhere(name: &str) -> Words {
    words(
        format!("`{name}` stands on no list and in no item of this edition"),
        format!("这一版的清单和事项里没有“{name}”。"),
        "核对名称；已经去掉的，从 signoff.toml 里也去掉。",
    )
}
