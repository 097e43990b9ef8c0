//! Which crate may know which: our own arrows, and the engines that stay behind one crate.

use std::collections::{BTreeMap, BTreeSet};

use super::{PURE, dependencies, members, table, text};

/// Crate and the crates of ours it may name. A new arrow is a decision: it is added here, in
/// ARCHITECTURE.md and, when it is not obvious, in docs/decisions/.
const ARROWS: [(&str, &[&str]); 22] = [
    ("model", &[]),
    ("table", &["model"]),
    ("package", &["model", "table"]),
    ("evaluator", &["model"]),
    ("decision", &["evaluator", "model", "package"]),
    ("folder", &["evaluator", "model", "package"]),
    ("proof", &["decision", "model", "package"]),
    ("flow", &["model", "package"]),
    ("ledger", &["model"]),
    ("lists", &["model", "package", "table"]),
    ("rules", &["model", "table"]),
    ("journal", &["model"]),
    ("callers", &["model"]),
    ("demo", &["model"]),
    ("traces", &[]),
    ("builder", &[]),
    ("follower", &["engine"]),
    (
        "engine",
        &[
            "decision",
            "demo",
            "evaluator",
            "flow",
            "folder",
            "journal",
            "ledger",
            "model",
            "package",
            "rules",
        ],
    ),
    ("server", &["callers", "engine", "folder", "model", "package", "traces"]),
    (
        "cli",
        &[
            "builder",
            "callers",
            "engine",
            "evaluator",
            "folder",
            "follower",
            "journal",
            "lists",
            "model",
            "package",
            "proof",
            "rules",
            "server",
            "table",
            "traces",
        ],
    ),
    ("xiangyue-client", &[]),
    ("xtask", &["builder"]),
];

/// What reaches outside the process or keeps time; no pure crate names it.
const OUTSIDE: [&str; 7] = ["axum", "getrandom", "sled", "tokio", "tracing", "ureq", "wasmtime"];

#[test]
fn every_crate_is_in_the_table() {
    let names: BTreeSet<String> =
        members().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect();
    let known: BTreeSet<String> =
        ARROWS.iter().map(|(name, _)| (*name).to_owned()).chain(["tests".to_owned()]).collect();
    assert_eq!(names, known);
}

#[test]
fn model_depends_on_none_of_our_crates() {
    let ours: Vec<String> = dependencies()
        .into_iter()
        .filter(|it| it.member == "model" && !it.external)
        .map(|it| it.name)
        .collect();
    assert_eq!(ours, Vec::<String>::new());
}

#[test]
fn arrows_run_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let wrong: Vec<String> = dependencies()
        .into_iter()
        .filter(|it| !it.external)
        .filter(|it| {
            // Nothing depends on `tests`, so it may look at every crate, when testing.
            if it.member == "tests" { !it.dev } else { !allowed[&*it.member].contains(&&*it.name) }
        })
        .map(|it| format!("{} -> {}", it.member, it.name))
        .collect();
    assert_eq!(wrong, Vec::<String>::new(), "arrows that ARCHITECTURE.md does not have");
}

#[test]
fn engines_stay_behind_their_crates() {
    let deny = table("deny.toml");
    let bans = deny["bans"]["deny"].as_array().unwrap();
    let all = dependencies();
    let mut checked = BTreeSet::new();
    for ban in bans.iter().filter(|it| it.get("wrappers").is_some()) {
        let name = ban["name"].as_str().unwrap();
        let wrappers: BTreeSet<&str> =
            ban["wrappers"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        for dependency in all.iter().filter(|it| it.name == name) {
            let member = &*dependency.member;
            assert!(wrappers.contains(member), "`{member}` names `{name}`");
            // the client of the tests' own helpers
            let helper = member == "tests" && name == "ureq";
            let testing = member != "tests" || dependency.dev || helper;
            assert!(testing, "`tests` names `{name}` not only to test");
            checked.insert(name.to_owned());
        }
    }
    let engines = [
        "axum",
        "calamine",
        "cedar-policy",
        "cedar-policy-core",
        "cedar-policy-symcc",
        "csv",
        "rhai",
        "rust_xlsxwriter",
        "sled",
        "ureq",
        "wasmtime",
    ]
    .map(str::to_owned);
    assert_eq!(checked, BTreeSet::from(engines));
}

#[test]
fn pure_crates_name_nothing_that_reaches_outside() {
    for dependency in dependencies().into_iter().filter(|it| !it.dev) {
        let (member, name) = (&*dependency.member, &*dependency.name);
        assert!(!PURE.contains(&member) || !OUTSIDE.contains(&name), "`{member}` names `{name}`");
    }
}

#[test]
fn pure_crates_open_with_their_lints() {
    let lints = ["disallowed_methods", "disallowed_types", "float_arithmetic"];
    for name in PURE {
        let lib = text(&format!("host/{name}/src/lib.rs"));
        let header: Vec<&str> = lib.lines().take_while(|it| !it.starts_with("mod ")).collect();
        assert!(header.contains(&"#![forbid(unsafe_code)]"), "`{name}` may hold unsafe code");
        let warned: String =
            header.into_iter().filter(|it| it.starts_with("#![warn(")).collect::<Vec<_>>().concat();
        for lint in lints {
            assert!(
                warned.contains(&format!("clippy::{lint}")),
                "`{name}` does not warn of {lint}"
            );
        }
    }
}
