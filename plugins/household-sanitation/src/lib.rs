//! 夏格庄镇 household sanitation round (户容户貌评比): each quarter three to five panel members score every house of a
//! village on five parts; the trimmed mean is ranked in the village (stars) and converted into the town's points.
//!
//! Reads one event per panel sheet (kind `sheet`, actor = panel member); leaves caps per year, notice and review to the
//! host. The arithmetic is in [`logic`].

pub mod logic;

use logic::{House, Invalid, Outcome, PART_MAX, PARTS, Settings, Sheet as Scored};
use xiangyue_sdk::catalog::Quantity;
use xiangyue_sdk::{
    NUMBER, Person, Population, Refused, Row, Rule, Settler, Sheet, export_settler, rule,
};

rule! {
    /// 户容户貌评比。
    pub static ROUND = "household-sanitation" "户容户貌评比" "1.0.0";
    settings {
        WEIGHT = "w" "折算权重" permille(0, 1_000);
        CAP = "cap" "每轮折算上限" points(0, 1_000_000);
    }
    kinds { SHEET = "sheet" "评议员打分表" / "panel sheet"; }
    quantities {
        COURTYARD = "courtyard" "庭院（满分20分）" points(0, PART_MAX);
        GATE = "gate" "门前（满分20分）" points(0, PART_MAX);
        TOILET = "toilet" "厕所（满分20分）" points(0, PART_MAX);
        WASTE = "waste" "垃圾分类（满分20分）" points(0, PART_MAX);
        LIVESTOCK = "livestock" "畜禽圈养（满分20分）" points(0, PART_MAX);
    }
    items { SANITATION = "sanitation-round" "户容户貌评比" / "household sanitation round"; }
    figures {
        RAW = "raw" "原始分" points;
        RANK = "rank" "村内名次" count;
        STARS = "stars" "星级" label ["未评星", "一星", "两星", "三星"];
        SHEETS = "sheets" "有效评分表" count;
        POINTS = "points" "折算积分" points;
        LEFT = "left" "剩余评分表" count;
        NEEDED = "needed" "至少要有的评分表" count;
    }
    reasons {
        CONVERTED = "CONVERTED"
            "户容户貌评比：{sheets}张有效评分表，原始分{raw}，{stars}；按{w}折算{points}分"
            / "household sanitation: {sheets} valid sheets, raw {raw}, {stars}; converted at {w}: {points}";
    }
    clauses { METHOD = "method" "户容户貌评比办法：评分与折算" / "scoring and conversion"; }
    refusals {
        TOO_FEW = "TOO_FEW_SHEETS"
            "本轮无效：去掉本户和近亲属的评分后只剩{left}张评分表，至少要{needed}张"
            / "only {left} sheets are left, {needed} are needed";
        UNSIGNED = "SHEET_UNSIGNED" "本轮无效：有评分表没有写明评分人，不能判断是否要回避";
        TWICE = "SHEET_TWICE" "本轮无效：同一评分人交了两张评分表，请先作废一张";
        BLANK = "SHEET_BLANK" "本轮无效：有评分表没有填全五项";
    }
}

/// The rule.
#[derive(Debug)]
pub struct HouseholdSanitation;

const PARTS_OF_A_SHEET: [Quantity; PARTS] = [COURTYARD, GATE, TOILET, WASTE, LIVESTOCK];

impl Settler for HouseholdSanitation {
    const RULE: &'static Rule = &ROUND;

    fn settle(population: &Population, sheet: &mut Sheet) -> Result<(), Refused> {
        let settings =
            Settings { weight: population.setting(WEIGHT), cap: population.setting(CAP) };
        let houses: Vec<House> = population.rows().map(house).collect();
        for (row, result) in population.rows().zip(logic::settle(settings, &houses)) {
            match result {
                Ok(outcome) => claim(row, outcome, sheet),
                Err(invalid) => sheet.refuse(row, refusal(invalid)),
            }
        }
        Ok(())
    }
}

fn house(row: Row<'_>) -> House {
    let mut house = House::default();
    for event in row.events_of(SHEET) {
        let scorer = event.actor();
        house.sheets.push(Scored {
            scorer: scorer.map(|Person(number)| number),
            parts: PARTS_OF_A_SHEET.map(|part| event.get(part)),
        });
        if let Some(scorer) = scorer.filter(|scorer| row.excludes(*scorer)) {
            house.excluded.push(scorer.0);
        }
    }
    house
}

fn claim(row: Row<'_>, outcome: Outcome, sheet: &mut Sheet) {
    let counted =
        row.events_of(SHEET).filter(|event| event.actor().is_some_and(|it| !row.excludes(it)));
    sheet
        .claim(row, SANITATION, outcome.points, CONVERTED, METHOD)
        .figure(RAW, outcome.raw)
        .figure(RANK, outcome.rank)
        .figure(STARS, outcome.stars)
        .figure(SHEETS, outcome.counted)
        .figure(POINTS, outcome.points)
        .events(counted);
}

fn refusal(invalid: Invalid) -> Refused {
    match invalid {
        Invalid::TooFew { left } => {
            TOO_FEW.with(LEFT, left as i64).with(NEEDED, logic::SHEETS_MIN as i64)
        }
        Invalid::Unsigned => UNSIGNED.into(),
        Invalid::Twice => TWICE.into(),
        Invalid::Blank => BLANK.into(),
        // the host lets no part outside its bounds in
        Invalid::OutOfRange => NUMBER.into(),
    }
}

export_settler!(HouseholdSanitation);

#[cfg(test)]
mod tests;
