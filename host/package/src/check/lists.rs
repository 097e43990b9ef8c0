//! Lists: one kind and one owner for each entry, links that lead somewhere, nothing said twice.

use std::collections::BTreeMap;

use super::basis::ends_before_it_starts;
use crate::diagnostic::{Findings, Words, code, words};
use crate::gather::{Folder, Gathered, Read};
use crate::layout::Kind;
use crate::read::{ListFile, by_id, duplicate};
use crate::{ListEntry, ListKind, Wording};

/// Checks the lists of every edition.
pub(crate) fn lists(all: &Gathered<'_>, findings: &mut Findings) {
    for folder in all.base.editions.values() {
        let mut kinds: BTreeMap<ListKind, &str> = BTreeMap::new();
        for read in &folder.lists {
            by_id(read.value.entries.clone(), |e| &e.id, "entries", &read.doc, findings);
            if let Some(other) = kinds.insert(read.value.id, read.doc.file) {
                let words = duplicate(read.value.id.id(), Some(other));
                findings.error(code::DUPLICATE_ID, read.doc.place("/id"), words);
            }
            for (index, entry) in read.value.entries.iter().enumerate() {
                let at = |key: &str| read.doc.place(&format!("/entries/{index}/{key}"));
                for (key, code, words) in alone(read.value.id, entry) {
                    findings.error(code, at(key), words);
                }
            }
        }
        links(folder, findings);
        said_twice(folder, &all.wording, findings);
    }
}

/// What is wrong with an entry by itself: key, code, words.
fn alone(kind: ListKind, entry: &ListEntry) -> Vec<(&'static str, &'static str, Words)> {
    let mut found = Vec::new();
    let prefix = format!("{}-", kind.prefix());
    if !entry.id.starts_with(&prefix) {
        found.push((
            "id",
            code::WRONG_VALUE,
            words(
                format!("id `{}` on the list `{}` must start with `{prefix}`", entry.id, kind.id()),
                format!("“{}”清单的编号要以 {prefix} 开头，不能用“{}”。", kind.title(), entry.id),
                format!("改成 {prefix}01 这样的编号；一件事只能放在一张清单上。"),
            ),
        ));
    }
    let owners = owners(&entry.department);
    if owners.len() > 1 {
        found.push((
            "department",
            code::TWO_OWNERS,
            words(
                format!("`{}` answers to {} departments, not one", entry.id, owners.len()),
                format!("“{}”写了{}个主管部门。", entry.id, owners.len()),
                format!(
                    "主管部门只写一个，例如“{}”；其余写进 support（配合部门）。",
                    owners.first().copied().unwrap_or_default()
                ),
            ),
        ));
    }
    if matches!(kind, ListKind::Service | ListKind::Certificate) && entry.documents.is_empty() {
        found.push((
            "id",
            code::NO_DOCUMENTS,
            words(
                format!("`{}` does not name the documents it needs", entry.id),
                format!("“{}”没有写要带哪些材料。", entry.id),
                "写上 documents；什么都不用带的，写 documents = [\"无\"]。",
            ),
        ));
    }
    if entry.from.zip(entry.to).is_some_and(|(from, to)| to < from) {
        found.push(("to", code::BAD_DATE, ends_before_it_starts()));
    }
    found
}

/// The departments named in one cell.
pub fn owners(text: &str) -> Vec<&str> {
    text.split(['、', '，', ',', '；', ';', '/', '／', '\n'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

fn links(folder: &Folder<'_>, findings: &mut Findings) {
    // with a list unreadable, nothing can be said about links into it
    if folder.broken.contains(&Kind::List) {
        return;
    }
    let known = |kind: ListKind| -> BTreeMap<&str, &ListEntry> {
        let lists = folder.lists.iter().filter(|read| read.value.id == kind);
        lists.flat_map(|read| &read.value.entries).map(|e| (e.id.as_str(), e)).collect()
    };
    let (supervision, services) = (known(ListKind::Supervision), known(ListKind::Service));
    for read in &folder.lists {
        for (index, entry) in read.value.entries.iter().enumerate() {
            if read.value.id == ListKind::Responsibility {
                supervised(read, index, entry, &supervision, findings);
            }
            for (at, id) in entry.services.iter().enumerate() {
                if !services.contains_key(id.as_str()) {
                    let place = read.doc.place(&format!("/entries/{index}/services/{at}"));
                    findings.error(code::UNKNOWN_ENTRY, place, unknown(id, ListKind::Service));
                }
            }
        }
    }
}

fn supervised(
    read: &Read<'_, ListFile>,
    index: usize,
    entry: &ListEntry,
    supervision: &BTreeMap<&str, &ListEntry>,
    findings: &mut Findings,
) {
    if entry.supervised_by.is_empty() {
        findings.error(
            code::UNSUPERVISED_POWER,
            read.doc.place(&format!("/entries/{index}/id")),
            words(
                format!("nobody supervises `{}`", entry.id),
                format!("责任事项“{}”（{}）没有人监督。", entry.id, entry.title),
                "写上 supervised_by，指明监督清单里的编号，例如 [\"SU-01\"]。",
            ),
        );
    }
    for (at, id) in entry.supervised_by.iter().enumerate() {
        let place = read.doc.place(&format!("/entries/{index}/supervised_by/{at}"));
        match supervision.get(id.as_str()) {
            None => {
                findings.error(code::UNSUPERVISED_POWER, place, unknown(id, ListKind::Supervision));
            }
            Some(watcher) if watcher.department == entry.department => findings.error(
                code::UNSUPERVISED_POWER,
                place,
                words(
                    format!("`{}` would supervise its own power `{}`", entry.department, entry.id),
                    format!("“{}”由{}自己监督自己。", entry.id, entry.department),
                    "监督的部门不能就是办事的部门，请换一个。",
                ),
            ),
            Some(_) => {}
        }
    }
}

fn unknown(id: &str, kind: ListKind) -> Words {
    words(
        format!("the list `{}` has no entry `{id}`", kind.id()),
        format!("“{}”里没有“{id}”。", kind.title()),
        "核对编号，或先在那张清单里补上。",
    )
}

/// Entries that say the same at the same time, within a list and between lists.
fn said_twice(folder: &Folder<'_>, wording: &Wording, findings: &mut Findings) {
    let mut seen: BTreeMap<String, Vec<(&Read<'_, ListFile>, &ListEntry)>> = BTreeMap::new();
    let mut lists: Vec<&Read<'_, ListFile>> = folder.lists.iter().collect();
    lists.sort_by_key(|read| read.value.id);
    for read in lists {
        for (index, entry) in read.value.entries.iter().enumerate() {
            let same = seen.entry(wording.key(&entry.title)).or_default();
            if let Some((first, other)) = same.iter().find(|(_, other)| overlap(entry, other)) {
                let place = read.doc.place(&format!("/entries/{index}/title"));
                let one_list = first.value.id == read.value.id;
                let code = if one_list { code::DUPLICATE_ITEM } else { code::TWO_LIST_TYPES };
                findings.error(code, place, twice(entry, other, first.value.id, one_list));
            }
            same.push((read, entry));
        }
    }
}

fn overlap(a: &ListEntry, b: &ListEntry) -> bool {
    let before =
        |a: &ListEntry, b: &ListEntry| a.to.zip(b.from).is_some_and(|(to, from)| to < from);
    !before(a, b) && !before(b, a)
}

fn twice(entry: &ListEntry, other: &ListEntry, kind: ListKind, one_list: bool) -> Words {
    let help = if one_list {
        "合并成一条，留一个编号；另一条删去。"
    } else {
        "一件事只能放在一张清单上，想清楚放哪一张，另一张里删去。"
    };
    words(
        format!(
            "`{}` says the same as `{}` on the list `{}`; merge them",
            entry.id,
            other.id,
            kind.id()
        ),
        format!(
            "“{}”{}与“{}”清单的“{}”{}是同一件事。",
            entry.id,
            entry.title,
            kind.title(),
            other.id,
            other.title
        ),
        help,
    )
}
