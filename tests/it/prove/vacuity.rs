//! No invariant is empty, and none is kept by something else than it says: with one of the forbids it names taken
//! away, the others it names no longer keep it. For what holds a matter, that is so of each forbid named.

use std::collections::BTreeSet;

use model::{CivilDay, DivisionCode};
use package::{Edition, Package};
use proof::{Names, Options, SolverCommand, Status};
use tests::district::root;

fn shipped() -> Package {
    let files = engine::files::read_package(&root().join("policies/laixi")).unwrap();
    package::load(&files).package.unwrap()
}

/// Whether the invariant is refuted once the forbid is gone.
fn falls(edition: &Edition, invariant: &str, forbid: &str) -> bool {
    let (names, known) = (Names::core().unwrap(), BTreeSet::new());
    let without = BTreeSet::from([forbid.to_owned()]);
    let options = Options {
        solver: Some(SolverCommand::new("cvc5")),
        known: &known,
        scope: proof::Scope::Invariant(invariant),
        without: &without,
        thorough: false,
        names: &names,
        today: CivilDay::parse("2026-11-28").unwrap(),
        village: DivisionCode::parse("370285102259").unwrap(),
        progress: &|_, _| {},
    };
    let report = proof::prove(edition, &options).unwrap();
    report.invariants.iter().all(|row| row.status == Status::Refuted)
}

#[test]
fn every_invariant_falls_with_a_forbid_that_carries_it() {
    for edition in shipped().editions() {
        let mut standing = Vec::new();
        for invariant in edition.invariants().policies() {
            let id = invariant.id().to_string();
            let said = invariant.annotation("carried_by").unwrap_or_default();
            let carriers: Vec<&str> = said.split('；').collect();
            let ids: BTreeSet<String> =
                edition.base().policies().map(|policy| policy.id().to_string()).collect();
            for carrier in &carriers {
                assert!(
                    ids.contains(*carrier),
                    "`{id}` rests on `{carrier}`, which does not exist"
                );
            }
            if !carriers.iter().any(|carrier| falls(edition, &id, carrier)) {
                standing.push(id);
            }
        }
        assert_eq!(standing, Vec::<String>::new(), "these fall with none of their forbids");
        println!("{}: {} invariants fall", edition.from(), edition.invariants().num_of_policies());
    }
}

#[test]
fn no_forbid_that_an_invariant_on_holds_names_can_be_spared() {
    for edition in shipped().editions() {
        let mut tried = 0;
        for invariant in edition.invariants().policies() {
            let id = invariant.id().to_string();
            if !id.starts_with("laixi/invariant/gates/") {
                continue;
            }
            let said = invariant.annotation("carried_by").unwrap_or_default();
            for carrier in said.split('；') {
                assert!(falls(edition, &id, carrier), "`{id}` holds without `{carrier}`");
                tried += 1;
            }
        }
        assert!(tried >= 18, "{tried} forbids tried");
    }
}
