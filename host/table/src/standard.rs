//! A table with every cell read: what an engine counts with.

use model::CivilDay;

use crate::{Column, Hit, Kind, Measure, Spot, Window};

/// The most points of one row or class, in 1/100 point; `None` is no cap.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Caps {
    /// Of one event.
    pub event: Option<i64>,
    /// Of one day.
    pub day: Option<i64>,
    /// Of one calendar month.
    pub month: Option<i64>,
    /// Of one calendar quarter.
    pub quarter: Option<i64>,
    /// Of one calendar year.
    pub year: Option<i64>,
}

impl Caps {
    /// The caps of the four windows, from the shortest.
    pub const fn windows(&self) -> [(Window, Option<i64>); 4] {
        [
            (Window::Day, self.day),
            (Window::Month, self.month),
            (Window::Quarter, self.quarter),
            (Window::Year, self.year),
        ]
    }
}

/// What every row but a class has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// Which row.
    pub spot: Spot,
    /// Id, the item code of its claims.
    pub id: String,
    /// Class; empty for none.
    pub class: String,
    /// 中文名称.
    pub title: String,
    /// Event type.
    pub event: String,
    /// Quantities whose sum counts; none counts events.
    pub quantities: Vec<String>,
    /// Clause of the village's rules.
    pub clause: String,
}

/// A class with its caps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// Which row.
    pub spot: Spot,
    /// 中文名称.
    pub title: String,
    /// Caps over all item rows of the class.
    pub caps: Caps,
}

/// A quantity of the event lies in a range; both ends belong to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// The quantities whose sum is compared.
    pub quantities: Vec<String>,
    /// Smallest value.
    pub low: i64,
    /// Largest value.
    pub high: i64,
    /// Units of the edges as written, each with the column it stands in.
    pub units: Vec<(Column, String)>,
}

/// Points for each event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What every row has.
    pub head: Head,
    /// For how much, in the unit of the record; at least 1.
    pub per: i64,
    /// The unit as written, e.g. `小时`.
    pub unit: String,
    /// For how much, as written.
    pub number: i64,
    /// 1/100 point, signed.
    pub points: i64,
    /// Which events; all when absent.
    pub when: Option<Condition>,
    /// Caps of the row; for points taken away, how much at most.
    pub caps: Caps,
    /// First day.
    pub from: Option<CivilDay>,
    /// Last day.
    pub to: Option<CivilDay>,
    /// Law and document that taking points away rests on.
    pub instrument: String,
}

/// A step of a ladder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The smallest total that has it, in the unit of the record.
    pub reach: i64,
    /// The edge as written.
    pub edge: String,
    /// Unit of the edge as written.
    pub unit: String,
    /// 1/100 point, in all.
    pub points: i64,
}

/// Steps of a cumulative total; the highest that is reached counts alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ladder {
    /// What every row has.
    pub head: Head,
    /// How long the total runs.
    pub window: Window,
    /// Whether more may bring less.
    pub falls: bool,
    /// In the order of the table.
    pub steps: Vec<Step>,
}

/// A band of a rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Band {
    /// Where it begins, in the unit of the record.
    pub low: i64,
    /// Whether a total of exactly `low` lies in it.
    pub low_inclusive: bool,
    /// Where it ends; `None` for never.
    pub high: Option<i64>,
    /// Whether a total of exactly `high` lies in it.
    pub high_inclusive: bool,
    /// Units of the edges and of `per` as written.
    pub units: Vec<String>,
    /// For how much of it.
    pub per: i64,
    /// 1/100 point for each whole `per`.
    pub points: i64,
}

/// A cumulative total cut into bands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rate {
    /// What every row has.
    pub head: Head,
    /// How long the total runs.
    pub window: Window,
    /// Most points of one window.
    pub cap: Option<i64>,
    /// In the order of the table.
    pub bands: Vec<Band>,
}

/// A band of places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rank {
    /// Share of the village up to which it goes, ‰.
    pub permille: i64,
    /// Whether a place exactly at the share belongs to it.
    pub inclusive: bool,
    /// 中文名称; may be empty.
    pub label: String,
    /// 1/100 point.
    pub points: i64,
}

/// Places in the village.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ranking {
    /// What every row has.
    pub head: Head,
    /// How a household's values become one.
    pub measure: Measure,
    /// Fewest values.
    pub least: u32,
    /// Whether a worse place may bring more.
    pub falls: bool,
    /// In the order of the table.
    pub bands: Vec<Rank>,
}

/// A raw score times a weight.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weight {
    /// What every row has.
    pub head: Head,
    /// How a subject's values become one.
    pub measure: Measure,
    /// Fewest values.
    pub least: u32,
    /// ‰.
    pub permille: i64,
    /// Most points.
    pub cap: Option<i64>,
}

/// A scoring standard, every cell read.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Standard {
    /// Id.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// What happens when several item rows take one event.
    pub hit: Hit,
    /// Classes with their caps.
    pub classes: Vec<Class>,
    /// Points for each event.
    pub items: Vec<Item>,
    /// Steps of totals.
    pub ladders: Vec<Ladder>,
    /// Bands of totals.
    pub rates: Vec<Rate>,
    /// Places.
    pub rankings: Vec<Ranking>,
    /// Conversions.
    pub weights: Vec<Weight>,
}

impl Standard {
    /// The heads of all rows that read events, in the order of the table.
    pub fn heads(&self) -> impl Iterator<Item = &Head> {
        let items = self.items.iter().map(|row| &row.head);
        let ladders = self.ladders.iter().map(|row| &row.head);
        let rates = self.rates.iter().map(|row| &row.head);
        let rankings = self.rankings.iter().map(|row| &row.head);
        let weights = self.weights.iter().map(|row| &row.head);
        items.chain(ladders).chain(rates).chain(rankings).chain(weights)
    }
}

impl Head {
    /// Which kind of row it heads.
    pub fn kind(&self) -> Kind {
        self.spot.kind.unwrap_or(Kind::Item)
    }
}
