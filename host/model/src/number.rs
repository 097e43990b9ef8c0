//! Exact amounts: points in 1/100 point, money in cents, rates in per mille. No floats anywhere.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why an exact computation has no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum NumberError {
    /// The result does not fit a signed 64-bit integer.
    #[error("the amount does not fit; overflow is refused, never wrapped")]
    Overflow,
    /// A division by zero, or a rounding of a negative number.
    #[error("the amount is not defined for this input")]
    Undefined,
}

macro_rules! amount {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// Sum.
            ///
            /// # Errors
            /// [`NumberError::Overflow`].
            pub fn plus(self, other: Self) -> Result<Self, NumberError> {
                self.0.checked_add(other.0).map(Self).ok_or(NumberError::Overflow)
            }

            /// Difference.
            ///
            /// # Errors
            /// [`NumberError::Overflow`].
            pub fn minus(self, other: Self) -> Result<Self, NumberError> {
                self.0.checked_sub(other.0).map(Self).ok_or(NumberError::Overflow)
            }
        }

        impl std::fmt::Display for $name {
            /// Two decimals, e.g. `18.50` or `-0.05`.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let sign = if self.0 < 0 { "-" } else { "" };
                let abs = self.0.unsigned_abs();
                let (whole, part) = (abs.div_euclid(100), abs.rem_euclid(100));
                write!(f, "{sign}{whole}.{part:02}")
            }
        }
    };
}

amount!(
    /// Points in 1/100 point, signed.
    Points
);
amount!(
    /// Money in cents (分), signed.
    Cents
);

/// A rate or weight in per mille (‰).
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Permille(pub i64);

/// `num / den` rounded half-up, for a non-negative numerator and a positive denominator.
///
/// # Errors
/// [`NumberError::Undefined`] for other signs, [`NumberError::Overflow`] when doubling does not fit.
pub fn half_up(num: i128, den: i128) -> Result<i64, NumberError> {
    if num < 0 || den <= 0 {
        return Err(NumberError::Undefined);
    }
    let doubled =
        num.checked_mul(2).and_then(|n| n.checked_add(den)).ok_or(NumberError::Overflow)?;
    let twice = den.checked_mul(2).ok_or(NumberError::Overflow)?;
    i64::try_from(doubled.div_euclid(twice)).map_err(|_| NumberError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_up_rounds_the_middle_up() {
        for (num, den, want) in
            [(5, 10, 1), (4, 10, 0), (49_99 * 200, 1000, 1000), (0, 3, 0), (7, 2, 4)]
        {
            assert_eq!(half_up(num, den), Ok(want), "{num}/{den}");
        }
        assert_eq!(half_up(-1, 2), Err(NumberError::Undefined));
        assert_eq!(half_up(1, 0), Err(NumberError::Undefined));
        assert_eq!(half_up(i128::MAX, 2), Err(NumberError::Overflow));
    }

    #[test]
    fn amounts_print_two_decimals_and_refuse_overflow() {
        assert_eq!(Points(1850).to_string(), "18.50");
        assert_eq!(Cents(-5).to_string(), "-0.05");
        assert_eq!(Points(i64::MAX).plus(Points(1)), Err(NumberError::Overflow));
        assert_eq!(Points(i64::MIN).minus(Points(1)), Err(NumberError::Overflow));
    }
}
