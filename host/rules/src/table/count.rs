//! One row counted: events in the order of (day, id), each given to the lines that read its type.
//!
//! A [`Counter`] is made once per call and keeps its room between rows; an event costs no allocation.

use table::{Caps, Measure, Window};

use super::calendar::{Calendar, Keys};
use super::plan::{self, Item, Plan, Shape};
use crate::{AMOUNT_MAX, RowRefusal, RuleEvent, RuleRow};

/// Why a row has no result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refused {
    code: &'static str,
    text: String,
}

impl Refused {
    pub(super) fn refusal(&self, subject: &str) -> RowRefusal {
        RowRefusal {
            subject: subject.to_owned(),
            code: self.code.to_owned(),
            text: self.text.clone(),
        }
    }

    pub(super) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(super) fn overflow() -> Self {
        Self::new("POINTS_OVERFLOW", "数字太大，算不下，请核对这一户的记录")
    }
}

/// What was given away within caps, in the window that is current.
#[derive(Clone, Copy, Default, Debug)]
struct Spent {
    keys: [i64; 4],
    sums: [i64; 4],
}

impl Spent {
    /// As much of `points` as the caps leave; it is counted as spent.
    fn grant(&mut self, caps: &Caps, keys: Keys, points: i64) -> Option<i64> {
        let mut granted = points;
        let windows = caps.windows();
        for ((window, cap), (key, sum)) in
            windows.iter().zip(self.keys.iter_mut().zip(self.sums.iter_mut()))
        {
            if *key != keys.of(*window) {
                (*key, *sum) = (keys.of(*window), 0);
            }
            if let Some(cap) = cap {
                granted = granted.min(cap.saturating_sub(*sum).max(0));
            }
        }
        for sum in &mut self.sums {
            *sum = sum.checked_add(granted)?;
        }
        Some(granted)
    }
}

/// What one line has counted so far.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Tally {
    /// Events that count.
    pub(super) events: i64,
    /// Sum of what they are counted by.
    pub(super) amount: i64,
    /// Points.
    pub(super) points: i64,
    /// Points before caps.
    pub(super) uncapped: i64,
    /// Smallest and largest value, for a trimmed mean.
    pub(super) least: i64,
    pub(super) most: i64,
    /// Total of the current window, and its key.
    window: (i64, i64),
    /// Windows that are closed.
    pub(super) closed: i64,
    spent: Spent,
}

/// Counts rows one after the other.
#[derive(Debug)]
pub(super) struct Counter<'p> {
    pub(super) plan: &'p Plan,
    pub(super) tallies: Vec<Tally>,
    classes: Vec<Spent>,
    /// Line and place of the event, in the order of events.
    pub(super) cited: Vec<(usize, usize)>,
    order: Vec<usize>,
    calendar: Calendar,
    steps: u64,
}

impl<'p> Counter<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            tallies: vec![Tally::default(); plan.lines.len()],
            classes: vec![Spent::default(); plan.classes.len()],
            cited: Vec::new(),
            order: Vec::new(),
            calendar: Calendar::new(),
            steps: 0,
        }
    }

    /// Steps of the last row: one for each event and for each line that looked at one.
    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    /// Counts the events of a row; what was counted before is forgotten.
    pub(super) fn row(&mut self, row: &RuleRow) -> Result<(), Refused> {
        self.tallies.fill(Tally::default());
        self.classes.fill(Spent::default());
        self.cited.clear();
        self.steps = 0;
        // the order of the record, also when the caller did not keep it
        self.order.clear();
        self.order.extend(0..row.events.len());
        let key =
            |index: &usize| row.events.get(*index).map(|event| (event.day, event.id.as_str()));
        if !self.order.is_sorted_by_key(key) {
            self.order.sort_by(|a, b| key(a).cmp(&key(b)));
        }
        for at in 0..self.order.len() {
            let Some(index) = self.order.get(at).copied() else { continue };
            if let Some(event) = row.events.get(index) {
                self.event(row, index, event)?;
            }
        }
        for (tally, line) in self.tallies.iter_mut().zip(&self.plan.lines) {
            close(tally, &line.shape)?;
        }
        Ok(())
    }

    fn event(&mut self, row: &RuleRow, index: usize, event: &RuleEvent) -> Result<(), Refused> {
        self.steps = self.steps.saturating_add(1);
        let plan = self.plan;
        let Some((items, others)) = plan.readers(&event.kind) else { return Ok(()) };
        // the house's own people and near relatives do not score it
        if let Some(actor) = &event.actor
            && row.excluded_actors.iter().any(|excluded| actor == excluded)
        {
            return Ok(());
        }
        let keys = self.calendar.keys(event.day).ok_or_else(|| {
            Refused::new("DAY_INVALID", format!("有一条记录的日期不对（{}）", event.day))
        })?;
        for line in items {
            self.steps = self.steps.saturating_add(1);
            let Some(Shape::Item(item)) = plan.lines.get(*line).map(|line| &line.shape) else {
                continue;
            };
            if fits(item, event)? {
                self.item(*line, item, (index, event), keys)?;
                break;
            }
        }
        for line in others {
            self.steps = self.steps.saturating_add(1);
            self.total(*line, row, (index, event), keys)?;
        }
        Ok(())
    }

    fn item(
        &mut self,
        line: usize,
        item: &Item,
        (index, event): (usize, &RuleEvent),
        keys: Keys,
    ) -> Result<(), Refused> {
        let Some(head) = self.plan.lines.get(line).map(|line| &line.head) else { return Ok(()) };
        let amount = amount(&head.quantities, event)?;
        let units = amount.checked_div(item.per).unwrap_or(0);
        let points = units.checked_mul(item.points).ok_or_else(Refused::overflow)?;
        let Some(tally) = self.tallies.get_mut(line).filter(|_| points != 0) else { return Ok(()) };
        let size = points.checked_abs().ok_or_else(Refused::overflow)?;
        let once = item.caps.event.map_or(size, |cap| size.min(cap));
        let mut granted =
            tally.spent.grant(&item.caps, keys, once).ok_or_else(Refused::overflow)?;
        if let Some(class) = item.class
            && let (Some(spent), Some(caps)) =
                (self.classes.get_mut(class), self.plan.classes.get(class))
        {
            granted = spent.grant(caps, keys, granted).ok_or_else(Refused::overflow)?;
        }
        let signed = if points < 0 { granted.saturating_neg() } else { granted };
        add(&mut tally.events, 1)?;
        add(&mut tally.amount, amount)?;
        add(&mut tally.points, signed)?;
        add(&mut tally.uncapped, points)?;
        self.cited.push((line, index));
        Ok(())
    }

    /// A line that adds up: a ladder, a rate, a weight or a place.
    fn total(
        &mut self,
        line: usize,
        row: &RuleRow,
        (index, event): (usize, &RuleEvent),
        keys: Keys,
    ) -> Result<(), Refused> {
        let Some(plan) = self.plan.lines.get(line) else { return Ok(()) };
        let Some(tally) = self.tallies.get_mut(line) else { return Ok(()) };
        let amount = amount(&plan.head.quantities, event)?;
        match &plan.shape {
            Shape::Item(_) => return Ok(()),
            Shape::Ladder { window, .. } | Shape::Rate { window, .. } => {
                let key = keys.of(*window);
                let new = tally.events > 0 && (*window == Window::Event || tally.window.1 != key);
                if new {
                    close(tally, &plan.shape)?;
                }
                tally.window.1 = key;
                add(&mut tally.window.0, amount)?;
            }
            Shape::Weight { measure, .. } | Shape::Ranking { measure, .. } => {
                if *measure != Measure::Sum {
                    let earlier = self.cited.iter().filter(|(own, _)| *own == line);
                    let actors =
                        earlier.filter_map(|(_, index)| row.events.get(*index)?.actor.as_deref());
                    signed(event, actors)?;
                }
                if tally.events == 0 {
                    (tally.least, tally.most) = (amount, amount);
                }
                tally.least = tally.least.min(amount);
                tally.most = tally.most.max(amount);
            }
        }
        add(&mut tally.events, 1)?;
        add(&mut tally.amount, amount)?;
        self.cited.push((line, index));
        Ok(())
    }
}

fn add(sum: &mut i64, more: i64) -> Result<(), Refused> {
    *sum = sum
        .checked_add(more)
        .filter(|sum| (-AMOUNT_MAX..=AMOUNT_MAX).contains(sum))
        .ok_or_else(Refused::overflow)?;
    Ok(())
}

/// Gives the points of the window that ends.
fn close(tally: &mut Tally, shape: &Shape) -> Result<(), Refused> {
    let total = tally.window.0;
    let points = match shape {
        Shape::Ladder { steps, .. } => plan::step(steps, total).map_or(0, |(_, points)| points),
        Shape::Rate { bands, cap, .. } => {
            let points = plan::rate(bands, total).ok_or_else(Refused::overflow)?;
            add(&mut tally.uncapped, points)?;
            cap.map_or(points, |cap| points.min(cap))
        }
        _ => return Ok(()),
    };
    add(&mut tally.points, points)?;
    tally.window.0 = 0;
    tally.closed = tally.closed.saturating_add(1);
    Ok(())
}

/// What an event is counted by: the sum of some quantities, or one.
fn amount(names: &[String], event: &RuleEvent) -> Result<i64, Refused> {
    if names.is_empty() {
        return Ok(1);
    }
    let mut sum = 0_i64;
    for name in names {
        let value = event.quantities.get(name.as_str()).ok_or_else(|| {
            Refused::new("QUANTITY_MISSING", format!("有一条记录没有填“{name}”，请先更正记录"))
        })?;
        if *value < 0 {
            let text = format!("有一条记录的“{name}”是负数，请先更正记录");
            return Err(Refused::new("QUANTITY_NEGATIVE", text));
        }
        add(&mut sum, *value)?;
    }
    Ok(sum)
}

/// Whether an item line is in force on the day and its condition holds.
fn fits(item: &Item, event: &RuleEvent) -> Result<bool, Refused> {
    if event.day < item.days.0 || event.day > item.days.1 {
        return Ok(false);
    }
    let Some(when) = &item.when else { return Ok(true) };
    let value = amount(&when.quantities, event)?;
    Ok((when.low..=when.high).contains(&value))
}

/// A sheet of a panel says who scored, and nobody scores twice.
fn signed<'a>(event: &RuleEvent, mut others: impl Iterator<Item = &'a str>) -> Result<(), Refused> {
    let Some(actor) = event.actor.as_deref() else {
        let text = "有评分表没有写明评分人，不能判断是否要回避";
        return Err(Refused::new("SHEET_UNSIGNED", text));
    };
    if others.any(|other| other == actor) {
        return Err(Refused::new("SHEET_TWICE", "同一评分人交了两张评分表，请先作废一张"));
    }
    Ok(())
}

/// Several values as one, as the line says.
pub(super) fn measured(tally: &Tally, measure: Measure) -> Result<i64, Refused> {
    let mean = |sum: i64, count: i64| {
        model::half_up(sum.into(), count.into()).map_err(|_| Refused::overflow())
    };
    match measure {
        Measure::Sum => Ok(tally.amount),
        Measure::Trimmed if tally.events >= 5 => {
            let rest = tally.amount.saturating_sub(tally.least).saturating_sub(tally.most);
            mean(rest, tally.events.saturating_sub(2))
        }
        Measure::Mean | Measure::Trimmed => mean(tally.amount, tally.events),
    }
}

/// Refuses a line with some but too few values.
pub(super) fn enough(tally: &Tally, least: u32, title: &str) -> Result<bool, Refused> {
    if tally.events == 0 || tally.events >= i64::from(least) {
        return Ok(tally.events > 0);
    }
    let text = format!("“{title}”只有{}份有效，至少要{least}份", tally.events);
    Err(Refused::new("TOO_FEW", text))
}
