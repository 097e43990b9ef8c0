//! 评定等级：按总分定等，分数段由积分办法的参数写明。

use xiangyue_sdk::{Graded, Grader, Population, Refused, Row, Rule, export_grader, rule};

rule! {
    /// 家庭等级。
    pub static RULE = "{{name}}" "家庭等级" "1.0.0";
    settings {
        BASE = "base" "基础分" points(0, 200_000);
        EXCELLENT = "excellent" "优秀起点（含）" points(0, 200_000);
        GOOD = "good" "良好起点（含）" points(0, 200_000);
    }
    kinds { ENTRY = "entry" "加减分"; }
    quantities { CHANGE = "change" "分值" points(-100_000, 100_000); }
    figures { TOTAL = "total" "总分" points; }
    reasons { BY_TOTAL = "BY_TOTAL" "总分{total}（基础分{base}）"; }
    clauses { METHOD = "method" "等级评定办法"; }
    grades {
        A = "A" "优秀";
        B = "B" "良好";
        C = "C" "一般";
    }
}

/// The rule.
#[derive(Debug)]
pub struct Grades;

impl Grader for Grades {
    const RULE: &'static Rule = &RULE;

    fn grade(population: &Population, row: Row<'_>) -> Result<Graded, Refused> {
        let mut total = population.setting(BASE);
        for event in row.events_of(ENTRY) {
            total += event.need(CHANGE)?;
        }
        let grade = if total >= population.setting(EXCELLENT) {
            A
        } else if total >= population.setting(GOOD) {
            B
        } else {
            C
        };
        let graded = Graded::new(grade, BY_TOTAL, METHOD).figure(TOTAL, total);
        Ok(row.events_of(ENTRY).fold(graded, |graded, event| graded.event(&event)))
    }
}

export_grader!(Grades);

#[cfg(test)]
mod tests {
    use xiangyue_sdk::testing;

    use super::*;

    #[test]
    fn an_edge_belongs_to_the_better_grade() {
        let mut asked = testing::population(&RULE, 20_500)
            .setting(BASE, 100_000)
            .setting(EXCELLENT, 105_000)
            .setting(GOOD, 100_000);
        for change in [5_000, 4_999, -1] {
            asked = asked.row().event(ENTRY, 20_490, &[(CHANGE, change)]);
        }
        assert_eq!(testing::grade::<Grades>(&asked.build()), [Ok("A"), Ok("B"), Ok("C")]);
    }
}
