//! How long it takes to prove the shipped district with an overlay in each of its eleven townships: with the
//! verdicts that a first run left behind, and with none; and how long one township's package is checked.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::unused_self,
    clippy::range_plus_one,
    reason = "a benchmark reads files, owns clocks, and prints what it measured"
)]

#[expect(dead_code, reason = "other benchmarks use the rest")]
#[path = "parts/measure.rs"]
mod measure;

use std::collections::BTreeSet;
use std::process::ExitCode;

use measure::Report;
use model::{CivilDay, Digest, DivisionCode};
use package::{Edition, Files};
use proof::{Names, Options, Scope, SolverCommand, Status};
use tests::district::root;

/// Most milliseconds from verdicts, and without.
const CACHED_MAX: u64 = 1_000;
const COLD_MAX: u64 = 20_000;

/// Most milliseconds for what one township wrote: read, checked and proved from verdicts, each as a program of its own.
const TOWNSHIP_MAX: u64 = 300;

/// The township whose overlay the others get a copy of.
const LIKE: (&str, &str) = ("370285102", "xiagezhuang");

fn main() -> ExitCode {
    let files = engine::files::read_package(&root().join("policies/laixi")).unwrap();
    let package = package::load(&everywhere(&files)).package.unwrap();
    let edition = package.editions().first().unwrap();
    let mut lines = Report::default();
    let cold = prove(edition, &BTreeSet::new());
    let verdicts = cold.verdicts.clone();
    let cached =
        (0..5).map(|_| prove(edition, &verdicts)).min_by_key(|report| report.millis).unwrap();
    assert_eq!((cold.status(), cached.status(), cached.asked), (Status::Proved, Status::Proved, 0));
    lines.say(&format!(
        "{} invariants, {} townships with policies, {} questions to the solver",
        cold.invariants.len(),
        edition.townships().values().filter(|t| !t.overlay.is_empty()).count(),
        cold.asked
    ));
    lines.most(
        "ms",
        "proof of the base and 11 overlays, from verdicts",
        cached.millis * 1_000,
        CACHED_MAX * 1_000,
    );
    lines.most("ms", "the same, cold", cold.millis * 1_000, COLD_MAX * 1_000);
    let township = root().join("policies/laixi/townships/370285102-xiagezhuang");
    let part = township.display().to_string();
    lines.most(
        "ms",
        "`xiangyue check` of one township, the whole program, median",
        program(&["check", &part]),
        TOWNSHIP_MAX * 1_000,
    );
    lines.most(
        "ms",
        "`xiangyue prove` of one township from verdicts, the whole program, median",
        program(&["prove", &part]),
        TOWNSHIP_MAX * 1_000,
    );
    lines.ended()
}

/// The median of eleven runs of the program, in microseconds.
fn program(words: &[&str]) -> u64 {
    let mut times: Vec<u64> = (0..11)
        .map(|_| {
            let from = std::time::Instant::now();
            let output = tests::server::run(words);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            u64::try_from(from.elapsed().as_micros()).unwrap()
        })
        .collect();
    measure::median(&mut times)
}

fn prove(edition: &Edition, known: &BTreeSet<Digest>) -> proof::Report {
    let names = Names::core().unwrap();
    let options = Options {
        solver: Some(SolverCommand::new("cvc5")),
        known,
        scope: Scope::All,
        without: &BTreeSet::new(),
        thorough: true,
        names: &names,
        today: CivilDay::parse("2026-11-28").unwrap(),
        village: DivisionCode::parse("370285102259").unwrap(),
        progress: &|_, _| {},
    };
    proof::prove(edition, &options).unwrap()
}

/// The district with the list and the policies of one township in each of the others.
fn everywhere(files: &Files) -> Files {
    let mut all = files.clone();
    all.retain(|path, _| !path.starts_with("townships/370285106"));
    let from = format!("townships/{}-{}/", LIKE.0, LIKE.1);
    let text = String::from_utf8(files.get("divisions.csv").unwrap().clone()).unwrap();
    let others =
        text.lines().filter_map(|line| line.split_once("000,township,")).map(|(nine, _)| nine);
    for nine in others.filter(|nine| *nine != LIKE.0) {
        for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with(&from)) {
            let rest = path.strip_prefix(&from).unwrap();
            let kept = rest == "township.toml"
                || rest.contains("/authorization/")
                || rest.contains("/items/");
            if kept {
                let to = format!("townships/{nine}-t{nine}/{rest}").replace(LIKE.0, nine);
                let told = String::from_utf8(bytes.clone()).unwrap();
                let told = told.replace(LIKE.0, nine).replace(LIKE.1, &format!("t{nine}"));
                all.insert(to, told.into_bytes());
            }
        }
    }
    all
}
