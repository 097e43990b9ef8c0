//! What a scheme's rule is shown: facts, records of other schemes, and the fund it shares out.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Findings, Words, code, words};
use crate::gather::{Folder, Read};
use crate::layout::Kind;
use crate::{FactSource, Fund, RuleLaw, Scheme, Subject};

/// Checks every scheme of a township's edition against the others and the township's funds.
pub(super) fn schemes(
    folder: &Folder<'_>,
    funds: &BTreeMap<String, Fund>,
    known: bool,
    roles: Option<&BTreeSet<&str>>,
    findings: &mut Findings,
) {
    let live = folder.schemes.iter().filter(|read| !read.value.trial);
    let ids: BTreeSet<&str> = live.map(|read| read.value.id.as_str()).collect();
    let broken = folder.broken.contains(&Kind::Scheme);
    for read in &folder.schemes {
        offices(read, findings);
        if let Some(roles) = roles {
            readers(read, roles, findings);
        }
        reads(read, &ids, broken, findings);
        facts(read, &ids, broken, findings);
        fund(read, funds, known, findings);
    }
}

/// Posts that may read what a round found exist.
fn readers(read: &Read<'_, Scheme>, roles: &BTreeSet<&str>, findings: &mut Findings) {
    for (index, role) in read.value.readers.iter().enumerate() {
        if !roles.contains(role.as_str()) {
            findings.error(
                code::UNKNOWN_ROLE,
                read.doc.place(&format!("/readers/{index}")),
                words(
                    format!("role `{role}` is not in roles.toml"),
                    format!("没有“{role}”这个职务。"),
                    "只能写 roles.toml 里有的编号。",
                ),
            );
        }
    }
}

/// Offices are assessed and nothing else is; marks of offices are no points of villagers.
fn offices(read: &Read<'_, Scheme>, findings: &mut Findings) {
    let scheme = &read.value;
    if (scheme.subject == Subject::Office) == (scheme.law == RuleLaw::Assess) {
        return;
    }
    findings.error(
        code::WRONG_SCHEME_LAW,
        read.doc.place("/law"),
        words(
            format!("a scheme of subject `{}` cannot ask that", scheme.subject.word()),
            "考核（assess）只用于机构（office），机构也只能考核，不能记积分。",
            "subject 和 law 改成一致：office 配 assess；household、person 配其他的。",
        ),
    );
}

fn reads(read: &Read<'_, Scheme>, ids: &BTreeSet<&str>, broken: bool, findings: &mut Findings) {
    for (index, other) in read.value.reads.iter().enumerate() {
        let place = read.doc.place(&format!("/reads/{index}"));
        if *other == read.value.id {
            findings.error(
                code::READS_ITSELF,
                place,
                words(
                    format!("scheme `{other}` reads itself; its own events are always seen"),
                    "办法读了自己：自己收的事件本来就看得见。",
                    "从 reads 里删去这一项。",
                ),
            );
        } else if !ids.contains(other.as_str()) && !broken {
            findings.error(code::UNKNOWN_SCHEME, place, unknown(other));
        }
    }
}

fn unknown(id: &str) -> Words {
    words(
        format!("scheme `{id}` does not exist in this township, or is for trial runs only"),
        format!("本镇没有“{id}”这个办法，或者它只供试算。"),
        "写本镇 schemes 里已有的办法编号。",
    )
}

fn facts(read: &Read<'_, Scheme>, ids: &BTreeSet<&str>, broken: bool, findings: &mut Findings) {
    for (name, source) in &read.value.facts {
        let fits = match source {
            FactSource::Members => read.value.subject == Subject::Household,
            FactSource::Lateness => read.value.subject == Subject::Office,
            FactSource::Honour | FactSource::Spendable | FactSource::PeriodPoints { .. } => {
                read.value.subject != Subject::Office
            }
        };
        if !fits {
            let word = read.value.subject.word();
            findings.error(
                code::WRONG_FACT,
                read.doc.key_place("/facts", name),
                words(
                    format!("a subject `{word}` has no such fact as `{name}` asks for"),
                    format!("“{name}”要的数，这种对象没有：家庭人数只有户有，迟报漏报只有机构有，积分只有户和人有。"),
                    "换一个来源（of），或者删去这一项。",
                ),
            );
        }
        let FactSource::PeriodPoints { schemes } = source else { continue };
        for (index, other) in schemes.iter().enumerate() {
            if !ids.contains(other.as_str()) && !broken {
                let place = read.doc.place(&format!("/facts/{name}/schemes/{index}"));
                findings.error(code::UNKNOWN_SCHEME, place, unknown(other));
            }
        }
    }
}

/// A scheme that shares out a fund names one of its township, and no other scheme names any.
fn fund(
    read: &Read<'_, Scheme>,
    funds: &BTreeMap<String, Fund>,
    known: bool,
    findings: &mut Findings,
) {
    let (fund, shares) = (&read.value.fund, read.value.law == RuleLaw::Distribute);
    if fund.is_empty() && shares {
        findings.error(
            code::UNKNOWN_FUND,
            read.doc.place("/law"),
            words(
                "a scheme that shares out a fund names none",
                "分配资金的办法没有写分哪笔资金。",
                "加上 fund，写 township.toml 里 [[funds]] 的编号。",
            ),
        );
    } else if !fund.is_empty() && !shares {
        findings.error(
            code::WRONG_SCHEME_LAW,
            read.doc.place("/fund"),
            words(
                format!("only a scheme that shares out a fund names one, not `{}`", read.value.id),
                "不分配资金的办法不写 fund。",
                "删去 fund，或者把 law 改成 distribute。",
            ),
        );
    } else if shares && known && !funds.contains_key(fund) {
        findings.error(
            code::UNKNOWN_FUND,
            read.doc.place("/fund"),
            words(
                format!("fund `{fund}` is not in township.toml"),
                format!("没有“{fund}”这笔资金。"),
                "fund 写 township.toml 里 [[funds]] 的编号。",
            ),
        );
    }
}
