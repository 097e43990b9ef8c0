//! Working days: weekends, published holidays and the days that are worked to make up for them.

use std::collections::BTreeSet;

use model::CivilDay;
use thiserror::Error;

/// Days of a week.
const WEEK: i64 = 7;
/// Day number 0 (1970-01-01) was a Thursday: so many days after a Monday.
const THURSDAY: i64 = 3;
/// Saturday, counted from Monday.
const SATURDAY: i64 = 5;

/// A year of which no holiday calendar is loaded; whether its days are worked is not known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
#[error("no holiday calendar of {year} is loaded; add `calendar/{year}.toml` to the package")]
pub struct NoCalendar {
    /// The year.
    pub year: i16,
}

impl NoCalendar {
    /// 中文：出了什么问题，怎么办。
    pub fn text(&self) -> String {
        let year = self.year;
        format!("没有{year}年的节假日安排，按工作日算的期限算不出来。请补上 calendar/{year}.toml。")
    }
}

/// The holidays and made-up working days of the years that are known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Calendar {
    years: BTreeSet<i16>,
    holidays: BTreeSet<CivilDay>,
    workdays: BTreeSet<CivilDay>,
}

impl Calendar {
    /// Adds a year with its days off and its weekend days that are worked. What a year's notice says
    /// of a day of the year before holds as well.
    pub fn add(
        &mut self,
        year: i16,
        holidays: impl IntoIterator<Item = CivilDay>,
        workdays: impl IntoIterator<Item = CivilDay>,
    ) {
        self.years.insert(year);
        self.holidays.extend(holidays);
        self.workdays.extend(workdays);
    }

    /// Whether a day is worked.
    ///
    /// # Errors
    /// [`NoCalendar`] when the day's year is not loaded.
    pub fn is_working(&self, day: CivilDay) -> Result<bool, NoCalendar> {
        let year = day.ymd().0;
        if !self.years.contains(&year) {
            return Err(NoCalendar { year });
        }
        Ok(self.workdays.contains(&day) || !(self.holidays.contains(&day) || weekend(day)))
    }

    /// The working day on which `days` working days after this one have passed. The first day is not
    /// counted (《民法典》第201条); zero days later is the day itself.
    ///
    /// # Errors
    /// [`NoCalendar`] when the count reaches a year that is not loaded.
    pub fn after(&self, day: CivilDay, days: i64) -> Result<CivilDay, NoCalendar> {
        let (mut day, mut left) = (day, days);
        while left > 0 {
            // The last day there is has no year after it; its year is never loaded.
            day = day.plus_days(1).map_err(|_| NoCalendar { year: day.ymd().0 })?;
            if self.is_working(day)? {
                left = left.saturating_sub(1);
            }
        }
        Ok(day)
    }
}

/// Whether a day is a Saturday or a Sunday.
fn weekend(day: CivilDay) -> bool {
    day.number().saturating_add(THURSDAY).rem_euclid(WEEK) >= SATURDAY
}
