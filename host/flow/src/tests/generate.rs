//! Random items without circles, and meetings that satisfy or fail a body.

use model::{CivilDay, Tally};
use proptest::collection::vec;
use proptest::prelude::*;

use super::scenarios::bodies;
use crate::{Item, Meeting, Step};

pub(super) const BODIES: [&str; 5] = ["ASM", "MEM", "REP", "TWO", "PTY"];

/// What one step is made of: which earlier steps it names, its body, and its spans.
type Raw = (Vec<bool>, Vec<bool>, Option<prop::sample::Index>, i64, bool, i64);

/// Items of up to `most` steps whose predecessors come earlier in a hidden order; the list itself is
/// shuffled, so that nothing can hang on the order of writing.
pub(super) fn items(most: usize) -> impl Strategy<Value = Item> {
    let raw = (
        vec(prop::bool::weighted(0.4), most),
        vec(prop::bool::weighted(0.3), most),
        prop::option::weighted(0.4, any::<prop::sample::Index>()),
        0..12_i64,
        any::<bool>(),
        0..6_i64,
    );
    vec(raw, 1..=most).prop_map(|raws| build(&raws)).prop_shuffle_steps()
}

trait ShuffleSteps: Strategy<Value = Item> + Sized {
    fn prop_shuffle_steps(self) -> impl Strategy<Value = Item> {
        self.prop_flat_map(|item| {
            let id = item.id;
            Just(item.steps).prop_shuffle().prop_map(move |steps| Item {
                id: id.clone(),
                steps,
                ..Item::default()
            })
        })
    }
}

impl<S: Strategy<Value = Item>> ShuffleSteps for S {}

fn build(raws: &[Raw]) -> Item {
    let mut steps: Vec<Step> = vec![];
    for (at, (after, stays, body, gap, published, notice)) in raws.iter().enumerate() {
        let name = |at: usize| format!("S{at}");
        let after = (0..at).filter(|n| after[*n]).map(name).collect();
        let after_stay =
            (0..at).filter(|n| stays[*n] && steps[*n].stay_days > 0).map(name).collect();
        steps.push(Step {
            id: name(at),
            title: format!("第{at}步"),
            after,
            after_stay,
            body: body.map(|index| (*index.get(&BODIES)).to_owned()),
            min_gap_days: *gap,
            within_days: None,
            notice_days: *notice,
            stay_days: if *published { 15 } else { 0 },
            signature: *published,
            who: "文书".to_owned(),
            ..Step::default()
        });
    }
    Item { id: "P00".to_owned(), steps, ..Item::default() }
}

/// A meeting of the step's body on this day that every body would accept.
pub(super) fn good_meeting(step: &Step, today: CivilDay) -> Option<Meeting<'_>> {
    let notice = step.body.as_ref().map_or(0, |b| bodies()[b].notice_days).max(step.notice_days);
    let tally = Tally { eligible: 31, present: 31, in_favour: 31, against: 0, abstain: 0 };
    let notice_day = today.plus_days(-notice).unwrap();
    step.body.as_deref().map(|body| Meeting { body, day: today, notice_day, tally })
}

pub(super) fn start() -> CivilDay {
    CivilDay::parse("2026-01-01").unwrap()
}
