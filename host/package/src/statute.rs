//! The table of laws: which version is in force when, how many articles it has, where an article
//! went when the law was renumbered, and what replaced a repealed one.

use std::collections::BTreeMap;

use model::CivilDay;
use serde::{Deserialize, Serialize};

use crate::citation::Citation;

/// A law or another document that may be cited.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Statute {
    /// Full name without `《》`.
    pub title: String,
    /// Other names it is cited by.
    #[serde(default)]
    pub short: Vec<String>,
    /// Its versions, oldest first.
    pub versions: Vec<StatuteEdition>,
    /// Articles whose number changed.
    #[serde(default)]
    pub renumbered: Vec<Renumbering>,
    /// What took its place.
    #[serde(default)]
    pub replaced: Option<Replacement>,
    /// 中文：这一行的来历.
    #[serde(default)]
    pub source: String,
}

/// One version of a law.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StatuteEdition {
    /// The year it is called by, e.g. 2018.
    pub year: u16,
    /// Number of the document that promulgated it.
    #[serde(default)]
    pub document: String,
    /// First day in force.
    pub from: CivilDay,
    /// Last day in force; open when absent.
    #[serde(default)]
    pub to: Option<CivilDay>,
    /// How many articles it has; absent where nobody has counted.
    #[serde(default)]
    pub articles: Option<u16>,
    /// What articles are about, where the table says so.
    #[serde(default)]
    pub topics: Vec<Topic>,
}

/// What an article is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Topic {
    /// Its number.
    pub article: u16,
    /// 中文：内容.
    pub about: String,
}

/// Articles that got other numbers on a day; new ones without an old number are no renumbering.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Renumbering {
    /// First day of the new numbers.
    pub day: CivilDay,
    /// Old numbers.
    pub old: Vec<u16>,
    /// New numbers.
    pub new: Vec<u16>,
    /// 中文：内容.
    pub about: String,
    /// 中文：改了什么.
    #[serde(default)]
    pub change: String,
}

/// What took the place of a repealed law.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Replacement {
    /// First day on which it no longer holds.
    pub day: CivilDay,
    /// Full name of the law that took its place; empty when none did.
    #[serde(default)]
    pub by: String,
}

/// What is wrong with a citation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BasisProblem {
    /// Nothing is known of a law or document of that name.
    UnknownLaw,
    /// The law has no version called by that year.
    UnknownVersion(u16),
    /// The law is in force only from a later day.
    NotYet(CivilDay),
    /// The law held until a day; the law that took its place, if any.
    Ended(CivilDay, Option<String>),
    /// The law holds now and ends on a day while the rule goes on.
    Ends(CivilDay, Option<String>),
    /// The law has no article of that number, only so many.
    Beyond(u16, u16),
    /// The number is the one of before a day; the new numbers and what they are about.
    Renumbered(u16, Renumbering),
    /// The version meant is no longer in force and the table does not say where the article went.
    Gone(u16, u16),
}

impl BasisProblem {
    /// Whether the citation does not hold at all.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::NotYet(_) | Self::Ended(..) | Self::Beyond(..) | Self::Gone(..))
    }
}

/// The time a rule holds, and since when its text has stood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holds {
    /// First day.
    pub from: CivilDay,
    /// Last day; open when absent.
    pub to: Option<CivilDay>,
    /// The day the text was first written for, where it says so.
    pub written: Option<CivilDay>,
    /// Whether a law that comes into force while the rule holds may be cited from the start. An
    /// edition runs on, so its texts may; an entry with its own days may not.
    pub ahead: bool,
}

/// Every law of the table, by its full name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Statutes {
    laws: BTreeMap<String, Statute>,
    #[serde(skip)]
    names: BTreeMap<String, String>,
}

impl Statutes {
    /// A table of these laws; of two laws with one name the first counts.
    pub fn new(laws: impl IntoIterator<Item = Statute>) -> Self {
        let mut table = Self::default();
        for law in laws {
            let title = law.title.clone();
            for name in std::iter::once(&law.title).chain(&law.short) {
                table.names.entry(plain(name)).or_insert_with(|| title.clone());
            }
            table.laws.entry(title).or_insert(law);
        }
        table
    }

    /// Whether no law is known.
    pub fn is_empty(&self) -> bool {
        self.laws.is_empty()
    }

    /// Every law, by name.
    pub fn all(&self) -> impl Iterator<Item = &Statute> {
        self.laws.values()
    }

    /// A law by its full or another name.
    pub fn get(&self, name: &str) -> Option<&Statute> {
        self.names.get(&plain(name)).and_then(|title| self.laws.get(title))
    }

    /// What is wrong with a citation over the time a rule holds; empty when nothing is.
    ///
    /// A number alone does not say whether its writer had the old or the new text in hand. It is
    /// taken as an old number only when the citation names the year of an old version, or when the
    /// text was written for a day before the numbers changed.
    pub fn judge(&self, citation: &Citation, holds: Holds) -> Vec<BasisProblem> {
        let Some(law) = self.get(&citation.law) else { return vec![BasisProblem::UnknownLaw] };
        if let Some(year) = citation.year {
            let Some(meant) = law.versions.iter().find(|v| v.year == year) else {
                return vec![BasisProblem::UnknownVersion(year)];
            };
            if meant.to.is_some_and(|to| to < holds.from) && law.replaced_by(holds.from).is_none() {
                return law.moved(citation, meant, holds.from);
            }
        }
        let Some(now) = law.at(holds.from) else { return law.not_now(holds) };
        let mut found = Vec::new();
        if let Some(last) = law.last_day()
            && holds.to.is_none_or(|to| last < to)
        {
            found.push(BasisProblem::Ends(last, law.successor()));
        }
        for article in &citation.articles {
            let older = law.renumbered.iter().find(|row| {
                row.day <= holds.from
                    && holds.written.is_some_and(|written| written < row.day)
                    && citation.year != Some(now.year)
                    && row.old.contains(article)
            });
            if let Some(row) = older {
                found.push(BasisProblem::Renumbered(*article, row.clone()));
            } else if let Some(count) = now.articles
                && *article > count
            {
                found.push(BasisProblem::Beyond(*article, count));
            }
        }
        found
    }
}

impl Statute {
    /// The version in force on a day.
    pub fn at(&self, day: CivilDay) -> Option<&StatuteEdition> {
        if self.replaced_by(day).is_some() {
            return None;
        }
        self.versions.iter().find(|v| v.from <= day && v.to.is_none_or(|to| day <= to))
    }

    /// Rows of the renumbering by which an old number became another one on or before a day.
    pub fn renumbered_to(&self, article: u16, day: CivilDay) -> Option<&Renumbering> {
        self.renumbered.iter().find(|row| row.day <= day && row.old.contains(&article))
    }

    fn replaced_by(&self, day: CivilDay) -> Option<&Replacement> {
        self.replaced.as_ref().filter(|replaced| replaced.day <= day)
    }

    fn successor(&self) -> Option<String> {
        self.replaced.as_ref().map(|r| r.by.clone()).filter(|by| !by.is_empty())
    }

    /// The last day on which any version holds; `None` while one is open.
    fn last_day(&self) -> Option<CivilDay> {
        let replaced = self.replaced.as_ref().and_then(|r| r.day.plus_days(-1).ok());
        let open = self.versions.iter().any(|v| v.to.is_none());
        let ended = if open { None } else { self.versions.iter().filter_map(|v| v.to).max() };
        match (replaced, ended) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn not_now(&self, holds: Holds) -> Vec<BasisProblem> {
        let first = self.versions.iter().map(|v| v.from).filter(|from| *from > holds.from).min();
        if let Some(first) = first.filter(|_| self.replaced_by(holds.from).is_none()) {
            if holds.ahead && holds.to.is_none_or(|to| first <= to) {
                return Vec::new();
            }
            return vec![BasisProblem::NotYet(first)];
        }
        let last = self.last_day().unwrap_or(holds.from);
        vec![BasisProblem::Ended(last, self.successor())]
    }

    /// Articles of a version that has been followed by another.
    fn moved(
        &self,
        citation: &Citation,
        meant: &StatuteEdition,
        day: CivilDay,
    ) -> Vec<BasisProblem> {
        citation
            .articles
            .iter()
            .map(|article| {
                let row = self.renumbered.iter().find(|row| {
                    row.day > meant.from && row.day <= day && row.old.contains(article)
                });
                row.map_or(BasisProblem::Gone(*article, meant.year), |row| {
                    BasisProblem::Renumbered(*article, row.clone())
                })
            })
            .collect()
    }
}

/// A name without marks, width and the words every national law starts with.
fn plain(name: &str) -> String {
    let name: String = name
        .chars()
        .map(crate::wording::half_width)
        .filter(|c| !c.is_whitespace() && !matches!(c, '《' | '》' | '〈' | '〉' | '<' | '>'))
        .collect();
    name.strip_prefix("中华人民共和国").filter(|rest| !rest.is_empty()).unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests;
