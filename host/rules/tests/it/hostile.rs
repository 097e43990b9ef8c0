//! Guests that loop, grow, trap, reach out, lie or talk too much; and that the host works on after each.

use std::sync::Arc;

use rules::{Law, LimitKind, Limits, LoadCode, LoadError, Rule, RuleError, RuleHost};

use crate::guests::{one_row, scoring};

const LOOPS: &str = include_str!("../../../../tests/guests/loops-forever.wat");
const GROWS: &str = include_str!("../../../../tests/guests/grows-memory.wat");
const RECURSES: &str = include_str!("../../../../tests/guests/recurses.wat");
const TRAPS: &str = include_str!("../../../../tests/guests/traps.wat");
const FLOODS: &str = include_str!("../../../../tests/guests/returns-too-much.wat");
const IMPORTS: &str = include_str!("../../../../tests/guests/imports-too-much.wat");
const FLOATS: &str = include_str!("../../../../tests/guests/computes-with-floats.wat");
const NONSENSE: &str = include_str!("../../../../tests/guests/answers-nonsense.wat");

/// A pool with a single slot: a slot that a guest does not give back would stop the next call for ever.
fn host() -> RuleHost {
    RuleHost::new(Limits { instances: 1, ..Limits::default() }).unwrap()
}

fn load(host: &RuleHost, text: &str) -> Arc<dyn Rule> {
    host.load_component(&scoring(text)).unwrap()
}

fn refused(host: &RuleHost, bytes: &[u8]) -> LoadError {
    host.load_component(bytes).map(|rule| panic!("loaded {rule:?}")).unwrap_err()
}

/// Whether a decent rule still gets its answer from the same host.
fn works(host: &RuleHost) {
    let (scores, receipt) = load(host, NONSENSE).score(&one_row(0)).unwrap();
    let claims = scores[0].as_ref().unwrap();
    assert_eq!(
        (claims[0].subject.as_str(), claims[0].points, claims[0].events.as_slice()),
        ("h1", 100, &["e1".to_owned()][..])
    );
    assert!(receipt.fuel_used > 0 && receipt.fuel_used < 1_000, "{receipt:?}");
    assert_eq!(receipt.abi, "xiangyue:rules/scorer@0.1.0");
    assert!(receipt.engine.starts_with("wasmtime 48.0.8 "), "{receipt:?}");
}

fn failure(host: &RuleHost, text: &str) -> RuleError {
    let rule = load(host, text);
    let error = rule.score(&one_row(0)).unwrap_err();
    // The same again: one failure neither kills the rule nor changes what it does.
    assert_eq!(rule.score(&one_row(0)).unwrap_err(), error);
    assert!(!error.text().is_ascii(), "no Chinese text for {error:?}");
    works(host);
    error
}

#[test]
fn a_loop_runs_out_of_fuel() {
    let host = host();
    let error = failure(&host, LOOPS);
    // One row and one event on top of the base.
    let max = Limits::default().call_fuel + 2 * Limits::default().fuel_per_row;
    assert_eq!(error, RuleError::Limit { limit: LimitKind::Fuel, max });
    assert_eq!(error.code(), "RULE_FUEL_EXHAUSTED");
}

#[test]
fn growth_ends_at_the_memory_limit() {
    let host = host();
    let error = failure(&host, GROWS);
    assert_eq!(error, RuleError::Limit { limit: LimitKind::Memory, max: 16 << 20 });
    assert_eq!(error.code(), "RULE_MEMORY_LIMIT");

    let tight = RuleHost::new(Limits { memory_bytes: 1 << 20, ..Limits::default() }).unwrap();
    let error = load(&tight, GROWS).score(&one_row(0)).unwrap_err();
    assert_eq!(error, RuleError::Limit { limit: LimitKind::Memory, max: 1 << 20 });
}

#[test]
fn recursion_ends_at_the_stack_limit() {
    assert_eq!(failure(&host(), RECURSES).code(), "RULE_STACK_EXHAUSTED");
}

#[test]
fn a_trap_says_what_the_guest_reported() {
    let error = failure(&host(), TRAPS);
    assert_eq!(error.code(), "RULE_TRAPPED");
    let RuleError::Trapped { message, .. } = &error else { panic!("{error:?}") };
    assert_eq!(message, "index out of bounds (src/lib.rs:42)");
    assert!(error.text().contains("index out of bounds (src/lib.rs:42)"));
}

#[test]
fn an_answer_that_is_too_long_is_cut_off() {
    let host = host();
    assert_eq!(failure(&host, FLOODS).code(), "RULE_OUTPUT_LIMIT");
}

#[test]
fn a_question_that_is_too_long_is_not_asked() {
    let host = RuleHost::new(Limits { input_bytes: 60, ..Limits::default() }).unwrap();
    assert_eq!(load(&host, NONSENSE).score(&one_row(0)).unwrap_err().code(), "RULE_INPUT_LIMIT");
}

#[test]
fn imports_are_refused_by_name_with_the_way_out() {
    let host = host();
    let error = refused(&host, &wat::parse_str(IMPORTS).unwrap());
    assert_eq!(error.code.code(), "RULE_UNKNOWN_IMPORT");
    assert!(
        error.message.contains("`wasi:cli/environment@0.2.0`")
            && error.message.contains("wasm32-unknown-unknown"),
        "{error}"
    );
    assert!(error.text.contains("wasi:cli/environment@0.2.0") && error.help.contains("println!"));
    works(&host);
}

#[test]
fn floats_are_refused() {
    let error = refused(&host(), &wat::parse_str(FLOATS).unwrap());
    assert_eq!(error.code, LoadCode::Floats, "{error}");
    assert_eq!(error.code.code(), "RULE_FLOATS");
}

#[test]
fn what_is_no_rule_component_is_refused() {
    let host = host();
    assert_eq!(refused(&host, b"not wasm").code, LoadCode::Invalid);
    assert_eq!(refused(&host, b"\0asm\x01\0\0\0").code, LoadCode::Invalid, "a bare core module");
    assert_eq!(
        refused(&host, &wat::parse_str("(component)").unwrap()).code,
        LoadCode::UnknownInterface
    );
    assert_eq!(refused(&host, &vec![0; (256 << 10) + 1]).code, LoadCode::TooLarge);
    let memories = "(component (core module (memory 1) (memory 1)))";
    assert_eq!(refused(&host, &wat::parse_str(memories).unwrap()).code, LoadCode::Resources);
    let big = scoring(
        &NONSENSE.replace("(memory (export \"memory\") 1)", "(memory (export \"memory\") 300)"),
    );
    assert_eq!(refused(&host, &big).code, LoadCode::Resources);
    works(&host);
}

#[test]
fn a_rule_that_cannot_describe_itself_is_not_loaded() {
    let host = host();
    let looping = NONSENSE
        .replace("(result i32) (i32.const 0))", "(result i32) (loop (br 0)) (unreachable))");
    assert_ne!(looping, NONSENSE);
    let error = refused(&host, &scoring(&looping));
    assert_eq!(error.code, LoadCode::Describe);
    assert!(error.message.contains("RULE_FUEL_EXHAUSTED"), "{error}");
    works(&host);
}

#[test]
fn a_start_function_has_its_own_small_budget() {
    let starting =
        NONSENSE.replace("(module\n", "(module\n  (func $start (loop (br 0)))\n  (start $start)\n");
    assert_ne!(starting, NONSENSE);
    let error = refused(&host(), &scoring(&starting));
    assert!(error.message.contains("Fuel limit of 1000000"), "{error}");
}

#[test]
fn nonsense_is_thrown_away_whole() {
    let limits = Limits { instances: 1, faults_in_a_row: 0, ..Limits::default() };
    let host = RuleHost::new(limits).unwrap();
    let rule = load(&host, NONSENSE);
    let wanted = [
        "0 answers for 1 rows",
        "span 5+3 in `claims`",
        "beyond 1000000000000",
        "position 99 in `symbols`",
        "",
        "position 7 in `events of the question`",
        "two claims for `h1` and item `item`",
        "empty or longer",
        "",
    ];
    for (day, want) in (1..).zip(wanted) {
        let error = rule.score(&one_row(day)).unwrap_err();
        assert_eq!(error.code(), "RULE_BAD_ANSWER", "{day}: {error:?}");
        assert!(error.to_string().contains(want), "{day}: {error}");
        works(&host);
    }
}

#[test]
fn a_rule_answers_only_its_own_question() {
    let host = host();
    let rule = load(&host, NONSENSE);
    assert_eq!(rule.law(), Law::Score);
    let error = rule.settle(&one_row(0)).unwrap_err();
    assert_eq!(error, RuleError::WrongLaw { law: Law::Score, asked: Law::Settle });
    assert_eq!(error.text(), "这条规则只能用于“逐户（逐人）计分”，不能用于“全村一起结算”。");
}

#[test]
fn questions_that_repeat_a_subject_or_event_are_not_asked() {
    let host = host();
    let rule = load(&host, NONSENSE);
    let mut twice = one_row(0);
    twice.rows.push(twice.rows[0].clone());
    assert_eq!(rule.score(&twice).unwrap_err().code(), "RULE_BAD_INPUT");
    twice.rows[1].subject = "h2".to_owned();
    let error = rule.score(&twice).unwrap_err();
    assert!(error.to_string().contains("event `e1` is listed twice"), "{error}");
}

#[test]
fn more_callers_than_slots_wait_their_turn() {
    let host = host();
    let rule = load(&host, NONSENSE);
    let fine = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..20).all(|_| rule.score(&one_row(0)).is_ok())))
            .collect();
        threads.into_iter().all(|thread| thread.join().unwrap())
    });
    assert!(fine);
}

#[test]
fn a_rule_that_keeps_failing_is_stopped_and_no_other() {
    for (text, code) in [
        (LOOPS, "RULE_FUEL_EXHAUSTED"),
        (GROWS, "RULE_MEMORY_LIMIT"),
        (TRAPS, "RULE_TRAPPED"),
        (FLOODS, "RULE_OUTPUT_LIMIT"),
        (RECURSES, "RULE_STACK_EXHAUSTED"),
    ] {
        let host = host();
        let (bad, good) = (load(&host, text), load(&host, NONSENSE));
        let asked = |rule: &Arc<dyn Rule>| rule.score(&one_row(0)).map(|_| "fine");
        let told = |rule: &Arc<dyn Rule>| asked(rule).unwrap_or_else(|error| error.code());
        for _ in 0..5 {
            assert_eq!(told(&bad), code);
        }
        for _ in 0..100 {
            assert_eq!(told(&bad), "RULE_STOPPED", "{code}");
        }
        assert_eq!(told(&good), "fine");
        assert_eq!(told(&bad), code, "tried once more");
        let stopped = asked(&bad).unwrap_err();
        assert_eq!(stopped.text(), "本镇规则连续出错，已停用；改正后重新载入。");
        assert_eq!(told(&load(&host, text)), code, "loaded again it is asked again");
    }
}

#[test]
fn a_bad_question_stops_no_rule_and_a_good_answer_forgets() {
    let host = host();
    let rule = load(&host, NONSENSE);
    let mut twice = one_row(0);
    twice.rows.push(twice.rows[0].clone());
    for _ in 0..20 {
        assert_eq!(rule.score(&twice).unwrap_err().code(), "RULE_BAD_INPUT");
        assert_eq!(rule.settle(&one_row(0)).unwrap_err().code(), "RULE_WRONG_LAW");
    }
    for _ in 0..4 {
        for _ in 0..4 {
            assert_eq!(rule.score(&one_row(1)).unwrap_err().code(), "RULE_BAD_ANSWER");
        }
        rule.score(&one_row(0)).unwrap();
    }
}

#[test]
fn a_script_that_keeps_failing_is_stopped() {
    let source = "fn score(row, settings) { loop { } }";
    let host = host();
    let rule = host.load_script(source, Law::Score).unwrap();
    let codes: Vec<_> =
        (0..7).map(|_| rule.score(&one_row(0)).map_or_else(|error| error.code(), |_| "")).collect();
    assert_eq!(codes[5..], ["RULE_STOPPED", "RULE_STOPPED"], "{codes:?}");
}

/// Two slots are all the interpreter has; every guest that fails must give them back.
#[test]
fn interpreted_too_hostile_guests_fail_alike() {
    let limits = Limits {
        instances: 1,
        cross_check_permille: 1_000,
        faults_in_a_row: 0,
        ..Limits::default()
    };
    let host = RuleHost::new(limits).unwrap();
    for (text, code) in [
        (LOOPS, "RULE_FUEL_EXHAUSTED"),
        (GROWS, "RULE_MEMORY_LIMIT"),
        (TRAPS, "RULE_TRAPPED"),
        (FLOODS, "RULE_OUTPUT_LIMIT"),
        (RECURSES, "RULE_STACK_EXHAUSTED"),
    ] {
        let rule = load(&host, text);
        for _ in 0..3 {
            assert_eq!(rule.score(&one_row(0)).unwrap_err().code(), code);
        }
        works(&host);
    }
}
