//! Spot checks: exact shares, the same draw for the same seed, and no favourites.

use std::collections::BTreeMap;

use engine::checks::{Checks, Draw, draw};
use engine::record::Effect;
use engine::state::State;
use model::DivisionCode;
use package::Package;
use serde_json::{Value, json};

use super::{Beside, VILLAGE, day, matter, shipped, state};

/// `works` works, `assets` lettings, payments of these amounts, and `rest` uses of the seal.
fn matters(works: u32, assets: u32, paid: &[i64], rest: u32) -> Vec<Effect> {
    let some = |item: &'static str, count: u32| {
        (1..=count).map(move |n| matter(&format!("2026-{n:03}"), item, "2026-11-02", &[]))
    };
    let payments = paid.iter().zip(1..).map(|(cents, n)| {
        let mut row = matter(&format!("2026-{n:03}"), "P15", "2026-11-02", &[]);
        row.amount_cents = *cents;
        row
    });
    let all = some("P05", works).chain(some("P10", assets)).chain(some("S11", rest));
    all.chain(payments).map(Effect::Matter).collect()
}

fn asked(seed: u64) -> Draw {
    let place = DivisionCode::parse(VILLAGE).unwrap();
    Draw { seed, place, since: None, day: day("2026-11-30") }
}

/// Stratum, population, ids.
fn drawn(checks: &Checks<'_, '_>) -> Vec<(String, u64, Vec<String>)> {
    let ids = |of: &[&engine::row::Matter]| of.iter().map(|row| row.id.clone()).collect();
    checks.strata.iter().map(|s| (s.stratum.id.clone(), s.population, ids(&s.matters))).collect()
}

fn once(state: &State, package: &Package, seed: u64) -> Vec<(String, u64, Vec<String>)> {
    drawn(&draw(state, package, &asked(seed)).unwrap())
}

#[test]
fn each_stratum_gets_its_share_and_the_first_that_fits_takes_a_matter() {
    let package = shipped();
    // from the director's limit on a payment is large
    let edition = package.edition(day("2026-11-30")).unwrap();
    let limit = edition.parameters()["p15_director_below_cents"].at(day("2026-11-02"));
    let limit = limit.unwrap().value;
    let state = state(matters(10, 9, &[limit - 1, limit, limit + 1], 100));
    let strata = once(&state, &package, 7);
    let counts: Vec<(&str, u64, usize)> =
        strata.iter().map(|(id, all, ids)| (id.as_str(), *all, ids.len())).collect();
    // 500‰ of 9, 300‰ of 10, 200‰ of 2 (at least one), 20‰ of 100 uses of the seal and the small payment
    let want = [("assets", 9, 5), ("works", 10, 3), ("large-spending", 2, 1), ("others", 101, 3)];
    assert_eq!(counts, want);
}

#[test]
fn the_same_seed_and_record_give_the_same_draw_and_another_seed_another_one() {
    let package = shipped();
    let mut rows = matters(12, 8, &[2_000_000; 6], 40);
    let first = once(&state(rows.clone()), &package, 370_285);
    rows.reverse();
    assert_eq!(once(&state(rows.clone()), &package, 370_285), first, "whatever order they came in");
    let others = (0..50).filter(|seed| once(&state(rows.clone()), &package, *seed) == first);
    assert_eq!(others.count(), 0);

    // work elsewhere does not move a stratum's draw, and the population's digest tells the record
    let all = draw(&state(matters(12, 8, &[], 0)), &package, &asked(9)).unwrap().population;
    let more = state(matters(12, 8, &[], 1));
    let again = draw(&more, &package, &asked(9)).unwrap();
    assert_ne!(again.population, all);
    assert_eq!(drawn(&again)[..2], once(&state(matters(12, 8, &[], 0)), &package, 9)[..2]);
}

#[test]
fn no_matter_is_a_favourite_over_many_seeds() {
    let package = shipped();
    let state = state(matters(0, 10, &[], 0));
    let mut hits: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..1_000 {
        for id in &once(&state, &package, seed)[0].2 {
            *hits.entry(id.clone()).or_default() += 1;
        }
    }
    assert_eq!(hits.values().sum::<u32>(), 5_000, "five of ten each time");
    // 500 expected, about 16 is one standard deviation
    assert!(hits.len() == 10 && hits.values().all(|n| (430..=570).contains(n)), "{hits:?}");
}

#[test]
fn the_command_prints_the_seed_and_draws_what_was_there_on_the_day() {
    let beside = Beside::new("metrics-checks");
    let once = |more: &[&str]| {
        let (code, said) = beside.metrics(&[&["checks", "--seed", "42"][..], more].concat());
        assert_eq!(code, Some(0), "{said}");
        said
    };
    let said = once(&["--on", "2026-10-20"]);
    assert_eq!((&said["seed"], &said["day"]), (&json!(42), &json!("2026-10-20")), "{said}");
    let land: Vec<&Value> =
        said["strata"][0]["matters"].as_array().unwrap().iter().map(|row| &row["item"]).collect();
    assert_eq!(land, ["S10"], "the demo's one land matter, as at least two are asked for: {said}");
    assert_eq!(once(&["--on", "2026-10-20"]), said);
    let later = once(&["--on", "2026-10-20", "--since", "2026-10-20"]);
    assert_eq!(later["strata"][0]["population"], 0, "nothing was recorded in it since: {later}");
    let early = once(&["--on", "2026-01-02"]);
    let all = early["strata"].as_array().unwrap().iter().map(|s| s["population"].as_u64().unwrap());
    assert_eq!(all.sum::<u64>(), 0, "{early}");
}
