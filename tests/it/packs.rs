//! `xiangyue packs`: what depends on a pack keeps it; what nothing depends on goes as a whole.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::district::{copy, root, scratch};
use tests::server::run;

use crate::desk::{change, lay};

const NEW: &str = "2028-06-01";

/// The shipped district with a second edition in shadow.
fn district(name: &str) -> PathBuf {
    let policies = scratch(name).join("laixi");
    copy(&root().join("policies/laixi"), &policies);
    copy(&policies.join("editions/2026-01-01"), &policies.join(format!("editions/{NEW}")));
    lay(&policies, &format!("editions/{NEW}/rollout.toml"), "stage = \"shadow\"\n");
    policies
}

fn packs(words: &[&str], policies: &Path, more: &[&str]) -> (Option<i32>, String) {
    let policies = policies.display().to_string();
    let output = run(&[words, &[&policies], more].concat());
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_shipped_packs_are_listed_with_version_and_needs() {
    let shipped = root().join("policies/laixi");
    let (code, said) = packs(&["--format", "json", "packs", "list"], &shipped, &[]);
    let said: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(code, Some(0));
    let all = said["packs"].as_array().unwrap();
    let works = all.iter().find(|pack| pack["id"] == "works").unwrap();
    assert!(works["version"] == "1.0" && works["needs"].to_string().contains("money"), "{works}");
    let (_, human) = packs(&["packs", "list"], &shipped, &[]);
    assert!(human.contains("money  1.0  村财民理、镇街监管"), "{human}");
    // a package that does not group its rules says so
    let plain = tests::district::small(&scratch("packs-none"), 24);
    let (code, said) = packs(&["packs", "list"], &plain, &[]);
    assert!(code == Some(3) && said.contains("NO_PACKS"), "{said}");
}

#[test]
fn a_pack_that_others_depend_on_stays_and_they_are_named() {
    let policies = district("packs-needed");
    let before = std::fs::read(policies.join(format!("editions/{NEW}/packs.toml"))).unwrap();
    let (code, said) = packs(&["packs", "remove"], &policies, &["money"]);
    assert_eq!(code, Some(2), "{said}");
    for word in ["PACK_NEEDED", "works", "assets", "集体资产资源处置", "P03", "P10"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let (code, said) = packs(&["--lang", "en", "packs", "remove"], &policies, &["money"]);
    assert!(code == Some(2) && said.contains("packs assets, works depend on it"), "{said}");
    let (code, said) = packs(&["packs", "remove"], &policies, &["moneys"]);
    assert!(code == Some(3) && said.contains("UNKNOWN_PACK"), "{said}");
    let first = ["works", "--edition", "2026-01-01"];
    let (code, said) = packs(&["packs", "remove"], &policies, &first);
    assert!(code == Some(2) && said.contains("EDITION_IN_FORCE"), "{said}");
    assert_eq!(std::fs::read(policies.join(format!("editions/{NEW}/packs.toml"))).unwrap(), before);
    assert!(policies.join("editions/2026-01-01/items/P03.toml").is_file());
}

#[test]
fn a_pack_that_nothing_depends_on_goes_once_nothing_names_it() {
    let policies = district("packs-gone");
    let edition = policies.join(format!("editions/{NEW}"));
    // the publication still names its item: told with its place, and nothing is touched
    let (code, said) = packs(&["packs", "remove"], &policies, &["points"]);
    assert!(code == Some(2) && said.contains("PACK_STILL_NAMED"), "{said}");
    assert!(said.contains(&format!("editions/{NEW}/publication.toml:")), "{said}");
    assert!(edition.join("items/S17.toml").is_file());
    change(&edition.join("publication.toml"), ", \"S17\"", "");
    let (code, said) = packs(&["packs", "remove"], &policies, &["points"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(!edition.join("items/S17.toml").exists());
    assert!(!edition.join("authorization/points.cedar").exists());
    assert!(edition.join("items/S16.toml").is_file() && edition.join("rollout.toml").is_file());
    let (code, said) = packs(&["packs", "list"], &policies, &[]);
    assert!(code == Some(0) && !said.contains("points"), "{said}");
    let (code, said) = packs(&["check"], &policies, &[]);
    assert_eq!(code, Some(0), "{said}");
    // the edition in force is as it was
    assert!(policies.join("editions/2026-01-01/items/S17.toml").is_file());
    let left = std::fs::read_dir(policies.join("editions")).unwrap().flatten().count();
    assert_eq!(left, 2, "no part of a folder is left behind");
}
