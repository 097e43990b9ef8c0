//! `options` of a batch: three semantics, truncation at the trigger (reference §4.7, §4.8).

use serde_json::{Value, json};

use super::http::post;
use super::packages::records;
use super::{EVALUATIONS, ask, assert_bad_request, bare, batch, with};

fn item(allowed: bool) -> Value {
    if allowed {
        ask("user/alice", "read", "record/record-1")
    } else {
        ask("user/bob", "write", "record/record-1")
    }
}

fn body(semantic: Option<&str>, decisions: &[bool]) -> Value {
    let items: Vec<Value> = decisions.iter().map(|it| item(*it)).collect();
    let body = json!({"evaluations": items});
    match semantic {
        Some(semantic) => with(body, "options.evaluations_semantic", json!(semantic)),
        None => body,
    }
}

/// All lists of up to four decisions.
fn lists() -> Vec<Vec<bool>> {
    (1..=4_usize)
        .flat_map(|length| {
            (0..1_usize << length)
                .map(move |bits| (0..length).map(|at| bits >> at & 1 == 1).collect())
        })
        .collect()
}

#[test]
fn execute_all_is_the_default_and_answers_every_item() {
    for list in lists() {
        assert_eq!(batch(records(), &body(None, &list)), bare(&list), "{list:?}");
        assert_eq!(batch(records(), &body(Some("execute_all"), &list)), bare(&list), "{list:?}");
    }
}

#[test]
fn deny_on_first_deny_ends_with_the_first_deny() {
    for list in lists() {
        let end = list.iter().position(|it| !it).map_or(list.len(), |at| at + 1);
        let answer = batch(records(), &body(Some("deny_on_first_deny"), &list));
        assert_eq!(answer, bare(&list[..end]), "{list:?}");
    }
}

#[test]
fn permit_on_first_permit_ends_with_the_first_permit() {
    for list in lists() {
        let end = list.iter().position(|it| *it).map_or(list.len(), |at| at + 1);
        let answer = batch(records(), &body(Some("permit_on_first_permit"), &list));
        assert_eq!(answer, bare(&list[..end]), "{list:?}");
    }
}

#[test]
fn a_broken_item_counts_as_a_deny() {
    let items = json!([item(true), {"subject": 7}, item(false), item(true)]);
    for (semantic, length) in
        [("execute_all", 4), ("deny_on_first_deny", 2), ("permit_on_first_permit", 1)]
    {
        let body = json!({"evaluations": items, "options": {"evaluations_semantic": semantic}});
        let answer: Value = serde_json::from_str(&batch(records(), &body)).unwrap();
        assert_eq!(answer["evaluations"].as_array().unwrap().len(), length, "{semantic}: {answer}");
    }
    let items = json!([7, item(false), item(true), item(true)]);
    for (semantic, length) in
        [("execute_all", 4), ("deny_on_first_deny", 1), ("permit_on_first_permit", 3)]
    {
        let body = json!({"evaluations": items, "options": {"evaluations_semantic": semantic}});
        let answer: Value = serde_json::from_str(&batch(records(), &body)).unwrap();
        let items = answer["evaluations"].as_array().unwrap();
        assert_eq!(items.len(), length, "{semantic}: {answer}");
        assert_eq!(items[0]["context"]["error"]["status"], 400, "{answer}");
    }
}

#[test]
fn any_other_semantic_is_400() {
    for value in [
        json!("executeAll"),
        json!("Execute_All"),
        json!("execute_all "),
        json!(""),
        json!("deny_on_first_permit"),
        json!(7),
        json!(true),
        json!(null),
        json!([]),
        json!(["execute_all"]),
        json!({}),
    ] {
        let body = with(body(None, &[true, false]), "options.evaluations_semantic", value);
        assert_bad_request(&post(records(), EVALUATIONS, &body), &body.to_string());
    }
}

#[test]
fn other_options_are_ignored() {
    for options in [
        json!({}),
        json!({"another_option": "value", "evaluation_semantics": "nonsense", "evaluations_semantics": 7}),
        json!({"a": null, "nested": {"evaluations_semantic": "nonsense"}, "": []}),
    ] {
        let body = with(body(None, &[true, false, true]), "options", options);
        assert_eq!(batch(records(), &body), bare(&[true, false, true]), "{body}");
    }
    let more = json!({"evaluations_semantic": "permit_on_first_permit", "timeout": 1});
    assert_eq!(
        batch(records(), &with(body(None, &[false, true, true]), "options", more)),
        bare(&[false, true])
    );
}

#[test]
fn a_large_batch_is_answered_whole_or_refused_whole() {
    // "Limits on item count and total work" are the server's choice; half an answer is not.
    for count in [1_000, 20_000] {
        let items: Vec<Value> = (0..count).map(|_| json!({})).collect();
        let body = with(item(true), "evaluations", Value::Array(items));
        let reply = post(records(), EVALUATIONS, &body);
        if reply.status == 200 {
            assert_eq!(reply.text, bare(&vec![true; count]));
        } else {
            assert_bad_request(&reply, "a large batch");
        }
    }
}
