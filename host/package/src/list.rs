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

    /// Whether an entry is work that a department may ask of a village.
    pub const fn asks(self) -> bool {
        matches!(self, Self::Duty | Self::Assist)
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
    /// Times a year at most (inspections, forms).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<u32>,
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
        assert_eq!(asked, ["duty", "assist"], "nothing else is work to hand on");
    }
}
