//! Reading questions.

use serde_json::json;

use super::*;

#[test]
fn unknown_members_are_ignored_and_required_ones_are_not() {
    let good = json!({"subject": {"type": "Person", "id": "p", "x": 1}, "action": {"name": "TakeStep", "y": {}},
        "resource": {"type": "Matter", "id": "m", "properties": {"step": "MEM", "gone": null}}, "z": []});
    let read = parse(good.to_string().as_bytes()).unwrap();
    assert_eq!(read.action, "TakeStep");
    assert_eq!(read.resource.properties["step"], "MEM");
    for (pointer, value) in [
        ("/subject", json!(null)),
        ("/subject", json!([])),
        ("/subject/id", json!(7)),
        ("/action/name", json!(null)),
        ("/resource/type", json!({})),
        ("/resource/properties", json!("x")),
        ("/resource/properties", json!(null)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(parse(bad.to_string().as_bytes()).is_err(), "{pointer}");
    }
    assert!(parse(br#"{"subject":{"type":"Person","id":"a"},"action":{"name":"x"}}"#).is_err());
}

#[test]
fn a_default_fills_only_what_names_the_thing() {
    let text = json!({
        "subject": {"type": "U", "id": "a", "properties": {"p": 1}}, "action": {"name": "x"}, "resource": {"type": "R"},
        "context": {"c": 1},
        "evaluations": [
            {"resource": {"id": "1", "properties": {"q": 2}}},
            {"subject": {"id": "b"}, "resource": {"type": "S", "id": "2"}, "context": {}},
            {"resource": {"id": "3"}, "action": null},
            7
        ],
        "options": {"evaluations_semantic": "deny_on_first_deny", "other": [1]}
    });
    let Batch::Many(asks, semantic) = parse_many(text.to_string().as_bytes()).unwrap() else {
        panic!("several")
    };
    assert_eq!(semantic, Semantic::DenyOnFirstDeny);
    let first = asks[0].as_ref().unwrap();
    assert_eq!((first.resource.kind.as_str(), first.resource.id.as_str()), ("R", "1"));
    assert_eq!(first.subject.properties["p"], 1);
    assert_eq!(first.context["c"], 1);
    let second = asks[1].as_ref().unwrap();
    assert_eq!((second.subject.kind.as_str(), second.subject.id.as_str()), ("U", "b"));
    assert!(second.subject.properties.is_empty() && second.context.is_empty());
    assert!(asks[2].is_err() && asks[3].is_err());
}
