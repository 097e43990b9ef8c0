//! Exact arithmetic that scripts are offered: whole numbers, rounding by name, shares to the last unit, ranks.

use rhai::{Array, Dynamic, Engine, EvalAltResult, Position};

use super::engine::charge;

type Answer<T> = Result<T, Box<EvalAltResult>>;

/// Makes the functions known to scripts.
pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("half_up", half_up);
    engine.register_fn("mul_div", mul_div);
    engine.register_fn("largest_remainder", largest_remainder);
    engine.register_fn("ranks", ranks);
    engine.register_fn("two_decimals", two_decimals);
    engine.register_fn("in_band", in_band);
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "the shape that registered functions answer errors in"
)]
fn undefined(message: &str) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorArithmetic(message.to_owned(), Position::NONE))
}

#[expect(
    clippy::unnecessary_box_returns,
    reason = "the shape that registered functions answer errors in"
)]
fn overflow() -> Box<EvalAltResult> {
    undefined("Number overflow")
}

/// `num / den`, halves up; for `num >= 0` and `den > 0`.
fn half_up(num: i64, den: i64) -> Answer<i64> {
    if den == 0 {
        return Err(undefined("Division by zero"));
    }
    model::half_up(num.into(), den.into()).map_err(|_| undefined("half_up of a negative number"))
}

/// `a * b / c` towards zero, exact in between.
fn mul_div(a: i64, b: i64, c: i64) -> Answer<i64> {
    let product = i128::from(a).checked_mul(i128::from(b)).ok_or_else(overflow)?;
    let quotient = product.checked_div(c.into()).ok_or_else(|| undefined("Division by zero"))?;
    i64::try_from(quotient).map_err(|_| overflow())
}

/// How many times `each` goes into that part of `amount` which lies above `from` and not above `to`; what is left over
/// does not count. For `each > 0`.
fn in_band(amount: i64, from: i64, to: i64, each: i64) -> Answer<i64> {
    if each <= 0 {
        return Err(undefined("Division by zero"));
    }
    let inside = amount.min(to).checked_sub(from).ok_or_else(overflow)?;
    Ok(inside.max(0).checked_div(each).unwrap_or(0))
}

/// The numbers of an array; each costs an operation.
fn whole(values: &[Dynamic]) -> Answer<Vec<i64>> {
    charge(values.len());
    let one = |value: &Dynamic| {
        value.as_int().map_err(|kind| {
            let (wanted, given) = ("i64".to_owned(), kind.to_owned());
            Box::new(EvalAltResult::ErrorMismatchDataType(wanted, given, Position::NONE))
        })
    };
    values.iter().map(one).collect()
}

/// Shares `amount` by `weights` to the last unit: rounded down, what is left goes to the largest remainders, earlier
/// ones first among equals; all zeros when the weights are.
#[expect(clippy::needless_pass_by_value, reason = "the shape that scripts call functions in")]
fn largest_remainder(amount: i64, weights: Array) -> Answer<Array> {
    let weights = whole(&weights)?;
    if amount < 0 || weights.iter().any(|weight| *weight < 0) {
        return Err(undefined("largest_remainder of a negative number"));
    }
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let mut left = amount;
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for (place, weight) in weights.iter().enumerate() {
        let product = i128::from(amount).checked_mul(i128::from(*weight)).ok_or_else(overflow)?;
        // no weight at all: nobody gets anything
        let part = product.checked_div(sum).unwrap_or(0);
        let part = i64::try_from(part).map_err(|_| overflow())?;
        left = left.saturating_sub(part);
        shares.push(part);
        remainders.push((product.checked_rem(sum).unwrap_or(0), place));
    }
    if sum > 0 {
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, place) in remainders.into_iter().take(usize::try_from(left).unwrap_or(0)) {
            if let Some(share) = shares.get_mut(place) {
                *share = share.saturating_add(1);
            }
        }
    }
    Ok(shares.into_iter().map(Dynamic::from).collect())
}

/// Hundredths as people read them: `12.05`.
fn two_decimals(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let whole = hundredths.unsigned_abs().checked_div(100).unwrap_or(0);
    let part = hundredths.unsigned_abs().checked_rem(100).unwrap_or(0);
    format!("{sign}{whole}.{part:02}")
}

/// The rank of each number: 1 for the largest, equal numbers share the better one.
#[expect(clippy::needless_pass_by_value, reason = "the shape that scripts call functions in")]
fn ranks(values: Array) -> Answer<Array> {
    let values = whole(&values)?;
    let mut order = values.clone();
    order.sort_unstable_by(|a, b| b.cmp(a));
    let rank = |value: &i64| {
        let before = order.partition_point(|other| other > value);
        Dynamic::from(i64::try_from(before.saturating_add(1)).unwrap_or(i64::MAX))
    };
    Ok(values.iter().map(rank).collect())
}
