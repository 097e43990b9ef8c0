//! Exact arithmetic; the same two functions that scripts have.

use crate::Refusal;

/// `num / den` rounded half-up, for `num >= 0` and `den > 0`.
///
/// # Errors
/// A refusal `NUMBER` for other signs and for a result that does not fit.
pub fn half_up(num: i128, den: i128) -> Result<i64, Refusal> {
    if num < 0 || den <= 0 {
        return Err(number());
    }
    let doubled = num.checked_mul(2).and_then(|n| n.checked_add(den)).ok_or_else(number)?;
    let twice = den.checked_mul(2).ok_or_else(number)?;
    i64::try_from(doubled / twice).map_err(|_| number())
}

/// `a * b / c`, rounded towards zero (a loss is never rounded up), without overflow in between.
///
/// # Errors
/// A refusal `NUMBER` for `c == 0` and for a result that does not fit.
pub fn mul_div(a: i64, b: i64, c: i64) -> Result<i64, Refusal> {
    let product = i128::from(a).checked_mul(i128::from(b)).ok_or_else(number)?;
    product.checked_div(i128::from(c)).and_then(|n| i64::try_from(n).ok()).ok_or_else(number)
}

fn number() -> Refusal {
    Refusal::new("NUMBER", "计算结果超出整数范围，或者除数不对")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_up_and_losses_towards_zero() {
        assert_eq!(half_up(4999 * 200, 1000).ok(), Some(1000));
        assert_eq!(half_up(5, 10).ok(), Some(1));
        assert_eq!(half_up(4, 10).ok(), Some(0));
        assert!(
            half_up(-1, 2).is_err() && half_up(1, 0).is_err() && half_up(i128::MAX, 1).is_err()
        );
        assert_eq!(mul_div(-7, 1, 2).ok(), Some(-3));
        assert_eq!(mul_div(i64::MAX, 2, 4).ok(), Some(i64::MAX / 2));
        assert!(mul_div(1, 1, 0).is_err() && mul_div(i64::MAX, 2, 1).is_err());
    }
}
