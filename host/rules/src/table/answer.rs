//! Claims from tallies: one for each line that brings points.

use std::collections::BTreeMap;

use super::count::{Counter, Refused, Tally, enough, measured};
use super::plan::{self, Line, Shape};
use super::words;
use crate::{AMOUNT_MAX, Claim, RuleRow};

impl Counter<'_> {
    /// The claims of the row counted last; places in the village are left out.
    pub(super) fn claims(&self, row: &RuleRow) -> Result<Vec<Claim>, Refused> {
        let mut claims = Vec::new();
        for (number, (line, tally)) in self.plan.lines.iter().zip(&self.tallies).enumerate() {
            if tally.events == 0 {
                continue;
            }
            if let Some((points, reason, facts)) = answer(line, tally)? {
                claims.push(self.claim(row, number, line, (points, reason, facts)));
            }
        }
        Ok(claims)
    }

    fn claim(
        &self,
        row: &RuleRow,
        number: usize,
        line: &Line,
        (points, reason, facts): (i64, String, BTreeMap<String, i64>),
    ) -> Claim {
        Claim {
            subject: row.subject.clone(),
            item: line.head.id.clone(),
            points,
            reason,
            clause: line.head.clause.clone(),
            events: self.events(row, number),
            facts,
        }
    }

    /// Ids of the events a line counted.
    pub(super) fn events(&self, row: &RuleRow, number: usize) -> Vec<String> {
        let own = self.cited.iter().filter(|(line, _)| *line == number);
        let events = own.filter_map(|(_, index)| row.events.get(*index));
        events.map(|event| event.id.as_str().to_owned()).collect()
    }
}

pub(super) fn facts<const N: usize>(pairs: [(&str, i64); N]) -> BTreeMap<String, i64> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

type Answer = (i64, String, BTreeMap<String, i64>);

/// Points, reason and facts of a line; `None` when it brings nothing.
fn answer(line: &Line, tally: &Tally) -> Result<Option<Answer>, Refused> {
    let (points, reason, facts) = match &line.shape {
        Shape::Item(item) => {
            let all = facts([
                ("count", tally.events),
                ("amount", tally.amount),
                ("uncapped", tally.uncapped),
            ]);
            (tally.points, words::item(&line.head, item, tally), all)
        }
        Shape::Ladder { steps, .. } => {
            // with several windows the total of each is in none of the numbers shown
            let reached = plan::step(steps, tally.amount).filter(|_| tally.closed == 1);
            let step = reached.and_then(|(index, _)| steps.get(index));
            let all = facts([("amount", tally.amount), ("windows", tally.closed)]);
            (tally.points, words::ladder(&line.head, step, tally), all)
        }
        Shape::Rate { bands, .. } => {
            let unit = bands.first().and_then(|band| band.units.last());
            let unit = unit.map_or("", String::as_str);
            let all = facts([
                ("amount", tally.amount),
                ("uncapped", tally.uncapped),
                ("windows", tally.closed),
            ]);
            (tally.points, words::rate(&line.head, unit, tally), all)
        }
        Shape::Weight { measure, least, permille, cap } => {
            if !enough(tally, *least, &line.head.title)? {
                return Ok(None);
            }
            let raw = measured(tally, *measure)?;
            let weighed =
                i128::from(raw).checked_mul((*permille).into()).ok_or_else(Refused::overflow)?;
            let full = model::half_up(weighed, 1_000).map_err(|_| Refused::overflow())?;
            let points = cap.map_or(full, |cap| full.min(cap));
            let all = facts([("raw", raw), ("count", tally.events), ("uncapped", full)]);
            (points, words::weight(&line.head, raw, *permille, (points, full)), all)
        }
        Shape::Ranking { .. } => return Ok(None),
    };
    if !(-AMOUNT_MAX..=AMOUNT_MAX).contains(&points) {
        return Err(Refused::overflow());
    }
    Ok((points != 0).then_some((points, reason, facts)))
}
