//! Items of the petty-power list and their steps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Law;

/// A number written down, or the name of a parameter that holds it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// The number itself.
    Fixed(i64),
    /// A parameter's id; its value on the day counts.
    Parameter(String),
}

impl Default for Number {
    fn default() -> Self {
        Self::Fixed(0)
    }
}

impl Number {
    /// The number under these parameters; `None` when the parameter has no value.
    pub fn value(&self, parameters: &BTreeMap<String, i64>) -> Option<i64> {
        match self {
            Self::Fixed(number) => Some(*number),
            Self::Parameter(id) => parameters.get(id).copied(),
        }
    }
}

/// One step of an item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Id, e.g. `MEM`; unique within the item.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// English name; empty where the package has none.
    #[serde(default)]
    pub title_en: String,
    /// 中文：谁来办.
    pub who: String,
    /// English: who does it; empty where the package does not say.
    #[serde(default)]
    pub who_en: String,
    /// Steps that must be taken before.
    #[serde(default)]
    pub after: Vec<String>,
    /// The body whose meeting record is needed; empty when none.
    #[serde(default)]
    pub body: String,
    /// Calendar days that must lie between the last preceding step and this one.
    #[serde(default)]
    pub min_gap_days: Number,
    /// Calendar days within which this step should follow the last preceding one.
    #[serde(default)]
    pub within_days: Option<Number>,
    /// Calendar days between the meeting's notice and the meeting.
    #[serde(default)]
    pub notice_days: Number,
    /// Calendar days the notice put up by this step must stay.
    #[serde(default)]
    pub stay_days: Number,
    /// Steps whose notice must have stayed its full time before this step.
    #[serde(default)]
    pub after_stay: Vec<String>,
    /// Whether the step is a personal signature; one person signs once in a matter.
    #[serde(default)]
    pub signature: bool,
    /// Articles, where the step has its own.
    #[serde(default)]
    pub basis: Vec<String>,
}

/// One item of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// Id, e.g. `S10`; for a township's own item it starts with the nine township digits.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// 中文：所属类别.
    pub area: String,
    /// Articles.
    pub basis: Vec<String>,
    /// Laws of the village units it applies to.
    pub kinds: Vec<Law>,
    /// 中文：谁来监督.
    pub supervises: Vec<String>,
    /// 中文：怎样公开.
    #[serde(default)]
    pub disclosure: String,
    /// 中文说明.
    #[serde(default)]
    pub note: String,
    /// Steps, in reading order.
    pub steps: Vec<Step>,
    /// Whether it stands on a township's own list (特色清单).
    #[serde(skip_deserializing, default)]
    pub local: bool,
}

impl Item {
    /// A step by id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Whether a village unit under this law has the item.
    pub fn applies_to(&self, law: Law) -> bool {
        self.kinds.contains(&law)
    }
}

/// Steps a township adds to one of the district's items; nothing can be taken away.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct AddedSteps {
    pub(crate) extends: String,
    #[serde(default, rename = "note")]
    pub(crate) _note: String,
    pub(crate) steps: Vec<AddedStep>,
}

/// A step and the district's steps that must now wait for it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct AddedStep {
    pub(crate) before: Vec<String>,
    #[serde(flatten)]
    pub(crate) step: Step,
}

impl AddedSteps {
    /// The district's item with the steps added.
    pub(crate) fn applied_to(&self, base: &Item) -> Item {
        let mut item = base.clone();
        for added in &self.steps {
            for step in &mut item.steps {
                if added.before.contains(&step.id) && !step.after.contains(&added.step.id) {
                    step.after.push(added.step.id.clone());
                }
            }
            let at = item
                .steps
                .iter()
                .position(|s| added.before.contains(&s.id))
                .unwrap_or(item.steps.len());
            item.steps.insert(at, added.step.clone());
        }
        item
    }
}
