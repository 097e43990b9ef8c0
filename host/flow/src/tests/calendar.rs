//! Working days: the National Day example, laws over random calendars, and years nobody loaded.

use std::collections::BTreeSet;

use model::CivilDay;
use proptest::prelude::*;

use crate::{Calendar, Item, NoCalendar, Step, Taken, next};

fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

fn days(from: &str, to: &str) -> Vec<CivilDay> {
    let (from, to) = (day(from).number(), day(to).number());
    (from..=to).map(|n| CivilDay::from_number(n).unwrap()).collect()
}

/// 2022 with its National Day and Spring Festival.
fn calendar() -> Calendar {
    let mut calendar = Calendar::default();
    let mut off = days("2022-10-01", "2022-10-07");
    off.extend(days("2022-01-31", "2022-02-06"));
    let on = ["2022-10-08", "2022-10-09", "2022-01-29", "2022-01-30"].map(day);
    calendar.add(2022, off, on);
    calendar
}

#[test]
fn five_working_days_over_the_national_day() {
    let calendar = calendar();
    for (from, count, due) in [
        ("2022-09-30", 5, "2022-10-12"),
        ("2022-09-30", 0, "2022-09-30"),
        ("2022-09-30", 1, "2022-10-08"),
        ("2022-09-29", 1, "2022-09-30"),
        ("2022-10-03", 1, "2022-10-08"),
        ("2022-10-07", 3, "2022-10-10"),
        ("2022-06-03", 1, "2022-06-06"),
        ("2022-06-04", 5, "2022-06-10"),
        ("2022-01-28", 2, "2022-01-30"),
        ("2022-01-28", 3, "2022-02-07"),
    ] {
        assert_eq!(calendar.after(day(from), count), Ok(day(due)), "{from} + {count}");
    }
}

#[test]
fn a_year_that_is_not_loaded_is_named_and_never_guessed() {
    let calendar = calendar();
    let missing = calendar.after(day("2022-12-30"), 1).unwrap_err();
    assert_eq!(missing, NoCalendar { year: 2023 });
    assert!(missing.text().contains("2023年") && missing.text().contains("calendar/2023.toml"));
    assert!(missing.to_string().contains("2023"));
    assert_eq!(calendar.after(day("2022-12-29"), 1), Ok(day("2022-12-30")));
    assert!(Calendar::default().after(day("9999-12-31"), 1).is_err());
}

fn item(within: i64, working: bool) -> Item {
    let step = |id: &str| Step { id: id.to_owned(), ..Step::default() };
    let second = Step {
        after: vec!["A".to_owned()],
        within_days: Some(within),
        working_days: working,
        ..step("B")
    };
    Item { id: "P00".to_owned(), steps: vec![step("A"), second], ..Item::default() }
}

#[test]
fn next_tells_the_last_day_and_when_it_has_passed() {
    let taken = [Taken { step: "A".to_owned(), day: day("2022-09-30"), record: None }];
    let on = |working, today: &str| {
        let bodies = crate::Bodies::new();
        let listed = next(&item(5, working), &taken, &bodies, &calendar(), day(today));
        let step = listed.into_iter().next().unwrap();
        (step.latest, step.overdue, step.ready)
    };
    assert_eq!(on(true, "2022-10-12"), (Some(day("2022-10-12")), false, true));
    assert_eq!(on(true, "2022-10-13"), (Some(day("2022-10-12")), true, true));
    assert_eq!(on(false, "2022-10-05"), (Some(day("2022-10-05")), false, true));
    assert_eq!(on(false, "2022-10-06"), (Some(day("2022-10-05")), true, true));
    let bodies = crate::Bodies::new();
    let listed = next(&item(90, true), &taken, &bodies, &calendar(), day("2022-10-12"));
    let step = listed.into_iter().next().unwrap();
    assert_eq!((step.latest, step.unknown), (None, Some(NoCalendar { year: 2023 })));
}

proptest! {
    /// The last day is worked, the number of days worked up to it is the one asked for, and more days
    /// never come earlier.
    #[test]
    fn counting_forward_and_back_agree(
        start in 0_i64..365,
        count in 1_i64..30,
        off in proptest::collection::btree_set(0_i64..500, 0..40),
        on in proptest::collection::btree_set(0_i64..500, 0..20),
    ) {
        let first = day("2022-01-01").number();
        let of = |set: &BTreeSet<i64>| {
            set.iter().map(|n| CivilDay::from_number(first + n).unwrap()).collect::<Vec<_>>()
        };
        let mut calendar = Calendar::default();
        calendar.add(2022, of(&off), of(&on));
        calendar.add(2023, [], []);
        let from = CivilDay::from_number(first + start).unwrap();
        let due = calendar.after(from, count).unwrap();
        prop_assert!(calendar.is_working(due).unwrap());
        let worked = (from.number() + 1..=due.number())
            .filter(|n| calendar.is_working(CivilDay::from_number(*n).unwrap()).unwrap())
            .count();
        prop_assert_eq!(i64::try_from(worked).unwrap(), count);
        prop_assert!(calendar.after(from, count + 1).unwrap() > due);
        // Weeks by the independent rule: day 0 was a Thursday.
        let plain = |n: i64| [1_i64, 2].contains(&((n - 1).rem_euclid(7)));
        for n in first..first + 300 {
            let one = CivilDay::from_number(n).unwrap();
            let expected = on.contains(&(n - first)) || !(off.contains(&(n - first)) || plain(n));
            prop_assert_eq!(calendar.is_working(one).unwrap(), expected, "{}", one);
        }
    }
}
