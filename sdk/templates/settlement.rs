//! 全村一起结算：按得分排名次，前若干名得分；并列的同名次。

use xiangyue_sdk::{Population, Refused, Row, Rule, Settler, Sheet, export_settler, rule};

rule! {
    /// 评比名次积分。
    pub static RULE = "{{name}}" "评比名次积分" "1.0.0";
    settings {
        BEST = "best" "得分的名次数" count(1, 100);
        AWARD = "award" "每户积分" points(0, 100_000);
    }
    kinds { SHEET = "sheet" "评分表"; }
    quantities { MARK = "mark" "得分" points(0, 10_000); }
    items { PLACED = "placed" "评比获奖"; }
    figures {
        MARKS = "marks" "总得分" points;
        RANK = "rank" "名次" count;
    }
    reasons { WON = "WON" "评比总得分{marks}，名次第{rank}，前{best}名得{award}分"; }
    clauses { METHOD = "method" "评比办法"; }
    refusals { NO_SHEET = "NO_SHEET" "本户没有评分表，不参加排名"; }
}

/// The rule.
#[derive(Debug)]
pub struct Contest;

fn marks(row: Row<'_>) -> Result<i64, Refused> {
    let mut marks = None;
    for event in row.events_of(SHEET) {
        marks = Some(marks.unwrap_or(0) + event.need(MARK)?);
    }
    marks.ok_or_else(|| NO_SHEET.into())
}

impl Settler for Contest {
    const RULE: &'static Rule = &RULE;

    fn settle(population: &Population, sheet: &mut Sheet) -> Result<(), Refused> {
        let all: Vec<_> = population.rows().map(marks).collect();
        for (row, own) in population.rows().zip(&all) {
            match own {
                Err(refused) => sheet.refuse(row, refused.clone()),
                Ok(own) => {
                    let better = all.iter().flatten().filter(|other| *other > own).count();
                    let rank = 1 + better as i64;
                    if rank <= population.setting(BEST) {
                        sheet
                            .claim(row, PLACED, population.setting(AWARD), WON, METHOD)
                            .figure(MARKS, *own)
                            .figure(RANK, rank)
                            .events(row.events_of(SHEET));
                    }
                }
            }
        }
        Ok(())
    }
}

export_settler!(Contest);

#[cfg(test)]
mod tests {
    use xiangyue_sdk::testing;

    use super::*;

    #[test]
    fn ties_share_the_place() {
        let mut asked = testing::population(&RULE, 20_500).setting(BEST, 1).setting(AWARD, 500);
        for mark in [900, 900, 800] {
            asked = asked.row().event(SHEET, 20_490, &[(MARK, mark)]);
        }
        let settled = testing::settle::<Contest>(&asked.row().build()).unwrap();
        let won = |row: usize| settled[row].as_ref().map(Vec::len);
        assert_eq!((won(0), won(1), won(2), won(3)), (Ok(1), Ok(1), Ok(0), Err(&"NO_SHEET")));
    }
}
