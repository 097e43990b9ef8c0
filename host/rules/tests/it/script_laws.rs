//! Scripts in every law: beside the shipped components on random rows, and each with its own limits and checks.

use std::sync::Arc;

use proptest::prelude::*;
use rules::{
    Law, LimitKind, Limits, Period, Rule, RuleError, RuleHost, RuleInput, RuleRow, lint_script,
};

use crate::guests::{event, named, one_row};

const PAYOUT: &str = include_str!("../scripts/fund-payout.rhai");
const STARS: &str = include_str!("../scripts/star-tiers.rhai");
const CONVERSION: &str = include_str!("../scripts/platform-conversion.rhai");

fn host() -> RuleHost {
    RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap()
}

fn script(source: &str, law: Law) -> Arc<dyn Rule> {
    host().load_script(source, law).unwrap()
}

fn both(component: &[u8], source: &str, law: Law) -> (Arc<dyn Rule>, Arc<dyn Rule>) {
    (host().load_component(component).unwrap(), script(source, law))
}

fn village(rows: impl Iterator<Item = RuleRow>, settings: &[(&str, i64)]) -> RuleInput {
    RuleInput {
        day: 20_500,
        settings: named(settings),
        rows: rows.collect(),
        ..RuleInput::default()
    }
}

fn row(number: usize) -> RuleRow {
    RuleRow { subject: format!("h{number:04}"), ..RuleRow::default() }
}

/// A row with one event of `kind` for each value of `name`.
fn told(number: usize, kind: &str, name: &str, values: &[i64]) -> RuleRow {
    let one =
        |(n, value): (usize, &i64)| event(&format!("h{number}e{n}"), kind, None, &[(name, *value)]);
    RuleRow { events: values.iter().enumerate().map(one).collect(), ..row(number) }
}

fn houses(points: &[i64], floor: i64) -> RuleInput {
    let house = |(number, points): (usize, &i64)| RuleRow {
        facts: named(&[("points", *points)]),
        ..row(number)
    };
    village(points.iter().enumerate().map(house), &[("floor", floor)])
}

#[test]
fn a_fund_is_shared_out_alike() {
    let component = include_bytes!("../../../../plugins/fund-payout/fund-payout.wasm");
    let (component, script) = both(component, PAYOUT, Law::Distribute);
    let strategy = (prop::collection::vec(0_i64..500, 1..12), 0_i64..10_000_000, 0_i64..=1_000);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let answer = runner.run(&strategy, |(points, cents, floor)| {
        let asked = houses(&points, floor);
        let (want, _) = component.distribute(&asked, cents).unwrap();
        let (given, _) = script.distribute(&asked, cents).unwrap();
        prop_assert_eq!(want.rest, given.rest);
        for (want, given) in want.shares.iter().zip(&given.shares) {
            let (want, given) = (want.as_ref().unwrap(), given.as_ref().unwrap());
            prop_assert_eq!((&want.subject, want.cents), (&given.subject, given.cents));
            prop_assert_eq!(&want.facts, &given.facts);
        }
        Ok(())
    });
    answer.unwrap();
}

#[test]
fn stars_are_given_alike() {
    let component = include_bytes!("../../../../plugins/star-tiers/star-tiers.wasm");
    let (component, script) = both(component, STARS, Law::Grade);
    let settings = [
        ("cycle_minutes", 18_000),
        ("star1_minutes", 1_800),
        ("star2_minutes", 3_600),
        ("star3_minutes", 6_000),
        ("star4_minutes", 12_000),
    ];
    let strategy = prop::collection::vec(prop::collection::vec(1_i64..9_000, 0..6), 0..8);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let answer = runner.run(&strategy, |visits| {
        let rows = visits.iter().enumerate();
        let rows = rows.map(|(number, visits)| told(number, "service", "minutes", visits));
        let asked = village(rows, &settings);
        let (want, _) = component.grade(&asked).unwrap();
        let (given, _) = script.grade(&asked).unwrap();
        for (want, given) in want.iter().zip(&given) {
            let (want, given) = (want.as_ref().unwrap(), given.as_ref().unwrap());
            prop_assert_eq!((&want.grade, &want.events), (&given.grade, &given.events));
            prop_assert_eq!((&want.facts, want.until), (&given.facts, given.until));
        }
        Ok(())
    });
    answer.unwrap();
}

#[test]
fn points_are_converted_alike() {
    let component =
        include_bytes!("../../../../plugins/platform-conversion/platform-conversion.wasm");
    let (component, script) = both(component, CONVERSION, Law::Convert);
    let values = prop::collection::vec(prop::collection::vec(-5_000_i64..50_000, 0..5), 0..8);
    let strategy = (values, 0_i64..=1_000, 0_i64..20_000);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let answer = runner.run(&strategy, |(values, weight, cap)| {
        let rows = values.iter().enumerate();
        let rows = rows.map(|(number, values)| told(number, "raw", "points", values));
        let asked = village(rows, &[("weight", weight), ("cap", cap)]);
        let (want, _) = component.convert(&asked).unwrap();
        let (given, _) = script.convert(&asked).unwrap();
        for (want, given) in want.iter().zip(&given) {
            let (want, given) = (want.as_ref().unwrap(), given.as_ref().unwrap());
            prop_assert_eq!(want.len(), given.len());
            for (want, given) in want.iter().zip(given) {
                prop_assert_eq!((&want.item, want.points), (&given.item, given.points));
                prop_assert_eq!((&want.events, &want.facts), (&given.events, &given.facts));
            }
        }
        Ok(())
    });
    answer.unwrap();
}

const RANKED: &str = r#"
fn settle(rows, settings) {
    let sums = [];
    for row in rows {
        let sum = 0;
        for event in row.events { sum += event.quantities.points; }
        sums.push(sum);
    }
    let ranks = ranks(sums);
    let out = [];
    for i in 0..rows.len() {
        if rows[i].events.len() == 0 {
            out.push(#{ refuse: "NO_EVENTS", text: "本期没有记录" });
        } else {
            out.push(#{ item: "round", points: sums[i], reason: `第${ranks[i]}名，请看本期的公示`, clause: "评比办法", facts: #{ rank: ranks[i] } });
        }
    }
    out
}
"#;

#[test]
fn a_large_village_is_settled_in_one_call() {
    let rows = (0..2_000_usize).map(|n| {
        let points = i64::try_from(n * 7_919 % 1_000).unwrap();
        told(n, "sheet", "points", if n % 100 == 99 { &[] } else { std::slice::from_ref(&points) })
    });
    let asked = village(rows.collect::<Vec<_>>().into_iter(), &[]);
    let (settlement, receipt) = script(RANKED, Law::Settle).settle(&asked).unwrap();
    assert_eq!((settlement.claims.len(), settlement.refused.len()), (1_980, 20));
    let best = settlement.claims.iter().max_by_key(|claim| claim.points).unwrap();
    assert_eq!(best.facts["rank"], 1);
    assert_eq!(best.events.len(), 1);
    assert_eq!(receipt.abi, "rhai:settle@0.1");
    assert!(receipt.fuel_used < receipt.fuel_max / 100, "{receipt:?}");
    assert_eq!(script(RANKED, Law::Settle).settle(&asked).unwrap().0, settlement);
}

#[test]
fn qualify_and_assess_answer_with_reasons() {
    let source = "fn qualify(row, settings) {
        #{ eligible: row.facts.age >= settings.from, reason: \"按年龄\", clause: \"敬老办法\" } }";
    let rows = [59, 60].into_iter().enumerate();
    let rows = rows.map(|(n, age)| RuleRow { facts: named(&[("age", age)]), ..row(n) });
    let asked = village(rows, &[("from", 60)]);
    let (given, _) = script(source, Law::Qualify).qualify(&asked).unwrap();
    let given: Vec<bool> = given.into_iter().map(|one| one.unwrap().eligible).collect();
    assert_eq!(given, [false, true]);

    let source = "fn assess(row, settings) {
        #{ item: \"marks\", points: row.events[0].quantities.times * 100, reason: \"次数\", clause: \"考核办法\" } }";
    let (given, receipt) = script(source, Law::Assess).assess(&one_row(0)).unwrap();
    assert_eq!(given[0].as_ref().unwrap()[0].points, 100);
    assert_eq!(receipt.abi, "rhai:assess@0.1");
    let other = script(source, Law::Assess).grade(&one_row(0)).unwrap_err();
    assert_eq!(other, RuleError::WrongLaw { law: Law::Assess, asked: Law::Grade });
}

#[test]
fn a_row_says_what_it_is_and_who_did_what() {
    let source = r"fn score(row, settings) {
        let event = row.events[0];
        let same = if event.actor == row.excluded[0] { 1 } else { 0 };
        let member = if event.member == row.members[1] { 1 } else { 0 };
        #{ item: row.kind, points: row.period.last - row.period.first, reason: row.period.name, clause: event.channel + event.evidence,
           facts: #{ same: same, member: member, recorded: event.recorded, people: row.facts.people } }
    }";
    let mut asked = one_row(20_501);
    asked.period = Period { name: "2026Q3".into(), first: 20_000, last: 20_091 };
    let row = &mut asked.rows[0];
    row.kind = "household".into();
    row.facts = named(&[("people", 3)]);
    row.members = vec!["m1".into(), "m2".into()];
    row.excluded_actors = vec!["p1".into()];
    row.events[0].member = Some("m2".into());
    row.events[0].channel = "patrol".into();
    row.events[0].evidence = "photo".into();
    let (given, _) = script(source, Law::Score).score(&asked).unwrap();
    let claim = &given[0].as_ref().unwrap()[0];
    assert_eq!((claim.item.as_str(), claim.points), ("household", 91));
    assert_eq!((claim.reason.as_str(), claim.clause.as_str()), ("2026Q3", "patrolphoto"));
    let facts = [("same", 1), ("member", 1), ("recorded", 20_500), ("people", 3)];
    assert_eq!(claim.facts, named(&facts));
}

#[test]
fn answers_for_a_village_are_held_to_its_rows_and_its_fund() {
    let asked = houses(&[3, 4], 0);
    let share = "#{ cents: 50, reason: \"r\", clause: \"c\" }";
    for (body, want) in [
        ("[]".to_owned(), "a map"),
        (format!("#{{ shares: [{share}], rest: 50 }}"), "1 answers for 2 rows"),
        (format!("#{{ shares: [{share}, {share}], rest: 1 }}"), "shares and rest are 101 cents"),
        (format!("#{{ shares: [{share}, {share}], rest: -1 }}"), "the rest of the fund is -1"),
        (format!("#{{ shares: [{share}, {share}] }}"), "`rest` is missing"),
        (
            "#{ shares: [#{ cents: -1, reason: \"r\", clause: \"c\" }, #{ cents: 101, reason: \"r\", clause: \"c\" }], rest: 0 }".to_owned(),
            "the share of `h0000` is -1",
        ),
    ] {
        let source = format!("fn distribute(rows, cents, settings) {{ {body} }}");
        let error = script(&source, Law::Distribute).distribute(&asked, 100).unwrap_err();
        assert_eq!(error.code(), "RULE_BAD_ANSWER", "{body}: {error:?}");
        assert!(error.to_string().contains(want), "{body}: {error}");
    }
    let source = format!(
        "fn distribute(rows, cents, settings) {{ #{{ shares: [{share}, {share}], rest: 0 }} }}"
    );
    let (given, _) = script(&source, Law::Distribute).distribute(&asked, 100).unwrap();
    assert_eq!(given.shares.len(), 2);

    let endless = script("fn settle(rows, settings) { loop { } }", Law::Settle);
    let max = 2 * Limits::default().operations;
    let error = endless.settle(&asked).unwrap_err();
    assert_eq!(error, RuleError::Limit { limit: LimitKind::Fuel, max });
}

#[test]
fn a_script_is_known_by_its_function() {
    for (source, law) in
        [(PAYOUT, Law::Distribute), (STARS, Law::Grade), (CONVERSION, Law::Convert)]
    {
        assert_eq!(host().load_any_script(source).unwrap().law(), law);
        let wrong = host().load_script(source, Law::Qualify).unwrap_err();
        assert!(wrong.help.contains("fn qualify(row, settings)"), "{wrong:?}");
    }
    assert!(host().load_any_script("fn other() { 1 }").unwrap_err().text.contains("distribute"));
}

#[test]
fn lines_are_counted_and_cost_adds_up() {
    let mut asked = village([told(0, "service", "minutes", &[4_000, 3_000])].into_iter(), &[]);
    asked.settings = named(&[
        ("cycle_minutes", 18_000),
        ("star1_minutes", 1_800),
        ("star2_minutes", 3_600),
        ("star3_minutes", 6_000),
        ("star4_minutes", 12_000),
    ]);
    let (plain, receipt) = script(STARS, Law::Grade).grade(&asked).unwrap();
    let (rule, trace) = host().trace_script(STARS, Law::Grade).unwrap().unwrap();
    assert_eq!(rule.grade(&asked).unwrap().0, plain);
    let lines = trace.lines();
    let line = |text: &str| {
        let number = STARS.lines().position(|line| line.contains(text)).unwrap() + 1;
        *lines.iter().find(|cost| usize::try_from(cost.line).unwrap() == number).unwrap()
    };
    assert_eq!(line("minutes += event").hits, 2);
    assert_eq!(line("let cycles").hits, 1);
    // `return "4"` is not reached, its condition is; `return "3"` is; nothing after it runs
    assert_eq!((line("return \"4\"").statements, line("return \"4\"").missed), (2, 1));
    assert_eq!(line("return \"3\"").missed, 0);
    assert_eq!((line("return \"1\"").hits, line("return \"1\"").missed), (0, 2));
    let sum: u64 = lines.iter().map(|cost| cost.operations).sum();
    let apart = sum.abs_diff(receipt.fuel_used);
    assert!(apart * 10 <= receipt.fuel_used, "{sum} against {}", receipt.fuel_used);
}

#[test]
fn every_committed_script_can_be_counted() {
    let exchange = include_str!(
        "../../../../policies/laixi/townships/370285106-nanshu/editions/2026-01-01/rules/exchange.rhai"
    );
    let hours = include_str!(
        "../../../../policies/laixi/townships/370285106-nanshu/editions/2026-01-01/rules/volunteer-hours.rhai"
    );
    let more = "fn score(row, settings) {
        let n = 0;
        switch row.kind { \"a\" => { n = 1; } \"b\" => n = 2, _ => () }
        do { n += 1; } while n < 3;
        while n < 5 { n += 1; if n == 4 { continue; } }
        try { throw 1; } catch (e) { n += e; }
        let m = if n > 3 { 1 } else if n > 2 { 2 } else { 3 };
        { n += m; }
        [#{ item: \"i\", points: n, reason: \"r\", clause: \"c\" }]
    }";
    let cases = [
        (exchange, Law::Quote),
        (hours, Law::Score),
        (PAYOUT, Law::Distribute),
        (RANKED, Law::Settle),
        (more, Law::Score),
    ];
    for (source, law) in cases {
        let (_, trace) = host().trace_script(source, law).unwrap().unwrap();
        assert!(trace.lines().len() > 5, "{source}");
    }
    let (rule, _) = host().trace_script(more, Law::Score).unwrap().unwrap();
    let want = script(more, Law::Score).score(&one_row(0)).unwrap().0;
    assert_eq!(rule.score(&one_row(0)).unwrap().0, want);
}

#[test]
fn remarks_name_what_had_better_be_otherwise() {
    let settings = named(&[("rate", 5), ("unused", 1)]);
    let inside =
        |body: &str| format!("fn score(row, settings) {{ let r = settings.rate; {body} }}");
    let unused = ("RULE_SCRIPT_UNREAD_SETTING", 0);
    for (body, want) in [
        ("loop { r += 1; }", Some("RULE_SCRIPT_ENDLESS")),
        ("while true { r += 1; }", Some("RULE_SCRIPT_ENDLESS")),
        ("loop { r += 1; if r > 1 { break; } }", None),
        ("if r > 35 { return []; }", Some("RULE_SCRIPT_LITERAL")),
        ("r * 100", None),
        ("row.phone", Some("RULE_SCRIPT_PERSONAL")),
        ("r * row.day / settings.rate", Some("RULE_SCRIPT_ROUNDING")),
        ("(r * row.day) / settings.rate", Some("RULE_SCRIPT_ROUNDING")),
        ("r / 100", Some("RULE_SCRIPT_ROUNDING")),
        ("r / settings.rate", None),
        ("half_up(r * r, 100)", None),
    ] {
        let found = lint_script(&inside(body), &settings);
        let codes: Vec<_> = found.iter().map(|lint| (lint.code, lint.line)).collect();
        let want: Vec<_> =
            [Some(unused), want.map(|code| (code, 1))].into_iter().flatten().collect();
        assert_eq!(codes, want, "{body}");
    }
}
