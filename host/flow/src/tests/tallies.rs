//! Quorum and majority against an independent comparison of ratios.

use std::cmp::Ordering;

use model::{Fraction, Tally};
use proptest::prelude::*;

use crate::{BodyRule, Denominator};

/// Compares a/b with c/d (all non-negative, b and d positive) by whole parts and remainders, as in
/// Euclid's algorithm: no product is formed, so nothing is shared with the code under test.
fn compare(a: i64, b: i64, c: i64, d: i64) -> Ordering {
    match (a / b).cmp(&(c / d)) {
        Ordering::Equal => match (a % b, c % d) {
            (0, 0) => Ordering::Equal,
            (0, _) => Ordering::Less,
            (_, 0) => Ordering::Greater,
            (left, right) => compare(d, right, b, left),
        },
        other => other,
    }
}

fn reaches(share: Fraction, part: i64, whole: i64) -> bool {
    whole > 0
        && match compare(part, whole, share.num, share.den) {
            Ordering::Greater => true,
            Ordering::Equal => share.inclusive,
            Ordering::Less => false,
        }
}

fn shares() -> impl Strategy<Value = Fraction> {
    (1..12_i64, 0..12_i64, any::<bool>()).prop_map(|(den, num, inclusive)| Fraction {
        num: num.min(den),
        den,
        inclusive,
    })
}

fn tallies() -> impl Strategy<Value = Tally> {
    let sizes = prop_oneof![0..40_i64, 0..=10_000_000_i64];
    (sizes, 0..=1000_i64, 0..=1000_i64, 0..=1000_i64).prop_map(|(eligible, came, yes, no)| {
        let present = eligible * came / 1000;
        let in_favour = present * yes / 1000;
        let against = (present - in_favour) * no / 1000;
        Tally { eligible, present, in_favour, against, abstain: present - in_favour - against }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn cross_multiplication_agrees_with_exact_ratios(
        tally in tallies(), quorum in shares(), majority in shares(), of_all in any::<bool>(),
    ) {
        prop_assert_eq!(tally.checked(), Ok(tally));
        let of = if of_all { Denominator::Eligible } else { Denominator::Present };
        let rule = BodyRule { title: String::new(), quorum, majority, of, notice_days: 0, stands_for: vec![] };
        prop_assert_eq!(rule.has_quorum(&tally), reaches(quorum, tally.present, tally.eligible));
        let whole = if of_all { tally.eligible } else { tally.present };
        prop_assert_eq!(rule.has_majority(&tally), reaches(majority, tally.in_favour, whole));
    }

    #[test]
    fn a_majority_of_all_is_never_easier_than_one_of_those_present(tally in tallies(), majority in shares()) {
        let rule = |of| BodyRule {
            title: String::new(), quorum: majority, majority, of, notice_days: 0, stands_for: vec![],
        };
        let zero_of_none = tally.present == 0;
        prop_assert!(
            !rule(Denominator::Eligible).has_majority(&tally)
                || zero_of_none
                || rule(Denominator::Present).has_majority(&tally)
        );
    }
}

#[test]
fn the_reference_itself_knows_a_few_ratios() {
    for (a, b, c, d, want) in [
        (1, 2, 2, 4, Ordering::Equal),
        (2, 3, 3, 4, Ordering::Less),
        (200, 300, 2, 3, Ordering::Equal),
        (6_666_667, 10_000_000, 2, 3, Ordering::Greater),
        (6_666_666, 10_000_000, 2, 3, Ordering::Less),
        (7, 3, 5, 3, Ordering::Greater),
    ] {
        assert_eq!(compare(a, b, c, d), want, "{a}/{b} {c}/{d}");
    }
}
