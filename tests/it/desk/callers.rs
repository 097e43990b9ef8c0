//! Who is let in: keys right and wrong, rates, the two listeners, and what an open server refuses.

use std::path::PathBuf;

use serde_json::Value;
use tests::district::{root, scratch, write};
use tests::server::{Server, run};

use super::{
    EVALUATION, POSTS, Reply, ask, call, copy_of, folder, free_port, get, post, raw_post, tried,
};

/// Keys are `xy-desk-<id>-0123456789abcdef`.
pub(super) fn key(id: &str) -> String {
    format!("xy-desk-{id}-0123456789abcdef")
}

const FILE: &str = r#"
[limits]
rate_per_second = 1000
burst = 100000

[[keys]]
id = "asker"
sha256 = "eefc878ae18152f198c3703087f806d2264d68c72742de876f9d6285565b047b"
roles = ["asker"]

[[keys]]
id = "confined"
sha256 = "960cee37800b32a4df3825d81dbc73f9707fad18475471cc318d8f5a0a7f2d39"
roles = ["asker"]
townships = ["370285102000"]

[[keys]]
id = "monitor"
sha256 = "c76b0b1f15ba5d10d3e9e0e496ede155fe4e4702934532f5ff66c748ed012cb3"
roles = ["monitor"]

[[keys]]
id = "writer"
sha256 = "a2138c257e5da87fbbaae15faa5d83801c2a63b2fbf24b062b91416c4702ee82"
roles = ["writer"]

[[keys]]
id = "publisher"
sha256 = "81d46e0cff7ad1d222de70e1382919bb55a776d2f203e5259ca29f4ad686f033"
roles = ["publisher"]

[[keys]]
id = "auditor"
sha256 = "9b23e3347fc022dc29ab787be13d3554ce98e7164fbd1f8b030381ea53f9d87c"
roles = ["asker", "auditor"]

[[keys]]
id = "admin"
sha256 = "a53fb3484760d6e471af0393dd4490f0636880e79f32c708476bf04f3613ed09"
roles = ["admin"]

[[keys]]
id = "slow"
sha256 = "c265b89238e618629309e1285a1ae76095f2f060f50232333d0c4abdc25aab2a"
roles = ["asker"]
rate_per_second = 1
burst = 3

[[keys]]
id = "old"
sha256 = "b27bc0aa583a37cff9e9b48e611ad3fe2edcc46bd2ab8efddca8346631d71db7"
roles = ["asker", "admin"]
not_after = 2020-12-31
"#;

/// A callers file of its own for one test.
pub(super) fn file() -> PathBuf {
    let file = scratch("desk-callers").join("callers.toml");
    write(&file, FILE);
    file
}

/// A package served to known callers only.
pub(super) fn guarded(policies: &std::path::Path, more: &[&str]) -> Server {
    let file = file();
    let mut words = vec!["--callers", file.to_str().unwrap()];
    words.extend(more);
    super::serve(policies, &words)
}

/// A request with a caller's key.
pub(super) fn with_key(server: &Server, id: &str, method: &str, path: &str, body: &str) -> Reply {
    let body = if body.is_empty() { None } else { Some(body) };
    call(&server.url, method, path, &[("X-API-Key", &key(id))], body)
}

fn question() -> String {
    ask("user/alice", "read", "record/record-1").to_string()
}

fn assert_refused(reply: &Reply, what: &str) {
    assert_eq!(reply.status, 401, "{what}: {}", reply.text);
    assert!(reply.header("www-authenticate").is_some(), "{what}");
    let said = reply.json();
    let said = said.as_str().unwrap_or_else(|| panic!("{what}: one JSON string, not {said}"));
    assert!(!said.is_empty() && !said.contains("xy-desk"), "{what}: {said}");
}

#[test]
fn without_a_key_every_question_is_401_and_health_is_not() {
    let server = guarded(&copy_of("no-schema"), &[]);
    for path in POSTS {
        let reply = call(&server.url, "POST", path, &[], Some(&question()));
        assert_refused(&reply, path);
        // Who is not let in is not told whether the body could be read.
        let reply = call(&server.url, "POST", path, &[], Some("{"));
        assert_refused(&reply, path);
    }
    for path in ["/livez", "/readyz", "/version", "/.well-known/authzen-configuration"] {
        assert_eq!(get(&server, path).status, 200, "{path}");
    }
    for path in ["/v1/packages", "/metrics"] {
        let reply = get(&server, path);
        assert_eq!(reply.status, 401, "{path}: {}", reply.text);
        assert!(reply.header("www-authenticate").is_some());
    }
}

#[test]
fn a_wrong_an_expired_or_a_broken_key_is_401() {
    let server = guarded(&copy_of("no-schema"), &[]);
    let hash = "eefc878ae18152f198c3703087f806d2264d68c72742de876f9d6285565b047b";
    let asker = key("asker");
    for wrong in
        [key("nobody"), key("old"), hash.to_owned(), asker.to_uppercase(), "x".repeat(9_000)]
    {
        let bearer = format!("Bearer {wrong}");
        for header in [("X-API-Key", wrong.as_str()), ("Authorization", bearer.as_str())] {
            let reply = call(&server.url, "POST", EVALUATION, &[header], Some(&question()));
            assert_refused(&reply, &header.1.chars().take(40).collect::<String>());
        }
    }
    for header in [
        ("Authorization", asker.as_str()),
        ("Authorization", "Bearer"),
        ("Authorization", "Basic eHk6eHk="),
        ("Authorization", "undefined"),
        ("X-API-Key", ""),
    ] {
        let reply = call(&server.url, "POST", EVALUATION, &[header], Some(&question()));
        assert_refused(&reply, header.1);
    }
    let bearer = format!("bearer {asker}");
    for header in [("X-API-Key", asker.as_str()), ("Authorization", bearer.as_str())] {
        let reply = call(&server.url, "POST", EVALUATION, &[header], Some(&question()));
        assert_eq!((reply.status, reply.text.as_str()), (200, r#"{"decision":true}"#));
    }
}

#[test]
fn two_headers_that_name_a_caller_are_401() {
    let server = guarded(&copy_of("no-schema"), &[]);
    let (asker, bearer) = (key("asker"), format!("Bearer {}", key("asker")));
    for headers in [
        [("Authorization", bearer.as_str()), ("Authorization", bearer.as_str())],
        [("X-API-Key", asker.as_str()), ("X-API-Key", asker.as_str())],
        [("Authorization", bearer.as_str()), ("X-API-Key", asker.as_str())],
    ] {
        let reply = call(&server.url, "POST", EVALUATION, &headers, Some(&question()));
        assert_refused(&reply, &format!("{headers:?}"));
    }
}

#[test]
fn a_caller_over_its_rate_is_429_and_the_others_go_on() {
    let server = guarded(&copy_of("no-schema"), &[]);
    let ask = |id: &str| with_key(&server, id, "POST", EVALUATION, &question());
    let answers: Vec<Reply> = (0..8).map(|_| ask("slow")).collect();
    let first: Vec<u16> = answers.iter().take(3).map(|reply| reply.status).collect();
    assert_eq!(first, [200, 200, 200]);
    let limited = answers.iter().find(|reply| reply.status == 429).expect("a burst of three");
    let after: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&after), "{after}");
    assert!(limited.json().is_string(), "{}", limited.text);
    assert_eq!(ask("asker").status, 200);
    std::thread::sleep(std::time::Duration::from_millis(after * 1_000 + 200));
    assert_eq!(ask("slow").status, 200, "after the seconds it was told");
}

#[test]
fn an_open_server_listens_on_loopback_only() {
    let policies = root().join("examples/todo");
    let store = format!("embedded:{}", scratch("desk-open").join("data").display());
    for listen in [
        ["--listen", "0.0.0.0:0", "--admin-listen", "127.0.0.1:0"],
        ["--listen", "127.0.0.1:0", "--admin-listen", "0.0.0.0:0"],
        ["--listen", "[::]:0", "--admin-listen", "127.0.0.1:0"],
    ] {
        let mut words = vec!["--format", "json", "serve", "--policies", policies.to_str().unwrap()];
        words.extend(["--store", &store]);
        words.extend(listen);
        let output = run(&words);
        assert_eq!(output.status.code(), Some(3), "{listen:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let last = said.lines().last().unwrap_or_default();
        let last: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{said}"));
        assert_eq!(last["error"]["code"], "OPEN_NOT_ON_LOOPBACK", "{said}");
    }
}

#[test]
fn an_open_server_ignores_what_a_browser_sends_as_a_key() {
    let server = super::serve(&copy_of("no-schema"), &[]);
    for headers in [[("Authorization", "undefined")], [("X-API-Key", "undefined")]] {
        let reply = call(&server.url, "POST", EVALUATION, &headers, Some(&question()));
        assert_eq!(reply.text, r#"{"decision":true}"#, "{headers:?}");
        let reply = call(&server.url, "GET", "/v1/packages", &headers, None);
        assert_eq!(reply.status, 200, "{headers:?}: {}", reply.text);
    }
    let (status, text) = raw_post(&server, EVALUATION, question().as_bytes());
    assert_eq!(status, 200, "{text}");
}

#[test]
fn a_callers_file_with_a_mistake_stops_the_start_with_its_line() {
    let policies = folder("typo", &[("a.cedar", "permit (principal, action, resource);")]);
    let file = policies.join("../callers.toml");
    write(&file, "[[keys]]\nid = \"a\"\nsha265 = \"00\"\n");
    let store = format!("embedded:{}", policies.join("../data").display());
    let mut words = vec!["--format", "json", "serve", "--listen", "127.0.0.1:0"];
    words.extend(["--policies", policies.to_str().unwrap(), "--store", &store]);
    words.extend(["--callers", file.to_str().unwrap()]);
    let output = run(&words);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("CALLERS_UNREADABLE") && said.contains("callers.toml:3"), "{said}");
}

#[test]
fn with_a_listener_of_administration_its_routes_are_only_there() {
    let admin = format!("127.0.0.1:{}", free_port());
    let server = super::serve(&copy_of("no-schema"), &["--admin-listen", &admin]);
    let desk = format!("http://{admin}");
    super::wait_for("the second listener", || tried(&desk, "GET", "/livez", &[], None).is_some());
    let body: Value = serde_json::from_str(&question()).unwrap();
    let id = super::decision_id(&super::explained(&server, &body, "zh"));
    let decision = format!("/v1/decisions/{id}");
    for (method, path) in [
        ("GET", "/metrics"),
        ("GET", "/v1/packages"),
        ("GET", decision.as_str()),
        ("POST", "/v1/packages/reload"),
    ] {
        let body = (method == "POST").then_some("{}");
        let outside = call(&server.url, method, path, &[], body);
        assert_eq!(outside.status, 404, "{path}: {}", outside.text);
        let inside = call(&desk, method, path, &[], body);
        assert_eq!(inside.status, 200, "{path}: {}", inside.text);
    }
    for path in ["/livez", "/readyz", "/version"] {
        assert_eq!(get(&server, path).status, 200, "{path}");
        assert_eq!(call(&desk, "GET", path, &[], None).status, 200, "{path}");
    }
    for path in POSTS {
        assert_eq!(call(&desk, "POST", path, &[], Some(&question())).status, 404, "{path}");
        assert_eq!(post(&server, path, &body).status, 200, "{path}");
    }
    let put = call(&desk, "PUT", "/v1/entities/user/x", &[], Some("{}"));
    assert_eq!(put.status, 404, "{}", put.text);
}

/// What scrapes the counters seldom has a key; the listener of administration is closed off otherwise.
#[test]
fn metrics_on_the_listener_of_administration_need_no_key() {
    let admin = format!("127.0.0.1:{}", free_port());
    let server = guarded(&copy_of("no-schema"), &["--admin-listen", &admin]);
    let desk = format!("http://{admin}");
    super::wait_for("the second listener", || tried(&desk, "GET", "/livez", &[], None).is_some());
    let inside = call(&desk, "GET", "/metrics", &[], None);
    assert!(inside.status == 200 && inside.text.contains("xiangyue_ready 1"), "{}", inside.text);
    assert_eq!(call(&desk, "GET", "/v1/packages", &[], None).status, 401);
    assert_eq!(with_key(&server, "admin", "GET", "/metrics", "").status, 404, "only there");
}

#[test]
fn a_refused_body_that_drips_holds_its_connection_for_a_second_only() {
    use std::io::{Read as _, Write as _};
    let server = guarded(&copy_of("no-schema"), &[]);
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut socket = std::net::TcpStream::connect(address).unwrap();
    let head = format!(
        "POST {EVALUATION} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut dripping = socket.try_clone().unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::SeqCst)
                && dripping.write_all(b" ").is_ok()
            {
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        });
        socket.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
        let mut text = Vec::new();
        let mut part = [0_u8; 4096];
        // the answer, and then the end of the connection, while bytes still drip
        while let Ok(length @ 1..) = socket.read(&mut part) {
            text.extend_from_slice(&part[..length]);
        }
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        String::from_utf8_lossy(&text).to_lowercase()
    });
    assert!(read.starts_with("http/1.1 401"), "{read}");
    assert!(read.contains("connection: close"), "{read}");
}
