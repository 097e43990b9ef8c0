//! 单位考核：按期完成一件加分，每迟一天扣分，不低于零；只考核单位，不涉及村民积分。

use xiangyue_sdk::{Assessor, Population, Refused, Row, Rule, Sheet, export_assessor, rule};

rule! {
    /// 单位考核。
    pub static RULE = "{{name}}" "单位考核" "1.0.0";
    settings {
        ON_TIME = "on_time" "每件得分" points(0, 10_000);
        PER_DAY = "per_day" "每迟一天扣分" points(0, 10_000);
    }
    kinds { DONE = "done" "办结事项"; }
    quantities { LATE = "late" "迟延天数" count(0, 10_000); }
    items { MARKS = "marks" "办结考核"; }
    figures {
        COUNT = "count" "件数" count;
        DAYS = "days" "迟延天数合计" count;
    }
    reasons { COUNTED = "COUNTED" "办结{count}件，共迟延{days}天"; }
    clauses { METHOD = "method" "单位考核办法"; }
}

/// The rule.
#[derive(Debug)]
pub struct Offices;

impl Assessor for Offices {
    const RULE: &'static Rule = &RULE;

    fn assess(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused> {
        let (mut count, mut days) = (0, 0);
        for event in row.events_of(DONE) {
            count += 1;
            days += event.need(LATE)?;
        }
        let marks = count * population.setting(ON_TIME) - days * population.setting(PER_DAY);
        sheet
            .claim(row, MARKS, marks.max(0), COUNTED, METHOD)
            .figure(COUNT, count)
            .figure(DAYS, days)
            .events(row.events_of(DONE));
        Ok(())
    }
}

export_assessor!(Offices);
