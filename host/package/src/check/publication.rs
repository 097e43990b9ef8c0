//! What the public is shown: every item in a class, and no withholding without a reason.

use std::collections::BTreeSet;

use super::basis::judge;
use crate::diagnostic::{Findings, Words, code, words};
use crate::gather::{Folder, Gathered, Read};
use crate::layout::Kind;
use crate::read::by_id;
use crate::statute::{Holds, Statutes};
use crate::{Publication, Shown};

/// Checks the classifier of every edition that has one.
pub(crate) fn publication(all: &Gathered<'_>, findings: &mut Findings) {
    for folder in all.base.editions.values() {
        for read in &folder.publication {
            let (said, doc) = (&read.value, &read.doc);
            by_id(said.reasons.clone(), |r| &r.id, "reasons", doc, findings);
            by_id(said.classes.clone(), |c| &c.id, "classes", doc, findings);
            by_id(said.collections.clone(), |c| &c.id, "collections", doc, findings);
            classes(read, findings);
            withheld(read, findings);
            // with an item unreadable, nothing can be said about ids
            if !folder.broken.contains(&Kind::Item) {
                items(read, folder, findings);
            }
        }
    }
}

/// Checks the articles that reasons rest on.
pub(crate) fn reasons(
    folder: &Folder<'_>,
    holds: Holds,
    statutes: &Statutes,
    findings: &mut Findings,
) {
    for read in &folder.publication {
        for (index, reason) in read.value.reasons.iter().enumerate() {
            for (at, text) in reason.basis.iter().enumerate() {
                let place = read.doc.place(&format!("/reasons/{index}/basis/{at}"));
                judge(text, holds, &place, statutes, findings);
            }
        }
    }
}

fn classes(read: &Read<'_, Publication>, findings: &mut Findings) {
    for (index, class) in read.value.classes.iter().enumerate() {
        let needed = class.rule == Shown::MustNot || !class.reason.is_empty();
        if needed && read.value.reason(&class.reason).is_none() {
            let key = if class.reason.is_empty() { "id" } else { "reason" };
            let place = read.doc.place(&format!("/classes/{index}/{key}"));
            findings.error(code::WITHHELD_WITHOUT_REASON, place, no_reason(&class.id));
        }
    }
}

fn withheld(read: &Read<'_, Publication>, findings: &mut Findings) {
    let said = &read.value;
    for (index, held) in said.withheld.iter().enumerate() {
        let at = |key: &str| read.doc.place(&format!("/withheld/{index}/{key}"));
        if said.reason(&held.reason).is_none() {
            let key = if held.reason.is_empty() { "item" } else { "reason" };
            findings.error(code::WITHHELD_WITHOUT_REASON, at(key), no_reason(&held.item));
        }
        if said.of(&held.item, false).rule == Some(Shown::Must) {
            findings.error(
                code::MUST_BE_PUBLISHED,
                at("item"),
                words(
                    format!("`{}` must be published and cannot be withheld", held.item),
                    format!("“{}”属于应当公开的事项，不能不公开。", held.item),
                    "从 withheld 里删去；确实依法不能公开的，放进 rule = \"must-not\" 的类别。",
                ),
            );
        }
    }
}

fn no_reason(id: &str) -> Words {
    words(
        format!("`{id}` is withheld without a reason that stands under `reasons`"),
        format!("“{id}”不公开，却没有写明理由。"),
        "写 reason，用 reasons 里的一个编号；没有理由的就要公开。",
    )
}

fn items(read: &Read<'_, Publication>, folder: &Folder<'_>, findings: &mut Findings) {
    let said = &read.value;
    let known: BTreeSet<&str> = folder.items.iter().map(|r| r.value.id.as_str()).collect();
    let listed = |list: &'static str, index: usize, ids: &[String]| {
        let all = ids.iter().enumerate();
        all.map(|(at, id)| (format!("/{list}/{index}/items/{at}"), id.clone())).collect::<Vec<_>>()
    };
    let classes = said.classes.iter().enumerate();
    let mut named: Vec<(String, String)> =
        classes.flat_map(|(index, class)| listed("classes", index, &class.items)).collect();
    let blocks = said.collections.iter().enumerate();
    named.extend(blocks.flat_map(|(index, block)| listed("collections", index, &block.items)));
    let held = said.withheld.iter().enumerate();
    named.extend(held.map(|(index, held)| (format!("/withheld/{index}/item"), held.item.clone())));
    for (pointer, id) in named.iter().filter(|(_, id)| !known.contains(id.as_str())) {
        findings.error(
            code::UNKNOWN_ITEM,
            read.doc.place(pointer),
            words(
                format!("the district has no item `{id}`"),
                format!("市里没有事项“{id}”。"),
                "写 items 文件夹里有的编号，例如 P01。",
            ),
        );
    }
    for item in folder.items.iter().filter(|r| said.of(&r.value.id, false).rule.is_none()) {
        findings.warning(
            code::UNCLASSIFIED_ITEM,
            read.doc.place("/classes"),
            words(
                format!("no class holds item `{}`; its matters are not shown", item.value.id),
                format!("事项“{}”没有写公不公开，就不会公开。", item.value.id),
                "把它的编号加进一个类别的 items。",
            ),
        );
    }
}
