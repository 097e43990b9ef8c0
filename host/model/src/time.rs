//! Integer minutes and civil days in Asia/Shanghai (UTC+8 all year since 1992).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Minutes since 1970-01-01T00:00Z.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Minute(pub i64);

/// Days since 1970-01-01, civil in Asia/Shanghai; on paper and on the wire `YYYY-MM-DD`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CivilDay(i32);

/// Why a text or number is not a day.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TimeError {
    /// Not a calendar date in the form `YYYY-MM-DD`.
    #[error("`{0}` is not a date; write it as `2026-01-01`")]
    NotADate(String),
    /// Outside the years 0001–9999.
    #[error("the day is outside the years 0001 to 9999")]
    OutOfRange,
}

const OFFSET_MINUTES: i64 = 8 * 60;
const DAY_MINUTES: i64 = 24 * 60;

impl Minute {
    /// The civil day in Asia/Shanghai on which the minute falls.
    pub fn day(self) -> CivilDay {
        let days = self.0.saturating_add(OFFSET_MINUTES).div_euclid(DAY_MINUTES);
        CivilDay(i32::try_from(days.clamp(CivilDay::MIN, CivilDay::MAX)).unwrap_or_default())
    }

    /// `2026-11-23 09:05`, in Asia/Shanghai.
    pub fn display(self) -> String {
        let in_day = self.0.saturating_add(OFFSET_MINUTES).rem_euclid(DAY_MINUTES);
        let (hour, minute) = (in_day.div_euclid(60), in_day.rem_euclid(60));
        format!("{} {hour:02}:{minute:02}", self.day())
    }
}

impl CivilDay {
    const MIN: i64 = -719_162; // 0001-01-01
    const MAX: i64 = 2_932_896; // 9999-12-31

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`TimeError::NotADate`].
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let bad = || TimeError::NotADate(text.chars().take(40).collect());
        let shape = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let date: Date = if shape { text.parse().map_err(|_| bad())? } else { return Err(bad()) };
        let days = date
            .since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1)))
            .map_err(|_| bad())?
            .get_days();
        Ok(Self(days))
    }

    /// The day with this number.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn from_number(number: i64) -> Result<Self, TimeError> {
        if !(Self::MIN..=Self::MAX).contains(&number) {
            return Err(TimeError::OutOfRange);
        }
        i32::try_from(number).map(Self).map_err(|_| TimeError::OutOfRange)
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }

    /// The day `days` later (earlier when negative).
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`].
    pub fn plus_days(self, days: i64) -> Result<Self, TimeError> {
        self.number().checked_add(days).ok_or(TimeError::OutOfRange).and_then(Self::from_number)
    }

    /// Midnight at the start of the day, Asia/Shanghai.
    pub fn start(self) -> Minute {
        Minute(self.number().saturating_mul(DAY_MINUTES).saturating_sub(OFFSET_MINUTES))
    }

    fn date(self) -> Date {
        jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(self.0))
    }

    /// Year, month and day of month.
    pub fn ymd(self) -> (i16, i8, i8) {
        let date = self.date();
        (date.year(), date.month(), date.day())
    }

    /// The calendar quarter, 1–4.
    pub fn quarter(self) -> i8 {
        match self.ymd().1 {
            1..=3 => 1,
            4..=6 => 2,
            7..=9 => 3,
            _ => 4,
        }
    }
}

impl std::fmt::Display for CivilDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date())
    }
}

impl std::str::FromStr for CivilDay {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        Self::parse(text)
    }
}

impl Serialize for CivilDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CivilDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_and_print() {
        for (text, number) in
            [("1970-01-01", 0), ("2026-01-01", 20_454), ("2024-02-29", 19_782), ("1969-12-31", -1)]
        {
            let day = CivilDay::parse(text).unwrap();
            assert_eq!(day.number(), number, "{text}");
            assert_eq!(day.to_string(), text);
        }
        for bad in [
            "2026-02-30",
            "2026.1.1",
            "26-01-01",
            "2026-1-01",
            "2026-01-01T00:00",
            "-026-01-01",
            "",
        ] {
            assert!(CivilDay::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_minute_before_sixteen_hundred_utc_is_still_today() {
        let day = CivilDay::parse("2026-11-23").unwrap();
        assert_eq!(day.start().day(), day);
        assert_eq!(Minute(day.start().0 - 1).day(), day.plus_days(-1).unwrap());
        assert_eq!(day.start().display(), "2026-11-23 00:00");
        assert_eq!(day.quarter(), 4);
    }
}
