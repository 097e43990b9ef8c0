//! Events of a scheme from the ranges that the district writes down for it.

use std::collections::BTreeMap;

use crate::DemoError;
use crate::dice::Dice;
use crate::people::Village;
use crate::rows::{DemoData, Event};
use crate::settings::{Filled, Settings, Sort};

/// The quarter's events of one village unit, by day.
pub(crate) fn quarter(
    village: &Village,
    plan: &Filled,
    settings: &Settings,
    dice: &mut Dice,
    data: &mut DemoData,
) -> Result<(), DemoError> {
    let mut made: Vec<(u32, &str, &Sort, String, String)> = Vec::new();
    for sort in &plan.events {
        for (n, (house, _)) in (1_u32..).zip(&village.households) {
            if !dice.hits(sort.permille) {
                continue;
            }
            let subject = || {
                if plan.households { house.clone() } else { format!("{}-r{n:04}", village.code) }
            };
            if sort.panel {
                let day = dice.below(settings.period_days());
                let members = village.panel.iter().filter(|member| member.household != *house);
                made.extend(members.map(|m| (day, house.as_str(), sort, subject(), m.id.clone())));
            } else {
                for _ in 0..dice.between(1, sort.most) {
                    let day = dice.below(settings.period_days());
                    made.push((day, house.as_str(), sort, subject(), String::new()));
                }
            }
        }
    }
    made.sort_by(|a, b| (a.0, a.1, &a.2.kind, &a.4).cmp(&(b.0, b.1, &b.2.kind, &b.4)));
    for (number, (offset, _, sort, subject, actor)) in (1_u32..).zip(made) {
        data.events.push(Event {
            id: format!("{}-{}-{number:05}", settings.period, plan.scheme),
            scheme: plan.scheme.clone(),
            kind: sort.kind.clone(),
            subject,
            village: village.code,
            round: String::new(),
            day: settings.period_from.plus_days(i64::from(offset))?,
            actor,
            quantities: quantities(sort, dice),
            submitted_by: village.clerk(),
        });
    }
    Ok(())
}

fn quantities(sort: &Sort, dice: &mut Dice) -> BTreeMap<String, i64> {
    let one = |(name, [least, most, step]): (&String, &[u32; 3])| {
        let steps = most.saturating_sub(*least).checked_div(*step).unwrap_or(0);
        let value = dice.between(0, steps).saturating_mul(*step).saturating_add(*least);
        (name.clone(), i64::from(value))
    };
    sort.quantities.iter().map(one).collect()
}
