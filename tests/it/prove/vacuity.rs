//! No invariant is empty, and none is kept by something else than it says: with one of the forbids it names taken
//! away, the others it names no longer keep it.

use std::collections::BTreeSet;

use model::{CivilDay, DivisionCode};
use proof::{Names, Options, SolverCommand, Status};
use tests::district::root;

#[test]
fn every_invariant_falls_with_a_forbid_that_carries_it() {
    let files = engine::files::read_package(&root().join("policies/laixi")).unwrap();
    let package = package::load(&files).package.unwrap();
    let names = Names::core().unwrap();
    let known = BTreeSet::new();
    for edition in package.editions() {
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
            let falls = carriers.iter().any(|carrier| {
                let without = BTreeSet::from([(*carrier).to_owned()]);
                let options = Options {
                    solver: Some(SolverCommand::new("cvc5")),
                    known: &known,
                    scope: proof::Scope::Invariant(&id),
                    without: &without,
                    thorough: false,
                    names: &names,
                    today: CivilDay::parse("2026-11-28").unwrap(),
                    village: DivisionCode::parse("370285102259").unwrap(),
                    progress: &|_, _| {},
                };
                let report = proof::prove(edition, &options).unwrap();
                report.invariants.iter().all(|row| row.status == Status::Refuted)
            });
            if !falls {
                standing.push(id);
            }
        }
        assert_eq!(standing, Vec::<String>::new(), "these fall with none of their forbids");
        println!("{}: {} invariants fall", edition.from(), edition.invariants().num_of_policies());
    }
}
