//! From AuthZEN to Cedar and back: types, ids, merging, hierarchy, errors (reference §8, contract §5).

use serde_json::{Value, json};
use tests::district::{scratch, write};
use tests::server::run;

use super::http::post;
use super::packages::{EXAMPLES, broad, cinema, documents, entity, folder, records, todo};
use super::{
    DENY, EVALUATION, RESOURCES, answered, ask, batch, decides, decision, found, searches, with,
};

/// Names that are no Cedar types, some of them close.
const NO_TYPES: [&str; 22] = [
    "",
    " ",
    "a b",
    "1abc",
    "user ",
    " user",
    "user!",
    "用户",
    "user-account",
    "user.account",
    "a::",
    "::a",
    "a::::b",
    "a:b",
    "__cedar",
    "__cedar::Long",
    "if",
    "true",
    "in",
    "user\n",
    "user/**/",
    "user::\"alice\"",
];

#[test]
fn a_type_that_is_no_cedar_name_is_an_unknown_type() {
    for kind in NO_TYPES {
        for part in ["subject.type", "resource.type"] {
            // even where everything is permitted
            let body = with(ask("user/ann", "open", "item/i1"), part, json!(kind));
            let reply = post(broad(), EVALUATION, &body);
            assert_eq!((reply.status, reply.text.as_str()), (200, DENY), "{body}");
            for (path, search) in searches(&body) {
                let reply = post(broad(), path, &search);
                assert_eq!(answered(&reply)["results"], json!([]), "{path} {search}");
            }
            let items = json!({"evaluations": [body, ask("user/ann", "open", "item/i1")]});
            assert_eq!(batch(broad(), &items), super::bare(&[false, true]), "{items}");
        }
    }
}

#[test]
fn a_type_that_the_schema_does_not_know_is_a_deny() {
    // Dag is an administrator and may do everything that is not forbidden.
    decides(
        documents(),
        &[
            (true, ask("user/dag", "view", "document/never-stored")),
            (false, ask("user/dag", "view", "spaceship/s")),
            (false, ask("robot/dag", "view", "document/welcome")),
            (false, ask("user/dag", "fly", "document/welcome")),
            (false, ask("user/dag", "change", "document/welcome")),
            (false, ask("user/dag", "view", "Docs::document/welcome")),
            (false, ask("user/dag", "view", "Document/welcome")),
        ],
    );
}

#[test]
fn without_a_schema_any_legal_type_is_accepted() {
    for kind in ["x", "_x", "Zoo::Animal", "a::b::c::d", "Type_9", "permit", "entity"] {
        for part in ["subject.type", "resource.type"] {
            let body = with(ask("viewer/v", "look", "film/f"), part, json!(kind));
            assert!(decision(cinema(), &body), "{body}");
        }
    }
    decides(
        records(),
        &[
            (true, ask("Shop::Customer/c-7", "cancel", "Shop::Order/o-1")),
            (false, ask("Shop::Customer/c-7", "cancel", "Shop::Order/o-2")),
            (false, ask("Shop::Customer/c-8", "cancel", "Shop::Order/o-1")),
            (false, ask("Customer/c-7", "cancel", "Shop::Order/o-1")),
            (false, ask("Shop::Customer/c-7", "cancel", "Order/o-1")),
        ],
    );
}

#[test]
fn an_id_is_taken_verbatim() {
    // The ticket's buyer is a reference with the same id as the person who asks.
    let ids = [
        "v1",
        "",
        " v1",
        "v1 ",
        "V1",
        "a\"b",
        "a\\b",
        "a\\\"b",
        "tab\tnew\nline",
        "\u{0}",
        "::\"x\"",
        "林小雨",
        "e\u{301}",
        "\u{e9}",
        "👩‍🌾",
        "%20",
        "a/b",
        "viewer::\"v1\"",
    ];
    let refund = |who: &str, buyer: &str| {
        let buyer = json!({"__entity": {"type": "viewer", "id": buyer}});
        let body = json!({"subject": {"type": "viewer", "id": who},
            "action": {"name": "refund", "properties": {"minutes_before": 60}},
            "resource": {"type": "ticket", "id": "t"}});
        with(body, "resource.properties.buyer", buyer)
    };
    for who in ids {
        for buyer in ids {
            assert_eq!(decision(cinema(), &refund(who, buyer)), who == buyer, "{who:?} {buyer:?}");
        }
    }
}

#[test]
fn an_action_name_is_taken_verbatim() {
    decides(
        records(),
        &[
            (true, ask("user/carol", "盖章", "record/record-1")),
            (false, ask("user/carol", "盖 章", "record/record-1")),
            (false, ask("user/carol", "Action::\"盖章\"", "record/record-1")),
            (false, ask("user/alice", "盖章", "record/record-1")),
            (false, ask("user/alice", "Read", "record/record-1")),
            (false, ask("user/alice", "read ", "record/record-1")),
            (false, ask("user/alice", "Action::read", "record/record-1")),
            (false, ask("user/alice", "read\", \"write", "record/record-1")),
        ],
    );
}

#[test]
fn what_the_schema_does_not_declare_is_dropped() {
    let view = with(ask("user/bo", "download", "document/welcome"), "context.risk", json!(0.1));
    assert!(decision(documents(), &view));
    for value in
        [json!(null), json!(1.5), json!({"a": {"__entity": 7}}), json!([[1], "x"]), json!("x")]
    {
        for path in [
            "subject.properties.extra",
            "resource.properties.extra",
            "action.properties.extra",
            "context.extra",
            "context.action",
        ] {
            let body = with(view.clone(), path, value.clone());
            assert!(decision(documents(), &body), "{body}");
        }
    }
    // also inside a record
    let share = with(
        ask("user/fay", "share", "document/budget"),
        "subject.properties.profile",
        json!({"city": "Qingdao", "level": 4, "street": "x", "more": {"a": 1.5}}),
    );
    assert!(decision(documents(), &share), "{share}");
    for (path, body) in searches(&view) {
        let plain = post(documents(), path, &body).text;
        let more = with(body, "context.extra", json!({"a": [null, 1.5]}));
        assert_eq!(post(documents(), path, &more).text, plain, "{path}");
    }
    let todo_context = with(
        ask("user/x", "can_read_todos", "todo/t"),
        "context",
        json!({"time": 1, "action": {"a": 2}}),
    );
    assert!(decision(todo(), &todo_context), "an action without any declared context");
}

#[test]
fn action_properties_become_context_action() {
    let delete = ask("user/alice", "delete", "record/record-1");
    let soft = with(delete.clone(), "action.properties.soft", json!(true));
    let hard = with(delete.clone(), "action.properties.soft", json!(false));
    decides(
        records(),
        &[
            (true, soft.clone()),
            (false, hard.clone()),
            (false, delete),
            // the key is the engine's: what the action says wins over what the context says
            (false, with(hard, "context", json!({"action": {"soft": true}}))),
            (true, with(soft.clone(), "context", json!({"action": {"soft": false}}))),
            (true, with(soft, "context", json!({"action": "x", "other": 1}))),
        ],
    );
    let bin = ask("user/fay", "delete", "document/notes");
    let office = with(bin, "context.ip", json!("10.0.0.9"));
    decides(
        documents(),
        &[
            (false, office.clone()),
            (
                true,
                with(
                    office.clone(),
                    "action.properties",
                    json!({"soft": true, "note": "x", "extra": 1.5}),
                ),
            ),
            (false, with(office, "action.properties", json!({"soft": false}))),
        ],
    );
}

#[test]
fn all_cedar_files_of_a_folder_are_one_set() {
    // `permits.cedar` permits and `forbids.cedar` forbids; `records.cedar` and `shop.cedar`.
    assert!(!decision(documents(), &ask("user/dag", "view", "document/salaries")));
    assert!(decision(documents(), &ask("user/dag", "view", "document/plan")));
    let may = json!({"subject": {"type": "service", "id": "backup"}, "action": {"name": "read"}, "resource": {"type": "Shop::Order"}});
    assert_eq!(found(records(), RESOURCES, &may), ["o-1", "o-2"]);
}

#[test]
fn a_folder_is_checked_when_it_is_loaded() {
    for name in EXAMPLES {
        let output = run(&["--format", "json", "check", &folder(name).display().to_string()]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["errors"], 0, "{name}: {said}");
    }
    let schema = "entity user = { name: String };\nentity item;\naction see appliesTo { principal: [user], resource: [item] };\n";
    let good = "permit (principal, action == Action::\"see\", resource);\n";
    let named = |value: Value| json!([entity("user", "ann", json!({"name": value}))]).to_string();
    let broken = [
        ("syntax", "permit (principal, action, resource)\n", schema, named(json!("Ann"))),
        (
            "attribute",
            "permit (principal, action == Action::\"see\", resource) when { principal.age > 1 };\n",
            schema,
            named(json!("Ann")),
        ),
        ("schema", good, "entity user = {", named(json!("Ann"))),
        ("entities", good, schema, named(json!(7))),
        ("json", good, schema, "[{\"uid\":".to_owned()),
    ];
    for (name, policies, schema, entities) in broken {
        let folder = scratch(&format!("authzen-broken-{name}"));
        write(&folder.join("policies.cedar"), policies);
        write(&folder.join("schema.cedarschema"), schema);
        write(&folder.join("entities.json"), &entities);
        let output = run(&["--format", "json", "check", &folder.display().to_string()]);
        let code = output.status.code().unwrap();
        assert!(
            [2, 3].contains(&code),
            "{name}: {code} {}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}
