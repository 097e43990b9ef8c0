//! 折算：把一个来源的积分按千分比折成平台积分，四舍五入，有上限；负分不折算。

use xiangyue_sdk::{
    Converter, Population, Refused, Row, Rule, Sheet, export_converter, half_up, rule,
};

rule! {
    /// 积分折算。
    pub static RULE = "{{name}}" "积分折算" "1.0.0";
    settings {
        WEIGHT = "weight" "折算权重" permille(0, 1_000);
        CAP = "cap" "每期上限" points(0, 100_000);
    }
    kinds { RAW = "raw" "来源积分"; }
    quantities { POINTS = "points" "来源积分" points(-1_000_000, 1_000_000); }
    items { CONVERTED = "converted" "折算积分"; }
    figures {
        SUM = "sum" "来源积分合计" points;
        RESULT = "result" "折算积分" points;
    }
    reasons { DONE = "DONE" "来源积分{sum}，按{weight}折算{result}分，最多{cap}分"; }
    clauses { METHOD = "method" "积分折算办法"; }
}

/// The rule.
#[derive(Debug)]
pub struct Conversion;

impl Converter for Conversion {
    const RULE: &'static Rule = &RULE;

    fn convert(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused> {
        let mut sum = 0;
        for event in row.events_of(RAW) {
            sum += event.need(POINTS)?;
        }
        if sum <= 0 {
            return Ok(());
        }
        let result = half_up(i128::from(sum) * i128::from(population.setting(WEIGHT)), 1_000)?;
        let result = result.min(population.setting(CAP));
        sheet
            .claim(row, CONVERTED, result, DONE, METHOD)
            .figure(SUM, sum)
            .figure(RESULT, result)
            .events(row.events_of(RAW));
        Ok(())
    }
}

export_converter!(Conversion);
