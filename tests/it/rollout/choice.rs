//! For random cohorts, stages and days each place has exactly one edition, and day and place alone
//! choose it.

use engine::snapshot::Snapshot;
use model::{CivilDay, DivisionCode, DivisionLevel};
use package::{Files, Package, Stage};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{FIRST, district};
use crate::oracle::{runner, seed};

/// Days of the editions behind the first.
const LATER: [&str; 2] = ["2028-06-01", "2028-09-01"];

/// One edition's stage: how far, and which units, picked from the division list.
type Drawn = (Stage, Vec<Index>);

fn drawn() -> impl Strategy<Value = Drawn> {
    let stage = select(vec![Stage::Shadow, Stage::Pilot, Stage::Pilot, Stage::All]);
    (stage, prop::collection::vec(any::<Index>(), 1..6))
}

fn day(text: &str) -> CivilDay {
    text.parse().unwrap()
}

/// The shipped district with two more editions at the stages drawn, and the units of each.
fn staged(
    files: &Files,
    units: &[DivisionCode],
    drawn: &[Drawn],
) -> (Package, Vec<Vec<DivisionCode>>) {
    let mut files = files.clone();
    let mut all = Vec::new();
    for (from, (stage, picks)) in LATER.iter().zip(drawn) {
        let mut chosen: Vec<DivisionCode> = picks.iter().map(|pick| *pick.get(units)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        let quoted: Vec<String> = chosen.iter().map(|code| format!("\"{code}\"")).collect();
        let cohort = if *stage == Stage::Pilot { "cohort = \"c\"\n" } else { "" };
        let text = format!(
            "stage = \"{}\"\n{cohort}[[cohorts]]\nid = \"c\"\ntitle = \"试点\"\nunits = [{}]\n",
            stage.id(),
            quoted.join(", ")
        );
        let rules: Vec<(String, Vec<u8>)> = files
            .iter()
            .filter_map(|(path, bytes)| {
                let rest = path.strip_prefix(&format!("editions/{FIRST}/"))?;
                Some((format!("editions/{from}/{rest}"), bytes.clone()))
            })
            .collect();
        files.extend(rules);
        files.insert(format!("editions/{from}/rollout.toml"), text.into_bytes());
        all.push(chosen);
    }
    let loaded = package::load(&files);
    (loaded.package.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics)), all)
}

/// The rule in other words: of the editions begun, the last that is for all or names the place or
/// what it lies in.
fn expected(
    drawn: &[Drawn],
    units: &[Vec<DivisionCode>],
    on: CivilDay,
    at: Option<DivisionCode>,
) -> CivilDay {
    let mut found = day(FIRST);
    for ((from, (stage, _)), units) in LATER.iter().zip(drawn).zip(units) {
        let named = at.is_some_and(|at| units.iter().any(|u| *u == at || *u == at.township()));
        if day(from) <= on && (*stage == Stage::All || (*stage == Stage::Pilot && named)) {
            found = day(from);
        }
    }
    found
}

#[test]
fn each_place_has_exactly_one_edition_and_day_and_place_alone_choose_it() {
    let policies = district("rollout-choice");
    let mut files = engine::files::read_package(&policies).unwrap();
    files.retain(|path, _| !LATER.iter().any(|day| path.contains(day)));
    let known = package::load(&files).package.unwrap();
    let all: Vec<DivisionCode> = known.divisions().all().map(|row| row.code).collect();
    let below = |code: &&DivisionCode| code.level() != DivisionLevel::County;
    let units: Vec<DivisionCode> = all.iter().filter(below).copied().collect();
    let host = rules::RuleHost::new(rules::Limits::default()).unwrap();
    let seed = seed();
    let mut answered = std::collections::BTreeSet::new();
    let days = ["2026-01-01", "2028-05-31", "2028-06-01", "2028-08-31", "2028-09-01", "2029-01-01"];
    let answered_in = std::cell::RefCell::new(&mut answered);
    let result = runner(seed, 8).run(&prop::collection::vec(drawn(), 2), |drawn| {
        let (package, cohorts) = staged(&files, &units, &drawn);
        let snapshot = Snapshot::new(package, &host).unwrap();
        for on in days.map(day) {
            for place in all.iter().map(|code| Some(*code)).chain([None]) {
                let want = expected(&drawn, &cohorts, on, place);
                let got = snapshot.edition(on, place).map(package::Edition::from);
                prop_assert_eq!(got.ok(), Some(want), "{:?} on {}", place, on);
                answered_in.borrow_mut().insert(want);
            }
        }
        let before = snapshot.edition(day("2025-12-31"), Some(units[0]));
        prop_assert!(before.is_err(), "no edition before the first");
        Ok(())
    });
    println!("seed {seed}: editions that answered: {answered:?}");
    result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    assert_eq!(answered.len(), 3, "seed {seed}: every edition answered somewhere");
}
