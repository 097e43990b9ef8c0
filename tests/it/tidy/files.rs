//! What no file may hold, and how long a file may be.

use super::{files_below, is_kind};

const LINES_MAX: usize = 450;

/// Folders of the machine a file was made on. Written apart, or this file would hold them.
const MACHINE: [[&str; 2]; 6] = [
    ["/wo", "rk/"],
    ["/ro", "ot/"],
    ["/ho", "me/"],
    ["/tmp/", "plan"],
    ["/fa", "rm/"],
    ["/Us", "ers/"],
];

/// Hosts of package registries; crates are named, not their address.
const HOSTS: [[&str; 2]; 7] = [
    ["index.crates", ".io"],
    ["static.crates", ".io"],
    ["rsproxy", ".cn"],
    ["pypi", ".org"],
    ["registry.npmjs", ".org"],
    ["deb.debian", ".org"],
    ["proxy.golang", ".org"],
];

/// Marks of unfinished work.
const LEFTOVERS: [[&str; 2]; 6] = [
    ["TO", "DO"],
    ["FIX", "ME"],
    ["db", "g!("],
    ["to", "do!("],
    ["unimple", "mented!("],
    ["lorem ", "ipsum"],
];

#[test]
fn no_file_names_a_machine_or_a_registry() {
    let words: Vec<String> = MACHINE.iter().chain(&HOSTS).map(|it| it.concat()).collect();
    assert_eq!(holding(&words, |_| true), Vec::<String>::new());
}

#[test]
fn no_file_has_leftovers() {
    let words: Vec<String> = LEFTOVERS.iter().map(|it| it.concat()).collect();
    let written =
        |name: &str| !is_kind(name, "wasm") && !name.ends_with("Cargo.lock") && name != "LICENSE";
    assert_eq!(holding(&words, written), Vec::<String>::new());
}

#[test]
fn no_source_file_is_too_long() {
    let mut count = 0_usize;
    let mut long = Vec::new();
    for (name, path) in files_below("").into_iter().filter(|(name, _)| is_kind(name, "rs")) {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        count += 1;
        if lines > LINES_MAX {
            long.push(format!("{name}: {lines} lines"));
        }
    }
    assert!(count > 30, "only {count} source files");
    assert_eq!(long, Vec::<String>::new(), "at most {LINES_MAX} lines");
}

#[test]
fn words_are_found_where_they_are() {
    // The two searches above pass on silence; this one has to find something.
    let found = holding(&["#!/usr/bin/env bash".to_owned()], |name| name.starts_with(".ci/"));
    assert_eq!(found, [".ci/run:1: `#!/usr/bin/env bash`"]);
}

/// The places of any of the words, as `file:line: word`; bytes, so that components count too.
fn holding(words: &[String], wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (name, path) in files_below("").into_iter().filter(|(name, _)| wanted(name)) {
        let bytes = std::fs::read(&path).unwrap();
        for (number, line) in (1_usize..).zip(bytes.split(|byte| *byte == b'\n')) {
            for word in words {
                if line.windows(word.len()).any(|part| part == word.as_bytes()) {
                    found.push(format!("{name}:{number}: `{word}`"));
                }
            }
        }
    }
    found
}
