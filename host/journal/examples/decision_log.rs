//! Measures what one decision costs its caller, and where the time goes.
//!
//! `cargo run --release -p journal --example decision_log [DIR]`
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use journal::{DecisionLog, DecisionOptions, find_decision, read_at};
use model::{DivisionCode, Minute};
use sha2::{Digest as _, Sha256};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BODY: usize = 350;
const FRAME: usize = BODY + 76;
const ROUNDS: usize = 400_000;

fn say(line: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

/// The median over 50 runs of 2000 calls each, nanoseconds per call.
fn cost(mut call: impl FnMut()) -> u128 {
    let mut runs: Vec<u128> = (0..50)
        .map(|_| {
            let start = Instant::now();
            (0..2_000).for_each(|_| call());
            start.elapsed().as_nanos() / 2_000
        })
        .collect();
    runs.sort_unstable();
    runs.get(25).copied().unwrap_or_default()
}

fn parts(dir: &Path) -> Result<(), Failure> {
    let (header, body) = (std::hint::black_box([7_u8; 72]), std::hint::black_box([42_u8; BODY]));
    let hash = cost(|| {
        let mut hasher = Sha256::new();
        hasher.update(b"xiangyue/decision/frame/1\0");
        hasher.update(header);
        hasher.update(body);
        std::hint::black_box(hasher.finalize());
    });
    let crc = cost(|| {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&header);
        hasher.update(&body);
        std::hint::black_box(hasher.finalize());
    });
    let mut buffer = Vec::with_capacity(FRAME);
    let encode = cost(|| {
        buffer.clear();
        buffer.extend_from_slice(&header);
        buffer.extend_from_slice(&[0; 4]);
        buffer.extend_from_slice(std::hint::black_box(&body));
        std::hint::black_box(&buffer);
    });
    let mutex = Mutex::new(0_u64);
    let lock = cost(|| {
        if let Ok(mut value) = mutex.lock() {
            *value += 1;
        }
    });
    let file = File::create(dir.join("plain"))?;
    file.write_all_at(&vec![0; 50 * 2_000 * FRAME], 0)?;
    file.sync_all()?;
    let (frame, mut at) = ([7_u8; FRAME], 0);
    let pwrite = cost(|| {
        file.write_all_at(&frame, at).ok();
        at += FRAME as u64;
    });
    say(&format!(
        "parts, ns: sha-256 {hash}, crc {crc}, encode {encode}, free lock {lock}, pwrite {pwrite}"
    ))
}

fn report(
    what: &str,
    mut waits: Vec<Duration>,
    took: Duration,
    each: usize,
) -> Result<(), Failure> {
    waits.sort_unstable();
    let at =
        |part: usize| waits.get(waits.len() * part / 1000).copied().unwrap_or_default().as_nanos();
    let records = waits.len() * each;
    let mean = took.as_nanos() / records.max(1) as u128;
    let rate = records as u128 * 1_000_000_000 / took.as_nanos().max(1);
    say(&format!(
        "{what}: {rate} decisions/s, {mean} ns each; a call: p50 {} ns, p99 {} ns, p99.9 {} ns",
        at(500),
        at(990),
        at(999)
    ))
}

fn appenders(dir: &Path, threads: usize, batch: usize) -> Result<(), Failure> {
    let options = DecisionOptions::default();
    let log = DecisionLog::open(dir, options)?;
    while log.health().next_segment.is_some() || !dir.join("decisions/00000002.seg").exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let chain = DivisionCode::from_number(370_285_000_000).ok_or("no code")?;
    let (all, body) = (Mutex::new(Vec::new()), [42_u8; BODY]);
    let start = Instant::now();
    std::thread::scope(|scope| -> Result<(), Failure> {
        let work = || -> Result<(), Failure> {
            let bodies = vec![body.as_slice(); batch];
            let calls = ROUNDS / threads / batch;
            let mut waits = Vec::with_capacity(calls);
            for _ in 0..calls {
                let one = Instant::now();
                if batch == 1 {
                    log.append_body(chain, 1, Minute(0), &body)?;
                } else {
                    log.append_many(chain, 1, Minute(0), &bodies)?;
                }
                waits.push(one.elapsed());
            }
            all.lock().map_err(|_| "poisoned")?.append(&mut waits);
            Ok(())
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "panicked")?)
    })?;
    let took = start.elapsed();
    report(&format!("{threads} threads, {batch} a call"), all.into_inner()?, took, batch)?;
    if threads > 1 || batch > 1 {
        return Ok(());
    }
    say(&format!("  {:?}", log.counters()))?;
    let written = log.append_body(chain, 1, Minute(0), &body)?;
    let start = Instant::now();
    read_at(dir, written.place)?;
    say(&format!("  the last of them by its place: {} us", start.elapsed().as_micros()))?;
    let (start, mut seen) = (Instant::now(), 0_u64);
    let _ = find_decision(dir, true, &mut |_| {
        seen += 1;
        std::ops::ControlFlow::Continue(())
    })?;
    say(&format!("  {seen} read backwards: {} ms", start.elapsed().as_millis()))
}

fn main() -> Result<(), Failure> {
    let dir = std::env::args()
        .nth(1)
        .map_or_else(|| std::env::temp_dir().join("decision-log"), PathBuf::from);
    std::fs::create_dir_all(&dir)?;
    parts(&dir)?;
    for (threads, batch) in [(1, 1), (1, 50), (2, 1), (8, 1)] {
        let place = dir.join(format!("{threads}-{batch}"));
        appenders(&place, threads, batch)?;
        std::fs::remove_dir_all(&place)?;
    }
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}
