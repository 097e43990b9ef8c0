//! Volunteer hours: some households have a volunteer who serves a few times in the quarter.

use std::collections::BTreeMap;

use crate::DemoError;
use crate::dice::Dice;
use crate::people::Village;
use crate::rows::{DemoData, Event};
use crate::settings::{Plan, Settings};

/// The quarter's events of one village unit, by day.
pub(crate) fn quarter(
    village: &Village,
    plan: &Plan,
    settings: &Settings,
    dice: &mut Dice,
    data: &mut DemoData,
) -> Result<(), DemoError> {
    let mut shifts: Vec<(u32, u32, u32)> = Vec::new();
    for n in 1..=settings.households_per_village {
        if !dice.hits(settings.volunteer_permille) {
            continue;
        }
        // One in ten serves every week, which reaches the second band of the rule.
        let times = if dice.hits(100) { 13 } else { dice.between(1, 6) };
        for _ in 0..times {
            shifts.push((
                dice.below(settings.period_days()),
                n,
                dice.between(2, 8).saturating_mul(30),
            ));
        }
    }
    shifts.sort_unstable();
    for (index, (offset, n, minutes)) in shifts.into_iter().enumerate() {
        data.events.push(Event {
            id: format!("{}-v{:05}", settings.period, index.saturating_add(1)),
            scheme: plan.scheme.clone(),
            kind: plan.event.clone(),
            subject: format!("{}-r{n:04}", village.code),
            village: village.code,
            round: String::new(),
            day: settings.period_from.plus_days(i64::from(offset))?,
            actor: String::new(),
            quantities: BTreeMap::from([("minutes".to_owned(), i64::from(minutes))]),
            submitted_by: village.clerk(),
        });
    }
    Ok(())
}
