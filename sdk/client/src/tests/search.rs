//! Searches: what is sent, page after page, and where they end.

use serde_json::json;

use super::client;
use super::server::{Reply, Server};
use crate::{Action, Context, Error, Resource, Search, Subject};

fn me() -> Subject {
    Subject::new("Person", "p-1")
}

fn matters() -> Search<Resource> {
    Search::resources(me(), Action::new("read"), "Matter")
}

/// A page of matters.
fn page(next: &str, ids: &[&str]) -> Reply {
    let results: Vec<_> = ids.iter().map(|id| json!({"type": "Matter", "id": id})).collect();
    Reply::json(&json!({"page": {"next_token": next}, "results": results}).to_string())
}

/// Ids in order and the error that ended it.
fn found(server: &Server, search: &Search<Resource>) -> (Vec<String>, Option<Error>) {
    let client = client(server);
    let mut results = client.search_resources(search);
    let mut ids = Vec::new();
    let mut failed = None;
    for result in results.by_ref() {
        assert!(failed.is_none(), "an error is the last thing");
        match result {
            Ok(resource) => ids.push(resource.id),
            Err(error) => failed = Some(error),
        }
    }
    assert!(results.next().is_none(), "what ended stays so");
    (ids, failed)
}

fn one(reply: Reply) -> (Vec<String>, Option<Error>) {
    found(&Server::start(vec![reply]), &matters())
}

#[test]
fn each_search_asks_its_own_question() {
    let server = Server::start(vec![
        Reply::json(
            r#"{"results":[{"type":"Person","id":"p-2"},{"id":"p-3","type":"Person","properties":{"a":1}}]}"#,
        ),
        Reply::json(r#"{"results":[{"type":"Matter","id":"m-1"}]}"#),
        Reply::json(r#"{"context":{},"results":[{"name":"read"},{"name":"sign"}]}"#),
    ]);
    let client = client(&server);
    let subjects = Search::subjects("Person", Action::new("read"), Resource::new("Matter", "m-1"));
    let subjects: Vec<Subject> =
        client.search_subjects(&subjects).collect::<Result<_, _>>().unwrap();
    assert_eq!(
        subjects,
        [Subject::new("Person", "p-2"), Subject::new("Person", "p-3").with_property("a", 1)]
    );
    let context = Context::from_iter([("a".to_owned(), json!(1))]);
    let search = matters().with_context(context).with_limit(0);
    let resources: Vec<Resource> =
        client.search_resources(&search).collect::<Result<_, _>>().unwrap();
    assert_eq!(resources, [Resource::new("Matter", "m-1")]);
    let search = Search::actions(me(), Resource::new("Matter", "m-1"));
    let actions: Vec<Action> = client.search_actions(&search).collect::<Result<_, _>>().unwrap();
    assert_eq!(actions, [Action::new("read"), Action::new("sign")]);

    let asked = server.asked();
    let lines: Vec<&str> = asked.iter().map(|it| it.line.as_str()).collect();
    assert_eq!(
        lines,
        ["subject", "resource", "action"].map(|it| format!("POST /access/v1/search/{it} HTTP/1.1"))
    );
    assert_eq!(
        asked[0].body,
        json!({"subject": {"type": "Person"}, "action": {"name": "read"}, "resource": {"type": "Matter", "id": "m-1"}})
    );
    assert_eq!(
        asked[1].body,
        json!({"subject": {"type": "Person", "id": "p-1"}, "action": {"name": "read"},
            "resource": {"type": "Matter"}, "context": {"a": 1}})
    );
    assert_eq!(
        asked[2].body,
        json!({"subject": {"type": "Person", "id": "p-1"}, "resource": {"type": "Matter", "id": "m-1"}})
    );
}

#[test]
fn pages_are_followed_to_the_end() {
    let server = Server::start(vec![page("t1", &["a", "b"]), page("t2", &[]), page("", &["c"])]);
    let search = matters().with_limit(2);
    let (ids, error) = found(&server, &search);
    assert_eq!(
        (ids, error.is_none()),
        (vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], true)
    );
    let asked = server.asked();
    let pages: Vec<_> = asked.iter().map(|it| it.body["page"].clone()).collect();
    assert_eq!(
        pages,
        [
            json!({"limit": 2}),
            json!({"limit": 2, "token": "t1"}),
            json!({"limit": 2, "token": "t2"})
        ]
    );
    for mut it in asked {
        it.body.as_object_mut().unwrap().remove("page");
        assert_eq!(
            it.body,
            json!({"subject": {"type": "Person", "id": "p-1"}, "action": {"name": "read"}, "resource": {"type": "Matter"}})
        );
    }
    // A server that cuts by itself is followed too, with nothing but its token.
    let server = Server::start(vec![page("t1", &["a"]), page("", &["b"])]);
    assert_eq!(found(&server, &matters()).0, ["a", "b"]);
    assert_eq!(server.asked()[1].body["page"], json!({"token": "t1"}));
}

#[test]
fn nothing_is_asked_before_it_is_needed() {
    let server = Server::start(vec![page("t1", &["a", "b"]), page("", &["c"])]);
    let client = client(&server);
    let search = matters();
    let mut results = client.search_resources(&search);
    assert_eq!(server.asked().len(), 0);
    for (want, asked) in [("a", 1), ("b", 1), ("c", 2)] {
        assert_eq!(results.next().unwrap().unwrap().id, want);
        assert_eq!(server.asked().len(), asked);
    }
    assert!(results.next().is_none());
}

#[test]
fn a_token_that_comes_again_ends_the_search_with_an_error() {
    let server = Server::start(vec![page("same", &["a"])]);
    let (ids, error) = found(&server, &matters());
    assert_eq!(ids, ["a", "a"]);
    assert!(matches!(error, Some(Error::RepeatedToken { pages: 2 })), "{error:?}");
    assert_eq!(server.asked().len(), 2);

    let round = vec![
        page("x", &["a"]),
        page("y", &[]),
        page("z", &["b"]),
        page("x", &["c"]),
        page("", &[]),
    ];
    let server = Server::start(round);
    let (ids, error) = found(&server, &matters());
    assert_eq!(ids, ["a", "b", "c"]);
    assert!(matches!(error, Some(Error::RepeatedToken { pages: 4 })), "{error:?}");
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_page_that_fails_ends_the_search_with_an_error() {
    let broken =
        Reply::with(400, &["Content-Type: application/json"], r#""the token is not valid""#);
    let server = Server::start(vec![page("t1", &["a"]), broken]);
    let (ids, error) = found(&server, &matters());
    assert_eq!(ids, ["a"]);
    assert!(matches!(error, Some(Error::Status { status: 400, .. })), "{error:?}");
    let client = client(&Server::start(vec![page("t1", &["a"]), Reply::raw("")]));
    let all: Result<Vec<Resource>, Error> = client.search_resources(&matters()).collect();
    assert!(matches!(all, Err(Error::Transport { .. })), "{all:?}");
}

#[test]
fn what_is_not_a_page_is_an_error() {
    for body in [
        "",
        "[]",
        "{}",
        "[null,[]]",
        r#"{"results":null}"#,
        r#"{"results":{}}"#,
        r#"{"results":["m-1"]}"#,
        r#"{"results":[["Matter","m-1"]]}"#,
        r#"{"results":[{"type":"Matter"}]}"#,
        r#"{"results":[{"type":"Matter","id":7}]}"#,
        r#"{"results":[{"type":"Matter","id":"m-1"}"#,
        r#"{"results":[{"type":"Matter","type":"Matter","id":"m-1"}]}"#,
        r#"{"results":[],"results":[{"type":"Matter","id":"m-1"}]}"#,
        r#"{"page":{},"results":[]}"#,
        r#"{"page":{"next_token":null},"results":[]}"#,
        r#"{"page":{"next_token":7},"results":[]}"#,
        r#"{"page":["t"],"results":[]}"#,
        r#"{"page":"t","results":[]}"#,
        r#"{"page":{"next_token":""}}"#,
        // of another type than was asked for
        r#"{"results":[{"type":"Matter","id":"m-1"},{"type":"Person","id":"p-1"}]}"#,
    ] {
        let (ids, error) = one(Reply::json(body));
        assert!(ids.is_empty(), "{body}: {ids:?}");
        assert!(matches!(error, Some(Error::Malformed { .. })), "{body}: {error:?}");
    }
    let (ids, error) = one(Reply::with(200, &["Content-Type: text/html"], r#"{"results":[]}"#));
    assert!(ids.is_empty() && matches!(error, Some(Error::ContentType { .. })));
    assert!(matches!(one(Reply::json(r#"{"results":[]}"#)), (ids, None) if ids.is_empty()));
}

#[test]
fn every_page_carries_the_request_id() {
    let line = "Content-Type: application/json\r\nX-Request-ID: desk-5";
    let reply = |next: &str| {
        Reply::with(200, &[line], &json!({"page": {"next_token": next}, "results": []}).to_string())
    };
    let server = Server::start(vec![reply("t1"), reply("")]);
    let (_, error) = found(&server, &matters().with_request_id("desk-5"));
    assert!(error.is_none(), "{error:?}");
    assert!(server.asked().iter().all(|it| it.header("x-request-id") == Some("desk-5")));
    let server = Server::start(vec![reply("t1"), page("", &["a"])]);
    let (ids, error) = found(&server, &matters().with_request_id("desk-5"));
    assert!(ids.is_empty() && matches!(error, Some(Error::RequestId { .. })), "{error:?}");
}
