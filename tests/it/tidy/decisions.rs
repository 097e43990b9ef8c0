//! Decisions are written down: a file each, and a line for each crate we did not write.

use std::collections::BTreeSet;

use super::{dependencies, files_below, table, text};

const DEPENDENCIES: &str = "docs/decisions/0002-dependencies.md";

/// The first cell of each row of the table, which holds one name in backticks.
fn reasons() -> BTreeSet<String> {
    text(DEPENDENCIES)
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .filter(|(_, reason)| reason.len() > 20)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// What the crates for the other machine name: the sdk, the plugins and the test guests.
fn guest_dependencies() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["sdk", "plugins", "tests/guests"] {
        for (name, _) in files_below(folder).iter().filter(|it| it.0.ends_with("Cargo.toml")) {
            let manifest = table(name);
            let workspace = manifest.get("workspace").and_then(toml::Value::as_table);
            for owner in [Some(&manifest), workspace].into_iter().flatten() {
                for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
                    let listed = owner.get(kind).and_then(toml::Value::as_table);
                    // what comes by path is ours; what the workspace lists is counted there
                    names.extend(
                        listed
                            .into_iter()
                            .flatten()
                            .filter(|(_, it)| it.get("path").is_none())
                            .filter(|(_, it)| it.get("workspace").is_none())
                            .map(|(name, _)| name.clone()),
                    );
                }
            }
        }
    }
    names
}

#[test]
fn every_external_crate_has_its_reason_and_no_reason_outlives_its_crate() {
    let mut named: BTreeSet<String> =
        dependencies().into_iter().filter(|it| it.external).map(|it| it.name).collect();
    named.extend(guest_dependencies());
    assert_eq!(reasons(), named, "{DEPENDENCIES} (left) and the manifests (right)");
}

#[test]
fn every_version_in_the_workspace_is_used() {
    let manifest = table("Cargo.toml");
    let listed = manifest["workspace"]["dependencies"].as_table().unwrap();
    let named: BTreeSet<String> = dependencies().into_iter().map(|it| it.name).collect();
    let unused: Vec<&String> = listed.keys().filter(|name| !named.contains(*name)).collect();
    assert_eq!(unused, Vec::<&String>::new());
}

#[test]
fn decisions_are_numbered_without_gaps() {
    let names: Vec<String> = files_below("docs/decisions").into_iter().map(|it| it.0).collect();
    assert!(!names.is_empty(), "no decisions found");
    for (number, name) in (1_usize..).zip(&names) {
        let file = name.rsplit_once('/').unwrap().1;
        assert!(file.starts_with(&format!("{number:04}-")), "`{file}` should be number {number}");
        let heading = format!("# {number}. ");
        assert!(text(name).starts_with(&heading), "`{file}` should open with `{heading}…`");
    }
}
