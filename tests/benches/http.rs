//! The decision API over HTTP: the real program under `wrk` on loopback, as ratios to a bare route of
//! the same server, to itself with less to look through, and to its own single questions; what an
//! entity costs in memory and how long a start takes. A line over its limit ends the run with a
//! failure.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::type_complexity,
    clippy::unused_self,
    clippy::range_plus_one,
    clippy::needless_for_each,
    reason = "a benchmark starts processes, reads files and clocks, and prints what it measured"
)]

#[allow(dead_code, reason = "one part of two benchmarks")]
#[path = "parts/measure.rs"]
mod measure;
#[allow(dead_code, reason = "one part of two benchmarks")]
#[path = "parts/plain.rs"]
mod plain;
#[path = "parts/serve.rs"]
mod serve;
#[path = "parts/townships.rs"]
mod townships;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use tests::district;

use self::measure::{Limit, Report};
use self::plain::Size;
use self::serve::{Served, Target, Wrk};

/// The word that makes this program the bare server.
pub(crate) const BARE: &str = "--serve-the-bare-route";

/// The word before a folder into which what is asked of the largest server is written.
const LAY: &str = "--lay";

/// Stored entities of the folders, the fewest first.
const ENTITIES: [usize; 4] = [20, 1_000, 10_000, 100_000];
/// Townships of the districts, the fewest first.
const TOWNSHIPS: [u64; 4] = [1, 10, 100, 1_000];
/// Different questions posted to one server.
const QUESTIONS: usize = 4_000;
/// Questions in one batch.
const BATCH: usize = 50;
/// How often each server is asked, and how long.
const ROUNDS: usize = 7;
const TURN: Duration = Duration::from_secs(2);

/// Requests per second against the bare route, and one server against another.
const RATE_MIN: Limit = Limit::AtLeast(50);
const P99_MAX: Limit = Limit::AtMost(200);
const SCALE_MIN: Limit = Limit::AtLeast(85);
const BATCH_MIN: Limit = Limit::AtLeast(300);
/// Bytes in memory for one entity.
const MEMORY_MAX: u64 = 5_000;
/// Milliseconds of a start with all entities from their own encoding.
const START_MAX: u64 = 3_000;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: ::rules::Counting<mimalloc::MiMalloc> = ::rules::Counting(mimalloc::MiMalloc);

fn main() -> ExitCode {
    if std::env::args().any(|word| word == BARE) {
        let told = server::serve_bare(([127, 0, 0, 1], 0).into(), |at| println!("http://{at}/"));
        return if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut words = std::env::args().skip_while(|word| word != LAY).skip(1);
    if let Some(folder) = words.next() {
        return lay(Path::new(&folder));
    }
    let scratch = district::scratch("bench-http");
    let mut report = Report::default();
    // a copy: a build meanwhile must not change what is measured
    let program = scratch.join("program");
    std::fs::copy(tests::server::binary(), &program).unwrap();
    let folders = folders(&program, &scratch, &mut report);
    match Wrk::find(&scratch) {
        Some(wrk) => {
            over_entities(&wrk, &folders, &mut report);
            drop(folders);
            over_townships(&wrk, &program, &scratch, &mut report);
        }
        None => report.say("requests per second: skipped: install wrk"),
    }
    let _ = std::fs::remove_dir_all(&scratch);
    report.ended()
}

/// The largest folder and a district of many townships, their questions and the script of `wrk`, for a
/// profiler.
fn lay(folder: &Path) -> ExitCode {
    let size = Size::of(ENTITIES[3]);
    std::fs::create_dir_all(folder.join("policies")).unwrap();
    plain::write(&folder.join("policies"), size);
    townships::package(folder, TOWNSHIPS[2]);
    let lines = |name: &str, asked: Vec<Value>| {
        let lines: Vec<String> = asked.iter().map(Value::to_string).collect();
        std::fs::write(folder.join(name), lines.join("\n")).unwrap();
    };
    lines("questions.jsonl", plain::questions(size, "view", QUESTIONS));
    lines("district.jsonl", townships::questions(TOWNSHIPS[2], QUESTIONS));
    std::fs::write(folder.join("post.lua"), serve::SCRIPT).unwrap();
    ExitCode::SUCCESS
}

/// Starts a server for each number of entities, twice: from the file, then from what the first start
/// left.
fn folders(program: &Path, scratch: &Path, report: &mut Report) -> Vec<Served> {
    report.say("# memory and start of the server process, plain folders");
    let mut second = Vec::new();
    let mut first_memory = Vec::new();
    for count in ENTITIES {
        let (folder, store) =
            (scratch.join(format!("folder-{count}")), scratch.join(format!("store-{count}")));
        plain::write(&folder, Size::of(count));
        let first = Served::package(program, "serve", &folder, &store);
        settle();
        first_memory.push(first.memory());
        if count == ENTITIES[3] {
            let what = format!("first start with {count} entities, import of their JSON");
            report.value("ms", &what, first.start / 1000);
        }
        first.stop();
        second.push(Served::package(program, "serve", &folder, &store));
    }
    settle();
    let (few, many) = (ENTITIES[0], ENTITIES[3]);
    let all = u64::try_from(many - few).unwrap();
    let what = format!("second start with {many} entities, from their own encoding");
    report.most("ms", &what, second[3].start / 1000, START_MAX * 1000);
    let each = |most: u64, least: u64| most.saturating_sub(least) * 1000 / all;
    let what = format!("memory for one entity, {many} against {few}, second start");
    let found = each(second[3].memory(), second[0].memory());
    report.most("bytes", &what, found, MEMORY_MAX * 1000);
    let what = format!("memory for one entity, {many} against {few}, first start (import)");
    report.most("bytes", &what, each(first_memory[3], first_memory[0]), MEMORY_MAX * 1000);
    second
}

/// What the start leaves to threads is done.
fn settle() {
    std::thread::sleep(Duration::from_millis(1500));
}

fn over_entities(wrk: &Wrk, folders: &[Served], report: &mut Report) {
    report.say(&format!(
        "# requests per second, wrk -t1 -c4, {ROUNDS} turns of {} s each, medians; {QUESTIONS} questions in random order",
        TURN.as_secs()
    ));
    let bare = Served::bare();
    let path = "/access/v1/evaluation";
    let asked: Vec<Vec<Value>> =
        ENTITIES.iter().map(|it| plain::questions(Size::of(*it), "view", QUESTIONS)).collect();
    let mut targets: Vec<Target> = folders
        .iter()
        .zip(&asked)
        .enumerate()
        .map(|(at, (it, asked))| wrk.target(&format!("folder-{at}"), it, path, asked))
        .collect();
    targets.push(wrk.target("bare", &bare, path, &asked[3]));
    let batches: Vec<Value> =
        asked[3].chunks(BATCH).map(|chunk| json!({"evaluations": chunk})).collect();
    targets.push(wrk.target("batch", &folders[3], "/access/v1/evaluations", &batches));
    wrk.in_turns(&mut targets, ROUNDS, TURN, report);
    let rates: Vec<u64> = targets.iter().map(Target::rate).collect();
    let slow: Vec<u64> = targets.iter().map(Target::p99).collect();
    let work: Vec<u64> = targets.iter().map(Target::work).collect();
    let [_, _, _, whole, yardstick, batch] = rates[..] else { panic!("six targets") };
    for (count, rate) in ENTITIES.iter().zip(&rates) {
        report.value("requests/s", &format!("table: {count} entities"), *rate);
    }
    let (unit, most) = ("requests/s", format!("{} entities", ENTITIES[3]));
    report.ratio(unit, (&most, whole), ("the bare route", yardstick), RATE_MIN);
    report.ratio(
        "µs",
        (&format!("p99, {most}"), slow[3]),
        ("p99 of the bare route", slow[4]),
        P99_MAX,
    );
    report.value("µs", "processor for one request", work[3]);
    report.value("µs", "processor for one request of the bare route", work[4]);
    report.value("µs", "processor for one question in a batch", work[5] / 50);
    let few = format!("{} entities", ENTITIES[0]);
    report.ratio(unit, (&most, whole), (&few, rates[0]), SCALE_MIN);
    let items = batch * u64::try_from(BATCH).unwrap();
    let what = format!("questions in batches of {BATCH}");
    report.ratio("questions/s", (&what, items), ("single questions", whole), BATCH_MIN);
}

fn over_townships(wrk: &Wrk, program: &Path, scratch: &Path, report: &mut Report) {
    report.say("# townships with an overlay each, one village in each, OpenMatter in a random one");
    let mut servers = Vec::new();
    for count in TOWNSHIPS {
        let package = townships::package(scratch, count);
        let store = scratch.join(format!("district-store-{count}"));
        let served = Served::package(program, "demo", &package, &store);
        report.say(&format!(
            "table: {count} townships: first start {} ms, {} MiB",
            served.start / 1_000_000,
            served.memory() >> 20
        ));
        servers.push(served);
    }
    let mut targets: Vec<Target> = servers
        .iter()
        .zip(TOWNSHIPS)
        .map(|(it, count)| {
            let asked = townships::questions(count, QUESTIONS);
            agrees(it, &asked);
            wrk.target(&format!("townships-{count}"), it, "/access/v1/evaluation", &asked)
        })
        .collect();
    wrk.in_turns(&mut targets, ROUNDS, TURN, report);
    let rates: Vec<u64> = targets.iter().map(Target::rate).collect();
    for (count, rate) in TOWNSHIPS.iter().zip(&rates) {
        report.value("requests/s", &format!("table: {count} townships"), *rate);
    }
    let most = format!("{} townships", TOWNSHIPS[3]);
    report.ratio("requests/s", (&most, rates[3]), ("1 township", rates[0]), SCALE_MIN);
}

/// The questions are real ones: the overlay forbids a deputy what the district permits, and nothing
/// permits a custodian anything.
fn agrees(server: &Served, asked: &[Value]) {
    for body in asked.iter().take(200) {
        let who = body["subject"]["id"].as_str().unwrap();
        let own = body["context"]["item"] != "P15";
        let want = !who.ends_with("p07") && (own || !who.ends_with("p03"));
        let url = format!("{}/access/v1/evaluation", server.url);
        let mut answer = ureq::post(url).send_json(body).unwrap();
        let answer: Value = answer.body_mut().read_json().unwrap();
        assert_eq!(answer["decision"], want, "{body}");
    }
}
