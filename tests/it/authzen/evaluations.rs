//! Many questions in one request: shapes, defaults, partial items, errors in place (reference §4).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::http::{post, send};
use super::packages::{cinema, documents, records, todo};
use super::{
    ALLOW, DENY, EVALUATION, EVALUATIONS, answered, ask, assert_bad_request, assert_json, bare,
    batch, with, without,
};

fn good() -> Value {
    ask("user/alice", "read", "record/record-1")
}

fn bad() -> Value {
    ask("user/bob", "write", "record/record-1")
}

/// The batch `evaluations` over defaults.
fn over(defaults: Value, items: Value) -> Value {
    with(defaults, "evaluations", items)
}

/// Asserts that an item is an error in its place: a deny that says 400 and why.
fn assert_error(item: &Value) {
    assert_eq!(item["decision"], false, "{item}");
    let error = &item["context"]["error"];
    assert_eq!(error["status"], 400, "{item}");
    assert!(
        error["message"].as_str().is_some_and(|it| !it.is_empty() && !it.contains('\n')),
        "{item}"
    );
}

/// The items of an answer.
fn items(body: &Value) -> Vec<Value> {
    let answer: Value = serde_json::from_str(&batch(records(), body)).unwrap();
    answer["evaluations"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

#[test]
fn without_items_a_batch_is_a_single_evaluation() {
    for body in [good(), over(good(), json!([]))] {
        let reply = post(records(), EVALUATIONS, &body);
        assert_json(&reply);
        assert_eq!((reply.status, reply.text.as_str()), (200, ALLOW), "{body}");
    }
    for body in [bad(), over(bad(), json!([]))] {
        assert_eq!(post(records(), EVALUATIONS, &body).text, DENY, "{body}");
    }
    for member in ["subject", "action", "resource", "subject.id", "resource.type", "action.name"] {
        for body in [without(good(), member), over(without(good(), member), json!([]))] {
            assert_bad_request(&post(records(), EVALUATIONS, &body), &body.to_string());
        }
    }
    let reply = post(records(), EVALUATIONS, &with(good(), "context.explain", json!(true)));
    let answer = answered(&reply);
    assert!(answer["context"]["reasons"].is_array() && answer.get("evaluations").is_none());
}

#[test]
fn items_inherit_what_they_omit_and_replace_what_they_give() {
    let write = "write";
    let body = json!({
        "subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
        "resource": {"type": "record", "id": "record-1"},
        "evaluations": [
            {},
            {"action": {"name": write}},
            {"subject": {"type": "user", "id": "bob"}, "action": {"name": write}},
            {"subject": {"type": "user", "id": "bob"}, "action": {"name": write}, "resource": {"type": "record", "id": "record-2"}},
            {"resource": {"type": "record", "id": "record-2"}, "action": {"name": write}},
            {"context": {"source": "override"}},
        ],
    });
    assert_eq!(batch(records(), &body), bare(&[true, true, false, true, false, true]));

    // without any default
    let body = json!({"evaluations": [good(), bad(), good()]});
    assert_eq!(batch(records(), &body), bare(&[true, false, true]));
}

#[test]
fn a_context_in_an_item_replaces_the_whole_default() {
    let edit = ask("user/ana", "edit", "document/plan");
    let download = ask("user/bo", "download", "document/welcome");
    let top = json!({"ip": "10.0.0.1", "risk": 0.1});
    let body = json!({"context": top, "evaluations": [
        edit, download,
        with(edit.clone(), "context", json!({"risk": 0.1})),
        with(edit.clone(), "context", json!({"ip": "10.0.0.2"})),
        with(download.clone(), "context", json!({"ip": "10.0.0.1"})),
        with(download.clone(), "context", json!({"risk": 0.9})),
        with(download.clone(), "context", json!({"risk": 0.2})),
        with(edit.clone(), "context", json!({})),
    ]});
    let want = bare(&[true, true, false, true, false, false, true, false]);
    assert_eq!(batch(documents(), &body), want);
}

#[test]
fn a_partial_item_is_filled_with_type_id_and_name_only() {
    let own = json!({"ownerID": "ben@lab.example"});
    let update = json!({"subject": {"type": "user", "id": super::examples::BEN},
        "action": {"name": "can_update_todo"},
        "resource": {"type": "todo", "id": "new", "properties": own}});
    let body = over(
        update,
        json!([
            {},
            {"resource": {"id": "other", "properties": own}},
            {"resource": {"type": "todo", "properties": own}},
            {"resource": {"properties": own}},
            // from here on the default's properties are gone
            {"resource": {"id": "other"}},
            {"resource": {"type": "todo", "id": "new"}},
            {"resource": {"properties": {}}},
            {"resource": {}},
            {"resource": {"properties": {"title": "x"}}},
            {"subject": {"id": super::examples::DORA}},
            {"subject": {"id": super::examples::DORA, "properties": {"roles": ["evil_genius"]}}},
            {"subject": {"properties": {"email": "x@lab.example"}}},
        ]),
    );
    let want = [true, true, true, true, false, false, false, false, false, false, true, false];
    assert_eq!(batch(todo(), &body), bare(&want));

    // an action's name is filled, its properties are not
    let delete = json!({"subject": {"type": "user", "id": "alice"},
        "action": {"name": "delete", "properties": {"soft": true}},
        "resource": {"type": "record", "id": "record-1"}});
    let body = over(
        delete,
        json!([{}, {"action": {}}, {"action": {"properties": {"soft": true}}},
            {"action": {"properties": {"soft": false}}}, {"action": {"name": "read"}}]),
    );
    assert_eq!(batch(records(), &body), bare(&[true, false, true, false, true]));

    // the certification text's own case
    let body = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "write"},
        "resource": {"type": "record"}, "evaluations": [
            {"resource": {"id": "record-1", "properties": {"status": "active"}}},
            {"resource": {"type": "record", "id": "record-2", "properties": {"status": "archived"}}}]});
    assert_eq!(batch(records(), &body), bare(&[true, false]));
}

#[test]
fn a_default_is_looked_at_only_where_it_is_used() {
    let whole = json!([good(), bad()]);
    for broken in
        [json!({}), json!(null), json!(7), json!("x"), json!([]), json!({"type": 1, "id": []})]
    {
        for part in ["subject", "action", "resource"] {
            let body = with(json!({"evaluations": whole}), part, broken.clone());
            assert_eq!(batch(records(), &body), bare(&[true, false]), "{body}");
        }
        if !broken.is_object() {
            let own = json!([
                with(good(), "context", json!({})),
                with(bad(), "context", json!({"a": 1}))
            ]);
            let body = json!({"context": broken, "evaluations": own});
            assert_eq!(batch(records(), &body), bare(&[true, false]), "{body}");
        }
    }
    // used by the second item only, and only that one fails
    for broken in
        [json!({}), json!(7), json!({"type": "record"}), json!({"type": "record", "id": 1})]
    {
        let body =
            with(json!({"evaluations": [good(), without(good(), "resource")]}), "resource", broken);
        let items = items(&body);
        assert_eq!((items.len(), &items[0]), (2, &json!({"decision": true})), "{body}");
        assert_error(&items[1]);
    }
    let items =
        items(&json!({"context": 7, "evaluations": [good(), with(good(), "context", json!({}))]}));
    assert_error(&items[0]);
    assert_eq!(items[1], json!({"decision": true}));
}

#[test]
fn a_broken_item_is_an_error_in_its_place() {
    let broken = [
        json!(null),
        json!(7),
        json!("x"),
        json!(true),
        json!([]),
        json!([good()]),
        without(good(), "subject"),
        without(good(), "action"),
        without(good(), "resource"),
        without(good(), "subject.id"),
        without(good(), "resource.type"),
        without(good(), "action.name"),
        with(good(), "subject", json!("alice")),
        with(good(), "subject", json!(null)),
        with(good(), "action.name", json!(123)),
        with(good(), "resource.id", json!(null)),
        with(good(), "context", json!(null)),
        with(good(), "context", json!([])),
        with(good(), "resource.properties", json!(7)),
        with(good(), "action.properties", json!(null)),
        json!({}),
    ];
    for item in broken {
        let body = json!({"evaluations": [good(), item, bad(), good()]});
        let answer = items(&body);
        assert_eq!(answer.len(), 4, "{body}");
        assert_eq!(answer[0], json!({"decision": true}), "{body}");
        assert_error(&answer[1]);
        assert_eq!(answer[2], json!({"decision": false}), "{body}");
        assert_eq!(answer[3], json!({"decision": true}), "{body}");

        let alone = items(&json!({"evaluations": [item]}));
        assert_eq!(alone.len(), 1, "a batch of one: {item}");
        assert_error(&alone[0]);
    }
    // what an item gives is not saved by a default
    let answer = items(&over(
        good(),
        json!([{"subject": null}, {"subject": {"id": 7}}, {"context": 7}, {}]),
    ));
    for item in &answer[..3] {
        assert_error(item);
    }
    assert_eq!(answer[3], json!({"decision": true}));
}

#[test]
fn a_broken_payload_is_400_as_a_whole() {
    for evaluations in
        [json!(null), json!(7), json!("x"), json!({}), json!({"0": good()}), json!(true)]
    {
        let body = over(good(), evaluations);
        assert_bad_request(&post(records(), EVALUATIONS, &body), &body.to_string());
    }
    for options in [json!(null), json!(7), json!("execute_all"), json!([])] {
        let body = with(over(good(), json!([{}])), "options", options);
        assert_bad_request(&post(records(), EVALUATIONS, &body), &body.to_string());
    }
    let twice = r#"{"evaluations":[{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}},{"action":{"name":"read","name":"read"}}]}"#;
    assert_bad_request(&send(records(), EVALUATIONS, twice), "a name twice in one item");
    for text in
        ["", "[]", "[{}]", "7", "null", "\"x\"", "{\"evaluations\":[", "{\"evaluations\":[{}]}}"]
    {
        assert_bad_request(&send(records(), EVALUATIONS, text), text);
    }
}

#[test]
fn the_answer_has_one_item_for_each_in_the_same_order() {
    let mut questions = Vec::new();
    let mut want = Vec::new();
    for index in 0..120 {
        let yes = index % 3 == 0 || index % 7 == 2;
        want.push(yes);
        questions.push(if yes { good() } else { bad() });
    }
    let body = json!({"evaluations": questions});
    assert_eq!(batch(records(), &body), bare(&want));
    assert_eq!(
        batch(records(), &json!({"evaluations": [good()]})),
        bare(&[true]),
        "a batch of one"
    );
    assert_eq!(
        batch(records(), &json!({"evaluations": [good(), good()]})),
        bare(&[true, true]),
        "the same twice"
    );
}

#[test]
fn the_answer_has_no_decision_on_top_and_nothing_beside_decisions() {
    let reply =
        post(records(), EVALUATIONS, &over(good(), json!([{}, {"action": {"name": "fly"}}])));
    assert_eq!(reply.ordered().names(), ["evaluations"], "{}", reply.text);
    assert_eq!(reply.text, bare(&[true, false]));
    // an error has its own three levels and nothing more
    let item = items(&json!({"evaluations": [7]})).remove(0);
    let names =
        |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
    assert_eq!(names(&item), BTreeSet::from(["context", "decision"].map(str::to_owned)));
    assert_eq!(names(&item["context"]), BTreeSet::from(["error".to_owned()]));
    assert_eq!(
        names(&item["context"]["error"]),
        BTreeSet::from(["message", "status"].map(str::to_owned))
    );
}

#[test]
fn unknown_members_of_a_batch_are_ignored() {
    for value in [json!(null), json!(7), json!({"type": 1}), json!([{}])] {
        for path in
            ["foo", "decision", "page", "properties", "subject.foo", "action.id", "resource.name"]
        {
            let body =
                with(over(good(), json!([{}, {"action": {"name": "fly"}}])), path, value.clone());
            assert_eq!(batch(records(), &body), bare(&[true, false]), "{body}");
        }
        for path in [
            "foo",
            "evaluations",
            "options",
            "subject.foo",
            "action.id",
            "resource.name",
            "decision",
        ] {
            let item = with(good(), path, value.clone());
            assert_eq!(batch(records(), &json!({"evaluations": [item]})), bare(&[true]), "{item}");
        }
    }
}

#[test]
fn items_are_decided_as_single_questions_are() {
    // properties are those of the item, also for the same subject in the next one
    let aged = |age: i64| {
        let body = with(ask("viewer/v", "watch", "film/f"), "subject.properties.age", json!(age));
        with(body, "resource.properties.minimum_age", json!(16))
    };
    let questions = [aged(16), aged(15), ask("viewer/v", "watch", "film/f"), aged(40), aged(0)];
    let singles: Vec<bool> =
        questions.iter().map(|it| post(cinema(), EVALUATION, it).text == ALLOW).collect();
    assert_eq!(singles, [true, false, false, true, false]);
    assert_eq!(batch(cinema(), &json!({"evaluations": questions})), bare(&singles));
}
