//! Reasons come when they are asked for, and change nothing (reference §3, §4.6; contract §4, §5).

use serde_json::{Value, json};

use super::http::{Reply, post};
use super::packages::{broad, documents, records};
use super::{
    ALLOW, DENY, EVALUATION, EVALUATIONS, SUBJECTS, answered, ask, bare, batch, decision, with,
};

fn allowed() -> Value {
    ask("user/alice", "read", "record/record-1")
}

fn denied() -> Value {
    with(ask("user/bo", "view", "document/salaries"), "context.attempts", json!(1))
}

/// The policies of an answer with reasons, each as effect and id; everything else is checked.
fn reasons(answer: &Value) -> Vec<(String, String)> {
    let context = &answer["context"];
    assert!(context["obligations"].is_array(), "{answer}");
    assert!(context["edition"].as_str().is_some_and(|it| !it.is_empty()), "{answer}");
    assert!(context["decision_id"].as_str().is_some_and(|it| !it.is_empty()), "{answer}");
    let reasons = context["reasons"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    reasons
        .iter()
        .map(|reason| {
            assert!(reason["basis"].is_array(), "{answer}");
            let _ = (text(&reason["title"]), text(&reason["text"]));
            (text(&reason["effect"]), text(&reason["policy"]))
        })
        .collect()
}

#[test]
fn reasons_come_only_when_asked_for() {
    let explained = with(allowed(), "context.explain", json!(true));
    for reply in [
        post(records(), EVALUATION, &explained),
        post(records(), &format!("{EVALUATION}?explain=1"), &allowed()),
    ] {
        let answer = answered(&reply);
        assert_eq!(answer["decision"], true);
        assert_eq!(reasons(&answer), [("permit".to_owned(), "records/read".to_owned())]);
        let mut names: Vec<&String> = answer.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["context", "decision"], "{}", reply.text);
    }
    for value in [json!(false), json!("true"), json!(1), json!([true]), json!({"explain": true})] {
        let body = with(allowed(), "context.explain", value);
        assert!(decision(records(), &body), "{body}");
    }
    for query in ["?explain=0", "?explain=", "?other=1", "?"] {
        assert_eq!(post(records(), &format!("{EVALUATION}{query}"), &allowed()).text, ALLOW);
    }
    // out of place it is a member nobody knows
    for path in ["explain", "subject.explain", "subject.properties.explain", "options.explain"] {
        assert!(decision(records(), &with(allowed(), path, json!(true))), "{path}");
    }
}

#[test]
fn a_deny_with_reasons_names_the_forbid_with_title_and_basis() {
    let answer = answered(&post(documents(), &format!("{EVALUATION}?explain=1"), &denied()));
    assert_eq!(answer["decision"], false);
    let forbid = ("forbid".to_owned(), "documents/confidential".to_owned());
    assert!(reasons(&answer).contains(&forbid), "{answer}");
    let all = answer["context"]["reasons"].as_array().unwrap();
    let reason = all.iter().find(|it| it["policy"] == "documents/confidential").unwrap();
    assert_eq!(reason["title"], "Confidential documents are for people with clearance");
    assert_eq!(reason["basis"][0], "Security handbook, 3.1");
    assert_eq!(post(documents(), EVALUATION, &denied()).text, DENY);
}

#[test]
fn asking_for_reasons_does_not_change_the_decision() {
    // In this package a policy that sees `explain` forbids.
    let body = ask("user/ann", "open", "item/i1");
    for path in ["context.explain", "context.other"] {
        let answer = answered(&post(broad(), EVALUATION, &with(body.clone(), path, json!(true))));
        assert_eq!(answer["decision"], true, "{path}");
    }
    let without_reasons = with(body.clone(), "context.explain", json!(false));
    assert_eq!(post(broad(), EVALUATION, &without_reasons).text, ALLOW, "also when it says no");
    let search = json!({"subject": {"type": "user"}, "action": {"name": "open"},
        "resource": {"type": "item", "id": "i1"}, "context": {"explain": true}});
    assert_eq!(super::found(broad(), SUBJECTS, &search), ["ann"]);
    assert_eq!(super::found(broad(), &format!("{SUBJECTS}?explain=1"), &search), ["ann"]);
    let all = json!({"evaluations": [with(body, "context.explain", json!(true))]});
    let answer: Value = serde_json::from_str(&batch(broad(), &all)).unwrap();
    assert_eq!(answer["evaluations"][0]["decision"], true);
}

#[test]
fn each_answer_with_reasons_has_its_own_decision_id() {
    let id = |reply: &Reply| answered(reply)["context"]["decision_id"].as_str().unwrap().to_owned();
    let path = format!("{EVALUATION}?explain=1");
    let ids = [id(&post(records(), &path, &allowed())), id(&post(records(), &path, &allowed()))];
    assert_ne!(ids[0], ids[1]);
    let all = json!({"evaluations": [allowed(), allowed()]});
    let reply = post(records(), &format!("{EVALUATIONS}?explain=1"), &all);
    let answer = answered(&reply);
    let of = |index: usize| answer["evaluations"][index]["context"]["decision_id"].clone();
    assert!(of(0).is_string() && of(0) != of(1), "{answer}");
}

#[test]
fn in_a_batch_the_items_that_ask_get_reasons() {
    let item = |explain: Value| with(json!({}), "context", explain);
    let body =
        with(allowed(), "evaluations", json!([item(json!({"explain": true})), item(json!({}))]));
    let answer: Value = serde_json::from_str(&batch(records(), &body)).unwrap();
    assert_eq!(reasons(&answer["evaluations"][0]).len(), 1, "{answer}");
    assert_eq!(answer["evaluations"][1], json!({"decision": true}));

    // asked for on top, each item that has no context of its own inherits it
    let body = with(allowed(), "context.explain", json!(true));
    let body = with(body, "evaluations", json!([{}, item(json!({"other": 1})), {}]));
    let answer: Value = serde_json::from_str(&batch(records(), &body)).unwrap();
    assert_eq!(reasons(&answer["evaluations"][0]).len(), 1, "{answer}");
    assert_eq!(answer["evaluations"][1], json!({"decision": true}));
    assert_eq!(reasons(&answer["evaluations"][2]).len(), 1, "{answer}");

    let body = with(allowed(), "evaluations", json!([{}, {}]));
    let reply = post(records(), &format!("{EVALUATIONS}?explain=1"), &body);
    let answer = answered(&reply);
    for item in answer["evaluations"].as_array().unwrap() {
        assert_eq!(reasons(item).len(), 1, "{answer}");
    }
    assert_eq!(batch(records(), &body), bare(&[true, true]));
}
