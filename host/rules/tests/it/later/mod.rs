//! How a later version lives beside the earlier ones: a draft of 1.1 with its own folder of WIT (`tests/guests/v1_1-draft`)
//! and its own host file (`v1_1_draft.rs`). Rules built against 1.0 and 0.1 run on unmodified, byte for byte the ones
//! that are shipped.

mod v1_1_draft;

use std::path::{Path, PathBuf};

use rules::{Law, Limits, LoadCode, RuleHost, RuleInput};
use v1_1_draft::Host;
use wit_component::{ComponentEncoder, StringEncoding};
use wit_parser::Resolve;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The decent guest of the corpus, exporting the draft's interface.
fn draft_guest() -> Vec<u8> {
    let base = include_str!("../../../../../tests/guests/hostile/base.wat");
    let text = base
        .replace("scorer@1.0.0#describe", "scorer@1.1.0#describe")
        .replace("scorer@1.0.0#score", "scorer@1.1.0#score-with-hints")
        .replace("{{fields}}", "")
        .replace("{{describe}}", "")
        .replace("{{score}}", "");
    let mut module = wat::parse_str(text).unwrap();
    let mut resolve = Resolve::default();
    resolve.push_dir(folder().join("schemas/wit/rules/v1_0")).unwrap();
    let (package, _) = resolve.push_dir(folder().join("tests/guests/v1_1-draft")).unwrap();
    let world = resolve.select_world(&[package], Some("scoring")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a shipped rule is read as it is shipped")]
fn shipped(path: &str) -> Vec<u8> {
    std::fs::read(folder().join(path)).unwrap()
}

#[test]
fn a_host_of_the_draft_runs_the_old_rules_unmodified_and_the_new_one() {
    let host = Host::new();
    let old = shipped("plugins/study-import/study-import.wasm");
    let new = draft_guest();
    // the version is read from the typed exports, never from a label
    assert_eq!(host.version(&old), Some("1.0"));
    assert_eq!(host.version(&new), Some("1.1"));
    // both answer the one question that the host knows; the old one is not told what it has no word for
    assert_eq!(host.rows_answered(&old, &[]), 1);
    assert_eq!(host.rows_answered(&old, &[(0, 7)]), 1);
    assert_eq!(host.rows_answered(&new, &[(0, 7)]), 1);
}

#[test]
fn a_host_of_today_refuses_the_draft_and_names_what_it_knows() {
    let host = RuleHost::new(Limits::default()).unwrap();
    let refused = host.load_component(&draft_guest()).unwrap_err();
    assert_eq!(refused.code, LoadCode::UnknownInterface);
    assert!(refused.message.contains("scorer@1.1.0"), "{}", refused.message);
    assert!(refused.message.contains("xiangyue:rules@1.0.0"), "{}", refused.message);
    for (path, law) in [
        ("plugins/study-import/study-import.wasm", Law::Score),
        ("plugins/star-tiers/star-tiers.wasm", Law::Grade),
    ] {
        let rule = host.load_component(&shipped(path)).unwrap();
        assert_eq!(rule.law(), law, "{path}");
    }
    // a rule of 0.1 beside them
    let oldest = host.load_component(&shipped("tests/guests/hours.wasm")).unwrap();
    let settings = &oldest.description().unwrap().settings;
    let settings = settings.iter().map(|wanted| (wanted.name.clone(), wanted.max.min(9))).collect();
    let asked = RuleInput { day: 20_500, settings, ..RuleInput::default() };
    let (_, receipt) = oldest.score(&asked).unwrap();
    assert!(receipt.abi.contains("@0.1."), "{}", receipt.abi);
}
