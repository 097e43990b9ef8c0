//! Places in the village: equal values share the better place, and so the better band.

use std::collections::BTreeMap;

use table::Rank;

use super::answer::facts;
use super::count::{Counter, Refused, enough, measured};
use super::plan::{Plan, Shape};
use super::words;
use crate::{Claim, RuleRow};

/// A row's value on a line.
#[derive(Debug)]
struct Entry {
    row: usize,
    value: i64,
    count: i64,
    events: Vec<usize>,
}

/// The values of every row, by line.
#[derive(Debug)]
pub(super) struct Places {
    entries: BTreeMap<usize, Vec<Entry>>,
}

impl Places {
    pub(super) fn new(plan: &Plan) -> Self {
        let ranked = plan.lines.iter().enumerate();
        let ranked = ranked.filter(|(_, line)| matches!(line.shape, Shape::Ranking { .. }));
        Self { entries: ranked.map(|(number, _)| (number, Vec::new())).collect() }
    }

    /// Takes the row that was counted last; [`Counter::ranked`] has found it valid.
    pub(super) fn enter(&mut self, row: usize, counter: &Counter<'_>) {
        for (number, entries) in &mut self.entries {
            let Ok(Some((value, count))) = counter.value(*number) else { continue };
            let own = counter.cited.iter().filter(|(line, _)| line == number);
            let events = own.map(|(_, index)| *index).collect();
            entries.push(Entry { row, value, count, events });
        }
    }

    /// The claims of each row, by its place in the input.
    pub(super) fn claims(&self, plan: &Plan, rows: &[RuleRow]) -> BTreeMap<usize, Vec<Claim>> {
        let mut claims: BTreeMap<usize, Vec<Claim>> = BTreeMap::new();
        for (number, entries) in &self.entries {
            let Some(line) = plan.lines.get(*number) else { continue };
            let Shape::Ranking { bands, .. } = &line.shape else { continue };
            let mut values: Vec<i64> = entries.iter().map(|entry| entry.value).collect();
            values.sort_unstable_by(|a, b| b.cmp(a));
            for entry in entries {
                let better = values.partition_point(|value| *value > entry.value);
                let place = i64::try_from(better).unwrap_or(i64::MAX).saturating_add(1);
                let of = i64::try_from(values.len()).unwrap_or(i64::MAX);
                let Some(band) = band(bands, place, of).filter(|band| band.points != 0) else {
                    continue;
                };
                let Some(row) = rows.get(entry.row) else { continue };
                let own = entry.events.iter().filter_map(|index| row.events.get(*index));
                claims.entry(entry.row).or_default().push(Claim {
                    subject: row.subject.clone(),
                    item: line.head.id.clone(),
                    points: band.points,
                    reason: words::place(&line.head, (place, of), band),
                    clause: line.head.clause.clone(),
                    events: own.map(|event| event.id.as_str().to_owned()).collect(),
                    facts: facts([
                        ("value", entry.value),
                        ("count", entry.count),
                        ("rank", place),
                        ("of", of),
                    ]),
                });
            }
        }
        claims
    }
}

/// The band of a place: the first whose share of the village it lies within.
fn band(bands: &[Rank], place: i64, of: i64) -> Option<&Rank> {
    let place = i128::from(place).saturating_mul(1_000);
    bands.iter().find(|band| {
        let share = i128::from(of).saturating_mul(band.permille.into());
        place < share || (band.inclusive && place == share)
    })
}

impl Counter<'_> {
    /// Value and count of a line that ranks; nothing when the row has no value there.
    pub(super) fn value(&self, number: usize) -> Result<Option<(i64, i64)>, Refused> {
        let (Some(line), Some(tally)) = (self.plan.lines.get(number), self.tallies.get(number))
        else {
            return Ok(None);
        };
        let Shape::Ranking { measure, least, .. } = &line.shape else { return Ok(None) };
        if !enough(tally, *least, &line.head.title)? {
            return Ok(None);
        }
        Ok(Some((measured(tally, *measure)?, tally.events)))
    }

    /// Refuses a row whose values on a line that ranks are too few.
    pub(super) fn ranked(&self) -> Result<(), Refused> {
        (0..self.plan.lines.len()).try_for_each(|number| self.value(number).map(drop))
    }
}
