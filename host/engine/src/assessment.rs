//! Lateness of offices (工作日常考核、责任追究): what the due table found, as rows and sums. It takes points off
//! an office's assessment; no villager and no household has an account that it touches.

use std::collections::BTreeMap;

use model::{DivisionCode, Refusal};
use package::{Each, Package};
use serde_json::{Value, json};

use crate::Engine;
use crate::dues::{Due, Standing, dues};

/// How often each standing was found, and what the late and missing ones take off.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// In time.
    pub met: u64,
    /// After their day.
    pub late: u64,
    /// Missing, their day over.
    pub overdue: u64,
    /// Missing, not yet due.
    pub waiting: u64,
    /// Cannot be told.
    pub unknown: u64,
    /// Taken off, in 1/100 point; none when the sum does not fit.
    pub deducted: Option<i64>,
}

impl Tally {
    /// Counts rows.
    pub fn of<'a, 'p: 'a>(rows: impl IntoIterator<Item = &'a Due<'p>>) -> Self {
        let mut sum = Self { deducted: Some(0), ..Self::default() };
        for row in rows {
            let count = match row.standing {
                Standing::Met => &mut sum.met,
                Standing::Late => &mut sum.late,
                Standing::Overdue => &mut sum.overdue,
                Standing::Waiting => &mut sum.waiting,
                Standing::Unknown => &mut sum.unknown,
            };
            *count = count.saturating_add(1);
            if row.counts_against() {
                sum.deducted = sum.deducted.and_then(|so_far| so_far.checked_add(row.rule.deduct));
            }
        }
        sum
    }

    /// As JSON, with the number of rows it was counted from.
    pub fn told(&self) -> Value {
        let all = [self.met, self.late, self.overdue, self.waiting, self.unknown];
        json!({
            "records": all.iter().fold(0_u64, |sum, count| sum.saturating_add(*count)),
            "met": self.met, "late": self.late, "overdue": self.overdue, "waiting": self.waiting,
            "unknown": self.unknown, "deducted": self.deducted,
        })
    }
}

/// One row as JSON: rule, entry, responsible office, due day, days late, basis.
pub fn told(due: &Due<'_>, package: &Package) -> Value {
    let place = package.divisions().get(due.village);
    json!({
        "rule": due.rule.id, "title": due.rule.title, "title_en": due.rule.title_en,
        "entry": due.entry.map(|entry| &entry.id), "duty": due.entry.map(|entry| &entry.title),
        "department": due.entry.map(|entry| &entry.department),
        "office": due.rule.office, "village": due.village, "name": place.map(|row| &row.name),
        "about": due.about, "about_en": due.about_en, "due": due.due, "made": due.made,
        "standing": due.standing, "days_late": due.days_late,
        "deducted": if due.counts_against() { due.rule.deduct } else { 0 },
        "basis": due.basis(),
    })
}

/// Sums for each office of each village, in their order.
pub fn by_office<'a, 'p>(rows: &'a [Due<'p>]) -> BTreeMap<(DivisionCode, &'a str), Tally> {
    let mut groups: BTreeMap<(DivisionCode, &str), Vec<&Due<'p>>> = BTreeMap::new();
    for row in rows {
        groups.entry((row.village, row.rule.office.as_str())).or_default().push(row);
    }
    groups.into_iter().map(|(key, rows)| (key, Tally::of(rows))).collect()
}

/// Sums for each row of the due table, as JSON.
pub fn by_rule(rows: &[Due<'_>]) -> Vec<Value> {
    let mut groups: BTreeMap<&str, Vec<&Due<'_>>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.rule.id.as_str()).or_default().push(row);
    }
    let told = |(id, rows): (&str, Vec<&Due<'_>>)| {
        let first = rows.first().map(|row| row.rule);
        let mut value = Tally::of(rows).told();
        if let Some(map) = value.as_object_mut() {
            map.insert("rule".to_owned(), json!(id));
            map.insert("title".to_owned(), json!(first.map(|rule| &rule.title)));
            map.insert("office".to_owned(), json!(first.map(|rule| &rule.office)));
        }
        value
    };
    groups.into_iter().map(told).collect()
}

impl Engine {
    /// Periodic duties of a village, township or district that are overdue today, and how often each row of
    /// the due table was met. A matter is not named here: what the public sees of matters is another question.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION`, or no edition is in force.
    pub fn duties(&self, place: DivisionCode) -> Result<Value, Refusal> {
        let (state, snapshot, today) = (self.read_state(), self.snapshot(), self.today());
        snapshot.edition(today, Some(place))?;
        let rows = dues(&state, &snapshot.package, place, None, today)?;
        let overdue = rows
            .iter()
            .filter(|row| row.standing == Standing::Overdue && row.rule.each == Each::Period)
            .map(|row| told(row, &snapshot.package));
        let overdue: Vec<Value> = overdue.collect();
        Ok(json!({
            "place": place, "day": today, "count": overdue.len(), "overdue": overdue,
            "rules": by_rule(&rows),
        }))
    }
}
