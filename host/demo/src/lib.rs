//! Seeded generator of the demo district: pseudonymous people, bodies and a quarter of events.
//!
//! Stands before the request path: `engine` loads what comes out once, into an empty store, as if
//! each row had been written by the clerk it names. Nothing here is a real person, and nothing is
//! negative. Reading `divisions.csv` and `demo.toml` is left to `package`.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod dice;
mod error;
mod filled;
mod matters;
mod people;
mod rows;
mod settings;
mod volunteers;
mod yards;

pub use error::DemoError;
pub use rows::{DemoData, Event, Household, Matter, Meeting, Person, Post, Round, Taken};
pub use settings::{Filled, Officer, Plan, Settings, Sort, Unit};

/// Generates the district. The same settings and units give the same rows, whatever the order of the units.
///
/// # Errors
/// Settings that cannot be met, e.g. a quarter that ends before it starts.
pub fn generate(units: &[Unit], settings: &Settings) -> Result<DemoData, DemoError> {
    settings.checked()?;
    let mut units: Vec<&Unit> = units.iter().collect();
    units.sort_by_key(|unit| unit.code);
    units.dedup_by_key(|unit| unit.code);
    let mut data = DemoData::default();
    let mut filled = vec![0_u32; settings.filled.len()];
    for unit in units {
        let mut dice = dice::Dice::new(settings.seed, unit.code.number());
        match unit.code.level() {
            model::DivisionLevel::County => people::district(unit, settings, &mut data),
            model::DivisionLevel::Township => people::township(unit, settings, &mut data),
            model::DivisionLevel::Village => {
                let village = people::village(unit, settings, &mut dice, &mut data);
                if let Some(plan) =
                    settings.sheets.as_ref().filter(|plan| plan.township.contains(unit.code))
                {
                    yards::round(&village, plan, settings, &mut dice, &mut data)?;
                }
                if let Some(plan) =
                    settings.hours.as_ref().filter(|plan| plan.township.contains(unit.code))
                {
                    volunteers::quarter(&village, plan, settings, &mut dice, &mut data)?;
                }
                let own = settings.filled.iter().zip(&mut filled);
                for (plan, done) in own.filter(|(plan, _)| plan.township.contains(unit.code)) {
                    if *done < plan.villages {
                        *done = done.saturating_add(1);
                        filled::quarter(&village, plan, settings, &mut dice, &mut data)?;
                    }
                }
                if unit.code == settings.matters_village {
                    matters::open(&village, settings, &mut data)?;
                }
            }
        }
    }
    Ok(data)
}

#[cfg(test)]
mod tests;
