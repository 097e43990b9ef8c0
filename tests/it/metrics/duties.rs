//! Duties nobody recorded in time, and records that came late.

use engine::dues::{Due, Standing, dues};
use engine::record::Effect;
use model::DivisionCode;
use serde_json::{Value, json};

use super::{Beside, VILLAGE, day, matter, meeting, shipped, state};

/// Rows of one rule.
fn of<'a>(said: &'a Value, list: &str, rule: &str) -> Vec<&'a Value> {
    said[list].as_array().unwrap().iter().filter(|row| row["rule"] == rule).collect()
}

#[test]
fn a_quarterly_duty_without_a_record_is_listed_and_a_late_record_marks_the_office_down() {
    let beside = Beside::new("metrics-duties");
    let server = &beside.server;
    server.day_is("2026-12-07");
    // held on the first, entered on the seventh: three working days end on the fourth
    let record = json!({"body": "REP", "village": VILLAGE, "item": "", "matter": "",
        "day": "2026-12-01", "notice_day": "2026-11-25", "eligible": 40, "present": 38,
        "in_favour": 36, "against": 2, "abstain": 0});
    let recorded = server.post("clerk", "/v1/meetings", &record);
    assert_eq!(recorded.status, 201, "{}", recorded.body);
    let id = recorded.body["id"].as_str().unwrap().to_owned();

    let (code, said) = beside.metrics(&["lateness", "--village", VILLAGE]);
    assert_eq!(code, Some(0), "{said}");
    let rows = of(&said, "assessment", "D05");
    assert_eq!(rows.len(), 1, "{said}");
    let row = rows[0];
    assert_eq!((&row["about"], &row["due"]), (&json!(id), &json!("2026-12-04")), "{row}");
    assert_eq!((&row["made"], &row["days_late"]), (&json!("2026-12-07"), &json!(3)), "{row}");
    assert_eq!((&row["office"], &row["deducted"]), (&json!("村（居）民委员会"), &json!(50)));
    assert!(!said.to_string().contains("-h0"), "no household is named: {said}");

    server.day_is("2027-01-06");
    let overdue = ["duties", "--overdue", "--village"];
    let (code, said) = beside.metrics(&[&overdue[..], &["370285102000"]].concat());
    assert_eq!(code, Some(2), "{said}");
    let missing = of(&said, "duties", "D01");
    let here = |row: &&Value| row["village"] == VILLAGE;
    assert!(missing.len() > 10 && !missing.iter().any(here), "the others did not meet: {said}");
    let row = missing[0];
    assert_eq!((&row["entry"], &row["due"]), (&json!("DU-07"), &json!("2027-01-05")), "{row}");
    assert_eq!((&row["days_late"], &row["about"]), (&json!(1), &json!("2026年第4季度")), "{row}");
    assert_eq!(row["basis"], json!(["《中华人民共和国村民委员会组织法》第30条"]), "{row}");
    assert_eq!(row["office"], "村（居）民委员会", "{row}");

    // a day earlier it was not yet due, and the public reads the same as the command
    let (_, before) =
        beside.metrics(&[&overdue[..], &["370285102000", "--on", "2027-01-05"]].concat());
    assert!(of(&before, "duties", "D01").is_empty(), "{before}");
    let public = server.get("", "/public/figures/duties?village=370285102000");
    assert_eq!(public.status, 200, "{}", public.body);
    assert_eq!(of(&public.body, "overdue", "D01"), missing);
    assert!(!public.body.to_string().contains(&id), "no meeting is named in public");
    assert_eq!(server.get("", "/public/figures/duties?village=370285999999").status, 404);
}

/// How the rows of a rule stand at the demo's village.
fn stands(effects: Vec<Effect>, rule: &str, on: &str) -> Vec<(Standing, i64)> {
    let package = shipped();
    let place = DivisionCode::parse(VILLAGE).unwrap();
    let all = dues(&state(effects), &package, place, None, day(on)).unwrap();
    let of_rule = |due: &&Due<'_>| due.rule.id == rule;
    all.iter().filter(of_rule).map(|due| (due.standing, due.days_late)).collect()
}

#[test]
fn a_publication_counts_once_for_the_earliest_open_month() {
    use Standing::{Met, Overdue, Waiting};
    // D03: every month from October on, ten days after its end
    for (published, on, want) in [
        (&[][..], "2026-11-10", vec![(Waiting, 0), (Waiting, 0)]),
        (&[], "2026-11-11", vec![(Overdue, 1), (Waiting, 0)]),
        (&["2026-10-31"], "2026-11-11", vec![(Met, 0), (Waiting, 0)]),
        (&["2026-11-05"], "2026-12-11", vec![(Met, 0), (Overdue, 1), (Waiting, 0)]),
        (&["2026-11-05", "2026-11-06"], "2026-12-11", vec![(Met, 0), (Met, 0), (Waiting, 0)]),
        (&["2026-10-05", "2026-10-25"], "2026-12-11", vec![(Met, 0), (Overdue, 1), (Waiting, 0)]),
        // after its time it counts for the month it lies in
        (&["2026-11-11"], "2026-12-01", vec![(Overdue, 21), (Met, 0), (Waiting, 0)]),
        // what comes after the day looked at is not there yet
        (&["2026-11-05"], "2026-11-04", vec![(Waiting, 0), (Waiting, 0)]),
    ] {
        let rows = published.iter().enumerate().map(|(at, on)| {
            Effect::Matter(matter(&format!("2026-{at:03}"), "P19", "2026-10-02", &[("PUB1", on)]))
        });
        assert_eq!(stands(rows.collect(), "D03", on), want, "{published:?} on {on}");
    }
}

#[test]
fn a_meeting_counts_with_its_quorum_from_the_day_it_was_entered() {
    use Standing::{Late, Met, Overdue, Unknown};
    let held = "2026-12-30";
    for (recorded, present, quarter) in [
        (Some("2026-12-31"), 38, (Met, 0)),
        (Some("2027-01-06"), 38, (Late, 1)),
        // 26 of 40 are fewer than two thirds: no meeting was held
        (Some("2026-12-31"), 26, (Overdue, 2)),
        (Some("2027-01-20"), 38, (Overdue, 2)),
        // an older record does not say when it was entered, so nobody can tell
        (None, 38, (Unknown, 0)),
    ] {
        let row = || vec![Effect::Meeting(meeting("REP", held, recorded, present))];
        let first = stands(row(), "D01", "2027-01-07")[0];
        assert_eq!(first, quarter, "{recorded:?} {present}");
        // three working days from 30 December reach a year without a holiday calendar
        let near = stands(row(), "D05", "2027-01-07");
        assert_eq!(near, [(Unknown, 0)], "{recorded:?}");
    }
    let row = |recorded| vec![Effect::Meeting(meeting("REP", "2026-12-01", recorded, 38))];
    for (recorded, want) in
        [(Some("2026-12-04"), (Met, 0)), (Some("2026-12-05"), (Late, 1)), (None, (Unknown, 0))]
    {
        assert_eq!(stands(row(recorded), "D05", "2026-12-20"), [want], "{recorded:?}");
    }
}

#[test]
fn the_papers_of_works_are_due_from_the_day_of_publication() {
    use Standing::{Late, Met, Overdue, Waiting};
    let paid = ("PAY", "2026-11-01");
    for (rule, steps, on, want) in [
        ("D06", &[paid][..], "2026-12-02", vec![(Waiting, 0)]),
        ("D06", &[paid], "2026-12-03", vec![(Overdue, 1)]),
        ("D06", &[paid, ("PUB2", "2026-12-05")], "2026-12-31", vec![(Late, 3)]),
        ("D08", &[paid], "2026-12-31", vec![]),
        // twenty working days from Monday 2 November end on Monday 30
        ("D08", &[("PUB2", "2026-11-02"), ("ARC", "2026-11-30")], "2026-12-31", vec![(Met, 0)]),
        ("D08", &[("PUB2", "2026-11-02"), ("ARC", "2026-12-03")], "2026-12-31", vec![(Late, 3)]),
    ] {
        let row = matter("2026-001", "P05", "2026-10-02", steps);
        assert_eq!(stands(vec![Effect::Matter(row)], rule, on), want, "{rule} {steps:?} {on}");
    }
    let before = matter("2026-001", "P05", "2026-09-30", &[paid]);
    assert_eq!(stands(vec![Effect::Matter(before)], "D06", "2026-12-31"), [], "opened too early");
}
