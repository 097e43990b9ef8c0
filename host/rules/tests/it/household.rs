//! The committed component of 夏格庄镇, through the real host.

use rules::{Claim, Law, Limits, Rule, RuleError, RuleHost, RuleInput, RuleRow};

use crate::guests::{event, named};

const COMPONENT: &[u8] = include_bytes!(
    "../../../../policies/laixi/townships/370285102-xiagezhuang/editions/2026-01-01/rules/household-sanitation.wasm"
);
const GOLDEN: &str = include_str!("../golden.csv");
const PARTS: [&str; 5] = ["courtyard", "gate", "toilet", "waste", "livestock"];

fn rule() -> std::sync::Arc<dyn Rule> {
    RuleHost::new(Limits::default()).unwrap().load_component(COMPONENT).unwrap()
}

/// A house scored by `p1`, `p2` … with these totals (0–10000).
pub(crate) fn house(subject: &str, excluded: &[&str], totals: &[i64]) -> RuleRow {
    let sheet = |(number, total): (usize, &i64)| {
        let each = total / 5;
        let mut parts = [each; 5];
        parts[4] = total - each * 4;
        let parts: Vec<_> = PARTS.into_iter().zip(parts).collect();
        event(&format!("{subject}-e{number}"), "sheet", Some(&format!("p{number}")), &parts)
    };
    RuleRow {
        subject: subject.to_owned(),
        excluded_actors: excluded.iter().map(|actor| (*actor).to_owned()).collect(),
        events: (1..).zip(totals).map(sheet).collect(),
        ..RuleRow::default()
    }
}

fn input(rows: Vec<RuleRow>) -> RuleInput {
    RuleInput {
        day: 20_500,
        settings: named(&[("w", 200), ("cap", 2_000)]),
        rows,
        ..RuleInput::default()
    }
}

fn fact(claim: &Claim, name: &str) -> i64 {
    claim.facts[name]
}

#[test]
fn golden_conversions_hold() {
    let rule = rule();
    let mut checked = 0;
    for line in GOLDEN.lines().filter(|line| line.starts_with("T1_convert_hundredths,")) {
        let [_, question, want] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let numbers: Vec<i64> = question
            .split(' ')
            .map(|pair| pair.split_once('=').unwrap().1.parse().unwrap())
            .collect();
        let [raw, w, cap] = numbers[..] else { panic!("{line}") };
        let mut input = input(vec![house("h1", &[], &[raw, raw, raw])]);
        input.settings = named(&[("w", w), ("cap", cap)]);
        let (settlement, _) = rule.settle(&input).unwrap();
        assert_eq!(settlement.claims[0].points, want.parse::<i64>().unwrap(), "{line}");
        assert_eq!(fact(&settlement.claims[0], "raw"), raw, "{line}");
        checked += 1;
    }
    assert_eq!(checked, 5);
}

#[test]
fn a_village_is_ranked_and_invalid_rounds_are_reported() {
    let mut rows = vec![
        // p1 lives here: removed first; four remain, so nothing is trimmed.
        house("h00", &["p1"], &[10_000, 9_000, 9_000, 9_000, 9_100]),
        house("h01", &["p1", "p2"], &[9_000, 9_000, 9_000, 9_000]),
    ];
    rows.extend((2..12).map(|n| house(&format!("h{n:02}"), &[], &[5_000 + n * 100; 5])));
    let (settlement, receipt) = rule().settle(&input(rows)).unwrap();
    assert_eq!(settlement.claims.len(), 11);
    let best = &settlement.claims[0];
    assert_eq!(
        (best.subject.as_str(), best.item.as_str(), best.points),
        ("h00", "sanitation-round", 1_805)
    );
    assert_eq!(
        (fact(best, "raw"), fact(best, "rank"), fact(best, "stars"), fact(best, "sheets")),
        (9_025, 1, 3, 4)
    );
    assert_eq!(best.events, ["h00-e2", "h00-e3", "h00-e4", "h00-e5"]);
    assert_eq!(best.reason, "户容户貌评比：4张有效评分表，原始分90.25，三星；按200‰折算18.05分");
    assert!(!best.clause.is_empty());
    let [refused] = &settlement.refused[..] else { panic!("{settlement:?}") };
    assert_eq!((refused.subject.as_str(), refused.code.as_str()), ("h01", "TOO_FEW_SHEETS"));
    assert!(refused.text.contains("只剩2张"), "{refused:?}");
    assert_eq!(receipt.abi, "xiangyue:rules/settler@1.0.0");
    // A reading far above this needs a reason: the budget is 10 million and 20000 for each house and sheet.
    assert!(receipt.fuel_used < 400_000, "{receipt:?}");
}

#[test]
fn the_component_says_what_it_needs_and_the_host_holds_it_to_that() {
    let rule = rule();
    assert_eq!(rule.law(), Law::Settle);
    let description = rule.description().unwrap();
    assert_eq!(description.id, "household-sanitation");
    assert_eq!(
        description.settings.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
        ["w", "cap"]
    );

    let mut missing = input(vec![house("h1", &[], &[5_000; 3])]);
    missing.settings = named(&[("w", 200)]);
    let error = rule.settle(&missing).unwrap_err();
    assert_eq!(error.code(), "RULE_BAD_INPUT");
    assert_eq!(error.text(), "规则需要参数“每轮折算上限”（cap），本方案没有写，没有计算。");
    missing.settings = named(&[("w", 1_001), ("cap", 2_000)]);
    assert!(matches!(rule.settle(&missing), Err(RuleError::BadInput { .. })));

    let mut beyond = input(vec![house("h1", &[], &[5_000; 3])]);
    beyond.rows[0].events[0].quantities.insert("gate".into(), 2_001);
    assert_eq!(rule.settle(&beyond).unwrap_err().code(), "RULE_BAD_INPUT");
    beyond.rows[0].events[0].quantities.remove("gate");
    let (settlement, _) = rule.settle(&beyond).unwrap();
    assert_eq!(settlement.refused[0].code, "SHEET_BLANK");
}

#[test]
fn the_same_question_has_the_same_answer_and_the_same_fuel() {
    let rule = rule();
    let question = input(
        (0..40).map(|n| house(&format!("h{n:02}"), &["p2"], &[n * 37 % 50 * 200; 5])).collect(),
    );
    let first = rule.settle(&question).unwrap();
    assert_eq!(rule.settle(&question).unwrap(), first);
    // Another host in the same process: nothing depends on what ran before.
    assert_eq!(self::rule().settle(&question).unwrap(), first);
}

#[test]
fn no_path_of_the_building_machine_is_in_the_component() {
    let text = String::from_utf8_lossy(COMPONENT);
    for folder in ["home", "root", "usr", "work", "tmp"] {
        assert!(!text.contains(&format!("/{folder}/")), "`{folder}` is in the component");
    }
    for path in [".cargo", "registry/src", ".rustup"] {
        assert!(!text.contains(path), "`{path}` is in the component");
    }
}
