//! One question: what is sent, what counts as a yes, and that nothing else does.

use std::error::Error as _;
use std::net::TcpListener;
use std::time::Duration;

use serde_json::json;

use super::server::{Reply, Server};
use super::{asked, client, question};
use crate::{Action, Client, Context, Decision, Error, Resource, Subject, limits};

const JSON: &str = "Content-Type: application/json";

/// What comes of one reply; `allowed` is checked beside it.
fn evaluate(reply: Reply) -> Result<Decision, Error> {
    let server = Server::start(vec![reply]);
    let client = client(&server);
    let result = client.evaluate(&question());
    let yes = result.as_ref().is_ok_and(Decision::is_allowed);
    assert_eq!(client.allowed(&question()), yes, "{result:?}");
    result
}

fn allows(body: &str) -> bool {
    evaluate(Reply::json(body)).unwrap().is_allowed()
}

#[test]
fn yes_is_yes_and_no_is_no() {
    assert!(allows(r#"{"decision":true}"#));
    assert!(!allows(r#"{"decision":false}"#));
    assert!(allows(" {\"context\":{},\"more\":[1.5],\"decision\":true}\r\n"), "unknown members");
    assert!(allows(r#"{"decision":true,"context":null}"#));
    assert!(!allows(r#"{"decision":false,"context":{"error":{"status":404}}}"#));
    let typed = Reply::with(
        200,
        &["content-type: Application/JSON; charset=utf-8"],
        r#"{"decision":true}"#,
    );
    assert!(evaluate(typed).unwrap().is_allowed());
    let chunked = format!(
        "HTTP/1.1 200 OK\r\n{JSON}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n10\r\n{{\"decision\":true\r\n1\r\n}}\r\n0\r\n\r\n"
    );
    assert!(evaluate(Reply::raw(chunked)).unwrap().is_allowed());
}

#[test]
fn what_is_not_a_decision_is_an_error() {
    for body in [
        "",
        "null",
        "true",
        "[]",
        "\"true\"",
        "{}",
        r#"{"decision":tr"#,
        r#"{"decision":true"#,
        r#"{"decision":"true"}"#,
        r#"{"decision":1}"#,
        r#"{"decision":null}"#,
        r#"{"decision":[true]}"#,
        r#"{"decision":{"allowed":true}}"#,
        r#"{"Decision":true}"#,
        r#"{"allowed":true}"#,
        r#"{"result":{"decision":true}}"#,
        "[true]",
        "[true,null]",
        "[true,{}]",
        r#"[{"decision":true}]"#,
        r#"{"decision":true}{"decision":true}"#,
        r#"{"decision":true},"#,
        r#"{"decision":false,"decision":true}"#,
        r#"{"decision":true,"decision":true}"#,
        r#"{"decision":true,"context":"x"}"#,
        r#"{"decision":true,"context":[]}"#,
        r#"{"decision":true,"context":{"error":{"status":500}}}"#,
        r#"{"evaluations":[{"decision":true}]}"#,
        "\u{feff}{\"decision\":true}",
    ] {
        let result = evaluate(Reply::json(body));
        assert!(matches!(result, Err(Error::Malformed { .. })), "{body}: {result:?}");
    }
    let mut bytes = format!("HTTP/1.1 200 OK\r\n{JSON}\r\nConnection: close\r\n\r\n").into_bytes();
    bytes.extend(b"{\"decision\":true,\"context\":{\"a\":\"\xff\"}}");
    assert!(matches!(evaluate(Reply::raw(bytes)), Err(Error::Malformed { .. })), "not utf-8");
    let deep =
        format!(r#"{{"decision":true,"context":{{"a":{}1{}}}}}"#, "[".repeat(500), "]".repeat(500));
    assert!(matches!(evaluate(Reply::json(&deep)), Err(Error::Malformed { .. })), "deep");
}

#[test]
fn two_hundred_without_json_is_an_error() {
    let yes = r#"{"decision":true}"#;
    for line in [
        "Content-Type: text/html",
        "Content-Type: text/plain",
        "Content-Type: application/problem+json",
        "Content-Type: application/jsonp",
        "Content-Type:",
        "X-Nothing: 1",
        "Content-Type: application/json\r\nContent-Type: text/html",
    ] {
        let result = evaluate(Reply::with(200, &[line], yes));
        assert!(matches!(result, Err(Error::ContentType { .. })), "{line}: {result:?}");
    }
    let result = evaluate(Reply::with(200, &["Content-Type: text/html"], "<html>Welcome</html>"));
    let said = result.unwrap_err().to_string();
    assert_eq!(said, "answered with content type `text/html`");
}

#[test]
fn every_other_status_is_an_error_whatever_the_body_says() {
    let yes = r#"{"decision":true}"#;
    for status in
        [201, 202, 203, 206, 300, 400, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503, 599]
    {
        let error = evaluate(Reply::with(status, &[JSON], yes)).unwrap_err();
        assert_eq!(error.status(), Some(status), "{error:?}");
    }
    let empty = Reply::raw("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    assert_eq!(evaluate(empty).unwrap_err().status(), Some(204));
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = Server::start(vec![Reply::json(r#"{"decision":true}"#)]);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: {}/access/v1/evaluation", elsewhere.url);
        let error = evaluate(Reply::with(status, &[&location, JSON], "{}")).unwrap_err();
        assert_eq!(error.status(), Some(status), "{error:?}");
    }
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn refusals_carry_the_servers_words() {
    let says = |status, body: &str| evaluate(Reply::with(status, &[JSON], body)).unwrap_err();
    let error = says(401, r#""the credentials are not accepted""#);
    assert!(
        matches!(&error, Error::Unauthenticated { message } if message == "the credentials are not accepted")
    );
    assert_eq!(error.to_string(), "not authenticated: the credentials are not accepted");
    let error = says(403, r#"{"title":"不能办","detail":"not for this township"}"#);
    assert!(matches!(&error, Error::Forbidden { message } if message == "not for this township"));
    let error = says(500, r#""half a mess"#);
    assert!(matches!(&error, Error::Status { status: 500, message } if message == "no message"));
    let reply = Reply::with(502, &["Content-Type: text/html"], "<h1>Bad gateway</h1>");
    assert_eq!(evaluate(reply).unwrap_err().to_string(), "answered with status 502: no message");

    let limited =
        |line: &str| evaluate(Reply::with(429, &[JSON, line], r#""slow down""#)).unwrap_err();
    for (line, want) in [
        ("Retry-After: 7", Some(Duration::from_secs(7))),
        ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("X-Nothing: 1", None),
    ] {
        let error = limited(line);
        let Error::TooManyRequests { message, retry_after } = &error else { panic!("{error:?}") };
        assert_eq!((message.as_str(), *retry_after), ("slow down", want));
    }
}

#[test]
fn a_broken_connection_is_an_error_and_is_not_tried_again() {
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}\r\n");
    for reply in [
        String::new(),
        "HTTP/1.1 200".to_owned(),
        "garbage\r\n\r\n".to_owned(),
        format!("{head}Content-Length: 100\r\n\r\n{{\"decision\":true}}"),
        format!("{head}Transfer-Encoding: chunked\r\n\r\n11\r\n{{\"decision\":true}}"),
    ] {
        let server = Server::start(vec![Reply::raw(reply.clone())]);
        let client = client(&server).with_refused_retries(3);
        let error = client.evaluate(&question()).unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{reply}: {error:?}");
        assert!(error.source().is_some());
        assert_eq!(server.asked().len(), 1, "{reply}");
    }
}

#[test]
fn nobody_there_is_an_error() {
    // A port that no other test's server can be given.
    let url = "http://127.0.0.1:1";
    for client in [Client::new(url).unwrap(), Client::new(url).unwrap().with_refused_retries(1)] {
        let error = client.evaluate(&question()).unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
        assert!(!error.is_timeout());
        assert!(!client.allowed(&question()));
    }
    let error = Client::discover(url).unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error:?}");
}

#[test]
fn time_runs_out() {
    // Accepts into its backlog and never reads.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    for millis in [0, 30] {
        let client = Client::new(&url).unwrap().with_timeout(Duration::from_millis(millis));
        let error = client.evaluate(&question()).unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert!(!client.allowed(&question()));
    }
}

#[test]
fn tls_that_is_not_there_is_an_error() {
    let server = Server::start(vec![Reply::json(r#"{"decision":true}"#)]);
    let url = server.url.replace("http://", "https://");
    let client = Client::new(&url).unwrap().with_timeout(Duration::from_secs(2));
    let error = client.evaluate(&question()).unwrap_err();
    assert!(matches!(error, Error::Transport { .. }), "{error:?}");
    assert!(server.asked().is_empty());
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let mut bytes = format!("HTTP/1.1 200 OK\r\n{JSON}\r\nConnection: close\r\n\r\n").into_bytes();
    bytes.extend(b"{\"decision\":true}");
    bytes.resize(bytes.len() + usize::try_from(limits::ANSWER_BYTES_MAX).unwrap(), b' ');
    let server = Server::start(vec![Reply::raw(bytes)]);
    let error = client(&server).evaluate(&question()).unwrap_err();
    assert!(matches!(error, Error::TooLong { .. }), "{error:?}");
}

#[test]
fn the_question_is_sent_as_the_interface_has_it() {
    let server = Server::start(vec![Reply::json(r#"{"decision":false}"#)]);
    let _ = client(&server).evaluate(&question()).unwrap();
    let sent = server.asked_once();
    assert_eq!(sent.line, "POST /access/v1/evaluation HTTP/1.1");
    assert_eq!(sent.body, asked());
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.header("accept"), Some("application/json"));
    assert!(sent.header("user-agent").unwrap().starts_with("xiangyue-client/"));
    assert_eq!(sent.header("authorization"), None);
    assert_eq!(sent.header("x-request-id"), None);

    let mut whole =
        question().with_context(Context::from_iter([("record".to_owned(), json!("r-1"))]));
    whole.subject = Subject::new("Person", "p-乡").with_property("post", json!(["head", null]));
    whole.action = Action::new("pay").with_property("cents", 1_000_000);
    whole.resource = Resource::new("Matter", "m \"1\"").with_property("step", "MEM");
    let server = Server::start(vec![Reply::json(r#"{"decision":false}"#)]);
    let _ = client(&server).evaluate(&whole).unwrap();
    assert_eq!(
        server.asked_once().body,
        json!({"subject": {"type": "Person", "id": "p-乡", "properties": {"post": ["head", null]}},
            "action": {"name": "pay", "properties": {"cents": 1_000_000}},
            "resource": {"type": "Matter", "id": "m \"1\"", "properties": {"step": "MEM"}},
            "context": {"record": "r-1"}})
    );
}

#[test]
fn reasons_are_asked_for_and_read() {
    let body = json!({"decision": false, "context": {
        "reasons": [
            {"policy": "laixi/S10", "effect": "forbid", "title": "村民会议", "basis": ["第二十一条", 7], "text": "还差一步。"},
            {"policy": "laixi/S11"}, 7,
        ],
        "obligations": [{"do": "log"}], "edition": "sha256:ab", "decision_id": "d-1"}});
    let server = Server::start(vec![Reply::json(&body.to_string())]);
    let context =
        Context::from_iter([("explain".to_owned(), json!(false)), ("a".to_owned(), json!(1))]);
    let question = question().with_context(context.clone());
    let decision = client(&server).explain(&question).unwrap();
    assert_eq!(server.asked_once().body["context"], json!({"explain": true, "a": 1}));
    assert_eq!(question.context, context, "the question is as it was");
    assert!(!decision.is_allowed());
    let why = decision.context.unwrap();
    let reasons = why.reasons();
    assert_eq!(reasons.len(), 2);
    assert_eq!((reasons[0].policy, reasons[0].effect), ("laixi/S10", "forbid"));
    assert_eq!((reasons[0].title, reasons[0].text), ("村民会议", "还差一步。"));
    assert_eq!(reasons[0].basis, ["第二十一条"]);
    assert_eq!((reasons[1].policy, reasons[1].title), ("laixi/S11", ""));
    assert_eq!(why.obligations(), [json!({"do": "log"})]);
    assert_eq!((why.edition(), why.decision_id()), (Some("sha256:ab"), Some("d-1")));
    assert_eq!(why.get("edition"), Some(&json!("sha256:ab")));
    assert_eq!(why.as_map().len(), 4);

    let server = Server::start(vec![Reply::json(r#"{"decision":true,"context":{"reasons":7}}"#)]);
    let why = client(&server).evaluate(&super::question()).unwrap().context.unwrap();
    assert!(why.reasons().is_empty() && why.obligations().is_empty());
    assert_eq!((why.edition(), why.decision_id()), (None, None));
}

#[test]
fn the_request_id_has_to_come_back() {
    let yes = r#"{"decision":true}"#;
    for (line, holds) in [
        ("X-Request-ID: desk-1", true),
        ("x-request-id: desk-1", true),
        ("X-Request-ID: Desk-1", false),
        ("X-Request-ID: desk-2", false),
        ("X-Request-ID:", false),
        ("X-Nothing: 1", false),
        ("X-Request-ID: desk-1\r\nX-Request-ID: desk-2", false),
    ] {
        let server = Server::start(vec![Reply::with(200, &[JSON, line], yes)]);
        let client = client(&server);
        let question = question().with_request_id("desk-1");
        let result = client.evaluate(&question);
        assert_eq!(server.asked_once().header("x-request-id"), Some("desk-1"));
        match result {
            Ok(decision) => assert!(holds && decision.is_allowed(), "{line}"),
            Err(Error::RequestId { sent, .. }) => assert!(!holds && sent == "desk-1", "{line}"),
            Err(other) => panic!("{line}: {other:?}"),
        }
        assert_eq!(client.allowed(&question), holds, "{line}");
    }
    // A proxy that refuses knows no ids; what it says matters more.
    let server = Server::start(vec![Reply::with(503, &[], "")]);
    let error = client(&server).evaluate(&question().with_request_id("desk-1")).unwrap_err();
    assert_eq!(error.status(), Some(503));
    // Not asked for, it is not looked at.
    assert!(evaluate(Reply::with(200, &[JSON, "X-Request-ID: r-1"], yes)).unwrap().is_allowed());
}

#[test]
fn credentials_are_sent_and_one_kind_only() {
    let sent = |change: fn(Client) -> Client| {
        let server = Server::start(vec![Reply::json(r#"{"decision":true}"#)]);
        let _ = change(client(&server)).evaluate(&question()).unwrap();
        let asked = server.asked_once();
        let value = |name| asked.header(name).map(str::to_owned);
        (value("authorization"), value("x-api-key"))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(sent(|it| it), (None, None));
    assert_eq!(sent(|it| it.with_token("abc")), (some("Bearer abc"), None));
    assert_eq!(sent(|it| it.with_api_key(String::from("key"))), (None, some("key")));
    assert_eq!(sent(|it| it.with_token("abc").with_api_key("key")), (None, some("key")));
    assert_eq!(sent(|it| it.with_api_key("key").with_token("abc")), (some("Bearer abc"), None));
}

#[test]
fn what_cannot_be_a_header_is_not_sent() {
    let server = Server::start(vec![Reply::json(r#"{"decision":true}"#)]);
    for bad in ["", "two words", "line\r\nX-Role: admin", "密钥", " x", "x\t"] {
        for client in [client(&server).with_token(bad), client(&server).with_api_key(bad)] {
            let error = client.evaluate(&question()).unwrap_err();
            assert!(matches!(error, Error::Header { .. }), "{bad:?}: {error:?}");
            assert!(bad.is_empty() || !error.to_string().contains(bad.trim()), "{error}");
            assert!(!client.allowed(&question()));
        }
        let result = client(&server).evaluate(&question().with_request_id(bad));
        assert!(matches!(result, Err(Error::Header { what: "request id" })), "{bad:?}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn secrets_stay_out_of_debug_output() {
    let client =
        Client::new("http://127.0.0.1:1").unwrap().with_token("s3cret").with_api_key("s3cret");
    let text = format!("{client:?}");
    assert!(!text.contains("s3cret") && text.contains("127.0.0.1"), "{text}");
}

#[test]
fn connections_are_kept_and_shared() {
    let server = Server::start(vec![Reply::staying(r#"{"decision":true}"#)]);
    let client = client(&server).with_token("abc");
    let township = client.for_township("370285102000").unwrap();
    for _ in 0..3 {
        assert!(client.allowed(&question()) && township.clone().allowed(&question()));
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 6);
    assert!(asked.iter().all(|it| it.connection == 1), "{asked:?}");
}

#[test]
fn a_given_agent_does_not_change_what_an_answer_is() {
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(true)
        .max_redirects(5)
        .build()
        .new_agent();
    let elsewhere = Server::start(vec![Reply::json(r#"{"decision":true}"#)]);
    let location = format!("Location: {}/", elsewhere.url);
    let server = Server::start(vec![
        Reply::with(303, &[&location], ""),
        Reply::with(403, &[JSON], r#""no""#),
        Reply::json(r#"{"decision":true}"#),
    ]);
    let client = client(&server).with_agent(agent);
    assert_eq!(client.evaluate(&question()).unwrap_err().status(), Some(303));
    assert!(matches!(client.evaluate(&question()), Err(Error::Forbidden { .. })));
    assert!(client.allowed(&question()));
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn a_client_goes_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    shared::<Client>();
    error::<Error>();
    error::<crate::ItemError>();
}
