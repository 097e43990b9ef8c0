//! Committee kinds, bodies, roles, divisions and standing posts.

use std::collections::BTreeSet;

use super::divisions::{line_of, read};
use crate::diagnostic::{Findings, Words, code, words};
use crate::gather::Gathered;
use crate::read::by_id;
use crate::{Divisions, Law};

/// A code is not called unknown while the list itself has faults.
const DIVISIONS: &str = "divisions.csv";

/// Checks the district's vocabulary and reads the division list.
pub(crate) fn vocabulary(all: &Gathered<'_>, findings: &mut Findings) -> Divisions {
    let divisions =
        all.divisions.map(|(file, text)| read(file, text, findings)).unwrap_or_default();
    let bodies = body_ids(all);
    if let Some(kinds) = &all.kinds {
        for (index, kind) in kinds.value.kinds.iter().enumerate() {
            for (at, body) in kind.bodies.iter().enumerate() {
                if all.bodies.is_some() && !bodies.contains(body.as_str()) {
                    let place = kinds.doc.place(&format!("/kinds/{index}/bodies/{at}"));
                    findings.error(code::UNKNOWN_BODY, place, unknown_body(body));
                }
            }
        }
        by_id(kinds.value.kinds.clone(), |k| &k.id, "kinds", &kinds.doc, findings);
        every_village_has_a_kind(all, &divisions, findings);
    }
    if let Some(bodies) = &all.bodies {
        by_id(bodies.value.bodies.clone(), |b| &b.id, "bodies", &bodies.doc, findings);
        shares(bodies, findings);
    }
    if let Some(roles) = &all.roles {
        by_id(roles.value.roles.clone(), |r| &r.id, "roles", &roles.doc, findings);
    }
    district_code(all, &divisions, findings);
    posts(all, &divisions, findings);
    divisions
}

/// Ids of the bodies there are.
pub(crate) fn body_ids<'a>(all: &'a Gathered<'_>) -> BTreeSet<&'a str> {
    all.bodies
        .iter()
        .flat_map(|read| read.value.bodies.iter().map(|body| body.id.as_str()))
        .collect()
}

/// The words of a body nobody knows.
pub(crate) fn unknown_body(body: &str) -> Words {
    words(
        format!("body `{body}` is not in bodies.toml"),
        format!("没有“{body}”这个会议或组织。"),
        "只能写 bodies.toml 里有的编号，例如 MEM（成员大会）、REP（村民代表会议）。",
    )
}

fn shares(bodies: &crate::gather::Read<'_, crate::read::BodiesFile>, findings: &mut Findings) {
    let known: BTreeSet<&str> = bodies.value.bodies.iter().map(|body| body.id.as_str()).collect();
    for (index, body) in bodies.value.bodies.iter().enumerate() {
        for (at, other) in body.stands_for.iter().enumerate() {
            if !known.contains(other.as_str()) {
                let place = bodies.doc.place(&format!("/bodies/{index}/stands_for/{at}"));
                findings.error(code::UNKNOWN_BODY, place, unknown_body(other));
            }
        }
        for (name, share) in [("quorum", body.quorum), ("majority", body.majority)] {
            if share.num > share.den {
                findings.error(
                    code::WRONG_VALUE,
                    bodies.doc.place(&format!("/bodies/{index}/{name}")),
                    words(
                        format!("`{name}` of `{}` is more than one", body.id),
                        "比例大于一。",
                        "分子不能大于分母，例如三分之二写 num = 2, den = 3。",
                    ),
                );
            }
        }
    }
}

fn every_village_has_a_kind(all: &Gathered<'_>, divisions: &Divisions, findings: &mut Findings) {
    let (Some(kinds), Some((file, text))) = (&all.kinds, all.divisions) else { return };
    let known: BTreeSet<&str> = kinds.value.kinds.iter().map(|kind| kind.id.as_str()).collect();
    for village in divisions.villages().filter(|village| !known.contains(village.kind.as_str())) {
        findings.error(
            code::UNKNOWN_KIND,
            line_of(file, text, village.code),
            words(
                format!("kind `{}` of `{}` is not in kinds.toml", village.kind, village.code),
                format!("{} 的类别“{}”没有说明。", village.name, village.kind),
                "在 kinds.toml 里补上这个类别，写明适用哪部法律。",
            ),
        );
    }
    if kinds.value.kinds.iter().all(|kind| kind.law != Law::Villagers) {
        let words = words(
            "no kind lives under the villagers law",
            "没有一个类别适用村民委员会组织法。",
            "检查 kinds.toml 的 law。",
        );
        findings.warning(code::UNKNOWN_KIND, kinds.doc.place("/kinds"), words);
    }
}

fn district_code(all: &Gathered<'_>, divisions: &Divisions, findings: &mut Findings) {
    let Some(district) = &all.district else { return };
    if findings.mentions(DIVISIONS) {
        return;
    }
    let code = district.value.code;
    if divisions.get(code).is_none_or(|d| d.level != model::DivisionLevel::County) {
        findings.error(
            code::UNKNOWN_DIVISION,
            district.doc.place("/code"),
            words(
                format!("`{code}` is not a county in divisions.csv"),
                format!("区划表里没有 {code} 这个县（市、区）。"),
                "检查 district.toml 的 code 和 divisions.csv。",
            ),
        );
    }
}

fn posts(all: &Gathered<'_>, divisions: &Divisions, findings: &mut Findings) {
    let roles: BTreeSet<&str> = all
        .roles
        .iter()
        .flat_map(|read| read.value.roles.iter().map(|role| role.id.as_str()))
        .collect();
    let listed = !findings.mentions(DIVISIONS);
    for read in &all.posts {
        for (index, post) in read.value.posts.iter().enumerate() {
            if all.roles.is_some() && !roles.contains(post.role.as_str()) {
                findings.error(
                    code::UNKNOWN_ROLE,
                    read.doc.place(&format!("/posts/{index}/role")),
                    words(
                        format!("role `{}` is not in roles.toml", post.role),
                        format!("没有“{}”这个职务。", post.role),
                        "只能写 roles.toml 里有的编号。",
                    ),
                );
            }
            let unit = model::DivisionCode::parse(&post.unit).ok();
            if listed && unit.is_none_or(|unit| divisions.get(unit).is_none()) {
                findings.error(
                    code::UNKNOWN_DIVISION,
                    read.doc.place(&format!("/posts/{index}/unit")),
                    words(
                        format!("unit `{}` is not in divisions.csv", post.unit),
                        format!("区划表里没有 {}。", post.unit),
                        "检查十二位代码。",
                    ),
                );
            }
        }
    }
}
