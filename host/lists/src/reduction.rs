//! Reduction figures (减负统计): counts before and after, and the change in percent to two decimals.

use std::collections::BTreeMap;

use model::half_up;
use package::ListKind;
use serde::Serialize;

/// One line of the table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Figure {
    /// 中文名称, e.g. `依法履职`.
    pub title: String,
    /// Entries before.
    pub before: usize,
    /// Entries after.
    pub after: usize,
    /// Change in percent of the count before, two decimals; absent when nothing was there before.
    pub percent: Option<String>,
}

/// The whole table.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Reduction {
    /// Each list that holds or held an entry.
    pub classes: Vec<Figure>,
    /// All of them together.
    pub total: Figure,
}

/// Figures for counts by list.
pub fn reduction(
    before: &BTreeMap<ListKind, usize>,
    after: &BTreeMap<ListKind, usize>,
) -> Reduction {
    let count = |counts: &BTreeMap<ListKind, usize>, kind| counts.get(&kind).copied().unwrap_or(0);
    let classes = ListKind::ALL
        .into_iter()
        .map(|kind| (kind.title(), count(before, kind), count(after, kind)))
        .filter(|(_, before, after)| *before > 0 || *after > 0)
        .map(|(title, before, after)| figure(title, before, after))
        .collect();
    let sum = |counts: &BTreeMap<ListKind, usize>| {
        counts.values().fold(0_usize, |sum, count| sum.saturating_add(*count))
    };
    Reduction { classes, total: figure("合计", sum(before), sum(after)) }
}

fn figure(title: &str, before: usize, after: usize) -> Figure {
    Figure { title: title.to_owned(), before, after, percent: percent(before, after) }
}

/// The change in percent with two decimals and its sign, e.g. `-27.88%`: hundredths of a percent,
/// rounded half away from zero. `None` when nothing was there before.
pub fn percent(before: usize, after: usize) -> Option<String> {
    let (old, new) = (i128::try_from(before).ok()?, i128::try_from(after).ok()?);
    let delta = new.checked_sub(old)?.checked_abs()?;
    let hundredths = half_up(delta.checked_mul(10_000)?, old).ok()?;
    let sign = match new.cmp(&old) {
        _ if hundredths == 0 => "",
        std::cmp::Ordering::Less => "-",
        _ => "+",
    };
    let (whole, part) = (hundredths.checked_div(100)?, hundredths.checked_rem(100)?);
    Some(format!("{sign}{whole}.{part:02}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_have_two_decimals_rounded_half_up() {
        for (before, after, want) in [
            (165, 119, Some("-27.88%")),
            (38, 24, Some("-36.84%")),
            (61, 55, Some("-9.84%")),
            (11, 10, Some("-9.09%")),
            (27, 21, Some("-22.22%")),
            (8, 7, Some("-12.50%")),
            (20, 2, Some("-90.00%")),
            (3, 4, Some("+33.33%")),
            (4, 4, Some("0.00%")),
            (0, 4, None),
            (4, 0, Some("-100.00%")),
            // 1/16 = 6.25 %, 1/32 = 3.125 %: the half goes away from zero
            (32, 31, Some("-3.13%")),
            (32, 33, Some("+3.13%")),
        ] {
            assert_eq!(percent(before, after).as_deref(), want, "{before} -> {after}");
        }
    }
}
