//! Both sides of each `if` and each case of a `switch` are counted, and counting changes no answer.

use rules::Side::{self, Case, Fails, Holds};
use rules::{Law, Limits, RuleHost, RuleInput, RuleRow};

/// The numbers of days that the rows are asked about, the answers, and which ways were taken how often.
fn walked(body: &str, days: &[i64]) -> Vec<(u32, Side, u64)> {
    let source = format!(
        "fn say(points) {{ #{{ item: \"a\", points: points, reason: \"r\", clause: \"c\" }} }}\n\
         fn score(row, settings) {{\n{body}\n}}"
    );
    let host = RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap();
    let rule = host.load_script(&source, Law::Score).unwrap();
    let (counting, trace) = host.trace_script(&source, Law::Score).unwrap().unwrap();
    for day in days {
        let rows = vec![RuleRow { subject: "h1".to_owned(), ..RuleRow::default() }];
        let asked = RuleInput { day: *day, rows, ..RuleInput::default() };
        assert_eq!(counting.score(&asked).unwrap().0, rule.score(&asked).unwrap().0, "{body}");
    }
    trace.ways().iter().map(|way| (way.line, way.side, way.hits)).collect()
}

#[test]
fn both_sides_of_an_if_are_counted_with_and_without_else() {
    let body = "let a = 0;
        if row.day > 5 { a += 1; }
        let b = if row.day == 7 { 2 } else { 3 };
        say(a + b)";
    assert_eq!(
        walked(body, &[1, 6, 7]),
        [(4, Holds, 2), (4, Fails, 1), (5, Holds, 1), (5, Fails, 2)]
    );
}

#[test]
fn an_else_if_is_the_other_side_of_the_one_before() {
    let body = "if row.day < 3 {
        say(1)
        } else if row.day < 5 {
        say(2)
        } else if row.day == #{ a: 9 }.a {
        say(3)
        }
        else { say(4) }";
    assert_eq!(
        walked(body, &[1, 4, 4, 8, 9]),
        [(3, Holds, 1), (3, Fails, 4), (5, Holds, 2), (5, Fails, 2), (7, Holds, 1), (7, Fails, 1)]
    );
    // without a last `else`, and one that is never reached
    let body = "let a = 0;
        if row.day < 3 { a = 1; } else if row.day < 5 { }
        say(a)";
    assert_eq!(walked(body, &[1, 1]), [(4, Holds, 2), (4, Fails, 0), (4, Holds, 0), (4, Fails, 0)]);
}

#[test]
fn each_case_of_a_switch_is_counted() {
    let body = "let a = switch row.day {
            1 | 2 => if row.day == 1 { 10 } else { 11 },
            3 if row.kind == \"x\" => 12,
            8 => switch row.kind { \"\" => 14, _ => 15 },
            4..7 => { let b = 13; b }
            _ => [16, 17][0]
        };
        say(a)";
    assert_eq!(
        walked(body, &[1, 1, 3, 5, 8]),
        [
            (4, Case, 2),
            (4, Holds, 2),
            (4, Fails, 0),
            (5, Case, 0),
            (6, Case, 1),
            (6, Case, 1),
            (6, Case, 0),
            (7, Case, 1),
            (8, Case, 1),
        ]
    );
}
