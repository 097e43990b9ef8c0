//! Any order of appends, batches, retentions and restarts leaves whole chains and the right count.
#![allow(clippy::disallowed_methods, reason = "tests touch files, threads and processes")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail the test")]

mod common;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use common::{Scratch, chain, decided, decisions};
use journal::{
    DecisionLog, Head, NoPersonal, Place, Retain, StoreError, find_decision, read_at, verify,
};
use model::{DivisionCode, Minute};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    One(u64, i64, Vec<u8>),
    Many(u64, i64, Vec<Vec<u8>>),
    Retain { newest_segments_min: u64, age: i64 },
    Sync,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let body = || prop::collection::vec(any::<u8>(), 0..700);
    // Clocks jump back too.
    let later = -2_i64..4;
    prop_oneof![
        8 => (0_u64..4, later.clone(), body()).prop_map(|(n, later, body)| Step::One(n, later, body)),
        4 => (0_u64..4, later, prop::collection::vec(body(), 1..8))
            .prop_map(|(n, later, bodies)| Step::Many(n, later, bodies)),
        2 => (0_u64..5, -3_i64..40)
            .prop_map(|(newest_segments_min, age)| Step::Retain { newest_segments_min, age }),
        1 => Just(Step::Sync),
        2 => Just(Step::Reopen),
    ]
}

/// What was written, as the log should know it.
struct Written {
    chain: DivisionCode,
    recorded_at: Minute,
    head: Head,
    place: Place,
    body: Vec<u8>,
}

/// A log and what it should hold.
struct Run {
    log: Option<DecisionLog>,
    written: Vec<Written>,
    /// How many of them were removed.
    removed: usize,
    now: i64,
}

impl Run {
    fn log(&self) -> &DecisionLog {
        self.log.as_ref().unwrap()
    }

    fn append(&mut self, number: u64, later: i64, bodies: &[Vec<u8>], many: bool) {
        self.now += later;
        let (chain, recorded_at) = (chain(number), Minute(self.now));
        let written = if many {
            let bodies: Vec<_> = bodies.iter().map(Vec::as_slice).collect();
            self.log().append_many(chain, 7, recorded_at, &bodies).unwrap()
        } else {
            vec![self.log().append_body(chain, 7, recorded_at, &bodies[0]).unwrap()]
        };
        assert_eq!(written.len(), bodies.len());
        let rows = written.into_iter().zip(bodies);
        self.written.extend(rows.map(|(at, body)| Written {
            chain,
            recorded_at,
            head: at.head,
            place: at.place,
            body: body.clone(),
        }));
    }

    /// Removes what may go, by the rule as it is told, not as it is made.
    fn retain(&mut self, newest_segments_min: u64, age: i64) {
        let not_before = Minute(self.now - age);
        let retained = self.log().retain(Retain { newest_segments_min, not_before }).unwrap();
        let newest = self.written.last().map_or(1, |last| last.place.segment);
        let stays = |segment: u64| {
            segment + newest_segments_min.max(1) > newest
                || self
                    .written
                    .iter()
                    .any(|one| one.place.segment == segment && one.recorded_at >= not_before)
        };
        let left = &self.written[self.removed..];
        let gone = left.iter().take_while(|one| !stays(one.place.segment)).count();
        assert_eq!(retained.records, gone as u64);
        self.removed += gone;
        let from = retained.from.map_or(1, |from| from.record);
        assert_eq!(from, self.removed as u64 + 1);
        assert_eq!(self.log().position().records, self.written.len() as u64);
    }

    fn run(&mut self, dir: &Scratch, step: Step) {
        match step {
            Step::One(number, later, body) => self.append(number, later, &[body], false),
            Step::Many(number, later, bodies) => self.append(number, later, &bodies, true),
            Step::Retain { newest_segments_min, age } => self.retain(newest_segments_min, age),
            Step::Sync => self.log().sync().unwrap(),
            Step::Reopen => {
                let position = self.log().position();
                self.log = None;
                let log = DecisionLog::open(dir.path(), decisions()).unwrap();
                assert_eq!(log.position(), position);
                assert!(log.recovery().cut.is_none() && log.recovery().retired == 0);
                self.log = Some(log);
            }
        }
    }

    /// Everything that is left, read in every way.
    fn check(&self, dir: &Scratch) {
        let report = verify(dir.path(), &NoPersonal).unwrap();
        assert!(report.holds() && report.notes.is_empty(), "{report:?}");
        let left = &self.written[self.removed..];
        let read = decided(dir.path());
        assert_eq!((read.len(), report.decisions), (left.len(), left.len() as u64));
        for (at, (record, one)) in read.iter().zip(left).enumerate() {
            assert_eq!(record.record, (self.removed + at) as u64 + 1);
            assert_eq!(
                (record.chain, record.head(), record.place),
                (one.chain, one.head, one.place)
            );
            assert_eq!((&record.body, record.recorded_at), (&one.body, one.recorded_at));
        }
        let mut chains: BTreeMap<_, u64> = BTreeMap::new();
        for one in &self.written {
            let seq = chains.entry(one.chain).or_default();
            *seq += 1;
            assert_eq!(one.head.seq, *seq, "numbers are dense over removals and restarts");
        }
        let mut backwards = Vec::new();
        let flow = find_decision(dir.path(), true, &mut |stored| {
            backwards.push(stored.clone());
            ControlFlow::Continue(())
        });
        assert!(flow.unwrap().is_continue());
        backwards.reverse();
        assert_eq!(backwards, read);
        for (at, one) in self.written.iter().enumerate().step_by(7) {
            match read_at(dir.path(), one.place) {
                Ok(record) => assert!(at >= self.removed && record.head() == one.head),
                Err(StoreError::Retired { .. }) => assert!(at < self.removed),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_order_the_chains_and_the_count_are_kept(steps in prop::collection::vec(step(), 1..90)) {
        let dir = Scratch::new("random-decisions");
        let log = Some(DecisionLog::open(dir.path(), decisions()).unwrap());
        let mut run = Run { log, written: Vec::new(), removed: 0, now: 1000 };
        for step in steps {
            run.run(&dir, step);
        }
        run.log().sync().unwrap();
        run.check(&dir);
        run.log = None;
        run.check(&dir);
        run.run_reopened(&dir);
    }
}

impl Run {
    /// One more append after one more open.
    fn run_reopened(mut self, dir: &Scratch) {
        self.log = Some(DecisionLog::open(dir.path(), decisions()).unwrap());
        self.append(1, 1, &[b"after".to_vec()], false);
        self.log = None;
        self.check(dir);
    }
}
