//! 道德银行（余姚一类的办法）：每季度自评、互评、村评按比例合成；出现一票否决事项时为零分并提示暂停。
//!
//! A missing sheet is no zero: the household has no result until it is there. Mutual marks are a mean of all sheets that
//! count; sheets by the household's own people and relatives do not.

use xiangyue_sdk::catalog::{Kind, Refusal};
use xiangyue_sdk::{Population, Refused, Row, Rule, Scorer, Sheet, export_scorer, half_up, rule};

rule! {
    /// 道德银行。
    pub static RULE = "moral-bank" "道德银行季度评分" "1.0.0";
    settings {
        SELF_WEIGHT = "self_weight" "自评占比" permille(0, 1_000);
        MUTUAL_WEIGHT = "mutual_weight" "互评占比" permille(0, 1_000);
        VILLAGE_WEIGHT = "village_weight" "村评占比" permille(0, 1_000);
    }
    kinds {
        SELF_SHEET = "self-sheet" "自评表";
        MUTUAL_SHEET = "mutual-sheet" "互评表";
        VILLAGE_SHEET = "village-sheet" "村评表";
        VETO = "veto" "一票否决事项";
    }
    quantities { MARK = "mark" "得分（满分100）" points(0, 10_000); }
    items { QUARTER = "quarter" "道德银行季度分"; }
    figures {
        OWN = "own" "自评" points;
        OTHERS = "others" "互评平均" points;
        VILLAGE = "village" "村评" points;
        BLEND = "blend" "合成得分" points;
    }
    reasons {
        BLENDED = "BLENDED"
            "自评{own}（{self_weight}）、互评{others}（{mutual_weight}）、村评{village}（{village_weight}），合成{blend}分";
        VETOED = "VETOED" "本季度有一票否决事项，计零分；有异议可以申请复核";
    }
    clauses { METHOD = "method" "道德银行评分办法"; }
    refusals {
        NO_SELF = "NO_SELF_SHEET" "缺自评表，还不能合成";
        NO_MUTUAL = "NO_MUTUAL_SHEET" "缺互评表（本户和近亲属的不算），还不能合成";
        NO_VILLAGE = "NO_VILLAGE_SHEET" "缺村评表，还不能合成";
        TWO = "TWO_SHEETS" "自评表或村评表有两张，请先作废一张";
        WEIGHTS = "WEIGHTS" "三项占比合计不是1000‰，请改正参数";
    }
    notes { SUSPEND = "SUSPENDED" "有一票否决事项，本季度暂停授信推荐"; }
}

/// The rule.
#[derive(Debug)]
pub struct MoralBank;

fn single(row: Row<'_>, kind: Kind, missing: Refusal) -> Result<i64, Refused> {
    let mut sheets = row.events_of(kind);
    let mark = sheets.next().ok_or(missing)?.need(MARK)?;
    if sheets.next().is_some() { Err(TWO.into()) } else { Ok(mark) }
}

fn others(row: Row<'_>) -> Result<i64, Refused> {
    let (mut sum, mut count) = (0, 0);
    for sheet in row.events_of(MUTUAL_SHEET) {
        if sheet.actor().is_none_or(|actor| row.excludes(actor)) {
            continue;
        }
        sum += sheet.need(MARK)?;
        count += 1;
    }
    if count == 0 { Err(NO_MUTUAL.into()) } else { half_up(i128::from(sum), count) }
}

impl Scorer for MoralBank {
    const RULE: &'static Rule = &RULE;

    fn score(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused> {
        if row.events_of(VETO).next().is_some() {
            sheet
                .claim(row, QUARTER, 0, VETOED, METHOD)
                .figure(BLEND, 0)
                .events(row.events_of(VETO));
            sheet.note(row, SUSPEND, &[]);
            return Ok(());
        }
        let weights = [SELF_WEIGHT, MUTUAL_WEIGHT, VILLAGE_WEIGHT]
            .map(|weight| i128::from(population.setting(weight)));
        if weights.iter().sum::<i128>() != 1_000 {
            return Err(WEIGHTS.into());
        }
        let own = single(row, SELF_SHEET, NO_SELF)?;
        let others = others(row)?;
        let village = single(row, VILLAGE_SHEET, NO_VILLAGE)?;
        let marks = [own, others, village].map(i128::from);
        let weighed = marks.iter().zip(weights).map(|(mark, weight)| mark * weight).sum();
        let blend = half_up(weighed, 1_000)?;
        sheet
            .claim(row, QUARTER, blend, BLENDED, METHOD)
            .figure(OWN, own)
            .figure(OTHERS, others)
            .figure(VILLAGE, village)
            .figure(BLEND, blend)
            .events(row.events());
        Ok(())
    }
}

export_scorer!(MoralBank);
