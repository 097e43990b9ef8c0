//! Townships: folder and code agree; schemes, offers and funds fit together.

use std::collections::{BTreeMap, BTreeSet};

use model::{DivisionCode, DivisionLevel};

use crate::diagnostic::{Findings, code, words};
use crate::gather::{Folder, Gathered, Level, Read, missing_words};
use crate::layout::Kind;
use crate::read::{by_id, duplicate};
use crate::{Divisions, Fund, Offer, RuleLaw, Scheme};

/// The district parameter below which no scheme's notice may fall.
const NOTICE_PARAMETER: &str = "points_notice_days";

/// A code is not called unknown while the list itself has faults.
const DIVISIONS: &str = "divisions.csv";

/// Checks every township folder.
pub(crate) fn townships(all: &Gathered<'_>, divisions: &Divisions, findings: &mut Findings) {
    let roles = super::gates::role_ids(all);
    for (slug, level) in &all.townships {
        code_fits(slug, level, divisions, findings);
        let funds = level
            .township
            .as_ref()
            .map(|read| by_id(read.value.funds.clone(), |f| &f.id, "funds", &read.doc, findings))
            .unwrap_or_default();
        for (day, folder) in &level.editions {
            let notice =
                all.base.parameters.get(NOTICE_PARAMETER).and_then(|read| read.value.at(*day));
            let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
            for read in &folder.schemes {
                if let Some(other) = seen.insert(&read.value.id, read.doc.file) {
                    findings.error(
                        code::DUPLICATE_ID,
                        read.doc.place("/id"),
                        duplicate(&read.value.id, Some(other)),
                    );
                }
                scheme(slug, &day.to_string(), read, folder, findings);
                if let Some(least) = notice.filter(|least| read.value.notice_days < least.value) {
                    findings.error(
                        code::LOOSENS_PARAMETER,
                        read.doc.place("/notice_days"),
                        shorter(&read.value, least.value),
                    );
                }
            }
            let live = folder.schemes.iter().filter(|read| !read.value.trial);
            let live = live.map(|read| read.value.id.as_str()).collect();
            offers(folder, &live, &funds, level, findings);
            super::schemes::schemes(
                folder,
                &funds,
                level.township.is_some(),
                roles.as_ref(),
                findings,
            );
            super::tables::tables(slug, &day.to_string(), folder, findings);
        }
    }
}

fn shorter(scheme: &Scheme, least: i64) -> crate::diagnostic::Words {
    words(
        format!("notice of {} days is shorter than the district's {least}", scheme.notice_days),
        format!("公示 {} 天，比市里规定的 {least} 天短。", scheme.notice_days),
        format!("notice_days 至少写 {least}。"),
    )
}

fn code_fits(slug: &str, level: &Level<'_>, divisions: &Divisions, findings: &mut Findings) {
    let Some(read) = &level.township else { return };
    let code: DivisionCode = read.value.code;
    let digits = code.to_string();
    let named = slug
        .split_once('-')
        .is_some_and(|(nine, name)| digits.get(..9) == Some(nine) && !name.is_empty());
    if !named || code.level() != DivisionLevel::Township {
        findings.error(
            code::BAD_DIVISION_CODE,
            read.doc.place("/code"),
            words(
                format!("code `{code}` does not fit the folder `{slug}`"),
                format!("代码 {code} 与文件夹名“{slug}”对不上。"),
                "文件夹名是镇代码前九位加拼音，例如 370285102-xiagezhuang；code 写十二位，最后三位是 000。",
            ),
        );
    } else if !findings.mentions(DIVISIONS) && divisions.get(code).is_none() {
        findings.error(
            code::UNKNOWN_DIVISION,
            read.doc.place("/code"),
            words(
                format!("`{code}` is not in divisions.csv"),
                format!("区划表里没有 {code}。"),
                "检查代码，或在 divisions.csv 里补上。",
            ),
        );
    }
}

fn scheme(
    slug: &str,
    day: &str,
    read: &Read<'_, Scheme>,
    folder: &Folder<'_>,
    findings: &mut Findings,
) {
    let path = format!("townships/{slug}/editions/{day}/{}", read.value.rule);
    if !folder.paths.contains(&path.as_str()) {
        findings.error(code::MISSING_FILE, read.doc.place("/rule"), missing_words(&path));
    }
    let mut kinds = BTreeSet::new();
    for (index, event) in read.value.events.iter().enumerate() {
        if !kinds.insert(event.kind.as_str()) {
            let place = read.doc.place(&format!("/events/{index}/type"));
            findings.error(code::DUPLICATE_ID, place, duplicate(&event.kind, None));
        }
        for (name, quantity) in &event.quantities {
            if quantity.min > quantity.max {
                findings.error(
                    code::WRONG_VALUE,
                    read.doc.place(&format!("/events/{index}/quantities/{name}")),
                    words(
                        format!("`{name}` has a smallest value above its largest"),
                        format!("“{name}”的最小值比最大值还大。"),
                        "把 min 和 max 对调，或改正其中一个。",
                    ),
                );
            }
        }
    }
}

fn offers(
    folder: &Folder<'_>,
    schemes: &BTreeSet<&str>,
    funds: &BTreeMap<String, Fund>,
    level: &Level<'_>,
    findings: &mut Findings,
) {
    let mut promised: BTreeMap<&str, i128> = BTreeMap::new();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for read in &folder.offers {
        let offer = &read.value;
        if let Some(other) = seen.insert(&offer.id, read.doc.file) {
            findings.error(
                code::DUPLICATE_ID,
                read.doc.place("/id"),
                duplicate(&offer.id, Some(other)),
            );
        }
        if offer.from > offer.to {
            findings.error(
                code::BAD_DATE,
                read.doc.place("/to"),
                words(
                    format!("the offer ends on {} before it starts on {}", offer.to, offer.from),
                    "结束日期比开始日期早。",
                    "改正 from 或 to。",
                ),
            );
        }
        priced(read, folder, schemes, findings);
        let sum = promised.entry(&offer.fund).or_default();
        *sum = sum.saturating_add(
            i128::from(offer.stock).saturating_mul(i128::from(offer.price_cents.0)),
        );
        funded(read, *sum, funds, level.township.is_some(), findings);
    }
}

fn priced(
    read: &Read<'_, Offer>,
    folder: &Folder<'_>,
    schemes: &BTreeSet<&str>,
    findings: &mut Findings,
) {
    let rule = &read.value.rule;
    if !schemes.contains(rule.as_str()) {
        if folder.broken.contains(&Kind::Scheme) {
            return;
        }
        findings.error(
            code::UNKNOWN_SCHEME,
            read.doc.place("/rule"),
            words(
                format!(
                    "scheme `{rule}` does not exist in this township, or is for trial runs only"
                ),
                format!("本镇没有“{rule}”这个办法，或者它只供试算。"),
                "rule 写本镇 schemes 里 law = \"quote\" 的那个编号。",
            ),
        );
    } else if folder.schemes.iter().any(|s| s.value.id == *rule && s.value.law != RuleLaw::Quote) {
        findings.error(
            code::WRONG_SCHEME_LAW,
            read.doc.place("/rule"),
            words(
                format!("scheme `{rule}` does not quote prices"),
                format!("“{rule}”不是兑换办法。"),
                "换成 law = \"quote\" 的办法。",
            ),
        );
    }
}

/// Promised goods never cost more than their fund holds.
fn funded(
    read: &Read<'_, Offer>,
    sum: i128,
    funds: &BTreeMap<String, Fund>,
    known: bool,
    findings: &mut Findings,
) {
    match funds.get(&read.value.fund) {
        None if known => findings.error(
            code::UNKNOWN_FUND,
            read.doc.place("/fund"),
            words(
                format!("fund `{}` is not in township.toml", read.value.fund),
                format!("没有“{}”这笔资金。", read.value.fund),
                "fund 写 township.toml 里 [[funds]] 的编号。",
            ),
        ),
        Some(fund) if sum > i128::from(fund.cents.0) => findings.error(
            code::FUND_TOO_SMALL,
            read.doc.place("/stock"),
            words(
                format!(
                    "offers up to here promise {sum} cents, fund `{}` holds {}",
                    fund.id, fund.cents.0
                ),
                format!(
                    "到这一项为止承诺的物品共 {sum} 分，超过“{}”的 {} 分。",
                    fund.title, fund.cents.0
                ),
                "减少库存或单价，或先追加资金。",
            ),
        ),
        _ => {}
    }
}
