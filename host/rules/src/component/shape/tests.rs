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

#[test]
fn each_thing_counts_as_much_as_is_written_here() {
    // a function without anything still has its `end`
    assert_eq!(work(""), 0);
    assert_eq!(work("(func)"), 80 + 4);
    assert_eq!(work("(func nop)"), 80 + 4 + 4);
    assert_eq!(work("(func (param i32 i64))"), 80 + 2 * 8 + 2 + 4);
    assert_eq!(work("(func (local i32 i32 i32))"), 80 + 3 + 4);
    assert_eq!(work(r#"(import "a" "b" (func (param i32) (result i32)))"#), 80 + 2 * 8);
    // a block and its end; what it may merge is three variables, and the value it gives
    assert_eq!(work("(func (local i32 i32 i32) (block))"), 87 + 8 + 3);
    assert_eq!(
        work("(func (local i32 i32 i32) (block (result i32) i32.const 0) drop)"),
        87 + 16 + 4
    );
    // the second lies in the first
    assert_eq!(work("(func (local i32) (block (block)))"), 85 + 16 + 1 + 2);
    assert_eq!(work("(func (local i32) (loop))"), 85 + 8 + 4);
    // five values go there and back
    assert_eq!(
        work(
            "(func $f (param i64 i64 i64) (result i64 i64) unreachable) (func unreachable (call $f) unreachable)"
        ),
        80 + 5 * 8 + 3 + 8 + 80 + 16 + 5 * 8
    );
    // three jumps, each with one value
    assert_eq!(
        work("(func (block (result i64) i64.const 0 i32.const 0 (br_table 0 0 0)) drop)"),
        84 + 8 + 1 + 16 + 3 * (8 + 4)
    );
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
    let beside = format!("(func {})", "(loop)".repeat(100));
    assert_eq!(refused(&beside), None);
    // without names the number is told, imported functions counted
    let nameless =
        format!(r#"(import "a" "b" (func)) (func {} {})"#, "(loop ".repeat(40), ")".repeat(40));
    assert!(refused(&nameless).unwrap().contains("in `wasm-function[1]`"));
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
             (func (param i32) (local i64) (loop (block (br_if 0 (local.get 0)) (br_table 0 1 (local.get 0)))))
             (func $f (type 0) (local.get 0)) (func (call $f (i64.const 1) (i64.const 2)) drop)",
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
