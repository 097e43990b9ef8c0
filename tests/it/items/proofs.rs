//! `xiangyue items … --to proof`: four proofs of an item, or what is missing, by its exit code too.

use serde_json::{Value, json};
use tests::district::{root, scratch, small};
use tests::server::run;

fn laixi() -> String {
    root().join("policies/laixi").display().to_string()
}

fn answer(package: &str, item: &str) -> (Option<i32>, Value) {
    let output = run(&["--format", "json", "items", package, item, "--to", "proof"]);
    let said = String::from_utf8_lossy(&output.stdout);
    let said = serde_json::from_str(&said).unwrap_or_else(|_| json!({"said": said}));
    (output.status.code(), said)
}

/// What the section of this id says under all its headings.
fn says(proof: &Value, section: &str) -> Vec<String> {
    let sections = proof["proofs"].as_array().unwrap();
    let one = sections.iter().find(|one| one["id"] == section).unwrap();
    let facts = one["facts"].as_array().unwrap().iter();
    facts
        .flat_map(|fact| fact["says"].as_array().unwrap())
        .map(|line| line.as_str().unwrap().to_owned())
        .collect()
}

fn starts(lines: &[String], with: &str) -> bool {
    lines.iter().any(|line| line.starts_with(with))
}

#[test]
fn works_put_out_to_tender_have_all_four() {
    let (code, proof) = answer(&laixi(), "P03");
    assert_eq!((code, &proof["complete"]), (Some(0), &json!(true)), "{proof}");
    let confirm = says(&proof, "confirm");
    assert!(
        starts(&confirm, "《中华人民共和国招标投标法》第3条") && starts(&confirm, "村民代表会议")
    );
    let limit = says(&proof, "limit");
    assert!(
        starts(&limit, "4000000.00元以上（含）") && starts(&limit, "VAL 造价评审："),
        "{limit:?}"
    );
    assert!(starts(&limit, "laixi/gates/") && starts(&limit, "laixi/invariant/gates/held "));
    // what is confined to other items says nothing of this one
    assert!(!limit.iter().any(|line| line.contains("/P15/") || line.contains("seal")), "{limit:?}");
    let show = says(&proof, "show");
    assert!(
        starts(&show, "应当公开") && starts(&show, "OPN 开标评标") && starts(&show, "CND 公示")
    );
    let control = says(&proof, "control");
    assert!(starts(&control, "SUP 监督委员会签字") && starts(&control, "NOT 至少5个："));
}

#[test]
fn what_is_missing_is_named_and_is_a_no() {
    let (code, proof) = answer(&laixi(), "P18");
    assert_eq!((code, &proof["complete"]), (Some(2), &json!(false)));
    assert!(proof["proofs"][3]["missing"][0].as_str().unwrap().contains("control = true"));

    // one change at a time takes one proof away from an item that has all four
    let package = small(&scratch("items-proof"), 24);
    let file = package.join("editions/2026-01-01/publication.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("items = [\"P03\", \"P04\", ", "items = [\"P04\", "))
        .unwrap();
    let (code, proof) = answer(&package.display().to_string(), "P06");
    assert_eq!(code, Some(0), "{proof}");
    let (code, proof) = answer(&package.display().to_string(), "P03");
    assert_eq!(code, Some(2), "{proof}");
    let missing: Vec<usize> = (0..4)
        .filter(|at| proof["proofs"][at]["missing"].as_array().is_some_and(|all| !all.is_empty()))
        .collect();
    assert_eq!(missing, [2], "{proof}");
}

#[test]
fn the_item_of_a_named_invariant_is_shown_it() {
    let (_, proof) = answer(&laixi(), "S10");
    let limit = says(&proof, "limit");
    assert!(limit.iter().any(|line| line.starts_with("laixi/invariant/") && line.contains("征地")));
}

#[test]
fn it_reads_in_english() {
    let output = run(&["--lang", "en", "items", &laixi(), "P03", "--to", "proof"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("from 4000000.00 yuan") && said.contains("SUP Signature"), "{said}");
    assert!(said.ends_with("all four are complete\n"), "{said}");
}
