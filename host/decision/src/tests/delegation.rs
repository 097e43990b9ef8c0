//! No trace of proposals, approvals, revocations and passing days lets anyone act without a live approval.

use model::{Entity, EntityRef, Record, Value};
use proptest::prelude::*;

use super::fixture::{
    Ask, OTHER_VILLAGE, TODAY, TOWNSHIP, UNANIMOUS, VILLAGE, decider, matter, meeting, person,
    policies, post, record, rule, set,
};

/// A delegation as it is stored, and the truth about it in plain Rust.
#[derive(Clone, Debug)]
struct Stored {
    village: &'static str,
    role: &'static str,
    items: Vec<&'static str>,
    grantor: &'static str,
    delegate: &'static str,
    from: i64,
    to: i64,
    depth: i64,
    proposed: i64,
    approved: Option<(i64, &'static str)>,
    revoked: Option<i64>,
}

const NEVER: [&str; 3] = ["S10", "P02", "S16"];

impl Stored {
    fn id(&self) -> String {
        format!("{}-D-2026-001", self.village)
    }

    /// Whether somebody else approved it, on or after the proposal and by today, and it is in its
    /// term, unrevoked, of the first depth and on delegable items.
    fn live(&self, today: i64) -> bool {
        let approved = self.approved.is_some_and(|(day, by)| {
            day >= self.proposed && day <= today && by != self.grantor && by != self.delegate
        });
        approved
            && self.revoked.is_none()
            && self.from <= today
            && today <= self.to
            && self.depth == 1
            && self.grantor != self.delegate
    }

    fn attrs(&self) -> Record {
        let mut attrs = record([
            ("village", self.village.into()),
            ("role", self.role.into()),
            ("items", set(&self.items)),
            ("delegate", self.delegate.into()),
            ("grantor", self.grantor.into()),
            ("fromDay", self.from.into()),
            ("toDay", self.to.into()),
            ("depth", self.depth.into()),
            ("proposedDay", self.proposed.into()),
            ("decisionBody", "TWO".into()),
        ]);
        if let Some((day, by)) = self.approved {
            attrs.insert("approvedDay".to_owned(), day.into());
            attrs.insert("approvedBy".to_owned(), by.into());
        }
        if let Some(at) = self.revoked {
            attrs.insert("revokedAt".to_owned(), at.into());
        }
        attrs
    }

    fn entity(&self) -> Entity {
        let mut attrs = self.attrs();
        attrs.insert("township".to_owned(), TOWNSHIP.into());
        Entity { id: EntityRef::new("Delegation", self.id()), attrs }
    }

    fn grant(&self) -> Value {
        let mut attrs = self.attrs();
        attrs.insert("id".to_owned(), self.id().into());
        attrs.insert("decisionRecord".to_owned(), "370285102259-TWO-2026-001".into());
        attrs.insert("grantorFromDay".to_owned(), (TODAY - 200).into());
        attrs.insert("grantorToDay".to_owned(), (TODAY + 200).into());
        Value::Record(attrs)
    }
}

fn proposed() -> Stored {
    Stored {
        village: VILLAGE,
        role: "director",
        items: vec!["P15"],
        grantor: "director",
        delegate: "deputy",
        from: TODAY - 30,
        to: TODAY + 30,
        depth: 1,
        proposed: TODAY,
        approved: None,
        revoked: None,
    }
}

fn at(ask: Ask, today: i64) -> Ask {
    ask.with("today", today).with("now", today * 1440)
}

fn delegate(stored: &Stored, by: &'static str, today: i64) -> Ask {
    at(
        Ask::new("Delegate", person(by, VILLAGE), stored.entity())
            .with("post", post(stored.role, VILLAGE, by)),
        today,
    )
}

fn approve(stored: &Stored, by: &'static str, today: i64) -> Ask {
    let record = meeting("TWO", "", &stored.id(), [5, 5, 5, 0, 0]);
    let ask = Ask::new("ApproveDelegation", person(by, VILLAGE), stored.entity());
    let ask = ask.with("post", post("clerk", VILLAGE, by)).with("record", record);
    at(ask.field("record", "day", today).field("record", "noticeDay", today), today)
}

fn revoke(stored: &Stored, by: &'static str, today: i64) -> Ask {
    at(Ask::new("RevokeDelegation", person(by, VILLAGE), stored.entity()), today)
}

/// The delegate approves a small spending with nothing but the grant.
fn act(stored: &Stored, by: &str, item: &str, today: i64) -> Ask {
    let matter = matter(item, "APPROVE", &["VOUCHER", "VERIFY", "STAMP"]);
    let ask = Ask::new("TakeStep", person(by, VILLAGE), matter)
        .with("rule", rule(&[], ""))
        .of("sealClass", "A");
    at(ask.with("grant", stored.grant()).field("rule", "lastDay", today), today)
}

#[test]
fn the_straight_road_works_and_each_turn_off_it_is_named() {
    let mut stored = proposed();
    delegate(&stored, "director", TODAY).allowed_by("laixi/delegation/propose");
    act(&stored, "deputy", "P15", TODAY).forbidden_by(&["laixi/delegation/not-approved"]);
    approve(&stored, "clerk", TODAY).allowed_by("laixi/delegation/approve");
    approve(&stored, "director", TODAY).forbidden_by(&["laixi/delegation/approver"]);
    approve(&stored, "deputy", TODAY).forbidden_by(&["laixi/delegation/approver"]);
    approve(&stored, "clerk", TODAY)
        .without("record")
        .forbidden_by(&["laixi/delegation/decision-record"]);
    approve(&stored, "clerk", TODAY)
        .field("record", "body", "REP")
        .forbidden_by(&["laixi/delegation/decision-record"]);
    approve(&stored, "clerk", TODAY)
        .field("record", "matter", "370285102259-D-2026-002")
        .forbidden_by(&["laixi/records/other-matter"]);
    stored.approved = Some((TODAY, "clerk"));
    approve(&stored, "clerk", TODAY).forbidden_by(&["laixi/delegation/approved-once"]);
    act(&stored, "deputy", "P15", TODAY).allowed_by("laixi/P15/approve-director");
    act(&stored, "member", "P15", TODAY).forbidden_by(&["laixi/delegation/other-delegate"]);
    act(&stored, "deputy", "S11", TODAY).forbidden_by(&["laixi/delegation/other-item"]);
    act(&stored, "deputy", "P15", TODAY + 30).allowed_by("laixi/P15/approve-director");
    act(&stored, "deputy", "P15", TODAY + 31).forbidden_by(&["laixi/delegation/out-of-term"]);
    // who supervises does not approve, under a grant neither
    act(&stored, "supervisor", "P15", TODAY)
        .field("grant", "delegate", "supervisor")
        .with("post", post("supervisor", VILLAGE, "supervisor"))
        .forbidden_by(&["laixi/offices/supervisor-executes"]);
    let far = act(&stored, "deputy", "P15", TODAY).field("grant", "village", OTHER_VILLAGE);
    far.forbidden_by(&["laixi/delegation/other-village"]);
    act(&stored, "deputy", "P15", TODAY)
        .field("grant", "role", "secretary")
        .forbidden_by(&["laixi/offices/approve"]);
    act(&stored, "deputy", "P15", TODAY)
        .field("grant", "depth", 2)
        .forbidden_by(&["laixi/delegation/used-depth"]);
    let late = act(&stored, "deputy", "P15", TODAY).field("grant", "grantorToDay", TODAY - 1);
    late.forbidden_by(&["laixi/delegation/grantor-term"]);
    revoke(&stored, "director", TODAY).allowed_by("laixi/delegation/revoke-own");
    stored.revoked = Some(TODAY * 1440);
    let decision = act(&stored, "deputy", "P15", TODAY).decide();
    assert_eq!(policies(&decision), ["laixi/delegation/revoked"]);
    assert_eq!(decision.reasons[0].text, "这份委托已经撤销，不能再用。请由任职的本人办理。");
    revoke(&stored, "director", TODAY).forbidden_by(&["laixi/delegation/revoked-once"]);
}

#[test]
fn what_may_not_be_delegated_cannot_even_be_proposed() {
    for item in NEVER {
        let stored = Stored { items: vec![item, "P15"], ..proposed() };
        delegate(&stored, "director", TODAY).forbidden_by(&["laixi/delegation/items"]);
        approve(&stored, "clerk", TODAY).forbidden_by(&["laixi/delegation/items"]);
    }
    let under_a_grant = delegate(&proposed(), "director", TODAY).with("grant", proposed().grant());
    under_a_grant.forbidden_by(&["laixi/delegation/redelegated"]);
    delegate(&Stored { depth: 2, ..proposed() }, "director", TODAY)
        .forbidden_by(&["laixi/delegation/depth"]);
    delegate(&Stored { role: "supervisor", ..proposed() }, "director", TODAY)
        .forbidden_by(&["laixi/delegation/roles"]);
    delegate(&Stored { proposed: TODAY - 1, ..proposed() }, "director", TODAY)
        .forbidden_by(&["laixi/delegation/proposal-day"]);
    delegate(&proposed(), "member", TODAY).forbidden_by(&["laixi/delegation/grantor-self"]);
    delegate(&proposed(), "director", TODAY)
        .with("post", post("deputy", VILLAGE, "director"))
        .forbidden_by(&["laixi/delegation/grantor-post"]);
    delegate(&Stored { delegate: "director", ..proposed() }, "director", TODAY)
        .forbidden_by(&["laixi/delegation/self"]);
    delegate(&Stored { items: vec![], ..proposed() }, "director", TODAY)
        .forbidden_by(&["laixi/delegation/term"]);
    delegate(&Stored { to: TODAY - 1, ..proposed() }, "director", TODAY)
        .forbidden_by(&["laixi/delegation/term"]);
    let s10 = Stored { items: vec!["S10"], approved: Some((TODAY, "clerk")), ..proposed() };
    let land =
        Ask::new("TakeStep", person("deputy", VILLAGE), matter("S10", "MEM", &["PLAN", "PTY"]))
            .with("rule", rule(&[], ""))
            .with("grant", s10.grant())
            .with("record", meeting("MEM", "S10", "370285102259-S10-2026-001", UNANIMOUS));
    land.forbidden_by(&["laixi/S10/never-delegated", "laixi/delegation/used-items"]);
}

#[derive(Clone, Debug)]
enum Event {
    Propose {
        by: usize,
        items: usize,
        from: i64,
        to: i64,
        depth: i64,
    },
    Approve {
        by: usize,
    },
    Revoke {
        by: usize,
    },
    /// The current delegate passes the power on.
    Redelegate {
        to: usize,
    },
    Wait {
        days: i64,
    },
    Act {
        by: usize,
        item: usize,
    },
}

const PEOPLE: [&str; 4] = ["director", "deputy", "clerk", "member"];
const ITEMS: [&[&str]; 5] = [&["P15"], &["P15", "S11"], &["S11"], &["S10"], &[]];

fn event() -> impl Strategy<Value = Event> {
    let who = || 0..PEOPLE.len();
    prop_oneof![
        2 => (who(), 0..ITEMS.len(), -2..6_i64, -2..20_i64, 0..3_i64)
            .prop_map(|(by, items, from, to, depth)| Event::Propose { by, items, from, to, depth }),
        2 => (Just(0), Just(0), Just(0), 1..20_i64, Just(1))
            .prop_map(|(by, items, from, to, depth)| Event::Propose { by, items, from, to, depth }),
        4 => who().prop_map(|by| Event::Approve { by }),
        1 => who().prop_map(|by| Event::Revoke { by }),
        1 => who().prop_map(|to| Event::Redelegate { to }),
        2 => (0..8_i64).prop_map(|days| Event::Wait { days }),
        6 => (prop_oneof![2 => Just(1), 1 => who()], 0..3_usize).prop_map(|(by, item)| Event::Act { by, item }),
    ]
}

/// What the store holds; a write happens only when the decision allows it.
#[derive(Default)]
struct World {
    current: Option<Stored>,
    acted: u32,
}

impl World {
    fn run(&mut self, event: &Event, today: &mut i64) -> Result<(), TestCaseError> {
        match *event {
            Event::Wait { days } => *today += days,
            Event::Propose { by, items, from, to, depth } => {
                let items = ITEMS[items].to_vec();
                let (from, to, proposed_on) = (*today + from, *today + to, *today);
                let candidate =
                    Stored { items, from, to, depth, proposed: proposed_on, ..proposed() };
                if delegate(&candidate, PEOPLE[by], *today).decide().allowed() {
                    prop_assert_eq!(PEOPLE[by], candidate.grantor);
                    prop_assert!(
                        candidate.depth == 1
                            && !candidate.items.iter().any(|item| NEVER.contains(item))
                    );
                    self.current = Some(candidate);
                }
            }
            Event::Approve { by } => {
                if let Some(stored) = &mut self.current
                    && approve(stored, PEOPLE[by], *today).decide().allowed()
                {
                    prop_assert!(stored.revoked.is_none() && stored.approved.is_none());
                    stored.approved = Some((*today, PEOPLE[by]));
                }
            }
            Event::Revoke { by } => {
                if let Some(stored) = &mut self.current
                    && revoke(stored, PEOPLE[by], *today).decide().allowed()
                {
                    stored.revoked = Some(*today * 1440);
                }
            }
            Event::Redelegate { to } => {
                if let Some(stored) = &self.current {
                    let passed_on = Stored {
                        delegate: PEOPLE[to],
                        depth: 2,
                        proposed: *today,
                        approved: None,
                        ..stored.clone()
                    };
                    let ask =
                        delegate(&passed_on, "director", *today).with("grant", stored.grant());
                    prop_assert!(!ask.decide().allowed());
                    prop_assert!(!delegate(&passed_on, stored.delegate, *today).decide().allowed());
                }
            }
            Event::Act { by, item } => {
                if let Some(stored) = &self.current {
                    let item = ["P15", "S11", "S10"][item];
                    let decision = act(stored, PEOPLE[by], item, *today).decide();
                    let may = stored.live(*today)
                        && stored.delegate == PEOPLE[by]
                        && stored.items.contains(&item)
                        && !NEVER.contains(&item);
                    prop_assert_eq!(
                        decision.allowed(),
                        may,
                        "{:?} {:?} on {}",
                        event,
                        stored,
                        today
                    );
                    self.acted += u32::from(may);
                }
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_trace_acts_without_a_live_approval(events in prop::collection::vec(event(), 1..40)) {
        let (mut world, mut today) = (World::default(), TODAY);
        for event in &events {
            world.run(event, &mut today)?;
        }
    }

    /// Straight at the raw facts: whatever a store may hold, only a live grant acts.
    #[test]
    fn only_a_live_grant_acts(
        from in -3..4_i64, to in -3..4_i64, depth in 0..3_i64, proposed_on in -3..3_i64,
        approved in prop::option::weighted(0.8, (-3..3_i64, 0..PEOPLE.len())), revoked in prop::option::weighted(0.2, Just(0_i64)),
        delegate in 0..PEOPLE.len(), by in 0..PEOPLE.len(),
    ) {
        let stored = Stored {
            from: TODAY + from, to: TODAY + to, depth, proposed: TODAY + proposed_on, revoked,
            approved: approved.map(|(day, by)| (TODAY + day, PEOPLE[by])), delegate: PEOPLE[delegate], ..proposed()
        };
        let ask = act(&stored, PEOPLE[by], "P15", TODAY);
        let decision = decider().decide(None, &ask.request(), &ask.facts);
        prop_assert_eq!(decision.allowed(), stored.live(TODAY) && delegate == by, "{:#?}", decision);
    }
}

#[test]
fn traces_that_reach_an_act_exist() {
    let events = [
        Event::Propose { by: 0, items: 0, from: 0, to: 9, depth: 1 },
        Event::Act { by: 1, item: 0 },
        Event::Approve { by: 2 },
        Event::Act { by: 1, item: 0 },
        Event::Wait { days: 10 },
        Event::Act { by: 1, item: 0 },
    ];
    let (mut world, mut today) = (World::default(), TODAY);
    for event in &events {
        world.run(event, &mut today).unwrap();
    }
    assert_eq!(world.acted, 1);
}
