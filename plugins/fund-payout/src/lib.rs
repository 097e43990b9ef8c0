//! 积分资金分配（荣成村级一类的办法）：一笔资金先按比例平均分，余下的按积分分，精确到分。
//!
//! The equal part is rounded down for everybody; the rest goes by points with the largest remainder, earlier households
//! first among equals. With no points at all nothing is paid and the fund is carried over.

use xiangyue_sdk::{
    Distributor, Population, Refused, Rule, Shares, export_distributor, largest_remainder, rule,
};

rule! {
    /// 积分资金分配。
    pub static RULE = "fund-payout" "积分资金分配" "1.0.0";
    settings { FLOOR = "floor" "平均分配的部分" permille(0, 1_000); }
    facts { POINTS = "points" "本期积分" points(0, 1_000_000_000); }
    figures {
        OWN = "own" "本户积分" points;
        ALL = "all" "全村积分" points;
        EQUAL = "equal" "平均部分" cents;
    }
    reasons {
        SHARED = "SHARED" "平均部分{equal}元，其余按本户积分{own}占全村{all}分配"
            / "equal part {equal} yuan, the rest by {own} of {all} points";
        CARRIED = "CARRIED_OVER" "本期全村没有积分，资金结转下期";
    }
    clauses { METHOD = "method" "积分资金使用办法：分配"; }
}

/// The rule.
#[derive(Debug)]
pub struct FundPayout;

impl Distributor for FundPayout {
    const RULE: &'static Rule = &RULE;

    fn distribute(population: &Population, shares: &mut Shares) -> Result<(), Refused> {
        let points: Vec<i64> = population.rows().map(|row| row.fact(POINTS)).collect();
        let all: i64 = points.iter().sum();
        let houses = population.len() as i64;
        if all == 0 || houses == 0 {
            for row in population.rows() {
                shares.pay(row, 0, CARRIED, METHOD, &[]);
            }
            return Ok(());
        }
        let fund = shares.fund();
        let part = i128::from(fund) * i128::from(population.setting(FLOOR)) / 1_000;
        let equal = i64::try_from(part).unwrap_or(0) / houses;
        let rest = largest_remainder(fund - equal * houses, &points)?;
        for ((row, own), more) in population.rows().zip(&points).zip(rest) {
            let figures = [(OWN, *own), (ALL, all), (EQUAL, equal)];
            shares.pay(row, equal + more, SHARED, METHOD, &figures);
        }
        Ok(())
    }
}

export_distributor!(FundPayout);

#[cfg(test)]
mod tests {
    use xiangyue_sdk::testing;

    use super::*;

    fn paid(fund: i64, floor: i64, points: &[i64]) -> (Vec<i64>, i64) {
        let asked = testing::population(&RULE, 20_500).setting(FLOOR, floor);
        let asked = points.iter().fold(asked, |asked, points| asked.row().fact(POINTS, *points));
        testing::distribute::<FundPayout>(&asked.build(), fund).unwrap()
    }

    #[test]
    fn golden_payouts() {
        assert_eq!(
            paid(1_000_000, 0, &[37, 29, 29, 5, 0]),
            (vec![370_000, 290_000, 290_000, 50_000, 0], 0)
        );
        assert_eq!(paid(100, 0, &[1; 7]), (vec![15, 15, 14, 14, 14, 14, 14], 0));
        assert_eq!(paid(100, 0, &[0, 0]), (vec![0, 0], 100));
        assert_eq!(paid(101, 500, &[1, 0]), (vec![76, 25], 0));
    }

    /// A small generator, so that the laws are looked at over many funds without a library in the guest.
    #[test]
    fn the_fund_is_paid_exactly_and_more_points_are_never_less_money() {
        let mut seed = 20_260_101_u64;
        let mut next = |end: u64| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % end
        };
        for _ in 0..500 {
            let points: Vec<i64> = (0..1 + next(12)).map(|_| next(500) as i64).collect();
            let (fund, floor) = (next(10_000_000) as i64, next(1_001) as i64);
            let (shares, rest) = paid(fund, floor, &points);
            assert_eq!(shares.iter().sum::<i64>() + rest, fund, "{points:?} {fund} {floor}");
            for (a, more) in points.iter().zip(&shares) {
                for (b, less) in points.iter().zip(&shares) {
                    assert!(a <= b || more >= less, "{points:?} {shares:?}");
                    assert!(a != b || (more - less).abs() <= 1, "{points:?} {shares:?}");
                }
            }
        }
    }
}
