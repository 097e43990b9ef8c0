//! Variants: of an item that exists, over steps that exist, and walkable as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{Known, ring, steps, unknown_step};
use crate::diagnostic::{Findings, code, words};
use crate::gather::{Folder, Read};
use crate::layout::Kind;
use crate::read::duplicate;
use crate::variant::VariantFile;

/// Checks the variants of one edition.
pub(crate) fn variants(folder: &Folder<'_>, known: &Known<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for read in &folder.variants {
        let (item, id) = (read.value.extends.as_str(), read.value.id.as_str());
        if let Some(other) = seen.insert((item, id), read.doc.file) {
            findings.error(code::DUPLICATE_ID, read.doc.place("/id"), duplicate(id, Some(other)));
        }
        one(read, folder, known, findings);
    }
}

fn one(
    read: &Read<'_, VariantFile>,
    folder: &Folder<'_>,
    known: &Known<'_>,
    findings: &mut Findings,
) {
    let file = &read.value;
    let target = folder.items.iter().find(|item| item.value.id == file.extends);
    let Some(target) = target.map(|read| &read.value) else {
        if !folder.broken.contains(&Kind::Item) {
            findings.error(
                code::UNKNOWN_ITEM,
                read.doc.place("/extends"),
                words(
                    format!("the district has no item `{}`", file.extends),
                    format!("市里没有事项“{}”。", file.extends),
                    "extends 写市级清单里的编号，例如 P01。",
                ),
            );
        }
        return;
    };
    let added: BTreeSet<&str> = file.steps.iter().map(|s| s.step.id.as_str()).collect();
    for (at, gone) in file.drop.iter().enumerate().filter(|(_, id)| target.step(id).is_none()) {
        unknown_step(gone, read.doc.place(&format!("/drop/{at}")), findings);
    }
    for (index, step) in file.steps.iter().enumerate() {
        if step.step.may.is_empty() {
            findings.warning(
                code::NOBODY_MAY,
                read.doc.place(&format!("/steps/{index}/id")),
                words(
                    format!("nobody may take step `{}` of `{}`", step.step.id, file.id),
                    format!("步骤“{}”没有写谁可以办，谁也办不了。", step.step.id),
                    "在这一步下面写 [[steps.may]]，列出职务。",
                ),
            );
        }
        if target.step(&step.step.id).is_some() {
            let place = read.doc.place(&format!("/steps/{index}/id"));
            findings.error(code::DUPLICATE_ID, place, duplicate(&step.step.id, Some(&target.id)));
            return;
        }
        let missing = step.before.iter().enumerate();
        for (at, id) in missing.filter(|(_, id)| target.step(id).is_none()) {
            unknown_step(id, read.doc.place(&format!("/steps/{index}/before/{at}")), findings);
        }
    }
    if ring(target).is_some() {
        return;
    }
    let whole = file.applied_to(target).item;
    for (index, change) in file.changes.iter().enumerate() {
        let place = |name: &str| read.doc.place(&format!("/changes/{index}/{name}"));
        if whole.step(&change.step).is_none() {
            unknown_step(&change.step, place("step"), findings);
        }
        for (name, list) in [("after", &change.after), ("after_stay", &change.after_stay)] {
            let named = list.iter().flatten().enumerate();
            for (at, id) in named.filter(|(_, id)| whole.step(id).is_none()) {
                unknown_step(id, place(&format!("{name}/{at}")), findings);
            }
        }
    }
    // The added steps stand in this file; the item's own were checked where they stand.
    steps(&whole, &read.doc, known, findings, &|id| {
        file.steps.iter().position(|s| s.step.id == id).filter(|_| added.contains(id))
    });
}
