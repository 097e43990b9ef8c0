//! 积分结转：可兑积分按月留存、年末结转；荣誉积分不动。
//!
//! Two balances: honour only ever grows and is never touched here, what can be spent is kept by a factor for each month
//! and by a share at the turn of the year. The factor is a whole number of millionths and every month is rounded
//! down, so 0.943874 leaves 24993 of 100000 after 24 months where the half-life of twelve months is 25000: the drift is
//! below one part in three thousand, and a balance is never left too large.

use xiangyue_sdk::{
    Converter, Population, Refused, Row, Rule, Sheet, export_converter, mul_div, rule,
};

rule! {
    /// 积分结转。
    pub static RULE = "carry-over" "积分结转" "1.0.0";
    settings {
        KEEP = "keep" "年末结转比例" permille(0, 1_000);
        FACTOR = "month_factor" "每月留存（百万分之几）" count(0, 1_000_000);
        MONTHS = "months" "满几个月" count(0, 120);
    }
    facts {
        SPENDABLE = "spendable" "可兑积分" points(0, 1_000_000_000);
        HONOUR = "honour" "荣誉积分" points(0, 1_000_000_000);
    }
    items { LEFT = "left" "结转积分"; }
    figures {
        BEFORE = "before" "结转前可兑积分" points;
        KEPT = "kept" "按月留存后" points;
        RESULT = "result" "结转积分" points;
        STANDS = "stands" "荣誉积分" points;
    }
    reasons {
        CARRIED = "CARRIED"
            "可兑积分{before}，满{months}个月后留存{kept}，按{keep}结转{result}；荣誉积分{stands}不变"
            / "spendable {before}, after {months} months {kept}, {keep} of it carried over: {result}; honour {stands} stands";
    }
    clauses { METHOD = "method" "积分有效期办法：结转"; }
}

/// The rule.
#[derive(Debug)]
pub struct CarryOver;

impl Converter for CarryOver {
    const RULE: &'static Rule = &RULE;

    fn convert(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused> {
        let (before, stands) = (row.fact(SPENDABLE), row.fact(HONOUR));
        let mut kept = before;
        for _ in 0..population.setting(MONTHS) {
            kept = mul_div(kept, population.setting(FACTOR), 1_000_000)?;
        }
        let result = mul_div(kept, population.setting(KEEP), 1_000)?;
        if before > 0 {
            sheet
                .claim(row, LEFT, result, CARRIED, METHOD)
                .figure(BEFORE, before)
                .figure(KEPT, kept)
                .figure(RESULT, result)
                .figure(STANDS, stands);
        }
        Ok(())
    }
}

export_converter!(CarryOver);

#[cfg(test)]
mod tests {
    use xiangyue_sdk::testing;

    use super::*;

    #[test]
    fn the_half_life_is_exact_to_the_month() {
        for (months, left) in [(0, 100_000), (6, 70_708), (12, 49_996), (24, 24_993)] {
            let asked = testing::population(&RULE, 20_500)
                .setting(KEEP, 1_000)
                .setting(FACTOR, 943_874)
                .setting(MONTHS, months);
            let asked = asked.row().fact(SPENDABLE, 100_000).fact(HONOUR, 100_000).build();
            let given = testing::convert::<CarryOver>(&asked).remove(0).unwrap();
            assert_eq!(given[0].points, left, "{months}");
        }
    }
}
