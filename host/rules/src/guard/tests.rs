//! Sums that two engines must agree on, and rules that keep failing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use model::Digest;

use super::breaker::{Breaker, REFUSED_BEFORE_TRY};
use super::chosen;
use super::twin::agreed;
use crate::{LimitKind, Receipt, RuleError, RuleInput};

#[expect(clippy::unnecessary_wraps, reason = "stands for what a rule answers")]
fn answer(value: i64, fuel_used: u64) -> Result<(i64, Receipt), RuleError> {
    let receipt = Receipt {
        advisory: false,
        rule: Digest::default(),
        abi: String::new(),
        engine: String::new(),
        fuel_used,
        fuel_max: 100,
        log: Vec::new(),
        notes: Vec::new(),
        states: BTreeMap::new(),
    };
    Ok((value, receipt))
}

fn limit(limit: LimitKind, max: u64) -> Result<(i64, Receipt), RuleError> {
    Err(RuleError::Limit { limit, max })
}

fn trapped(frames: &[&str]) -> Result<(i64, Receipt), RuleError> {
    let frames = frames.iter().map(|frame| (*frame).to_owned()).collect();
    Err(RuleError::Trapped { message: "m".to_owned(), frames })
}

fn machine() -> Result<(i64, Receipt), RuleError> {
    Err(RuleError::Host { message: "no memory".to_owned() })
}

fn code(result: Result<(i64, Receipt), RuleError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "fine")
}

#[test]
fn a_difference_in_anything_throws_the_answer_away() {
    let disagree = "RULE_ENGINES_DISAGREE";
    assert_eq!(code(agreed(answer(1, 9), answer(1, 9))), "fine");
    assert_eq!(code(agreed(answer(1, 9), answer(2, 9))), disagree);
    assert_eq!(code(agreed(answer(1, 9), answer(1, 8))), disagree);
    let mut noted = answer(1, 9).unwrap();
    noted.1.states.insert("h1".to_owned(), vec![1]);
    assert_eq!(code(agreed(answer(1, 9), Ok(noted))), disagree);
    assert_eq!(code(agreed(answer(1, 9), trapped(&[]))), disagree);
    assert_eq!(code(agreed(trapped(&[]), answer(1, 9))), disagree);
    let (fuel, memory) = (limit(LimitKind::Fuel, 9), limit(LimitKind::Memory, 9));
    assert_eq!(code(agreed(fuel.clone(), memory)), disagree);
    assert_eq!(code(agreed(fuel.clone(), limit(LimitKind::Fuel, 8))), disagree);
    assert_eq!(code(agreed(fuel.clone(), fuel)), "RULE_FUEL_EXHAUSTED");
    assert_eq!(code(agreed(trapped(&["a"]), trapped(&["b"]))), "RULE_TRAPPED");
}

#[test]
fn what_depends_on_the_machine_is_no_difference() {
    let deep = limit(LimitKind::Stack, 9);
    assert_eq!(code(agreed(answer(1, 9), deep.clone())), "fine");
    assert_eq!(code(agreed(deep, answer(1, 9))), "RULE_STACK_EXHAUSTED");
    assert_eq!(code(agreed(machine(), answer(1, 9))), "RULE_HOST_FAULT");
    assert_eq!(code(agreed(answer(1, 9), machine())), "RULE_HOST_FAULT", "not compared, not used");
}

#[test]
fn about_the_asked_share_of_questions_is_chosen_and_the_same_ones_again() {
    let question = |day| RuleInput { day, ..RuleInput::default() };
    let count = |permille| (0..10_000).filter(|day| chosen(&question(*day), permille)).count();
    assert_eq!((count(0), count(1_000)), (0, 10_000));
    let ten = count(10);
    assert!((60..=140).contains(&ten), "{ten} of 10,000 at 10 permille");
    assert_eq!(ten, count(10));
}

#[test]
fn five_faults_in_a_row_stop_a_rule_until_a_try_after_a_hundred_calls() {
    let breaker = Breaker::new(5);
    let asked = AtomicU32::new(0);
    let ask = |result: Result<(i64, Receipt), RuleError>| -> &'static str {
        if let Err(error) = breaker.admit() {
            return error.code();
        }
        asked.fetch_add(1, Ordering::Relaxed);
        breaker.note(&result);
        code(result)
    };
    for _ in 0..4 {
        assert_eq!(ask(trapped(&[])), "RULE_TRAPPED");
    }
    assert_eq!(ask(answer(1, 1)), "fine", "and all is forgotten");
    for _ in 0..4 {
        assert_eq!(ask(limit(LimitKind::Fuel, 1)), "RULE_FUEL_EXHAUSTED");
    }
    // Not the rule's own: neither counted nor a reason to forget.
    for _ in 0..20 {
        assert_eq!(ask(limit(LimitKind::Input, 1)), "RULE_INPUT_LIMIT");
        assert_eq!(ask(machine()), "RULE_HOST_FAULT");
    }
    assert_eq!(ask(trapped(&[])), "RULE_TRAPPED");
    let before = asked.load(Ordering::Relaxed);
    for _ in 0..REFUSED_BEFORE_TRY {
        assert_eq!(ask(answer(1, 1)), "RULE_STOPPED");
    }
    assert_eq!(asked.load(Ordering::Relaxed), before, "a stopped rule is not run");
    assert_eq!(ask(trapped(&[])), "RULE_TRAPPED", "the try");
    for _ in 0..REFUSED_BEFORE_TRY {
        assert_eq!(ask(answer(1, 1)), "RULE_STOPPED", "one bad try is enough");
    }
    assert_eq!(ask(answer(1, 1)), "fine", "the second try");
    assert_eq!(ask(trapped(&[])), "RULE_TRAPPED", "counting from nought again");
    assert_eq!(ask(answer(1, 1)), "fine");
}

#[test]
fn with_nought_a_rule_is_never_stopped() {
    let breaker = Breaker::new(0);
    for _ in 0..50 {
        breaker.admit().unwrap();
        breaker.note(&trapped(&[]));
    }
}
