//! What to generate.

use model::{CivilDay, DivisionCode};
use serde::Serialize;

use crate::DemoError;

/// A unit of the division list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Unit {
    /// Twelve digits.
    pub code: DivisionCode,
    /// Committee kind, e.g. `villagers-committee`; not read above village level.
    pub kind: String,
}

/// A scheme that events are generated for, in all villages of one township.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Plan {
    /// The township.
    pub township: DivisionCode,
    /// Scheme id.
    pub scheme: String,
    /// Event type.
    pub event: String,
}

/// Events of one scheme made up from ranges, in the first villages of one township.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Filled {
    /// The township.
    pub township: DivisionCode,
    /// Scheme id.
    pub scheme: String,
    /// Whether it is about households; else about the first member of each.
    pub households: bool,
    /// In how many villages, by code.
    pub villages: u32,
    /// The events.
    pub events: Vec<Sort>,
}

/// Events of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Sort {
    /// Event type.
    pub kind: String,
    /// Share of subjects that have any, ‰.
    pub permille: u32,
    /// The most one subject has.
    pub most: u32,
    /// One by each panel member but for their own house.
    pub panel: bool,
    /// Smallest and largest value and the step between values, by quantity.
    pub quantities: std::collections::BTreeMap<String, [u32; 3]>,
}

/// A post that every unit of a level has besides the usual ones.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Officer {
    /// Which units have it.
    pub level: model::DivisionLevel,
    /// Role id.
    pub role: String,
    /// Department, or empty.
    pub department: String,
}

/// Sizes and days.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Settings {
    /// Start of the random numbers.
    pub seed: u64,
    /// Households in each village unit (1–2000).
    pub households_per_village: u32,
    /// Share of village units whose secretary is also director (一肩挑), ‰.
    pub one_shoulder_permille: u32,
    /// Share of households with a volunteer, ‰.
    pub volunteer_permille: u32,
    /// Panel members per village unit (3–7).
    pub panel_members: u32,
    /// First day of all posts.
    pub term_from: CivilDay,
    /// Last day of all posts.
    pub term_to: CivilDay,
    /// Name of the quarter, e.g. `2026Q3`.
    pub period: String,
    /// First day of the quarter.
    pub period_from: CivilDay,
    /// Last day of the quarter.
    pub period_to: CivilDay,
    /// Village unit whose matters are opened; its secretary and director are two people.
    pub matters_village: DivisionCode,
    /// The day those matters stand at.
    pub matters_day: CivilDay,
    /// Further posts, numbered behind the usual ones in this order.
    pub officers: Vec<Officer>,
    /// Panel sheets of the household sanitation round.
    pub sheets: Option<Plan>,
    /// Volunteer hours.
    pub hours: Option<Plan>,
    /// Further schemes, each with the ranges of its events.
    pub filled: Vec<Filled>,
}

impl Settings {
    pub(crate) fn checked(&self) -> Result<(), DemoError> {
        for (name, value, least, most) in [
            ("households_per_village", self.households_per_village, 1, 2_000),
            ("one_shoulder_permille", self.one_shoulder_permille, 0, 1_000),
            ("volunteer_permille", self.volunteer_permille, 0, 1_000),
            ("panel_members", self.panel_members, 3, 7),
        ] {
            if !(least..=most).contains(&value) {
                return Err(DemoError::OutOfRange { name, value, least, most });
            }
        }
        if self.term_to < self.term_from {
            return Err(DemoError::Backwards("term"));
        }
        if self.period_to < self.period_from {
            return Err(DemoError::Backwards("period"));
        }
        Ok(())
    }

    /// Days in the quarter.
    pub(crate) fn period_days(&self) -> u32 {
        let days =
            self.period_to.number().saturating_sub(self.period_from.number()).saturating_add(1);
        u32::try_from(days).unwrap_or(1)
    }
}
