//! Against collectors that take, refuse, stall or are not there.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::*;

fn settings(url: String, queue_max: usize) -> Settings {
    let (service, version) = ("s".to_owned(), "1".to_owned());
    Settings { url, ratio: Ratio::default(), service, version, queue_max }
}

fn done(parent: Option<&str>) -> Done<'_> {
    Done {
        method: "GET",
        route: Some("/livez"),
        scheme: "http",
        status: 200,
        outcome: "2xx",
        request_id: "r",
        parent,
        took: Duration::from_millis(2),
    }
}

/// A collector that answers every request with this.
fn collector(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let answer = move |mut stream: std::net::TcpStream| {
        let mut text = Vec::new();
        let mut part = [0; 8_192];
        // one request is one JSON text, and ends with its last brace
        while !text.ends_with(b"]}]}]}") {
            match stream.read(&mut part) {
                Ok(length @ 1..) => text.extend_from_slice(&part[..length]),
                _ => return,
            }
        }
        let head =
            format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}", body.len());
        let _ = write!(stream, "{head}\r\n\r\n{body}");
    };
    std::thread::Builder::new()
        .spawn(move || listener.incoming().flatten().for_each(answer))
        .unwrap();
    url
}

#[test]
fn spans_are_handed_on_and_counted() {
    for (status, body, want) in [
        ("200 OK", "{}", (3, 0, 0)),
        ("200 OK", r#"{"partialSuccess":{"rejectedSpans":"2"}}"#, (1, 0, 2)),
        ("200 OK", "not json", (3, 0, 0)),
        ("503 Service Unavailable", "", (0, 0, 3)),
        ("302 Found", "", (0, 0, 3)),
    ] {
        let exporter = Exporter::start(settings(collector(status, body), 10)).unwrap();
        (0..3).for_each(|_| exporter.record(&done(None)));
        exporter.finish();
        let Counters { exported, dropped, failed } = exporter.counters();
        assert_eq!((exported, dropped, failed), want, "{status} {body}");
    }
}

#[test]
fn a_full_queue_drops_and_counts_and_nobody_waits() {
    // takes connections and never answers
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let exporter = Exporter::start(settings(url, 8)).unwrap();
    let started = instant();
    (0..10_000).for_each(|_| exporter.record(&done(None)));
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert!(exporter.counters().dropped > 5_000, "{:?}", exporter.counters());
    let started = instant();
    exporter.finish();
    assert!(started.elapsed() < Duration::from_secs(FINISH_SECONDS + 1));
    let Counters { exported, dropped, failed } = exporter.counters();
    assert_eq!((exported, dropped + failed), (0, 10_000), "none is forgotten");
}

#[test]
fn without_a_collector_a_stop_is_quick() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let exporter = Exporter::start(settings(format!("http://{gone}/v1/traces"), 4_096)).unwrap();
    (0..4_000).for_each(|_| exporter.record(&done(None)));
    let started = instant();
    exporter.finish();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(exporter.counters(), Counters { exported: 0, dropped: 0, failed: 4_000 });
    exporter.record(&done(None));
    assert_eq!(exporter.counters().dropped, 1, "behind the end there is no queue");
}

#[test]
fn a_parent_decides_and_else_the_ratio() {
    const KEPT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let left = KEPT.replace("-01", "-00");
    let kept = |ratio: &str, parent| {
        let url = collector("200 OK", "{}");
        let ratio = Ratio::parse(ratio).unwrap();
        let exporter = Exporter::start(Settings { ratio, ..settings(url, 10) }).unwrap();
        exporter.record(&done(parent));
        exporter.finish();
        exporter.counters().exported
    };
    assert_eq!((kept("0", None), kept("1", None)), (0, 1));
    assert_eq!((kept("0", Some(KEPT)), kept("1", Some(&left))), (1, 0));
    assert_eq!(kept("0", Some("broken")), 0, "as if it had not been sent");
}
