//! Targets, the loop that feeds them, and shrinking.
//!
//! An input is always bytes: what a generator makes can be changed by the mutator, kept in a file,
//! shrunk and replayed. What ends in a way not seen before joins the inputs that are mutated.

mod bytes;
mod calls;
mod dice;
mod district;
mod entities;
mod folders;
mod http;
mod packages;
mod parse;
mod questions;
mod wire;

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use dice::Dice;

/// What a run of a target says: a number that stands for the kind of outcome, or what is wrong.
type Ran = Result<u64, String>;

/// Something that reads bytes, and what must hold of it.
trait Target {
    /// Inputs to begin with.
    fn seeds(&self) -> Vec<Vec<u8>>;
    /// A new input of the right form.
    fn make(&self, dice: &mut Dice) -> Vec<u8>;
    /// Words that the mutator puts in.
    fn words(&self) -> &[&'static str];
    /// Reads the input and checks.
    fn run(&mut self, input: &[u8]) -> Ran;
    /// Most executions in one process.
    fn most(&self) -> u64 {
        u64::MAX
    }
    /// Whether an input is kept in a file while it runs, since it may end the process.
    fn careful(&self) -> bool {
        false
    }
    /// What to tell besides the count.
    fn notes(&self) -> String {
        String::new()
    }
}

/// The targets by name.
pub(crate) const NAMES: [&str; 12] = [
    "single", "batch", "folders", "district", "plain", "package", "entities", "quick", "store",
    "config", "tokens", "http",
];

/// Parts of the time that a target gets.
pub(crate) fn share(name: &str) -> u32 {
    match name {
        "folders" | "district" | "http" => 3,
        "plain" | "package" => 2,
        _ => 1,
    }
}

/// What came of one target.
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) executions: u64,
    pub(crate) kinds: usize,
    pub(crate) processor: Duration,
    pub(crate) slowest: Duration,
    pub(crate) notes: String,
    pub(crate) failure: Option<Failure>,
}

/// Something that does not hold.
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) input: Vec<u8>,
}

/// Inputs that are mutated, at most.
const CORPUS_MAX: usize = 4_000;
/// Bytes of an input, at most.
const INPUT_MAX: usize = 64 << 10;
/// A run that takes longer hangs.
const HANG: Duration = Duration::from_secs(20);
/// Stack of the threads that serve requests.
const STACK: usize = 2 << 20;

static LAST: Mutex<String> = Mutex::new(String::new());

/// Keeps the words of a panic, for the report.
pub(crate) fn remember(info: &PanicHookInfo<'_>) {
    if let Ok(mut last) = LAST.lock() {
        *last = info.to_string();
    }
}

fn open(name: &str) -> Box<dyn Target> {
    match name {
        "single" => Box::new(parse::Single::default()),
        "batch" => Box::new(parse::Batched::default()),
        "folders" => Box::new(folders::Folders::open()),
        "district" => Box::new(district::District::open()),
        "plain" => Box::new(packages::Plain::open()),
        "package" => Box::new(packages::District::open()),
        "entities" => Box::new(entities::Entities::open()),
        "quick" => Box::new(entities::Quick::open()),
        "store" => Box::new(entities::Writes),
        "config" => Box::new(calls::Configs),
        "tokens" => Box::new(calls::Tokens::open()),
        "http" => Box::new(http::Http::open()),
        other => panic!("`{other}` is not a target"),
    }
}

/// Runs one target for some time, on a thread with the stack that requests have.
pub(crate) fn run_one(name: &str, seed: u64, time: Duration) -> Report {
    on_a_small_stack(|| {
        let mut target = open(name);
        fuzz(name, target.as_mut(), seed, time)
    })
}

/// Runs one input again.
pub(crate) fn replay(name: &str, input: &[u8]) -> Result<u64, String> {
    on_a_small_stack(|| guarded(open(name).as_mut(), input))
}

fn on_a_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        builder.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

fn fuzz(name: &str, target: &mut dyn Target, seed: u64, time: Duration) -> Report {
    let (from, used) = (Instant::now(), thread_time());
    let mut dice = Dice::new(seed ^ kind(&[name]));
    let mut corpus = target.seeds();
    let mut kinds = BTreeSet::new();
    let mut report = Report {
        name: name.to_owned(),
        executions: 0,
        kinds: 0,
        processor: Duration::ZERO,
        slowest: Duration::ZERO,
        notes: String::new(),
        failure: None,
    };
    let kept = std::env::temp_dir().join(format!("fuzz-{name}-{}.last", std::process::id()));
    let mut waiting = corpus.clone();
    while from.elapsed() < time && report.executions < target.most() {
        // what it begins with is run as it stands, among the others
        let input = match waiting.len() {
            0 => next(target, &mut dice, &corpus),
            _ if dice.one_in(2) => next(target, &mut dice, &corpus),
            count => waiting.swap_remove(dice.below(count)),
        };
        if target.careful() {
            std::fs::write(&kept, &input).unwrap();
        }
        let start = Instant::now();
        let mut ran = guarded(target, &input);
        let took = start.elapsed();
        report.executions += 1;
        report.slowest = report.slowest.max(took);
        if ran.is_ok() && took > HANG {
            ran = Err(format!("took {} s", took.as_secs()));
        }
        match ran {
            Ok(kind) => {
                if kinds.insert(kind) && corpus.len() < CORPUS_MAX {
                    corpus.push(input);
                }
            }
            Err(message) => {
                let input = shrink(target, input);
                let message = guarded(target, &input).err().unwrap_or(message);
                report.failure = Some(Failure { message, input });
                break;
            }
        }
    }
    let _ = std::fs::remove_file(kept);
    report.kinds = kinds.len();
    report.processor = thread_time().saturating_sub(used);
    report.notes = target.notes();
    report
}

/// A made input, or a changed one, or both.
fn next(target: &dyn Target, dice: &mut Dice, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut input = match corpus.len() {
        0 => target.make(dice),
        _ if dice.one_in(2) => target.make(dice),
        count => corpus[dice.below(count)].clone(),
    };
    if !dice.one_in(4) {
        for _ in 0..=dice.below(4) {
            bytes::mutate(&mut input, dice, corpus, target.words());
        }
    }
    input.truncate(INPUT_MAX);
    input
}

fn guarded(target: &mut dyn Target, input: &[u8]) -> Ran {
    catch_unwind(AssertUnwindSafe(|| target.run(input))).unwrap_or_else(|_| {
        let last = LAST.lock().map(|last| last.clone()).unwrap_or_default();
        Err(format!("panic: {last}"))
    })
}

/// Leaves out ever smaller parts for as long as it still fails.
fn shrink(target: &mut dyn Target, mut input: Vec<u8>) -> Vec<u8> {
    let until = Instant::now() + Duration::from_secs(30);
    let mut size = input.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < input.len() && Instant::now() < until {
            let mut less = input.clone();
            less.drain(at..(at + size).min(input.len()));
            if guarded(target, &less).is_err() {
                input = less;
                shorter = true;
            } else {
                at += size;
            }
        }
        if size == 1 && !shorter {
            break;
        }
        size = if shorter { size } else { size / 2 }.min(input.len());
    }
    input
}

/// One number for some words.
fn kind(words: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.hash(&mut hasher);
    hasher.finish()
}

/// The words of a message without what it repeats of the input, so that kinds stay few.
fn plain_words(message: &str) -> String {
    let outside = message.split('`').step_by(2).collect::<Vec<_>>().join("_");
    outside.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).take(80).collect()
}

/// Time this thread was on a processor.
fn thread_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|word| word.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// Seconds that all threads of this process were on a processor, by the kernel's count.
pub(crate) fn processor_seconds() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<i64> = rest.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    // behind state come ppid … with utime and stime as the 11th and 12th number
    ticks.get(10..12).map_or(0, |both| u64::try_from(both.iter().sum::<i64>() / 100).unwrap_or(0))
}

/// Bytes as a person can read and a program can be given them.
pub(crate) fn shown(input: &[u8]) -> String {
    let cut = &input[..input.len().min(2_000)];
    format!("{} bytes: {}", input.len(), cut.escape_ascii())
}
