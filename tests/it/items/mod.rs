//! The petty-power list of the demo district: every item walked, drawn and printed.

mod charts;
mod proofs;
mod walks;

use package::{Edition, Package};

/// The demo package.
pub(crate) fn package() -> Package {
    let files =
        engine::files::read_package(&tests::district::root().join("policies/laixi")).unwrap();
    package::load(&files).package.unwrap()
}

/// Its newest edition.
pub(crate) fn edition(package: &Package) -> Edition {
    package.editions().last().unwrap().clone()
}

/// The list has the 36 items of the district, each with all that an item must say.
#[test]
fn the_list_has_thirty_six_complete_items() {
    let package = package();
    let edition = edition(&package);
    // P12 has two flows: the plan for the collective's own households, and contracts with outsiders
    let numbers: std::collections::BTreeSet<&str> =
        edition.items().keys().map(|id| id.trim_end_matches(|c: char| c.is_lowercase())).collect();
    let wanted: Vec<String> =
        (1..=19).map(|n| format!("P{n:02}")).chain((1..=17).map(|n| format!("S{n:02}"))).collect();
    assert_eq!(numbers.into_iter().collect::<Vec<_>>(), wanted);
    for item in edition.items().values() {
        let said = [&item.basis, &item.decides, &item.executes, &item.supervises];
        assert!(said.iter().all(|list| !list.is_empty()), "{}", item.id);
        assert!(!item.disclosure.is_empty() && !item.title_en.is_empty(), "{}", item.id);
        assert!(item.executes.iter().all(|who| !item.supervises.contains(who)), "{}", item.id);
        assert!(item.steps.iter().all(|step| !step.may.is_empty()), "{}", item.id);
    }
}
