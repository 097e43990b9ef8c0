//! What a question is decided on: stored data, what is sent over it, what both refer to
//! (reference §8.2, §8.3, §8.7, §8.8; contract §5).

use serde_json::json;

use super::examples::{ADA, BEN, CLEO};
use super::http::post;
use super::packages::{boxes, documents, faulty, records, todo};
use super::{EVALUATIONS, ask, decides, decision, with};

#[test]
fn sent_attributes_are_merged_over_stored_ones_one_by_one() {
    // Stored: profile Qingdao, level 3; a clearance is not stored, so sending one changes nothing else.
    let share = ask("user/bo", "share", "document/budget");
    decides(
        documents(),
        &[
            (true, share.clone()),
            (true, with(share.clone(), "subject.properties.clearance", json!(1))),
            (true, with(share.clone(), "subject.properties", json!({}))),
            (true, with(share.clone(), "resource.properties.labels", json!(["draft"]))),
            (false, with(share.clone(), "resource.properties.labels", json!(["internal"]))),
            // confidential by what is sent, cleared by what is sent
            (false, with(share.clone(), "resource.properties.confidential", json!(true))),
        ],
    );
    let kept = ask("user/ann", "kept", "box/seven");
    decides(
        boxes(),
        &[
            (true, kept.clone()),
            (true, with(kept.clone(), "resource.properties.value", json!("else"))),
            (true, with(kept.clone(), "resource.properties.more", json!({"a": [1]}))),
            (false, with(kept, "resource.properties.other", json!("sent"))),
        ],
    );
    // some of it stored, some of it sent: both are there at once
    let both =
        with(ask("user/alice", "write", "record/record-1"), "subject.properties.floor", json!(2));
    assert!(decision(records(), &both), "the desk is stored");
}

#[test]
fn the_request_wins_over_what_is_stored() {
    let write = ask("user/alice", "write", "record/record-1");
    let update =
        ask(&format!("user/{BEN}"), "can_update_todo", "todo/1f0c7e0a-91d4-4f7e-8b1d-5a4c0f1e7a11");
    decides(
        records(),
        &[(true, write.clone()), (false, with(write, "subject.properties.desk", json!("archive")))],
    );
    decides(
        todo(),
        &[
            (false, update.clone()),
            (true, with(update.clone(), "subject.properties.email", json!("ada@lab.example"))),
            (true, with(update.clone(), "resource.properties.ownerID", json!("ben@lab.example"))),
            (true, with(update.clone(), "subject.properties.roles", json!(["evil_genius"]))),
        ],
    );
    // a value that is sent stays with its request
    assert!(!decision(todo(), &update));
}

#[test]
fn a_sent_attribute_replaces_the_stored_one_whole() {
    let share = ask("user/bo", "share", "document/budget");
    decides(
        documents(),
        &[
            (false, with(share.clone(), "subject.properties.profile", json!({"city": "Qingdao"}))),
            (false, with(share.clone(), "subject.properties.profile", json!({"level": 9}))),
            (
                true,
                with(share, "subject.properties.profile", json!({"level": 9, "city": "Qingdao"})),
            ),
        ],
    );
    let inner = ask("user/ann", "inner", "box/record");
    decides(
        boxes(),
        &[
            (false, inner.clone()),
            (true, with(inner, "resource.properties.value", json!({"b": 3}))),
        ],
    );
}

#[test]
fn parents_and_tags_stay_when_properties_are_sent() {
    let view = ask("user/ana", "view", "document/welcome");
    let audit = ask("user/caro", "view", "document/budget");
    decides(
        documents(),
        &[
            (true, with(view.clone(), "subject.properties.clearance", json!(0))),
            (true, with(view, "resource.properties.labels", json!([]))),
            (true, with(audit.clone(), "resource.properties.labels", json!([]))),
            (true, with(audit.clone(), "resource.properties.price", json!("1.0"))),
            (true, with(audit, "subject.properties.clearance", json!(1))),
        ],
    );
}

#[test]
fn what_is_not_stored_is_built_from_the_request() {
    let own = with(
        ask("user/nobody", "view", "document/nothing"),
        "resource.properties.owner",
        json!({"type": "user", "id": "nobody"}),
    );
    let created = ask("user/guest", "can_create_todo", "todo/new");
    decides(
        documents(),
        &[
            (true, own),
            (false, ask("user/nobody", "view", "document/nothing")),
            (false, ask("user/nobody", "view", "document/welcome")),
        ],
    );
    decides(
        todo(),
        &[
            (true, ask("user/guest", "can_read_todos", "todo/new")),
            (false, created.clone()),
            (true, with(created, "subject.properties.roles", json!(["editor", "viewer"]))),
        ],
    );
    // groups come from the store only
    let group = json!({"parents": [{"type": "group", "id": "staff"}], "groups": ["staff"]});
    assert!(!decision(
        documents(),
        &with(ask("user/nobody", "view", "document/welcome"), "subject.properties", group)
    ));
    let outside = with(
        ask("user/nobody", "view", "document/welcome"),
        "subject.parents",
        json!([{"type": "group", "id": "staff"}]),
    );
    assert!(!decision(documents(), &outside));
}

#[test]
fn what_is_stored_counts_without_being_sent() {
    decides(
        todo(),
        &[
            (
                true,
                ask(
                    &format!("user/{ADA}"),
                    "can_delete_todo",
                    "todo/2a1d8f1b-a2e5-4a8f-9c2e-6b5d1a2f8b12",
                ),
            ),
            (
                true,
                ask(
                    &format!("user/{BEN}"),
                    "can_delete_todo",
                    "todo/2a1d8f1b-a2e5-4a8f-9c2e-6b5d1a2f8b12",
                ),
            ),
            (
                false,
                ask(
                    &format!("user/{CLEO}"),
                    "can_delete_todo",
                    "todo/2a1d8f1b-a2e5-4a8f-9c2e-6b5d1a2f8b12",
                ),
            ),
        ],
    );
}

#[test]
fn hierarchies_are_followed_to_their_roots() {
    decides(
        documents(),
        &[
            (true, ask("user/ana", "view", "document/plan")),
            (true, ask("user/ana", "view", "folder/north-2026")),
            (true, ask("user/ana", "view", "folder/projects")),
            (false, ask("user/ana", "view", "folder/company")),
            (false, ask("user/bo", "view", "document/plan")),
            (true, ask("user/bo", "view", "document/welcome")),
            (true, ask("user/caro", "view", "document/budget")),
            (false, ask("user/caro", "view", "document/报告-2026")),
            (false, ask("user/eve", "view", "document/plan")),
            (false, ask("user/ana", "view", "document/salaries")),
        ],
    );
    decides(
        records(),
        &[
            (true, ask("user/carol", "盖章", "record/record-2")),
            (false, ask("user/bob", "盖章", "record/record-2")),
        ],
    );
}

#[test]
fn what_an_attribute_refers_to_is_there() {
    decides(
        documents(),
        &[
            (true, ask("user/fay", "view", "document/budget")),
            (false, ask("user/fay", "view", "document/plan")),
            // the reference itself comes with the request
            (
                true,
                with(
                    ask("user/fay", "view", "document/new"),
                    "resource.properties.home",
                    json!({"type": "folder", "id": "north"}),
                ),
            ),
            (
                true,
                with(
                    ask("user/fay", "view", "document/new"),
                    "resource.properties.home",
                    json!({"__entity": {"type": "folder", "id": "north"}}),
                ),
            ),
            (
                false,
                with(
                    ask("user/fay", "view", "document/new"),
                    "resource.properties.home",
                    json!({"type": "folder", "id": "handbook"}),
                ),
            ),
        ],
    );
    let chain = |what: &str| ask("user/ann", "chain", what);
    let new = with(
        chain("item/new"),
        "resource.properties.owner",
        json!({"__entity": {"type": "user", "id": "ann"}}),
    );
    decides(faulty(), &[(true, chain("item/good")), (false, chain("item/dangling")), (true, new)]);
    let wrap = |paper: &str| {
        with(ask("Shop::Customer/c-7", "wrap", "Shop::Order/o-1"), "context.paper", json!(paper))
    };
    decides(records(), &[(true, wrap("red")), (false, wrap("plain"))]);
}

#[test]
fn action_groups_are_there_when_a_forbid_rests_on_them() {
    decides(
        faulty(),
        &[
            (false, ask("user/ann", "first", "item/good")),
            (true, ask("user/ann", "second", "item/good")),
            (false, ask("user/ann", "steps", "item/good")),
        ],
    );
    let edit = ask("user/ana", "edit", "document/plan");
    decides(
        documents(),
        &[
            (false, edit.clone()),
            (true, with(edit.clone(), "context.ip", json!("10.255.0.1"))),
            (false, with(edit, "context.ip", json!("11.0.0.1"))),
            (false, ask("user/dag", "delete", "document/welcome")),
            (
                true,
                with(
                    ask("user/dag", "delete", "document/welcome"),
                    "context.ip",
                    json!("10.0.0.1"),
                ),
            ),
        ],
    );
}

#[test]
fn any_evaluation_error_is_a_deny() {
    decides(
        faulty(),
        &[
            (true, ask("user/ann", "read", "item/good")),
            (false, ask("user/ann", "read", "item/idle")),
            // the forbid errs, since the owner is stored nowhere; skipped, it would open the gate
            (false, ask("user/ann", "read", "item/dangling")),
            (false, ask("user/ann", "read", "item/never-stored")),
            // one permit holds, another errs
            (false, ask("user/ann", "peek", "item/good")),
            (
                true,
                with(
                    ask("user/ann", "peek", "item/good"),
                    "resource.properties.nothing",
                    json!({"here": true}),
                ),
            ),
            (
                true,
                with(
                    ask("user/ann", "peek", "item/good"),
                    "resource.properties.nothing",
                    json!({"here": false}),
                ),
            ),
            (
                false,
                with(
                    ask("user/ann", "peek", "item/good"),
                    "resource.properties.nothing",
                    json!({"here": 7}),
                ),
            ),
        ],
    );
    let export = |who: &str, what: &str| ask(who, "export", what);
    decides(
        records(),
        &[
            (true, export("user/alice", "record/record-1")),
            (false, export("user/alice", "record/record-2")),
            (false, export("user/alice", "record/record-3")),
            (false, export("user/bob", "record/record-1")),
            (
                true,
                with(export("user/bob", "record/record-1"), "subject.properties.quota", json!(5)),
            ),
            (false, export("user/nobody", "record/record-1")),
        ],
    );
    let body = json!({"evaluations": [ask("user/ann", "read", "item/good"), ask("user/ann", "read", "item/dangling"), ask("user/ann", "read", "item/good")]});
    let reply = post(faulty(), EVALUATIONS, &body);
    assert_eq!(
        reply.text,
        super::bare(&[true, false, true]),
        "a deny, not an error of the request"
    );
}
