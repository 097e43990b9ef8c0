//! Scripts that cost more than their operations say.

use std::sync::Arc;

use rules::{Law, LimitKind, Limits, Rule, RuleError, RuleHost, RuleInput, RuleRow};

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
