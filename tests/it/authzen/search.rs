//! Who, what and which actions: the three searches (reference §5, §8.9).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::http::{Reply, post};
use super::packages::{
    ODD, boxes, broad, cinema, crowd, crowd_shown, documents, faulty, records, todo,
};
use super::{
    ACTIONS, EVALUATION, RESOURCES, SUBJECTS, answered, ask, assert_bad_request, found, searches,
    with, without,
};

/// Asserts that an answer finds nothing, and that this is no error.
fn assert_empty(reply: &Reply, what: &str) {
    assert_eq!(reply.status, 200, "{what}: {}", reply.text);
    let results = reply.json()["results"].clone();
    assert_eq!(results, json!([]), "{what}: {}", reply.text);
    assert!(reply.text.contains(r#""results":[]"#), "{what}: {}", reply.text);
}

#[test]
fn the_id_of_what_is_searched_is_ignored_with_an_identical_result() {
    let question = ask("user/bo", "view", "document/welcome");
    for (part, path) in [("subject", SUBJECTS), ("resource", RESOURCES)] {
        let plain = post(documents(), path, &without(question.clone(), &format!("{part}.id")));
        assert_eq!(plain.status, 200);
        assert!(plain.json()["results"].as_array().unwrap().len() > 1, "{}", plain.text);
        for id in [
            json!("bo"),
            json!("welcome"),
            json!("nobody"),
            json!(""),
            json!(7),
            json!(null),
            json!({}),
        ] {
            let body = with(question.clone(), &format!("{part}.id"), id);
            assert_eq!(post(documents(), path, &body).text, plain.text, "{body}");
        }
    }
    let plain = post(documents(), ACTIONS, &without(question.clone(), "action"));
    assert!(plain.json()["results"].as_array().unwrap().len() > 1, "{}", plain.text);
    for action in [
        json!({"name": "view"}),
        json!({"name": "fly"}),
        json!({"name": 7}),
        json!({}),
        json!(7),
        json!(null),
    ] {
        let body = with(question.clone(), "action", action);
        assert_eq!(post(documents(), ACTIONS, &body).text, plain.text, "{body}");
    }
}

#[test]
fn what_is_not_searched_has_to_be_complete() {
    let question = ask("user/alice", "read", "record/record-1");
    let required: [(&str, &[&str]); 3] = [
        (
            SUBJECTS,
            &[
                "subject",
                "subject.type",
                "action",
                "action.name",
                "resource",
                "resource.type",
                "resource.id",
            ],
        ),
        (
            RESOURCES,
            &[
                "resource",
                "resource.type",
                "action",
                "action.name",
                "subject",
                "subject.type",
                "subject.id",
            ],
        ),
        (
            ACTIONS,
            &["subject", "subject.type", "subject.id", "resource", "resource.type", "resource.id"],
        ),
    ];
    for (path, members) in required {
        assert_eq!(post(records(), path, &question).status, 200, "the whole question to {path}");
        for member in members {
            let body = without(question.clone(), member);
            assert_bad_request(&post(records(), path, &body), &format!("{path} {body}"));
            for value in [json!(null), json!(7), json!([]), json!(true)] {
                let body = with(question.clone(), member, value);
                assert_bad_request(&post(records(), path, &body), &format!("{path} {body}"));
            }
        }
        for member in ["subject.properties", "resource.properties", "context"] {
            for value in [json!(null), json!(7), json!([])] {
                let body = with(question.clone(), member, value);
                assert_bad_request(&post(records(), path, &body), &format!("{path} {body}"));
            }
        }
    }
    // the same body is right for one and wrong for another
    for (own, body) in searches(&question) {
        for path in [SUBJECTS, RESOURCES, ACTIONS, EVALUATION] {
            let reply = post(records(), path, &body);
            if path == own {
                assert_eq!(reply.status, 200, "{path} {body}");
            } else {
                assert_bad_request(&reply, &format!("{path} {body}"));
            }
        }
    }
}

#[test]
fn the_certification_fixture_is_found() {
    let archived = |body: Value| with(body, "resource.properties.status", json!("archived"));
    let admin = |body: Value| with(body, "subject.properties.role", json!("admin"));
    let all =
        |id: &str| -> [(&'static str, Value); 3] { searches(&ask(id, "read", "record/record-1")) };
    let [(_, who), (_, what), (_, actions)] = all("user/alice");
    assert_eq!(found(records(), SUBJECTS, &who), ["alice", "bob", "carol"]);
    assert_eq!(found(records(), RESOURCES, &what), ["record-1", "record-2", "record-3"]);
    assert_eq!(found(records(), ACTIONS, &actions), ["export", "read", "write"]);
    let write = ask("user/bob", "write", "record/record-2");
    let [(_, who), (_, what), (_, actions)] = searches(&write);
    assert_eq!(found(records(), SUBJECTS, &archived(who)), ["bob"]);
    assert_eq!(found(records(), RESOURCES, &admin(what)), ["record-2"]);
    let actions = found(records(), ACTIONS, &admin(archived(actions)));
    assert!(actions.contains(&"write".to_owned()), "{actions:?}");
}

#[test]
fn properties_on_what_is_searched_count_for_every_candidate() {
    let ben = super::examples::BEN;
    let update = json!({"subject": {"type": "user", "id": ben}, "action": {"name": "can_update_todo"}, "resource": {"type": "todo"}});
    assert_eq!(found(todo(), RESOURCES, &update).len(), 1, "his own");
    let all = with(update.clone(), "resource.properties.ownerID", json!("ben@lab.example"));
    assert_eq!(found(todo(), RESOURCES, &all).len(), 5, "the request wins over each stored owner");
    let none = with(update, "resource.properties.ownerID", json!("nobody"));
    assert_eq!(found(todo(), RESOURCES, &none), Vec::<String>::new());

    let create = json!({"subject": {"type": "user"}, "action": {"name": "can_create_todo"}, "resource": {"type": "todo", "id": "1f0c7e0a-91d4-4f7e-8b1d-5a4c0f1e7a11"}});
    assert_eq!(found(todo(), SUBJECTS, &create).len(), 3);
    let editors = with(create.clone(), "subject.properties.roles", json!(["editor"]));
    assert_eq!(found(todo(), SUBJECTS, &editors).len(), 5);
    let viewers = with(create, "subject.properties.roles", json!([]));
    assert_eq!(found(todo(), SUBJECTS, &viewers), Vec::<String>::new());
}

#[test]
fn properties_of_the_input_and_context_count_as_in_an_evaluation() {
    let edit = json!({"subject": {"type": "user"}, "action": {"name": "edit"}, "resource": {"type": "document", "id": "plan"}});
    assert_eq!(found(documents(), SUBJECTS, &edit), Vec::<String>::new(), "nobody from outside");
    let office = with(edit, "context", json!({"ip": "10.1.2.3"}));
    assert_eq!(found(documents(), SUBJECTS, &office), ["ana", "dag"]);
    let mine = with(office, "resource.properties.owner", json!({"type": "user", "id": "fay"}));
    assert_eq!(found(documents(), SUBJECTS, &mine), ["ana", "dag", "fay"]);

    let view = json!({"subject": {"type": "user", "id": "bo"}, "action": {"name": "view"}, "resource": {"type": "document"}});
    assert_eq!(found(documents(), RESOURCES, &view), ["welcome", "报告-2026"]);
    let cleared = with(view.clone(), "subject.properties.clearance", json!(3));
    assert_eq!(found(documents(), RESOURCES, &cleared), ["salaries", "welcome", "报告-2026"]);
    let suspended = with(view, "subject.properties.suspended", json!(true));
    assert_eq!(found(documents(), RESOURCES, &suspended), Vec::<String>::new());

    let delete = json!({"subject": {"type": "user"}, "action": {"name": "delete"}, "resource": {"type": "record", "id": "record-1"}});
    assert_eq!(found(records(), SUBJECTS, &delete), Vec::<String>::new());
    let soft = with(delete, "action.properties.soft", json!(true));
    assert_eq!(found(records(), SUBJECTS, &soft), ["alice"]);

    let may = json!({"subject": {"type": "user", "id": "ana"}, "resource": {"type": "document", "id": "plan"}});
    assert_eq!(found(documents(), ACTIONS, &may), ["view"], "labelled internal, so not shared");
    let office = with(may, "context", json!({"ip": "10.1.2.3", "risk": 0.1}));
    assert_eq!(found(documents(), ACTIONS, &office), ["edit", "view"]);
    let public = with(office, "resource.properties.labels", json!([]));
    assert_eq!(found(documents(), ACTIONS, &public), ["edit", "share", "view"]);
}

#[test]
fn an_unknown_type_id_or_action_finds_nothing_on_all_three() {
    let known = ask("user/alice", "read", "record/record-1");
    for (path, body) in searches(&known) {
        assert!(!found(records(), path, &body).is_empty(), "{path}");
        for (member, value) in [
            ("subject.type", "spaceship"),
            ("resource.type", "spaceship"),
            ("subject.id", "nobody"),
            ("resource.id", "nothing"),
            ("action.name", "fly"),
            ("subject.type", ""),
            ("resource.type", "not a type"),
            ("resource.type", "用户"),
        ] {
            let unused = match path {
                SUBJECTS => member == "subject.id",
                RESOURCES => member == "resource.id",
                _ => member == "action.name",
            };
            if !unused {
                let body = with(body.clone(), member, json!(value));
                assert_empty(&post(records(), path, &body), &format!("{path} {body}"));
            }
        }
    }
}

#[test]
fn a_broad_permit_does_not_make_strangers_known() {
    // This package permits everything to everybody.
    let known = ask("user/ann", "open", "item/i1");
    let expected = [vec!["ann"], vec!["i1"], vec!["open"]];
    for ((path, body), expected) in searches(&known).into_iter().zip(expected) {
        assert_eq!(found(broad(), path, &body), expected, "{path}");
        for (member, value) in [
            ("subject.type", "spaceship"),
            ("resource.type", "spaceship"),
            ("subject.type", "a b"),
            ("subject.id", "nobody"),
            ("resource.id", "nothing"),
            ("action.name", "fly"),
        ] {
            let unused = match path {
                SUBJECTS => member == "subject.id",
                RESOURCES => member == "resource.id",
                _ => member == "action.name",
            };
            if !unused {
                let body = with(body.clone(), member, json!(value));
                assert_empty(&post(broad(), path, &body), &format!("{path} {body}"));
            }
        }
    }
    // with a schema: an administrator may do everything that is not forbidden
    let known = ask("user/dag", "view", "document/welcome");
    for (path, body) in searches(&known) {
        assert!(!found(documents(), path, &body).is_empty(), "{path}");
    }
    for (path, body) in [
        (
            RESOURCES,
            json!({"subject": {"type": "user", "id": "dag"}, "action": {"name": "fly"}, "resource": {"type": "document"}}),
        ),
        (
            RESOURCES,
            json!({"subject": {"type": "user", "id": "dag"}, "action": {"name": "view"}, "resource": {"type": "spaceship"}}),
        ),
        (
            RESOURCES,
            json!({"subject": {"type": "robot", "id": "dag"}, "action": {"name": "view"}, "resource": {"type": "document"}}),
        ),
        (
            SUBJECTS,
            json!({"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "document", "id": "nothing"}}),
        ),
        (
            ACTIONS,
            json!({"subject": {"type": "user", "id": "dag"}, "resource": {"type": "document", "id": "nothing"}}),
        ),
        (
            ACTIONS,
            json!({"subject": {"type": "user", "id": "nobody"}, "resource": {"type": "document", "id": "welcome"}}),
        ),
    ] {
        assert_empty(&post(documents(), path, &body), &format!("{path} {body}"));
    }
}

#[test]
fn a_search_where_nothing_is_stored_is_empty() {
    for (path, body) in searches(&ask("viewer/v", "look", "film/f")) {
        assert_empty(&post(cinema(), path, &body), path);
    }
    let body = json!({"subject": {"type": "user", "id": "ann"}, "action": {"name": "open"}, "resource": {"type": "shelf"}});
    assert_empty(&post(broad(), RESOURCES, &body), "a type of which nothing is stored");
}

#[test]
fn results_are_type_and_id_or_name_in_that_order() {
    for (path, body) in searches(&ask("user/林小雨", "view", "document/报告-2026")) {
        let reply = post(documents(), path, &body);
        let ordered = reply.ordered();
        let results = ordered.member("results").unwrap_or_else(|| panic!("{}", reply.text));
        assert!(!results.items().is_empty(), "{}", reply.text);
        let want: &[&str] = if path == ACTIONS { &["name"] } else { &["type", "id"] };
        for result in results.items() {
            assert_eq!(result.names(), want, "{}", reply.text);
        }
        for name in ordered.names() {
            assert!(["page", "context", "results"].contains(&name), "{}", reply.text);
        }
    }
    let reply = post(
        documents(),
        SUBJECTS,
        &json!({"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "document", "id": "plan"}}),
    );
    assert!(
        reply.text.contains(r#""results":[{"type":"user","id":"ana"},{"type":"user","id":"dag"}]"#),
        "{}",
        reply.text
    );
}

#[test]
fn only_the_searched_type_is_found() {
    let read = |kind: &str| json!({"subject": {"type": "service", "id": "backup"}, "action": {"name": "read"}, "resource": {"type": kind}});
    assert_eq!(found(records(), RESOURCES, &read("record")), ["record-1", "record-2", "record-3"]);
    assert_eq!(found(records(), RESOURCES, &read("Shop::Order")), ["o-1", "o-2"]);
    assert_eq!(found(records(), RESOURCES, &read("user")), ["alice", "bob", "carol"]);
    for kind in ["Order", "shop::order", "Shop", "records", "Record", "recor"] {
        assert_eq!(found(records(), RESOURCES, &read(kind)), Vec::<String>::new(), "{kind}");
    }
    let reply = post(records(), RESOURCES, &read("Shop::Order"));
    for result in reply.json()["results"].as_array().unwrap() {
        assert_eq!(result["type"], "Shop::Order");
    }
    let who = |kind: &str| json!({"subject": {"type": kind}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    assert_eq!(found(records(), SUBJECTS, &who("service")), ["backup"]);
    assert_eq!(found(records(), SUBJECTS, &who("Shop::Customer")), Vec::<String>::new());
}

#[test]
fn groups_folders_and_references_are_followed() {
    let who = |action: &str, document: &str| json!({"subject": {"type": "user"}, "action": {"name": action}, "resource": {"type": "document", "id": document}});
    // ana by two groups, in a folder three deep; not eve, who is suspended
    assert_eq!(found(documents(), SUBJECTS, &who("view", "plan")), ["ana", "dag"]);
    // everybody in staff by any way, and the owner
    assert_eq!(
        found(documents(), SUBJECTS, &who("view", "welcome")),
        ["ana", "bo", "dag", "gus", "林小雨"]
    );
    // auditors by tag, the folder's owner by reference
    assert_eq!(found(documents(), SUBJECTS, &who("view", "budget")), ["ana", "caro", "dag", "fay"]);
    assert_eq!(found(documents(), SUBJECTS, &who("view", "salaries")), ["caro", "gus"]);
    let what = |subject: &str| json!({"subject": super::thing(subject), "action": {"name": "view"}, "resource": {"type": "document"}});
    assert_eq!(
        found(documents(), RESOURCES, &what("user/ana")),
        ["budget", "plan", "welcome", "报告-2026"]
    );
    assert_eq!(found(documents(), RESOURCES, &what("user/fay")), ["budget", "notes"]);
    let folders = json!({"subject": {"type": "user", "id": "ana"}, "action": {"name": "view"}, "resource": {"type": "folder"}});
    assert_eq!(
        found(documents(), RESOURCES, &folders),
        ["handbook", "north", "north-2026", "projects"]
    );
}

#[test]
fn without_a_page_the_answer_is_the_complete_set() {
    let body = json!({"subject": {"type": "user", "id": "u-00"}, "action": {"name": "see"}, "resource": {"type": "item"}});
    let reply = post(crowd(), RESOURCES, &body);
    let answer = answered(&reply);
    let ids: Vec<String> = super::paging::whole(crowd(), RESOURCES, &body);
    let expected = crowd_shown();
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!((ids.len(), unique.len()), (expected.len(), expected.len()));
    assert_eq!(ids, expected, "sorted by id, none twice");
    // a server that caps says so
    if answer["results"].as_array().unwrap().len() < expected.len() {
        assert!(
            answer["page"]["next_token"].as_str().is_some_and(|it| !it.is_empty()),
            "{}",
            reply.text
        );
    }
    assert_eq!(post(crowd(), RESOURCES, &body).text, reply.text, "the order is stable");
}

#[test]
fn what_errs_is_not_found() {
    let who = |document: &str| json!({"subject": {"type": "user"}, "action": {"name": "export"}, "resource": {"type": "record", "id": document}});
    assert_eq!(
        found(records(), SUBJECTS, &who("record-1")),
        ["alice", "carol"],
        "bob's quota is a word"
    );
    assert_eq!(found(records(), SUBJECTS, &who("record-3")), Vec::<String>::new());
    let read = json!({"subject": {"type": "user", "id": "ann"}, "action": {"name": "read"}, "resource": {"type": "item"}});
    assert_eq!(found(faulty(), RESOURCES, &read), ["good"], "a forbid that errs is no open gate");
    let may = json!({"subject": {"type": "user", "id": "ann"}, "resource": {"type": "item", "id": "dangling"}});
    assert_eq!(found(faulty(), ACTIONS, &may), ["second"]);
}

#[test]
fn the_action_search_tries_every_known_action() {
    let may = |id: &str| json!({"subject": {"type": "user", "id": "ann"}, "resource": {"type": "box", "id": id}});
    let present = |id: &str| found(boxes(), ACTIONS, &may(id));
    assert_eq!(present("seven"), ["context-absent", "kept", "present", "seven"]);
    assert_eq!(present("empty"), ["absent", "context-absent", "either"]);
    let sent = with(may("empty"), "resource.properties.value", json!([1, 2, 3]));
    assert_eq!(found(boxes(), ACTIONS, &sent), ["context-absent", "list", "present"]);
    let night = json!({"subject": {"type": "user", "id": "carol"}, "resource": {"type": "record", "id": "record-1"}});
    assert_eq!(found(records(), ACTIONS, &night), ["export", "read", "盖章"]);
}

#[test]
fn an_id_of_any_kind_is_found_as_it_is_stored() {
    let box_of = |action: &str| json!({"subject": {"type": "user", "id": "ann"}, "action": {"name": action}, "resource": {"type": "box"}});
    let reply = post(boxes(), RESOURCES, &box_of("odd"));
    assert_eq!(answered(&reply)["results"], json!([{"type": "box", "id": ODD}]));
    let one = with(
        with(box_of("odd"), "resource", answered(&reply)["results"][0].clone()),
        "action.name",
        json!("odd"),
    );
    assert_eq!(
        post(boxes(), EVALUATION, &one).text,
        super::ALLOW,
        "what is found can be asked about"
    );
    let paged = with(box_of("either"), "page.limit", json!(1));
    assert_eq!(super::paging::whole(boxes(), RESOURCES, &paged), [ODD, "empty"]);
    let may =
        json!({"subject": {"type": "user", "id": "ann"}, "resource": {"type": "box", "id": ODD}});
    assert!(found(boxes(), ACTIONS, &may).contains(&"odd".to_owned()));
}

#[test]
fn unknown_members_of_a_search_are_ignored() {
    for (path, body) in searches(&ask("user/bo", "view", "document/welcome")) {
        let plain = post(documents(), path, &body).text;
        for value in [json!(null), json!(7), json!({"token": "x", "type": 1}), json!([])] {
            for member in [
                "foo",
                "options",
                "evaluations",
                "results",
                "subject.foo",
                "resource.page",
                "properties",
            ] {
                let body = with(body.clone(), member, value.clone());
                assert_eq!(post(documents(), path, &body).text, plain, "{body}");
            }
        }
    }
}
