//! The committed scripts, and scripts that mean harm.

use std::sync::Arc;

use rules::{
    Law, LimitKind, Limits, LoadCode, LoadError, QuoteInput, Rule, RuleError, RuleHost, RuleInput,
    RuleRow,
};

use crate::guests::{event, named, one_row};

const HOURS: &str = include_str!(
    "../../../../policies/laixi/townships/370285106-nanshu/editions/2026-01-01/rules/volunteer-hours.rhai"
);
const EXCHANGE: &str = include_str!(
    "../../../../policies/laixi/townships/370285106-nanshu/editions/2026-01-01/rules/exchange.rhai"
);
const GOLDEN: &str = include_str!("../golden.csv");

fn host() -> RuleHost {
    RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap()
}

fn script(source: &str) -> Arc<dyn Rule> {
    host().load_script(source, Law::Score).unwrap()
}

/// Scores one row with a body for `score`.
fn failure(body: &str) -> RuleError {
    script(&format!("fn score(row, settings) {{\n{body}\n}}")).score(&one_row(0)).unwrap_err()
}

/// What a row is refused with when the body fails on it.
fn row_text(body: &str) -> String {
    let (scores, _) =
        script(&format!("fn score(row, settings) {{\n{body}\n}}")).score(&one_row(0)).unwrap();
    let refusal = scores[0].clone().unwrap_err();
    assert_eq!(refusal.code, "RULE_SCRIPT_FAILED");
    refusal.text
}

fn unreadable(source: &str) -> LoadError {
    host().load_script(source, Law::Score).map(|rule| panic!("loaded {rule:?}")).unwrap_err()
}

fn volunteer(visits: &[i64]) -> RuleInput {
    let events = visits.iter().enumerate();
    let events = events.map(|(n, minutes)| {
        event(&format!("e{n}"), "service", Some("p1"), &[("minutes", *minutes)])
    });
    let row = RuleRow { subject: "v1".to_owned(), events: events.collect(), ..RuleRow::default() };
    let settings = named(&[
        ("band1_hours", 20),
        ("band1_hours_per_point", 1),
        ("band2_hours", 80),
        ("band2_hours_per_point", 2),
        ("band3_hours", 200),
        ("band3_hours_per_point", 3),
        ("band4_hours_per_point", 4),
    ]);
    RuleInput { day: 20_500, settings, rows: vec![row], ..RuleInput::default() }
}

fn points(rule: &dyn Rule, visits: &[i64]) -> i64 {
    let (scores, _) = rule.score(&volunteer(visits)).unwrap();
    scores[0].as_ref().unwrap().iter().map(|claim| claim.points).sum()
}

#[test]
fn golden_hours_hold() {
    let rule = script(HOURS);
    let mut checked = 0;
    for line in GOLDEN.lines().filter(|line| line.starts_with("T3_weihai_hours,")) {
        let [_, hours, want] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let minutes = hours.trim_end_matches('h').parse::<i64>().unwrap() * 60;
        let want = want.parse::<i64>().unwrap() * 100;
        assert_eq!(
            points(&*rule, if minutes == 0 { &[] } else { std::slice::from_ref(&minutes) }),
            want,
            "{line}"
        );
        // The same time in visits of 50 minutes gives the same: what counts is the total.
        let visits: Vec<i64> = (0..minutes / 50)
            .map(|_| 50)
            .chain([minutes % 50].into_iter().filter(|m| *m > 0))
            .collect();
        assert_eq!(points(&*rule, &visits), want, "{line} in visits");
        checked += 1;
    }
    assert_eq!(checked, 7);
}

#[test]
fn more_hours_never_give_fewer_points() {
    let rule = script(HOURS);
    let all: Vec<i64> = (1..400).map(|hours| points(&*rule, &[hours * 60 + 59])).collect();
    assert!(all.is_sorted());
    assert_eq!(all[0], 100, "59 minutes over an hour do not count");
}

#[test]
fn a_claim_names_its_events_and_facts_and_a_bad_record_is_a_refusal() {
    let rule = script(HOURS);
    let (scores, receipt) = rule.score(&volunteer(&[600, 660])).unwrap();
    let [claim] = &scores[0].as_ref().unwrap()[..] else { panic!("{scores:?}") };
    assert_eq!(
        (claim.subject.as_str(), claim.item.as_str(), claim.points),
        ("v1", "volunteer-hours", 2_000)
    );
    assert_eq!(claim.events, ["e0", "e1"]);
    assert_eq!(claim.facts, named(&[("minutes", 1_260), ("hours", 21)]));
    assert_eq!(claim.reason, "累计志愿服务21小时，分段折算20分");
    assert!(receipt.fuel_used > 0 && receipt.fuel_used <= receipt.fuel_max, "{receipt:?}");
    assert_eq!((receipt.abi.as_str(), receipt.engine.as_str()), ("rhai:score@0.1", "rhai 1.27.0"));

    let (scores, _) = rule.score(&volunteer(&[600, 0])).unwrap();
    assert_eq!(scores[0].as_ref().unwrap_err().code, "MINUTES_INVALID");
    // A year with a visit every few hours is within the limits.
    assert_eq!(points(&*rule, &vec![60; 2_000]), (90 + 1_800 / 4) * 100);
}

#[test]
fn a_batch_is_its_rows_one_by_one() {
    let rule = script(HOURS);
    let mut batch = volunteer(&[]);
    batch.rows = (0..50_i64)
        .map(|n| {
            let mut row = volunteer(&[n * 97 % 6_000 + 1]).rows.remove(0);
            row.subject = format!("v{n:02}");
            row.events[0].id = format!("e{n}").into();
            row
        })
        .collect();
    let (whole, _) = rule.score(&batch).unwrap();
    for (row, want) in batch.rows.iter().zip(whole) {
        let alone = RuleInput { rows: vec![row.clone()], ..batch.clone() };
        assert_eq!(rule.score(&alone).unwrap().0, [want]);
    }
}

fn quote(quantity: i64, change: impl FnOnce(&mut QuoteInput)) -> (bool, i64, i64, i64, String) {
    let mut input = QuoteInput {
        day: 20_500,
        settings: named(&[("min_points", 500), ("period_max_points", 5_000)]),
        offer: "tissues".to_owned(),
        quantity,
        account: named(&[("spendable", 3_000), ("honour", 4_000), ("redeemed_in_period", 0)]),
        offer_facts: named(&[
            ("price_points", 800),
            ("price_cents", 900),
            ("stock", 100),
            ("per_subject_max", 5),
        ]),
    };
    change(&mut input);
    let rule = host().load_script(EXCHANGE, Law::Quote).unwrap();
    let (quote, _) = rule.quote(&input).unwrap();
    (quote.eligible, quote.points, quote.cents, quote.quantity_max, quote.reason)
}

#[test]
fn exchange_prices_what_is_allowed() {
    assert_eq!(quote(1, |_| ()), (true, 800, 900, 3, String::new()));
    assert_eq!(quote(3, |_| ()), (true, 2_400, 2_700, 3, String::new()));
    let open = |input: &mut QuoteInput| {
        input.settings.clear();
        input.account = named(&[("spendable", 800)]);
        input.offer_facts = named(&[("price_points", 800), ("price_cents", 0)]);
    };
    assert_eq!(
        quote(1, open),
        (true, 800, 0, 1, String::new()),
        "what is not written does not limit"
    );
}

#[test]
fn exchange_says_which_limit_holds() {
    type Change = fn(&mut QuoteInput);
    let cases: [(i64, Change, &str, i64); 9] = [
        (0, |_| (), "QUANTITY_INVALID", 0),
        (1, |q| _ = q.offer_facts.insert("price_points".into(), 0), "PRICE_INVALID", 0),
        (1, |q| _ = q.settings.insert("honour_min".into(), 4_001), "HONOUR_TOO_LOW", 0),
        (1, |q| _ = q.account.insert("spendable".into(), 499), "BELOW_MINIMUM", 0),
        (1, |q| _ = q.offer_facts.insert("stock".into(), 0), "OUT_OF_STOCK", 0),
        (3, |q| _ = q.account.insert("redeemed_in_period".into(), 3), "SUBJECT_LIMIT", 2),
        (2, |q| _ = q.account.insert("points_in_period".into(), 4_000), "PERIOD_LIMIT", 1),
        (4, |_| (), "NOT_ENOUGH_POINTS", 3),
        (1, |q| _ = q.account.insert("spendable".into(), 799), "NOT_ENOUGH_POINTS", 0),
    ];
    for (quantity, change, reason, most) in cases {
        assert_eq!(quote(quantity, change), (false, 0, 0, most, reason.to_owned()));
        assert!(
            EXCHANGE.contains(&format!("//   {reason} ")),
            "{reason} is not explained in the header"
        );
    }
}

#[test]
fn both_townships_redeem_by_the_same_text() {
    let other = include_str!(
        "../../../../policies/laixi/townships/370285102-xiagezhuang/editions/2026-01-01/rules/exchange.rhai"
    );
    assert_eq!(EXCHANGE, other);
}

#[test]
fn what_cannot_be_read_has_a_place_and_a_chinese_text() {
    let inside = |body: &str| format!("fn score(row, settings) {{\n    {body}\n}}");
    let cases = [
        ("let x = 1.5 + 2; []", "不允许小数，请用整数（1.00分写成100）"),
        ("let x = 1; let x = 2; []", "变量“x”已经定义过"),
        ("print(1); []", "规则里不能用“print”"),
        ("eval(\"1\"); []", "规则里不能用“eval”"),
        ("y + 1", "没有名为“y”的变量"),
        ("let x = \"abc", "引号没有配对"),
        ("let x = (1 + 2; []", "这里少了“)”"),
    ];
    for (body, text) in cases {
        let error = unreadable(&inside(body));
        assert_eq!(
            (error.code, error.text.as_str(), error.line),
            (LoadCode::Syntax, text, 2),
            "{body}: {error:?}"
        );
        assert!(error.column > 0 && !error.help.is_empty(), "{body}: {error:?}");
    }
    for body in ["import \"x\" as y; []", "let f = |x| x; []"] {
        assert_eq!(unreadable(&inside(body)).code, LoadCode::Syntax, "{body}");
    }
    assert_eq!(unreadable("fn score(row) { [] }").code, LoadCode::NoFunction);
    assert_eq!(host().load_script(HOURS, Law::Quote).unwrap_err().code, LoadCode::NoFunction);
    assert_eq!(host().load_script(HOURS, Law::Settle).unwrap_err().code, LoadCode::NoFunction);
    assert_eq!(unreadable(&"//".repeat(40_000)).code, LoadCode::TooLarge);
}

#[test]
fn a_row_that_fails_is_refused_with_its_place_and_the_others_keep_theirs() {
    assert_eq!(
        row_text("let x = 9223372036854775807;\nx + 1"),
        "第3行第3列：算不出来：结果超出整数范围；先除后乘会丢尾数，请用 mul_div(a, b, c)"
    );
    assert_eq!(
        row_text("half_up(1, 0)"),
        "第2行第1列：算不出来：除数为零；除以前先判断除数是不是0"
    );
    assert!(row_text("row.nothing").contains("没有名为“nothing”的数据项"));
    assert!(row_text("settings.weight").starts_with("第2行第"));
    for outside in [
        "timestamp()",
        "rand()",
        "open_file(\"x\")",
        "sqrt(4)",
        "sleep(1)",
        "parse_json(\"{}\")",
        "exit()",
    ] {
        assert!(row_text(outside).contains("没有函数或运算"), "{outside}");
    }
    assert!(row_text("throw \"不行\"").contains("规则自己停止了：不行"));

    let mut two = volunteer(&[60]);
    two.rows.push(RuleRow {
        subject: "v2".into(),
        events: vec![event("x", "service", None, &[])],
        ..RuleRow::default()
    });
    let (scores, _) = script(HOURS).score(&two).unwrap();
    assert!(scores[0].is_ok() && scores[1].is_err(), "{scores:?}");
}

#[test]
fn scripts_that_go_on_grow_or_recurse_are_stopped() {
    let max = Limits::default().operations + Limits::default().operations_per_event;
    for body in ["loop { }", "let n = 0; loop { n = (n + 1) % 7; }"] {
        let error = failure(body);
        assert_eq!(error, RuleError::Limit { limit: LimitKind::Fuel, max }, "{body}");
        assert_eq!(error.code(), "RULE_FUEL_EXHAUSTED");
        assert!(error.text().contains("死循环"), "{}", error.text());
    }

    let deep = script("fn f(n) { f(n + 1) }\nfn score(row, settings) { f(0) }")
        .score(&one_row(0))
        .unwrap_err();
    assert_eq!(deep.code(), "RULE_STACK_EXHAUSTED");
    assert_eq!(failure("let s = \"abcdefgh\"; loop { s += s; }").code(), "RULE_MEMORY_LIMIT");
    assert_eq!(failure("let a = []; loop { a.push(1); }").code(), "RULE_MEMORY_LIMIT");
}

#[test]
fn answers_of_the_wrong_shape_are_thrown_away() {
    let claim = |change: &str| {
        format!("#{{ item: \"i\", points: 1, reason: \"r\", clause: \"c\"{change} }}")
    };
    for (body, want) in [
        ("1".to_owned(), "a i64 where a map"),
        ("#{ item: \"i\" }".to_owned(), "`reason` is missing"),
        (claim(", more: 1"), "`more` is no field"),
        (claim(", events: [1]"), "names place 1"),
        (claim(", facts: #{ a: \"x\" }"), "fact `a` is a string"),
        (format!("[{}, {}]", claim(""), claim("")), "two claims for"),
        (claim("").replace("points: 1", "points: 2000000000000"), "beyond 1000000000000"),
        (claim("").replace("\"r\"", "\"\""), "empty or longer"),
        ("#{ refuse: \"lower\", text: \"x\" }".to_owned(), "no refusal code"),
    ] {
        let error = failure(&body);
        assert_eq!(error.code(), "RULE_BAD_ANSWER", "{body}: {error:?}");
        let want = want.replace("no refusal code", "is not a refusal code");
        assert!(error.to_string().contains(&want) || want.contains("`reason`"), "{body}: {error}");
    }
}

#[test]
fn exact_arithmetic_is_offered() {
    let rule = script(
        "fn score(row, settings) { #{ item: \"i\", points: half_up(4999 * 200, 1000), reason: \"r\", clause: \"c\", \
         facts: #{ a: mul_div(-7, 1, 2), b: mul_div(9223372036854775807, 2, 4), c: half_up(5, 10), d: -7 / 2 } } }",
    );
    let (scores, _) = rule.score(&one_row(0)).unwrap();
    let claim = &scores[0].as_ref().unwrap()[0];
    assert_eq!(claim.points, 1_000);
    assert_eq!(claim.facts, named(&[("a", -3), ("b", i64::MAX / 2), ("c", 1), ("d", -3)]));
}
