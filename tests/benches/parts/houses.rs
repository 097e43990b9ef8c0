//! Households with five sheets each, and the rule of their round in native code.

use std::collections::BTreeMap;

use model::Points;
use rules::{Claim, RuleEvent, RuleInput, RuleRow};

use crate::logic;

const PARTS: [&str; logic::PARTS] = ["courtyard", "gate", "toilet", "waste", "livestock"];

pub(crate) fn input(houses: i64, settings: BTreeMap<String, i64>) -> RuleInput {
    let rows = (0..houses).map(|house| RuleRow {
        subject: format!("h{house:04}"),
        events: (0..5_i64)
            .map(|scorer| RuleEvent {
                id: format!("s{house}-{scorer}").into(),
                kind: "sheet".into(),
                day: 20_500,
                actor: Some(format!("p{scorer}").into()),
                quantities: PARTS
                    .iter()
                    .zip(0_i64..)
                    .map(|(name, part)| {
                        ((*name).into(), (house * 37 + scorer * 11 + part * 5) % 2_001)
                    })
                    .collect(),
                ..RuleEvent::default()
            })
            .collect(),
        ..RuleRow::default()
    });
    RuleInput { day: 20_500, settings, rows: rows.collect(), ..RuleInput::default() }
}

/// The plugin's own logic on the same rows with the same claims, without any sandbox and nothing checked.
pub(crate) fn native(input: &RuleInput) -> Vec<Claim> {
    let mut scorers: BTreeMap<&str, u32> = BTreeMap::new();
    let houses: Vec<logic::House> = input
        .rows
        .iter()
        .map(|row| logic::House {
            excluded: Vec::new(),
            sheets: row
                .events
                .iter()
                .map(|event| {
                    let next = u32::try_from(scorers.len()).unwrap();
                    logic::Sheet {
                        scorer: event.actor.as_deref().map(|a| *scorers.entry(a).or_insert(next)),
                        parts: PARTS.map(|part| event.quantities.get(part).copied()),
                    }
                })
                .collect(),
        })
        .collect();
    let settings = logic::Settings { weight: input.settings["w"], cap: input.settings["cap"] };
    let outcomes = logic::settle(settings, &houses);
    let claims = input.rows.iter().zip(outcomes);
    claims.filter_map(|(row, outcome)| Some(claim(row, outcome.ok()?, settings))).collect()
}

const STARS: [&str; 4] = ["未评星", "一星", "两星", "三星"];

fn claim(row: &RuleRow, outcome: logic::Outcome, settings: logic::Settings) -> Claim {
    let logic::Outcome { raw, rank, stars, points, counted } = outcome;
    let (shown, given, star) =
        (Points(raw), Points(points), STARS[usize::try_from(stars).unwrap()]);
    let weight = settings.weight;
    let fact = |name: &str, value| (name.to_owned(), value);
    Claim {
        subject: row.subject.clone(),
        item: "sanitation-round".to_owned(),
        points,
        reason: format!(
            "户容户貌评比：{counted}张有效评分表，原始分{shown}，{star}；按{weight}‰折算{given}分"
        ),
        clause: "户容户貌评比办法：评分与折算".to_owned(),
        events: row.events.iter().map(|event| event.id.as_str().to_owned()).collect(),
        facts: BTreeMap::from([
            fact("raw", raw),
            fact("rank", rank),
            fact("stars", stars),
            fact("sheets", counted),
            fact("points", points),
        ]),
    }
}
