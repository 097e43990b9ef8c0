//! Random and broken input for everything that reads a request, in one program:
//! `fuzz [--seconds N] [--target NAME] [--seed S]`. The seed is printed; a failure ends the run with
//! its smallest reproducer, which then belongs into `tests/fuzz/`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark reads files and clocks, owns them, and prints what it found"
)]

#[path = "fuzz/mod.rs"]
mod fuzzing;

use std::process::ExitCode;
use std::time::Duration;

use fuzzing::{NAMES, Report};

const USAGE: &str = "usage: fuzz [--seconds N] [--target NAME] [--seed S] [--replay FILE]";

struct Words {
    seconds: u64,
    target: Option<String>,
    seed: u64,
    replay: Option<String>,
}

fn main() -> ExitCode {
    let words = match read(std::env::args().skip(1)) {
        Ok(words) => words,
        Err(message) => {
            println!("{message}\n{USAGE}\ntargets: {}", NAMES.join(" "));
            return ExitCode::from(3);
        }
    };
    // a panic is a finding: it is told once, with its input, not once for each step of shrinking
    std::panic::set_hook(Box::new(fuzzing::remember));
    if let (Some(file), Some(name)) = (&words.replay, &words.target) {
        let told = fuzzing::replay(name, &std::fs::read(file).unwrap());
        println!("{file}: {told:?}");
        return if told.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    println!("fuzz: seed {}, {} s in all", words.seed, words.seconds);
    let chosen: Vec<&str> = match &words.target {
        Some(name) => vec![name],
        None => NAMES.to_vec(),
    };
    let all: u32 = chosen.iter().map(|name| fuzzing::share(name)).sum();
    let mut failed = false;
    let mut executions = 0;
    for name in chosen {
        let time = Duration::from_secs(words.seconds) * fuzzing::share(name) / all.max(1);
        let report = fuzzing::run_one(name, words.seed, time);
        executions += report.executions;
        failed |= told(&report);
    }
    println!("fuzz: {executions} executions, {} s of processor time", fuzzing::processor_seconds());
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Words, String> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let drawn = now.map_or(1, |now| u64::from(now.subsec_nanos()));
    let mut read = Words { seconds: 20, target: None, seed: drawn, replay: None };
    while let Some(word) = words.next() {
        // cargo tells every benchmark that it is one
        if word == "--bench" {
            continue;
        }
        let value = words.next().ok_or_else(|| format!("`{word}` lacks its value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("`{value}` is no number"));
        match word.as_str() {
            "--seconds" => read.seconds = number()?,
            "--seed" => read.seed = number()?,
            "--replay" => read.replay = Some(value),
            "--target" if NAMES.contains(&value.as_str()) => read.target = Some(value),
            "--target" => return Err(format!("`{value}` is not a target")),
            _ => return Err(format!("`{word}` is not an option")),
        }
    }
    Ok(read)
}

/// Prints a line for a target, and its reproducer; whether it failed.
fn told(report: &Report) -> bool {
    println!(
        "{:<9} {:>10} executions, {:>6} kinds of outcome, {:>5} s processor, slowest {} ms{}",
        report.name,
        report.executions,
        report.kinds,
        report.processor.as_secs(),
        report.slowest.as_millis(),
        report.notes
    );
    let Some(failure) = &report.failure else { return false };
    println!("{}: FAILED: {}", report.name, failure.message);
    println!("{}", fuzzing::shown(&failure.input));
    let file = std::env::temp_dir().join(format!("{}-{}.bin", report.name, report.executions));
    std::fs::write(&file, &failure.input).unwrap();
    println!("kept as {}; put it into tests/fuzz/ when it is mended", file.display());
    true
}
