//! 资金分配：按积分分配一笔资金，精确到分，余下的分给余数最大的户；谁也没有积分时结转下期。

use xiangyue_sdk::{
    Distributor, Population, Refused, Rule, Shares, export_distributor, largest_remainder, rule,
};

rule! {
    /// 积分资金分配。
    pub static RULE = "{{name}}" "积分资金分配" "1.0.0";
    facts { POINTS = "points" "本期积分" points(0, 1_000_000_000); }
    figures {
        OWN = "own" "本户积分" points;
        ALL = "all" "全村积分" points;
    }
    reasons { SHARED = "SHARED" "本户积分{own}，全村积分{all}，按比例分配"; }
    clauses { METHOD = "method" "积分资金使用办法"; }
}

/// The rule.
#[derive(Debug)]
pub struct Fund;

impl Distributor for Fund {
    const RULE: &'static Rule = &RULE;

    fn distribute(population: &Population, shares: &mut Shares) -> Result<(), Refused> {
        let points: Vec<i64> = population.rows().map(|row| row.fact(POINTS)).collect();
        let paid = largest_remainder(shares.fund(), &points)?;
        let all = points.iter().sum();
        for ((row, own), cents) in population.rows().zip(&points).zip(paid) {
            shares.pay(row, cents, SHARED, METHOD, &[(OWN, *own), (ALL, all)]);
        }
        Ok(())
    }
}

export_distributor!(Fund);

#[cfg(test)]
mod tests {
    use xiangyue_sdk::testing;

    use super::*;

    #[test]
    fn the_last_cent_is_shared_out() {
        let mut asked = testing::population(&RULE, 20_500);
        for _ in 0..7 {
            asked = asked.row().fact(POINTS, 100);
        }
        let given = testing::distribute::<Fund>(&asked.build(), 100);
        assert_eq!(given, Ok((vec![15, 15, 14, 14, 14, 14, 14], 0)));
    }
}
