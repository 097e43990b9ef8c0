//! The due table of an edition (`dues.toml`): which record has to be there by when, and which office answers
//! for it. Duties that come round and records that must follow a step or a meeting are rows of one table.

use model::CivilDay;
use serde::{Deserialize, Serialize};

use crate::Days;

/// What a row of the due table is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Each {
    /// 每个周期：a list entry that comes round (`every`); due when its calendar period is over.
    Period,
    /// 每件事：a step of a matter, or its opening, from which the days run.
    Matter,
    /// 每次会议：a meeting, from whose day the days run; its record is what is due.
    Meeting,
}

/// A row of the due table. Lists have no member where nothing is said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DueRule {
    /// Id, e.g. `D01`; an assessment names it.
    pub id: String,
    /// 中文：要有什么记录.
    pub title: String,
    /// English name.
    #[serde(default)]
    pub title_en: String,
    /// What comes due.
    pub each: Each,
    /// Id of the list entry that asks for it; a period needs one with `every`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entry: String,
    /// 中文：责任单位, the office that is assessed; never a villager.
    pub office: String,
    /// Bodies: for a period, those one of whose meetings fulfils it; for a meeting, those it holds for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meetings: Vec<String>,
    /// Items: whose step is meant; with `meetings`, what the meeting must have dealt with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// The step that is the record; none for meetings.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// For a matter: the step from which the days run; its opening when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// So many days after the end of the period, the step or the meeting; the first day is not counted.
    #[serde(default)]
    pub within: i64,
    /// What those days are.
    #[serde(default)]
    pub days: Days,
    /// First day: periods that begin earlier, matters opened and meetings held earlier are not looked at;
    /// the first edition's first day when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<CivilDay>,
    /// What one late or missing record takes off the office's assessment, in 1/100 point.
    #[serde(default)]
    pub deduct: i64,
    /// Articles, where the list entry has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
}

/// The due table; empty where an edition has none, and then nothing is overdue.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct DueTable {
    /// Its rows.
    pub dues: Vec<DueRule>,
}
