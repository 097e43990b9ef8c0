//! Two editions in one period: an event is scored by the edition in force on its day.
//!
//! A rule that counts up (hours of a year, caps of a quarter) needs what came before, whichever edition that was
//! scored by. So each edition's rule is asked twice, about everything up to its end and about everything before its
//! beginning, and what it gives for its own events is the difference. What the earlier edition gave stays given; a later
//! edition gives less than nothing to nobody. A round of a whole village cannot be cut in two (ranks, shares): the
//! edition in force on the first day of its period settles it.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, DivisionCode, Refusal};
use package::Scheme;
use rules::{Claim, Period, RuleInput};

use crate::operation::View;
use crate::scoring::period;

/// A scheme as it stands for a stretch of days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// The scheme.
    pub(crate) scheme: &'a Scheme,
    /// A day of the edition: the first of its events for a later part.
    pub(crate) from: CivilDay,
    /// The first day of the next part; none for the last.
    pub(crate) until: Option<CivilDay>,
}

/// Whether two editions score alike.
fn alike(a: &Scheme, b: &Scheme) -> bool {
    let figures =
        |s: &Scheme| (s.source_digest, s.law, s.subject, s.period.clone(), s.months_before);
    figures(a) == figures(b)
        && (&a.settings, &a.facts, &a.reads, &a.clause)
            == (&b.settings, &b.facts, &b.reads, &b.clause)
}

/// The days of a question's events that lie in the period.
pub(crate) fn days_of(asked: &RuleInput, span: &Period) -> BTreeSet<CivilDay> {
    let events = asked.rows.iter().flat_map(|row| &row.events);
    let inside = events.map(|event| event.day).filter(|day| (span.first..=span.last).contains(day));
    inside.filter_map(|day| CivilDay::from_number(day).ok()).collect()
}

/// A question with only the events before a day.
pub(crate) fn until(mut input: RuleInput, day: Option<CivilDay>) -> RuleInput {
    if let Some(day) = day {
        for row in &mut input.rows {
            row.events.retain(|event| event.day < day.number());
        }
    }
    input
}

/// The parts of a period, by the days of the events; one part, of today, where there are no events. Days on which the
/// scheme was in no edition have no part: what happened then is not scored.
pub(crate) fn parts<'a>(
    view: &View<'a>,
    scheme: &'a Scheme,
    village: DivisionCode,
    days: BTreeSet<CivilDay>,
) -> Vec<Part<'a>> {
    let mut found: Vec<Part<'a>> = Vec::new();
    let mut before = None;
    for day in days {
        let Some((edition, then)) = view.snapshot.scheme(day, village, &scheme.id) else {
            continue;
        };
        match found.last_mut() {
            Some(last) if alike(last.scheme, then) => {}
            last => {
                // between the edition's first day and this one nothing happened, or the part before reaches further
                let later = last.is_some() && before.is_some_and(|last_day| edition > last_day);
                let from = if later { edition } else { day };
                if let Some(last) = last {
                    last.until = Some(from);
                }
                found.push(Part { scheme: then, from, until: None });
            }
        }
        before = Some(day);
    }
    if found.is_empty() {
        found.push(Part { scheme, from: view.today(), until: None });
    }
    found
}

/// The scheme that settles a round, with a day of its edition: as it stands on the first day of the period, or where it
/// came into force within the period, on its first day.
pub(crate) fn of_round<'a>(
    view: &View<'a>,
    village: DivisionCode,
    scheme: &str,
    name: &str,
) -> Option<(CivilDay, &'a Scheme)> {
    let (_, today) = view.snapshot.scheme(view.today(), village, scheme)?;
    let Some(span) = period(today, name) else { return Some((view.today(), today)) };
    let first = CivilDay::from_number(span.first).ok()?;
    let later = view.snapshot.package.editions().iter().map(package::Edition::from);
    let days = std::iter::once(first)
        .chain(later.filter(|day| (span.first..=span.last).contains(&day.number())));
    let found = days.filter_map(|day| {
        let (_, found) = view.snapshot.scheme(day, village, scheme)?;
        Some((day, found))
    });
    found.min_by_key(|(day, _)| *day).or(Some((view.today(), today)))
}

/// What an edition gives for its own events: the difference to what it would have given for those before. Its claims
/// have their own items, `item@day`, and say so.
///
/// # Errors
/// When a difference does not fit.
pub(crate) fn together(
    now: Vec<Claim>,
    before: &[Claim],
    from: CivilDay,
) -> Result<Vec<Claim>, Refusal> {
    let earlier: BTreeMap<(&str, &str), &Claim> =
        before.iter().map(|claim| ((claim.subject.as_str(), claim.item.as_str()), claim)).collect();
    let mut kept = Vec::new();
    for claim in now {
        let Some(old) = earlier.get(&(claim.subject.as_str(), claim.item.as_str())) else {
            kept.push(Claim { item: format!("{}@{from}", claim.item), ..claim });
            continue;
        };
        let fresh: Vec<String> =
            claim.events.iter().filter(|id| !old.events.contains(id)).cloned().collect();
        let points = claim.points.checked_sub(old.points).ok_or_else(|| {
            crate::acts::invalid("points", "the difference does not fit", "分数超出可记范围。")
        })?;
        if fresh.is_empty() || points <= 0 {
            continue;
        }
        let whole = model::Points(old.points);
        kept.push(Claim {
            item: format!("{}@{from}", claim.item),
            points,
            reason: format!("{}；{from}起按新办法，此前的{whole}分不重复计", claim.reason),
            events: fresh,
            ..claim
        });
    }
    Ok(kept)
}
