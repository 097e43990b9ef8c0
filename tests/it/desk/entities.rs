//! Stored entities of a plain folder: written, listed, removed, loaded, and there after a restart.

use std::path::Path;

use serde_json::{Value, json};
use tests::server::Server;

use super::{
    RESOURCES, SUBJECTS, allowed, ask, change, copy_of, delete, found, get, post, put, serve,
};

fn parent(kind: &str, id: &str) -> Value {
    json!([{"type": kind, "id": id}])
}

fn entity(kind: &str, id: &str, attrs: Value, parents: Value) -> Value {
    let mut entity = json!({"uid": {"type": kind, "id": id}});
    entity["attrs"] = attrs;
    entity["parents"] = parents;
    entity
}

fn load(server: &Server, entities: &[Value]) -> super::Reply {
    post(server, "/v1/entities", &json!({"entities": entities}))
}

/// The server of the same folder and store, after the old one was killed.
fn again(mut server: Server, policies: &Path) -> Server {
    server.kill();
    serve(policies, &[])
}

#[test]
fn an_entity_is_put_read_changed_and_removed() {
    let server = serve(&copy_of("documents"), &[]);
    let path = "/v1/entities/user/kim";
    assert_eq!(get(&server, path).code(404), "NOT_FOUND");
    let first = put(
        &server,
        path,
        &json!({"attrs": {"clearance": 3}, "parents": parent("group", "staff")}),
    );
    let version = first.with(200)["version"].as_u64().unwrap();
    let stored = get(&server, path).with(200);
    assert_eq!(stored["uid"], json!({"type": "user", "id": "kim"}));
    assert_eq!(stored["attrs"], json!({"clearance": 3}));
    assert_eq!(stored["parents"], parent("group", "staff"));
    let second = put(&server, path, &json!({"attrs": {"suspended": true}}));
    assert!(second.with(200)["version"].as_u64().unwrap() > version, "{}", second.text);
    let stored = get(&server, path).with(200);
    assert_eq!((&stored["attrs"], &stored["parents"]), (&json!({"suspended": true}), &json!([])));
    assert_eq!(delete(&server, path).with(200)["removed"], json!({"type": "user", "id": "kim"}));
    assert_eq!(get(&server, path).code(404), "NOT_FOUND");
    assert_eq!(delete(&server, path).code(404), "NOT_FOUND");
}

#[test]
fn any_id_can_stand_in_the_path() {
    let server = serve(&copy_of("documents"), &[]);
    for (path, id) in
        [("a%2Fb%20c", "a/b c"), ("%E6%9E%97%22", "林\""), ("x..%2F..", "x../.."), ("%25", "%")]
    {
        let path = format!("/v1/entities/user/{path}");
        put(&server, &path, &json!({})).with(200);
        assert_eq!(get(&server, &path).with(200)["uid"]["id"], *id, "{path}");
        let who = json!({"type": "user", "id": id});
        let question = json!({"subject": who, "action": {"name": "view"}, "resource": {"type": "document", "id": "plan"}});
        assert!(!allowed(&server, &question));
        delete(&server, &path).with(200);
    }
}

#[test]
fn a_list_is_walked_with_after_and_limit() {
    let server = serve(&copy_of("documents"), &[]);
    let many: Vec<Value> =
        (0..25).map(|n| entity("user", &format!("walk-{n:02}"), json!({}), json!([]))).collect();
    load(&server, &many).with(200);
    let whole = get(&server, "/v1/entities/user?limit=1000").with(200);
    let ids = |answer: &Value| -> Vec<String> {
        let rows = answer["entities"].as_array().unwrap();
        rows.iter().map(|row| row["uid"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids(&whole);
    assert_eq!((all.len(), &whole["next"]), (33, &Value::Null), "{whole}");
    assert!(all.is_sorted() && whole["total"] == 33, "{all:?}");
    let (mut walked, mut after) = (Vec::new(), String::new());
    for _ in 0..20 {
        let page = get(&server, &format!("/v1/entities/user?limit=7&after={after}")).with(200);
        let rows = ids(&page);
        assert!(rows.len() <= 7, "{page}");
        walked.extend(rows);
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(walked, all);
    for bad in ["-1", "x", "1.5", "99999999999999999999999"] {
        assert_eq!(get(&server, &format!("/v1/entities/user?limit={bad}")).status, 400, "{bad}");
    }
    assert_eq!(get(&server, "/v1/entities/nothing").with(200)["entities"], json!([]));
}

#[test]
fn what_the_schema_does_not_allow_is_refused_by_name_and_changes_nothing() {
    let server = serve(&copy_of("documents"), &[]);
    let version = get(&server, "/v1/packages").with(200)["packages"][0]["version"].clone();
    for (path, body) in [
        ("user/bad-1", json!({"attrs": {"clearance": "three"}})),
        ("user/bad-2", json!({"attrs": {"colour": "red"}})),
        ("user/bad-3", json!({"parents": parent("folder", "north")})),
        ("planet/bad-4", json!({})),
        ("user/bad-5", json!({"attrs": {"clearance": 1.5}})),
        ("document/bad-6", json!({"attrs": {"price": {"__extn": {"fn": "decimal", "arg": "x"}}}})),
    ] {
        let reply = put(&server, &format!("/v1/entities/{path}"), &body);
        assert_eq!(reply.code(400), "ENTITY_INVALID", "{path}: {}", reply.text);
        let id = path.split_once('/').unwrap().1;
        assert!(reply.json()["detail"].as_str().unwrap().contains(id), "{path}: {}", reply.text);
        assert_eq!(get(&server, &format!("/v1/entities/{path}")).status, 404, "{path}");
    }
    let other = put(&server, "/v1/entities/user/a", &json!({"uid": {"type": "user", "id": "b"}}));
    assert_eq!(other.status, 400, "{}", other.text);
    let mixed = [
        entity("user", "good", json!({}), json!([])),
        entity("user", "wrong", json!({"clearance": "x"}), json!([])),
    ];
    let reply = load(&server, &mixed);
    assert_eq!(reply.code(400), "ENTITY_INVALID");
    assert!(reply.json()["detail"].as_str().unwrap().contains("wrong"), "{}", reply.text);
    assert_eq!(get(&server, "/v1/entities/user/good").status, 404, "all or none");
    let now = get(&server, "/v1/packages").with(200)["packages"][0]["version"].clone();
    assert_eq!(now, version, "nothing was written");
}

#[test]
fn a_circle_of_parents_is_refused_and_changes_nothing() {
    let policies = copy_of("documents");
    let server = serve(&policies, &[]);
    let circle = put(
        &server,
        "/v1/entities/group/staff",
        &json!({"parents": parent("group", "editors-north")}),
    );
    assert_eq!(circle.code(409), "ENTITY_CYCLE");
    let own = put(&server, "/v1/entities/group/own", &json!({"parents": parent("group", "own")}));
    assert_eq!(own.code(409), "ENTITY_CYCLE");
    let two = [
        entity("group", "c-1", json!({}), parent("group", "c-2")),
        entity("group", "c-2", json!({}), parent("group", "c-1")),
    ];
    assert_eq!(load(&server, &two).code(409), "ENTITY_CYCLE");
    assert_eq!(get(&server, "/v1/entities/group/staff").with(200)["parents"], json!([]));
    assert_eq!(get(&server, "/v1/entities/group/c-1").status, 404);
    let server = again(server, &policies);
    assert_eq!(get(&server, "/v1/entities/group/own").status, 404, "nor after a restart");
}

#[test]
fn what_others_lie_in_is_not_removed() {
    let server = serve(&copy_of("documents"), &[]);
    let refused = delete(&server, "/v1/entities/group/editors");
    assert_eq!(refused.code(409), "ENTITY_HAS_CHILDREN");
    get(&server, "/v1/entities/group/editors").with(200);
    for user in ["eve", "ana"] {
        put(&server, &format!("/v1/entities/user/{user}"), &json!({})).with(200);
    }
    put(&server, "/v1/entities/group/editors-north", &json!({})).with(200);
    delete(&server, "/v1/entities/group/editors").with(200);
}

#[test]
fn a_changed_group_is_seen_by_the_next_question_and_after_a_restart() {
    let policies = copy_of("documents");
    let server = serve(&policies, &[]);
    // ana is in editors-north, which is in editors; editors work on what lies below projects.
    let question = ask("user/ana", "view", "document/budget");
    let staff = ask("user/ana", "view", "document/welcome");
    assert!(allowed(&server, &question) && allowed(&server, &staff));
    put(&server, "/v1/entities/group/editors-north", &json!({"parents": parent("group", "staff")}))
        .with(200);
    assert!(!allowed(&server, &question), "no longer by way of editors");
    assert!(allowed(&server, &staff), "still by way of staff");
    put(
        &server,
        "/v1/entities/group/staff",
        &json!({"parents": parent("group", "administrators")}),
    )
    .with(200);
    assert!(allowed(&server, &question), "two steps above her group");
    let server = again(server, &policies);
    assert!(allowed(&server, &question), "and after a restart");
    put(&server, "/v1/entities/group/staff", &json!({})).with(200);
    let server = again(server, &policies);
    assert!(!allowed(&server, &question));
    // The file changes between two runs: what was written over the API lies over it.
    let file = policies.join("entities.json");
    change(
        &file,
        r#""id": "editors-north"}, "attrs": {}, "parents": [{"type": "group", "id": "editors"}]"#,
        r#""id": "editors-north"}, "attrs": {}, "parents": [{"type": "group", "id": "administrators"}]"#,
    );
    change(
        &file,
        r#""id": "fay"}, "attrs": {}, "parents": []"#,
        r#""id": "fay"}, "attrs": {}, "parents": [{"type": "group", "id": "administrators"}]"#,
    );
    let server = again(server, &policies);
    assert!(!allowed(&server, &question), "the group was written over the API");
    assert!(allowed(&server, &ask("user/fay", "view", "document/budget")), "fay was not");
}

#[test]
fn thousands_are_loaded_at_once_and_are_the_same_after_a_restart() {
    let policies = copy_of("documents");
    let server = serve(&policies, &[]);
    let mut many = Vec::new();
    for n in 0..5_000 {
        let owner = json!({"__entity": {"type": "user", "id": format!("u-{:04}", n % 500)}});
        let place = format!("f-{:02}", n % 40);
        many.push(entity(
            "document",
            &format!("d-{n:04}"),
            json!({"owner": owner}),
            parent("folder", &place),
        ));
    }
    for n in 0..40 {
        let above = if n % 2 == 0 { "projects" } else { "company" };
        many.push(entity("folder", &format!("f-{n:02}"), json!({}), parent("folder", above)));
    }
    let groups = ["editors", "auditors", "staff"];
    for n in 0..500 {
        many.push(entity("user", &format!("u-{n:04}"), json!({}), parent("group", groups[n % 3])));
    }
    assert_eq!(load(&server, &many).with(200)["loaded"], 5_540);
    let search = |server: &Server| {
        let what = |who: &str, action: &str| {
            found(
                server,
                RESOURCES,
                &json!({"subject": {"type": "user", "id": who},
                "action": {"name": action}, "resource": {"type": "document"}, "context": {"ip": {"__extn": {"fn": "ip", "arg": "10.0.0.1"}}}}),
            )
        };
        let who = found(
            server,
            SUBJECTS,
            &json!({"subject": {"type": "user"}, "action": {"name": "view"},
            "resource": {"type": "document", "id": "d-0002"}}),
        );
        (what("u-0000", "view"), what("u-0001", "edit"), what("u-0002", "view"), who)
    };
    let before = search(&server);
    assert!(
        before.0.len() > 2_000 && before.1.len() == 10 && before.3.len() > 100,
        "{} {} {} {}",
        before.0.len(),
        before.1.len(),
        before.2.len(),
        before.3.len()
    );
    delete(&server, "/v1/entities/document/d-0000").with(200);
    put(&server, "/v1/entities/user/u-0001", &json!({"parents": parent("group", "editors")}))
        .with(200);
    let changed = search(&server);
    assert!(!changed.0.contains(&"d-0000".to_owned()) && changed.1.len() > 2_000);
    let server = again(server, &policies);
    assert!(search(&server) == changed, "the same after a restart");
    drop(server);
    let quick = policies.parent().unwrap().join("data/entities.quick");
    assert!(quick.is_file());
    std::fs::remove_file(quick).unwrap();
    let server = serve(&policies, &[]);
    assert!(search(&server) == changed, "and from the journal alone");
}
