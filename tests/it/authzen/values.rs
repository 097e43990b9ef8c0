//! JSON values as Cedar values: null, fractions, large numbers, escapes (reference §2, §8.6; contract §5).

use serde_json::{Value, json};

use super::http::{post, send};
use super::packages::{boxes, documents, records};
use super::{ALLOW, DENY, EVALUATION, RESOURCES, ask, batch, decides, decision, found, with};

/// Asks an action of [`boxes`] about a box with `value` sent.
fn sent(action: &str, id: &str, value: Value) -> Value {
    with(ask("user/ann", action, &format!("box/{id}")), "resource.properties.value", value)
}

/// The same with the value as a text that no parser has touched.
fn raw(action: &str, id: &str, value: &str) -> bool {
    let text = sent(action, id, json!("HERE")).to_string().replace("\"HERE\"", value);
    let reply = send(boxes(), EVALUATION, &text);
    assert_eq!(reply.status, 200, "{text}: {}", reply.text);
    assert!([ALLOW, DENY].contains(&reply.text.as_str()), "{}", reply.text);
    reply.text == ALLOW
}

#[test]
fn null_members_of_properties_and_context_are_dropped() {
    decides(
        boxes(),
        &[
            // as if it had not been sent: what is stored stays, what is not stored stays away
            (true, sent("seven", "seven", json!(null))),
            (true, sent("absent", "empty", json!(null))),
            (
                true,
                with(
                    ask("user/bea", "subject-absent", "box/empty"),
                    "subject.properties.value",
                    json!(null),
                ),
            ),
            (
                true,
                with(ask("user/ann", "context-absent", "box/empty"), "context.value", json!(null)),
            ),
            (
                true,
                with(
                    ask("user/ann", "action-absent", "box/empty"),
                    "action.properties",
                    json!({"value": null, "a": 1}),
                ),
            ),
            // inside as well
            (true, sent("inner", "empty", json!({"a": null, "b": 1}))),
            (false, sent("inner", "empty", json!({"a": 1, "b": null}))),
            (
                true,
                with(
                    ask("user/ann", "context-inner", "box/empty"),
                    "context.value",
                    json!({"a": null, "b": 1}),
                ),
            ),
            (true, sent("deep", "empty", json!({"a": null, "b": {"c": [true], "d": null}}))),
        ],
    );
    let body = with(
        ask("user/alice", "write", "record/record-1"),
        "subject.properties",
        json!({"desk": null, "role": null}),
    );
    assert!(decision(records(), &body));
    let body = with(
        ask("user/bo", "view", "document/welcome"),
        "subject.properties",
        json!({"clearance": null, "suspended": null}),
    );
    assert!(decision(documents(), &body), "with a schema too");
    let search = json!({"subject": {"type": "user", "id": "ann"}, "action": {"name": "seven"}, "resource": {"type": "box", "properties": {"value": null}}});
    assert_eq!(found(boxes(), RESOURCES, &search), ["seven"]);
}

#[test]
fn fractions_are_dropped_and_not_fatal() {
    for value in ["1.5", "-0.25", "7.0", "1e2", "7E0", "1.0e-3", "123456789.123456789", "0.1e1"] {
        assert!(raw("absent", "empty", value), "{value} has no Cedar value");
        assert!(raw("seven", "seven", value), "{value} leaves what is stored");
        assert!(!raw("present", "empty", value), "{value}");
    }
    let context = with(ask("user/ann", "context-absent", "box/empty"), "context.value", json!(1.5));
    let subject = with(
        ask("user/bea", "subject-absent", "box/empty"),
        "subject.properties.value",
        json!(1.5),
    );
    let action = with(
        ask("user/ann", "action-absent", "box/empty"),
        "action.properties",
        json!({"value": 1.5, "a": 1}),
    );
    decides(boxes(), &[(true, context), (true, subject), (true, action)]);
    assert!(raw("inner", "empty", r#"{"a":1.5,"b":1}"#), "inside as well");
}

#[test]
fn integers_beyond_64_bits_are_dropped_and_not_fatal() {
    for value in [
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "100000000000000000000000000000",
    ] {
        assert!(raw("absent", "empty", value), "{value}");
        assert!(raw("seven", "seven", value), "{value}");
    }
    assert!(raw("most", "empty", "9223372036854775807"));
    assert!(raw("least", "empty", "-9223372036854775808"));
    assert!(raw("seven", "empty", "7"));
    // a number that is no double is no I-JSON either: refused or dropped, but answered
    let text = sent("absent", "empty", json!("HERE")).to_string().replace("\"HERE\"", "1e999");
    let reply = send(boxes(), EVALUATION, &text);
    assert!(reply.status == 400 || reply.text == ALLOW, "{} {}", reply.status, reply.text);
}

#[test]
fn values_mean_what_they_look_like() {
    decides(
        boxes(),
        &[
            (true, sent("text", "empty", json!("x"))),
            (false, sent("text", "empty", json!("X"))),
            (true, sent("list", "empty", json!([2, 1, 3, 1]))),
            (false, sent("list", "empty", json!([1, "2"]))),
            (true, sent("list", "empty", json!([1, "mixed", 2, [true]]))),
            (true, sent("present", "empty", json!(false))),
            (true, sent("present", "empty", json!([]))),
            (true, sent("present", "empty", json!({}))),
            (true, sent("deep", "empty", json!({"b": {"c": [false, true]}}))),
            (false, sent("seven", "empty", json!("7"))),
            (
                true,
                with(
                    ask("user/ann", "action-seven", "box/empty"),
                    "action.properties.value",
                    json!(7),
                ),
            ),
        ],
    );
}

#[test]
fn entity_and_extension_escapes_are_read() {
    let entity = |kind: &str, id: &str| json!({"__entity": {"type": kind, "id": id}});
    let extension = |name: &str, value: &str| json!({"__extn": {"fn": name, "arg": value}});
    decides(
        boxes(),
        &[
            (true, sent("same", "empty", entity("user", "ann"))),
            (false, sent("same", "empty", entity("user", "bea"))),
            (false, sent("same", "empty", entity("box", "ann"))),
            (false, sent("same", "empty", json!({"type": "user", "id": "ann"}))),
            (false, sent("same", "empty", json!("user::\"ann\""))),
            (true, sent("loopback", "empty", extension("ip", "127.0.0.1"))),
            (false, sent("loopback", "empty", extension("ip", "10.0.0.1"))),
            (false, sent("loopback", "empty", json!("127.0.0.1"))),
            (true, sent("cheap", "empty", extension("decimal", "1.9999"))),
            (false, sent("cheap", "empty", extension("decimal", "2.0"))),
        ],
    );
    let owner = |value: Value| {
        with(ask("user/fay", "view", "document/new"), "resource.properties.owner", value)
    };
    let office = |value: Value| with(ask("user/ana", "edit", "document/plan"), "context.ip", value);
    decides(
        documents(),
        &[
            (true, owner(entity("user", "fay"))),
            (true, owner(json!({"type": "user", "id": "fay"}))),
            (false, owner(entity("user", "bo"))),
            (true, office(extension("ip", "10.1.1.1"))),
            (true, office(json!("10.1.1.1"))),
            (false, office(json!("192.0.2.1"))),
        ],
    );
}

#[test]
fn a_number_is_a_decimal_where_the_schema_says_so() {
    let download = |risk: &str| {
        let body =
            with(ask("user/bo", "download", "document/welcome"), "context.risk", json!("HERE"));
        let reply = send(documents(), EVALUATION, &body.to_string().replace("\"HERE\"", risk));
        assert_eq!(reply.status, 200, "{risk}: {}", reply.text);
        reply.text == ALLOW
    };
    for risk in [
        "0.2",
        "0.4999",
        "0.0",
        "-1.5",
        "\"0.2\"",
        "\"0.4999\"",
        r#"{"__extn":{"fn":"decimal","arg":"0.2"}}"#,
    ] {
        assert!(download(risk), "{risk}");
    }
    for risk in ["0.5", "0.9", "7.25", "\"0.5\"", r#"{"__extn":{"fn":"decimal","arg":"0.75"}}"#] {
        assert!(!download(risk), "{risk}");
    }
    let priced = |price: Value| {
        let body = with(ask("user/bo", "download", "document/budget"), "context.risk", json!(0.1));
        with(body, "resource.properties.price", price)
    };
    decides(
        documents(),
        &[(true, priced(json!(9.5))), (false, priced(json!(10.5))), (false, priced(json!(null)))],
    );
    // where the schema says Long, a fraction is dropped: no number of attempts was told
    let attempts = |value: Value| {
        let body = with(ask("user/bo", "download", "document/welcome"), "context.risk", json!(0.1));
        with(body, "context.attempts", value)
    };
    decides(
        documents(),
        &[(true, attempts(json!(3))), (false, attempts(json!(4))), (true, attempts(json!(4.5)))],
    );
}

#[test]
fn values_that_cannot_be_read_never_allow_and_never_break() {
    let broken = [
        json!({"__entity": 5}),
        json!({"__entity": {"type": "user"}}),
        json!({"__entity": {"type": "a b", "id": "x"}}),
        json!({"__entity": {"type": 1, "id": 2}}),
        json!({"__extn": 7}),
        json!({"__extn": {"fn": "nonsense", "arg": "x"}}),
        json!({"__extn": {"fn": "ip", "arg": "999.1.1.1"}}),
        json!({"__extn": {"fn": "decimal", "arg": "1.23456789"}}),
        json!({"__expr": "principal"}),
    ];
    for value in broken {
        for action in ["same", "loopback", "cheap", "seven", "text"] {
            let body = sent(action, "empty", value.clone());
            let reply = post(boxes(), EVALUATION, &body);
            assert!(
                reply.status == 200 || reply.status == 400,
                "{body}: {} {}",
                reply.status,
                reply.text
            );
            assert_ne!(reply.text, ALLOW, "{body}");
        }
        let body = with(
            ask("user/fay", "view", "document/new"),
            "resource.properties.owner",
            value.clone(),
        );
        let reply = post(documents(), EVALUATION, &body);
        assert!(
            reply.status == 200 || reply.status == 400,
            "{body}: {} {}",
            reply.status,
            reply.text
        );
        assert_ne!(reply.text, ALLOW, "{body}");
    }
}

#[test]
fn a_value_of_another_type_than_the_schema_says_never_allows() {
    for value in [
        json!(7),
        json!("fay"),
        json!(true),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({"type": "folder", "id": "fay"}),
    ] {
        let body =
            with(ask("user/fay", "view", "document/new"), "resource.properties.owner", value);
        assert!(!decision(documents(), &body), "{body}");
    }
    for value in [json!(7), json!("x"), json!(true), json!({"a": 1}), json!([1, 2])] {
        let body =
            with(ask("user/guest", "can_create_todo", "todo/t"), "subject.properties.roles", value);
        assert!(!decision(super::packages::todo(), &body), "{body}");
    }
    for value in [
        json!("low"),
        json!(true),
        json!([0.1]),
        json!({"__extn": {"fn": "ip", "arg": "10.0.0.1"}}),
    ] {
        let body = with(ask("user/bo", "download", "document/welcome"), "context.risk", value);
        assert!(!decision(documents(), &body), "{body}");
    }
    // one such item does not disturb its neighbours
    let good = ask("user/bo", "view", "document/welcome");
    let odd = with(good.clone(), "subject.properties.clearance", json!("high"));
    let items: Value =
        serde_json::from_str(&batch(documents(), &json!({"evaluations": [good, odd, good]})))
            .unwrap();
    assert_eq!(
        (&items["evaluations"][0], &items["evaluations"][2]),
        (&json!({"decision": true}), &json!({"decision": true}))
    );
    assert_eq!(items["evaluations"].as_array().map(Vec::len), Some(3), "{items}");
}

#[test]
fn subject_and_resource_may_be_the_same_thing() {
    let me = ask("user/alice", "read", "user/alice");
    assert!(!decision(records(), &me));
    let backup = ask("service/backup", "read", "service/backup");
    assert!(decision(records(), &backup));
    let both =
        with(with(backup, "subject.properties.a", json!(1)), "resource.properties.b", json!(2));
    assert!(decision(records(), &both));
    // and may even be called an action: odd, but a question
    for part in ["subject.type", "resource.type"] {
        let odd = with(with(me.clone(), part, json!("Action")), "subject.properties.a", json!(1));
        assert_eq!(post(records(), EVALUATION, &odd).text, DENY, "{odd}");
    }
}
