//! Steps beyond what the law asks for need a reason.

use super::lists::one;
use super::{LOCAL, edit, good, loaded, shipped, text};
use crate::{Severity, code, load};

const P02: &str = "editions/2026-01-01/items/P02.toml";

/// The value of a key of a file, as it is written.
fn line(files: &crate::Files, path: &str, key: &str) -> String {
    let text = text(files, path);
    let found = text.lines().find(|line| line.starts_with(key));
    found.unwrap_or_else(|| panic!("no `{key}` in {path}")).to_owned()
}

#[test]
fn more_steps_than_the_law_asks_for_need_a_reason() {
    let mut files = good();
    let reason = line(&files, P02, "reason = ");
    edit(&mut files, P02, &format!("{reason}\n"), "");
    one(&files, code::OVERGROWN_FLOW, Severity::Warning, P02, "legal_minimum");
    let found = load(&files).diagnostics;
    let said = format!("{} {}", found[0].message, found[0].text);
    assert!(
        said.contains("has 10 steps where the law asks for 5") && said.contains("SUG"),
        "{said}"
    );

    // with every step asked for by law nothing has to be said
    let minimum = line(&files, P02, "legal_minimum = ");
    let all = "legal_minimum = [\"SUG\", \"PRO\", \"TWO\", \"LEG\", \"CON\", \"PTY\", \"ASM\", \"PUB1\", \"REG\", \"ARC\"]";
    edit(&mut files, P02, &minimum, all);
    assert!(load(&files).diagnostics.is_empty());
    edit(
        &mut files,
        P02,
        "\"CON\", \"PTY\", \"ASM\", \"PUB1\"",
        "\"CONN\", \"CON\", \"PTY\", \"ASM\", \"PUB1\"",
    );
    one(&files, code::UNKNOWN_STEP, Severity::Error, P02, "CONN");
}

#[test]
fn a_township_says_why_it_adds_steps() {
    let mut files = good();
    let file = format!("{LOCAL}editions/2026-01-01/items/P01.added.toml");
    let note = line(&files, &file, "note = ");
    edit(&mut files, &file, &format!("{note}\n"), "");
    one(&files, code::OVERGROWN_FLOW, Severity::Warning, &file, "extends");
}

#[test]
fn every_item_of_the_demo_district_says_what_the_law_asks_for() {
    let package = loaded(&shipped());
    for item in package.editions()[0].items().values() {
        let asked = item.legal_minimum.as_ref().unwrap_or_else(|| panic!("{}", item.id));
        assert!(!asked.is_empty() && asked.len() <= item.steps.len(), "{}", item.id);
        assert_eq!(asked.len() == item.steps.len(), item.reason.is_empty(), "{}", item.id);
    }
}
