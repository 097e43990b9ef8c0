//! Rule packs: every item and policy file in exactly one, and packs that are there and not in a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Findings, Words, code, words};
use crate::gather::{Gathered, Read};
use crate::layout::Kind;
use crate::pack::{Pack, PacksFile};
use crate::read::by_id;
use crate::source::Place;

/// Checks the packs of every edition that has some.
pub(crate) fn packs(all: &Gathered<'_>, findings: &mut Findings) {
    for folder in all.base.editions.values() {
        for read in &folder.packs {
            let packs = read.value.packs.clone();
            by_id(packs, |pack| &pack.id, "packs", &read.doc, findings);
            needs(read, findings);
            circle(read, findings);
            if !folder.broken.contains(&Kind::Item) {
                let known = folder.items.iter().map(|r| (r.value.id.as_str(), r.doc.place("/id")));
                members(read, "items", |pack| &pack.items, &known.collect(), findings);
            }
            let files = folder.policies.iter().map(|(path, _)| (file(path), Place::top(path)));
            members(read, "authorization", |pack| &pack.authorization, &files.collect(), findings);
        }
    }
}

/// A policy file's path below `authorization/`.
fn file(path: &str) -> &str {
    path.split_once("/authorization/").map_or(path, |(_, name)| name)
}

/// What a pack cannot do without is there.
fn needs(read: &Read<'_, PacksFile>, findings: &mut Findings) {
    let known: BTreeSet<&str> = read.value.packs.iter().map(|pack| pack.id.as_str()).collect();
    for (index, pack) in read.value.packs.iter().enumerate() {
        for (at, need) in pack.needs.iter().enumerate() {
            if !known.contains(need.as_str()) {
                findings.error(
                    code::UNKNOWN_PACK,
                    read.doc.place(&format!("/packs/{index}/needs/{at}")),
                    words(
                        format!("pack `{}` needs pack `{need}`, which is not there", pack.id),
                        format!("“{}”要用到“{need}”，这个版本里没有。", pack.title),
                        "把那一套制度加进来，或者改成 packs.toml 里有的编号。",
                    ),
                );
            }
        }
    }
}

/// No pack waits for itself: packs whose needs are all settled are taken away until none is left.
fn circle(read: &Read<'_, PacksFile>, findings: &mut Findings) {
    let known: BTreeSet<&str> = read.value.packs.iter().map(|pack| pack.id.as_str()).collect();
    let mut left: Vec<(usize, &Pack)> = read.value.packs.iter().enumerate().collect();
    loop {
        let open: BTreeSet<&str> = left.iter().map(|(_, pack)| pack.id.as_str()).collect();
        let waits = |pack: &Pack| {
            let mut needs = pack.needs.iter().map(String::as_str);
            needs.any(|need| known.contains(need) && open.contains(need))
        };
        let before = left.len();
        left.retain(|(_, pack)| waits(pack));
        if left.len() == before {
            break;
        }
    }
    if let Some((index, pack)) = left.first() {
        let ids: Vec<&str> = left.iter().map(|(_, pack)| pack.id.as_str()).collect();
        findings.error(
            code::PACK_CYCLE,
            read.doc.place(&format!("/packs/{index}/needs")),
            words(
                format!("packs need each other in a circle: `{}`", ids.join("`, `")),
                format!("这几套制度互相依赖，成了一个圈：{}。", ids.join("、")),
                format!("从其中一套（例如“{}”）的 needs 里去掉不是非有不可的。", pack.title),
            ),
        );
    }
}

/// Each known thing stands in one pack, and a pack names known things only.
fn members<'p>(
    read: &'p Read<'_, PacksFile>,
    list: &str,
    own: impl Fn(&'p Pack) -> &'p Vec<String>,
    known: &BTreeMap<&str, Place>,
    findings: &mut Findings,
) {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, pack) in read.value.packs.iter().enumerate() {
        for (at, name) in own(pack).iter().enumerate() {
            let place = read.doc.place(&format!("/packs/{index}/{list}/{at}"));
            if !known.contains_key(name.as_str()) {
                let code = if list == "items" { code::UNKNOWN_ITEM } else { code::MISSING_FILE };
                findings.error(code, place, not_there(name));
            } else if let Some(other) = seen.insert(name, &pack.id) {
                findings.error(
                    code::PACK_TWICE,
                    place,
                    words(
                        format!("`{name}` is in pack `{other}` already"),
                        format!("“{name}”已经在“{other}”里了。"),
                        "一个事项、一个规矩文件只能放在一套制度里，去掉一处。",
                    ),
                );
            }
        }
    }
    for (name, place) in known.iter().filter(|(name, _)| !seen.contains_key(*name)) {
        findings.error(
            code::PACK_MISSING,
            place.clone(),
            words(
                format!("`{name}` is in no pack of `{}`", read.doc.file),
                format!("“{name}”没有归到任何一套制度里。"),
                "在 packs.toml 里把它加进一套制度的 items 或者 authorization。",
            ),
        );
    }
}

fn not_there(name: &str) -> Words {
    words(
        format!("the edition has no `{name}`"),
        format!("这个版本里没有“{name}”。"),
        "核对编号和文件名；已经去掉的，从这里也去掉。",
    )
}
