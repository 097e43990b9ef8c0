//! The rules that ship: their cases hold on the committed components, and what each case costs is a number that is
//! reviewed, so that a rule that has become dearer shows.

use std::fmt::Write as _;

use serde_json::Value;
use tests::district::root;
use tests::server::run;

/// The rules that ship and what each of their cases costs, one case a line; every case holds.
fn costs(more: &[&str]) -> String {
    let mut folders: Vec<_> = std::fs::read_dir(root().join("plugins"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .collect();
    folders.sort();
    assert!(folders.len() >= 7, "{folders:?}");
    let mut table = String::from("# rule case fuel\n");
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let words = [&["plugin", "test", folder.to_str().unwrap(), "--format", "json"], more];
        let output = run(&words.concat());
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {answer:#}");
        assert_eq!(answer["not_reached"], serde_json::json!([]), "{name}: no case reaches these");
        for case in answer["cases"].as_array().unwrap() {
            let file = case["file"].as_str().unwrap();
            writeln!(table, "{name} {file} {}", case["fuel_used"]).unwrap();
        }
    }
    table
}

/// `plugin test` compares each answer with the case's, so this is about answers and fuel.
#[test]
fn interpreted_the_shipped_rules_give_the_same_answers_for_the_same_fuel() {
    let (compiled, interpreted) = (costs(&[]), costs(&["--interpreted"]));
    for (one, other) in compiled.lines().zip(interpreted.lines()) {
        println!("{one} / {}", other.rsplit(' ').next().unwrap());
    }
    assert_eq!(compiled, interpreted);
}

#[test]
fn shipped_rules_pass_their_cases_at_the_known_cost() {
    let table = costs(&[]);
    let path = root().join("tests/golden/fuel.txt");
    if std::env::var_os("XIANGYUE_WRITE_TABLES").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(table, known, "look at the change, then XIANGYUE_WRITE_TABLES=1 writes the table");
}
