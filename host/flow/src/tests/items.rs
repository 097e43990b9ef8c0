//! Items that cannot be walked.

use proptest::prelude::*;

use super::generate::{good_meeting, items, start};
use super::scenarios::bodies;
use crate::{Item, ItemProblem, Step, Taken, check, next, validate};

/// `B<A` = B comes after A; `B~A` = B waits for the stay of A; `A*15` = A must stand 15 days.
fn item(text: &str) -> Item {
    let mut steps: Vec<Step> = vec![];
    for word in text.split_whitespace() {
        let id: String = word.chars().take_while(char::is_ascii_alphanumeric).collect();
        let mut step = Step { title: id.clone(), ..Step::default() };
        for part in
            word[id.len()..].split_inclusive(char::is_alphanumeric).collect::<String>().split(';')
        {
            match part.split_at_checked(1) {
                Some(("<", names)) => step.after = names.split(',').map(str::to_owned).collect(),
                Some(("~", names)) => {
                    step.after_stay = names.split(',').map(str::to_owned).collect();
                }
                Some(("*", days)) => step.stay_days = days.parse().unwrap(),
                _ => assert_eq!(part, ""),
            }
        }
        step.id = id;
        steps.push(step);
    }
    Item { id: "P00".to_owned(), steps, ..Item::default() }
}

fn check_item(text: &str, want: &str) {
    let problems = validate(&item(text));
    let show = |p: &ItemProblem| match p {
        ItemProblem::Cycle { steps } => format!("{}({})", p.code(), steps.join(",")),
        ItemProblem::DuplicateStep { step }
        | ItemProblem::UnknownPredecessor { step, .. }
        | ItemProblem::StayOfNothing { step, .. }
        | ItemProblem::DaysOutOfRange { step, .. }
        | ItemProblem::Unreachable { step } => format!("{}({step})", p.code()),
        _ => p.code().to_owned(),
    };
    assert!(problems.iter().all(|p| p.text().ends_with('。')));
    assert_eq!(problems.iter().map(show).collect::<Vec<_>>().join(" "), want, "{text}");
}

#[test]
fn problems_of_items_are_told_all_at_once() {
    check_item("", "ITEM_NO_STEPS");
    check_item("A B<A C<A,B", "");
    check_item("A A", "ITEM_DUPLICATE_STEP(A)");
    check_item("A B<X", "ITEM_UNKNOWN_PREDECESSOR(B)");
    check_item("A B<X C<B", "ITEM_UNKNOWN_PREDECESSOR(B) ITEM_UNREACHABLE(C)");
    check_item("A<A", "ITEM_NO_START ITEM_CYCLE(A)");
    check_item("A<B B<A", "ITEM_NO_START ITEM_CYCLE(A,B)");
    check_item("A B<A,D C<B D<C E<D", "ITEM_CYCLE(B,C,D) ITEM_UNREACHABLE(E)");
    check_item("A B<A,C C<B D<A,E E<D", "ITEM_CYCLE(B,C) ITEM_CYCLE(D,E)");
    check_item("A*15 B~A", "");
    check_item("A B~A", "ITEM_STAY(B)");
    check_item("A*15;~B B<A", "ITEM_STAY(A) ITEM_NO_START ITEM_CYCLE(A,B)");
    check_item("A*-1", "ITEM_DAYS(A)");
    check_item("A*3661", "ITEM_DAYS(A)");
    check_item("A*3660", "");
    check_item("<A", "ITEM_STEP_WITHOUT_ID ITEM_UNKNOWN_PREDECESSOR() ITEM_NO_START");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// One edge back from a first step to a later one closes a circle, and nobody ever walks through it.
    #[test]
    fn a_circle_is_found_and_never_walked(mut item in items(7), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let ids: Vec<String> = (0..item.steps.len()).map(|n| format!("S{n}")).collect();
        let (a, b) = (from.index(ids.len()), to.index(ids.len()));
        let (early, late) = (a.min(b), a.max(b));
        for step in &mut item.steps {
            if step.id == ids[early] {
                step.after.push(ids[late].clone());
            }
            if step.id == ids[late] && early != late {
                step.after.push(ids[early].clone());
            }
        }
        let named = |p: &ItemProblem| matches!(p, ItemProblem::Cycle { steps } if steps.contains(&ids[early]));
        prop_assert!(validate(&item).iter().any(named));
        let (mut taken, mut today): (Vec<Taken>, _) = (vec![], start());
        while let Some(open) = next(&item, &taken, &bodies(), &crate::Calendar::default(), today).into_iter().next() {
            today = today.max(open.earliest);
            let meeting = good_meeting(item.step(&open.step).unwrap(), today);
            prop_assert!(check(&item, &taken, &open.step, meeting, &bodies(), today).is_ok());
            taken.push(Taken { step: open.step, day: today, record: None });
        }
        prop_assert!(!taken.iter().any(|t| t.step == ids[early] || t.step == ids[late]));
    }

    /// A span too long for the calendar keeps the step shut instead of opening it.
    #[test]
    fn a_span_beyond_the_calendar_never_opens(gap in 3_000_000..i64::MAX, later in 0..100_000_i64) {
        let mut item = item("A B<A");
        item.steps[1].min_gap_days = gap;
        let taken = [Taken { step: "A".to_owned(), day: start(), record: None }];
        let today = start().plus_days(later).unwrap();
        prop_assert!(check(&item, &taken, "B", None, &bodies(), today).is_err());
    }
}
