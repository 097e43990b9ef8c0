use model::{CivilDay, DivisionCode};

use super::{good, loaded, shipped, show};
use crate::{Law, RuleKind, RuleLaw, json_schemas, load};

fn day(text: &str) -> CivilDay {
    CivilDay::parse(text).unwrap()
}

fn code(text: &str) -> DivisionCode {
    DivisionCode::parse(text).unwrap()
}

/// Everything but the compiled rules, which the build puts in place.
#[test]
fn the_shipped_package_has_no_findings() {
    let mut files = shipped();
    for (path, bytes) in good() {
        if path.contains("/rules/") {
            files.entry(path).or_insert(bytes);
        }
    }
    let loaded = load(&files);
    assert!(loaded.diagnostics.is_empty(), "{}", show(&loaded.diagnostics));
    assert!(
        loaded
            .package
            .unwrap()
            .cases()
            .iter()
            .any(|case| case.file == "cases/deny/s10-representatives-decide.toml")
    );
}

#[test]
fn the_edition_holds_what_the_files_say() {
    let package = loaded(&good());
    assert_eq!(package.divisions().townships().count(), 11);
    assert_eq!(package.divisions().villages().count(), 182);
    assert!(package.edition(day("2025-12-31")).is_none());
    let edition = package.edition(day("2026-11-23")).unwrap();
    assert!(["P01", "P15", "S10", "S11"].iter().all(|id| edition.items().contains_key(*id)));
    assert!(edition.items().len() >= 36, "{}", edition.items().len());
    assert_eq!(edition.bodies()["MEM"].of, crate::Denominator::Eligible);
    assert!(edition.listed(day("2026-11-23")).any(|id| id == "AS-01"));
    let village = package.divisions().get(code("370285102259")).unwrap();
    assert_eq!(
        (village.short(), package.district().kinds[&village.kind].law),
        ("双山村", Law::Villagers)
    );
    // The two of the file, and at least one for each step of each item.
    let steps: usize = edition.items().values().map(|item| item.steps.len()).sum();
    assert!(edition.base().policies().count() >= steps + 2);
    let xia = edition.township(code("370285102259")).unwrap();
    assert_eq!(xia.own_items().collect::<Vec<_>>(), ["370285102-T01"]);
    assert_eq!(
        (xia.schemes["household-sanitation"].kind(), xia.schemes["exchange"].law),
        (RuleKind::Component, RuleLaw::Quote)
    );
    assert_eq!(xia.schemes["exchange"].source, b"fixture");
    assert_eq!(edition.township(code("370285101000")).unwrap().own_items().count(), 0);
    assert_eq!(edition.townships().len(), 11, "each township has its own rules");
    assert_eq!(package.demo().unwrap().households_per_village, 300);
}

#[test]
fn a_township_adds_steps_and_tightens_for_itself_only() {
    let package = loaded(&good());
    let edition = package.editions().first().unwrap();
    let (xia, nan) = (Some(code("370285102000")), Some(code("370285106000")));
    let own = edition.item(xia, "P01").unwrap();
    assert_eq!(own.step("LEG").unwrap().after, ["TWO"]);
    assert_eq!(own.step("PTY").unwrap().after, ["TWO", "LEG"]);
    assert!(!own.local && edition.item(xia, "370285102-T01").unwrap().local);
    assert!(edition.item(nan, "P01").unwrap().step("LEG").is_none());
    assert!(edition.item(nan, "370285102-T01").is_none());
    let today = day("2026-11-23");
    assert_eq!(edition.parameters_at(xia, today)["p15_representatives_below_cents"], 1_500_000);
    assert_eq!(edition.parameters_at(nan, today)["p15_representatives_below_cents"], 2_000_000);
    assert_eq!(edition.parameters_at(None, today).len(), edition.parameters().len());
}

/// Cases, read-me files and demo sizes are no rules; everything else is part of the digest.
#[test]
fn the_digest_follows_rules_and_nothing_else() {
    let files = good();
    let digest = |files: &crate::Files| loaded(files).editions().first().unwrap().digest();
    let base = digest(&files);
    for (path, moves) in [
        ("README.md", false),
        ("demo.toml", false),
        ("posts.toml", false),
        ("bodies.toml", true),
        ("parameters/p01_gap_days.toml", true),
        ("editions/2026-01-01/items/P01.toml", true),
        ("townships/370285106-nanshu/editions/2026-01-01/rules/exchange.rhai", true),
        ("townships/370285106-nanshu/township.toml", true),
    ] {
        let mut changed = files.clone();
        changed.entry(path.to_owned()).or_default().extend(b"\n# \n");
        assert_eq!(digest(&changed) != base, moves, "{path}");
    }
}

#[test]
fn a_later_edition_of_one_township_starts_a_new_stretch() {
    let mut files = good();
    let later: Vec<_> = files
        .iter()
        .filter(|(path, _)| path.starts_with("townships/370285106-nanshu/editions/2026-01-01/"))
        .map(|(path, bytes)| (path.replace("2026-01-01", "2026-07-01"), bytes.clone()))
        .collect();
    files.extend(later);
    let package = loaded(&files);
    let days: Vec<_> = package.editions().iter().map(|e| e.from().to_string()).collect();
    assert_eq!(days, ["2026-01-01", "2026-07-01"]);
    assert_eq!(package.edition(day("2026-06-30")).unwrap().from(), day("2026-01-01"));
    let second = package.edition(day("2026-07-01")).unwrap();
    assert_eq!(second.township(code("370285106000")).unwrap().from, day("2026-07-01"));
    assert_eq!(second.township(code("370285102000")).unwrap().from, day("2026-01-01"));
    assert_ne!(second.digest(), package.editions().first().unwrap().digest());
}

#[test]
fn every_schema_is_valid_and_every_field_is_explained() {
    fn explained(name: &str, value: &serde_json::Value) {
        if let Some(properties) = value.get("properties").and_then(|p| p.as_object()) {
            for (key, property) in properties {
                let words =
                    property.get("description").and_then(|d| d.as_str()).unwrap_or_default();
                assert!(
                    words.chars().any(|c| c > '\u{4e00}'),
                    "{name}: `{key}` has no Chinese description"
                );
                explained(name, property);
            }
            assert_eq!(
                value.get("additionalProperties"),
                Some(&false.into()),
                "{name}: open object"
            );
        }
        if let Some(items) = value.get("items") {
            explained(name, items);
        }
    }
    for (name, text) in json_schemas() {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert!(jsonschema::draft202012::meta::is_valid(&value), "{name}");
        explained(name, &value);
    }
}
