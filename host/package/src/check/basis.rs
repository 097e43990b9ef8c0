//! Legal bases held against the table of laws, on the days the rule that cites them holds.

use std::collections::BTreeMap;

use model::CivilDay;

use crate::citation::citations;
use crate::diagnostic::{Findings, Words, code, words};
use crate::gather::{Folder, Gathered};
use crate::policies::Placed;
use crate::read::duplicate;
use crate::source::Place;
use crate::statute::{BasisProblem, Holds, Statutes};
use crate::{ListEntry, Step};

/// The table of laws: the district's, then what townships add for documents of their own.
pub(crate) fn statutes(all: &Gathered<'_>, findings: &mut Findings) -> Statutes {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let mut laws = Vec::new();
    for level in std::iter::once(&all.base).chain(all.townships.values()) {
        for read in &level.laws {
            for (index, law) in read.value.laws.iter().enumerate() {
                let pointer = format!("/laws/{index}");
                if let Some(other) = seen.insert(&law.title, read.doc.file) {
                    let place = read.doc.place(&format!("{pointer}/title"));
                    findings.error(code::DUPLICATE_ID, place, duplicate(&law.title, Some(other)));
                    continue;
                }
                let ends_early =
                    |from: CivilDay, to: Option<CivilDay>| to.is_some_and(|to| to < from);
                if let Some(at) = law.versions.iter().position(|v| ends_early(v.from, v.to)) {
                    let place = read.doc.place(&format!("{pointer}/versions/{at}/to"));
                    findings.error(code::BAD_DATE, place, ends_before_it_starts());
                }
                laws.push(law.clone());
            }
        }
    }
    Statutes::new(laws)
}

/// The words of a period that ends before it starts.
pub(crate) fn ends_before_it_starts() -> Words {
    words(
        "the last day is before the first",
        "截止日期早于开始日期。",
        "检查 from 和 to；没有截止日期就不写 to。",
    )
}

/// How long an edition of this day holds, among those of its level.
pub(crate) fn window(editions: &BTreeMap<CivilDay, Folder<'_>>, day: CivilDay) -> Holds {
    let next = editions.keys().find(|from| **from > day);
    let to = next.and_then(|next| next.plus_days(-1).ok());
    Holds { from: day, to, written: None, ahead: true }
}

/// How long an entry holds within its edition; `None` when not at all.
fn entry_holds(edition: Holds, entry: &ListEntry) -> Option<Holds> {
    let from = entry.from.map_or(edition.from, |from| from.max(edition.from));
    let to = match (entry.to, edition.to) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let holds = Holds { from, to, written: entry.from, ahead: entry.from.is_none() };
    to.is_none_or(|to| from <= to).then_some(holds)
}

/// Checks the bases of items, lists and bodies.
pub(crate) fn basis(all: &Gathered<'_>, statutes: &Statutes, findings: &mut Findings) {
    for level in std::iter::once(&all.base).chain(all.townships.values()) {
        for (day, folder) in &level.editions {
            folder_basis(folder, window(&level.editions, *day), statutes, findings);
        }
    }
    let Some(first) = all.base.editions.keys().next() else { return };
    let holds = Holds { to: None, ..window(&all.base.editions, *first) };
    if let Some(read) = &all.bodies {
        for (index, body) in read.value.bodies.iter().enumerate() {
            for (at, text) in body.basis.iter().enumerate() {
                let place = read.doc.place(&format!("/bodies/{index}/basis/{at}"));
                judge(text, holds, &place, statutes, findings);
            }
        }
    }
}

fn folder_basis(folder: &Folder<'_>, holds: Holds, statutes: &Statutes, findings: &mut Findings) {
    for read in &folder.items {
        for (at, text) in read.value.basis.iter().enumerate() {
            judge(text, holds, &read.doc.place(&format!("/basis/{at}")), statutes, findings);
        }
        for (index, step) in read.value.steps.iter().enumerate() {
            step_basis(step, &format!("/steps/{index}"), &mut |text, pointer| {
                judge(text, holds, &read.doc.place(pointer), statutes, findings);
            });
        }
    }
    for read in &folder.variants {
        for (at, text) in read.value.basis.iter().enumerate() {
            judge(text, holds, &read.doc.place(&format!("/basis/{at}")), statutes, findings);
        }
        for (index, added) in read.value.steps.iter().enumerate() {
            step_basis(&added.step, &format!("/steps/{index}"), &mut |text, pointer| {
                judge(text, holds, &read.doc.place(pointer), statutes, findings);
            });
        }
    }
    for read in &folder.added {
        for (index, added) in read.value.steps.iter().enumerate() {
            step_basis(&added.step, &format!("/steps/{index}"), &mut |text, pointer| {
                judge(text, holds, &read.doc.place(pointer), statutes, findings);
            });
        }
    }
    for read in &folder.lists {
        for (at, text) in read.value.basis.iter().enumerate() {
            judge(text, holds, &read.doc.place(&format!("/basis/{at}")), statutes, findings);
        }
        for (index, entry) in read.value.entries.iter().enumerate() {
            let Some(holds) = entry_holds(holds, entry) else { continue };
            let place = read.doc.place(&format!("/entries/{index}/basis_article"));
            judge(&entry.basis(), holds, &place, statutes, findings);
        }
    }
    for read in &folder.packs {
        for (index, pack) in read.value.packs.iter().enumerate() {
            for (at, text) in pack.basis.iter().enumerate() {
                let place = read.doc.place(&format!("/packs/{index}/basis/{at}"));
                judge(text, holds, &place, statutes, findings);
            }
        }
    }
    super::publication::reasons(folder, holds, statutes, findings);
    super::dues::bases(folder, holds, statutes, findings);
}

/// What a step and its ways rest on, each with where it stands.
fn step_basis(step: &Step, at: &str, each: &mut dyn FnMut(&str, &str)) {
    for (index, text) in step.basis.iter().enumerate() {
        each(text, &format!("{at}/basis/{index}"));
    }
    for (way, may) in step.may.iter().enumerate() {
        for (index, text) in may.basis.iter().enumerate() {
            each(text, &format!("{at}/may/{way}/basis/{index}"));
        }
    }
}

/// Checks `@basis` of policies.
pub(crate) fn policies(
    read: &BTreeMap<String, Placed<'_>>,
    holds: Holds,
    statutes: &Statutes,
    findings: &mut Findings,
) {
    // what an item's permits rest on was checked where the item says it
    for placed in read.values().filter(|placed| placed.generated.is_none()) {
        if let Some(text) = placed.policy.annotation("basis") {
            judge(text, holds, &placed.place(), statutes, findings);
        }
    }
}

/// Without a table nothing can be said, and nothing is.
pub(super) fn judge(
    text: &str,
    holds: Holds,
    place: &Place,
    statutes: &Statutes,
    findings: &mut Findings,
) {
    if statutes.is_empty() || !text.contains('《') {
        return;
    }
    for citation in citations(text) {
        for problem in statutes.judge(&citation, holds) {
            let words = problem.words(&citation.law, holds.from);
            if problem.is_error() {
                findings.error(problem.code(), place.clone(), words);
            } else {
                findings.warning(problem.code(), place.clone(), words);
            }
        }
    }
}

impl BasisProblem {
    /// The diagnostic code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownLaw | Self::UnknownVersion(_) => code::BASIS_UNKNOWN,
            Self::NotYet(_) => code::BASIS_NOT_YET,
            Self::Ended(..) | Self::Beyond(..) | Self::Gone(..) => code::BASIS_EXPIRED,
            Self::Ends(..) => code::BASIS_EXPIRES,
            Self::Renumbered(..) => code::BASIS_RENUMBERED,
        }
    }

    /// What is wrong, in English and in Chinese, and what to do: message, text, help.
    pub fn said(&self, law: &str, day: CivilDay) -> (String, String, String) {
        let words = self.words(law, day);
        (words.message, words.text, words.help)
    }

    fn words(&self, law: &str, day: CivilDay) -> Words {
        match self {
            Self::UnknownLaw => words(
                format!("`{law}` is not in the table of laws, so the citation cannot be checked"),
                format!("《{law}》不在法规表里，没法核对。"),
                "核对名称；确有这个文件的，在 laws 文件夹里补上它的名称、文号和施行日期。",
            ),
            Self::UnknownVersion(year) => words(
                format!("the table of laws has no version of `{law}` called {year}"),
                format!("法规表里没有《{law}》的{year}年文本。"),
                "核对年份，或在 laws 文件夹里补上。",
            ),
            Self::NotYet(from) => words(
                format!("`{law}` is in force from {from}, not on {day}"),
                format!("《{law}》自{from}起施行，{day}还没有施行。"),
                format!("这一条写上 from = \"{from}\"，或者改引当时有效的规定。"),
            ),
            Self::Ended(last, by) => words(
                format!("`{law}` was in force until {last}{}", followed(by.as_deref())),
                format!("《{law}》{last}以后不再施行{}。", replaced(by.as_deref())),
                "改引现行有效的规定；这件事已经没有依据的，从清单里去掉。",
            ),
            Self::Ends(last, by) => words(
                format!("`{law}` is in force only until {last}{}", followed(by.as_deref())),
                format!("《{law}》只施行到{last}{}。", replaced(by.as_deref())),
                format!("这一条写上 to = \"{last}\"，并为以后的日子另写一条。"),
            ),
            Self::Beyond(article, count) => words(
                format!("`{law}` has {count} articles on {day}, there is no article {article}"),
                format!("《{law}》现行文本只有{count}条，没有第{article}条。"),
                "核对条号。",
            ),
            Self::Renumbered(article, row) => {
                let new = numbers(&row.new);
                words(
                    format!(
                        "article {article} of `{law}` was renumbered to {} on {}",
                        row.new.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                        row.day
                    ),
                    format!("《{law}》原第{article}条（{}）自{}起改为{new}。", row.about, row.day),
                    format!(
                        "改成“《{law}》{new}”；如果引的本来就是新条号，写明年份，例如“（2026）”。"
                    ),
                )
            }
            Self::Gone(article, year) => words(
                format!("article {article} of the {year} version of `{law}` is no longer in force"),
                format!("《{law}》{year}年文本的第{article}条已经不再施行。"),
                "按现行文本重新写条号。",
            ),
        }
    }
}

fn followed(by: Option<&str>) -> String {
    by.map_or_else(String::new, |by| format!(", replaced by `{by}`"))
}

fn replaced(by: Option<&str>) -> String {
    by.map_or_else(String::new, |by| format!("，由《{by}》代替"))
}

fn numbers(articles: &[u16]) -> String {
    articles.iter().map(|n| format!("第{n}条")).collect::<Vec<_>>().join("、")
}
