//! Exact arithmetic; the same two functions that scripts have.

use crate::{NUMBER, Refused};

/// `num / den` rounded half-up, for `num >= 0` and `den > 0`.
///
/// # Errors
/// A refusal `NUMBER` for other signs and for a result that does not fit.
pub fn half_up(num: i128, den: i128) -> Result<i64, Refused> {
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
pub fn mul_div(a: i64, b: i64, c: i64) -> Result<i64, Refused> {
    let product = i128::from(a).checked_mul(i128::from(b)).ok_or_else(number)?;
    product.checked_div(i128::from(c)).and_then(|n| i64::try_from(n).ok()).ok_or_else(number)
}

fn number() -> Refused {
    NUMBER.into()
}

/// Shares `amount` out by `weights` to the last unit: each gets its part rounded down, and what is left goes one by one
/// to the largest remainders, earlier ones first among equals. Nobody gets anything when all weights are zero.
///
/// # Errors
/// A refusal `NUMBER` for a negative amount or weight and for sums that do not fit.
pub fn largest_remainder(amount: i64, weights: &[i64]) -> Result<Vec<i64>, Refused> {
    let mut sum: i128 = 0;
    for weight in weights {
        if *weight < 0 {
            return Err(number());
        }
        sum = sum.checked_add(i128::from(*weight)).ok_or_else(number)?;
    }
    if amount < 0 {
        return Err(number());
    }
    if sum == 0 {
        return Ok(vec![0; weights.len()]);
    }
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = amount;
    for (place, weight) in weights.iter().enumerate() {
        let product = i128::from(amount).checked_mul(i128::from(*weight)).ok_or_else(number)?;
        let share = i64::try_from(product / sum).map_err(|_| number())?;
        left -= share;
        shares.push(share);
        remainders.push((product % sum, place));
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, place) in remainders.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        shares[place] += 1;
    }
    Ok(shares)
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

    #[test]
    fn a_fund_is_shared_out_to_the_last_cent() {
        let golden: [(i64, &[i64], &[i64]); 4] = [
            (1_000_000, &[37, 29, 29, 5, 0], &[370_000, 290_000, 290_000, 50_000, 0]),
            (100, &[1; 7], &[15, 15, 14, 14, 14, 14, 14]),
            (5, &[0, 0], &[0, 0]),
            (0, &[1, 2], &[0, 0]),
        ];
        for (fund, weights, shares) in golden {
            assert_eq!(largest_remainder(fund, weights).unwrap(), shares);
        }
        assert!(largest_remainder(1, &[-1]).is_err() && largest_remainder(-1, &[1]).is_err());
        assert_eq!(
            largest_remainder(i64::MAX, &[i64::MAX, 1]).unwrap().iter().sum::<i64>(),
            i64::MAX
        );
    }
}
