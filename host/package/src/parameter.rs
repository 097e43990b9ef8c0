//! Amounts, days and rates the district sets, each with the day it starts and where it comes from.

use std::collections::BTreeMap;

use model::CivilDay;
use serde::{Deserialize, Serialize};

/// Which direction a township may move a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tighter {
    /// A smaller value is stricter.
    Lower,
    /// A larger value is stricter.
    Higher,
}

impl Tighter {
    /// Whether `own` is at least as strict as `base`.
    pub const fn allows(self, base: i64, own: i64) -> bool {
        match self {
            Self::Lower => own <= base,
            Self::Higher => own >= base,
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ParameterValue {
    /// The value, in the parameter's unit.
    pub value: i64,
    /// Article, decision or document.
    pub reference: String,
}

/// A named number with its history.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Parameter {
    /// Id: the file's name without `.toml`.
    #[serde(skip_deserializing, default)]
    pub id: String,
    /// 中文说明.
    pub description: String,
    /// 中文：单位, e.g. `分`.
    pub unit: String,
    /// Which way a township may move it; `None`: not at all.
    #[serde(default)]
    pub tighter: Option<Tighter>,
    /// Values by the day they start.
    pub values: BTreeMap<CivilDay, ParameterValue>,
}

impl Parameter {
    /// The value on a day; `None` before the first.
    pub fn at(&self, day: CivilDay) -> Option<&ParameterValue> {
        self.values.range(..=day).next_back().map(|(_, value)| value)
    }
}
