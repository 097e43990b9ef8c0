//! Properties of claims that are scored again and again.

use std::collections::BTreeSet;

use model::Points;
use proptest::prelude::*;

use super::scenarios::{day, scored};
use crate::{
    Account, Book, Entry, EntryChange, EntryState, Scored, Transaction, TransactionKind, Unit,
    claim_id, claim_total, difference, merged,
};

/// What happens to one claim.
#[derive(Clone, Debug)]
enum Act {
    /// The rule runs again: points and the events that count.
    Score(i64, BTreeSet<u8>),
    /// One of the waiting proposals is approved.
    Approve(prop::sample::Index),
    /// One of the waiting proposals is rejected.
    Reject(prop::sample::Index),
    /// Some of the points are spent.
    Spend(i64),
}

fn acts(rejections: u32) -> impl Strategy<Value = Vec<Act>> {
    let events = prop::collection::btree_set(0..6_u8, 0..5);
    let act = prop_oneof![
        6 => (0..900_i64, events).prop_map(|(points, events)| Act::Score(points, events)),
        5 => any::<prop::sample::Index>().prop_map(Act::Approve),
        rejections => any::<prop::sample::Index>().prop_map(Act::Reject),
        2 => (1..400_i64).prop_map(Act::Spend),
    ];
    prop::collection::vec(act, 0..50)
}

#[derive(Default)]
struct Claim {
    book: Book,
    history: Vec<Entry>,
    spends: i64,
    latest: i64,
}

impl Claim {
    fn score(&mut self, now: &Scored) {
        for change in difference(&self.history, now).unwrap() {
            match change {
                EntryChange::Supersede(entry) => {
                    let known = self.history.iter_mut().find(|e| e.id == entry.id).unwrap();
                    assert_eq!(
                        (known.state, entry.state),
                        (EntryState::Proposed, EntryState::Superseded)
                    );
                    *known = entry;
                }
                EntryChange::Propose(entry) => {
                    assert!(self.history.iter().all(|e| e.id != entry.id), "an id came twice");
                    assert_eq!(entry.corrects.is_some(), entry.is_correction());
                    self.history.push(entry);
                }
            }
        }
        self.latest = now.points.0;
    }

    fn waiting(&self) -> Vec<usize> {
        (0..self.history.len()).filter(|n| self.history[*n].state == EntryState::Proposed).collect()
    }

    fn approve(&mut self, at: usize) {
        let (honour, spendable) = (self.book.honour("h1").0, self.book.spendable("h1").0);
        let (entry, transaction) =
            self.history[at].approve("p20", day("2026-10-10"), Points(spendable)).unwrap();
        self.book.apply(&transaction).unwrap();
        assert_eq!(self.book.honour("h1").0, honour + entry.points.0, "honour moves in full");
        match entry.clawback {
            None => assert_eq!(self.book.spendable("h1").0, spendable + entry.points.0),
            Some(c) => {
                assert_eq!(c.requested.0, c.collected.0 + c.uncollected.0);
                assert_eq!(c.requested.0, -entry.points.0);
                assert_eq!(self.book.spendable("h1").0, spendable - c.collected.0);
                assert!(
                    c.uncollected.0 == 0 || self.book.spendable("h1").0 == 0,
                    "only what is gone stays out"
                );
                let corrected = transaction.corrects.as_ref().unwrap();
                assert!(self.book.knows(corrected), "{corrected} was never posted");
            }
        }
        self.history[at] = entry;
    }

    fn spend(&mut self, points: i64) {
        self.spends += 1;
        let posting = Posting(points.min(self.book.spendable("h1").0));
        if posting.0 > 0 {
            self.book.apply(&posting.transaction(self.spends)).unwrap();
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Score(points, events) => {
                let names: Vec<String> = events.iter().map(|e| format!("e{e}")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                self.score(&scored("h1", "yard", *points, &names));
            }
            Act::Approve(which) | Act::Reject(which) if self.waiting().is_empty() => {
                let _ = which;
            }
            Act::Approve(which) => self.approve(*which.get(&self.waiting())),
            Act::Reject(which) => {
                let at = *which.get(&self.waiting());
                self.history[at] = self.history[at].reject("p20", day("2026-10-10")).unwrap();
            }
            Act::Spend(points) => self.spend(*points),
        }
        let total = claim_total(&self.history).unwrap();
        assert!(total.0 >= 0, "the claim fell below zero");
        assert_eq!(self.book.honour("h1"), total);
        assert!(self.book.spendable("h1").0 >= 0);
        assert_eq!(self.book.verify(), Ok(()));
        let signs: BTreeSet<bool> =
            self.waiting().iter().map(|n| self.history[*n].is_correction()).collect();
        assert!(signs.len() < 2, "proposals of both signs wait");
    }
}

/// So many points spent.
struct Posting(i64);

impl Posting {
    fn transaction(&self, number: i64) -> Transaction {
        let posting = crate::Posting {
            unit: Unit::SpendablePoints,
            from: Account::parse("spendable/h1").unwrap(),
            to: Account::parse("redeemed/370285102000").unwrap(),
            amount: self.0,
        };
        let id = format!("spend/{number}");
        Transaction { id, kind: TransactionKind::Confirm, postings: vec![posting], corrects: None }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn once_all_is_approved_the_claim_is_what_the_rule_last_said(
        acts in acts(0), order in prop::collection::vec(any::<prop::sample::Index>(), 50),
    ) {
        let mut claim = Claim::default();
        for act in &acts {
            claim.act(act);
        }
        for pick in &order {
            claim.act(&Act::Approve(*pick));
        }
        prop_assert!(claim.waiting().is_empty());
        prop_assert_eq!(claim_total(&claim.history).unwrap(), Points(claim.latest));
    }

    #[test]
    fn with_rejections_no_claim_falls_below_zero_or_waits_for_more_than_the_rule_says(acts in acts(3)) {
        let mut claim = Claim::default();
        for act in &acts {
            claim.act(act);
            if let Act::Score(points, _) = act {
                let standing: i64 = claim.history.iter()
                    .filter(|e| matches!(e.state, EntryState::Effective | EntryState::Proposed))
                    .map(|e| e.points.0).sum();
                // More than the rule says may stand only where a reviewer turned a correction down.
                let refused = claim.history.iter().any(|e| e.state == EntryState::Rejected);
                prop_assert!(standing == *points || refused, "{} for {}", standing, points);
            }
        }
    }

    #[test]
    fn scoring_the_same_again_changes_nothing(acts in acts(2), points in 0..900_i64, events in prop::collection::btree_set(0..6_u8, 0..5)) {
        let mut claim = Claim::default();
        for act in &acts {
            claim.act(act);
        }
        let again = Act::Score(points, events);
        claim.act(&again);
        let once = claim.history.clone();
        claim.act(&again);
        prop_assert_eq!(claim.history, once);
    }
}

#[test]
fn claim_ids_depend_on_every_part_and_on_nothing_else() {
    let id = claim_id("s", "2026Q3", "h1", "yard");
    assert_eq!(id, claim_id("s", "2026Q3", "h1", "yard"));
    assert_eq!(id.len(), 32);
    let others = [
        claim_id("t", "2026Q3", "h1", "yard"),
        claim_id("s", "2026Q4", "h1", "yard"),
        claim_id("s", "2026Q3", "h2", "yard"),
        claim_id("s", "2026Q3", "h1", "road"),
        claim_id("s", "2026Q3h1", "", "yard"),
    ];
    assert!(others.iter().all(|other| *other != id));
}

#[test]
fn an_entry_is_reviewed_once_by_somebody() {
    let EntryChange::Propose(entry) =
        difference(&[], &scored("h1", "yard", 500, &["e1"])).unwrap().remove(0)
    else {
        panic!("nothing proposed");
    };
    let on = day("2026-10-10");
    assert_eq!(entry.transaction().unwrap_err().code(), "ENTRY_STATE");
    assert_eq!(entry.approve("", on, Points::ZERO).unwrap_err().code(), "REVIEWER_MISSING");
    let approved = entry.approve("p20", on, Points::ZERO).unwrap().0;
    let rejected = entry.reject("p20", on).unwrap();
    for closed in [approved, rejected, entry.supersede().unwrap()] {
        assert_eq!(closed.approve("p20", on, Points::ZERO).unwrap_err().code(), "ENTRY_STATE");
        assert_eq!(closed.reject("p20", on).unwrap_err().code(), "ENTRY_STATE");
        assert_eq!(closed.supersede().unwrap_err().code(), "ENTRY_STATE");
        let text = serde_json::to_string(&closed).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), closed);
    }
    let other = difference(&[entry], &scored("h2", "yard", 500, &["e1"])).unwrap_err();
    assert_eq!(other.code(), "ENTRY_OF_ANOTHER_CLAIM");
    let end = Scored::withdrawn(&rejected_five(), on);
    assert_eq!((end.claim(), end.points), (rejected_five().claim, Points::ZERO));
}

fn rejected_five() -> Entry {
    let changes = difference(&[], &scored("h1", "yard", 500, &["e1"])).unwrap();
    changes[0].entry().reject("p20", day("2026-10-10")).unwrap()
}

#[test]
fn parts_of_one_claim_are_added_up() {
    let parts = [
        scored("h1", "shift", 200, &["e1"]),
        scored("h1", "yard", 50, &["e3"]),
        Scored { reason: "帮扶".to_owned(), ..scored("h1", "shift", 300, &["e2"]) },
    ];
    let claims = merged(parts).unwrap();
    assert_eq!(claims.len(), 2);
    let shift = claims.iter().find(|c| c.item == "shift").unwrap();
    assert_eq!((shift.points, shift.events.len()), (Points(500), 2));
    assert_eq!((shift.reason.as_str(), shift.clause.as_str()), ("庭院整洁；帮扶", "村规民约第5条"));
    let below = [scored("h1", "shift", 200, &["e1"]), scored("h1", "shift", -1, &["e2"])];
    assert_eq!(merged(below).unwrap_err().code(), "NO_BASIS");
    let most = [scored("h1", "shift", i64::MAX, &["e1"]), scored("h1", "shift", 1, &["e2"])];
    assert_eq!(merged(most).unwrap_err().code(), "AMOUNT_OVERFLOW");
}
