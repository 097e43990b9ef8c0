//! The advisory tier: what it takes that the exact one does not, what it still refuses, and that its answers are marked.

#![expect(clippy::disallowed_methods, reason = "the committed components are read")]

use std::path::Path;

use rules::{Limits, LoadCode, RuleEvent, RuleHost, RuleInput, RuleRow, Tier};

use crate::guests::{event, named};

const HALF: &str = "tests/guests/half-points/half-points.wasm";
const IMPORTS: &str = include_str!("../../../../tests/guests/imports-too-much.wat");

fn read(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

fn host() -> RuleHost {
    RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap()
}

fn one(events: Vec<RuleEvent>) -> RuleInput {
    let row = RuleRow { subject: "h".to_owned(), events, ..RuleRow::default() };
    RuleInput { day: 20_600, rows: vec![row], ..RuleInput::default() }
}

#[test]
fn floats_run_where_they_were_asked_for_and_the_answer_says_so() {
    let host = host();
    let half = read(HALF);
    let fault = host.load_component(&half).unwrap_err();
    assert_eq!(fault.code, LoadCode::Floats, "{fault}");
    let told = host.refusal(&half, fault);
    assert_eq!(told.code.code(), "RULE_ADVISORY_ONLY", "{told}");
    assert!(told.text.contains("只能供参考") && !told.message.contains('\n'), "{told:?}");

    let rule = host.load_advisory(&half).unwrap();
    assert_eq!(rule.tier(), Tier::Advisory);
    let visits =
        |count: i64| one((0..count).map(|n| event(&format!("e{n}"), "visit", None, &[])).collect());
    let (scores, receipt) = rule.score(&visits(3)).unwrap();
    assert_eq!(scores[0].as_ref().unwrap()[0].points, 150);
    assert!(receipt.advisory && receipt.engine.ends_with(" advisory"), "{receipt:?}");
    // 24 MiB are more than an exact rule has, and not the 128 MiB of this tier
    assert_eq!(rule.score(&visits(101)).unwrap().0[0].as_ref().unwrap()[0].points, 5_050);
    let again = rule.score(&visits(3)).unwrap();
    assert_eq!((again.0, again.1.fuel_used), (scores, receipt.fuel_used));
}

#[test]
fn a_rule_in_c_is_exact_and_refuses_a_row_by_itself() {
    let rule = host().load_component(&read("plugins/star-tiers-c/star-tiers-c.wasm")).unwrap();
    assert_eq!(rule.tier(), Tier::Exact);
    let settings =
        ["cycle_minutes", "star1_minutes", "star2_minutes", "star3_minutes", "star4_minutes"];
    let mut asked = one(vec![event("e", "service", None, &[("minutes", 90)])]);
    asked.settings = named(&settings.map(|name| (name, 60)));
    let (_, receipt) = rule.grade(&asked).unwrap();
    assert!(!receipt.advisory && !receipt.engine.contains("advisory"));
    // a row without the number it needs has no grade; one row stops no other
    asked.rows[0].events[0].quantities.clear();
    let (grades, _) = rule.grade(&asked).unwrap();
    assert_eq!(grades[0].as_ref().unwrap_err().code, "MISSING");
}

#[test]
fn the_advisory_tier_opens_no_door_to_the_machine() {
    let host = host();
    let imports = host.load_advisory(&wat::parse_str(IMPORTS).unwrap()).unwrap_err();
    assert_eq!(imports.code, LoadCode::UnknownImport, "{imports}");
    let huge = host.load_advisory(&vec![0; (16 << 20) + 1]).unwrap_err();
    assert_eq!(huge.code, LoadCode::TooLarge);
    // what neither tier takes keeps its own fault
    let fault = host.load_component(b"not wasm").unwrap_err();
    assert_eq!(host.refusal(b"not wasm", fault).code, LoadCode::Invalid);
}
