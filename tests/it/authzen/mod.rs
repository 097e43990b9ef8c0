//! AuthZEN 1.0 from the outside: one test per rule, against the real binary.
//!
//! The suite was written from the text of the specification, not from the server. Which rule is held
//! by which test stands in `docs/authzen.md`; `table.rs` keeps the two together. Packages are the
//! folders in `examples/`, a few made on the spot (`packages.rs`), and the demo district.

mod consistency;
mod evaluation;
mod evaluations;
mod examples;
mod explain;
mod http;
mod mapping;
mod merging;
mod metadata;
mod packages;
mod paging;
mod search;
mod semantics;
mod table;
mod tenants;
mod transport;
mod values;

use serde_json::{Map, Value, json};
use tests::server::Server;

use self::http::Reply;

pub(crate) const EVALUATION: &str = "/access/v1/evaluation";
pub(crate) const EVALUATIONS: &str = "/access/v1/evaluations";
pub(crate) const SUBJECTS: &str = "/access/v1/search/subject";
pub(crate) const RESOURCES: &str = "/access/v1/search/resource";
pub(crate) const ACTIONS: &str = "/access/v1/search/action";
pub(crate) const POSTS: [&str; 5] = [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS];

pub(crate) const ALLOW: &str = r#"{"decision":true}"#;
pub(crate) const DENY: &str = r#"{"decision":false}"#;

/// A type and an id, as in `user/alice`.
pub(crate) fn thing(text: &str) -> Value {
    let (kind, id) = text.split_once('/').unwrap();
    json!({"type": kind, "id": id})
}

/// A whole question: `ask("user/alice", "read", "record/record-1")`.
pub(crate) fn ask(subject: &str, action: &str, resource: &str) -> Value {
    json!({"subject": thing(subject), "action": {"name": action}, "resource": thing(resource)})
}

/// The question with one member set, named by a path such as `resource.properties.status`.
pub(crate) fn with(mut body: Value, path: &str, value: Value) -> Value {
    let mut place = &mut body;
    for name in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = place.as_object_mut().unwrap().entry(name).or_insert(Value::Null);
    }
    *place = value;
    body
}

/// The question without one member.
pub(crate) fn without(mut body: Value, path: &str) -> Value {
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut place = &mut body;
    for name in parents.split('.').filter(|name| !name.is_empty()) {
        place = &mut place[name];
    }
    place.as_object_mut().unwrap().remove(last).unwrap();
    body
}

/// The body of a search of each kind that a complete question belongs to.
pub(crate) fn searches(question: &Value) -> [(&'static str, Value); 3] {
    let without_id = |part: &str| without(question.clone(), &format!("{part}.id"));
    [
        (SUBJECTS, without_id("subject")),
        (RESOURCES, without_id("resource")),
        (ACTIONS, without(question.clone(), "action")),
    ]
}

/// A 200 with a body of JSON.
pub(crate) fn answered(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_json(reply);
    reply.json()
}

/// The decision of a bare answer.
pub(crate) fn decision(server: &Server, body: &Value) -> bool {
    let reply = http::post(server, EVALUATION, body);
    assert_eq!(reply.status, 200, "{}\n{body}", reply.text);
    match reply.text.as_str() {
        ALLOW => true,
        DENY => false,
        other => panic!("not a bare decision: {other}\n{body}"),
    }
}

/// Asserts the decision of each question.
pub(crate) fn decides(server: &Server, cases: &[(bool, Value)]) {
    for (want, body) in cases {
        assert_eq!(decision(server, body), *want, "{body}");
    }
}

/// The whole body of a batch answer.
pub(crate) fn batch(server: &Server, body: &Value) -> String {
    let reply = http::post(server, EVALUATIONS, body);
    assert_eq!(reply.status, 200, "{}\n{body}", reply.text);
    assert_json(&reply);
    reply.text
}

/// The bytes of a batch answer in which nothing but decisions stands.
pub(crate) fn bare(decisions: &[bool]) -> String {
    let items: Vec<&str> = decisions.iter().map(|it| if *it { ALLOW } else { DENY }).collect();
    format!("{{\"evaluations\":[{}]}}", items.join(","))
}

/// The results of a search that is answered at once, as `id`s or `name`s.
pub(crate) fn found(server: &Server, path: &str, body: &Value) -> Vec<String> {
    let reply = http::post(server, path, body);
    let answer = answered(&reply);
    let results = answer["results"].as_array().unwrap_or_else(|| panic!("{}", reply.text));
    results.iter().map(|it| named(path, it)).collect()
}

/// The id or name of one result.
pub(crate) fn named(path: &str, result: &Value) -> String {
    let key = if path.ends_with("/action") { "name" } else { "id" };
    result[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {result}")).to_owned()
}

pub(crate) fn assert_json(reply: &Reply) {
    let kind = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    assert_eq!(essence, "application/json", "{}", reply.text);
}

/// A rejection of the whole request: 400 with one JSON string that tells no internals.
pub(crate) fn assert_bad_request(reply: &Reply, what: &str) {
    assert_eq!(reply.status, 400, "{what}: {}", reply.text);
    assert_json(reply);
    let said = reply.json();
    let said = said.as_str().unwrap_or_else(|| panic!("{what}: not a JSON string: {said}"));
    assert!(!said.is_empty() && !said.contains('\n'), "{what}: not one line: {said}");
    for internal in ["serde", "axum", "panicked", ".rs", "src/", "EntityUid", "RefCell"] {
        assert!(!said.contains(internal), "{what}: tells an internal: {said}");
    }
}
