//! 折算进统一平台：把本镇一期的积分按千分比折成平台积分，四舍五入，每期有上限。
//!
//! Each source (a scheme of the township) is one event and is converted by itself, so that a source that is corrected
//! later moves only its own part. Nothing below zero is converted: a loss stays in the village.

use xiangyue_sdk::{
    Converter, Population, Refused, Row, Rule, Sheet, export_converter, half_up, rule,
};

rule! {
    /// 折算进统一平台。
    pub static RULE = "platform-conversion" "积分折算" "1.0.0";
    settings {
        WEIGHT = "weight" "折算权重" permille(0, 1_000);
        CAP = "cap" "每期上限" points(0, 1_000_000);
    }
    kinds { RAW = "raw" "来源积分" / "points of a source"; }
    quantities { POINTS = "points" "来源积分" points(-1_000_000_000, 1_000_000_000); }
    items { CONVERTED = "converted" "折算积分" / "converted points"; }
    figures {
        SUM = "sum" "来源积分合计" points;
        RESULT = "result" "折算积分" points;
    }
    reasons {
        DONE = "DONE" "来源积分{sum}，按{weight}折算{result}分，每期最多{cap}分"
            / "{sum} at {weight} are {result}, at most {cap} a period";
    }
    clauses { METHOD = "method" "积分折算办法" / "conversion"; }
}

/// The rule.
#[derive(Debug)]
pub struct Conversion;

impl Converter for Conversion {
    const RULE: &'static Rule = &RULE;

    fn convert(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused> {
        let (mut sum, mut result) = (0, 0);
        for event in row.events_of(RAW) {
            let raw = event.need(POINTS)?.max(0);
            sum += raw;
            result += half_up(i128::from(raw) * i128::from(population.setting(WEIGHT)), 1_000)?;
        }
        let result = result.min(population.setting(CAP));
        if result > 0 {
            sheet
                .claim(row, CONVERTED, result, DONE, METHOD)
                .figure(SUM, sum)
                .figure(RESULT, result)
                .events(row.events_of(RAW));
        }
        Ok(())
    }
}

export_converter!(Conversion);
