//! Where the time of one decision goes: the same steps, put together from the public parts of the
//! crates they belong to, each timed.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use engine::plain::PlainEngine;
use engine::record::{DecisionLine, FRAME_DECISION, Stated};
use evaluator::{Index, Schema, Session, Slots, from_json};
use journal::{DecisionLog, DecisionOptions, Disk, FileRole, RealDisk};
use model::{Digest, DivisionCode, Effect, EntityRef, Minute};
use package::plain::Plain;
use serde_json::Value;

use crate::measure::{Report, median, nanos};

/// The real disk, which counts how long writes take.
#[derive(Default, Debug)]
struct Timed {
    nanos: AtomicU64,
}

impl Disk for Timed {
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        if role != FileRole::Segment {
            return RealDisk.write_at(file, role, bytes, offset);
        }
        let from = Instant::now();
        let done = RealDisk.write_at(file, role, bytes, offset);
        self.nanos.fetch_add(nanos(from), Ordering::Relaxed);
        done
    }

    fn sync(&self, file: &File, role: FileRole) -> io::Result<()> {
        RealDisk.sync(file, role)
    }
}

const STAGES: [&str; 11] = [
    "read JSON, take it apart",
    "find subject and resource",
    "action and context",
    "choose the slice",
    "entities of the question",
    "evaluate",
    "put the line together",
    "write the line as JSON",
    "frame, hash, lock",
    "write(2)",
    "drop everything",
];

/// A clock that is read at the end of each stage.
struct Laps {
    last: Instant,
    times: [Vec<u64>; STAGES.len()],
}

impl Laps {
    fn lap(&mut self, stage: usize) {
        let now = Instant::now();
        let took = now.duration_since(self.last).as_nanos();
        self.times[stage].push(u64::try_from(took).unwrap_or(u64::MAX));
        self.last = Instant::now();
    }
}

/// Prints the table.
pub(crate) fn run(
    engine: &PlainEngine,
    plain: &Plain,
    scratch: &Path,
    report: &Report,
    questions: &[Value],
) {
    let disk = Arc::new(Timed::default());
    let own: Arc<dyn Disk> = Arc::clone(&disk) as Arc<dyn Disk>;
    let options = DecisionOptions { disk: own, ..DecisionOptions::default() };
    let folder = scratch.join("stages");
    std::fs::create_dir_all(&folder).unwrap();
    let log = DecisionLog::open(&folder, options).unwrap();
    let schema = Schema::new(plain.schema.as_ref().unwrap()).unwrap();
    let index = Index::new(&plain.policies, Some(&schema)).unwrap();
    let current = engine.current();
    let store = &current.entities;
    let chain = DivisionCode::parse("100000000000").unwrap();
    let bodies: Vec<Vec<u8>> = questions.iter().map(|it| it.to_string().into_bytes()).collect();
    let mut laps = Laps { last: Instant::now(), times: Default::default() };
    let named = |name: &str| {
        schema
            .actions()
            .find(|action| action.thing.id() == name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    let empty = || Instant::now().elapsed();
    let mut clock: Vec<u64> =
        (0..1_000).map(|_| u64::try_from(empty().as_nanos()).unwrap_or_default()).collect();
    let clock = median(&mut clock);
    for number in 0..bodies.len() * 4 {
        let body = &bodies[number % bodies.len()];
        laps.last = Instant::now();
        let ask = server::parse_evaluation(body).unwrap();
        laps.lap(0);
        let principal = store.find(&ask.subject.kind, &ask.subject.id).unwrap().clone();
        let resource = store.find(&ask.resource.kind, &ask.resource.id).unwrap().clone();
        laps.lap(1);
        let shape = named(&ask.action);
        let action = shape.thing.clone();
        let mut dropped = Vec::new();
        let context =
            from_json("context", &ask.context.clone(), Some(&shape.context), &mut dropped).unwrap();
        schema.check_context(shape, &context).unwrap();
        let context = Arc::new(context);
        laps.lap(2);
        let (of, on) = (principal.uid().entity_type(), resource.uid().entity_type());
        let slice = index.slice(of, &action, on).unwrap();
        laps.lap(3);
        let roots = [&principal, &action, &resource];
        let further = slice.further(store, roots, &context, 1_000).unwrap();
        let slots = Slots::new(principal, action, resource, further);
        laps.lap(4);
        let session = Session::new(&slots, Arc::clone(&context));
        let outcome = session.ask(slice.lines());
        laps.lap(5);
        let line = DecisionLine {
            id: format!("d-{}-{number:06x}", "0123456789abcdef"),
            at: Minute(29_000_000),
            caller: String::new(),
            principal: EntityRef::new(&ask.subject.kind, &ask.subject.id),
            action: ask.action.clone(),
            resource: EntityRef::new(&ask.resource.kind, &ask.resource.id),
            stated: Some(Stated { context: ask.context.clone(), ..Stated::default() }),
            effect: if outcome.allowed() { Effect::Allow } else { Effect::Deny },
            policies: outcome.permits.iter().map(|line| line.id().to_string()).collect(),
            edition: plain.digest,
            facts: Digest::default(),
            entities: current.version,
            purpose: String::new(),
            dropped,
        };
        laps.lap(6);
        let body = serde_json::to_vec(&line).unwrap();
        laps.lap(7);
        let before = disk.nanos.load(Ordering::Relaxed);
        log.append_body(chain, FRAME_DECISION, line.at, &body).unwrap();
        laps.lap(8);
        let written = disk.nanos.load(Ordering::Relaxed) - before;
        let whole = laps.times[8].pop().unwrap_or_default();
        laps.times[8].push(whole.saturating_sub(written));
        laps.times[9].push(written);
        laps.last = Instant::now();
        drop(black_box((outcome, session)));
        drop(black_box((slots, slice, context, line, body, ask)));
        laps.lap(10);
    }
    report.say(&format!(
        "# stages of one decision, medians, {clock} ns for reading the clock taken off"
    ));
    let mut all = 0;
    for (name, times) in STAGES.iter().zip(&mut laps.times) {
        let found = median(times).saturating_sub(clock);
        all += found;
        report.value("µs", &format!("stage: {name}"), found);
    }
    report.value("µs", "stage: all of them", all);
}
