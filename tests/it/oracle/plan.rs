//! Random histories: people with posts, and what they try.

use proptest::collection::vec;
use proptest::prelude::*;

/// Something chosen well, or at random.
#[derive(Clone, Debug)]
pub(super) enum Draw {
    Right,
    Any(u8),
}

/// Who tries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Who {
    /// Somebody with the authority, when there is one.
    Right,
    /// Whoever the cited delegation names.
    Delegate,
    Any(u8),
}

/// A meeting that is held and registered.
#[derive(Clone, Debug)]
pub(super) struct Meet {
    pub(super) body: Draw,
    pub(super) other: bool,
    pub(super) notice: u8,
    pub(super) eligible: u8,
    pub(super) present: u8,
    pub(super) in_favour: u8,
}

/// One operation.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Step { who: Who, step: Draw, meeting: Draw, grant: Draw },
    Meet(Meet),
    Delegate { by: u8, to: u8, land: bool, from: i8, long: i8 },
    Approve { by: u8, grant: u8, good: bool },
    Revoke { by: u8, grant: u8 },
    Days(u8),
    End(u8),
    Suspend(u8, bool),
}

/// How a person's posts are drawn.
#[derive(Clone, Debug)]
pub(super) struct PersonDraw {
    /// In force, not begun, about to end.
    pub(super) term: u8,
    /// Whether a second post is held (一肩挑).
    pub(super) second: bool,
}

/// A whole history.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) people: Vec<PersonDraw>,
    pub(super) land: bool,
    pub(super) cents: i64,
    pub(super) ops: Vec<Op>,
}

impl Plan {
    pub(super) fn item(&self) -> &'static str {
        if self.land { "S10" } else { "P15" }
    }
}

fn draw(right: u32) -> impl Strategy<Value = Draw> {
    prop_oneof![right => Just(Draw::Right), 1 => any::<u8>().prop_map(Draw::Any)]
}

fn meet() -> impl Strategy<Value = Op> {
    let counts = prop_oneof![
        3 => Just((30_u8, 30_u8, 30_u8)),
        1 => (0..31_u8, 0..31_u8, 0..31_u8),
        1 => prop_oneof![Just((30, 20, 20)), Just((30, 20, 19)), Just((30, 19, 19)), Just((30, 16, 8)), Just((30, 16, 9))],
    ];
    (draw(4), prop::bool::weighted(0.1), prop_oneof![2 => Just(10_u8), 1 => 0..15_u8], counts)
        .prop_map(|(body, other, notice, (eligible, present, in_favour))| {
            Op::Meet(Meet { body, other, notice, eligible, present, in_favour })
        })
}

fn op() -> impl Strategy<Value = Op> {
    let who = prop_oneof![
        5 => Just(Who::Right),
        1 => Just(Who::Delegate),
        3 => (0..9_u8).prop_map(Who::Any),
    ];
    let grant = prop_oneof![3 => Just(Draw::Right), 1 => any::<u8>().prop_map(Draw::Any)];
    prop_oneof![
        10 => (who, draw(4), draw(6), grant).prop_map(|(who, step, meeting, grant)| Op::Step { who, step, meeting, grant }),
        5 => meet(),
        2 => (prop_oneof![3 => Just(0_u8), 1 => 0..9_u8], 0..9_u8, prop::bool::weighted(0.15), -2..4_i8, 0..25_i8)
            .prop_map(|(by, to, land, from, long)| Op::Delegate { by, to, land, from, long }),
        2 => (0..9_u8, any::<u8>(), prop::bool::weighted(0.8)).prop_map(|(by, grant, good)| Op::Approve { by, grant, good }),
        1 => (0..9_u8, any::<u8>()).prop_map(|(by, grant)| Op::Revoke { by, grant }),
        3 => prop_oneof![Just(1_u8), Just(15), 0..20_u8].prop_map(Op::Days),
        1 => (0..9_u8).prop_map(Op::End),
        1 => (0..9_u8, any::<bool>()).prop_map(|(who, on)| Op::Suspend(who, on)),
    ]
}

/// Histories of up to `most` operations.
pub(super) fn plans(most: usize) -> impl Strategy<Value = Plan> {
    let person =
        (prop_oneof![6 => Just(0_u8), 1 => Just(1), 1 => Just(2)], prop::bool::weighted(0.2))
            .prop_map(|(term, second)| PersonDraw { term, second });
    let cents = prop_oneof![
        Just(0_i64),
        Just(99_999),
        Just(100_000),
        Just(299_999),
        Just(300_000),
        Just(1_499_999),
        Just(1_500_000),
        Just(2_000_000)
    ];
    let random = (vec(person, 9), prop::bool::weighted(0.35), cents, vec(op(), 1..=most)).prop_map(
        |(people, land, cents, ops)| Plan {
            people,
            land,
            cents: if land { 0 } else { cents },
            ops,
        },
    );
    // what a delegate does with a power is decided late in a matter, where chance seldom comes
    let delegated =
        (0..9_u8, 0..25_i8, vec(late(), 1..=most / 2)).prop_map(|(to, long, ops)| Plan {
            people: vec![PersonDraw { term: 0, second: false }; 9],
            land: false,
            cents: 99_999,
            ops: begun(to, long).into_iter().chain(ops).collect(),
        });
    prop_oneof![random, delegated]
}

/// The director hands a power on, the clerk approves it, and three steps are taken.
fn begun(to: u8, long: i8) -> Vec<Op> {
    let step =
        Op::Step { who: Who::Right, step: Draw::Right, meeting: Draw::Right, grant: Draw::Right };
    vec![
        Op::Delegate { by: 0, to, land: false, from: 0, long },
        Op::Approve { by: 2, grant: 0, good: true },
        step.clone(),
        step.clone(),
        step,
    ]
}

/// What may happen to a delegation before it is used.
fn late() -> impl Strategy<Value = Op> {
    let used = Op::Step {
        who: Who::Delegate,
        step: Draw::Right,
        meeting: Draw::Right,
        grant: Draw::Any(0),
    };
    prop_oneof![
        3 => Just(used),
        2 => prop_oneof![Just(0_u8), 0..9_u8].prop_map(|by| Op::Revoke { by, grant: 0 }),
        1 => Just(Op::Days(9)),
        2 => op(),
    ]
}
