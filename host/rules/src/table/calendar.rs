//! Windows of the calendar: which day, month, quarter and year an event lies in.

use model::CivilDay;
use table::Window;

/// Numbers that are equal for two days exactly when they lie in the same window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Keys {
    day: i64,
    month: i64,
    quarter: i64,
    year: i64,
}

impl Keys {
    pub(super) const fn of(self, window: Window) -> i64 {
        match window {
            Window::Event | Window::Day => self.day,
            Window::Month => self.month,
            Window::Quarter => self.quarter,
            Window::Year => self.year,
            Window::All => 0,
        }
    }
}

/// Remembers the last day asked for: events of a row come in order, many of one day together.
#[derive(Debug)]
pub(super) struct Calendar(Keys);

impl Calendar {
    pub(super) const fn new() -> Self {
        Self(Keys { day: i64::MIN, month: 0, quarter: 0, year: 0 })
    }

    /// The windows of a day number; `None` when it is no day.
    pub(super) fn keys(&mut self, day: i64) -> Option<Keys> {
        if self.0.day != day {
            let (year, month, _) = CivilDay::from_number(day).ok()?.ymd();
            let (year, month) = (i64::from(year), i64::from(month).checked_sub(1)?);
            let months = year.checked_mul(12)?.checked_add(month)?;
            self.0 = Keys { day, month: months, quarter: months.div_euclid(3), year };
        }
        Some(self.0)
    }
}
