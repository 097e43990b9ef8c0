//! Spans of the real program at a collector of our own: OTLP/HTTP in its JSON form.
//!
//! A build of the whole workspace has the program with the feature `otel`; without it the option is not
//! there, and these tests say so.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::district::scratch;
use tests::server::{Server, run};

use crate::desk::{EVALUATION, ask, call, copy_of, get, serve};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

/// A collector that takes everything.
struct Collector {
    url: String,
    heads: Receiver<(String, Value)>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (send, heads) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let send = send.clone();
                std::thread::spawn(move || {
                    let mut stream = stream;
                    while let Some(request) = receive(&mut stream) {
                        let _ = send.send(request);
                        let _ = stream.write_all(
                            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
                        );
                    }
                });
            }
        });
        Self { url, heads }
    }

    /// Every span, until those of a stopped server are all there.
    fn spans(&self) -> Vec<Value> {
        let mut all = Vec::new();
        while let Ok((head, body)) = self.heads.recv_timeout(Duration::from_millis(500)) {
            assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
            assert!(head.to_lowercase().contains("content-type: application/json\r\n"), "{head}");
            let resource = &body["resourceSpans"][0];
            let name = attribute(&resource["resource"], "service.name");
            assert_eq!(name, json!({"stringValue": "xiangyue"}), "{body}");
            let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
            all.extend(spans.iter().cloned());
        }
        all
    }
}

/// One request: its head and the JSON behind it.
fn receive(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    let mut part = [0_u8; 8_192];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_lowercase();
            let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.unwrap_or_else(|| panic!("{head}")).parse().unwrap();
            if body.len() >= length {
                return Some((format!("{head}\r\n"), serde_json::from_str(body).unwrap()));
            }
        }
        match stream.read(&mut part) {
            Ok(length @ 1..) => bytes.extend_from_slice(&part[..length]),
            _ => return None,
        }
    }
}

fn attribute(of: &Value, key: &str) -> Value {
    let all = of["attributes"].as_array().unwrap_or_else(|| panic!("{of}"));
    let found = all.iter().find(|it| it["key"] == key);
    found.map_or(Value::Null, |it| it["value"].clone())
}

/// A build of the program alone, without the feature, replaces that of the whole workspace.
fn built() {
    static HELP: LazyLock<String> =
        LazyLock::new(|| String::from_utf8_lossy(&run(&["serve", "--help"]).stdout).into_owned());
    assert!(
        HELP.contains("--otlp-endpoint"),
        "the program was built without the feature `otel`; run `cargo build --release --workspace --bins --tests`"
    );
}

fn traced(collector: &str, more: &[&str]) -> Server {
    built();
    let mut words = vec!["--otlp-endpoint", collector];
    words.extend(more);
    serve(&copy_of("documents"), &words)
}

fn question() -> String {
    ask("user/ana", "view", "document/plan").to_string()
}

fn named<'a>(spans: &'a [Value], name: &str) -> &'a Value {
    let found = spans.iter().find(|span| span["name"] == name);
    found.unwrap_or_else(|| panic!("no `{name}` in {spans:#?}"))
}

#[test]
fn a_request_is_a_span_under_the_span_of_its_caller() {
    let collector = Collector::start();
    let mut server = traced(&collector.url, &[]);
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let headers = [("traceparent", parent.as_str()), ("X-Request-ID", "req-7")];
    let reply = call(&server.url, "POST", EVALUATION, &headers, Some(&question()));
    assert_eq!(reply.text, r#"{"decision":true}"#);
    let denied = ask("user/nobody", "view", "document/plan").to_string();
    call(&server.url, "POST", &format!("{EVALUATION}s"), &headers, Some(&denied));
    call(&server.url, "POST", EVALUATION, &headers[1..], Some("{"));
    assert_eq!(get(&server, "/nowhere/at/all").status, 404);
    assert!(server.stop());
    let spans = collector.spans();
    assert_eq!(spans.len(), 4, "one for each request: {spans:#?}");

    let span = &spans[0];
    assert_eq!(span["name"], format!("POST {EVALUATION}"));
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&json!(TRACE), &json!(PARENT)));
    assert_eq!(span["spanId"].as_str().unwrap().len(), 16);
    assert_eq!(span["kind"], 2, "a server's");
    assert_eq!(span["status"], json!({}));
    for (key, want) in [
        ("http.request.method", json!({"stringValue": "POST"})),
        ("http.route", json!({"stringValue": EVALUATION})),
        ("http.response.status_code", json!({"intValue": "200"})),
        ("url.scheme", json!({"stringValue": "http"})),
        ("xiangyue.outcome", json!({"stringValue": "allow"})),
        ("xiangyue.request_id", json!({"stringValue": "req-7"})),
    ] {
        assert_eq!(attribute(span, key), want, "{key}: {span:#}");
    }
    let time = |name: &str| span[name].as_str().unwrap().parse::<u64>().unwrap();
    let (start, end) = (time("startTimeUnixNano"), time("endTimeUnixNano"));
    let now = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos()).unwrap();
    assert!(start < end && end < now && now - start < 60_000_000_000, "{start} {end} {now}");

    let root = named(&spans, "GET");
    assert_eq!(attribute(root, "http.response.status_code"), json!({"intValue": "404"}));
    assert!(root.get("parentSpanId").is_none() && attribute(root, "http.route").is_null());
    let broken = &spans[2];
    assert_eq!(attribute(broken, "xiangyue.outcome"), json!({"stringValue": "4xx"}));
    assert_ne!(broken["traceId"], TRACE, "without a parent a trace of its own");
}

#[test]
fn a_span_tells_nothing_of_whom_or_what_was_asked() {
    let collector = Collector::start();
    let mut server = traced(&collector.url, &[]);
    let secret = "370285102259-p01";
    let state = format!("vendor={secret}");
    let bearer = format!("Bearer {secret}");
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let headers = [
        ("traceparent", parent.as_str()),
        ("tracestate", state.as_str()),
        ("Authorization", bearer.as_str()),
        ("User-Agent", secret),
        ("baggage", state.as_str()),
    ];
    let body = ask(&format!("user/{secret}"), secret, &format!("document/{secret}")).to_string();
    call(&server.url, "POST", &format!("{EVALUATION}?x={secret}"), &headers, Some(&body));
    call(&server.url, "GET", &format!("/v1/entities/user/{secret}"), &headers, None);
    call(&server.url, "GET", &format!("/{secret}"), &headers, None);
    call(&server.url, "PATCH", &format!("/v1/entities/user/{secret}"), &headers, None);
    assert!(server.stop());
    let spans = collector.spans();
    assert_eq!(spans.len(), 4);
    named(&spans, "GET /v1/entities/{type}/{id}");
    let text = serde_json::to_string(&spans).unwrap();
    assert!(!text.contains(secret) && !text.contains("370285"), "{text}");
}

#[test]
fn what_the_caller_keeps_is_kept_and_the_ratio_is_for_the_rest() {
    let collector = Collector::start();
    let mut server = traced(&collector.url, &["--otlp-ratio", "0"]);
    let with = |flags: &str| {
        let parent = format!("00-{TRACE}-{PARENT}-{flags}");
        let headers = [("traceparent", parent.as_str())];
        assert_eq!(call(&server.url, "GET", "/livez", &headers, None).status, 200);
    };
    with("00");
    with("01");
    assert_eq!(get(&server, "/livez").status, 200);
    // two parents are none
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let twice = [("traceparent", parent.as_str()), ("traceparent", parent.as_str())];
    assert_eq!(call(&server.url, "GET", "/livez", &twice, None).status, 200);
    assert!(server.stop());
    let spans = collector.spans();
    assert_eq!(spans.len(), 1, "{spans:#?}");
    assert_eq!(spans[0]["parentSpanId"], PARENT);
}

#[test]
fn a_collector_that_is_dead_or_stalls_costs_no_answer_and_no_stop() {
    // one that nobody listens on, and one that takes connections and never answers
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stalls = TcpListener::bind("127.0.0.1:0").unwrap();
    for (address, what) in [(gone, "dead"), (stalls.local_addr().unwrap(), "stalls")] {
        let mut server = traced(&format!("http://{address}"), &[]);
        let started = Instant::now();
        for _ in 0..300 {
            let reply = call(&server.url, "POST", EVALUATION, &[], Some(&question()));
            assert_eq!((reply.status, reply.text.as_str()), (200, r#"{"decision":true}"#));
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{what}: {:?}", started.elapsed());
        crate::desk::wait_for("lost spans are counted", || {
            let metrics = get(&server, "/metrics").text;
            let failed = metrics
                .lines()
                .find_map(|line| line.strip_prefix("xiangyue_trace_spans_failed_total "))
                .unwrap_or_else(|| panic!("{metrics}"));
            assert!(metrics.contains("\nxiangyue_trace_spans_exported_total 0\n"), "{metrics}");
            failed != "0"
        });
        let started = Instant::now();
        assert!(server.stop(), "{what}");
        assert!(started.elapsed() < Duration::from_secs(8), "{what}: {:?}", started.elapsed());
    }
}

#[test]
fn without_a_collector_nothing_is_said_of_spans() {
    let server = serve(&copy_of("documents"), &[]);
    let metrics = get(&server, "/metrics").text;
    assert!(metrics.contains("xiangyue_ready 1") && !metrics.contains("trace_spans"), "{metrics}");
}

#[test]
fn an_address_that_cannot_be_used_stops_the_start() {
    built();
    let policies = copy_of("documents");
    let store = format!("embedded:{}", scratch("traces-wrong").join("data").display());
    for (words, code) in [
        (["--otlp-endpoint", "https://127.0.0.1:4318"], "OTLP_ENDPOINT"),
        (["--otlp-endpoint", "127.0.0.1:4318"], "OTLP_ENDPOINT"),
        (["--otlp-endpoint", "http://me:secret@127.0.0.1:4318"], "OTLP_ENDPOINT"),
        (["--otlp-ratio", "1.5"], "otlp-ratio"),
    ] {
        let start = ["--format", "json", "serve", "--listen", "127.0.0.1:0", "--store", &store];
        let more = ["--policies", policies.to_str().unwrap()];
        let output = run(&[&start[..], &more, &words].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{words:?}: {said}");
        assert!(said.contains(code) && !said.contains("secret"), "{said}");
    }
}
