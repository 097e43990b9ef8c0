//! The days from which and until which a step may be taken.

use model::CivilDay;

use crate::calendar::{Calendar, NoCalendar};
use crate::item::{Item, Step, Taken};

/// Number of 9999-12-31.
const LAST_DAY: i64 = 2_932_896;

/// `days` later; a day beyond the calendar is its last one, so that a span too long never opens early.
pub(crate) fn later(day: CivilDay, days: i64) -> CivilDay {
    day.plus_days(days.max(0)).unwrap_or_else(|_| CivilDay::from_number(LAST_DAY).unwrap_or(day))
}

/// The day of the last of these steps that was taken.
pub(crate) fn last_of(steps: &[String], taken: &[Taken]) -> Option<CivilDay> {
    taken.iter().filter(|t| steps.contains(&t.step)).map(|t| t.day).max()
}

/// First day on which the gap after the last predecessor is kept; none for a first step.
pub(crate) fn gap_until(step: &Step, taken: &[Taken]) -> Option<CivilDay> {
    last_of(&step.after, taken).map(|day| later(day, step.min_gap_days))
}

/// The publication before the step that ends its stay last, with the first day after it.
pub(crate) fn stay<'a>(
    item: &'a Item,
    step: &Step,
    taken: &[Taken],
) -> Option<(&'a Step, CivilDay)> {
    let published = taken.iter().filter(|t| step.after_stay.contains(&t.step));
    let ends = published.filter_map(|t| item.step(&t.step).map(|p| (p, later(t.day, p.stay_days))));
    ends.max_by_key(|(_, until)| *until)
}

/// Last day on which the step is in time; none for a first step and for one without a limit.
pub(crate) fn due(
    step: &Step,
    taken: &[Taken],
    calendar: &Calendar,
) -> Result<Option<CivilDay>, NoCalendar> {
    let (Some(last), Some(days)) = (last_of(&step.after, taken), step.within_days) else {
        return Ok(None);
    };
    if step.working_days {
        calendar.after(last, days).map(Some)
    } else {
        Ok(Some(later(last, days)))
    }
}
