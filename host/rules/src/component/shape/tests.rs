#![expect(
    clippy::arithmetic_side_effects,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "small numbers, and texts of a test"
)]

use proptest::prelude::*;

use super::*;

/// A component of one module, which is all that is looked at.
fn component(module: &str) -> Vec<u8> {
    wat::parse_str(format!("(component (core module {module}))")).unwrap()
}

fn work(module: &str) -> u64 {
    compile_work(&component(module))
}

fn refused(module: &str) -> Option<String> {
    check(&component(module), &Limits::default()).err().map(|error| error.message)
}

/// A function and its type.
const BARE: u64 = 160 + 240;

#[test]
fn each_thing_counts_as_much_as_is_written_here() {
    assert_eq!(work(""), 0);
    // a function without anything still has its `end`
    assert_eq!(work("(func)"), BARE + 4);
    assert_eq!(work("(func nop)"), BARE + 4 + 4);
    assert_eq!(work("(func (param i32 i64))"), BARE + 2 * 8 + 2 + 4);
    assert_eq!(work("(func (local i32 i32 i32))"), BARE + 3 + 4);
    assert_eq!(work(r#"(import "a" "b" (func (param i32) (result i32)))"#), BARE + 2 * 8);
    assert_eq!(work("(global i32 (i32.const 1))"), 100);
    assert_eq!(work(r#"(memory 1) (data (i32.const 0) "a") (data "b")"#), 400 + 100);
    assert_eq!(
        work("(table 2 funcref) (func $f) (elem (i32.const 0) $f $f)"),
        BARE + 4 + 400 + 200
    );
    assert_eq!(work("(table 2 funcref) (func i32.const 0 call_indirect)"), BARE + 3 * 4 + 120);
    // five values go there and back, and wait meanwhile
    assert_eq!(
        work(
            "(func $f (param i64 i64 i64) (result i64 i64) unreachable) (func unreachable (call $f) unreachable)"
        ),
        2 * BARE + 5 * 8 + 3 + 8 + 16 + 5 * 8
    );
}

/// Two times what is inside less one time: what grows with the other pieces of a function is in it.
fn twice_less_once(once: &str, around: &str) -> i128 {
    let written = |times: usize| format!("(func {around} {})", once.repeat(times));
    let [one, two, none] = [1, 2, 0].map(|times| i128::from(work(&written(times * 100))));
    two - none - 2 * (one - none)
}

#[test]
fn what_a_pass_does_for_each_pair_counts_for_each_pair() {
    // a jump is a piece: (200² − 2 × 100²) / 40, and the value that waits for it
    assert_eq!(twice_less_once("(br_if 0 (i32.const 0))", ""), 500);
    // a loop is two pieces, and looked at for each piece
    assert_eq!(twice_less_once("(loop)", ""), 4 * 500 + 2 * 100 * 200 / 5);
    // variables are looked at for each piece: no pair of pieces more than that
    assert_eq!(twice_less_once("(br_if 0 (i32.const 0))", "(local i64 i64 i64)"), 500);
    let jumps = "(br_if 0 (i32.const 0))".repeat(100);
    let wide = "i64 ".repeat(1_000);
    let [few, many] =
        ["", wide.as_str()].map(|locals| work(&format!("(func (local {locals}) {jumps})")));
    assert_eq!(many - few, 1_000 + 100 * 1_000 / 20);
    // so are values that wait
    let (waiting, gone) = ("i64.const 0 ".repeat(1_000), "drop ".repeat(1_000));
    let [few, many] = [("", ""), (waiting.as_str(), gone.as_str())]
        .map(|(before, after)| work(&format!("(func {before} {jumps} {after})")));
    assert_eq!(many - few, 2_000 * 4 + 100 * 1_000 / 20);
}

#[test]
fn depth_has_its_own_limits_and_a_refusal_names_the_function() {
    let nested = |n: usize, word: &str| {
        format!("(func) (func $deep {} {})", format!("({word} ").repeat(n), ")".repeat(n))
    };
    assert_eq!(refused(&nested(LOOPS, "loop")), None);
    let said = refused(&nested(LOOPS + 1, "loop")).unwrap();
    assert!(said.contains("33 loops lie in each other in `deep`, at most 32"), "{said}");
    assert_eq!(refused(&nested(BLOCKS, "block")), None);
    let said = refused(&nested(BLOCKS + 1, "block")).unwrap();
    assert!(said.contains("513 blocks lie in each other in `deep`, at most 512"), "{said}");
    // loops that are closed again lie in nothing
    assert_eq!(refused(&format!("(func {})", "(loop)".repeat(100))), None);
    // without names the number is told, imported functions counted
    let nameless =
        format!(r#"(import "a" "b" (func)) (func {} {})"#, "(loop ".repeat(40), ")".repeat(40));
    assert!(refused(&nameless).unwrap().contains("in `wasm-function[1]`"));
}

/// 250 cases that each set one of 70 variables, as a `match` over the items of a standard becomes.
#[test]
fn a_choice_among_many_is_not_refused() {
    let cases = 250;
    let targets: String = (0..=cases).map(|case| format!("{case} ")).collect();
    let mut text = format!("(func (param i32) (local {})", "i64 ".repeat(70));
    text += &"(block ".repeat(cases + 1);
    text += &format!("(br_table {targets} (local.get 0)))");
    for case in 0..cases {
        text += &format!(
            "(local.set {} (i64.add (local.get {}) (i64.const {case}))) (br {}))",
            1 + case % 70,
            1 + (case * 7 + 3) % 70,
            cases - 1 - case
        );
    }
    assert_eq!(refused(&(text + ")")), None);
}

proptest! {
    #[test]
    fn whatever_the_bytes_are_they_are_counted(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = check(&bytes, &Limits::default());
    }

    #[test]
    fn broken_components_are_counted(
        change in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = component(
            "(type (func (param i64 i64) (result i64)))
             (table 3 funcref) (memory 1) (global i32 (i32.const 1)) (elem (i32.const 0) $f $f)
             (func (param i32) (local i64) (loop (block (br_if 0 (local.get 0)) (br_table 0 1 (local.get 0)))))
             (func $f (type 0) (local.get 0)) (func (call $f (i64.const 1) (i64.const 2)) drop)
             (func (if (i32.const 1) (then) (else nop)) (call_indirect (i32.const 1))) (data (i32.const 0) \"a\")",
        );
        for (at, byte) in change {
            let at = at.index(bytes.len());
            *bytes.get_mut(at).unwrap() = byte;
        }
        let _ = check(&bytes, &Limits::default());
        bytes.truncate(cut.index(bytes.len()));
        let _ = check(&bytes, &Limits::default());
    }

    #[test]
    fn more_in_a_function_is_never_less_work(
        words in proptest::collection::vec(
            prop::sample::select(vec!["nop ", "(block ", "(loop ", "(call $f) ", "(br 0) ", ") "]),
            0..60,
        ),
    ) {
        let (mut text, mut open, mut before) = (String::new(), 0_usize, 0);
        for word in words {
            if word == ") " {
                if open == 0 {
                    continue;
                }
                open = open.saturating_sub(1);
            }
            open = open.saturating_add(usize::from(word == "(block " || word == "(loop "));
            text += word;
            let module = format!("(func $f) (func (local i64 i64) {text}{})", ")".repeat(open));
            let work = work(&module);
            prop_assert!(work >= before, "{module}: {work} after {before}");
            before = work;
        }
    }
}
