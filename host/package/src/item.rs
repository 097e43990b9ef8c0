//! Items of the petty-power list and their steps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ItemBands, Law, StepGates};

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

/// Where a post must be held for a step, seen from the matter.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// The matter's village.
    #[default]
    Village,
    /// The village's township.
    Township,
    /// The district.
    District,
}

/// Somebody who may take a step, and under which conditions; each becomes one Cedar permit.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct May {
    /// Last part of the permit's id; the step's id in lower case where the file gives none.
    #[serde(default)]
    pub id: String,
    /// 中文：准许什么; the item's and the step's titles where the file gives none.
    #[serde(default)]
    pub title: String,
    /// English for `title`.
    #[serde(default)]
    pub title_en: String,
    /// 中文：谁可以办, as a denied reader is told.
    #[serde(default)]
    pub who: String,
    /// English for `who`.
    #[serde(default)]
    pub who_en: String,
    /// Role ids, any of which will do.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Where the role must be held.
    #[serde(default)]
    pub unit: Unit,
    /// The department the post must belong to; empty for any.
    #[serde(default)]
    pub department: String,
    /// Whether any inhabitant of the village may take the step too.
    #[serde(default)]
    pub resident: bool,
    /// A role whose approved delegate may take the step as well; empty for none.
    #[serde(default)]
    pub delegable: String,
    /// Bodies one of whose records must be cited; the step's own body and those that stand for it
    /// where the file gives none.
    #[serde(default)]
    pub bodies: Vec<String>,
    /// Smallest amount, included, in cents.
    #[serde(default)]
    pub from: Option<Number>,
    /// Amount that is no longer included, in cents.
    #[serde(default)]
    pub below: Option<Number>,
    /// Seal classes; empty for any.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Articles, where they differ from the step's.
    #[serde(default)]
    pub basis: Vec<String>,
}

/// Which amounts a matter of an item may have, in cents.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Amounts {
    /// Smallest amount, included.
    #[serde(default)]
    pub from: Option<Number>,
    /// Amount that is no longer included.
    #[serde(default)]
    pub below: Option<Number>,
    /// 中文：金额不对时怎么办.
    pub otherwise: String,
    /// English for `otherwise`.
    pub otherwise_en: String,
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
    /// Whether the step is the supervisor's own (监督环节); in all others a supervisor takes no part.
    #[serde(default)]
    pub control: bool,
    /// Who may take it.
    #[serde(default)]
    pub may: Vec<May>,
    /// Articles, where the step has its own.
    #[serde(default)]
    pub basis: Vec<String>,
    /// Publication, prices, joint supervision.
    #[serde(flatten)]
    pub gates: StepGates,
}

/// One item of the list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// Id, e.g. `S10`; for a township's own item it starts with the nine township digits.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// English name; empty where the package has none.
    #[serde(default)]
    pub title_en: String,
    /// 中文：所属类别.
    pub area: String,
    /// Articles.
    pub basis: Vec<String>,
    /// Bodies or 中文 names of those who decide.
    #[serde(default)]
    pub decides: Vec<String>,
    /// 中文：谁来执行.
    #[serde(default)]
    pub executes: Vec<String>,
    /// The amounts it is meant for; none for any.
    #[serde(default)]
    pub amounts: Option<Amounts>,
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
    /// Ids of the steps that law or Party rule asks for; none where nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_minimum: Option<Vec<String>>,
    /// 中文：why there are more steps than those; empty where it is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Steps, in reading order.
    pub steps: Vec<Step>,
    /// Amount bands and what is measured by them.
    #[serde(flatten)]
    pub ladder: ItemBands,
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
    /// Why they are added.
    #[serde(default)]
    pub(crate) note: String,
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
        self.steps.iter().fold(base.clone(), |item, added| added.put_into(item))
    }
}

impl AddedStep {
    /// The item with this step before those that must now wait for it.
    pub(crate) fn put_into(&self, mut item: Item) -> Item {
        for step in &mut item.steps {
            if self.before.contains(&step.id) && !step.after.contains(&self.step.id) {
                step.after.push(self.step.id.clone());
            }
        }
        let first = item.steps.iter().position(|s| self.before.contains(&s.id));
        item.steps.insert(first.unwrap_or(item.steps.len()), self.step.clone());
        item
    }
}
