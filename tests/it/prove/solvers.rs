//! What a bad solver can do: leave questions open, and nothing else.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tests::district::{scratch, write};

use super::{copy, prove, remove, row, said};

/// An executable script in the place of a solver.
fn solver(name: &str, text: &str) -> PathBuf {
    let file = scratch(name).join("solver");
    write(&file, &format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file
}

/// About one kind of request, so that a solver that hangs hangs twice only.
const INVARIANT: &str = "laixi/invariant/points/scorer-redeemer";

fn status(policies: &Path, solver: &Path, limit: &str) -> (Option<i32>, String, u64) {
    let path = solver.display().to_string();
    let words = ["--fresh", "--invariant", INVARIANT, "--solver", &path, "--limit-ms", limit];
    let (code, answer) = prove(policies, &words);
    let row = row(&answer, INVARIANT).clone();
    let asked = answer["editions"][0]["asked"].as_u64().unwrap();
    (code, row["status"].as_str().unwrap().to_owned(), asked)
}

#[test]
fn unknown_silence_noise_and_an_early_end_are_not_proved() {
    let policies = copy("prove-unknown");
    for (name, text) in [
        ("says-unknown", "cat >/dev/null; echo unknown"),
        ("says-timeout", "cat >/dev/null; echo 'unknown (TIMEOUT)'"),
        ("errs", "cat >/dev/null; echo '(error \"no\")'"),
        ("talks", "cat >/dev/null; echo unsatisfied"),
        ("ends", "exit 1"),
        ("reads-and-ends", "cat >/dev/null"),
    ] {
        let (code, status, asked) = status(&policies, &solver(name, text), "500");
        assert_eq!((code, &*status), (Some(4), "unknown"), "{name}");
        assert!(asked > 0, "{name}");
    }
    let hangs = solver("hangs", "exec sleep 600");
    assert_eq!(status(&policies, &hangs, "1").0, Some(4), "a solver that stays silent");
    let missing = scratch("no-solver").join("none");
    assert_eq!(status(&policies, &missing, "500").0, Some(4), "no such program");
}

#[test]
fn a_solver_that_dies_once_leaves_one_question_open_and_the_next_one_is_answered() {
    let policies = copy("prove-dies");
    let flag = scratch("dies-flag").join("died");
    let text =
        format!("if mkdir {} 2>/dev/null; then exit 1; fi\nexec cvc5 \"$@\"", flag.display());
    let (code, answer) = prove(
        &policies,
        &[
            "--fresh",
            "--invariant",
            "laixi/invariant/points/scorer-redeemer",
            "--limit-ms",
            "60000",
            "--solver",
            &solver("dies", &text).display().to_string(),
        ],
    );
    // the narrow question stays open, so it is asked of all forbids, by a fresh process, and proved
    assert_eq!(code, Some(0), "{answer}");
    assert!(flag.is_dir(), "it did not die");
}

#[test]
fn nothing_unproved_is_certified_or_kept() {
    let policies = copy("prove-keeps");
    remove(&policies, "laixi/people/post-term");
    let file = policies.join("proofs/2026-01-01.toml");
    let before = std::fs::read(&file).unwrap();
    let unknown = solver("knows-nothing", "cat >/dev/null; echo unknown").display().to_string();
    let output = said(&policies, &["--solver", &unknown, "--limit-ms", "200"]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}
