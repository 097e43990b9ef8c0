//! Measures acknowledged appends per second against a plain preallocated file with one sync per write.
//!
//! `cargo run --release -p journal --example throughput [DIR]`
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use journal::{
    AppendError, DecisionLog, DecisionOptions, Embedded, Frame, NoPersonal, Options, Store, verify,
};
use model::{DivisionCode, Minute};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BODY: usize = 256;
const TIME: Duration = Duration::from_secs(4);

fn frame() -> Frame {
    Frame { kind: 1, recorded_at: Minute(0), body: vec![42; BODY] }
}

fn say(line: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}")?;
    Ok(())
}

fn report(what: &str, mut waits: Vec<Duration>, took: Duration) -> Result<(), Failure> {
    waits.sort_unstable();
    let at =
        |part: usize| waits.get(waits.len() * part / 1000).copied().unwrap_or_default().as_micros();
    let rate = waits.len() as u128 * 1_000_000 / took.as_micros().max(1);
    say(&format!("{what}: {rate}/s, p50 {} us, p99 {} us, p99.9 {} us", at(500), at(990), at(999)))
}

fn plain(dir: &Path) -> Result<(), Failure> {
    let file = File::create(dir.join("plain"))?;
    file.write_all_at(&vec![0; 64 << 20], 0)?;
    file.sync_all()?;
    let (start, mut waits, mut at) = (Instant::now(), Vec::new(), 0);
    while start.elapsed() < TIME && at < (64 << 20) - 332 {
        let one = Instant::now();
        file.write_all_at(&[7; BODY + 76], at)?;
        file.sync_data()?;
        at += BODY as u64 + 76;
        waits.push(one.elapsed());
    }
    report("plain file, 1 thread", waits, start.elapsed())
}

fn appenders(dir: &Path, threads: u64, chains: u64) -> Result<(), Failure> {
    let store = Embedded::open(dir, Options::default())?;
    let all = Mutex::new(Vec::new());
    let start = Instant::now();
    std::thread::scope(|scope| -> Result<(), Failure> {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let (store, all) = (&store, &all);
                scope.spawn(move || -> Result<(), Failure> {
                    let number = 370_285_100_000 + thread % chains * 1000;
                    let chain = DivisionCode::from_number(number).ok_or("no code")?;
                    let mut waits = Vec::new();
                    while start.elapsed() < TIME {
                        let one = Instant::now();
                        match store.append(chain, store.head(chain), vec![frame()]) {
                            Ok(appended) => appended.ticket.wait()?,
                            Err(AppendError::Conflict { .. }) => continue,
                            Err(other) => return Err(other.into()),
                        }
                        waits.push(one.elapsed());
                    }
                    all.lock().map_err(|_| "poisoned")?.append(&mut waits);
                    Ok(())
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "panicked")?)
    })?;
    let took = start.elapsed();
    report(&format!("journal, {threads} appenders, {chains} chains"), all.into_inner()?, took)
}

fn main() -> Result<(), Failure> {
    let dir = std::env::args()
        .nth(1)
        .map_or_else(|| std::env::temp_dir().join("throughput"), PathBuf::from);
    std::fs::create_dir_all(&dir)?;
    plain(&dir)?;
    for (threads, chains) in [(1, 1), (64, 20), (64, 64)] {
        let place = dir.join(format!("store-{threads}-{chains}"));
        appenders(&place, threads, chains)?;
        let start = Instant::now();
        let records = Embedded::open(&place, Options::default())?.position().records;
        say(&format!("  opened {records} records in {} ms", start.elapsed().as_millis()))?;
        let start = Instant::now();
        let held = verify(&place, &NoPersonal)?.holds();
        say(&format!("  verified in {} ms: {held}", start.elapsed().as_millis()))?;
    }
    let log = DecisionLog::open(&dir.join("decisions"), DecisionOptions::default())?;
    let (start, mut waits) = (Instant::now(), Vec::new());
    let chain = DivisionCode::from_number(370_285_000_000).ok_or("no code")?;
    while start.elapsed() < TIME {
        let one = Instant::now();
        log.append(chain, frame())?;
        waits.push(one.elapsed());
    }
    report("decision log, 1 thread", waits, start.elapsed())?;
    std::fs::remove_dir_all(&dir)?;
    Ok(())
}
