//! Rounds of a whole village and what they find: grades, shares, benefits, marks of offices; and what rules keep.

use std::collections::BTreeMap;

use model::{Cents, CivilDay, Digest, DivisionCode};
use serde::{Deserialize, Serialize};

/// A scoring round of a whole village.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Round {
    /// Id, `<village>-<scheme>-<period>`.
    pub id: String,
    /// Scheme id.
    pub scheme: String,
    /// Village.
    pub village: DivisionCode,
    /// Period, e.g. `2026Q3`.
    pub period: String,
    /// Who opened it.
    pub opened_by: String,
    /// Day of closing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<CivilDay>,
    /// Who closed it.
    #[serde(default)]
    pub closed_by: String,
    /// What is shared out, in cents; only where the scheme shares out a fund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cents: Option<Cents>,
    /// What the findings rest on, as it was at the closing: a change before the confirmation shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Digest>,
    /// Day on which what it found was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<CivilDay>,
    /// Who confirmed it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub confirmed_by: String,
    /// Schemes whose events or points it rests on too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// The first day whose events it sees, where that is before its period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sees_from: Option<CivilDay>,
    /// In which posts its findings may be read as a whole; none for those whom the policies let anyway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readers: Vec<String>,
}

/// Where a finding stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// On public notice, without effect (公示中).
    Proposed,
    /// Confirmed by a person (已确认).
    Effective,
    /// Left out at the confirmation (未确认), or overtaken by a new closing.
    Rejected,
}

/// What a rule said that is no entry in an account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// A grade.
    Grade {
        /// Its code.
        grade: String,
        /// Last day on which it holds, when the rule says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<CivilDay>,
    },
    /// A share of a fund.
    Share {
        /// How much.
        cents: Cents,
    },
    /// Whether a benefit is there.
    Benefit {
        /// Yes or no.
        eligible: bool,
    },
    /// Marks of an office, by item, 1/100.
    Marks {
        /// What for, and how many.
        marks: BTreeMap<String, i64>,
    },
}

/// What a round found about one household, person or office: a grade, a share, a benefit, marks. It has effect only
/// once a person who did not close the round confirmed it (个人信息保护法第24条).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// `<subject>/<scheme>/<period>`.
    pub id: String,
    /// Household, person or office.
    pub subject: String,
    /// Its village.
    pub village: DivisionCode,
    /// Scheme id.
    pub scheme: String,
    /// Period.
    pub period: String,
    /// What was said.
    pub said: Said,
    /// Why, in Chinese.
    pub reason: String,
    /// Clause that was applied.
    pub clause: String,
    /// Named results, shown next to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, i64>,
    /// Day of the proposal; public notice runs from here.
    pub day: CivilDay,
    /// Where it stands.
    pub state: FindingState,
}

/// What a rule keeps about a subject at the end of a period, for the next one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// `<subject>/<scheme>/<period>`.
    pub id: String,
    /// The rule's own bytes, base64.
    pub state: String,
}
