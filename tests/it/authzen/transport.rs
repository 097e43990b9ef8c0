//! HTTP around the questions: types, methods, headers, limits, errors (reference §7).

use serde_json::{Value, json};

use super::http::{Reply, get, post, raw, raw_post, send, send_with};
use super::metadata::METADATA;
use super::packages::records;
use super::{
    ALLOW, EVALUATION, EVALUATIONS, POSTS, answered, ask, assert_bad_request, assert_json,
};

/// A body that every one of the five paths takes.
fn body() -> Value {
    ask("user/alice", "read", "record/record-1")
}

/// The text of that body with one more member, whatever its text.
fn plus(member: &str, value: &str) -> String {
    let text = body().to_string();
    let open = text.strip_suffix('}').unwrap_or_default();
    format!("{open},\"{member}\":{value}}}")
}

const JSON: &str = "Content-Type: application/json";

#[test]
fn the_content_type_is_json_with_or_without_parameters() {
    for path in POSTS {
        for kind in [
            "application/json",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            "Application/JSON",
            "APPLICATION/JSON ; CHARSET=utf-8",
            "application/json; charset=\"utf-8\"; v=1",
        ] {
            let reply = send_with(records(), path, &[("Content-Type", kind)], &body().to_string());
            assert_eq!(reply.status, 200, "{path} {kind}: {}", reply.text);
        }
        for kind in [
            "text/plain",
            "text/json",
            "application/jsonp",
            "application/json-patch+json",
            "application/problem+json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "json",
            "*/*",
            "text/plain; application/json",
            "application",
            "",
        ] {
            let line = format!("Content-Type: {kind}");
            let reply = raw_post(records(), path, &[&line], body().to_string().as_bytes());
            assert_bad_request(&reply, &format!("{path} {kind:?}"));
        }
        let reply = raw_post(records(), path, &[], body().to_string().as_bytes());
        assert_bad_request(&reply, &format!("{path} without a content type"));
    }
}

#[test]
fn the_answer_is_json() {
    for path in POSTS {
        answered(&post(records(), path, &body()));
        for accept in ["application/json", "text/html", "*/*", "image/png", "nonsense"] {
            let headers = [("Content-Type", "application/json"), ("Accept", accept)];
            let reply = send_with(records(), path, &headers, &body().to_string());
            assert_json(&reply);
            assert_eq!(reply.status, 200, "{path} {accept}");
        }
    }
}

#[test]
fn every_body_that_is_no_json_object_is_400() {
    let whole = body().to_string();
    let texts = [
        "",
        " ",
        "\n\t ",
        "{",
        "}",
        "[]",
        "[{}]",
        "null",
        "true",
        "7",
        "\"x\"",
        "nonsense",
        "'{}'",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{a:1}",
        "{}{}",
        "// c\n{}",
        "\u{feff}x",
        &whole[..whole.len() - 1],
        &format!("{whole}x"),
        &format!("[{whole}]"),
        &format!("{whole},"),
    ];
    for path in POSTS {
        for text in texts {
            assert_bad_request(&send(records(), path, text), &format!("{path} {text:?}"));
        }
        assert_eq!(send(records(), path, &format!("\r\n {whole}\n\t ")).status, 200, "{path}");
    }
}

#[test]
fn a_body_that_is_too_large_is_400() {
    let filler = |bytes: usize| plus("filler", &format!("\"{}\"", "x".repeat(bytes)));
    assert_eq!(
        send(records(), EVALUATION, &filler(60_000)).text,
        ALLOW,
        "sixty thousand bytes are fine"
    );
    for path in POSTS {
        // Where the limit lies is the server's choice, that there is one is not.
        let refused = [2_usize, 4, 8, 16, 32, 64].into_iter().find_map(|mebibytes| {
            let reply = raw_post(
                records(),
                path,
                &[JSON, "X-Request-ID: big"],
                filler(mebibytes << 20).as_bytes(),
            );
            (reply.status != 200).then_some(reply)
        });
        let refused = refused.unwrap_or_else(|| panic!("{path} takes 64 MiB"));
        assert_bad_request(&refused, path);
        assert_eq!(refused.header("x-request-id"), Some("big"), "{path}");
    }
    assert_eq!(post(records(), EVALUATION, &body()).text, ALLOW, "and the server goes on");
}

#[test]
fn a_body_that_is_too_deep_is_400() {
    let deep =
        |levels: usize| plus("foo", &format!("{}1{}", "[".repeat(levels), "]".repeat(levels)));
    for path in POSTS {
        assert_eq!(send(records(), path, &deep(20)).status, 200, "{path}: twenty levels are fine");
        for levels in [5_000, 200_000] {
            assert_bad_request(&send(records(), path, &deep(levels)), &format!("{path} {levels}"));
        }
        let open = "{\"a\":".repeat(100_000);
        assert_bad_request(&send(records(), path, &open), &format!("{path} objects"));
    }
    let context = |levels: usize| {
        plus("context", &format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels)))
    };
    let reply = send(records(), EVALUATION, &context(20));
    assert_eq!(reply.text, ALLOW, "twenty levels of context are fine");
    assert_bad_request(&send(records(), EVALUATION, &context(100_000)), "context");
}

#[test]
fn a_wrong_method_is_405_with_allow() {
    let allows = |reply: &Reply, method: &str| {
        let allow = reply.header("allow").unwrap_or_default().to_ascii_uppercase();
        allow.split(',').any(|it| it.trim() == method)
    };
    for path in POSTS {
        for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
            let head = format!("{method} {path} HTTP/1.1\r\n{JSON}\r\nX-Request-ID: m-7");
            let reply = raw(records(), &head, &[]);
            assert_eq!(reply.status, 405, "{method} {path}: {}", reply.text);
            assert!(allows(&reply, "POST"), "{method} {path}: {:?}", reply.header("allow"));
            assert_eq!(reply.header("x-request-id"), Some("m-7"), "{method} {path}");
        }
        let put = format!(
            "PUT {path} HTTP/1.1\r\n{JSON}\r\nContent-Length: {}",
            body().to_string().len()
        );
        assert_eq!(raw(records(), &put, &[body().to_string().as_bytes()]).status, 405, "{path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        let head = format!("{method} {METADATA} HTTP/1.1\r\n{JSON}\r\nContent-Length: 2");
        let reply = raw(records(), &head, &[b"{}"]);
        assert_eq!(reply.status, 405, "{method} {METADATA}: {}", reply.text);
        assert!(allows(&reply, "GET"), "{method}: {:?}", reply.header("allow"));
    }
}

#[test]
fn the_request_id_comes_back_on_success_and_on_every_error() {
    let long = "r".repeat(300);
    let text = body().to_string();
    for id in
        ["bfe9eb29-ab87-4ca3-be83-a1d5d8305716", "1", "a b, c; \"d\" =/+", "~!@#$%^&*()", &long]
    {
        let echoed = |reply: &Reply, what: &str| {
            assert_eq!(
                reply.header("x-request-id"),
                Some(id),
                "{what}: {} {}",
                reply.status,
                reply.text
            );
        };
        for path in POSTS {
            let with_kind = |kind: &str, text: &str| {
                send_with(records(), path, &[("Content-Type", kind), ("X-Request-ID", id)], text)
            };
            echoed(&with_kind("application/json", &text), "success");
            echoed(&with_kind("text/plain", &text), "content type");
            echoed(&with_kind("application/json", ""), "empty");
            echoed(&with_kind("application/json", "{\"a\":"), "malformed");
            echoed(&with_kind("application/json", "[]"), "a list");
            echoed(&with_kind("application/json", "{\"subject\":7}"), "mistyped");
            echoed(&with_kind("application/json", &"[".repeat(10_000)), "too deep");
            echoed(&get(records(), path, &[("x-request-id", id)]), "wrong method");
        }
        let item = json!({"evaluations": [7]}).to_string();
        let headers = [("Content-Type", "application/json"), ("X-REQUEST-ID", id)];
        echoed(&send_with(records(), EVALUATIONS, &headers, &item), "a broken item");
        echoed(&get(records(), METADATA, &[("X-Request-ID", id)]), "metadata");
        echoed(
            &get(records(), &format!("{METADATA}/nobody"), &[("X-Request-ID", id)]),
            "no tenant",
        );
        echoed(&get(records(), "/access/v1/nothing", &[("X-Request-ID", id)]), "no such path");
    }
}

#[test]
fn without_a_request_id_nothing_fails() {
    for path in POSTS {
        assert_eq!(
            raw_post(records(), path, &[JSON], body().to_string().as_bytes()).status,
            200,
            "{path}"
        );
        assert_bad_request(&raw_post(records(), path, &[JSON], b"{"), path);
    }
    let reply =
        raw_post(records(), EVALUATION, &[JSON, "X-Request-ID:"], body().to_string().as_bytes());
    assert_eq!(reply.text, ALLOW, "an empty one");
    let twice = [JSON, "X-Request-ID: a", "X-Request-ID: b"];
    let reply = raw_post(records(), EVALUATION, &twice, body().to_string().as_bytes());
    assert_eq!(reply.text, ALLOW, "two of them");
}

#[test]
fn an_open_server_ignores_the_authorization_header() {
    for value in [
        "undefined",
        "null",
        "",
        "Bearer",
        "Bearer undefined",
        "Bearer x.y.z",
        "Basic !!!",
        "Basic YTpi",
        "Digest",
    ] {
        for path in POSTS {
            let line = format!("Authorization: {value}");
            let plain = raw_post(records(), path, &[JSON], body().to_string().as_bytes());
            let reply = raw_post(records(), path, &[JSON, &line], body().to_string().as_bytes());
            assert_eq!((reply.status, &reply.text), (200, &plain.text), "{path} {value}");
        }
        let reply = raw(records(), &format!("GET /livez HTTP/1.1\r\nAuthorization: {value}"), &[]);
        assert_eq!(reply.status, 200, "{value}");
    }
}

#[test]
fn errors_are_one_json_string_without_internals() {
    // The cases of the other tests go through `assert_bad_request`; these carry the caller's text.
    for text in [
        "{\"subject\":{\"type\":\"a\\nb\",\"id\":7}}",
        "{\"subject\":{\"type\":7,\"id\":\"<script>alert(1)</script>\"}}",
        "{\"a\\nb\":1,\"a\\nb\":2}",
        "{\"x\":\"\\u0000\\ud800\"}",
        "{\"subject\":\"`rm -rf`\",\"action\":[],\"resource\":{}}",
    ] {
        for path in POSTS {
            assert_bad_request(&send(records(), path, text), &format!("{path} {text}"));
        }
    }
    let long = format!("{{\"{0}\":1,\"{0}\":2}}", "n".repeat(50_000));
    let reply = send(records(), EVALUATION, &long);
    assert_bad_request(&reply, "a long name twice");
    assert!(reply.text.len() < 2_000, "{} bytes of error", reply.text.len());
}

#[test]
fn a_body_may_come_in_pieces_or_in_chunks() {
    let text = body().to_string();
    let (first, second) = text.split_at(text.len() / 2);
    let head = format!("POST {EVALUATION} HTTP/1.1\r\n{JSON}\r\nContent-Length: {}", text.len());
    let reply = raw(records(), &head, &[first.as_bytes(), second.as_bytes()]);
    assert_eq!(reply.text, ALLOW);
    let chunk = |part: &str| format!("{:x}\r\n{part}\r\n", part.len()).into_bytes();
    let head = format!("POST {EVALUATION} HTTP/1.1\r\n{JSON}\r\nTransfer-Encoding: chunked");
    let reply = raw(records(), &head, &[&chunk(first), &chunk(second), b"0\r\n\r\n"]);
    assert_eq!(reply.text, ALLOW);
    let reply = raw(records(), &head, &[b"0\r\n\r\n"]);
    assert_bad_request(&reply, "no chunks");
    let reply =
        raw(records(), &format!("POST {EVALUATION} HTTP/1.1\r\n{JSON}\r\nContent-Length: 0"), &[]);
    assert_bad_request(&reply, "a length of zero");
}

#[test]
fn a_query_does_not_disturb() {
    for query in ["?", "?a=b", "?explain", "?%zz", "?page=1&limit=2", "?tenant=x"] {
        let reply = post(records(), &format!("{EVALUATION}{query}"), &body());
        assert_eq!(reply.status, 200, "{query}: {}", reply.text);
        assert_eq!(reply.json()["decision"], true, "{query}");
    }
}

#[test]
fn many_at_once_are_answered_each_with_its_own() {
    std::thread::scope(|scope| {
        for worker in 0..8 {
            scope.spawn(move || {
                for round in 0..25 {
                    let id = format!("w-{worker}-{round}");
                    let headers =
                        [("Content-Type", "application/json"), ("X-Request-ID", id.as_str())];
                    let allowed = (worker + round) % 2 == 0;
                    let question =
                        if allowed { body() } else { ask("user/bob", "write", "record/record-1") };
                    let reply = send_with(records(), EVALUATION, &headers, &question.to_string());
                    assert_eq!(reply.json(), json!({"decision": allowed}));
                    assert_eq!(reply.header("x-request-id"), Some(id.as_str()));
                }
            });
        }
    });
}
