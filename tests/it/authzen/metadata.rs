//! `/.well-known/authzen-configuration` (reference §6).

use serde_json::Value;

use super::http::{Reply, get, raw};
use super::packages::{PUBLIC, folder, records, serve, todo};
use super::{ACTIONS, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS, answered};

pub(crate) const METADATA: &str = "/.well-known/authzen-configuration";

/// Each endpoint parameter with its default path.
pub(crate) const ENDPOINTS: [(&str, &str); 5] = [
    ("access_evaluation_endpoint", EVALUATION),
    ("access_evaluations_endpoint", EVALUATIONS),
    ("search_subject_endpoint", SUBJECTS),
    ("search_resource_endpoint", RESOURCES),
    ("search_action_endpoint", ACTIONS),
];

/// Asserts everything that a document has to be for an identifier.
pub(crate) fn assert_document(reply: &Reply, identifier: &str, base: &str) {
    let document = answered(reply);
    let members = document.as_object().unwrap_or_else(|| panic!("{}", reply.text));
    assert_eq!(document["policy_decision_point"], identifier, "byte for byte");
    for (name, path) in ENDPOINTS {
        assert_eq!(document[name], format!("{base}{path}"), "{name}");
    }
    for (name, value) in members {
        let empty = match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        assert!(!empty, "`{name}` has no value and should be omitted: {}", reply.text);
    }
    for capability in members.get("capabilities").and_then(Value::as_array).into_iter().flatten() {
        let name = capability.as_str().unwrap_or_else(|| panic!("{}", reply.text));
        let name = name.strip_prefix("urn:ietf:params:authzen:capability:");
        assert!(name.is_some_and(|name| !name.is_empty()), "{capability}");
    }
    if let Some(signed) = members.get("signed_metadata") {
        let parts =
            signed.as_str().map(|jwt| jwt.split('.').filter(|part| !part.is_empty()).count());
        assert_eq!(parts, Some(3), "a signed JWT: {signed}");
    }
}

#[test]
fn the_document_names_the_public_url_and_all_endpoints() {
    let reply = get(todo(), METADATA, &[]);
    assert_document(&reply, PUBLIC, PUBLIC);
    assert!(reply.json()["policy_decision_point"].as_str().unwrap().starts_with("https://"));
    let names = reply.ordered();
    let mut names = names.names();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "no parameter twice: {}", reply.text);
}

#[test]
fn the_identifier_is_the_public_url_byte_for_byte() {
    for (given, base) in [
        ("https://pdp.example.org:8443/", "https://pdp.example.org:8443"),
        ("https://PDP.Example.org", "https://PDP.Example.org"),
    ] {
        let server = serve("metadata", &folder("policies-only"), &["--public-url", given]);
        assert_document(&get(&server, METADATA, &[]), given, base);
    }
}

#[test]
fn the_host_header_has_no_say() {
    for lines in [
        "Host: evil.example",
        "Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example;proto=https",
    ] {
        let reply = raw(todo(), &format!("GET {METADATA} HTTP/1.1\r\n{lines}"), &[]);
        assert_document(&reply, PUBLIC, PUBLIC);
        assert!(!reply.text.contains("evil"), "{}", reply.text);
        // also where no public URL was given
        let reply = raw(records(), &format!("GET {METADATA} HTTP/1.1\r\n{lines}"), &[]);
        assert!(
            !reply.text.contains("evil") && reply.status < 500,
            "{} {}",
            reply.status,
            reply.text
        );
    }
}

#[test]
fn an_unknown_tenant_is_404() {
    for tenant in [
        "/tenant1",
        "/t/370285102000",
        "/t/",
        "/t/tenant1",
        "/a/b/c",
        "/%20",
        "/access/v1/evaluation",
    ] {
        let reply = get(todo(), &format!("{METADATA}{tenant}"), &[]);
        assert_eq!(reply.status, 404, "{tenant}: {}", reply.text);
    }
    for near in
        ["/.well-known/authzen-configurations", "/.well-known/authzen", "/authzen-configuration"]
    {
        assert_eq!(get(todo(), near, &[]).status, 404, "{near}");
    }
}

#[test]
fn the_document_is_the_same_for_everybody() {
    let plain = get(todo(), METADATA, &[]);
    for headers in [
        [("Authorization", "undefined"), ("Accept", "*/*")],
        [("Accept", "application/json"), ("Content-Type", "text/plain")],
        [("Accept-Language", "en"), ("X-Request-ID", "m-1")],
    ] {
        assert_eq!(get(todo(), METADATA, &headers).text, plain.text, "{headers:?}");
    }
    assert_eq!(get(todo(), &format!("{METADATA}?x=1"), &[]).text, plain.text);
}
