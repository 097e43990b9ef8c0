//! Items: steps that exist, wait for no ring, cite known bodies and parameters.

use std::collections::{BTreeMap, BTreeSet};

use model::CivilDay;

use super::gates;
use super::overgrown;
use super::powers::powers;
use super::steps::{Known, ring, steps, unknown_step};
use super::variants::variants;
use super::vocabulary::body_ids;
use crate::diagnostic::{Findings, code, words};
use crate::document::Document;
use crate::gather::{Folder, Gathered, Level, Read};
use crate::item::AddedSteps;
use crate::layout::Kind;
use crate::read::duplicate;
use crate::{Item, Role};

/// Steps by which money, a seal or a contract leaves the village; never on a township's own item.
const RESERVED_STEPS: [&str; 10] =
    ["PAY", "PAYLIST", "SET", "STAMP", "CTR", "MEM", "MRP", "DELEGATE", "VOUCHER", "AUDIT"];

/// Checks items and added steps of every edition.
pub(crate) fn items(all: &Gathered<'_>, findings: &mut Findings) {
    let known = Known {
        bodies: all.bodies.is_some().then(|| body_ids(all)),
        parameters: all
            .base
            .parameters
            .keys()
            .chain(&all.base.broken)
            .map(String::as_str)
            .collect(),
        roles: gates::role_ids(all),
    };
    let roles = all.roles.iter().flat_map(|read| read.value.roles.iter());
    let roles: BTreeMap<&str, &Role> = roles.map(|role| (role.id.as_str(), role)).collect();
    for folder in all.base.editions.values() {
        unique(folder, findings);
        for read in &folder.items {
            item(&read.value, &read.doc, &known, findings);
            powers(&read.value, &read.doc, &known, &roles, findings);
        }
        variants(folder, &known, findings);
    }
    for (slug, level) in &all.townships {
        for (day, folder) in &level.editions {
            unique(folder, findings);
            for read in &folder.items {
                item(&read.value, &read.doc, &known, findings);
                powers(&read.value, &read.doc, &known, &roles, findings);
                own_item(slug, read, findings);
            }
            for base in bases(all, level, *day) {
                for read in &folder.added {
                    added(read, base, &known, findings);
                }
            }
        }
    }
}

/// The district's editions in force at some time while a township's edition of `day` is; `None`
/// stands for the time before the district's first.
fn bases<'a, 'f>(
    all: &'a Gathered<'f>,
    level: &Level<'f>,
    day: CivilDay,
) -> Vec<Option<&'a Folder<'f>>> {
    let mut found = vec![all.base.editions.range(..=day).next_back().map(|(_, folder)| folder)];
    let until = level.editions.range(day..).map(|(day, _)| *day).nth(1);
    let later = all.base.editions.range(day..).filter(|(from, _)| **from > day);
    found.extend(
        later
            .take_while(|(from, _)| until.is_none_or(|until| **from < until))
            .map(|(_, folder)| Some(folder)),
    );
    if found.len() > 1 {
        found.retain(Option::is_some);
    }
    found
}

fn unique(folder: &Folder<'_>, findings: &mut Findings) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for read in &folder.items {
        if let Some(other) = seen.insert(&read.value.id, read.doc.file) {
            findings.error(
                code::DUPLICATE_ID,
                read.doc.place("/id"),
                duplicate(&read.value.id, Some(other)),
            );
        }
    }
}

/// A township's own item keeps to its own number range and away from money and seal.
fn own_item(slug: &str, read: &Read<'_, Item>, findings: &mut Findings) {
    let code = slug.split('-').next().unwrap_or(slug);
    if !read.value.id.starts_with(&format!("{code}-")) {
        findings.error(
            code::WIDENS_POWER,
            read.doc.place("/id"),
            words(
                format!("township item `{}` must start with `{code}-`", read.value.id),
                format!("本镇特色清单的编号要以 {code}- 开头，不能用“{}”。", read.value.id),
                format!("改成 {code}-T01 这样的编号；市级事项不能由镇里另立。"),
            ),
        );
    }
    for (index, step) in read.value.steps.iter().enumerate() {
        if RESERVED_STEPS.contains(&step.id.as_str()) {
            findings.error(
                code::WIDENS_POWER,
                read.doc.place(&format!("/steps/{index}/id")),
                words(
                    format!("step `{}` reaches money, seal or contract and cannot stand on a township item", step.id),
                    format!("步骤“{}”涉及资金、印章或合同，特色清单里不能有。", step.id),
                    "涉及资金、印章、合同、土地的事，按市级清单 P、S 各项办理。",
                ),
            );
        }
    }
}

fn added(
    read: &Read<'_, AddedSteps>,
    base: Option<&Folder<'_>>,
    known: &Known<'_>,
    findings: &mut Findings,
) {
    let target = base
        .and_then(|folder| folder.items.iter().find(|item| item.value.id == read.value.extends));
    let Some(target) = target.map(|read| &read.value) else {
        if base.is_some_and(|folder| folder.broken.contains(&Kind::Item)) {
            return;
        }
        findings.error(
            code::UNKNOWN_ITEM,
            read.doc.place("/extends"),
            words(
                format!("the district has no item `{}`", read.value.extends),
                format!("市里没有事项“{}”。", read.value.extends),
                "extends 写市级清单里的编号，例如 P01。",
            ),
        );
        return;
    };
    for (index, step) in read.value.steps.iter().enumerate() {
        if target.step(&step.step.id).is_some() {
            let place = read.doc.place(&format!("/steps/{index}/id"));
            findings.error(code::DUPLICATE_ID, place, duplicate(&step.step.id, Some(&target.id)));
            return;
        }
        for (at, before) in step.before.iter().enumerate() {
            if target.step(before).is_none() {
                let place = read.doc.place(&format!("/steps/{index}/before/{at}"));
                unknown_step(before, place, findings);
            }
        }
    }
    overgrown::added(&read.value, &read.doc, findings);
    if ring(target).is_some() {
        return;
    }
    let whole = read.value.applied_to(target);
    // Only the added steps stand in this file; the district's own were checked where they stand.
    let own: BTreeSet<&str> = read.value.steps.iter().map(|s| s.step.id.as_str()).collect();
    steps(&whole, &read.doc, known, findings, &|id| {
        read.value.steps.iter().position(|s| s.step.id == id).filter(|_| own.contains(id))
    });
}

fn item(item: &Item, doc: &Document<'_>, known: &Known<'_>, findings: &mut Findings) {
    steps(item, doc, known, findings, &|id| item.steps.iter().position(|s| s.id == id));
    gates::amounts(item, doc, known, findings);
    gates::reachable(item, doc, findings);
    overgrown::item(item, doc, findings);
    let mut seen = BTreeSet::new();
    for (index, step) in item.steps.iter().enumerate() {
        if !seen.insert(step.id.as_str()) {
            findings.error(
                code::DUPLICATE_ID,
                doc.place(&format!("/steps/{index}/id")),
                duplicate(&step.id, None),
            );
        }
    }
}
