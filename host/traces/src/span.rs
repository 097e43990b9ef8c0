//! One span, and the form in which OTLP has it as JSON.
//!
//! Names and attributes follow the semantic conventions for HTTP servers. What could name a person or a
//! thing is not among them: no address with its ids, no query, no body, no caller, no `tracestate`.

use serde_json::{Value, json};

use crate::context::{SpanId, TraceId};

/// `SPAN_KIND_SERVER`.
const SERVER: u8 = 2;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;
/// Sampled; whether the parent is remote is known.
const FLAGS: u32 = 0x101;
/// The parent is remote.
const REMOTE: u32 = 0x200;

/// Methods that HTTP knows (RFC 9110, RFC 5789).
const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// A span as it waits.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) trace: TraceId,
    pub(crate) id: SpanId,
    /// The caller's span.
    pub(crate) parent: Option<SpanId>,
    /// Nanoseconds since 1970.
    pub(crate) start: u64,
    /// Nanoseconds since 1970.
    pub(crate) end: u64,
    pub(crate) method: &'static str,
    pub(crate) route: Option<&'static str>,
    pub(crate) scheme: &'static str,
    pub(crate) status: u16,
    pub(crate) outcome: &'static str,
    pub(crate) request_id: String,
}

/// The method as the conventions tell it.
pub(crate) fn method(sent: &str) -> &'static str {
    METHODS.into_iter().find(|known| *known == sent).unwrap_or("_OTHER")
}

impl Span {
    fn name(&self) -> String {
        let method = if self.method == "_OTHER" { "HTTP" } else { self.method };
        self.route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"))
    }

    fn json(&self) -> Value {
        let mut attributes = vec![
            text("http.request.method", self.method),
            text("url.scheme", self.scheme),
            json!({"key": "http.response.status_code", "value": {"intValue": self.status.to_string()}}),
            text("xiangyue.outcome", self.outcome),
            text("xiangyue.request_id", &self.request_id),
        ];
        attributes.extend(self.route.map(|route| text("http.route", route)));
        // A refusal is the caller's; only the server's own failures are errors of its span.
        let failed = self.status >= 500;
        if failed {
            attributes.push(text("error.type", &self.status.to_string()));
        }
        let mut span = json!({
            "traceId": hex(&self.trace),
            "spanId": hex(&self.id),
            "flags": FLAGS | if self.parent.is_some() { REMOTE } else { 0 },
            "name": self.name(),
            "kind": SERVER,
            "startTimeUnixNano": self.start.to_string(),
            "endTimeUnixNano": self.end.to_string(),
            "attributes": attributes,
            "status": if failed { json!({"code": ERROR}) } else { json!({}) },
        });
        if let (Some(parent), Some(members)) = (&self.parent, span.as_object_mut()) {
            members.insert("parentSpanId".to_owned(), json!(hex(parent)));
        }
        span
    }
}

/// The body of one request to the collector (`ExportTraceServiceRequest`).
pub(crate) fn request(spans: &[Span], service: &str, version: &str) -> Value {
    let spans: Vec<Value> = spans.iter().map(Span::json).collect();
    json!({"resourceSpans": [{
        "resource": {"attributes": [
            text("service.name", service),
            text("service.version", version),
            text("telemetry.sdk.language", "rust"),
            text("telemetry.sdk.name", "xiangyue"),
            text("telemetry.sdk.version", version),
        ]},
        "scopeSpans": [{"scope": {"name": "xiangyue", "version": version}, "spans": spans}],
    }]})
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span() -> Span {
        Span {
            trace: [0xab; 16],
            id: [1; 8],
            parent: None,
            start: 1,
            end: 2_000_000_000,
            method: "GET",
            route: Some("/t/{code}"),
            scheme: "http",
            status: 200,
            outcome: "2xx",
            request_id: "r-1".to_owned(),
        }
    }

    #[test]
    fn a_span_has_the_form_of_otlp() {
        let json = span().json();
        assert_eq!(json["traceId"], "abababababababababababababababab");
        assert_eq!(json["spanId"], "0101010101010101");
        assert_eq!((&json["flags"], &json["kind"]), (&json!(257), &json!(2)));
        assert_eq!(json["endTimeUnixNano"], "2000000000", "64-bit numbers are texts");
        assert_eq!(json["name"], "GET /t/{code}");
        assert!(json.get("parentSpanId").is_none());
        let below = Span { parent: Some([2; 8]), ..span() }.json();
        assert_eq!(below["parentSpanId"], "0202020202020202");
        assert_eq!(below["flags"], 769);
    }

    #[test]
    fn only_failures_of_the_server_are_errors() {
        for (status, code) in [(200, Value::Null), (404, Value::Null), (503, json!(2))] {
            let json = Span { status, ..span() }.json();
            assert_eq!(json["status"]["code"], code, "{status}");
            assert_eq!(json.to_string().contains("error.type"), code != Value::Null, "{status}");
        }
    }

    #[test]
    fn an_unknown_method_or_path_is_not_repeated() {
        let json = Span { method: method("张三"), route: None, ..span() }.json();
        assert_eq!(json["name"], "HTTP");
        assert!(json.to_string().contains("_OTHER") && !json.to_string().contains("http.route"));
        assert_eq!(Span { route: None, ..span() }.json()["name"], "GET");
    }
}
