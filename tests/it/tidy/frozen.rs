//! What others build on and what nobody may widen: the published interfaces of rules, and the one file with `unsafe`.

use model::Digest;

use super::{files_below, is_kind, text};

/// The interfaces that components were built against, with the digest of what they define. A later version is a folder
/// beside them (docs/decisions/0017); these lines never change.
const FROZEN: [(&str, &str); 4] = [
    ("v0_1/types.wit", "9bae4c0461078bb94cae50b76c0f7f99f779430a4cf98ebf4345b4092a85139e"),
    ("v0_1/worlds.wit", "b2fd9a9c0767b0f751ebbde616129385f444a77fda6e99b0da36b3d2adb0ee63"),
    ("v1_0/types.wit", "a39e97cd47cf8d8e1dc4d9be48bbf6adc14a576c73460123c5beb5a1243208ae"),
    ("v1_0/worlds.wit", "3055a69b4f9582526329015afbf84c3fd942a41a2bf4f40e7b606b86a2239272"),
];

/// The definitions without remarks and blanks, which may get better.
fn defined(wit: &str) -> String {
    let bare = wit.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    bare.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[test]
fn published_interfaces_of_rules_stay_as_they_are() {
    let found = FROZEN.map(|(file, _)| {
        let wit = defined(&text(&format!("schemas/wit/rules/{file}")));
        assert!(wit.starts_with("package xiangyue:rules@"), "{file}: {wit}");
        (file, Digest::of([wit.as_bytes()]).to_string())
    });
    let found: Vec<(&str, &str)> = found.iter().map(|(file, digest)| (*file, &**digest)).collect();
    assert_eq!(found, FROZEN, "an interface is never changed; add a version beside it");
}

#[test]
fn remarks_do_not_count_and_definitions_do() {
    let one = "record a { // why\n  b: u32,\n}\n";
    assert_eq!(defined(one), defined("/// what\nrecord a { b: u32, }"));
    assert_ne!(defined(one), defined("record a { b: u64, }"));
}

#[test]
fn unsafe_code_is_in_two_files() {
    let words = ["{", "impl", "fn", "extern", "trait"].map(|next| ["uns", "afe ", next].concat());
    let ours = files_below("").into_iter().filter(|(name, _)| is_kind(name, "rs"));
    let guests = |name: &str| name.starts_with("plugins/") || name.starts_with("tests/guests/");
    let holding: Vec<String> = ours
        .filter(|(name, _)| !guests(name))
        .filter(|(_, path)| {
            let text = std::fs::read_to_string(path).unwrap();
            words.iter().any(|word| text.contains(word))
        })
        .map(|(name, _)| name)
        .collect();
    let known = ["component/native.rs", "component/v1_0/bulk.rs", "counting.rs"];
    let known = known.map(|file| format!("host/rules/src/{file}"));
    assert_eq!(holding, known);
}
