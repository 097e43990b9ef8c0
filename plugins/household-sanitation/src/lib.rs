//! 夏格庄镇 household sanitation round (户容户貌评比): each quarter three to five panel members score every house of a
//! village on five parts; the trimmed mean is ranked in the village (stars) and converted into the town's points.
//!
//! Reads one event per panel sheet (kind `sheet`, actor = panel member); leaves caps per year, notice and review to the
//! host. The arithmetic is in [`logic`].

pub mod logic;

use logic::{House, Invalid, Outcome, Settings, Sheet};
use xiangyue_sdk::{
    Claim, Declared, Description, Name, Person, Population, Refusal, Row, Settlement, Settler,
    export_settler,
};

/// The rule.
#[derive(Debug)]
pub struct HouseholdSanitation;

const ITEM: &str = "sanitation-round";
const CLAUSE: &str = "户容户貌评比办法：评分与折算";

const fn part(name: &'static str, title: &'static str) -> Declared {
    Declared { name, title, min: 0, max: logic::PART_MAX }
}

const PARTS: [Declared; logic::PARTS] = [
    part("courtyard", "庭院（1/100分，满分20分）"),
    part("gate", "门前（1/100分，满分20分）"),
    part("toilet", "厕所（1/100分，满分20分）"),
    part("waste", "垃圾分类（1/100分，满分20分）"),
    part("livestock", "畜禽圈养（1/100分，满分20分）"),
];

impl Settler for HouseholdSanitation {
    fn describe() -> Description {
        Description {
            id: "household-sanitation",
            title: "户容户貌评比",
            version: "0.1.0",
            settings: &[
                Declared { name: "w", title: "折算权重（‰）", min: 0, max: 1_000 },
                Declared {
                    name: "cap", title: "每轮折算上限（1/100分）", min: 0, max: 1_000_000
                },
            ],
            kinds: &["sheet"],
            quantities: &PARTS,
        }
    }

    fn settle(population: &Population) -> Result<Settlement, Refusal> {
        let settings =
            Settings { weight: population.setting("w")?, cap: population.setting("cap")? };
        let sheet = population.name("sheet");
        let parts = PARTS.map(|part| population.name(part.name));
        let houses: Vec<House> = population.rows().map(|row| house(row, sheet, &parts)).collect();
        let mut settlement = Settlement::default();
        for (row, result) in population.rows().zip(logic::settle(settings, &houses)) {
            match result {
                Ok(outcome) => settlement.claim(row, claim(row, sheet, settings, outcome)),
                Err(invalid) => settlement.refuse(row, refusal(invalid)),
            }
        }
        Ok(settlement)
    }
}

fn house(row: Row<'_>, sheet: Name, parts: &[Name; logic::PARTS]) -> House {
    let mut house = House::default();
    for event in row.events_of(sheet) {
        let scorer = event.actor();
        house.sheets.push(Sheet {
            scorer: scorer.map(|Person(number)| number),
            parts: parts.map(|part| event.get(part)),
        });
        if let Some(scorer) = scorer.filter(|scorer| row.excludes(*scorer)) {
            house.excluded.push(scorer.0);
        }
    }
    house
}

fn claim(row: Row<'_>, sheet: Name, settings: Settings, outcome: Outcome) -> Claim {
    let stars =
        ["未评星", "一星", "两星", "三星"].get(outcome.stars as usize).copied().unwrap_or_default();
    let reason = format!(
        "户容户貌评比：{}张有效评分表，原始分{}，{stars}；按{}‰折算{}分",
        outcome.counted,
        decimal(outcome.raw),
        settings.weight,
        decimal(outcome.points)
    );
    let claim = Claim::new(ITEM, outcome.points, CLAUSE)
        .because(reason)
        .fact("raw", outcome.raw)
        .fact("rank", outcome.rank)
        .fact("stars", outcome.stars)
        .fact("sheets", outcome.counted);
    row.events_of(sheet)
        .filter(|event| event.actor().is_some_and(|scorer| !row.excludes(scorer)))
        .fold(claim, |claim, event| claim.resting_on(&event))
}

fn refusal(invalid: Invalid) -> Refusal {
    match invalid {
        Invalid::TooFew { left } => Refusal::new(
            "TOO_FEW_SHEETS",
            &format!(
                "本轮无效：去掉本户和近亲属的评分后只剩{left}张评分表，至少要{}张",
                logic::SHEETS_MIN
            ),
        ),
        Invalid::Unsigned => {
            Refusal::new("SHEET_UNSIGNED", "本轮无效：有评分表没有写明评分人，不能判断是否要回避")
        }
        Invalid::Twice => {
            Refusal::new("SHEET_TWICE", "本轮无效：同一评分人交了两张评分表，请先作废一张")
        }
        Invalid::Blank => Refusal::new("SHEET_BLANK", "本轮无效：有评分表没有填全五项"),
        Invalid::OutOfRange => Refusal::new("SHEET_RANGE", "本轮无效：有评分项不在0到20分之间"),
    }
}

/// 1/100 point with two decimals; amounts here are never negative.
fn decimal(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

export_settler!(HouseholdSanitation);

#[cfg(test)]
mod tests;
