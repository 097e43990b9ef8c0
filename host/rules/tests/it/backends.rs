//! One rule on both back ends: a township may move a script to a component without anybody's points changing.

use std::sync::Arc;

use proptest::prelude::*;
use rules::{Law, Limits, Rule, RuleError, RuleHost, RuleInput, RuleRow};

use crate::guests::{event, named};

const COMPONENT: &[u8] = include_bytes!("../../../../tests/guests/hours.wasm");
const SCRIPT: &str = include_str!(
    "../../../../policies/laixi/townships/370285106-nanshu/editions/2026-01-01/rules/volunteer-hours.rhai"
);

fn both() -> (Arc<dyn Rule>, Arc<dyn Rule>) {
    let host = RuleHost::new(Limits::default()).unwrap();
    (host.load_component(COMPONENT).unwrap(), host.load_script(SCRIPT, Law::Score).unwrap())
}

fn input(rows: &[Vec<i64>]) -> RuleInput {
    let row = |(number, visits): (usize, &Vec<i64>)| {
        let visit = |(n, minutes): (usize, &i64)| {
            event(&format!("v{number}e{n}"), "service", Some("p1"), &[("minutes", *minutes)])
        };
        RuleRow {
            subject: format!("v{number:03}"),
            excluded_actors: Vec::new(),
            events: visits.iter().enumerate().map(visit).collect(),
            ..RuleRow::default()
        }
    };
    let settings = named(&[
        ("band1_hours", 20),
        ("band1_hours_per_point", 1),
        ("band2_hours", 80),
        ("band2_hours_per_point", 2),
        ("band3_hours", 200),
        ("band3_hours_per_point", 3),
        ("band4_hours_per_point", 4),
    ]);
    RuleInput {
        day: 20_500,
        settings,
        rows: rows.iter().enumerate().map(row).collect(),
        ..RuleInput::default()
    }
}

#[test]
fn script_and_component_agree_and_a_batch_is_its_rows() {
    let (component, script) = both();
    let strategy = prop::collection::vec(prop::collection::vec(-1_i64..6_000, 0..6), 0..12);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let answer = runner.run(&strategy, |rows| {
        let asked = input(&rows);
        let (given, _) = component.score(&asked).unwrap();
        prop_assert_eq!(&given, &script.score(&asked).unwrap().0);
        for (row, want) in asked.rows.iter().zip(&given) {
            let alone = RuleInput { rows: vec![row.clone()], ..asked.clone() };
            prop_assert_eq!(&component.score(&alone).unwrap().0[0], want);
        }
        Ok(())
    });
    answer.unwrap();
}

#[test]
fn a_panic_in_rust_reaches_its_author_with_file_and_line() {
    let (component, _) = both();
    let mut asked = input(&[vec![60]]);
    let (_, receipt) = component.score(&asked).unwrap();
    assert_eq!(receipt.log, ["scored a row"]);
    asked.rows[0].events[0].kind = "panic".into();
    let error = component.score(&asked).unwrap_err();
    let RuleError::Trapped { message, frames } = &error else { panic!("{error:?}") };
    assert!(
        message.starts_with("asked to panic (") && message.contains("src/lib.rs:"),
        "{message}"
    );
    assert!(frames.iter().any(|name| name.contains("hours")), "{frames:?}");
    // The next call has a store of its own.
    assert!(component.score(&input(&[vec![60]])).is_ok());
}
