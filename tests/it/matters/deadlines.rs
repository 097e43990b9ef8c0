//! Deadlines in working days, over a calendar that the package brings, and without one.

use model::CivilDay;
use serde_json::json;
use tests::district;

use super::{discuss, meet, move_to, open, served, take, view};

const CALENDAR: &str = r#"year = 2028
source = "测试用的放假表，不是国家公布的"

[[holidays]]
name = "国庆节"
from = "2028-10-01"
to = "2028-10-07"
workdays = ["2028-09-30", "2028-10-08"]
"#;

fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

/// The calendars the district ships with, as the flow engine counts them.
fn shipped() -> flow::Calendar {
    let files = engine::files::read_package(&district::root().join("policies/laixi")).unwrap();
    let package = package::load(&files).package.unwrap();
    let mut calendar = flow::Calendar::default();
    for (year, of) in package.editions().first().unwrap().calendar() {
        let off = of.holidays.iter().flat_map(package::Holiday::days);
        let on = of.holidays.iter().flat_map(|h| h.workdays.iter().copied());
        calendar.add(*year, off, on);
    }
    calendar
}

#[test]
fn the_shipped_calendars_know_the_national_day() {
    let calendar = shipped();
    for (from, days, due) in [
        ("2022-09-30", 5, "2022-10-12"),
        ("2025-09-30", 1, "2025-10-09"),
        ("2025-09-26", 2, "2025-09-29"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-09-24", 1, "2026-09-28"),
    ] {
        assert_eq!(calendar.after(day(from), days), Ok(day(due)), "{from} + {days}");
    }
    assert_eq!(calendar.after(day("2026-12-31"), 1).unwrap_err().year, 2027);
}

#[test]
fn the_next_step_tells_its_last_working_day_and_when_it_has_passed() {
    let server = served("deadline", |policies| {
        district::write(&policies.join("calendar/2028.toml"), CALENDAR);
    });
    move_to(&server, "2028-06-01");
    let matter = open(
        &server,
        "clerk",
        &json!({"item": "P01", "village": super::VILLAGE, "title": "修建文化广场"}),
    );
    discuss(&server, &matter, "PTY");
    move_to(&server, "2028-09-24");
    let record = meet(&server, &matter, ("REP", 45, 36, 30), 5);
    take(&server, "director", &matter, &json!({"step": "REP", "record": record}));
    let next = |today: &str| {
        move_to(&server, today);
        let view = view(&server, &matter);
        assert_eq!(view["state"], "open");
        view["next"][0].clone()
    };
    let on_time = next("2028-10-09");
    println!("{on_time}");
    assert_eq!((&on_time["step"], &on_time["latest"]), (&json!("PUB1"), &json!("2028-10-09")));
    assert_eq!(on_time["overdue"], false);
    assert!(on_time["who"].as_str().is_some_and(|who| who.contains("文书")));
    let late = next("2028-10-10");
    assert_eq!((&late["latest"], &late["overdue"]), (&json!("2028-10-09"), &json!(true)));
    take(&server, "clerk", &matter, &json!({"step": "PUB1"}));
}

#[test]
fn a_year_without_a_calendar_is_named_and_no_day_is_guessed() {
    let server = served("no-calendar", |_| {});
    move_to(&server, "2028-06-01");
    let matter = open(
        &server,
        "clerk",
        &json!({"item": "P01", "village": super::VILLAGE, "title": "修建文化广场"}),
    );
    discuss(&server, &matter, "REP");
    let next = view(&server, &matter)["next"][0].clone();
    println!("{next}");
    assert_eq!((&next["step"], &next["latest"]), (&json!("PUB1"), &json!(null)));
    assert_eq!(next["latest_unknown"]["year"], 2028);
    assert!(next["latest_unknown"]["text"].as_str().is_some_and(|t| t.contains("2028年")));
    let english = server.get("clerk", &format!("/v1/matters/{matter}?lang=en"));
    let text = english.body["next"][0]["latest_unknown"]["text"].as_str().unwrap_or_default();
    assert!(text.contains("calendar/2028.toml"), "{text}");
}
