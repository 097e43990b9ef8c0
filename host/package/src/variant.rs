//! Variants of an item: the same matter by another lawful order of steps (五议五公开, 一事一议 …).

use serde::{Deserialize, Serialize};

use crate::item::{AddedStep, Item, Step};
use crate::{Days, Number};

/// What must be so for a variant to be chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// 一肩挑: one person is secretary and director, by the posts on record.
    OneShoulder,
}

/// A variant as matters choose it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Variant {
    /// Id, unique within the item.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// English name; empty where the package has none.
    pub title_en: String,
    /// Articles or documents.
    pub basis: Vec<String>,
    /// What must be so.
    pub needs: Option<Needs>,
    /// Steps that differ from the item's.
    pub changed: Vec<String>,
    /// The item with its steps.
    pub item: Item,
}

/// A variant file.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct VariantFile {
    pub(crate) extends: String,
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) title_en: String,
    pub(crate) basis: Vec<String>,
    #[serde(default, rename = "note")]
    pub(crate) _note: String,
    #[serde(default)]
    pub(crate) needs: Option<Needs>,
    #[serde(default)]
    pub(crate) drop: Vec<String>,
    #[serde(default)]
    pub(crate) steps: Vec<AddedStep>,
    #[serde(default)]
    pub(crate) changes: Vec<Change>,
}

/// What is different about one of the item's steps.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct Change {
    pub(crate) step: String,
    pub(crate) title: Option<String>,
    pub(crate) title_en: Option<String>,
    pub(crate) after: Option<Vec<String>>,
    pub(crate) after_stay: Option<Vec<String>>,
    pub(crate) body: Option<String>,
    pub(crate) min_gap_days: Option<Number>,
    pub(crate) within_days: Option<Number>,
    pub(crate) days: Option<Days>,
    pub(crate) notice_days: Option<Number>,
    pub(crate) discloses: Option<bool>,
    pub(crate) ratifies: Option<bool>,
}

impl Change {
    fn apply(&self, step: &mut Step) {
        fn set<T: Clone>(to: &mut T, from: Option<&T>) {
            if let Some(from) = from {
                to.clone_from(from);
            }
        }
        set(&mut step.title, self.title.as_ref());
        set(&mut step.title_en, self.title_en.as_ref());
        set(&mut step.after, self.after.as_ref());
        set(&mut step.after_stay, self.after_stay.as_ref());
        set(&mut step.body, self.body.as_ref());
        set(&mut step.min_gap_days, self.min_gap_days.as_ref());
        set(&mut step.notice_days, self.notice_days.as_ref());
        set(&mut step.gates.days, self.days.as_ref());
        set(&mut step.gates.discloses, self.discloses.as_ref());
        set(&mut step.gates.ratifies, self.ratifies.as_ref());
        if self.within_days.is_some() {
            step.within_days.clone_from(&self.within_days);
        }
    }
}

impl VariantFile {
    /// The item by this variant: steps left out (what came after one then comes after what it came
    /// after), added and changed, in this order.
    pub(crate) fn applied_to(&self, base: &Item) -> Variant {
        let mut item = base.clone();
        for gone in &self.drop {
            leave_out(&mut item, gone);
        }
        let added = self.steps.iter().fold(item, |item, step| step.put_into(item));
        let mut item = added;
        for change in &self.changes {
            if let Some(step) = item.steps.iter_mut().find(|step| step.id == change.step) {
                change.apply(step);
            }
        }
        let differs = |step: &&Step| base.step(&step.id) != Some(*step);
        Variant {
            id: self.id.clone(),
            title: self.title.clone(),
            title_en: self.title_en.clone(),
            basis: self.basis.clone(),
            needs: self.needs,
            changed: item.steps.iter().filter(differs).map(|step| step.id.clone()).collect(),
            item,
        }
    }
}

fn leave_out(item: &mut Item, gone: &str) {
    let Some(at) = item.steps.iter().position(|step| step.id == gone) else { return };
    let before = item.steps.remove(at).after;
    for step in &mut item.steps {
        if let Some(at) = step.after.iter().position(|id| id == gone) {
            step.after.remove(at);
            for id in &before {
                if !step.after.contains(id) {
                    step.after.push(id.clone());
                }
            }
        }
        step.after_stay.retain(|id| id != gone);
    }
}
