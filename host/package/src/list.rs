//! The list registry: ten kinds of lists, their entries, and which of them a village may be asked by.

use std::collections::BTreeMap;

use model::CivilDay;
use serde::{Deserialize, Serialize};

/// What a list is about. An entry stands on exactly one list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListKind {
    /// 依法履职：the village's own duties.
    Duty,
    /// 协助政府：what it helps a department with.
    Assist,
    /// 负面清单：what nobody may ask of it; wins over every other list.
    Negative,
    /// 责任清单：powers somebody answers for; each needs supervision.
    Responsibility,
    /// 监督清单：who watches which power, and how.
    Supervision,
    /// 服务清单：services, with the documents they need.
    Service,
    /// 证明（盖章）：certificates that are kept.
    Certificate,
    /// 台账报表：ledgers and forms that are kept.
    Ledger,
    /// 检查评比：inspections and contests that are kept.
    Inspection,
    /// 挂牌：signs that may hang.
    Sign,
}

impl ListKind {
    /// Every kind, in the order of the printed table.
    pub const ALL: [Self; 10] = [
        Self::Duty,
        Self::Assist,
        Self::Negative,
        Self::Responsibility,
        Self::Supervision,
        Self::Service,
        Self::Certificate,
        Self::Ledger,
        Self::Inspection,
        Self::Sign,
    ];

    /// The id that files, the command line and the API use.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Duty => "duty",
            Self::Assist => "assist",
            Self::Negative => "negative",
            Self::Responsibility => "responsibility",
            Self::Supervision => "supervision",
            Self::Service => "service",
            Self::Certificate => "certificate",
            Self::Ledger => "ledger",
            Self::Inspection => "inspection",
            Self::Sign => "sign",
        }
    }

    /// The kind with this id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// 中文名称.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Duty => "依法履职",
            Self::Assist => "协助政府",
            Self::Negative => "负面清单",
            Self::Responsibility => "责任清单",
            Self::Supervision => "监督清单",
            Self::Service => "服务清单",
            Self::Certificate => "证明盖章",
            Self::Ledger => "台账报表",
            Self::Inspection => "检查评比",
            Self::Sign => "挂牌",
        }
    }

    /// The two letters its entries' ids start with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Duty => "DU",
            Self::Assist => "AS",
            Self::Negative => "NE",
            Self::Responsibility => "RE",
            Self::Supervision => "SU",
            Self::Service => "SE",
            Self::Certificate => "CE",
            Self::Ledger => "LE",
            Self::Inspection => "IN",
            Self::Sign => "SI",
        }
    }

    /// Whether an entry is something that a department may ask of a village: work, or within their quota a
    /// kept form and a kept inspection.
    pub const fn asks(self) -> bool {
        matches!(self, Self::Duty | Self::Assist | Self::Ledger | Self::Inspection)
    }
}

/// How often a duty comes round.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// 每月.
    Month,
    /// 每季度.
    Quarter,
    /// 每半年.
    HalfYear,
    /// 每年.
    Year,
}

impl Every {
    /// Every period, shortest first.
    pub const ALL: [Self; 4] = [Self::Month, Self::Quarter, Self::HalfYear, Self::Year];

    /// The id that files use.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::HalfYear => "half-year",
            Self::Year => "year",
        }
    }

    /// 中文名称.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Month => "每月",
            Self::Quarter => "每季度",
            Self::HalfYear => "每半年",
            Self::Year => "每年",
        }
    }

    /// The calendar period a day lies in: the year, and which period of the year, from 1.
    pub fn period(self, day: CivilDay) -> (i16, i8) {
        let (year, month, _) = day.ymd();
        (year, month.saturating_sub(1).div_euclid(self.months()).saturating_add(1))
    }

    /// First and last day of the calendar period a day lies in; none at the end of the calendar.
    pub fn span(self, day: CivilDay) -> Option<(CivilDay, CivilDay)> {
        let months = self.months();
        let (year, number) = self.period(day);
        let first = number.saturating_sub(1).saturating_mul(months).saturating_add(1);
        let next = first.saturating_add(months);
        let (next_year, next) = if next > 12 { (year.saturating_add(1), 1) } else { (year, next) };
        let of = |year: i16, month: i8| CivilDay::parse(&format!("{year:04}-{month:02}-01")).ok();
        Some((of(year, first)?, of(next_year, next)?.plus_days(-1).ok()?))
    }

    const fn months(self) -> i8 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }

    /// The calendar period a day lies in, in Chinese and in English.
    pub fn called(self, day: CivilDay) -> (String, String) {
        let (year, number) = self.period(day);
        match self {
            Self::Month => (format!("{year}年{number}月"), format!("{year}-{number:02}")),
            Self::Quarter => {
                (format!("{year}年第{number}季度"), format!("quarter {number} of {year}"))
            }
            Self::HalfYear if number == 1 => {
                (format!("{year}年上半年"), format!("the first half of {year}"))
            }
            Self::HalfYear => (format!("{year}年下半年"), format!("the second half of {year}")),
            Self::Year => (format!("{year}年"), format!("{year}")),
        }
    }

    /// Whether two days lie in the same calendar period.
    pub fn same(self, a: CivilDay, b: CivilDay) -> bool {
        self.period(a) == self.period(b)
    }
}

/// One entry of a list. Texts are empty and lists of texts have no member where nothing is said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListEntry {
    /// Id, e.g. `AS-03`.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// 中文：主管部门，one and only one.
    pub department: String,
    /// 中文：配合部门.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub support: Vec<String>,
    /// 中文：法律名称.
    pub basis_law: String,
    /// 中文：条款；empty for a document without numbered articles.
    #[serde(default)]
    pub basis_article: String,
    /// 中文：村里做什么.
    #[serde(default)]
    pub village_part: String,
    /// Ids of supervision entries that watch this responsibility.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supervised_by: Vec<String>,
    /// Ids of service entries a responsibility or a supervision leads to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// 中文：谁能办（服务、证明）.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub audience: String,
    /// 中文：要带的材料；nothing beyond may be asked for. `无` stands alone where none is needed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// How often it comes round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// Times at most for each village in one calendar period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
    /// The period `quota` counts in; the year when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_per: Option<Every>,
    /// 中文：要填哪些数据（台账报表），as `fields.toml` names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// First day; the edition's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<CivilDay>,
    /// Last day; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<CivilDay>,
    /// The id it had before it was renamed or moved here.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub was: String,
    /// 中文说明.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl ListEntry {
    /// Whether the entry counts on a day.
    pub fn in_force(&self, day: CivilDay) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// How often at most, and in which calendar period; none when it is not limited.
    pub fn limit(&self) -> Option<(u32, Every)> {
        self.quota.map(|quota| (quota, self.quota_per.unwrap_or(Every::Year)))
    }

    /// The citation as one text, e.g. `《…法》第43条`.
    pub fn basis(&self) -> String {
        format!("{}{}", self.basis_law, self.basis_article)
    }
}

/// A list of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WorkList {
    /// Its kind; also its id.
    pub id: ListKind,
    /// 中文名称.
    pub title: String,
    /// Articles or documents the list rests on.
    pub basis: Vec<String>,
    /// Entries by id.
    pub entries: BTreeMap<String, ListEntry>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_prefixes_are_unique_and_lead_back() {
        for kind in ListKind::ALL {
            assert_eq!(ListKind::parse(kind.id()), Some(kind));
            let same = ListKind::ALL.iter().filter(|k| k.prefix() == kind.prefix()).count();
            assert_eq!(same, 1, "{kind:?}");
            let json = serde_json::to_value(kind).unwrap();
            assert_eq!(json, kind.id());
        }
        let asked: Vec<&str> =
            ListKind::ALL.into_iter().filter(|k| k.asks()).map(ListKind::id).collect();
        assert_eq!(
            asked,
            ["duty", "assist", "ledger", "inspection"],
            "nothing else is handed to a village"
        );
    }

    #[test]
    fn a_day_counts_in_its_own_calendar_period() {
        let day = |text: &str| CivilDay::parse(text).unwrap();
        for (every, on, period, called) in [
            (Every::Month, "2026-02-28", (2026, 2), "2026年2月"),
            (Every::Month, "2026-12-01", (2026, 12), "2026年12月"),
            (Every::Quarter, "2026-03-31", (2026, 1), "2026年第1季度"),
            (Every::Quarter, "2026-12-01", (2026, 4), "2026年第4季度"),
            (Every::HalfYear, "2026-06-30", (2026, 1), "2026年上半年"),
            (Every::HalfYear, "2026-07-01", (2026, 2), "2026年下半年"),
            (Every::Year, "2026-12-31", (2026, 1), "2026年"),
        ] {
            assert_eq!(every.period(day(on)), period, "{every:?} {on}");
            assert_eq!(every.called(day(on)).0, called);
        }
        for (every, on, first, last) in [
            (Every::Month, "2028-02-10", "2028-02-01", "2028-02-29"),
            (Every::Month, "2026-12-31", "2026-12-01", "2026-12-31"),
            (Every::Quarter, "2026-11-29", "2026-10-01", "2026-12-31"),
            (Every::HalfYear, "2026-01-01", "2026-01-01", "2026-06-30"),
            (Every::Year, "2026-07-01", "2026-01-01", "2026-12-31"),
        ] {
            assert_eq!(every.span(day(on)), Some((day(first), day(last))), "{every:?} {on}");
        }
        assert_eq!(Every::Month.span(day("9999-12-31")), None);
        assert!(!Every::Month.same(day("2026-01-31"), day("2026-02-01")));
        assert!(!Every::Month.same(day("2025-11-23"), day("2026-11-23")), "another year");
        assert!(Every::Year.same(day("2026-01-01"), day("2026-12-31")));
    }
}
