//! Meeting counts, compared by cross-multiplication with the denominator the law names.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The counts of one vote; every figure is a number of natural persons (or households where the
/// law counts households).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// 应到: who is entitled to take part.
    pub eligible: i64,
    /// 实到: who took part.
    pub present: i64,
    /// 赞成.
    pub in_favour: i64,
    /// 反对.
    pub against: i64,
    /// 弃权.
    pub abstain: i64,
}

/// A legal share, e.g. two thirds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fraction {
    /// Upper number.
    pub num: i64,
    /// Lower number, positive.
    pub den: i64,
    /// `true`: the share itself is enough (三分之二以上); `false`: more than it (过半数).
    pub inclusive: bool,
}

/// Why counts cannot be those of a meeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum TallyError {
    /// A negative figure, or one above ten million.
    #[error("a meeting count must lie between 0 and 10000000")]
    OutOfRange,
    /// More present than entitled.
    #[error("more present than entitled (实到多于应到)")]
    MorePresentThanEligible,
    /// The votes do not add up to those present.
    #[error(
        "for, against and abstain do not add up to those present (赞成、反对、弃权之和不等于实到)"
    )]
    VotesDoNotAddUp,
}

/// The largest count a record may hold; keeps every product far below overflow.
pub(crate) const COUNT_MAX: i64 = 10_000_000;

impl Tally {
    /// Checks the counts against each other.
    ///
    /// # Errors
    /// The first [`TallyError`] that applies, in the order of its variants.
    pub fn checked(self) -> Result<Self, TallyError> {
        let all = [self.eligible, self.present, self.in_favour, self.against, self.abstain];
        if all.iter().any(|n| !(0..=COUNT_MAX).contains(n)) {
            return Err(TallyError::OutOfRange);
        }
        if self.present > self.eligible {
            return Err(TallyError::MorePresentThanEligible);
        }
        if self.in_favour.saturating_add(self.against).saturating_add(self.abstain) != self.present
        {
            return Err(TallyError::VotesDoNotAddUp);
        }
        Ok(self)
    }
}

impl Fraction {
    /// Whether `part` of `whole` reaches the share; an empty whole never does.
    pub fn reached(self, part: i64, whole: i64) -> bool {
        if whole <= 0 || self.den <= 0 || part < 0 {
            return false;
        }
        let left = i128::from(part).saturating_mul(i128::from(self.den));
        let right = i128::from(whole).saturating_mul(i128::from(self.num));
        if self.inclusive { left >= right } else { left > right }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_of_two_thirds_and_of_a_majority() {
        let two_thirds = Fraction { num: 2, den: 3, inclusive: true };
        assert!(two_thirds.reached(200, 300) && !two_thirds.reached(199, 300));
        let majority = Fraction { num: 1, den: 2, inclusive: false };
        assert!(majority.reached(51, 100) && !majority.reached(50, 100));
        assert!(!majority.reached(0, 0));
    }

    #[test]
    fn counts_must_fit_together() {
        let good = Tally { eligible: 40, present: 30, in_favour: 20, against: 5, abstain: 5 };
        assert_eq!(good.checked(), Ok(good));
        assert_eq!(
            Tally { present: 41, ..good }.checked(),
            Err(TallyError::MorePresentThanEligible)
        );
        assert_eq!(Tally { abstain: 4, ..good }.checked(), Err(TallyError::VotesDoNotAddUp));
        assert_eq!(Tally { against: -5, ..good }.checked(), Err(TallyError::OutOfRange));
    }
}
