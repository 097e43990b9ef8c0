//! `docs/authzen.md` and the tests of this folder name each other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tests::district::root;

const DOCUMENT: &str = "docs/authzen.md";

/// The sources of this suite.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/it/authzen")).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.extension().is_some_and(|it| it == "rs"), "{}", path.display());
        found.push(path);
    }
    found.sort();
    assert!(found.len() > 10, "{found:?}");
    found
}

/// Every test as `file::name`.
fn written() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if line == "#[test]" {
                let function = lines.find(|line| line.trim_start().starts_with("fn ")).unwrap();
                let name = function.trim_start().trim_start_matches("fn ");
                let name = name.split('(').next().unwrap();
                assert!(names.insert(format!("{module}::{name}")), "{module}::{name} twice");
            }
        }
    }
    names
}

fn is_row(line: &str) -> bool {
    line.strip_prefix("| §")
        .or_else(|| line.strip_prefix("| contract §"))
        .is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()))
}

/// The rows of the table as (section, rule, tests).
fn rows() -> Vec<(String, String, Vec<String>)> {
    let text = std::fs::read_to_string(root().join(Path::new(DOCUMENT))).unwrap();
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| is_row(line)) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 3, "{DOCUMENT}: three cells: {line}");
        let tests: Vec<String> =
            cells[2].split(", ").map(|it| it.trim_matches('`').to_owned()).collect();
        rows.push((cells[0].to_owned(), cells[1].to_owned(), tests));
    }
    rows
}

#[test]
fn every_rule_names_tests_that_exist_and_every_test_holds_a_rule() {
    let (written, rows) = (written(), rows());
    let named: BTreeSet<String> = rows.iter().flat_map(|row| row.2.iter().cloned()).collect();
    assert_eq!(named, written, "{DOCUMENT} (left) and the tests (right)");
    for (section, rule, _) in &rows {
        assert!(
            rule.len() > 15 && rule.is_ascii(),
            "{DOCUMENT}: a rule in words: {section} {rule}"
        );
    }
    assert!(rows.len() > 80, "{DOCUMENT}: {} rules", rows.len());
}

#[test]
fn every_section_of_the_reference_has_rules() {
    let sections: BTreeSet<String> = rows().into_iter().map(|row| row.0).collect();
    for section in [
        "§2", "§3", "§4.1", "§4.2", "§4.3", "§4.4", "§4.5", "§4.6", "§4.7", "§4.8", "§5", "§6",
        "§7",
    ] {
        assert!(sections.contains(section), "{DOCUMENT}: nothing for {section}: {sections:?}");
    }
    for number in 1..=10 {
        assert!(sections.contains(&format!("§8.{number}")), "{DOCUMENT}: nothing for §8.{number}");
    }
}
