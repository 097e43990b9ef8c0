//! Scripts that cost more than their operations say.

use std::sync::Arc;

use rules::{Law, LimitKind, Limits, Rule, RuleError, RuleEvent, RuleHost, RuleInput, RuleRow};

fn script(source: &str, law: Law) -> Arc<dyn Rule> {
    let host = RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap();
    host.load_script(source, law).unwrap()
}

fn village(rows: usize) -> RuleInput {
    let row = |number| RuleRow { subject: format!("h{number:04}"), ..RuleRow::default() };
    RuleInput { day: 20_500, rows: (0..rows).map(row).collect(), ..RuleInput::default() }
}

/// One operation for a copy of ten thousand numbers: operations alone would let it go on for the better part of an hour.
#[test]
fn scripts_whose_single_operations_are_large_are_stopped_by_the_clock() {
    let limits =
        Limits { instances: 1, script_millis: 50, script_millis_per_row: 1, ..Limits::default() };
    let tight = RuleHost::new(limits).unwrap();
    let copies = "fn settle(rows, settings) {
        let list = [];
        for n in 0..10000 { list.push(n); }
        loop { let copy = list; }
    }";
    let asked = village(300);
    let error = tight.load_script(copies, Law::Settle).unwrap().settle(&asked).unwrap_err();
    assert_eq!(error, RuleError::Limit { limit: LimitKind::Time, max: 50 + 300 });
    assert_eq!(error.code(), "RULE_TIME_LIMIT");
    assert!(error.text().contains("算得太久"), "{}", error.text());
}

#[test]
fn replacing_measures_before_it_makes() {
    // a thousand times a thousand would be a megabyte in a row's script, which has 4 KiB
    let grow = "fn score(row, settings) {
        let text = \"\";
        text.pad(1000, 'a');
        let other = text;
        text.replace(\"a\", other);
        []
    }";
    let error = script(grow, Law::Score).score(&village(1)).unwrap_err();
    assert_eq!(error, RuleError::Limit { limit: LimitKind::Memory, max: 4_096 });
    for (call, want) in [
        ("replace(\"ab\", \"\")", "c"),
        ("replace('a', \"xy\")", "xybc"),
        ("replace(\"abc\", 'z')", "z"),
        ("replace('c', 'd')", "abd"),
        ("replace(\"q\", \"long\")", "abc"),
    ] {
        let source = format!(
            "fn score(row, settings) {{ let t = \"abc\"; t.{call}; #{{ item: \"a\", points: 0, reason: t, clause: \"c\" }} }}"
        );
        let (scores, _) = script(&source, Law::Score).score(&village(1)).unwrap();
        assert_eq!(scores[0].as_ref().unwrap()[0].reason, want, "{call}");
    }
}

#[test]
fn work_on_a_whole_list_is_paid_for_by_its_length() {
    let ask = |length: usize| {
        let source = format!(
            "fn score(row, settings) {{ let a = []; a.pad({length}, 5); ranks(a); largest_remainder(7, a); [] }}"
        );
        script(&source, Law::Score).score(&village(1)).unwrap().1.fuel_used
    };
    assert_eq!(ask(1_000) - ask(10), 2 * 990);
}

/// A script whose answer depends on the row, which fails on one of them.
const BY_DAY: &str = "fn score(row, settings) {
    if row.events.len() == 0 { return []; }
    for event in row.events {
        if event.quantities.times == 13 { return #{ refuse: \"NOT_THIRTEEN\", text: \"不记\" }; }
    }
    let day = 0;
    for event in row.events { day += event.day / (event.quantities.times - 401); }
    #{ item: \"a\", points: day, reason: `日${day}`, clause: \"c\" }
}";

fn days(rows: i64) -> RuleInput {
    let mut asked = village(usize::try_from(rows).unwrap());
    for (row, number) in asked.rows.iter_mut().zip(0_i64..) {
        row.events = (0..number % 4)
            .map(|day| RuleEvent {
                id: format!("e{number}-{day}").into(),
                kind: "visit".into(),
                day: 20_000 + day * number,
                quantities: [("times".into(), number)].into(),
                ..RuleEvent::default()
            })
            .collect();
    }
    asked
}

#[test]
fn many_rows_at_once_are_the_rows_one_by_one() {
    let rule = script(BY_DAY, Law::Score);
    let asked = days(700);
    let (whole, receipt) = rule.score(&asked).unwrap();
    let (mut parts, mut used, mut most) = (Vec::new(), 0, 0);
    for rows in asked.rows.chunks(70) {
        let (scores, own) =
            rule.score(&RuleInput { rows: rows.to_vec(), ..asked.clone() }).unwrap();
        parts.extend(scores);
        (used, most) = (used + own.fuel_used, most + own.fuel_max);
    }
    assert_eq!(whole, parts);
    assert_eq!((receipt.fuel_used, receipt.fuel_max), (used, most));
    assert_eq!(whole[13].as_ref().unwrap_err().code, "NOT_THIRTEEN");
    // division by zero, in the second half
    assert_eq!(whole[401].as_ref().unwrap_err().code, "RULE_SCRIPT_FAILED");
}

#[test]
fn a_limit_in_either_half_throws_the_answer_away() {
    let source = "fn score(row, settings) {
        for event in row.events { if event.quantities.times == 600 { loop { } } }
        []
    }";
    let rule = script(source, Law::Score);
    let mut asked = days(700);
    asked.rows[600].events = asked.rows[601].events.clone();
    asked.rows[600].events[0].quantities.insert("times".into(), 600);
    asked.rows.remove(601);
    assert_eq!(rule.score(&asked).unwrap_err().code(), "RULE_FUEL_EXHAUSTED");
    asked.rows.rotate_left(400);
    assert_eq!(rule.score(&asked).unwrap_err().code(), "RULE_FUEL_EXHAUSTED");
    asked.rows.remove(200);
    assert!(rule.score(&asked).is_ok());
}

#[test]
fn bands_count_whole_units_only() {
    let ask = |call: &str| {
        let source = format!(
            "fn score(row, settings) {{ #{{ item: \"a\", points: {call}, reason: \"r\", clause: \"c\" }} }}"
        );
        let scores = script(&source, Law::Score).score(&village(1)).unwrap().0;
        scores.into_iter().next().unwrap().map(|claims| claims[0].points).map_err(|e| e.text)
    };
    for (call, want) in [
        ("in_band(25, 0, 20, 2)", 10),
        ("in_band(25, 20, 80, 2)", 2),
        ("in_band(20, 20, 80, 2)", 0),
        ("in_band(5, 20, 80, 2)", 0),
        ("in_band(200, 20, 80, 7)", 8),
        ("in_band(-5, 0, 20, 1)", 0),
    ] {
        assert_eq!(ask(call), Ok(want), "{call}");
    }
    assert!(ask("in_band(25, 0, 20, 0)").unwrap_err().contains("除数为零"));
    assert!(ask("in_band(9223372036854775807, -5, 9223372036854775807, 1)").is_err());
}

/// Values that lie in each other as deep as there may be elements: copying and freeing them goes as deep.
#[test]
fn a_village_nests_as_deep_as_its_limits_and_nobody_falls() {
    for (start, deeper) in [("[0]", "[list[0]]"), ("#{ a: 0 }", "#{ a: list.a }")] {
        let place = if start.starts_with('[') { "list[0]" } else { "list.a" };
        let source = format!(
            "fn settle(rows, settings) {{
                let list = {start};
                for n in 0..39000 {{ {place} = {deeper}; }}
                list
            }}"
        );
        let error = script(&source, Law::Settle).settle(&village(100)).unwrap_err();
        // the answer is no answer; a machine that is slow ends it earlier
        assert!(["RULE_BAD_ANSWER", "RULE_TIME_LIMIT"].contains(&error.code()), "{error:?}");
    }
}

#[test]
fn of_two_errors_the_one_of_the_earlier_row_is_told() {
    // the later one is found at once, the earlier one after a hundred thousand operations
    let source = "fn score(row, settings) {
        for event in row.events {
            if event.day == 5 { loop { } }
            if event.day == 6 { return 1; }
        }
        []
    }";
    let rule = script(source, Law::Score);
    let mut asked = days(700);
    let event = |id: &str, day| RuleEvent { id: id.into(), day, ..RuleEvent::default() };
    asked.rows[348].events = vec![event("slow", 5)];
    asked.rows[350].events = vec![event("wrong", 6)];
    assert_eq!(rule.score(&asked).unwrap_err().code(), "RULE_FUEL_EXHAUSTED");
    asked.rows[348].events.clear();
    assert_eq!(rule.score(&asked).unwrap_err().code(), "RULE_BAD_ANSWER");
}
