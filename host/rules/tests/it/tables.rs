//! Tables: golden vectors, the laws every table obeys, and texts that are no table.

use std::sync::Arc;

use proptest::prelude::*;
use rules::{
    Claim, Law, LimitKind, Limits, LoadCode, Rule, RuleError, RuleEvent, RuleHost, RuleInput,
    RuleRow,
};

use crate::guests::{event, named};

const VECTORS: &str = include_str!("../../../../tests/golden/tables/vectors.csv");
const AWARD: &str = include_str!("../../../../tests/golden/tables/hours-award.table.toml");
const DONATION: &str = include_str!("../../../../tests/golden/tables/donation.table.toml");
const RATE: &str = include_str!("../../../../tests/golden/tables/hours-rate.table.toml");
const ROUND: &str = include_str!("../../../../tests/golden/tables/household-round.table.toml");
const HOURS: &str = include_str!(
    "../../../../policies/laixi/townships/370285106-nanshu/editions/2026-01-01/rules/volunteer-hours.rhai"
);
const VIRTUES: &str = include_str!(
    "../../../../policies/laixi/townships/370285007-guhe/editions/2026-01-01/rules/four-virtues.table.toml"
);
/// 2026-01-01.
const NEW_YEAR: i64 = 20_454;

fn load(source: &str, law: Law) -> Arc<dyn Rule> {
    let host = RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap();
    host.load_table(source, law).unwrap()
}

fn row(subject: &str, events: Vec<RuleEvent>) -> RuleRow {
    RuleRow { subject: subject.to_owned(), events, ..RuleRow::default() }
}

fn input(rows: Vec<RuleRow>) -> RuleInput {
    RuleInput { day: NEW_YEAR + 300, rows, ..RuleInput::default() }
}

/// An event on a day of the year.
fn on(id: &str, kind: &str, day: i64, quantities: &[(&str, i64)]) -> RuleEvent {
    RuleEvent { day: NEW_YEAR + day, ..event(id, kind, Some("p1"), quantities) }
}

fn scored(rule: &dyn Rule, events: Vec<RuleEvent>) -> Vec<Claim> {
    let (scores, _) = rule.score(&input(vec![row("h1", events)])).unwrap();
    scores[0].clone().unwrap()
}

fn points(claims: &[Claim]) -> i64 {
    claims.iter().map(|claim| claim.points).sum()
}

/// Three sheets of two parts that sum to `raw`, so that mean and trimmed mean are `raw`.
fn sheets(raw: i64) -> Vec<RuleEvent> {
    let sheet = |n: i64| {
        let parts = [("courtyard", raw / 3), ("gate", raw - raw / 3)];
        event(&format!("{raw}-{n}"), "sheet", Some(&format!("p{n}")), &parts)
    };
    (0..3).map(sheet).collect()
}

#[test]
fn golden_vectors_hold() {
    let mut checked = 0;
    for line in VECTORS.lines().skip(1) {
        let [name, amount, want] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (amount, want): (i64, i64) = (amount.parse().unwrap(), want.parse().unwrap());
        // in two parts, so that a table that reckons event by event fails
        let halves = [amount / 3, amount - amount / 3];
        let claims = if name == "household-round" {
            let asked = input(vec![row("h1", sheets(amount))]);
            let claims = load(ROUND, Law::Settle).settle(&asked).unwrap().0.claims;
            claims.into_iter().filter(|claim| claim.item == "converted").collect()
        } else {
            let (source, kind, quantity) = match name {
                "hours-award" => (AWARD, "service", "minutes"),
                "donation" => (DONATION, "donation", "amount"),
                "hours-rate" => (RATE, "service", "minutes"),
                other => panic!("{other}"),
            };
            let one = |n: i64, part: i64| on(&format!("e{n}"), kind, n, &[(quantity, part)]);
            let events = (0..).zip(halves).map(|(n, part)| one(n, part)).collect();
            scored(&*load(source, Law::Score), events)
        };
        assert_eq!(points(&claims), want, "{line}");
        checked += 1;
    }
    assert_eq!(checked, 25);
}

#[test]
fn reasons_name_the_row_and_what_came_of_it() {
    let hours = |n: i64, minutes| on(&format!("e{n}"), "service", n, &[("minutes", minutes)]);
    let [claim] = &scored(&*load(AWARD, Law::Score), vec![hours(1, 3_000), hours(2, 90)])[..]
    else {
        panic!("one claim")
    };
    assert_eq!(
        claim.reason,
        "社会公德·“志愿服务时长”：累计51小时30分钟，达到“≥50小时”一档，计10.00分"
    );
    assert_eq!(claim.clause, "《志愿时长奖励办法（例）》第2条");
    assert_eq!(claim.events, ["e1", "e2"]);
    assert_eq!((claim.facts["amount"], claim.facts["windows"]), (3_090, 1));
    let given = on("e1", "donation", 1, &[("amount", 3_000_000)]);
    let [claim] = &scored(&*load(DONATION, Law::Score), vec![given])[..] else {
        panic!("one claim")
    };
    assert_eq!(
        claim.reason,
        "社会公德·“公益捐赠”：累计30000元，分段折算，应计50.00分，封顶后计40.00分"
    );
    // two years are two windows
    let years = [1, 400].map(|day| on(&format!("d{day}"), "donation", day, &[("amount", 100_000)]));
    let [claim] = &scored(&*load(DONATION, Law::Score), years.to_vec())[..] else {
        panic!("one claim")
    };
    assert_eq!((claim.points, claim.facts["windows"]), (2_000, 2));
}

#[test]
fn a_village_is_ranked_and_ties_share_the_better_band() {
    let values = [9_000, 8_000, 8_000, 7_000, 6_000, 5_000, 4_000, 3_000, 2_000, 1_000];
    let mut rows: Vec<RuleRow> = values
        .iter()
        .enumerate()
        .map(|(n, raw)| {
            let mut row = row(&format!("h{n}"), sheets(*raw));
            for event in &mut row.events {
                event.id = format!("h{n}-{}", event.id).into();
            }
            row
        })
        .collect();
    // its own people's sheets do not count, and two are too few
    let mut own = row("h10", sheets(10_000));
    own.excluded_actors = vec!["p1".to_owned()];
    rows.push(own);
    rows.push(row("h11", Vec::new()));
    let (settlement, receipt) = load(ROUND, Law::Settle).settle(&input(rows)).unwrap();
    let stars = |subject: &str| {
        let mut own =
            settlement.claims.iter().filter(|c| c.subject == subject && c.item == "stars");
        own.next().map_or(0, |claim| claim.points)
    };
    let got: Vec<i64> = (0..10).map(|n| stars(&format!("h{n}"))).collect();
    assert_eq!(got, [300, 200, 200, 200, 100, 100, 100, 100, 0, 0]);
    let second = settlement.claims.iter().find(|c| c.subject == "h2" && c.item == "stars").unwrap();
    assert_eq!((second.facts["rank"], second.facts["of"]), (2, 10));
    assert_eq!(second.reason, "“户容户貌评星”：全村10户第2名，评为两星，计2.00分");
    let [refused] = &settlement.refused[..] else { panic!("{settlement:?}") };
    assert_eq!((refused.subject.as_str(), refused.code.as_str()), ("h10", "TOO_FEW"));
    assert_eq!((receipt.abi.as_str(), receipt.engine.as_str()), ("table:settle@1", "table 1"));
    assert!(receipt.fuel_used > 0 && receipt.fuel_used < receipt.fuel_max, "{receipt:?}");
}

#[test]
fn a_panel_sheet_is_signed_once() {
    let rule = load(ROUND, Law::Settle);
    for (change, code) in [(None, "SHEET_UNSIGNED"), (Some("p1".into()), "SHEET_TWICE")] {
        let mut events = sheets(5_000);
        events[2].actor = change;
        let (settlement, _) = rule.settle(&input(vec![row("h1", events)])).unwrap();
        assert_eq!(settlement.refused[0].code, code);
        assert!(settlement.claims.is_empty());
    }
}

#[test]
fn one_bad_row_does_not_lose_the_batch() {
    let rule = load(VIRTUES, Law::Score);
    let rows = vec![
        row("h1", vec![on("a", "volunteer", 1, &[])]),
        row("h2", vec![on("b", "volunteer", 1, &[("minutes", -1)])]),
        row("h3", vec![on("c", "volunteer", 1, &[("minutes", i64::MAX)])]),
        row("h4", vec![RuleEvent { day: i64::MAX, ..on("d", "snow", 1, &[]) }]),
        row("h5", vec![on("e", "snow", 1, &[("times", 1)]), on("f", "unknown", 1, &[])]),
    ];
    let (scores, _) = rule.score(&input(rows)).unwrap();
    let codes: Vec<&str> =
        scores.iter().filter_map(|s| s.as_ref().err().map(|r| r.code.as_str())).collect();
    assert_eq!(codes, ["QUANTITY_MISSING", "QUANTITY_NEGATIVE", "POINTS_OVERFLOW", "DAY_INVALID"]);
    assert_eq!(scores[4].as_ref().unwrap()[0].points, 100);
}

#[test]
fn a_table_says_what_it_is_and_answers_only_its_own_question() {
    let rule = load(VIRTUES, Law::Score);
    let description = rule.description().unwrap();
    assert_eq!(description.id, "four-virtues");
    assert!(description.kinds.iter().any(|kind| kind.code == "volunteer"), "{description:?}");
    let settled = rule.settle(&input(Vec::new())).unwrap_err();
    assert!(matches!(settled, RuleError::WrongLaw { law: Law::Score, asked: Law::Settle }));
    let twice = input(vec![row("h1", Vec::new()), row("h1", Vec::new())]);
    assert!(matches!(rule.score(&twice), Err(RuleError::BadInput { .. })));
    let host =
        RuleHost::new(Limits { input_bytes: 100, instances: 1, ..Limits::default() }).unwrap();
    let rule = host.load_table(VIRTUES, Law::Score).unwrap();
    let many =
        input(vec![row("h1", vec![on("a", "snow", 1, &[("times", 1)]), on("b", "snow", 1, &[])])]);
    let error = rule.score(&many).unwrap_err();
    assert!(matches!(error, RuleError::Limit { limit: LimitKind::Input, .. }), "{error:?}");
}

#[test]
fn texts_that_are_no_table_are_refused_at_loading() {
    let host = RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap();
    let large = format!("{RATE}# {}", "x".repeat(70_000));
    for (source, law, code, says) in [
        ("", Law::Score, LoadCode::Table, "missing field"),
        ("id = \"a\"\ntitle = \"b\"\n", Law::Score, LoadCode::Table, "0 rows"),
        (
            "id = \"a\"\ntitle = \"b\"\nclock = \"c\"\n",
            Law::Score,
            LoadCode::Table,
            "unknown field",
        ),
        ("id = 1.5\ntitle = \"b\"\n", Law::Score, LoadCode::Table, "invalid type"),
        (
            &RATE.replace("per = \"2小时\"", "per = \"0小时\""),
            Law::Score,
            LoadCode::Table,
            "for nothing",
        ),
        (&RATE.replace("\"≤80小时\"", "\"80小时\""), Law::Score, LoadCode::Table, "its side"),
        (
            &RATE.replace("\"1.00\"", "\"9999999999999.00\""),
            Law::Score,
            LoadCode::Table,
            "number of points",
        ),
        (ROUND, Law::Score, LoadCode::Law, "settle"),
        (RATE, Law::Quote, LoadCode::Law, "scores or settles"),
        (&large, Law::Score, LoadCode::TooLarge, "bytes"),
    ] {
        let error = host.load_table(source, law).map(|rule| panic!("loaded {rule:?}")).unwrap_err();
        assert_eq!(error.code, code, "{error:?}");
        assert!(
            error.message.contains(says) && !error.text.is_empty() && !error.help.is_empty(),
            "{error:?}"
        );
    }
}

/// Events of the four virtues: type, day of the year, and one number.
fn deeds() -> impl Strategy<Value = Vec<(usize, i64, i64)>> {
    prop::collection::vec((0_usize..6, 0_i64..120, 0_i64..300_000), 0..40)
}

fn deed(n: usize, (kind, day, number): (usize, i64, i64)) -> RuleEvent {
    let id = format!("e{n:03}");
    match kind {
        0 => on(&id, "elder-visit", day, &[("times", 1)]),
        1 => on(&id, "good-deed", day, &[("times", 1)]),
        2 => on(&id, "dispute", day, &[("effect", number % 4 + 1)]),
        3 => on(&id, "found-property", day, &[("worth", number * 10)]),
        4 => on(&id, "study-talk", day, &[("times", 1)]),
        _ => on(&id, "volunteer", day, &[("minutes", number % 720 + 1)]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_is_its_rows_in_any_order(all in prop::collection::vec(deeds(), 1..6)) {
        let rule = load(VIRTUES, Law::Score);
        let rows: Vec<RuleRow> = all.iter().enumerate().map(|(h, deeds)| {
            let events = deeds.iter().enumerate().map(|(n, one)| deed(h * 100 + n, *one));
            row(&format!("h{h}"), events.collect())
        }).collect();
        let (scores, receipt) = rule.score(&input(rows.clone())).unwrap();
        let mut fuel = 0;
        for (row, want) in rows.iter().zip(&scores) {
            let (alone, one) = rule.score(&input(vec![row.clone()])).unwrap();
            prop_assert_eq!(&alone[0], want);
            fuel += one.fuel_used;
            // the order in which events are handed over does not matter either
            let mut turned = row.clone();
            turned.events.reverse();
            let claims = rule.score(&input(vec![turned])).unwrap().0[0].clone().unwrap();
            prop_assert_eq!(&claims, want.as_ref().unwrap());
        }
        prop_assert_eq!(receipt.fuel_used, fuel);
        let mut back = rows.clone();
        back.reverse();
        let mut again = rule.score(&input(back)).unwrap().0;
        again.reverse();
        prop_assert_eq!(again, scores);
    }

    #[test]
    fn one_more_event_never_lowers_the_total(deeds in deeds(), more in (0_usize..6, 0_i64..120, 0_i64..300_000)) {
        let rule = load(VIRTUES, Law::Score);
        let mut events: Vec<RuleEvent> = deeds.iter().enumerate().map(|(n, one)| deed(n, *one)).collect();
        let before = points(&scored(&*rule, events.clone()));
        events.push(deed(999, more));
        prop_assert!(points(&scored(&*rule, events)) >= before);
    }

    #[test]
    fn caps_hold_in_every_window(deeds in deeds()) {
        let rule = load(VIRTUES, Law::Score);
        let events: Vec<RuleEvent> = deeds.iter().enumerate().map(|(n, one)| deed(n, *one)).collect();
        let claims = scored(&*rule, events.clone());
        let of = |item: &str| claims.iter().filter(|c| c.item == item).map(|c| c.points).sum::<i64>();
        // 120 days are four calendar months and two quarters
        prop_assert!(of("elder-visit") <= 4 * 900);
        prop_assert!(of("study-talk") <= 4 * 200);
        prop_assert!(of("volunteer") <= 2 * 1_500);
        let good: i64 = claims.iter().filter(|c| c.reason.starts_with("积善")).map(|c| c.points).sum();
        prop_assert!(good <= 2 * 4_000, "{good}");
        // within one month what is there is given, up to the cap
        let visits = events.iter().filter(|e| e.kind == "elder-visit" && e.day < NEW_YEAR + 31);
        let january: Vec<RuleEvent> = visits.cloned().collect();
        let count = i64::try_from(january.len()).unwrap();
        prop_assert_eq!(points(&scored(&*rule, january)), (count * 300).min(900));
    }

    #[test]
    fn the_table_and_the_script_of_one_standard_agree(visits in prop::collection::vec(1_i64..6_000, 0..20)) {
        let host = RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap();
        let script = host.load_script(HOURS, Law::Score).unwrap();
        let one = |(n, minutes): (usize, &i64)| on(&format!("e{n:02}"), "service", 1, &[("minutes", *minutes)]);
        let mut asked = input(vec![row("v1", visits.iter().enumerate().map(one).collect())]);
        asked.settings = named(&[
            ("band1_hours", 20), ("band1_hours_per_point", 1), ("band2_hours", 80), ("band2_hours_per_point", 2),
            ("band3_hours", 200), ("band3_hours_per_point", 3), ("band4_hours_per_point", 4),
        ]);
        let key = |claims: &[Claim]| claims.iter().map(|c| (c.item.clone(), c.points, c.events.clone())).collect::<Vec<_>>();
        let by_script = script.score(&asked).unwrap().0[0].clone().unwrap();
        let by_table = load(RATE, Law::Score).score(&asked).unwrap().0[0].clone().unwrap();
        prop_assert_eq!(key(&by_table), key(&by_script));
    }
}
