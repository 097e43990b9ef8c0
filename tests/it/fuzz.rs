//! Inputs that once failed, and a moment of every target of `cargo xtask fuzz` with a fixed seed.

#[allow(dead_code, reason = "one part of a test and a benchmark")]
#[path = "../benches/fuzz/mod.rs"]
mod fuzzing;

use std::time::Duration;

use tests::district::root;

/// Runs a target for a second; a failure says how to run it again.
fn runs(name: &str) {
    let report = fuzzing::run_one(name, 1, Duration::from_secs(1));
    if let Some(failure) = report.failure {
        panic!("{name}: {}\n{}", failure.message, fuzzing::shown(&failure.input));
    }
    assert!(report.executions > 0, "{name} ran nothing");
}

#[test]
fn inputs_that_once_failed_hold() {
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("tests/fuzz")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let target = name.split('-').next().unwrap();
        assert!(fuzzing::NAMES.contains(&target), "`{name}` begins with no target's name");
        let told = fuzzing::replay(target, &std::fs::read(&path).unwrap());
        assert!(told.is_ok(), "{name}: {told:?}");
        count += 1;
    }
    assert!(count > 0, "no inputs are kept");
}

#[test]
fn readers_of_requests_hold() {
    fuzzing::NAMES.iter().filter(|name| **name != "http").for_each(|name| runs(name));
}

#[test]
fn the_server_outlives_broken_requests() {
    runs("http");
}
