//! Versions that are pinned for a reason, and the one source everything comes from.

use super::{table, text};

/// Crates whose behaviour a decision or a receipt depends on, at exactly these versions.
const PINS: [(&str, &str); 6] = [
    ("wasmtime", "=48.0.8"),
    // reads a component as wasmtime does, before wasmtime compiles it
    ("wasmparser", "=0.254.2"),
    ("sled", "=0.34.7"),
    ("rhai", "=1.27.0"),
    ("cedar-policy", "=4.14.1"),
    ("cedar-policy-symcc", "=0.8.1"),
];

/// What a feature keeps out of the rule sandbox, or mends (docs/decisions/0010).
const FEATURES: [(&str, &[&str]); 2] = [
    ("wasmtime", &["gc", "gc-null", "threads"]),
    ("rhai", &["no_closure", "no_float", "no_time", "no_module", "only_i64"]),
];

#[test]
fn the_toolchain_is_one() {
    let toolchain = table("rust-toolchain.toml");
    assert_eq!(toolchain["toolchain"]["channel"].as_str(), Some("1.95.0"));
    let manifest = table("Cargo.toml");
    assert_eq!(manifest["workspace"]["package"]["rust-version"].as_str(), Some("1.95"));
}

#[test]
fn engines_are_pinned_and_trimmed() {
    let manifest = table("Cargo.toml");
    let dependencies = &manifest["workspace"]["dependencies"];
    for (name, version) in PINS {
        let entry = &dependencies[name];
        let found = entry.as_str().or_else(|| entry["version"].as_str());
        assert_eq!(found, Some(version), "`{name}`");
    }
    for (name, wanted) in FEATURES {
        let entry = &dependencies[name];
        assert_eq!(entry["default-features"].as_bool(), Some(false), "`{name}`");
        let features: Vec<&str> =
            entry["features"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        for feature in wanted {
            assert!(features.contains(feature), "`{name}` lacks `{feature}`");
        }
    }
}

#[test]
fn one_profile_checks_overflow() {
    let manifest = table("Cargo.toml");
    let profiles = manifest["profile"].as_table().unwrap();
    assert_eq!(profiles.keys().collect::<Vec<_>>(), ["release"]);
    assert_eq!(profiles["release"]["overflow-checks"].as_bool(), Some(true));
}

#[test]
fn every_locked_crate_comes_from_the_one_registry() {
    let lock = table("Cargo.lock");
    let mut external = 0_usize;
    for package in lock["package"].as_array().unwrap() {
        let Some(source) = package.get("source") else { continue };
        let name = package["name"].as_str().unwrap();
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(source.as_str(), Some(registry), "`{name}`");
        assert!(package.get("checksum").is_some(), "`{name}` has no checksum");
        external += 1;
    }
    assert!(external > 100, "only {external} locked crates");
    for (name, replaced) in [("Cargo.toml", "patch"), ("Cargo.toml", "replace")] {
        assert!(table(name).get(replaced).is_none(), "`{name}` has a `{replaced}` table");
    }
    let config = text(".cargo/config.toml");
    for word in ["[source", "[registr", "replace-with"] {
        assert!(!config.contains(word), ".cargo/config.toml names a registry: `{word}`");
    }
}

#[test]
fn known_holes_are_below_the_locked_versions() {
    let lock = table("Cargo.lock");
    // RUSTSEC-2026-0204, by way of sled
    let epoch: Vec<Vec<u64>> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["name"].as_str() == Some("crossbeam-epoch"))
        .map(|it| it["version"].as_str().unwrap().split('.').map(|n| n.parse().unwrap()).collect())
        .collect();
    assert!(!epoch.is_empty(), "sled without crossbeam-epoch");
    assert!(epoch.iter().all(|it| *it >= vec![0, 9, 20]), "{epoch:?}");
}
