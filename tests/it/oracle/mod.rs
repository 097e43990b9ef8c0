//! Random histories through the real engine beside a small reading of the law: no trace lets anyone act
//! without a live chain of authority, and what is in order is not refused. Where a forbid is taken out,
//! the same histories find somebody who acts without authority.

mod law;
mod plan;
mod world;

use std::cell::Cell;
use std::path::Path;

use engine::Engine;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tests::district;

use self::plan::{Op, Plan, plans};
use self::world::World;
use crate::smoke::open_as;

/// Cases of one engine: its clock only goes forward, and posts end in 2030.
const CASES_PER_ENGINE: usize = 50;
/// Engines that are tried for a difference.
const ENGINES_MAX: u64 = 8;
/// No history begins later; the officers of the demo must be in office.
const LAST_DAY: &str = "2030-06-01";
const OPS: usize = 30;

/// The seed of this run: random, or the one in `XIANGYUE_SEED`.
pub(crate) fn seed() -> u64 {
    let given = std::env::var("XIANGYUE_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        u64::try_from(now.as_nanos() % u128::from(u32::MAX)).unwrap()
    })
}

/// A runner of property tests that starts from a seed.
pub(crate) fn runner(seed: u64, cases: usize) -> TestRunner {
    let mut bytes = [0_u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: u32::try_from(cases).unwrap(),
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

/// What a package may lack.
#[derive(Clone, Copy, Debug)]
enum Missing {
    /// A policy, by its file and id.
    Policy(&'static str, &'static str),
    /// What a step of an item waits for, by the line that says so.
    Wait(&'static str, &'static str),
}

/// A store with the demo's officers, on a package that may lack something.
fn engine(name: &str, without: Option<Missing>) -> Engine {
    let scratch = district::scratch(name);
    let policies = district::small(&scratch, 1);
    let edition = policies.join("editions/2026-01-01");
    match without {
        Some(Missing::Policy(file, id)) => remove(&edition.join("authorization").join(file), id),
        Some(Missing::Wait(file, line)) => {
            let file = edition.join("items").join(file);
            let text = std::fs::read_to_string(&file).unwrap();
            assert_eq!(text.matches(line).count(), 1, "{line}");
            district::write(&file, &text.replace(line, ""));
        }
        None => {}
    }
    let engine = open_as(&policies, &scratch.join("data"), "2026-11-23", without.is_some());
    engine.load_demo(&mut |_, _| {}).unwrap();
    engine
}

/// Takes one policy out of a Cedar file.
fn remove(file: &Path, id: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    let start = text.find(&format!("@id(\"{id}\")")).unwrap_or_else(|| panic!("no `{id}`"));
    let end = text[start..].find("\n@id(").map_or(text.len(), |end| start + end);
    district::write(file, &format!("{}{}", &text[..start], &text[end..]));
}

struct Counts {
    cases: Cell<usize>,
    taken: Cell<usize>,
    refused: Cell<usize>,
}

/// Runs histories until one shows a difference.
fn compare(engine: &Engine, seed: u64, cases: usize) -> (Result<(), TestError<Plan>>, Counts) {
    let counts = Counts { cases: Cell::new(0), taken: Cell::new(0), refused: Cell::new(0) };
    let result = runner(seed, cases).run(&plans(OPS), |plan| {
        if engine.today() > LAST_DAY.parse().unwrap() {
            return Ok(());
        }
        let case = counts.cases.replace(counts.cases.get() + 1);
        let mut world = World::new(engine, case, &plan);
        for op in &plan.ops {
            if let Err(difference) = world.run(op) {
                return Err(proptest::test_runner::TestCaseError::fail(format!(
                    "{difference} ({})",
                    world.view()
                )));
            }
        }
        counts.taken.set(counts.taken.get() + world.taken);
        counts.refused.set(counts.refused.get() + world.refused);
        Ok(())
    });
    (result, counts)
}

#[test]
fn nobody_acts_without_a_live_chain_of_authority() {
    let seed = seed();
    for round in 0..2_u64 {
        let engine = engine(&format!("oracle-{round}"), None);
        let (result, counts) = compare(&engine, seed + round, CASES_PER_ENGINE);
        println!(
            "seed {}: {} histories, {} steps taken, {} refused",
            seed + round,
            counts.cases.get(),
            counts.taken.get(),
            counts.refused.get()
        );
        if let Err(error) = result {
            panic!("seed {}: {error}", seed + round);
        }
        assert!(counts.taken.get() > counts.cases.get(), "hardly anything was taken");
        assert!(counts.refused.get() > counts.cases.get(), "hardly anything was refused");
    }
}

/// The suite notices a missing rule: each of these policies is taken out in turn.
#[test]
fn a_missing_rule_is_found_by_the_same_histories() {
    let seed = seed();
    let missing = [
        Missing::Policy("people.cedar", "laixi/people/suspended"),
        Missing::Policy("people.cedar", "laixi/people/post-term"),
        Missing::Policy("order.cedar", "laixi/order/one-signature"),
        Missing::Policy("delegation.cedar", "laixi/delegation/revoked"),
        Missing::Policy("delegation.cedar", "laixi/delegation/out-of-term"),
        Missing::Policy("delegation.cedar", "laixi/delegation/not-approved"),
        Missing::Wait("P15.toml", "after = [\"APPROVE\"]\n"),
    ];
    for (number, id) in missing.into_iter().enumerate() {
        let mut cases = 0;
        let found = (0..ENGINES_MAX).find_map(|round| {
            let engine = engine(&format!("oracle-{number}-{round}"), Some(id));
            let (result, counts) = compare(&engine, seed + round, CASES_PER_ENGINE);
            cases += counts.cases.get();
            match result {
                Err(TestError::Fail(why, plan)) => Some((why.to_string(), plan)),
                _ => None,
            }
        });
        let Some((why, plan)) = found else {
            panic!("seed {seed}: without {id:?} {cases} histories show no difference");
        };
        let unlawful = ["allowed, but", "delegated without", "approved without"];
        assert!(unlawful.iter().any(|words| why.contains(words)), "seed {seed}: {id:?}: {why}");
        println!(
            "without {id:?}: {why} after {cases} histories; {} operations left",
            plan.ops.len()
        );
    }
}

/// Events that do not depend on each other give the same answers in any order.
#[test]
fn the_order_of_independent_events_does_not_matter() {
    let seed = seed();
    let engine = engine("oracle-order", None);
    let cases = Cell::new(0_usize);
    let result = runner(seed, 25).run(&plans(OPS), |plan| {
        // meetings about the matter, and posts of different people: none builds on another
        let events: Vec<&Op> = plan
            .ops
            .iter()
            .filter(|op| matches!(op, Op::Meet(_) | Op::Suspend(..) | Op::End(_)))
            .collect();
        let mut told = Vec::new();
        for turned in [false, true] {
            let case = cases.replace(cases.get() + 1);
            let mut world = World::new(&engine, case, &plan);
            let mut order = events.clone();
            // of two events about one person only the last may count
            let mut seen = std::collections::BTreeSet::new();
            order.retain(|op| match op {
                Op::Suspend(who, _) | Op::End(who) => seen.insert(*who % 9),
                _ => true,
            });
            if turned {
                order.reverse();
            }
            for op in order {
                world.run(op).map_err(proptest::test_runner::TestCaseError::fail)?;
            }
            told.push(world.answers(&|person, matter, step| may(&engine, person, matter, step)));
        }
        proptest::prop_assert_eq!(&told[0], &told[1]);
        Ok(())
    });
    println!("seed {seed}: {} histories", cases.get());
    result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
}

/// The engine's answer to a question of another system.
fn may(engine: &Engine, person: &str, matter: &str, step: &str) -> bool {
    let body = serde_json::json!({"subject": {"type": "Person", "id": person}, "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": matter, "properties": {"step": step}}});
    let ask = server::parse_evaluation(body.to_string().as_bytes()).unwrap();
    let (state, snapshot) = (engine.read_state(), engine.snapshot());
    engine::judge::judge(&state, &snapshot, engine.now(), &ask, None).allowed()
}
