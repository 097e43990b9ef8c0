use std::sync::Arc;

use proptest::prelude::*;

use super::super::Scripts;
use super::*;
use crate::{Law, Limits, Rule as _, RuleEvent, RuleInput, RuleRow};

fn wanted(source: &str) -> Option<(Vec<&'static str>, Vec<&'static str>)> {
    let found = Wanted::of(source, "score");
    let names = |list: &[&'static str], seen: &[bool]| {
        list.iter().zip(seen).filter(|(_, seen)| **seen).map(|(name, _)| *name).collect()
    };
    (found != Wanted::ALL).then(|| (names(&ROW, &found.row), names(&EVENT, &found.event)))
}

#[test]
fn members_that_are_read_by_name_are_wanted_and_no_others() {
    let source = "fn score(row, settings) {
        let sum = 0;
        for event in row.events {
            // event.day is left alone
            if event.kind != \"visit\" { continue; }
            sum += event.quantities.times;
        }
        for other in row.events { if other.recorded > row.day && row.day == 5 { sum += 1; } }
        if row.events.len() == 0 { return []; }
        #{ item: \"a\", points: sum, reason: `次数${sum}`, clause: \"events\", facts: #{ event: 1 } }
    }";
    let (row, event) = wanted(source).unwrap();
    assert_eq!(row, ["day", "events"]);
    assert_eq!(event, ["kind", "quantities", "recorded"]);
    assert_eq!(wanted("fn score(a, b) { [] }"), Some((vec![], vec![])));
}

#[test]
fn whatever_else_is_done_with_a_row_or_an_event_makes_everything() {
    for body in [
        "f(row)",
        "row",
        "row.day()",
        "row.events.len(); } fn len() { this[0].keys()",
        "for event in row.events { event.kind() }",
        "row.day } fn f() { this",
        "row.day = 5;",
        "row.period.first += 1;",
        "row.facts[\"a\"] = 1;",
        "for event in row.events { event.day = 5; }",
        "for event in row.events { event.quantities.times **= 5; }",
        "`${ `x` + row.len() + `y` }`",
        "`${ \"`\" + row.len() + \"`\" }`",
        "`${ /* ` */ row.len() }`",
        "// row\r row.len()",
        "let other = row;",
        "row == row",
        "row[\"day\"]",
        "row?.day",
        "row.keys()",
        "row.other",
        "`${row.day}`",
        "let a = row.events;",
        "row.events[0].day",
        "row.events.filter(f)",
        "for (event, n) in row.events { }",
        "for event in row.events { f(event) }",
        "for event in row.events { [event] }",
        "for event in row.events { #{ a: event } }",
        "for event in row.events { event.keys() }",
        "for event in row.events { event[\"day\"] }",
        "for event in row.events { `${event.day}` }",
        "for event in row.events { \"day\" in event }",
        "for row in row.events { row.day }",
        "for event in row.events { } let event = 5; event + 1",
        "let a = #\"a\"b\"#; f(row); \"",
        "} fn score(other) { other.kind",
        "} fn f(row) { row.anything",
    ] {
        let source = format!("fn score(row, settings) {{ {body} }}");
        assert_eq!(wanted(&source), None, "{body}");
    }
    assert_eq!(wanted("fn grade(row, settings) { row.day }"), None);
}

/// Statements that a script may be made of; each leaves what it saw in `seen`.
const STATEMENTS: [&str; 30] = [
    "seen += row.day;",
    "seen += row.kind.len();",
    "seen += row.members.len() + row.excluded.len();",
    "seen += row.period.first;",
    "seen += `${row.period}`.len();",
    "for k in row.facts.keys() { seen += row.facts[k]; }",
    "for event in row.events { seen += event.day * 3; }",
    "for event in row.events { if event.actor != () { seen += event.actor; } }",
    "for event in row.events { seen += event.quantities.len(); }",
    "for event in row.events { for n in event.quantities.values() { seen += n; } }",
    "for event in row.events { event.day = 5; seen += event.day; }",
    "for event in row.events { seen += event.len(); }",
    "for event in row.events { seen += `${event}`.len(); }",
    "for event in row.events { for k in event.keys() { seen += k.len(); } }",
    "for event in row.events { if \"member\" in event { seen += 7; } }",
    "for event in row.events { if event == #{ kind: event.kind } { seen += 11; } }",
    "for (event, n) in row.events { seen += n + event.recorded; }",
    "for other in row.events { seen += helper(other); }",
    "seen += row.events.len();",
    "seen += row.day();",
    "row.day = 9; seen += row.day;",
    "seen += `${ `x` + row.len() + `y` }`.len();",
    "for event in row.events { seen += event.kind(); }",
    "if row.events.len() > 1 && row.events[0] == row.events[1] { seen += 13; }",
    "seen += row.len();",
    "seen += `${row}`.len();",
    "let copy = row; seen += copy.len();",
    "seen += row[\"day\"];",
    "switch row { #{} => seen += 1, _ => seen += 2 }",
    "let e = row.events; e.dedup(); seen += e.len();",
];

fn asked() -> RuleInput {
    let event = |n: i64| RuleEvent {
        id: format!("e{n}").into(),
        kind: if n < 2 { "visit" } else { "meeting" }.into(),
        day: if n < 2 { 20_000 } else { 20_001 },
        actor: (n != 1).then(|| format!("p{n}").into()),
        quantities: [("times".into(), n), ("minutes".into(), 40)].into(),
        ..RuleEvent::default()
    };
    let row = RuleRow {
        subject: "h1".to_owned(),
        excluded_actors: vec!["p9".to_owned()],
        members: vec!["p2".to_owned(), "p8".to_owned()],
        kind: "household".to_owned(),
        facts: [("land".to_owned(), 3)].into(),
        events: (0..4).map(event).collect(),
        ..RuleRow::default()
    };
    RuleInput { day: 20_500, rows: vec![row], ..RuleInput::default() }
}

proptest! {
    #[test]
    fn no_script_can_tell_what_was_left_out(
        chosen in prop::collection::vec(0..STATEMENTS.len(), 1..5),
        own in prop_oneof![Just(""), Just("fn day() { this.len() } fn kind() { this.len() }"), Just("fn len() { 1 }")],
    ) {
        let one = |n: &usize| Some(format!("{{ {} }} ", STATEMENTS.get(*n)?));
        let statements: String = chosen.iter().filter_map(one).collect();
        let source = format!(
            "fn helper(event) {{ event.len() }} {own} fn score(row, settings) {{ let seen = 0; {statements} \
             #{{ item: \"a\", points: seen, reason: `看到${{seen}}`, clause: \"c\" }} }}"
        );
        let scripts = Scripts::new(Arc::new(Limits::default()));
        let mut rule = scripts.read(&source, Law::Score).unwrap();
        let given = rule.score(&asked());
        rule.wanted = Wanted::ALL;
        prop_assert_eq!(given, rule.score(&asked()), "{}", source);
    }
}
