//! The absences that ARCHITECTURE.md promises, each with its guard.
//!
//! These tests read the checkout, not the program: arrows between crates, lint headers, pins,
//! lengths, policy ids, and words and paths that must not be in any file.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "reads the checkout; a file that cannot be read is a failed test"
)]

mod arrows;
mod decisions;
mod files;
mod frozen;
mod pins;
mod policies;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Crates without clock, file, environment, thread, float or hash order.
const PURE: [&str; 8] =
    ["model", "table", "package", "decision", "flow", "ledger", "lists", "demo"];

/// The checkout whose tests cargo is running.
fn root() -> PathBuf {
    let own = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    Path::new(&own).parent().unwrap().to_path_buf()
}

/// One text file, named from the root.
fn text(name: &str) -> String {
    let path = root().join(name);
    std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display())).unwrap()
}

/// One TOML file, named from the root.
fn table(name: &str) -> toml::Table {
    text(name).parse().map_err(|e| format!("{name}: {e}")).unwrap()
}

/// What cargo says of the members of the workspace, without their dependencies' own.
fn members() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap();
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// One dependency that a member names in its manifest.
struct Dependency {
    member: String,
    name: String,
    /// From a registry, and not one of our own.
    external: bool,
    /// Only for tests and benchmarks.
    dev: bool,
}

/// Every dependency that a member names in its manifest.
fn dependencies() -> Vec<Dependency> {
    let mut all = Vec::new();
    for member in members() {
        for dependency in member["dependencies"].as_array().unwrap() {
            all.push(Dependency {
                member: member["name"].as_str().unwrap().to_owned(),
                name: dependency["name"].as_str().unwrap().to_owned(),
                external: !dependency["source"].is_null(),
                dev: dependency["kind"] == "dev",
            });
        }
    }
    assert!(all.len() > 50, "the workspace names more dependencies than {}", all.len());
    all
}

/// Whether a file is of a kind, by its extension.
fn is_kind(name: &str, kind: &str) -> bool {
    Path::new(name).extension().is_some_and(|it| it == kind)
}

/// All files below a folder of the checkout as (name from the root, path), in stable order,
/// without what git ignores.
fn files_below(folder: &str) -> Vec<(String, PathBuf)> {
    let root = root();
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            let ignored = name == ".git" || name == "data" || path.ends_with("target");
            if ignored {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                found.push((name, path));
            }
        }
    }
    found.sort();
    found
}
