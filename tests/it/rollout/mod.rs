//! An edition goes from shadow to pilot to all and back: who answers with it, what is told, what stays.

mod choice;
mod matters;
mod served;
mod words;

use std::path::{Path, PathBuf};

use tests::district::{copy, scratch, small, write};
use tests::server::run;

use crate::desk::lay;

/// The shipped edition.
const FIRST: &str = "2026-01-01";
/// The edition that is rolled out; a day that lies ahead of every machine that runs this.
const SECOND: &str = "2028-06-01";
/// The village that goes first.
const PILOT: &str = "370285102259";
/// A village of another township.
const OTHER: &str = "370285106276";

const ROLLOUT: &str = "# 先在一个村试点，再加上一个镇\nstage = \"shadow\"\nnote = \"镇里九月开会定\"\n\n\
    [[cohorts]]\nid = \"first\"\ntitle = \"第一批\"\nunits = [\"370285102259\"]\n\n\
    [[cohorts]]\nid = \"second\"\ntitle = \"第二批\"\nunits = [\"370285102259\", \"370285106000\"]\n";

/// A copy of the shipped district with a second edition in shadow, proved as long as only words change.
fn district(name: &str) -> PathBuf {
    let policies = small(&scratch(name), 24);
    let editions = policies.join("editions");
    copy(&editions.join(FIRST), &editions.join(SECOND));
    lay(&policies, &format!("editions/{SECOND}/rollout.toml"), ROLLOUT);
    let proof = std::fs::read_to_string(policies.join(format!("proofs/{FIRST}.toml"))).unwrap();
    let dated = proof.replacen(FIRST, SECOND, 1);
    write(&policies.join(format!("proofs/{SECOND}.toml")), &dated);
    policies
}

/// Runs `rollout WORD` on a package; its exit code and what it printed.
pub(crate) fn rollout(word: &str, policies: &Path, more: &[&str]) -> (Option<i32>, String) {
    let policies = policies.display().to_string();
    let output = run(&[&["rollout", word, &policies], more].concat());
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// Changes a stage, which must go through.
fn staged(word: &str, policies: &Path, more: &[&str]) {
    let all = [&["--edition", SECOND, "--allow-unproved"], more].concat();
    let (code, said) = rollout(word, policies, &all);
    assert_eq!(code, Some(0), "{said}");
}
