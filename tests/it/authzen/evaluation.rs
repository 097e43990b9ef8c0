//! One question, one decision: information model and access evaluation (reference §2, §3).

use serde_json::{Value, json};

use super::http::{post, send};
use super::packages::{broad, cinema, documents, records, todo};
use super::{
    ALLOW, DENY, EVALUATION, answered, ask, assert_bad_request, assert_json, decides, decision,
    thing, with, without,
};

/// Something that is allowed in `examples/no-schema`.
fn good() -> Value {
    ask("user/alice", "read", "record/record-1")
}

#[test]
fn the_default_answer_is_bare_byte_for_byte() {
    let allowed = post(records(), EVALUATION, &good());
    assert_json(&allowed);
    assert_eq!((allowed.status, allowed.text.as_str()), (200, ALLOW));
    let denied = post(records(), EVALUATION, &ask("user/bob", "write", "record/record-1"));
    assert_json(&denied);
    assert_eq!((denied.status, denied.text.as_str()), (200, DENY), "a deny is a 200");
}

#[test]
fn a_required_member_that_is_missing_or_mistyped_is_400() {
    let members = [
        "subject",
        "subject.type",
        "subject.id",
        "action",
        "action.name",
        "resource",
        "resource.type",
        "resource.id",
    ];
    for member in members {
        let body = without(good(), member);
        assert_bad_request(&post(records(), EVALUATION, &body), &body.to_string());
        let mut wrong =
            vec![json!(null), json!(7), json!(1.5), json!(true), json!([]), json!(["x"])];
        wrong.push(if member.contains('.') { json!({}) } else { json!("alice") });
        for value in wrong {
            let body = with(good(), member, value);
            assert_bad_request(&post(records(), EVALUATION, &body), &body.to_string());
        }
    }
    assert_bad_request(&post(records(), EVALUATION, &json!({})), "nothing at all");
}

#[test]
fn properties_and_context_that_are_no_objects_are_400() {
    for member in ["subject.properties", "action.properties", "resource.properties", "context"] {
        for value in [json!(null), json!(7), json!("x"), json!(false), json!([]), json!([{"a": 1}])]
        {
            let body = with(good(), member, value);
            assert_bad_request(&post(records(), EVALUATION, &body), &body.to_string());
        }
        assert!(decision(records(), &with(good(), member, json!({}))), "an empty `{member}`");
    }
}

#[test]
fn unknown_members_are_ignored_at_every_level() {
    let strange = [
        json!(null),
        json!(1.5),
        json!("x"),
        json!([1, {"a": null}]),
        json!({"type": 1, "id": [], "name": {}}),
    ];
    // some are names of ours, out of place
    let paths = [
        "foo",
        "futureField",
        "subject.identity",
        "subject.name",
        "subject.context",
        "action.type",
        "action.id",
        "action.method",
        "resource.name",
        "resource.ownerID",
        "properties",
        "options",
        "evaluations",
        "page",
        "decision",
        "results",
        "principal",
        "explain",
        "id",
        "type",
        "",
    ];
    for path in paths {
        for value in &strange {
            let allowed = with(good(), path, value.clone());
            assert!(decision(records(), &allowed), "{allowed}");
            let denied = with(ask("user/bob", "write", "record/record-1"), path, value.clone());
            assert!(!decision(records(), &denied), "{denied}");
        }
    }
    // what is no property has no effect, also when a property of that name would have
    let body = with(ask("viewer/v", "watch", "film/f"), "resource.minimum_age", json!(0));
    assert!(!decision(cinema(), &with(body, "subject.properties.age", json!(99))));
}

#[test]
fn the_order_of_members_does_not_matter() {
    let orders = [
        r#"{"subject":{"type":"user","id":"alice","properties":{"desk":"front","a":1}},"action":{"name":"write"},"resource":{"type":"record","id":"record-1"},"context":{}}"#,
        r#"{"context":{},"resource":{"id":"record-1","type":"record"},"action":{"name":"write"},"subject":{"properties":{"a":1,"desk":"front"},"id":"alice","type":"user"}}"#,
        r#" { "action" : { "name" : "write" } , "context" : { } ,
              "subject" : { "id" : "alice" , "properties" : { "a" : 1 , "desk" : "front" } , "type" : "user" } ,
              "resource" : { "id" : "record-1" , "type" : "record" } } "#,
    ];
    for text in orders {
        assert_eq!(send(records(), EVALUATION, text).text, ALLOW, "{text}");
    }
}

#[test]
fn a_member_name_that_occurs_twice_is_400_at_any_depth() {
    let texts = [
        r#"{"subject":{"type":"user","id":"alice"},"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}}"#,
        r#"{"subject":{"type":"user","id":"alice","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}}"#,
        r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read","name":"read"},"resource":{"type":"record","id":"record-1"}}"#,
        r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1","properties":{"a":{"b":[{"c":1,"c":1}]}}}}"#,
        r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"},"context":{"k":1,"\u006b":2}}"#,
        r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"},"unknown":{"a":null,"a":null}}"#,
    ];
    for text in texts {
        assert_bad_request(&send(records(), EVALUATION, text), text);
    }
    for path in super::POSTS {
        assert_bad_request(&send(records(), path, texts[5]), path);
    }
    let apart = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"},"a":{"a":{"a":1}},"b":{"a":1}}"#;
    assert_eq!(send(records(), EVALUATION, apart).text, ALLOW, "the same name in other objects");
}

#[test]
fn text_that_is_not_unicode_is_400() {
    let before = br#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"},"context":{"k":""#;
    let kind = ["Content-Type: application/json"];
    for (bad, what) in [
        (&b"\xff"[..], "a byte that never occurs"),
        (b"\xc0\xaf", "an overlong form"),
        (b"\xed\xa0\x80", "an encoded surrogate"),
        (b"\\ud800", "half a surrogate pair"),
        (b"\\udc00\\ud800", "a pair the wrong way round"),
        (b"a\nb", "a control character"),
    ] {
        let body = [before, bad, br#""}}"#].concat();
        let reply = super::http::raw_post(records(), EVALUATION, &kind, &body);
        assert_bad_request(&reply, what);
    }
    let whole = [before, "\\ud83d\\ude00 乡约 \u{10ffff}".as_bytes(), br#""}}"#].concat();
    assert_eq!(super::http::raw_post(records(), EVALUATION, &kind, &whole).text, ALLOW);
}

#[test]
fn ids_types_and_names_are_any_strings_also_empty_ones() {
    let long = "x".repeat(4000);
    for id in
        ["", " ", "林小雨", "a\"b\\c", "line\nbreak", "\u{0}", "👩‍🌾", "a/b?c#d%20", "::\"", &long]
    {
        let body = json!({"subject": {"type": "viewer", "id": id}, "action": {"name": "look"},
            "resource": {"type": "film", "id": id}});
        assert!(decision(cinema(), &body), "id {id:?}");
        // an action nobody permits, and a type that is none: answers, not errors
        assert!(!decision(cinema(), &with(body.clone(), "action.name", json!(format!("{id}!")))));
    }
    assert!(!decision(
        cinema(),
        &with(ask("viewer/v", "look", "film/f"), "action.name", json!(""))
    ));
    for part in ["subject.type", "resource.type"] {
        assert!(!decision(cinema(), &with(ask("viewer/v", "look", "film/f"), part, json!(""))));
    }
    decides(
        documents(),
        &[
            (true, ask("user/林小雨", "view", "document/报告-2026")),
            (false, ask("user/林小", "view", "document/报告-2026")),
        ],
    );
}

#[test]
fn properties_of_subject_resource_and_action_take_part() {
    let watch =
        with(ask("viewer/v", "watch", "film/f"), "resource.properties.minimum_age", json!(16));
    let aged = |age: i64| with(watch.clone(), "subject.properties.age", json!(age));
    let refund = |minutes: i64| {
        let buyer = json!({"__entity": {"type": "viewer", "id": "v"}});
        let body = with(ask("viewer/v", "refund", "ticket/t"), "resource.properties.buyer", buyer);
        with(body, "action.properties.minutes_before", json!(minutes))
    };
    decides(
        cinema(),
        &[
            (true, aged(16)),
            (false, aged(15)),
            (false, watch.clone()),
            (true, with(aged(16), "resource.properties.minimum_age", json!(12))),
            (false, with(aged(16), "resource.properties.minimum_age", json!(18))),
            (false, with(aged(16), "subject.properties.banned", json!(true))),
            (true, refund(30)),
            (false, refund(29)),
            (false, without(refund(30), "action.properties")),
            (true, with(aged(15), "context.guardian", json!(true))),
            (false, with(aged(15), "context.guardian", json!(false))),
        ],
    );
}

#[test]
fn context_is_accepted_whether_or_not_a_policy_reads_it() {
    let context = json!({"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1", "deep": {"a": [1, {"b": "c"}]}});
    for (server, allowed, denied) in [
        (records(), good(), ask("user/bob", "write", "record/record-1")),
        (
            todo(),
            ask("user/x", "can_read_todos", "todo/t"),
            ask("user/x", "can_create_todo", "todo/t"),
        ),
    ] {
        assert!(decision(server, &with(allowed, "context", context.clone())));
        assert!(!decision(server, &with(denied, "context", context.clone())));
    }
}

#[test]
fn the_same_question_gets_the_same_decision() {
    for (want, body) in [(true, good()), (false, ask("user/bob", "write", "record/record-1"))] {
        for _ in 0..20 {
            assert_eq!(decision(records(), &body), want);
        }
    }
    // and the first answer does not depend on what was asked before
    assert!(decision(records(), &with(good(), "subject.properties.desk", json!("none"))));
    assert!(decision(records(), &ask("user/alice", "write", "record/record-1")));
}

#[test]
fn the_certification_fixture_decides_as_required() {
    let write = |subject: &str, status: &str| {
        with(ask(subject, "write", "record/record-2"), "resource.properties.status", json!(status))
    };
    let delete = |soft: bool| {
        with(ask("user/alice", "delete", "record/record-1"), "action.properties.soft", json!(soft))
    };
    let more = json!({"subject": {"type": "user", "id": "alice", "properties": {"department": "Sales", "role": "manager"}},
        "action": {"name": "read", "properties": {"method": "GET"}},
        "resource": {"type": "record", "id": "record-1", "properties": {"status": "active", "owner": "bob"}}});
    decides(
        records(),
        &[
            (true, good()),
            (true, ask("user/alice", "write", "record/record-1")),
            (true, ask("user/bob", "read", "record/record-1")),
            (false, ask("user/bob", "write", "record/record-1")),
            (false, write("user/alice", "archived")),
            (true, with(write("user/bob", "archived"), "subject.properties.role", json!("admin"))),
            (true, delete(true)),
            (false, delete(false)),
            (true, more),
        ],
    );
}

#[test]
fn the_todo_application_decides_as_published() {
    let people = [
        (super::examples::ADA, "ada@lab.example", [true, true, true, true, true]),
        (super::examples::BEN, "ben@lab.example", [true, false, true, false, true]),
        (super::examples::CLEO, "cleo@home.example", [true, false, true, false, true]),
        (super::examples::DORA, "dora@home.example", [false, false, false, false, false]),
        (super::examples::EMIL, "emil@home.example", [false, false, false, false, false]),
    ];
    for (id, email, [create, update_other, update_own, delete_other, delete_own]) in people {
        let about = |action: &str, owner: &str| {
            json!({"subject": {"type": "user", "id": id}, "action": {"name": action},
                "resource": {"type": "todo", "id": "7240d0db", "properties": {"ownerID": owner}}})
        };
        let other = if email.starts_with("ada") { "ben@lab.example" } else { "ada@lab.example" };
        let user = json!({"subject": {"type": "user", "id": id}, "action": {"name": "can_read_user"},
            "resource": {"type": "user", "id": "dora@home.example"}});
        decides(
            todo(),
            &[
                (true, user.clone()),
                (true, with(user, "resource", json!({"type": "user", "id": id}))),
                (true, with(about("can_read_todos", ""), "resource", thing("todo/todo-1"))),
                (create, with(about("can_create_todo", ""), "resource", thing("todo/todo-1"))),
                (update_own, about("can_update_todo", email)),
                (update_other, about("can_update_todo", other)),
                (delete_own, about("can_delete_todo", email)),
                (delete_other, about("can_delete_todo", other)),
            ],
        );
    }
}

#[test]
fn http_errors_speak_of_the_request_not_of_the_decision() {
    // Nobody, nothing and an unknown action are questions like any other.
    for body in [
        ask("user/nobody", "write", "record/record-1"),
        ask("user/alice", "write", "record/nothing"),
        ask("user/alice", "fly", "record/record-1"),
        ask("spaceship/s", "read", "record/record-1"),
        ask("user/alice", "read", "spaceship/s"),
    ] {
        let reply = post(records(), EVALUATION, &body);
        assert_eq!((reply.status, reply.text.as_str()), (200, DENY), "{body}");
    }
    let answer = answered(&post(broad(), EVALUATION, &ask("user/ann", "open", "item/i1")));
    assert_eq!(answer, json!({"decision": true}));
}
