//! What the rule host costs: a call against bare wasmtime, batches of a thousand rows against the same rule in native
//! code, compiling, loading from the folder of compiled components, and a thousand rules in memory.
//!
//! Names of parts (`calls`, `settles`, `components`, `scripts`, `tables`, `loads`, `thousand`) after `--` run only those.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    missing_debug_implementations,
    reason = "a benchmark reads files and clocks, owns them, and prints what it measured"
)]

#[expect(dead_code, reason = "other benchmarks use the rest")]
#[path = "parts/measure.rs"]
mod measure;

#[path = "parts/bare.rs"]
mod bare;

#[path = "parts/by_hand.rs"]
mod by_hand;

#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    reason = "the plugin's own lines, compiled natively as the yardstick; they are linted where they live"
)]
#[path = "../../plugins/household-sanitation/src/logic.rs"]
mod logic;

#[path = "parts/houses.rs"]
mod houses;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use bare::Bare;
use by_hand::by_hand;
use measure::{Limit, Report, Turns, in_turns, median, nanos};
use rules::{HostOptions, Law, Limits, LoadCode, Rule, RuleEvent, RuleHost, RuleInput, RuleRow};
use tests::district::{root, scratch};

/// The allocator that the program runs with.
#[global_allocator]
static ALLOCATOR: ::rules::Counting<mimalloc::MiMalloc> = ::rules::Counting(mimalloc::MiMalloc);

const HOURS: &[u8] = include_bytes!("../guests/hours.wasm");
const SANITATION: &str = "plugins/household-sanitation/household-sanitation.wasm";
const SCRIPT: &str =
    "policies/laixi/townships/370285106-nanshu/editions/2026-01-01/rules/volunteer-hours.rhai";
const TABLE: &str = include_str!("../golden/tables/hours-rate.table.toml");

/// Most that a call may cost, in bare calls of wasmtime, times 100; and its store with the instance alone.
const CALL_MAX: u64 = 130;
const START_MAX: u64 = 120;
/// Aims for a thousand rows in native runs of the same rule, times 100.
const COMPONENT_MAX: u64 = 300;
const SCRIPT_MAX: u64 = 1_500;
const TABLE_MAX: u64 = 300;
/// Most microseconds for compiling the largest component, and for loading one that was compiled before.
const COMPILE_MAX: u64 = 200_000;
const LOAD_MAX: u64 = 2_000;
/// Most mebibytes for a thousand rules.
const MEMORY_MAX: u64 = 500;

const LONG: Turns = Turns { rounds: 31, rows: 10 };
const SHORT: Turns = Turns { rounds: 31, rows: 2_000 };

/// One part of the run.
type Part = fn(&mut Report, &RuleHost);

fn main() -> ExitCode {
    let mut report = Report::default();
    let host = RuleHost::new(Limits::default()).unwrap();
    let parts: [(&str, Part); 7] = [
        // first, while nothing that others freed can be used again without being seen
        ("thousand", |report, _| thousand(report)),
        ("calls", calls),
        ("settles", settles),
        ("components", |report, host| batches(report, host, "component")),
        ("scripts", |report, host| batches(report, host, "script")),
        ("tables", |report, host| batches(report, host, "table")),
        ("loads", loads),
    ];
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            part(&mut report, &host);
        }
    }
    report.ended()
}

fn calls(report: &mut Report, host: &RuleHost) {
    let bytes = std::fs::read(root().join(SANITATION)).unwrap();
    let rule = host.load_component(&bytes).unwrap();
    let bare = Bare::new(&bytes);
    let nothing = RuleInput { day: 20_500, settings: round_settings(), ..RuleInput::default() };
    rule.settle(&nothing).unwrap();
    let ours = |_| drop(black_box(rule.settle(black_box(&nothing)).unwrap()));
    let (whole, base) = in_turns(SHORT, 1, ours, |_| bare.ask(&mut bare.start()));
    let against = ("bare wasmtime", base);
    report.ratio("µs", ("a question without rows", whole), against, Limit::AtMost(CALL_MAX));
    let (start, again) =
        in_turns(SHORT, 1, |_| drop(black_box(bare.start())), |_| bare.ask(&mut bare.start()));
    // the first call of an instance meets cold memory, so what it takes is what starting alone leaves of both together
    let rest = whole.saturating_sub(again.saturating_sub(start));
    let rest = ("store, instance, checks and receipt, without the call itself", rest);
    report.ratio("µs", rest, ("bare store and instance", start), Limit::AtMost(START_MAX));
    let compared = RuleHost::new(Limits { cross_check_permille: 10, ..Limits::default() }).unwrap();
    let compared = compared.load_component(&bytes).unwrap();
    let with = |_| drop(black_box(compared.settle(black_box(&nothing)).unwrap()));
    let without = |_| drop(black_box(rule.settle(black_box(&nothing)).unwrap()));
    let (with, without) = in_turns(SHORT, 1, with, without);
    report.value("µs", "the same with 10 of 1,000 questions compared, none of them this one", with);
    report.value("µs", "and without comparing", without);
}

fn settles(report: &mut Report, host: &RuleHost) {
    let bytes = std::fs::read(root().join(SANITATION)).unwrap();
    let rule = host.load_component(&bytes).unwrap();
    let input = houses::input(1_000, round_settings());
    assert_eq!(rule.settle(&input).unwrap().0.claims, houses::native(&input), "the same rule");
    let ours = |_| drop(black_box(rule.settle(black_box(&input)).unwrap()));
    let (ours, base) =
        in_turns(LONG, 1, ours, |_| drop(black_box(houses::native(black_box(&input)))));
    let native = ("native, same claims", base);
    let what = "1,000 households by a component";
    report.ratio("µs", (what, ours), native, Limit::AtMost(COMPONENT_MAX));
    let interpreting = RuleHost::interpreting(Limits::default()).unwrap();
    let twin = interpreting.load_component(&bytes).unwrap();
    let turns = Turns { rounds: 11, rows: 1 };
    let settle = |_| drop(black_box(twin.settle(black_box(&input)).unwrap()));
    report.value("µs", "the same interpreted", in_turns(turns, 1, settle, |_| ()).0);
}

fn batches(report: &mut Report, host: &RuleHost, form: &str) {
    let input = volunteers();
    let wanted: Vec<i64> = by_hand(&input).iter().map(|row| total(row)).collect();
    let (rule, most) = match form {
        // of the interface before 1.0, in which texts go out: shown, and without a limit
        "component" => (host.load_component(HOURS).unwrap(), u64::MAX),
        "script" => {
            let script = std::fs::read_to_string(root().join(SCRIPT)).unwrap();
            (host.load_script(&script, Law::Score).unwrap(), SCRIPT_MAX)
        }
        _ => (host.load_table(TABLE, Law::Score).unwrap(), TABLE_MAX),
    };
    // the table states its bands itself
    let settings = if form == "table" { BTreeMap::new() } else { bands() };
    let input = RuleInput { settings, ..input };
    assert_eq!(totals(&rule, &input), wanted, "{form}: the same rule");
    let ours = |_| drop(black_box(rule.score(black_box(&input)).unwrap()));
    let (ours, base) = in_turns(LONG, 1, ours, |_| drop(black_box(by_hand(black_box(&input)))));
    let what = format!("1,000 volunteers by a {form}");
    if form == "script" {
        // from 250 rows on a script is asked in two halves at a time
        let rows = input.rows.chunks(200);
        let parts = rows.map(|rows| RuleInput { rows: rows.to_vec(), ..input.clone() });
        let parts: Vec<_> = parts.collect();
        let ours = |_| parts.iter().for_each(|part| drop(black_box(rule.score(part).unwrap())));
        let alone = in_turns(LONG, 1, ours, |_| ()).0;
        let times = alone.saturating_mul(100) / base.max(1);
        let what = format!("{what}, one thread, {}.{:02}× native", times / 100, times % 100);
        report.value("µs", &what, alone);
    }
    if most == u64::MAX {
        let times = ours.saturating_mul(100) / base.max(1);
        report.value(
            "µs",
            &format!("{what} of 0.1, {}.{:02}× native", times / 100, times % 100),
            ours,
        );
    } else {
        report.ratio("µs", (&what, ours), ("native, same claims", base), Limit::AtMost(most));
    }
}

fn total(row: &[rules::Claim]) -> i64 {
    row.iter().map(|claim| claim.points).sum()
}

fn totals(rule: &Arc<dyn Rule>, input: &RuleInput) -> Vec<i64> {
    let rows = rule.score(input).unwrap().0;
    rows.iter().map(|row| total(row.as_ref().unwrap())).collect()
}

fn round_settings() -> BTreeMap<String, i64> {
    [("w", 200), ("cap", 2_000)].map(|(name, value)| (name.to_owned(), value)).into()
}

fn bands() -> BTreeMap<String, i64> {
    [
        ("band1_hours", 20),
        ("band1_hours_per_point", 1),
        ("band2_hours", 80),
        ("band2_hours_per_point", 2),
        ("band3_hours", 200),
        ("band3_hours_per_point", 3),
        ("band4_hours_per_point", 4),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn volunteers() -> RuleInput {
    let rows = (0..1_000_i64).map(|person| RuleRow {
        subject: format!("v{person:04}"),
        events: (0..5_i64)
            .map(|visit| RuleEvent {
                id: format!("v{person:04}-{visit}").into(),
                kind: "service".into(),
                day: 20_460 + visit * 7,
                quantities: BTreeMap::from([(
                    "minutes".into(),
                    (person * 37 + visit * 211) % 2_000 + 1,
                )]),
                ..RuleEvent::default()
            })
            .collect(),
        ..RuleRow::default()
    });
    RuleInput { day: 20_500, rows: rows.collect(), ..RuleInput::default() }
}

/// A component of nearly the largest size, all of it code. It is refused for its interface, after it was compiled.
fn largest() -> Vec<u8> {
    let mut functions = String::new();
    let mut number = 0;
    loop {
        let bytes =
            wat::parse_str(format!("(component (core module (memory 1) {functions}))")).unwrap();
        if bytes.len() + 2_000 > Limits::default().component_bytes {
            return bytes;
        }
        // a few at a time, since every size is found by encoding all
        for _ in 0..(256_000_usize.saturating_sub(bytes.len()) / 800).max(1) {
            number += 1;
            write!(
                functions,
                "(func (export \"f{number}\") (param i64 i64) (result i64) (local i64) "
            )
            .unwrap();
            for step in 0..16 {
                write!(
                    functions,
                    "(local.set 2 (i64.add (local.get 2) (i64.mul (local.get 0) (i64.const {})))) \
                     (if (i64.lt_s (local.get 2) (local.get 1)) (then (local.set 0 (i64.load \
                     (i32.and (i32.wrap_i64 (local.get 2)) (i32.const 65528)))))) ",
                    number * 16 + step
                )
                .unwrap();
            }
            functions.push_str("(local.get 2))");
        }
    }
}

fn loads(report: &mut Report, host: &RuleHost) {
    let large = largest();
    let times = |count: usize, mut once: Box<dyn FnMut() -> u64 + '_>| -> u64 {
        median(&mut (0..count).map(|_| once()).collect::<Vec<_>>())
    };
    let compile = times(
        9,
        Box::new(|| {
            let from = Instant::now();
            let error = host.load_component(&large).map(|_| ()).unwrap_err();
            let took = nanos(from);
            assert_eq!(error.code, LoadCode::UnknownInterface, "{error}");
            took
        }),
    );
    let what = format!("compiling a component of {} bytes", large.len());
    report.most("µs", &what, compile, COMPILE_MAX * 1_000);
    let bytes = std::fs::read(root().join(SANITATION)).unwrap();
    let fresh = times(
        9,
        Box::new(|| {
            let from = Instant::now();
            host.load_component(&bytes).unwrap();
            nanos(from)
        }),
    );
    report.value("µs", &format!("loading a rule of {} bytes, compiled", bytes.len()), fresh);
    let options = HostOptions { cache: Some(scratch("rules-cache")), ..HostOptions::default() };
    RuleHost::open(&options).unwrap().load_component(&bytes).unwrap();
    let kept = times(
        21,
        Box::new(|| {
            let host = RuleHost::open(&options).unwrap();
            let from = Instant::now();
            host.load_component(&bytes).unwrap();
            let took = nanos(from);
            assert_eq!(host.cache_counts().taken, 1);
            took
        }),
    );
    report.most("µs", "the same, compiled before", kept, LOAD_MAX * 1_000);
}

/// A thousand rules that differ in a byte, so that each is compiled and kept by itself.
fn thousand(report: &mut Report) {
    let bytes = std::fs::read(root().join(SANITATION)).unwrap();
    let host = RuleHost::new(Limits { cross_check_permille: 10, ..Limits::default() }).unwrap();
    let before = resident();
    let from = Instant::now();
    let rules: Vec<_> = (0..1_000_u32)
        .map(|number| {
            let mut one = bytes.clone();
            // a custom section: kind 0, size 6, a name of one letter, four bytes
            one.extend([0, 6, 1, b'n']);
            one.extend(number.to_le_bytes());
            host.load_component(&one).unwrap()
        })
        .collect();
    let took = nanos(from);
    let after = resident();
    let what = format!(
        "{} rules of {} bytes in memory, none of them compared yet",
        rules.len(),
        bytes.len()
    );
    report.most("MiB", &what, (after - before) * 1_000 / 1_024, MEMORY_MAX * 1_000);
    report.value("ms", "compiling them", took / 1_000);
}

/// Kibibytes of this process in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
