//! 户容户貌评比: each panel member scores every house of the village but their own.

use std::collections::BTreeMap;

use crate::DemoError;
use crate::dice::Dice;
use crate::people::Village;
use crate::rows::{DemoData, Event, Round};
use crate::settings::{Plan, Settings};

const PARTS: [&str; 5] = ["courtyard", "gate", "toilet", "waste", "livestock"];
/// The most a part can have, in 1/100 point.
const PART_MAX: u32 = 2_000;
/// Scores are written in half points.
const GRAIN: u32 = 50;

/// The open round of one village unit with all its sheets.
pub(crate) fn round(
    village: &Village,
    plan: &Plan,
    settings: &Settings,
    dice: &mut Dice,
    data: &mut DemoData,
) -> Result<(), DemoError> {
    let id = format!("{}-{}-{}", village.code, plan.scheme, settings.period);
    data.rounds.push(Round {
        id: id.clone(),
        scheme: plan.scheme.clone(),
        village: village.code,
        period: settings.period.clone(),
        opened_by: format!("{}-p02", village.code.township()),
        opened: settings.period_from,
    });
    // The panel walks the village on one day in the last third of the quarter.
    let days = settings.period_days();
    let third = days.div_ceil(3);
    let offset = days.saturating_sub(1).saturating_sub(dice.below(third));
    let day = settings.period_from.plus_days(i64::from(offset))?;
    let mut number = 0_u32;
    for (house, _) in &village.households {
        let quality = dice.between(900, 1_900);
        for member in village.panel.iter().filter(|member| member.household != *house) {
            number = number.saturating_add(1);
            data.events.push(Event {
                id: format!("{}-s{number:05}", settings.period),
                scheme: plan.scheme.clone(),
                kind: plan.event.clone(),
                subject: house.clone(),
                village: village.code,
                round: id.clone(),
                day,
                actor: member.id.clone(),
                quantities: sheet(quality, dice),
                submitted_by: village.clerk(),
            });
        }
    }
    Ok(())
}

fn sheet(quality: u32, dice: &mut Dice) -> BTreeMap<String, i64> {
    PARTS
        .iter()
        .map(|part| {
            let raw = quality.saturating_add(dice.below(401)).saturating_sub(200).min(PART_MAX);
            let score = raw.saturating_sub(raw.checked_rem(GRAIN).unwrap_or(0));
            ((*part).to_owned(), i64::from(score))
        })
        .collect()
}
