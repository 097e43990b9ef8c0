//! One step of a matter, from the caller's words until it is safe on the disk, as a ratio to a durable posting: the
//! journal's own append of as many bytes, waited for. Both in turns in one run, each on a store of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::unused_self,
    clippy::range_plus_one,
    reason = "a benchmark reads files, owns clocks, and prints what it measured"
)]

#[allow(dead_code, reason = "other benchmarks use the rest")]
#[path = "parts/measure.rs"]
mod measure;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use engine::acts::matters::{OpenMatter, TakeStep};
use engine::operation::Caller;
use engine::snapshot::Snapshot;
use engine::{Clock, Engine, EngineOptions};
use journal::{Embedded, Frame, Options, Store as _};
use measure::{Limit, Report, median, nanos};
use model::{CivilDay, DivisionCode, Minute};
use rules::RuleHost;
use tests::district;

/// Most that a step may cost, in durable postings of as many bytes, times 100.
const STEP_MAX: Limit = Limit::AtMost(130);
/// Steps that are measured, and those before them that are not.
const STEPS: usize = 600;
const FIRST: usize = 60;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: ::rules::Counting<mimalloc::MiMalloc> = ::rules::Counting(mimalloc::MiMalloc);

fn main() -> ExitCode {
    let scratch = district::scratch("bench-step");
    let bytes = recorded(&scratch.join("one"));
    let engine = district_engine(&scratch.join("district"));
    let (clerk, village) = (Caller { person: CLERK.to_owned() }, VILLAGE.parse().unwrap());
    let chain = DivisionCode::parse("370285102000").unwrap();
    let posting = Embedded::open(&scratch.join("posting"), Options::default()).unwrap();
    let (mut ours, mut base) = (Vec::new(), Vec::new());
    for round in 0..FIRST + STEPS {
        let step = voucher(&engine, &clerk, village);
        let frame = Frame { kind: 1, recorded_at: Minute(0), body: vec![b'x'; bytes] };
        let own = || timed(|| drop(engine.act(&clerk, None, &step).unwrap()));
        let post = || {
            timed(|| {
                let appended = posting.append(chain, posting.head(chain), vec![frame]).unwrap();
                appended.ticket.wait().unwrap();
            })
        };
        let (one, other) = if round.is_multiple_of(2) {
            let one = own();
            (one, post())
        } else {
            let other = post();
            (own(), other)
        };
        if round >= FIRST {
            ours.push(one);
            base.push(other);
        }
    }
    let mut report = Report::default();
    report.say(&format!("# {STEPS} steps, one at a time; the record of one has {bytes} bytes"));
    report.ratio(
        "µs",
        ("matter step: asked, decided, planned, recorded, safe", median(&mut ours)),
        ("durable posting of as many bytes", median(&mut base)),
        STEP_MAX,
    );
    report.ended()
}

const VILLAGE: &str = "370285102259";
const CLERK: &str = "370285102259-p05";

fn district_engine(dir: &Path) -> Engine {
    let files = engine::files::read_package(&district::root().join("policies/laixi")).unwrap();
    let package = package::load(&files).package.unwrap();
    let host = RuleHost::new(rules::Limits::default()).unwrap();
    let snapshot = Snapshot::new(package, &host).unwrap();
    let now = Minute("2026-11-23".parse::<CivilDay>().unwrap().start().0 + 600);
    let engine = Engine::open(snapshot, EngineOptions::new(dir.to_path_buf(), Clock::manual(now)));
    let engine = engine.unwrap();
    engine.load_demo(&mut |_, _| {}).unwrap();
    // the index trails behind; what it still owes of the load is not part of a step
    while engine.indexed() < engine.records() {
        std::thread::sleep(Duration::from_millis(20));
    }
    engine
}

/// Opens a matter of everyday spending, whose first step is then to be taken.
fn voucher(engine: &Engine, clerk: &Caller, village: DivisionCode) -> TakeStep {
    let open = OpenMatter {
        item: "P15".to_owned(),
        village,
        title: "办公用品".to_owned(),
        amount_cents: 50_000,
        seal_class: String::new(),
        variant: String::new(),
        site: String::new(),
        project: String::new(),
        certificate: String::new(),
        service: String::new(),
        documents: Vec::new(),
    };
    let reply = engine.act(clerk, None, &open).unwrap();
    let matter = reply.body["id"].as_str().unwrap().to_owned();
    TakeStep { matter, ..serde_json::from_value(serde_json::json!({"step": "VOUCHER"})).unwrap() }
}

/// Bytes of the record of such a step.
fn recorded(dir: &Path) -> usize {
    let engine = district_engine(dir);
    let clerk = Caller { person: CLERK.to_owned() };
    let step = voucher(&engine, &clerk, VILLAGE.parse().unwrap());
    engine.act(&clerk, None, &step).unwrap();
    drop(engine);
    let mut last = 0;
    journal::read_all(dir, &mut |stored| {
        last = stored.body.len();
        Ok(())
    })
    .unwrap();
    assert!(last > 0, "a step was recorded");
    last
}

fn timed(what: impl FnOnce()) -> u64 {
    let from = Instant::now();
    what();
    nanos(from)
}
