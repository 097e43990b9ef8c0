use super::*;

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
        for other in row.events { if other.recorded > row.day { sum += 1; } }
        if row.events.len() == 0 { return []; }
        #{ item: \"a\", points: sum, reason: `次数${sum}`, clause: \"event\", facts: #{ event: 1 } }
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
