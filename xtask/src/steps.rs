//! The steps of `cargo xtask test`, in the order in which they are worth knowing.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::count::{Outcome, Totals, test_result};
use crate::guests;
use crate::output;
use crate::place::Place;
use crate::process::Run;
use crate::tools;

/// The district package that ships with the product.
const DISTRICT: &str = "policies/laixi";
/// The seed of every property test of a run that names none.
const SEED: &str = "20260101";
/// Folders with Rust that is no member of the workspace: it is built for another machine.
const GUEST_FOLDERS: [&str; 3] = ["sdk", "plugins", "tests/guests"];

/// A name and what it runs. Every step runs, whatever the ones before it answered.
type Step = (&'static str, fn(&Place, &Selection) -> Outcome);

/// Needs Node and half a gigabyte of packages; it runs when it is named.
const ON_REQUEST: &str = "javascript";

const STEPS: [Step; 11] = [
    ("tools", find_tools),
    ("fmt", format),
    ("clippy", clippy),
    ("rustdoc", rustdoc),
    ("deny", deny),
    ("guests", build_guests),
    ("build", build),
    ("check", check),
    ("prove", prove),
    (ON_REQUEST, javascript),
    ("tests", tests),
];

/// Which steps to run, and for which crate.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    only: Vec<String>,
    package: Option<String>,
}

impl Selection {
    /// Reads the words after `test`.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut selection = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("`{word}` lacks its value"))?;
            match *word {
                "--only" => selection.only.extend(value.split(',').map(str::to_owned)),
                "--package" => selection.package = Some((*value).to_owned()),
                other => return Err(format!("`{other}` is not an option of test")),
            }
        }
        let known = |name: &String| STEPS.iter().any(|(step, _)| step == name);
        match selection.only.iter().find(|name| !known(name)) {
            Some(name) => Err(format!("`{name}` is not a step of test")),
            None => Ok(selection),
        }
    }

    /// The crates a cargo command is for.
    fn crates(&self) -> Vec<&str> {
        self.package.as_ref().map_or_else(|| vec!["--workspace"], |name| vec!["--package", name])
    }

    fn takes(&self, step: &str) -> bool {
        if self.only.is_empty() {
            return step != ON_REQUEST;
        }
        self.only.iter().any(|name| name == step)
    }
}

/// Runs the steps and prints the totals as the last line.
///
/// # Errors
/// Only when nothing can be run at all.
pub(crate) fn test(place: &Place, selection: &Selection) -> Result<bool, String> {
    place.claim()?;
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let chosen: Vec<&Step> = STEPS.iter().filter(|(name, _)| selection.takes(name)).collect();
    let mut totals = Totals::default();
    for (number, (name, run)) in (1..).zip(&chosen) {
        let label = format!("[{number}/{}] {name} …", chosen.len());
        output::line(&label);
        let start = Instant::now();
        let outcome = run(place, selection);
        output::line(&format!("{label} {} s, {outcome}", start.elapsed().as_secs()));
        totals += outcome.totals();
    }
    if strict && totals.skipped > 0 {
        output::line("CI=true: a skipped check fails the run");
    }
    output::line(&totals.to_string());
    Ok(totals.failed == 0 && (totals.skipped == 0 || !strict))
}

/// Rebuilds the plugins and refreshes what is committed of them.
///
/// # Errors
/// Names the plugin and what its build said.
pub(crate) fn plugins(place: &Place) -> Result<bool, String> {
    place.claim()?;
    tools::guest_toolchain(place)?;
    tools::c_compiler(place)?;
    let built = guests::build_all(&place.root)?;
    guests::install(&built)?;
    for guest in &built {
        let bytes = guest.component.len();
        output::line(&format!("{}: {bytes} bytes, {} copies", guest.name, guest.installed.len()));
    }
    Ok(true)
}

/// Measures the ratios on the release build of the tests: rules and record, one decision in process, the
/// program over HTTP. All are measured, also after one that missed a limit.
///
/// # Errors
/// Names the commands that failed.
pub(crate) fn bench(place: &Place) -> Result<bool, String> {
    place.claim()?;
    // The whole workspace is named so that features, and with them the dependencies already
    // built for the tests, stay the same; the bench profile equals the release profile.
    Run::cargo(place, &["build", "--release", "--workspace", "--bins", "--tests"]).finish()?;
    let measured = ["ratios", "rules", "step", "api", "prove", "http"]
        .map(|name| Run::cargo(place, &["bench", "--workspace", "--bench", name]).finish());
    let missed: Vec<String> = measured.into_iter().filter_map(Result::err).collect();
    if missed.is_empty() { Ok(true) } else { Err(missed.join("; ")) }
}

/// Reads the words after `fuzz`.
pub(crate) fn seconds(words: &[&str]) -> Result<u64, String> {
    match words {
        [] => Ok(20),
        [word] => word.parse().map_err(|_| format!("`{word}` is not a number of seconds")),
        _ => Err("`fuzz` takes one number".to_owned()),
    }
}

/// Feeds random and broken input to everything that reads a request.
///
/// # Errors
/// Names the command that failed; what was found stands above.
pub(crate) fn fuzz(place: &Place, seconds: u64) -> Result<bool, String> {
    place.claim()?;
    // the program is asked over loopback, so it is built too
    Run::cargo(place, &["build", "--release", "--workspace", "--bins", "--tests"]).finish()?;
    let start = ["bench", "--workspace", "--bench", "fuzz", "--", "--seconds"];
    Run::cargo(place, &[start.as_slice(), &[&seconds.to_string()]].concat()).finish()?;
    Ok(true)
}

fn find_tools(place: &Place, _: &Selection) -> Outcome {
    let missing = [
        tools::guest_toolchain(place).err(),
        tools::c_compiler(place).err(),
        tools::node(place).err(),
        tools::cargo_deny(place).err(),
        tools::solver(place).err(),
    ];
    let missing: Vec<String> = missing.into_iter().flatten().collect();
    if missing.is_empty() { Outcome::Passed } else { Outcome::Skipped(missing.join("; ")) }
}

fn format(place: &Place, _: &Selection) -> Outcome {
    // names of files only: the remedy is always `cargo fmt --all`
    let members = Run::cargo(place, &["fmt", "--all", "--", "--check", "-l"]).finish();
    let mut files = Vec::new();
    for folder in GUEST_FOLDERS {
        if let Err(error) = rust_files(&place.root.join(folder), &mut files) {
            return Outcome::Failed(error);
        }
    }
    if files.is_empty() {
        return members.into();
    }
    let edition = ["--check", "-l", "--edition", "2024"].map(PathBuf::from);
    let guests = Run::program(place, "rustfmt", &[edition.as_slice(), &files].concat()).finish();
    members.and(guests).into()
}

/// All `.rs` files below a folder, in stable order, without target folders.
fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let unreadable = |error| format!("cannot read `{}`: {error}", folder.display());
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|it| it.path()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with("target") {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

fn clippy(place: &Place, selection: &Selection) -> Outcome {
    let crates = selection.crates();
    let start = ["clippy", "--release", "--all-targets"];
    let end = ["--", "--deny", "warnings"];
    let members = Run::cargo(place, &[start.as_slice(), &crates, &end].concat()).finish();
    // The tests ask for the program with every feature; as it is built for use it has none.
    let program = match selection.package {
        None => Run::cargo(place, &[&["clippy", "--release"], end.as_slice()].concat()).finish(),
        Some(_) => Ok(()),
    };
    members.and(program).into()
}

fn rustdoc(place: &Place, selection: &Selection) -> Outcome {
    let crates = selection.crates();
    let start = ["doc", "--release", "--no-deps", "--document-private-items"];
    Run::cargo(place, &[start.as_slice(), &crates].concat())
        .env("RUSTDOCFLAGS", "--deny warnings")
        .finish()
        .into()
}

fn deny(place: &Place, _: &Selection) -> Outcome {
    match tools::cargo_deny(place) {
        Ok(program) => Run::program(
            place,
            program,
            &["--log-level", "error", "check", "bans", "licenses", "sources"],
        )
        .finish()
        .into(),
        Err(reason) => Outcome::Skipped(reason),
    }
}

/// The committed components belong to the sources, and the sources build and hold.
fn build_guests(place: &Place, _: &Selection) -> Outcome {
    if let Err(stale) = guests::check_locks(&place.root) {
        return Outcome::Failed(stale);
    }
    let missing = [tools::guest_toolchain(place).err(), tools::c_compiler(place).err()];
    if let Some(reason) = missing.into_iter().flatten().next() {
        return Outcome::Skipped(reason);
    }
    let built = guests::build_all(&place.root).map(|built| {
        for guest in built {
            output::line(&format!("{}: {}", guest.name, guest.path.display()));
        }
    });
    built.and_then(|()| guests::test_all(&place.root)).into()
}

fn build(place: &Place, _: &Selection) -> Outcome {
    // With the tests in the same build, features are those of the step `tests`, which then
    // finds everything built, the program it drives included.
    Run::cargo(place, &["build", "--release", "--workspace", "--bins", "--tests"]).finish().into()
}

fn check(place: &Place, _: &Selection) -> Outcome {
    Run::program(place, place.program(), &["check", DISTRICT]).finish().into()
}

/// The shipped invariants hold, and the certificate that is committed is about the rules as they are.
fn prove(place: &Place, _: &Selection) -> Outcome {
    match tools::solver(place) {
        Ok(()) => {
            Run::program(place, place.program(), &["prove", DISTRICT, "--check"]).finish().into()
        }
        Err(reason) => Outcome::Skipped(reason),
    }
}

/// A rule in JavaScript passes the cases of the same rule in Rust, and no scheme could name it.
fn javascript(place: &Place, _: &Selection) -> Outcome {
    match tools::node(place) {
        Ok(()) => crate::javascript::check(place).into(),
        Err(reason) => Outcome::Skipped(reason),
    }
}

fn tests(place: &Place, selection: &Selection) -> Outcome {
    let crates = selection.crates();
    let start = ["test", "--release", "--no-fail-fast"];
    let mut totals = Totals::default();
    let mut run = Run::cargo(place, &[start.as_slice(), &crates].concat());
    // The same tree gets the same verdict; other histories are tried by asking for them.
    let seed = std::env::var("XIANGYUE_SEED").unwrap_or_else(|_| SEED.to_owned());
    output::line(&format!("XIANGYUE_SEED={seed}"));
    if seed != "random" {
        run = run.env("XIANGYUE_SEED", &seed).env("PROPTEST_RNG_SEED", &seed);
    }
    let result = run.finish_with(|line| {
        if let Some(part) = test_result(line) {
            totals += part;
        }
    });
    Outcome::Many(totals, result.err())
}
