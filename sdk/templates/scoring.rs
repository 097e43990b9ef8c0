//! 逐户计分：每做一次集体劳动得一次分，每户每期有上限。

use xiangyue_sdk::{Population, Refused, Row, Rule, Scorer, Sheet, export_scorer, rule};

rule! {
    /// 集体劳动积分。
    pub static RULE = "{{name}}" "集体劳动积分" "1.0.0";
    settings {
        PER_TIME = "per_time" "每次积分" points(0, 10_000);
        CAP = "cap" "每期上限" points(0, 100_000);
    }
    kinds { LABOUR = "labour" "集体劳动"; }
    items { WORKED = "labour" "参加集体劳动"; }
    figures {
        TIMES = "times" "次数" count;
        POINTS = "points" "积分" points;
    }
    reasons { TOOK_PART = "TOOK_PART" "参加集体劳动{times}次，得{points}分（每次{per_time}分，最多{cap}分）"; }
    clauses { COVENANT = "covenant-3" "村规民约第三条"; }
}

/// The rule.
#[derive(Debug)]
pub struct Labour;

impl Scorer for Labour {
    const RULE: &'static Rule = &RULE;

    fn score(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused> {
        let times = row.events_of(LABOUR).count() as i64;
        if times == 0 {
            return Ok(());
        }
        let points = (times * population.setting(PER_TIME)).min(population.setting(CAP));
        sheet
            .claim(row, WORKED, points, TOOK_PART, COVENANT)
            .figure(TIMES, times)
            .figure(POINTS, points)
            .events(row.events_of(LABOUR));
        Ok(())
    }
}

export_scorer!(Labour);

#[cfg(test)]
mod tests {
    use xiangyue_sdk::testing;

    use super::*;

    #[test]
    fn three_times_are_three_points_and_the_cap_holds() {
        let asked = testing::population(&RULE, 20_500).setting(PER_TIME, 100).setting(CAP, 200);
        let asked = asked.row().event(LABOUR, 20_490, &[]);
        let asked = asked.row().event(LABOUR, 20_490, &[]).event(LABOUR, 20_491, &[]).event(
            LABOUR,
            20_492,
            &[],
        );
        let scores = testing::score::<Labour>(&asked.build());
        let points = |row: usize| scores[row].as_ref().unwrap()[0].points;
        assert_eq!((points(0), points(1)), (100, 200));
    }
}
