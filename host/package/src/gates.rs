//! What a step may ask for beyond order, body and days: publication, prices, joint supervision.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Number;

/// What the days of `within_days` are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Days {
    /// 自然日.
    #[default]
    Calendar,
    /// 工作日, over the calendars of the package.
    Working,
}

/// What price a step puts on record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Price {
    /// 造价或者底价评审: the price that binds the contract.
    Review,
    /// 合同价.
    Contract,
    /// 变更后的合同价.
    Change,
}

/// On which side of the reviewed price a contract must stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// 不得高于评审价 (works, purchases).
    Ceiling,
    /// 不得低于底价 (letting and selling).
    Floor,
}

/// An organ that signs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Organ {
    /// Role of its officers.
    pub role: String,
    /// 中文名称.
    pub title: String,
    /// English name; empty where the package has none.
    #[serde(default)]
    pub title_en: String,
}

/// Joint supervision x+X: organs that always sign, one by the kind of project, others that may.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Joint {
    /// How many organs must have signed.
    pub needed: Number,
    /// Organs that must sign.
    pub mandatory: Vec<Organ>,
    /// The department in charge, by kind of project; it must sign.
    #[serde(default)]
    pub by_project: BTreeMap<String, Organ>,
    /// Organs that may sign.
    #[serde(default)]
    pub optional: Vec<Organ>,
}

/// The further terms of a step; each one absent means that nothing is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct StepGates {
    /// What the days of `within_days` are.
    #[serde(default)]
    pub days: Days,
    /// Whether its result must be published before any further step.
    #[serde(default)]
    pub discloses: bool,
    /// The price it puts on record.
    #[serde(default)]
    pub price: Option<Price>,
    /// For a contract: its side of the reviewed price.
    #[serde(default)]
    pub bound: Option<Bound>,
    /// Whether it waits for a reviewed price.
    #[serde(default)]
    pub needs_review: bool,
    /// Who must have signed before it.
    #[serde(default)]
    pub joint: Option<Joint>,
    /// Whether it ratifies what was done first; later than `within_days` it is a violation.
    #[serde(default)]
    pub ratifies: bool,
}

/// An amount band of an item; the lower edge is the band before it and belongs to this one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Band {
    /// 中文名称.
    pub title: String,
    /// The body that decides in it.
    pub body: String,
    /// Its upper edge in cents, which no longer belongs to it; none for the last band.
    #[serde(default)]
    pub below: Option<Number>,
}

/// Terms of a whole item about amounts.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ItemBands {
    /// Bands, from the lowest amount to the highest.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// Matters of one site opened within so many days count together; none: each on its own.
    #[serde(default)]
    pub split_window_days: Option<Number>,
    /// A change of a contract by more than so many ‰ goes back to the deciding body.
    #[serde(default)]
    pub change_permille: Option<Number>,
}
