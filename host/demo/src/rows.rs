//! What comes out; plain rows in the shape the store keeps.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, DivisionCode, Tally};
use serde::Serialize;

/// A person, by pseudonymous id only.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Person {
    /// `<code12>-p01` for officers, `<code12>-r0001` for residents.
    pub id: String,
    /// Where they live or work.
    pub unit: DivisionCode,
    /// Household id; empty for township and district officers.
    pub household: String,
}

/// A post somebody holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Post {
    /// Person id.
    pub holder: String,
    /// Role id.
    pub role: String,
    /// Unit.
    pub unit: DivisionCode,
    /// 部门; empty below the district.
    pub department: String,
    /// First day.
    pub from: CivilDay,
    /// Last day.
    pub to: CivilDay,
}

/// A household.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Household {
    /// `<code12>-h0001`.
    pub id: String,
    /// Its village unit.
    pub village: DivisionCode,
    /// People who belong to it.
    pub members: i64,
    /// Of them eighteen or older.
    pub adults: i64,
    /// Panel members who live here or are near relatives.
    pub kin: BTreeSet<String>,
}

/// A meeting record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Meeting {
    /// `<village>-<body>-<yyyy>-<nnn>`.
    pub id: String,
    /// Body id.
    pub body: String,
    /// Village unit.
    pub village: DivisionCode,
    /// Item id.
    pub item: String,
    /// Matter id.
    pub matter: String,
    /// The day it met.
    pub day: CivilDay,
    /// The day it was called.
    pub notice_day: CivilDay,
    /// The counts.
    pub tally: Tally,
    /// Who wrote it down.
    pub recorded_by: String,
}

/// A step taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Taken {
    /// Step id.
    pub step: String,
    /// The day.
    pub day: CivilDay,
    /// Who.
    pub by: String,
    /// Meeting record cited; empty when none.
    pub record: String,
}

/// A matter under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Matter {
    /// `<village>-<item>-<yyyy>-<nnn>`.
    pub id: String,
    /// Item id.
    pub item: String,
    /// Village unit.
    pub village: DivisionCode,
    /// 中文：什么事, without names.
    pub title: String,
    /// Amount in cents; 0 when no money moves.
    pub amount_cents: i64,
    /// Seal class; empty when no seal is used.
    pub seal_class: String,
    /// Who opened it.
    pub opened_by: String,
    /// When.
    pub opened: CivilDay,
    /// Steps taken, in order.
    pub taken: Vec<Taken>,
}

/// A round of a settled scheme.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Round {
    /// `<village>-<scheme>-<period>`.
    pub id: String,
    /// Scheme id.
    pub scheme: String,
    /// Village unit.
    pub village: DivisionCode,
    /// E.g. `2026Q3`.
    pub period: String,
    /// Who opened it.
    pub opened_by: String,
    /// When.
    pub opened: CivilDay,
}

/// An event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Event {
    /// Unique in the village unit.
    pub id: String,
    /// Scheme id.
    pub scheme: String,
    /// Event type named by the scheme.
    pub kind: String,
    /// Person or household id.
    pub subject: String,
    /// Village unit.
    pub village: DivisionCode,
    /// Round id; empty when the scheme has none.
    pub round: String,
    /// Effective day.
    pub day: CivilDay,
    /// Panel member; empty when nobody scores.
    pub actor: String,
    /// Whole numbers named by the scheme.
    pub quantities: BTreeMap<String, i64>,
    /// Who entered it.
    pub submitted_by: String,
}

/// The district's rows, by unit code and then by id.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct DemoData {
    /// People.
    pub persons: Vec<Person>,
    /// Posts.
    pub posts: Vec<Post>,
    /// Households.
    pub households: Vec<Household>,
    /// Meeting records.
    pub meetings: Vec<Meeting>,
    /// Matters.
    pub matters: Vec<Matter>,
    /// Rounds, open.
    pub rounds: Vec<Round>,
    /// Events, by day within a village unit.
    pub events: Vec<Event>,
}
