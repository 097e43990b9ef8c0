//! The project's own chores: run every check, rebuild the plugins, measure.
//!
//! Stands outside the request path and knows the other crates only as things to build. What a
//! check means is left to the tool or test that makes it; this crate finds the tools, runs the
//! checks in one target folder and one profile, and counts.
#![expect(
    clippy::disallowed_methods,
    reason = "a build tool starts processes, reads files and the clock; nothing here decides"
)]

mod count;
#[expect(unreachable_pub, reason = "written as the crate's one part with an interface")]
mod guests;
mod javascript;
mod output;
mod place;
mod process;
mod steps;
mod tools;

use std::process::ExitCode;

use place::Place;

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  test [--only STEP,…] [--package CRATE]
           every check, all of them even when one fails; the last line is
           `N passed, N failed, N skipped`. `--only` runs the named steps,
           `--package` narrows clippy, rustdoc and tests to one crate.
           With CI=true a skipped check fails the run.
  plugins  rebuilds the plugins and writes the components and locks that are
           committed beside the packages
  bench    the ratios of the benchmarks, measured on this machine
  fuzz [SECONDS]
           random and broken input for everything that reads a request;
           20 seconds when left out
  help     this text

Steps of test: tools fmt clippy rustdoc deny guests build check prove tests;
javascript (a rule in another language, by Node and npm) runs when it is named

XIANGYUE_SEED=N seeds every property test of `test` (the same number each time
when left out), XIANGYUE_SEED=random tries other histories; the seed is printed.

CARGO_TARGET_DIR names the target folder; without it the one this tool was
built in is used, so that nothing is compiled twice.

Exit codes: 0 yes · 1 this machine failed · 2 a check failed · 3 wrong usage";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.split_first() {
        None | Some((&("help" | "-h" | "--help"), _)) => {
            output::line(HELP);
            return ExitCode::SUCCESS;
        }
        Some((&"test", rest)) => match steps::Selection::parse(rest) {
            Ok(selection) => Place::find().and_then(|place| steps::test(&place, &selection)),
            Err(message) => return wrong_usage(&message),
        },
        Some((&"plugins", [])) => Place::find().and_then(|place| steps::plugins(&place)),
        Some((&"bench", [])) => Place::find().and_then(|place| steps::bench(&place)),
        Some((&"fuzz", rest)) => match steps::seconds(rest) {
            Ok(seconds) => Place::find().and_then(|place| steps::fuzz(&place, seconds)),
            Err(message) => return wrong_usage(&message),
        },
        Some((other, _)) => return wrong_usage(&format!("`{other}` is not a command of xtask")),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(2),
        Err(message) => {
            output::line(&format!("error: {message}"));
            ExitCode::FAILURE
        }
    }
}

fn wrong_usage(message: &str) -> ExitCode {
    output::line(&format!("error: {message}; `cargo xtask help` lists the commands"));
    ExitCode::from(3)
}
