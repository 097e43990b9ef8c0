//! Writing one entity among 100,000, and those who read meanwhile.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use engine::plain::PlainEngine;
use engine::service::Service;
use evaluator::Thing;
use journal::{Disk, FileRole, RealDisk};
use serde_json::{Value, json};

use crate::ENTITIES;
use crate::measure::{Dice, Report, median, nanos, upper};
use crate::plain::{self, Size};

/// Most that a write may take without its sync, in nanoseconds.
const WRITE_MAX: u64 = 1_000_000;
/// Writes that are measured.
const WRITES: usize = 400;

/// The real disk, which counts how long syncs take.
#[derive(Default, Debug)]
struct Timed {
    nanos: AtomicU64,
}

impl Disk for Timed {
    fn write_at(&self, file: &File, role: FileRole, bytes: &[u8], offset: u64) -> io::Result<()> {
        RealDisk.write_at(file, role, bytes, offset)
    }

    fn sync(&self, file: &File, role: FileRole) -> io::Result<()> {
        let from = Instant::now();
        let done = RealDisk.sync(file, role);
        if role == FileRole::Segment {
            self.nanos.fetch_add(nanos(from), Ordering::Relaxed);
        }
        done
    }
}

/// A user or document of the folder, with one attribute changed.
fn changed(engine: &PlainEngine, size: Size, dice: &mut Dice) -> Value {
    let (kind, id, name) = if dice.below(2) == 0 {
        ("User", format!("user-{:06}", dice.below(size.users)), "clearance")
    } else {
        ("Document", format!("document-{:06}", dice.below(size.documents)), "level")
    };
    let mut value = engine.entity(kind, &id).unwrap();
    value["attrs"][name] = json!(dice.below(6));
    value
}

/// Measures; the engine is opened once more on a disk that counts its syncs.
pub(crate) fn run(engine: Arc<PlainEngine>, folder: &Path, scratch: &Path, report: &mut Report) {
    let size = Size::of(ENTITIES);
    let mut dice = Dice::new(23);
    in_memory(&engine, size, &mut dice, report);
    drop(engine);
    let disk = Arc::new(Timed::default());
    let own: Arc<dyn Disk> = Arc::clone(&disk) as Arc<dyn Disk>;
    let from = Instant::now();
    let engine = crate::open(folder, &scratch.join("store"), |options| options.journal.disk = own);
    report.most(
        "ms",
        "second open in process, from their own encoding",
        nanos(from) / 1000,
        3_000_000,
    );
    let (mut whole, mut without) = (Vec::new(), Vec::new());
    for _ in 0..WRITES {
        let value = changed(&engine, size, &mut dice);
        let (before, from) = (disk.nanos.load(Ordering::Relaxed), Instant::now());
        engine.put_entity("", value).unwrap();
        let took = nanos(from);
        whole.push(took);
        without.push(took.saturating_sub(disk.nanos.load(Ordering::Relaxed) - before));
    }
    report.most("µs", "put_entity without its fdatasync, median", median(&mut without), WRITE_MAX);
    report.value(
        "µs",
        "put_entity without its fdatasync, one in a hundred takes longer",
        upper(&mut without, 100),
    );
    report.value("µs", "put_entity with fdatasync, median", median(&mut whole));
    report.value(
        "µs",
        "put_entity with fdatasync, one in a hundred takes longer",
        upper(&mut whole, 100),
    );
    let engine = Arc::new(engine);
    readers(&engine, size, report);
}

/// The store alone, and the reading of the entity before it.
fn in_memory(engine: &PlainEngine, size: Size, dice: &mut Dice, report: &mut Report) {
    let current = engine.current();
    let schema = current.folder.schema();
    let mut store = current.entities.clone();
    let (mut read, mut put) = (Vec::new(), Vec::new());
    for _ in 0..WRITES * 10 {
        let value = changed(engine, size, dice);
        let from = Instant::now();
        let thing = Thing::of_cedar_json(value, schema).unwrap();
        read.push(nanos(from));
        // as a writer does it: a store of its own, which shares what does not change
        let from = Instant::now();
        let mut next = store.clone();
        next.put(&thing).unwrap();
        put.push(nanos(from));
        store = next;
    }
    report.value("µs", "one entity read from JSON and checked, median", median(&mut read));
    report.most("µs", "store: put of one entity, median", median(&mut put), WRITE_MAX);
    report.value(
        "µs",
        "store: put of one entity, one in a hundred takes longer",
        upper(&mut put, 100),
    );
    // the worst there is: a team that a quarter of all people lie in gets another parent
    let value = json!({"uid": {"type": "Team", "id": "team-3"}, "attrs": {},
        "parents": [{"type": "Team", "id": "team-2"}]});
    let thing = Thing::of_cedar_json(value, schema).unwrap();
    let from = Instant::now();
    store.put(&thing).unwrap();
    report.value(
        "µs",
        "store: put of a team with a quarter of all people in it, other parent",
        nanos(from),
    );
}

/// How long the longest pause of a reader is, while nothing is written and while one write follows
/// another.
fn readers(engine: &Arc<PlainEngine>, size: Size, report: &mut Report) {
    let asks: Vec<model::Ask> = plain::questions(size, "view", 2_000)
        .iter()
        .map(|it| server::parse_evaluation(it.to_string().as_bytes()).unwrap())
        .collect();
    let service = Service::Plain(Arc::clone(engine));
    for logged in [false, true] {
        let of =
            if logged { "a reader whose answers are logged" } else { "a reader of the entities" };
        for writing in [false, true] {
            let stop = AtomicBool::new(false);
            let (gaps, writes) = std::thread::scope(|scope| {
                let reader = scope.spawn(|| {
                    let mut gaps = Vec::new();
                    let mut at = 0;
                    while !stop.load(Ordering::Relaxed) {
                        let ask = &asks[at % asks.len()];
                        let from = Instant::now();
                        if logged {
                            service
                                .answer(&engine::service::Reader::default(), ask, None, None)
                                .unwrap();
                        } else {
                            let current = engine.current();
                            std::hint::black_box(current.folder.ask(&current.entities, ask));
                        }
                        gaps.push(nanos(from));
                        at += 1;
                    }
                    gaps
                });
                let mut dice = Dice::new(29);
                let (from, mut writes) = (Instant::now(), 0_u64);
                while from.elapsed() < Duration::from_secs(2) {
                    if writing {
                        let value = changed(engine, size, &mut dice);
                        engine.put_entity("", value).unwrap();
                        writes += 1;
                    } else {
                        std::thread::sleep(Duration::from_millis(20));
                    }
                }
                stop.store(true, Ordering::Relaxed);
                (reader.join().unwrap(), writes)
            });
            let mut gaps = gaps;
            let count = gaps.len();
            let most = gaps.iter().copied().max().unwrap_or_default();
            let typical = median(&mut gaps);
            let rare = upper(&mut gaps, 1_000);
            report.say(&format!(
                "{of}, {}: {count} answers in 2 s; median {typical} ns, one in a thousand over {rare} ns, worst {most} ns",
                if writing { format!("{writes} writes meanwhile") } else { "nothing written".to_owned() },
            ));
        }
    }
}
