//! Twelve-digit statistical division codes (GB/T 2260 + GB/T 10114 + three village digits).

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A twelve-digit division code, kept as the number it spells.
///
/// Six digits name the county, three the township, three the village unit; a county ends in six
/// zeros, a township in three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DivisionCode(u64);

/// How deep a code reaches.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize)]
pub enum DivisionLevel {
    /// 县级 (county, county-level city or district).
    County,
    /// 乡级 (town, township or subdistrict).
    Township,
    /// 村级 (villagers' or residents' committee area).
    Village,
}

/// Why a text is not a division code.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum DivisionError {
    /// Not exactly twelve ASCII digits, or a leading zero.
    #[error("`{0}` is not a division code; twelve digits are needed, e.g. `370285102259`")]
    Malformed(String),
}

impl DivisionCode {
    /// Reads twelve ASCII digits.
    ///
    /// # Errors
    /// [`DivisionError::Malformed`] for anything else.
    pub fn parse(text: &str) -> Result<Self, DivisionError> {
        let malformed = || DivisionError::Malformed(text.chars().take(40).collect());
        if text.len() != 12 || text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(malformed());
        }
        text.parse().map(Self).map_err(|_| malformed())
    }

    /// The number the twelve digits spell (for fixed-width keys and frames).
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The code for a number, when it has twelve digits.
    pub const fn from_number(number: u64) -> Option<Self> {
        if number >= 100_000_000_000 && number <= 999_999_999_999 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// How deep the code reaches.
    pub const fn level(self) -> DivisionLevel {
        if self.0.is_multiple_of(1_000_000) {
            DivisionLevel::County
        } else if self.0.is_multiple_of(1_000) {
            DivisionLevel::Township
        } else {
            DivisionLevel::Village
        }
    }

    /// The township the code lies in (itself for a township; the county code for a county).
    #[must_use]
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "the remainder is never more than the number"
    )]
    pub const fn township(self) -> Self {
        Self(self.0 - self.0 % 1_000)
    }

    /// The county the code lies in.
    #[must_use]
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "the remainder is never more than the number"
    )]
    pub const fn county(self) -> Self {
        Self(self.0 - self.0 % 1_000_000)
    }

    /// Whether `other` lies in the area this code names (every code contains itself).
    pub const fn contains(self, other: Self) -> bool {
        match self.level() {
            DivisionLevel::County => other.county().0 == self.0,
            DivisionLevel::Township => other.township().0 == self.0,
            DivisionLevel::Village => other.0 == self.0,
        }
    }
}

impl std::fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl std::str::FromStr for DivisionCode {
    type Err = DivisionError;
    fn from_str(text: &str) -> Result<Self, DivisionError> {
        Self::parse(text)
    }
}

impl Serialize for DivisionCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DivisionCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_containment_follow_the_digits() {
        let village = DivisionCode::parse("370285102259").unwrap();
        assert_eq!(village.level(), DivisionLevel::Village);
        assert_eq!(village.township().to_string(), "370285102000");
        assert_eq!(village.county().to_string(), "370285000000");
        assert!(village.county().contains(village) && village.township().contains(village));
        assert!(!village.contains(village.township()));
        assert!(!DivisionCode::parse("370285101000").unwrap().contains(village));
    }

    #[test]
    fn only_twelve_digits_pass() {
        for bad in
            ["", "37028510225", "3702851022590", "37028510225x", "３70285102259", "037028510225"]
        {
            assert!(DivisionCode::parse(bad).is_err(), "{bad}");
        }
    }
}
