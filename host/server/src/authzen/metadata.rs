//! The document that tells other systems where to ask (§9 of the specification).

use serde_json::{Map, Value, json};

use crate::app::App;

/// Capabilities by their registered names.
const CAPABILITIES: [&str; 4] = [
    "urn:ietf:params:authzen:capability:properties-to-context",
    "urn:ietf:params:authzen:capability:evaluations-semantic",
    "urn:ietf:params:authzen:capability:transitive-search",
    "urn:ietf:params:authzen:capability:abac-context",
];

/// The document for the path behind the well-known one; `None` where no decision point is.
///
/// The identifier is the operator's own URL, never one that a request names.
pub(crate) fn document(app: &App, rest: &str) -> Option<Value> {
    let base = app.options.url();
    // byte for byte what the operator gave, while addresses are joined to it with one slash
    let given = app.options.public_url.clone().unwrap_or_else(|| base.clone());
    let issuer = given.clone();
    let own =
        base.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    let (identifier, endpoints) = match rest.trim_end_matches('/') {
        "" => (given, base),
        path if Some(path) == own.map(|own| own.trim_end_matches('/')) => (given, base),
        path => {
            let code = model::DivisionCode::parse(path.strip_prefix("t/").unwrap_or(path)).ok()?;
            if !app.service.has_township(code) {
                return None;
            }
            (format!("{base}/{path}"), format!("{base}/t/{code}"))
        }
    };
    let mut map = Map::new();
    map.insert("policy_decision_point".to_owned(), json!(identifier));
    for (name, path) in [
        ("access_evaluation_endpoint", "evaluation"),
        ("access_evaluations_endpoint", "evaluations"),
        ("search_subject_endpoint", "search/subject"),
        ("search_resource_endpoint", "search/resource"),
        ("search_action_endpoint", "search/action"),
    ] {
        map.insert(name.to_owned(), json!(format!("{endpoints}/access/v1/{path}")));
    }
    map.insert("capabilities".to_owned(), json!(CAPABILITIES));
    let key = app.options.metadata_key.as_ref();
    if let Some(signed) = key.and_then(|key| key.sign(&map, &issuer, app.service.now())) {
        map.insert("signed_metadata".to_owned(), json!(signed));
    }
    Some(Value::Object(map))
}
