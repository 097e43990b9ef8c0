//! Households with five sheets each, and the rule of their round in native code.

use std::collections::BTreeMap;

use rules::{RuleEvent, RuleInput, RuleRow};

use crate::logic;

const PARTS: [&str; logic::PARTS] = ["courtyard", "gate", "toilet", "waste", "livestock"];

pub(crate) fn input(houses: i64, settings: BTreeMap<String, i64>) -> RuleInput {
    let rows = (0..houses).map(|house| RuleRow {
        subject: format!("h{house:04}"),
        events: (0..5_i64)
            .map(|scorer| RuleEvent {
                id: format!("s{house}-{scorer}"),
                kind: "sheet".to_owned(),
                day: 20_500,
                actor: Some(format!("p{scorer}")),
                quantities: PARTS
                    .iter()
                    .zip(0_i64..)
                    .map(|(name, part)| {
                        ((*name).to_owned(), (house * 37 + scorer * 11 + part * 5) % 2_001)
                    })
                    .collect(),
                ..RuleEvent::default()
            })
            .collect(),
        ..RuleRow::default()
    });
    RuleInput { day: 20_500, settings, rows: rows.collect(), ..RuleInput::default() }
}

/// The plugin's own logic on the same rows, without any sandbox.
pub(crate) fn native(input: &RuleInput) -> Vec<i64> {
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
    logic::settle(settings, &houses).into_iter().flatten().map(|outcome| outcome.points).collect()
}
