//! A forbid less, and somebody may do what the law forbids: told with everyday facts, and tried.

use serde_json::Value;

use super::{copy, prove, remove, row, said};

/// Forbids whose removal opens a door that today's permits go through, with the invariant and a fact that the
/// example has to tell.
const LIVE: [(&str, &str, &str); 4] = [
    ("laixi/people/post-term", "laixi/invariant/people/term", "所用职务·截止日"),
    ("laixi/records/REP", "laixi/invariant/meetings/representatives", "会议记录·赞成"),
    ("laixi/order/stay", "laixi/invariant/steps/stay", "所办的事·步骤"),
    ("laixi/admission/funds", "laixi/invariant/admission/means", "所办的事·应拨经费"),
];

#[test]
fn without_a_forbid_the_invariant_is_refuted_and_the_engine_allows_the_example() {
    for (forbid, invariant, fact) in LIVE {
        let policies = copy("prove-live");
        remove(&policies, forbid);
        let (code, answer) = prove(&policies, &["--invariant", invariant, "--limit-ms", "60000"]);
        assert_eq!(code, Some(2), "{forbid}: {answer}");
        let row = row(&answer, invariant);
        assert_eq!(row["status"], "refuted", "{forbid}: {answer}");
        let example = &row["counterexample"];
        assert_eq!(example["replay"]["allowed"], true, "{forbid}: {example}");
        assert_eq!(example["live"], true, "{forbid}: {example}");
        let permits = example["replay"]["policies"].as_array().unwrap();
        assert!(!permits.is_empty(), "{forbid}: {example}");
        let facts = example["facts"].as_array().unwrap();
        assert!(facts.iter().any(|it| it["name"] == fact), "{forbid} {fact}: {example}");
        everyday(forbid, example);
    }
}

/// No year of a solver, no village called `A`: days lie around today, places have names.
fn everyday(forbid: &str, example: &Value) {
    for fact in example["facts"].as_array().unwrap() {
        let value = fact["value"].as_str().unwrap();
        let number = value.trim_start_matches('-').trim_end_matches('元').replace('.', "");
        if let Ok(number) = number.parse::<i64>() {
            assert!(number < 1_000_000_000, "{forbid}: {fact}");
        }
        let path = fact["path"].as_str().unwrap();
        if path.ends_with("Day") || path.ends_with("today") {
            assert!(value.starts_with("20"), "{forbid}: {fact}");
        }
        if path.ends_with(".village") || path.ends_with(".township") {
            assert!(value.starts_with("370285"), "{forbid}: {fact}");
        }
    }
}

#[test]
fn a_guarantee_that_only_a_permit_keeps_is_refuted_with_any_permit() {
    let policies = copy("prove-any");
    let invariant = "laixi/invariant/data/register";
    let words =
        ["--invariant", invariant, "--without", "laixi/offices/register", "--limit-ms", "60000"];
    let (code, answer) = prove(&policies, &words);
    assert_eq!(code, Some(2), "{answer}");
    let example = &row(&answer, invariant)["counterexample"];
    assert_eq!(
        (&example["live"], &example["replay"]["rules"]),
        (&false.into(), &"any-permit".into())
    );
    assert_eq!(example["replay"]["allowed"], true, "{example}");
    assert!(example["request"]["facts"].is_object(), "{example}");
}

#[test]
fn an_example_is_told_in_chinese() {
    let policies = copy("prove-words");
    remove(&policies, "laixi/people/post-term");
    let output = said(&policies, &["--invariant", "laixi/invariant/people/term"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    for word in ["不成立", "反例：", "所用职务·截止日：20", "今天：20", "用判断程序再办一次：准许"]
    {
        assert!(text.contains(word), "`{word}` in {text}");
    }
    assert!(!text.contains("证明书"), "{text}");
}
