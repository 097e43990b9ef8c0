//! Every policy validates strictly without a warning and carries its words.

use cedar_policy::{Effect, PolicySet, ValidationMode, Validator};

use super::fixture::laixi;

fn check(set: &PolicySet, own: &PolicySet, prefix: &str) {
    let result = Validator::new(laixi().schema.clone()).validate(set, ValidationMode::Strict);
    let found: Vec<String> = result
        .validation_errors()
        .map(ToString::to_string)
        .chain(result.validation_warnings().map(ToString::to_string))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    let level =
        Validator::new(laixi().schema.clone()).validate_with_level(set, ValidationMode::Strict, 1);
    assert!(
        level.validation_passed(),
        "{:?}",
        level.validation_errors().map(ToString::to_string).collect::<Vec<_>>()
    );
    for policy in own.policies() {
        let note = |key: &str| policy.annotation(key).unwrap_or_default().trim().to_owned();
        let id = policy.id().to_string();
        assert!(id.starts_with(prefix), "{id}");
        assert!(
            !note("title").is_empty()
                && note("basis").split('；').all(|basis| basis.starts_with('《')),
            "{id}"
        );
        match policy.effect() {
            Effect::Permit => {
                assert!(!note("who").is_empty() && !note("who").ends_with('。'), "{id}");
            }
            // what is missing, then who could do it or what to do next
            Effect::Forbid => assert!(
                note("deny").ends_with('。') && note("deny").matches('。').count() >= 2,
                "{id}"
            ),
        }
    }
}

#[test]
fn strict_validation_finds_no_error_and_no_warning() {
    let laixi = laixi();
    check(&laixi.base, &laixi.base, "laixi/");
    for overlay in laixi.overlays.values() {
        let mut whole = laixi.base.clone();
        whole.merge(overlay, false).unwrap();
        check(&whole, overlay, "xiagezhuang/");
    }
}
