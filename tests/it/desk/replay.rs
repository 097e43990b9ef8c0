//! Decisions that were answered before: asked again, exported, and without what is personal.

use std::path::Path;

use serde_json::{Value, json};
use tests::district::{scratch, small};
use tests::server::{Server, run};

use super::{
    EVALUATION, EVALUATIONS, allowed, ask, bytes_below, copy_of, decision_id, explained, folder,
    found, get, lay, post, put, serve, store_of,
};

/// Runs a command over a decision; gives its exit code and what it printed.
fn over(words: &[&str], id: &str, policies: &Path, server: &Server) -> (Option<i32>, String) {
    let store = store_of(server);
    let mut all = words.to_vec();
    all.extend([id, "--policies", policies.to_str().unwrap(), "--store", &store]);
    let output = run(&all);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// The whole log, as lines.
fn export(server: &Server, more: &[&str]) -> Vec<Value> {
    let store = store_of(server);
    let output = run(&[&["decisions", "export", "--store", &store], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["id"].as_str().unwrap()).collect()
}

#[test]
fn a_decision_is_the_same_after_its_matter_has_moved_on() {
    let dir = scratch("desk-moved");
    let policies = small(&dir, 24);
    let server = Server::demo(&policies, &dir.join("data"), &[]);
    let question = json!({"subject": {"type": "Person", "id": "370285102259-p01"},
        "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": "370285102259-S10-2026-001", "properties": {"step": "MEM"}},
        "context": {"record": "370285102259-MEM-2026-001"}});
    let yes = explained(&server, &question, "zh");
    assert_eq!(yes["decision"], true);
    let mut no = question.clone();
    no["context"]["record"] = json!("370285102259-REP-2026-001");
    let no = explained(&server, &no, "zh");
    let check = |when: &str| {
        for answer in [&yes, &no] {
            let id = decision_id(answer);
            let told = get(&server, &format!("/v1/decisions/{id}")).with(200);
            assert_eq!(told["same"], true, "{when}: {told}");
            assert_eq!(told["decision"], answer["decision"], "{when}");
            assert_eq!(told["context"], answer["context"], "{when}");
            let (code, said) = over(&["replay"], &id, &policies, &server);
            assert_eq!(code, Some(0), "{when}: {said}");
            let (code, said) = over(&["--format", "json", "replay"], &id, &policies, &server);
            let said: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
            assert_eq!((code, &said["same"], &said["then"]), (Some(0), &json!(true), &said["now"]));
            let (code, said) = over(&["explain"], &id, &policies, &server);
            let title = answer["context"]["reasons"][0]["title"].as_str().unwrap();
            assert!(code == Some(0) && said.contains(title), "{when}: {said}");
        }
    };
    check("before");
    let steps = "/v1/matters/370285102259-S10-2026-001/steps";
    let taken = json!({"step": "MEM", "record": "370285102259-MEM-2026-001"});
    let done = server.send("secretary", steps, "take-1", &taken);
    assert!(done.status < 300, "{}", done.body);
    assert!(!allowed(&server, &question), "the step was taken");
    check("after");
}

#[test]
fn a_decision_of_a_folder_is_the_same_after_entities_were_written() {
    let policies = copy_of("documents");
    let server = serve(&policies, &[]);
    put(
        &server,
        "/v1/entities/user/kim",
        &json!({"parents": [{"type": "group", "id": "editors"}]}),
    )
    .with(200);
    let question = ask("user/kim", "view", "document/budget");
    let answer = explained(&server, &question, "en");
    assert_eq!(answer["decision"], true);
    put(&server, "/v1/entities/user/kim", &json!({})).with(200);
    assert!(!allowed(&server, &question));
    let id = decision_id(&answer);
    let told = get(&server, &format!("/v1/decisions/{id}?lang=en")).with(200);
    assert_eq!(
        (&told["same"], &told["decision"], &told["context"]),
        (&json!(true), &json!(true), &answer["context"])
    );
    let (code, said) = over(&["replay"], &id, &policies, &server);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = over(&["--lang", "en", "explain"], &id, &policies, &server);
    assert!(code == Some(0) && said.contains("documents/editors-work-on-projects"), "{said}");
}

#[test]
fn what_cannot_be_asked_again_says_why() {
    let policies = copy_of("documents");
    let server = serve(&policies, &[]);
    let id = decision_id(&explained(&server, &ask("user/ana", "view", "document/plan"), "zh"));
    let search = json!({"subject": {"type": "user"}, "action": {"name": "view"}, "resource": {"type": "document", "id": "plan"}});
    assert!(!found(&server, super::SUBJECTS, &search).is_empty());
    super::wait_for("the search in the log", || export(&server, &[]).len() >= 2);
    let lines = export(&server, &[]);
    let searched = ids(&lines).last().map(|id| (*id).to_owned()).unwrap();
    let (code, said) = over(&["replay"], &searched, &policies, &server);
    assert!(code == Some(4) && said.contains("NOT_A_QUESTION"), "{code:?} {said}");
    let (code, said) = over(&["explain"], "d-0000000000000000-000000", &policies, &server);
    assert!(code == Some(3) && said.contains("NOT_FOUND"), "{code:?} {said}");
    assert_eq!(get(&server, "/v1/decisions/nothing").status, 404);
    lay(&policies, "more.cedar", "@id(\"more\") forbid (principal, action, resource);");
    let (code, said) = over(&["replay"], &id, &policies, &server);
    assert!(code == Some(4) && said.contains("OTHER_EDITION"), "{code:?} {said}");
    assert_eq!(
        get(&server, &format!("/v1/decisions/{id}")).with(200)["same"],
        true,
        "not yet reloaded"
    );
    assert_eq!(post(&server, "/v1/packages/reload", &json!({})).status, 200);
    let told = get(&server, &format!("/v1/decisions/{id}")).with(200);
    assert!(
        told.get("same").is_none() && told["note"].is_string() && told["decision"] == true,
        "{told}"
    );
}

#[test]
fn the_export_is_json_lines_in_order_with_every_id() {
    let server = serve(&copy_of("documents"), &[]);
    let mut told = Vec::new();
    for user in ["ana", "bo", "caro", "nobody"] {
        told.push(decision_id(&explained(
            &server,
            &ask(&format!("user/{user}"), "view", "document/plan"),
            "zh",
        )));
    }
    let items: Vec<Value> = (0..30).map(|_| ask("user/ana", "edit", "document/plan")).collect();
    let batch = post(&server, &format!("{EVALUATIONS}?explain=1"), &json!({"evaluations": items}))
        .with(200);
    told.extend(batch["evaluations"].as_array().unwrap().iter().map(decision_id));
    super::wait_for("the log is synced", || export(&server, &[]).len() >= told.len());
    let lines = export(&server, &[]);
    assert_eq!(ids(&lines), told);
    assert_eq!(
        (&lines[0]["principal"], &lines[0]["action"], &lines[0]["effect"]),
        (&json!({"type": "user", "id": "ana"}), &json!("view"), &json!("allow")),
        "{}",
        lines[0]
    );
    assert!(lines[0]["policies"][0].is_string() && lines[0]["edition"].is_string(), "{}", lines[0]);
    assert_eq!(export(&server, &["--from", "2000-01-01", "--to", "2099-12-31"]).len(), told.len());
    assert_eq!(export(&server, &["--to", "2000-01-01"]).len(), 0);
    assert_eq!(export(&server, &["--from", "2099-01-01"]).len(), 0);
}

const RULES: &str = "@id(\"p/all\")\npermit (principal, action, resource);\n";

/// Asks with the secret in every place that a caller can state, over a schema, and looks for it on disk.
fn never_on_disk(name: &str, schema: &str, secret_in: impl Fn(&str) -> Value) {
    let policies = folder(name, &[("s.cedarschema", schema), ("p.cedar", RULES)]);
    let mut server = serve(&policies, &[]);
    let secret = "13800138000";
    let body = secret_in(secret);
    for path in [EVALUATION.to_owned(), format!("{EVALUATION}?explain=1")] {
        assert_eq!(post(&server, &path, &body).with(200)["decision"], true);
    }
    let batch = json!({"evaluations": [body, body]});
    assert_eq!(post(&server, EVALUATIONS, &batch).status, 200);
    let mut search = body.clone();
    search["resource"].as_object_mut().unwrap().remove("id");
    assert_eq!(post(&server, super::RESOURCES, &search).status, 200);
    assert!(server.stop());
    let all = bytes_below(&server.store);
    assert!(
        all.iter().any(|(_, bytes)| bytes.windows(9).any(|part| part == b"other-one")),
        "the rest is there"
    );
    for (path, bytes) in all {
        let held = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!held, "`{}` holds what is personal", path.display());
    }
}

#[test]
fn what_a_schema_marks_personal_never_reaches_the_store() {
    let schema = r#"
entity user = { @personal "phone"?: String, "other"?: String };
entity door = { @personal "keeper"?: String };
action open appliesTo { principal: [user], resource: [door], context: { @personal "callback"?: String, "other"?: String } };
"#;
    never_on_disk("personal", schema, |secret| {
        json!({"subject": {"type": "user", "id": "u", "properties": {"phone": secret, "other": "other-one"}},
            "action": {"name": "open"},
            "resource": {"type": "door", "id": "d", "properties": {"keeper": secret}},
            "context": {"callback": secret, "other": "other-one"}})
    });
}

#[test]
fn what_a_common_type_marks_personal_never_reaches_the_store() {
    let schema = r#"
type Around = { @personal "callback"?: String, "other"?: String };
entity user = { "other"?: String };
entity door;
action open appliesTo { principal: [user], resource: [door], context: Around };
"#;
    never_on_disk("personal-type", schema, |secret| {
        json!({"subject": {"type": "user", "id": "u", "properties": {"other": "other-one"}},
            "action": {"name": "open"}, "resource": {"type": "door", "id": "d"},
            "context": {"callback": secret, "other": "other-one"}})
    });
}

#[test]
fn what_is_marked_personal_inside_a_record_never_reaches_the_store() {
    let schema = r#"
entity user = { "profile"?: { @personal "phone"?: String, "other"?: String } };
entity door;
action open appliesTo { principal: [user], resource: [door],
  context: { "action"?: { @personal "callback"?: String, "other"?: String } } };
"#;
    never_on_disk("personal-inside", schema, |secret| {
        json!({"subject": {"type": "user", "id": "u", "properties": {"profile": {"phone": secret, "other": "other-one"}}},
            "action": {"name": "open", "properties": {"callback": secret, "other": "other-one"}},
            "resource": {"type": "door", "id": "d"}})
    });
}

#[test]
fn a_personal_record_of_the_action_never_reaches_the_store() {
    let schema = r#"
entity user; entity door;
action open appliesTo { principal: [user], resource: [door],
  context: { @personal "action"?: { "callback"?: String }, "other"?: String } };
"#;
    never_on_disk("personal-action", schema, |secret| {
        json!({"subject": {"type": "user", "id": "u"},
            "action": {"name": "open", "properties": {"callback": secret}},
            "resource": {"type": "door", "id": "d"}, "context": {"other": "other-one"}})
    });
}

#[test]
fn a_type_is_looked_for_in_its_own_namespace_and_marks_of_types_count() {
    let schema = r#"
namespace A { type Contact = { "phone"?: String }; }
namespace B {
  type Contact = { @personal "phone"?: String, "other"?: String };
  @personal type Number = String;
  entity user = { "contact"?: Contact, "number"?: Set<Number> };
  @personal entity door = { "keeper"?: String };
}
@personal action open appliesTo { principal: [B::user], resource: [B::door], context: { "callback"?: String } };
"#;
    never_on_disk("personal-space", schema, |secret| {
        json!({"subject": {"type": "B::user", "id": "u", "properties":
                {"contact": {"phone": secret, "other": "other-one"}, "number": [secret]}},
            "action": {"name": "open"},
            "resource": {"type": "B::door", "id": "d", "properties": {"keeper": secret}},
            "context": {"callback": secret}})
    });
}

#[test]
fn a_name_with_dots_is_a_name() {
    let schema = r#"
entity user = { "a.b"?: { @personal "c.d"?: String, "other"?: String } };
entity door;
action open appliesTo { principal: [user], resource: [door] };
"#;
    never_on_disk("personal-dots", schema, |secret| {
        json!({"subject": {"type": "user", "id": "u", "properties":
                {"a.b": {"c.d": secret, "other": "other-one"}}},
            "action": {"name": "open"}, "resource": {"type": "door", "id": "d"}})
    });
}

#[test]
fn a_mark_that_a_reload_brings_counts_from_then_on() {
    let secret = "secret-after-reload";
    let schema = |mark: &str| {
        format!(
            "entity user = {{ {mark} \"phone\"?: String }};\nentity door;\n\
             action open appliesTo {{ principal: [user], resource: [door] }};\n"
        )
    };
    let rules = "permit (principal, action, resource);\n";
    let plain = schema("");
    let policies = folder("personal-reload", &[("s.cedarschema", &plain), ("p.cedar", rules)]);
    let mut server = serve(&policies, &[]);
    lay(&policies, "s.cedarschema", &schema("@personal"));
    let reloaded = post(&server, "/v1/packages/reload", &json!({})).with(200);
    assert_eq!(reloaded["reload"], "swapped");
    let mut body = ask("user/u", "open", "door/d");
    body["subject"]["properties"] = json!({"phone": secret});
    assert!(allowed(&server, &body));
    assert!(server.stop());
    for (path, bytes) in bytes_below(&server.store) {
        let held = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!held, "`{}` holds what is personal", path.display());
    }
}

#[test]
fn a_decision_over_what_was_masked_is_not_called_changed() {
    let schema = r#"
entity user; entity door;
action open appliesTo { principal: [user], resource: [door], context: { @personal "callback"?: String } };
"#;
    let rules = "@id(\"p/one\")\npermit (principal, action, resource) when { context has callback && context.callback == \"77\" };\n";
    let policies = folder("personal-replay", &[("s.cedarschema", schema), ("p.cedar", rules)]);
    let server = serve(&policies, &[]);
    let mut body = ask("user/u", "open", "door/d");
    body["context"] = json!({"callback": "77"});
    let answer = explained(&server, &body, "zh");
    assert_eq!(answer["decision"], true);
    let (code, said) = over(&["replay"], &decision_id(&answer), &policies, &server);
    assert_eq!(code, Some(4), "what the answer hung on is not kept, so it is unknown: {said}");
    assert!(said.contains("MASKED"), "{said}");
}

#[test]
fn entities_that_no_longer_fit_stop_the_start_with_their_place() {
    let schema = |more: &str| {
        format!(
            "entity user = {{ {more} }};\nentity door;\n\
             action open appliesTo {{ principal: [user], resource: [door] }};\n"
        )
    };
    let before = schema("\"phone\"?: String");
    let rules = "permit (principal, action, resource);\n";
    let policies = folder("no-longer-fit", &[("s.cedarschema", &before), ("p.cedar", rules)]);
    let mut server = serve(&policies, &[]);
    put(&server, "/v1/entities/user/u", &json!({"attrs": {"phone": "1"}})).with(200);
    let store = store_of(&server);
    assert!(server.stop());
    lay(&policies, "s.cedarschema", &schema(""));
    let at = policies.to_str().unwrap();
    let output = run(&["serve", "--policies", at, "--store", &store, "--listen", "127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("ENTITIES_DO_NOT_FIT") && said.contains("--store"), "{said}");
    lay(&policies, "s.cedarschema", &before);
    let server = serve(&policies, &[]);
    assert_eq!(get(&server, "/v1/entities/user/u").status, 200, "nothing was lost");
}
