//! One rule in two languages: the same description, the same answers; and a component that only the advisory tier takes.

use serde_json::{Value, json};
use tests::district::{root, scratch, small, write};
use tests::server::run;

fn answer(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(&[&["--format", "json"], arguments].concat());
    let said = serde_json::from_slice(&output.stdout)
        .or_else(|_| serde_json::from_slice(&output.stderr))
        .unwrap_or_else(|_| json!({"stderr": String::from_utf8_lossy(&output.stderr)}));
    (output.status.code(), said)
}

fn path(below: &str) -> String {
    root().join(below).display().to_string()
}

const IN_RUST: &str = "plugins/star-tiers/star-tiers.wasm";
const IN_C: &str = "plugins/star-tiers-c/star-tiers-c.wasm";
const HALF: &str = "tests/guests/half-points/half-points.wasm";

#[test]
fn the_rule_in_c_is_the_rule_in_rust() {
    let (code, rust) = answer(&["plugin", "inspect", &path(IN_RUST)]);
    assert_eq!(code, Some(0), "{rust}");
    let (code, c) = answer(&["plugin", "inspect", &path(IN_C)]);
    assert_eq!(code, Some(0), "{c}");
    assert_eq!((&c["description"], &c["law"]), (&rust["description"], &rust["law"]));
    assert!(c["bytes"].as_u64().is_some_and(|bytes| bytes < 16 << 10), "{}", c["bytes"]);

    let cases = path("plugins/star-tiers/cases");
    let (code, passed) = answer(&["plugin", "test", &path(IN_C), "--cases", &cases]);
    assert_eq!((code, &passed["failed"]), (Some(0), &json!(0)), "{passed:#}");
    // every number and sentence, not only what the cases name
    let case: Value = serde_json::from_str(
        &std::fs::read_to_string(root().join(&cases).join("cycle.json")).unwrap(),
    )
    .unwrap();
    let batch = scratch("languages").join("batch.json");
    write(&batch, &case["input"].to_string());
    let input = batch.display().to_string();
    let asked = |rule: &str| answer(&["plugin", "run", &path(rule), "--input", &input]).1;
    let (rust, c) = (asked(IN_RUST), asked(IN_C));
    assert_eq!(c["outcome"]["grades"].as_array().map(Vec::len), Some(9), "{c}");
    assert_eq!((&c["outcome"], &c["advisory"]), (&rust["outcome"], &json!(false)));
}

#[test]
fn the_advisory_tier_is_for_tools_and_never_for_a_scheme() {
    let half = path(HALF);
    let (code, said) = answer(&["plugin", "inspect", &half]);
    assert_eq!((code, &said["error"]["code"]), (Some(2), &json!("RULE_FLOATS")), "{said}");
    let (code, said) = answer(&["plugin", "inspect", "--advisory", &half]);
    assert_eq!((code, &said["law"]), (Some(0), &json!("score")), "{said}");
    let folder = scratch("advisory");
    let (batch, receipt) = (folder.join("batch.json"), folder.join("r.json"));
    let events: Vec<Value> =
        (0..3).map(|n| json!({"id": format!("e{n}"), "kind": "visit", "day": 20_500})).collect();
    write(
        &batch,
        &json!({"day": 20_600, "rows": [{"subject": "h", "events": events}]}).to_string(),
    );
    let (batch, receipt) = (batch.display().to_string(), receipt.display().to_string());
    let words = ["plugin", "run", "--advisory", &half, "--input", &batch, "--receipt", &receipt];
    let (_, said) = answer(&words);
    assert_eq!(
        (&said["outcome"]["claims"][0]["points"], &said["advisory"]),
        (&json!(150), &json!(true)),
        "{said}"
    );
    let (code, same) = answer(&["plugin", "replay", &receipt, &half, "--advisory"]);
    assert_eq!((code, &same["same_outcome"]), (Some(0), &json!(true)), "{same}");

    let package = small(&folder, 24);
    let rules = package.join("townships/370285102-xiagezhuang/editions/2026-01-01");
    std::fs::copy(root().join(HALF), rules.join("rules/half-points.wasm")).unwrap();
    let scheme = std::fs::read_to_string(rules.join("schemes/exchange.toml")).unwrap();
    let scheme = scheme
        .replace("id = \"exchange\"", "id = \"half-points\"")
        .replace("law = \"quote\"", "law = \"score\"")
        .replace("rules/exchange.rhai", "rules/half-points.wasm");
    let settings = scheme.find("# min_points").unwrap();
    let event = "[[events]]\ntype = \"visit\"\ntitle = \"探望\"\n";
    write(&rules.join("schemes/half-points.toml"), &format!("{}{event}", &scheme[..settings]));
    let (code, said) = answer(&["check", &package.display().to_string()]);
    let found = said["diagnostics"].as_array().unwrap();
    let one = found.iter().find(|one| one["code"] == "RULE_ADVISORY_ONLY");
    let one = one.unwrap_or_else(|| panic!("{said:#}"));
    assert_eq!(code, Some(2));
    assert!(
        one["file"].as_str().is_some_and(|file| file.ends_with("rules/half-points.wasm")),
        "{one}"
    );
    assert!(one["text"].as_str().is_some_and(|text| text.contains("只能供参考")), "{one}");
}
