//! 学习积分导入：每月导入学习平台的累计积分，只取增长的部分，按比例折算，每月有上限；同一份导入两次不多得。
//!
//! Keeps the total of the last import as its state (8 bytes). A total that goes down is an error of the import and gives
//! no result; nobody loses points by it. No ranking, no minimum: studying is never a duty here.

use xiangyue_sdk::{Population, Refused, Row, Rule, Scorer, Sheet, export_scorer, mul_div, rule};

rule! {
    /// 学习积分。
    pub static RULE = "study-import" "学习积分折算" "1.0.0";
    settings {
        PER_POINT = "per_point" "每1分要的学习积分" count(1, 100_000);
        CAP = "cap" "每月上限" points(0, 100_000);
    }
    kinds { IMPORT = "import" "学习平台月度累计"; }
    quantities { TOTAL = "total" "累计学习积分" count(0, 1_000_000_000); }
    items { STUDY = "study" "学习积分"; }
    figures {
        GROWTH = "growth" "增长" count;
        BEFORE = "before" "上次累计" count;
        NOW = "now" "本次累计" count;
        POINTS = "points" "积分" points;
    }
    reasons { GREW = "GREW" "学习积分从{before}到{now}，增长{growth}，折算{points}分，每月最多{cap}分"; }
    clauses { METHOD = "method" "学习积分激励办法"; }
    refusals {
        DOWN = "TOTAL_WENT_DOWN" "累计学习积分由{before}变成{now}，请核对导入文件";
        STATE = "STATE" "上次导入的记录读不出来，请联系管理员";
    }
}

/// The rule.
#[derive(Debug)]
pub struct StudyImport;

impl Scorer for StudyImport {
    const RULE: &'static Rule = &RULE;

    fn score(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused> {
        let before = match row.state() {
            [] => 0,
            bytes => i64::from_le_bytes(bytes.try_into().map_err(|_| STATE)?),
        };
        let mut now = before;
        for event in row.events_of(IMPORT) {
            let total = event.need(TOTAL)?;
            if total < now {
                return Err(DOWN.with(BEFORE, now).with(NOW, total));
            }
            now = total;
        }
        sheet.keep(row, &now.to_le_bytes());
        let growth = now - before;
        let points = mul_div(growth, 1, population.setting(PER_POINT))? * 100;
        let points = points.min(population.setting(CAP));
        if points > 0 {
            sheet
                .claim(row, STUDY, points, GREW, METHOD)
                .figure(BEFORE, before)
                .figure(NOW, now)
                .figure(GROWTH, growth)
                .figure(POINTS, points)
                .events(row.events_of(IMPORT));
        }
        Ok(())
    }
}

export_scorer!(StudyImport);

#[cfg(test)]
mod tests {
    use xiangyue_sdk::testing;

    use super::*;

    #[test]
    fn only_growth_counts_and_an_import_twice_is_nothing_more() {
        let asked = |state: &[u8], totals: &[i64]| {
            let asked =
                testing::population(&RULE, 20_500).setting(PER_POINT, 100).setting(CAP, 500);
            let asked = asked.row().state(state);
            let asked = totals
                .iter()
                .fold(asked, |asked, total| asked.event(IMPORT, 20_490, &[(TOTAL, *total)]));
            testing::score::<StudyImport>(&asked.build()).remove(0)
        };
        let points = |scored: testing::Scored| scored.map(|all| all.first().map(|it| it.points));
        assert_eq!(points(asked(&[], &[250])), Ok(Some(200)));
        assert_eq!(points(asked(&250_i64.to_le_bytes(), &[250, 250])), Ok(None));
        assert_eq!(points(asked(&250_i64.to_le_bytes(), &[1_000_000])), Ok(Some(500)));
        assert_eq!(points(asked(&250_i64.to_le_bytes(), &[249])), Err("TOTAL_WENT_DOWN"));
        assert_eq!(points(asked(&[1, 2], &[300])), Err("STATE"));
    }
}
