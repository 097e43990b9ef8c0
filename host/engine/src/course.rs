//! The course of a matter beside its steps: how it was opened, what was published, asked, objected to,
//! signed jointly and let pass. Rows of the journal; every field has a default, so that older records
//! still read.

use std::collections::BTreeMap;

use model::CivilDay;
use serde::{Deserialize, Serialize};

use crate::row::Personal;

/// Who did something, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mark {
    /// Day.
    pub day: CivilDay,
    /// Person.
    pub by: String,
}

/// A written question of the supervision committee, or an objection to a publication.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Query {
    /// Number within the matter, from 1.
    pub number: i64,
    /// The publication objected to; empty for a question, which stops the matter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// Day.
    pub day: CivilDay,
    /// Who.
    pub by: String,
    /// Its text lies in the side store.
    pub text: Option<Personal>,
    /// Who answered, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Mark>,
    /// The text of the answer lies in the side store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Personal>,
}

/// One signature of joint supervision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignOff {
    /// The step it opens.
    pub step: String,
    /// Role under which it was given.
    pub role: String,
    /// Day.
    pub day: CivilDay,
    /// Who signed.
    pub by: String,
}

/// A hold that a supervisor let pass.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pass {
    /// Code of the hold.
    pub hold: String,
    /// For splitting: the sum up to which it is let pass, in cents.
    #[serde(default)]
    pub cents: i64,
    /// Why, in a clerk's words without names.
    pub reason: String,
    /// Day.
    pub day: CivilDay,
    /// Who.
    pub by: String,
}

/// The course of a matter.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Course {
    /// Variant it was opened by, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub variant: String,
    /// First day of the edition it began under, where the day it was opened does not tell: a later edition
    /// was on trial elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edition: Option<CivilDay>,
    /// Site or project it belongs to, or empty; matters of one site count together.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub site: String,
    /// Kind of project, e.g. `water`, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub project: String,
    /// Id of the certificate it is for, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub certificate: String,
    /// Id of the service it is for, or empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// Documents the villager is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// Steps whose result was published.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub published: BTreeMap<String, Mark>,
    /// Questions and objections, by number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<Query>,
    /// Signatures of joint supervision.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signed: Vec<SignOff>,
    /// Holds that were let pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<Pass>,
}

impl Course {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Questions and objections that are not answered.
    pub fn unanswered(&self) -> impl Iterator<Item = &Query> {
        self.queries.iter().filter(|q| q.answered.is_none())
    }

    /// Questions that are not answered; each stops the matter.
    pub fn open_questions(&self) -> impl Iterator<Item = &Query> {
        self.unanswered().filter(|q| q.step.is_empty())
    }
}

/// What the official register (登记表) of a meeting holds beside the counts.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Register {
    /// `households` where those entitled and present are counted by household; else empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub counted: String,
    /// `hands`, `ballot` or `oral`; empty where it is not said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// Roll: pseudonymous ids of those present.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roll: Vec<String>,
    /// 列席镇干部: pseudonymous ids of township officers who attended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attending: Vec<String>,
    /// 委托投票: who stayed away → who voted for them, by pseudonymous ids.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub proxies: BTreeMap<String, String>,
    /// Whether each of them was given in writing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub written: bool,
    /// 候选人: who stood for election.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// Day on which its outcome was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<CivilDay>,
    /// 动议事由, 内容 and 监督意见 lie in the side store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub texts: Option<Personal>,
}

impl Register {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use crate::row::{Matter, Meeting};

    /// Rows as they were written before a matter had a course and a meeting a register.
    #[test]
    fn older_records_still_read_and_are_written_as_they_were() {
        let matter = r#"{"id":"370285102259-P15-2026-001","item":"P15","village":"370285102259","title":"x",
            "amount_cents":86000,"seal_class":"","opened_by":"a","opened":"2026-10-16",
            "taken":[{"step":"VOUCHER","day":"2026-10-16","by":"b","record":"","grant":""}]}"#;
        let row: Matter = serde_json::from_str(matter).unwrap();
        assert!(row.course.is_empty() && row.taken.iter().all(|taken| taken.cents.is_none()));
        let again = serde_json::to_value(&row).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(matter).unwrap());
        let meeting = r#"{"id":"m","body":"REP","village":"370285102259","item":"","matter":"",
            "day":"2026-10-16","notice_day":"2026-10-10","recorded_by":"a",
            "tally":{"eligible":3,"present":3,"in_favour":3,"against":0,"abstain":0}}"#;
        let row: Meeting = serde_json::from_str(meeting).unwrap();
        assert!(row.register.is_empty());
        let again = serde_json::to_value(&row).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(meeting).unwrap());
    }
}
