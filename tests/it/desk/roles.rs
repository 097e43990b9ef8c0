//! What each role may do, under the built-in policies and under a package's own.

use serde_json::{Value, json};
use tests::district::{scratch, small};
use tests::server::Server;

use super::callers::{file, guarded, key, with_key};
use super::{EVALUATION, EVALUATIONS, RESOURCES, ask, call, copy_of, lay};

const TOWN: &str = "/t/370285102000";
const OTHER: &str = "/t/370285106000";

#[test]
fn each_role_may_do_what_it_is_for_and_nothing_else() {
    let server = guarded(&copy_of("documents"), &[]);
    let question = ask("user/ana", "view", "document/plan");
    let answer = with_key(
        &server,
        "asker",
        "POST",
        &format!("{EVALUATION}?explain=1"),
        &question.to_string(),
    );
    let decision = format!("/v1/decisions/{}", super::decision_id(&answer.json()));
    let question = question.to_string();
    let search = json!({"subject": {"type": "user", "id": "ana"}, "action": {"name": "view"},
        "resource": {"type": "document"}})
    .to_string();
    let many = json!({"entities": []}).to_string();
    let acts: [(&str, &str, &str, &[&str]); 11] = [
        ("POST", EVALUATION, &question, &["asker", "auditor", "admin"]),
        ("POST", EVALUATIONS, &question, &["asker", "auditor", "admin"]),
        ("POST", RESOURCES, &search, &["asker", "auditor", "admin"]),
        ("GET", "/v1/entities/user/ana", "", &["writer", "publisher", "auditor", "admin"]),
        ("GET", "/v1/entities/user", "", &["writer", "publisher", "auditor", "admin"]),
        ("PUT", "/v1/entities/user/new", "{}", &["writer", "admin"]),
        ("POST", "/v1/entities", &many, &["writer", "admin"]),
        ("GET", "/v1/packages", "", &["writer", "publisher", "auditor", "admin"]),
        ("POST", "/v1/packages/reload", "{}", &["publisher", "admin"]),
        ("GET", &decision, "", &["auditor", "admin"]),
        ("GET", "/metrics", "", &["monitor", "writer", "publisher", "auditor", "admin"]),
    ];
    for (method, path, body, may) in acts {
        for id in ["asker", "monitor", "writer", "publisher", "auditor", "admin"] {
            let reply = with_key(&server, id, method, path, body);
            let want = if may.contains(&id) { 200 } else { 403 };
            assert_eq!(reply.status, want, "{id}: {method} {path}: {}", reply.text);
        }
    }
    let stored = with_key(&server, "admin", "GET", "/v1/entities/user/new", "");
    assert_eq!(stored.status, 200, "{}", stored.text);
    assert_eq!(with_key(&server, "asker", "DELETE", "/v1/entities/user/new", "").status, 403);
    assert_eq!(with_key(&server, "writer", "DELETE", "/v1/entities/user/new", "").status, 200);
}

#[test]
fn a_confined_caller_is_confined_in_a_folder_too() {
    let server = guarded(&copy_of("documents"), &[]);
    let question = ask("user/ana", "view", "document/plan").to_string();
    let reply = with_key(&server, "confined", "POST", EVALUATION, &question);
    assert_eq!(reply.status, 403, "{}", reply.text);
    assert!(reply.json().is_string(), "{}", reply.text);
}

#[test]
fn a_caller_confined_to_a_township_asks_there_only() {
    let dir = scratch("desk-confined");
    let file = file();
    let words = ["--callers", file.to_str().unwrap()];
    let server = Server::demo(&small(&dir, 24), &dir.join("data"), &words);
    let question = json!({"subject": {"type": "Person", "id": "370285102259-p01"},
        "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": "370285102259-S10-2026-001", "properties": {"step": "MEM"}},
        "context": {"record": "370285102259-MEM-2026-001"}});
    let search = json!({"subject": question["subject"], "action": question["action"],
        "resource": {"type": "Matter", "properties": {"step": "MEM"}}, "context": question["context"]});
    let at = |id: &str, prefix: &str, path: &str, body: &Value| {
        with_key(&server, id, "POST", &format!("{prefix}{path}"), &body.to_string())
    };
    for (path, body) in [(EVALUATION, &question), (EVALUATIONS, &question), (RESOURCES, &search)] {
        assert_eq!(at("confined", TOWN, path, body).status, 200, "{path}");
        for elsewhere in ["", OTHER] {
            let reply = at("confined", elsewhere, path, body);
            assert_eq!(reply.status, 403, "{elsewhere}{path}: {}", reply.text);
            assert!(reply.json().is_string(), "{}", reply.text);
            assert_eq!(at("asker", elsewhere, path, body).status, 200, "{elsewhere}{path}");
        }
    }
    assert_eq!(at("confined", TOWN, EVALUATION, &question).text, r#"{"decision":true}"#);
    // A person's token is no caller's key, and a caller's key is no person's token.
    let token = format!("Bearer {}", server.token("secretary"));
    let headers = [("Authorization", token.as_str())];
    let reply = call(&server.url, "POST", EVALUATION, &headers, Some(&question.to_string()));
    assert_eq!(reply.status, 401, "{}", reply.text);
    let bearer = format!("Bearer {}", key("admin"));
    let headers = [("Authorization", bearer.as_str())];
    let reply = call(&server.url, "PUT", "/v1/entities/Person/x", &headers, Some("{}"));
    assert_eq!(reply.status, 401, "{}", reply.text);
}

/// Lets the role `writer` ask, and nobody else do anything but publish.
const OWN: &str = r#"
@id("own/ask") permit (principal, action == Action::"Ask", resource)
when { principal.roles.contains("writer") };
@id("own/publish") permit (principal, action in [Action::"PublishPackage", Action::"ReadPackage"], resource)
when { principal.roles.contains("publisher") };
"#;

#[test]
fn a_folder_may_bring_its_own_policies_for_callers_and_change_them_in_a_reload() {
    let policies = copy_of("documents");
    let server = guarded(&policies, &[]);
    let question = ask("user/ana", "view", "document/plan").to_string();
    let asks = |id: &str| with_key(&server, id, "POST", EVALUATION, &question).status;
    assert_eq!((asks("asker"), asks("writer")), (200, 403));
    lay(&policies, "callers/own.cedar", OWN);
    let reply = with_key(&server, "publisher", "POST", "/v1/packages/reload", "{}");
    assert_eq!(reply.with(200)["reload"], "swapped");
    assert_eq!((asks("asker"), asks("writer")), (403, 200), "answers that were kept are forgotten");
}

#[test]
fn a_district_may_bring_its_own_policies_for_callers_and_change_them_in_a_reload() {
    let dir = scratch("desk-own-callers");
    let policies = small(&dir, 24);
    let file = file();
    let words = ["--callers", file.to_str().unwrap()];
    let server = Server::demo(&policies, &dir.join("data"), &words);
    let question =
        ask("Person/370285102259-p01", "TakeStep", "Matter/370285102259-S10-2026-001").to_string();
    let asks = |id: &str| with_key(&server, id, "POST", EVALUATION, &question).status;
    assert_eq!((asks("asker"), asks("writer")), (200, 403));
    lay(&policies, "callers/own.cedar", OWN);
    let reply = with_key(&server, "publisher", "POST", "/v1/packages/reload", "{}");
    assert_eq!(reply.with(200)["reload"], "swapped");
    assert_eq!((asks("asker"), asks("writer")), (403, 200), "answers that were kept are forgotten");
}

#[test]
fn a_district_refuses_policies_for_callers_that_cannot_be_used() {
    let dir = scratch("desk-broken-callers");
    let policies = small(&dir, 24);
    let file = file();
    let words = ["--callers", file.to_str().unwrap()];
    let server = Server::demo(&policies, &dir.join("data"), &words);
    lay(&policies, "callers/own.cedar", "permit (principal, action == Action::\"Fly\", resource);");
    let reply = with_key(&server, "publisher", "POST", "/v1/packages/reload", "{}");
    assert_eq!(reply.code(422), "PACKAGE_INVALID");
    let status = with_key(&server, "admin", "GET", "/v1/packages", "").with(200);
    let refused = &status["packages"][0]["refused"]["message"];
    assert!(refused.as_str().is_some_and(|text| text.contains("callers/")), "{status}");
}
