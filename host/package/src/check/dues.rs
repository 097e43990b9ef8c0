//! The due table: every row names an entry, items, steps and bodies that are there, and what its kind needs.

use std::collections::{BTreeMap, BTreeSet};

use super::basis::judge;
use crate::diagnostic::{Findings, Words, code, words};
use crate::due::Each;
use crate::gather::{Folder, Gathered, Read};
use crate::layout::Kind;
use crate::read::by_id;
use crate::statute::{Holds, Statutes};
use crate::{DueRule, DueTable, Item, ListEntry};

/// Checks the due table of every edition that has one.
pub(crate) fn dues(all: &Gathered<'_>, findings: &mut Findings) {
    let bodies: Option<BTreeSet<&str>> = all
        .bodies
        .as_ref()
        .map(|read| read.value.bodies.iter().map(|body| body.id.as_str()).collect());
    for folder in all.base.editions.values() {
        for read in &folder.dues {
            by_id(read.value.dues.clone(), |due| &due.id, "dues", &read.doc, findings);
            for (index, due) in read.value.dues.iter().enumerate() {
                let row = Row { read, index, due };
                row.shape(findings);
                if !folder.broken.contains(&Kind::List) {
                    row.entry(folder, findings);
                }
                if !folder.broken.contains(&Kind::Item) {
                    row.items(folder, findings);
                }
                if let Some(bodies) = &bodies {
                    row.bodies(bodies, findings);
                }
            }
        }
    }
}

/// Checks the articles that rows rest on.
pub(crate) fn bases(
    folder: &Folder<'_>,
    holds: Holds,
    statutes: &Statutes,
    findings: &mut Findings,
) {
    for read in &folder.dues {
        for (index, due) in read.value.dues.iter().enumerate() {
            for (at, text) in due.basis.iter().enumerate() {
                let place = read.doc.place(&format!("/dues/{index}/basis/{at}"));
                judge(text, holds, &place, statutes, findings);
            }
        }
    }
}

/// One row with its place.
struct Row<'a, 'f> {
    read: &'a Read<'f, DueTable>,
    index: usize,
    due: &'a DueRule,
}

impl Row<'_, '_> {
    fn error(&self, code: &str, key: &str, said: Words, findings: &mut Findings) {
        let place = self.read.doc.place(&format!("/dues/{}/{key}", self.index));
        findings.error(code, place, said);
    }

    /// What each kind needs, and what it has no use for.
    fn shape(&self, findings: &mut Findings) {
        let due = self.due;
        let missing = match due.each {
            Each::Period if due.entry.is_empty() => Some("entry"),
            Each::Period if due.meetings.is_empty() && due.items.is_empty() => Some("meetings"),
            Each::Period if due.meetings.is_empty() && due.step.is_empty() => Some("step"),
            Each::Matter if due.items.is_empty() => Some("items"),
            Each::Matter if due.step.is_empty() => Some("step"),
            Each::Meeting if due.meetings.is_empty() => Some("meetings"),
            _ if due.entry.is_empty() && due.basis.is_empty() => Some("basis"),
            _ => None,
        };
        if let Some(key) = missing {
            let said = words(
                format!("`{}` of this kind needs `{key}`", due.id),
                format!("“{}”缺少“{key}”，没法知道凭什么记录算办到。", due.id),
                format!("请补上“{key} = …”；各类各要写什么，见 schemas/json/dues.schema.json。"),
            );
            self.error(code::MISSING_KEY, "id", said, findings);
        }
        let useless = match due.each {
            Each::Period if !due.after.is_empty() => Some("after"),
            Each::Period if !due.meetings.is_empty() && !due.step.is_empty() => Some("step"),
            Each::Matter if !due.meetings.is_empty() => Some("meetings"),
            Each::Meeting if !due.step.is_empty() => Some("step"),
            Each::Meeting if !due.after.is_empty() => Some("after"),
            _ => None,
        };
        if let Some(key) = useless {
            let said = words(
                format!("`{key}` has no meaning in `{}` and would be passed over", due.id),
                format!("“{}”里的“{key}”用不上。", due.id),
                "删去这一项；会议和环节只能写一样，要两样都管的写成两条。",
            );
            self.error(code::WRONG_VALUE, key, said, findings);
        }
    }

    fn entry(&self, folder: &Folder<'_>, findings: &mut Findings) {
        if self.due.entry.is_empty() {
            return;
        }
        let mut entries = folder.lists.iter().flat_map(|read| &read.value.entries);
        let found: Option<&ListEntry> = entries.find(|entry| entry.id == self.due.entry);
        match found {
            None => {
                let said = words(
                    format!("no list has the entry `{}`", self.due.entry),
                    format!("各张清单里都没有“{}”。", self.due.entry),
                    "核对编号，或者先在清单里补上。",
                );
                self.error(code::UNKNOWN_ENTRY, "entry", said, findings);
            }
            Some(entry) if self.due.each == Each::Period && entry.every.is_none() => {
                let said = words(
                    format!("`{}` does not say how often it comes round", entry.id),
                    format!("清单里的“{}”没有写多久做一次。", entry.id),
                    "在那一条写上 every，例如 every = \"quarter\"。",
                );
                self.error(code::MISSING_KEY, "entry", said, findings);
            }
            Some(_) => {}
        }
    }

    fn items(&self, folder: &Folder<'_>, findings: &mut Findings) {
        let known: BTreeMap<&str, &Item> =
            folder.items.iter().map(|read| (read.value.id.as_str(), &read.value)).collect();
        for (at, id) in self.due.items.iter().enumerate() {
            let Some(item) = known.get(id.as_str()) else {
                let said = words(
                    format!("the district has no item `{id}`"),
                    format!("市里没有事项“{id}”。"),
                    "写 items 文件夹里有的编号，例如 P01。",
                );
                self.error(code::UNKNOWN_ITEM, &format!("items/{at}"), said, findings);
                continue;
            };
            for (key, step) in [("step", &self.due.step), ("after", &self.due.after)] {
                if !step.is_empty() && item.step(step).is_none() {
                    let said = words(
                        format!("item `{id}` has no step `{step}`"),
                        format!("事项“{id}”没有“{step}”这一步。"),
                        "写这个事项里有的步骤；步骤编号不同的事项，分成几条写。",
                    );
                    self.error(code::UNKNOWN_STEP, key, said, findings);
                }
            }
        }
    }

    fn bodies(&self, known: &BTreeSet<&str>, findings: &mut Findings) {
        for (at, id) in self.due.meetings.iter().enumerate() {
            if !known.contains(id.as_str()) {
                let said = words(
                    format!("`bodies.toml` has no body `{id}`"),
                    format!("bodies.toml 里没有会议“{id}”。"),
                    "写 bodies.toml 里有的编号，例如 REP。",
                );
                self.error(code::UNKNOWN_BODY, &format!("meetings/{at}"), said, findings);
            }
        }
    }
}
