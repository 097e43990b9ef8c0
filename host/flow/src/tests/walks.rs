//! Properties of walks through generated items.

use std::collections::BTreeSet;

use model::{CivilDay, Tally};
use proptest::prelude::*;

use super::generate::{BODIES, good_meeting, items, start};
use super::scenarios::bodies;
use crate::{Item, Meeting, StepProblem, Taken, check, next, validate};

/// One attempt: which step, how many days on, and how good the cited record is.
type Attempt = (prop::sample::Index, i64, Option<(prop::sample::Index, i64, i64, i64)>);

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let record = (any::<prop::sample::Index>(), -8..4_i64, 0..14_i64, 0..32_i64);
    prop::collection::vec(
        (any::<prop::sample::Index>(), 0..9_i64, prop::option::weighted(0.8, record)),
        0..60,
    )
}

/// Walks as the attempts say, taking every step that is accepted.
fn walk(
    item: &Item,
    attempts: &[Attempt],
    mut each: impl FnMut(&[Taken], &str, CivilDay, bool),
) -> Vec<Taken> {
    let (mut taken, mut today): (Vec<Taken>, _) = (vec![], start());
    for (which, days, record) in attempts {
        today = today.plus_days(*days).unwrap();
        let step = which.get(&item.steps);
        let meeting = record.as_ref().map(|(body, held, notice, yes)| Meeting {
            // Half of the records are of the right body, or nothing would ever be accepted.
            body: step
                .body
                .as_deref()
                .filter(|_| yes % 2 == 0)
                .unwrap_or_else(|| BODIES[body.index(BODIES.len())]),
            day: today.plus_days(*held).unwrap(),
            notice_day: today.plus_days(held - notice).unwrap(),
            tally: Tally {
                eligible: 31,
                present: 31,
                in_favour: *yes,
                against: 31 - yes,
                abstain: 0,
            },
        });
        let accepted = check(item, &taken, &step.id, meeting, &bodies(), today).is_ok();
        each(&taken, &step.id, today, accepted);
        if accepted {
            taken.push(Taken { step: step.id.clone(), day: today, record: None });
        }
    }
    taken
}

fn day_of(taken: &[Taken], id: &str) -> Option<i64> {
    taken.iter().find(|t| t.step == id).map(|t| t.day.number())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn generated_items_are_valid(item in items(8)) {
        prop_assert_eq!(validate(&item), vec![]);
    }

    #[test]
    fn no_step_is_ever_accepted_out_of_order_or_before_its_day(item in items(7), attempts in attempts()) {
        walk(&item, &attempts, |taken, id, today, accepted| {
            let step = item.step(id).unwrap();
            let days: Vec<Option<i64>> = step.after.iter().map(|a| day_of(taken, a)).collect();
            let ordered = days.iter().all(Option::is_some) && day_of(taken, id).is_none();
            let rested = days.iter().flatten().all(|d| d + step.min_gap_days <= today.number());
            let stood = step.after_stay.iter().all(|p| {
                day_of(taken, p).is_some_and(|d| d + item.step(p).unwrap().stay_days <= today.number())
            });
            assert!(!accepted || (ordered && rested && stood), "{id} on {today} after {taken:?}");
            // Without a body, days and order are all there is: nothing lawful is refused either.
            assert!(accepted || step.body.is_some() || !(ordered && rested && stood), "{id} on {today}");
        });
    }

    #[test]
    fn every_accepted_walk_is_a_topological_order(item in items(7), attempts in attempts()) {
        let taken = walk(&item, &attempts, |_, _, _, _| {});
        let order: Vec<&str> = taken.iter().map(|t| t.step.as_str()).collect();
        let distinct: BTreeSet<&str> = order.iter().copied().collect();
        prop_assert_eq!(distinct.len(), order.len());
        for (at, id) in order.iter().enumerate() {
            let step = item.step(id).unwrap();
            for before in step.after.iter().chain(&step.after_stay) {
                prop_assert!(order[..at].contains(&before.as_str()), "{} before {}", before, id);
            }
        }
        prop_assert!(taken.windows(2).all(|pair| pair[0].day <= pair[1].day));
    }

    #[test]
    fn a_complete_lawful_walk_always_exists(item in items(8), choices in prop::collection::vec(any::<prop::sample::Index>(), 8)) {
        let (mut taken, mut today): (Vec<Taken>, _) = (vec![], start());
        for choice in choices.iter().take(item.steps.len()) {
            let open = next(&item, &taken, &bodies(), &crate::Calendar::default(), today);
            prop_assert!(!open.is_empty(), "stuck after {:?}", taken);
            let chosen = choice.get(&open);
            today = today.max(chosen.earliest);
            let meeting = good_meeting(item.step(&chosen.step).unwrap(), today);
            let answer = check(&item, &taken, &chosen.step, meeting, &bodies(), today);
            prop_assert!(answer.is_ok(), "{:?}", answer);
            taken.push(Taken { step: chosen.step.clone(), day: today, record: None });
        }
        prop_assert_eq!(taken.len(), item.steps.len());
        prop_assert!(next(&item, &taken, &bodies(), &crate::Calendar::default(), today).is_empty());
    }

    #[test]
    fn next_lists_exactly_what_check_accepts_for_order(item in items(7), attempts in attempts(), later in 0..30_i64) {
        let taken = walk(&item, &attempts, |_, _, _, _| {});
        let today = taken.last().map_or(start(), |t| t.day).plus_days(later).unwrap();
        let listed = next(&item, &taken, &bodies(), &crate::Calendar::default(), today);
        for step in &item.steps {
            let meeting = good_meeting(step, today);
            let problems = check(&item, &taken, &step.id, meeting, &bodies(), today).err().unwrap_or_default();
            let found = listed.iter().find(|n| n.step == step.id);
            prop_assert_eq!(found.is_some(), !problems.iter().any(StepProblem::is_about_order), "{}", step.id);
            if let Some(found) = found {
                // With a faultless meeting of today only the days are left to refuse it.
                prop_assert_eq!(found.ready, problems.is_empty(), "{}: {:?}", step.id, problems);
                prop_assert_eq!(found.ready, found.earliest == today);
            }
        }
    }
}
