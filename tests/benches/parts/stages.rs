//! Where the time of one decision goes: the same steps, put together from the public parts of the
//! crates they belong to, each timed.

use std::fs::File;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use engine::plain::PlainEngine;
use engine::record::{DecisionLine, FRAME_DECISION, Stated};
use engine::service::Service;
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

/// What the steps need.
struct Steps<'a> {
    engine: &'a PlainEngine,
    plain: &'a Plain,
    schema: Schema,
    index: Index,
    disk: Arc<Timed>,
    log: DecisionLog,
}

/// Prints the table: over random questions, and over one question again and again, for which
/// everything lies in the processor's caches.
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
    let steps = Steps { engine, plain, schema, index, disk, log };
    let bodies: Vec<Vec<u8>> = questions.iter().map(|it| it.to_string().into_bytes()).collect();
    let random = steps.measure(&bodies, bodies.len() * 4);
    let same = steps.measure(&bodies[..1], bodies.len() * 4);
    report.say("# stages of one decision: random questions / the same question again and again");
    let line = |name: &str, random: u64, same: u64| {
        report.say(&format!("stage: {name}: {random} ns / {same} ns"));
    };
    for ((name, random), same) in STAGES.iter().zip(random).zip(same) {
        line(name, random, same);
    }
    line("all of them", random.iter().sum(), same.iter().sum());
}

impl Steps<'_> {
    /// The medians of the stages in nanoseconds, without what reading the clock takes.
    fn measure(&self, bodies: &[Vec<u8>], count: usize) -> [u64; STAGES.len()] {
        let mut laps = Laps { last: Instant::now(), times: Default::default() };
        let mut clock: Vec<u64> = (0..1_000).map(|_| nanos(Instant::now())).collect();
        let clock = median(&mut clock);
        for number in 0..count {
            self.one(&bodies[number % bodies.len()], number, &mut laps);
        }
        laps.times.each_mut().map(|times| median(times).saturating_sub(clock))
    }

    fn one(&self, body: &[u8], number: usize, laps: &mut Laps) {
        let current = self.engine.current();
        let (store, schema) = (&current.entities, &self.schema);
        laps.last = Instant::now();
        let ask = server::parse_evaluation(body).unwrap();
        laps.lap(0);
        let principal = store.find(&ask.subject.kind, &ask.subject.id).unwrap().clone();
        let resource = store.find(&ask.resource.kind, &ask.resource.id).unwrap().clone();
        laps.lap(1);
        let shape = schema.actions().find(|it| it.thing.id() == ask.action).unwrap();
        let action = shape.thing.clone();
        let mut dropped = Vec::new();
        let stated = ask.context.clone();
        let context = from_json("context", &stated, Some(&shape.context), &mut dropped).unwrap();
        schema.check_context(shape, &context).unwrap();
        let context = Arc::new(context);
        laps.lap(2);
        let (of, on) = (principal.uid().entity_type(), resource.uid().entity_type());
        let slice = self.index.slice(of, &action, on).unwrap();
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
            edition: self.plain.digest,
            facts: Digest::default(),
            entities: current.version,
            purpose: String::new(),
            dropped,
        };
        laps.lap(6);
        let body = serde_json::to_vec(&line).unwrap();
        laps.lap(7);
        let before = self.disk.nanos.load(Ordering::Relaxed);
        let chain = DivisionCode::parse("100000000000").unwrap();
        self.log.append_body(chain, FRAME_DECISION, line.at, &body).unwrap();
        laps.lap(8);
        let written = self.disk.nanos.load(Ordering::Relaxed) - before;
        let whole = laps.times[8].pop().unwrap_or_default();
        laps.times[8].push(whole.saturating_sub(written));
        laps.times[9].push(written);
        laps.last = Instant::now();
        drop(black_box((outcome, session)));
        drop(black_box((slots, slice, context, line, body, ask)));
        laps.lap(10);
    }
}

/// How much more two threads answer than one: what they wait for each other.
pub(crate) fn threads(service: &Service, report: &Report, questions: &[Value]) {
    let bodies: Vec<Vec<u8>> = questions.iter().map(|it| it.to_string().into_bytes()).collect();
    let asks: Vec<model::Ask> =
        bodies.iter().map(|it| server::parse_evaluation(it).unwrap()).collect();
    let engine = service.plain().unwrap();
    let whole = |at: usize| {
        black_box(crate::decide(service, &bodies[at % bodies.len()]));
    };
    let only = |at: usize| {
        let current = engine.current();
        black_box(current.folder.ask(&current.entities, &asks[at % asks.len()]));
    };
    report.say("# decisions per second in process");
    compare(report, "whole decisions", &whole);
    compare(report, "asked only, neither read nor logged", &only);
}

fn compare(report: &Report, what: &str, call: &(dyn Fn(usize) + Sync)) {
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..10_usize {
        let threads = round % 2 + 1;
        let count = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let count = &count;
                scope.spawn(move || {
                    let (from, begun) = (Instant::now(), thread * 1_777);
                    let mut at = begun;
                    while !at.is_multiple_of(64) || from.elapsed() < Duration::from_millis(300) {
                        call(at);
                        at += 1;
                    }
                    count.fetch_add(u64::try_from(at - begun).unwrap_or(0), Ordering::Relaxed);
                });
            }
        });
        rates[threads - 1].push(count.into_inner() * 10 / 3);
    }
    let [one, two] = rates.each_mut().map(|rates| median(rates));
    report.say(&format!(
        "{what}: two threads {two} / one thread {one} = {}.{:02}×",
        two / one.max(1),
        two * 100 / one.max(1) % 100
    ));
}
