//! Base URLs, townships and what a service says of itself.

use serde_json::{Value, json};

use super::server::{Reply, Server};
use super::{client, question};
use crate::{Batch, Client, Error, Resource, Search, Subject};

/// A server that describes itself, changed, and then says yes.
fn described(path: &str, change: impl Fn(&mut Value, &str)) -> (Server, Result<Client, Error>) {
    let server = Server::start_as(|url| {
        let mut document = json!({
            "policy_decision_point": format!("{url}{path}"),
            "access_evaluation_endpoint": format!("{url}/ask/one"),
            "access_evaluations_endpoint": format!("{url}/ask/many"),
            "search_subject_endpoint": format!("{url}/find/who"),
            "search_resource_endpoint": format!("{url}/find/what"),
            "search_action_endpoint": format!("{url}/find/how"),
            "capabilities": ["urn:ietf:params:authzen:capability:x"], "signed_metadata": "a.b.c", "more": 7,
        });
        change(&mut document, url);
        vec![Reply::json(&document.to_string()), Reply::json(r#"{"decision":true}"#)]
    });
    let client = Client::discover(&format!("{}{path}", server.url));
    (server, client)
}

#[test]
fn a_service_is_asked_where_it_says() {
    let (server, client) = described("", |_, _| {});
    let client = client.unwrap().with_token("abc");
    assert_eq!(client.base_url(), server.url);
    assert!(client.allowed(&question()));
    // These cannot read the yes, but they ask.
    assert!(client.evaluations(&Batch::new([question()])).is_err());
    let resource = Resource::new("Matter", "m-1");
    let search = Search::actions(Subject::new("Person", "p-1"), resource);
    assert!(client.search_actions(&search).all(|it| it.is_err()));
    let lines: Vec<String> = server.asked().into_iter().map(|it| it.line).collect();
    assert_eq!(
        lines,
        [
            "GET /.well-known/authzen-configuration",
            "POST /ask/one",
            "POST /ask/many",
            "POST /find/how"
        ]
        .map(|it| format!("{it} HTTP/1.1"))
    );
}

#[test]
fn the_well_known_path_goes_before_the_tenant() {
    for (path, want) in [
        ("/tenant1", "/.well-known/authzen-configuration/tenant1"),
        ("/t/370285102000", "/.well-known/authzen-configuration/t/370285102000"),
        ("/a/b/", "/.well-known/authzen-configuration/a/b"),
        ("/", "/.well-known/authzen-configuration"),
    ] {
        let (server, client) = described(path, |_, _| {});
        client.unwrap();
        assert_eq!(server.asked_once().line, format!("GET {want} HTTP/1.1"));
    }
}

#[test]
fn a_description_of_another_service_is_thrown_away() {
    let changes: [fn(&str) -> String; 5] = [
        |url| format!("{url}/"),
        |url| url.replace("http://", "https://"),
        |url| url.replace("http://", "HTTP://"),
        |url| format!("{url}/tenant1"),
        |_| String::new(),
    ];
    for change in changes {
        let (server, client) =
            described("", |it, url| it["policy_decision_point"] = json!(change(url)));
        let error = client.unwrap_err();
        assert!(
            matches!(&error, Error::Identifier { expected, .. } if *expected == server.url),
            "{error:?}"
        );
    }
}

#[test]
fn a_description_that_cannot_be_used_is_an_error() {
    type Change = fn(&mut Value, &str);
    let malformed: [Change; 5] = [
        |it, _| drop(it.as_object_mut().unwrap().remove("policy_decision_point")),
        |it, _| drop(it.as_object_mut().unwrap().remove("access_evaluation_endpoint")),
        |it, _| it["access_evaluation_endpoint"] = json!(null),
        |it, _| it["search_subject_endpoint"] = json!([]),
        |it, _| *it = json!([it.clone()]),
    ];
    for change in malformed {
        let error = described("", change).1.unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error:?}");
    }
    let endpoint: [Change; 4] = [
        |it, _| it["access_evaluation_endpoint"] = json!("/access/v1/evaluation"),
        |it, _| it["access_evaluations_endpoint"] = json!(""),
        |it, _| it["search_resource_endpoint"] = json!("ftp://127.0.0.1/"),
        |it, url| it["search_action_endpoint"] = json!(url.replace("//", "//user:secret@")),
    ];
    for change in endpoint {
        let error = described("", change).1.unwrap_err();
        assert!(matches!(error, Error::Endpoint { .. }), "{error:?}");
    }
    let server = Server::start(vec![Reply::with(
        404,
        &["Content-Type: application/json"],
        r#""no such path""#,
    )]);
    assert_eq!(Client::discover(&server.url).unwrap_err().status(), Some(404));
    let server = Server::start(vec![Reply::with(200, &["Content-Type: text/html"], "{}")]);
    assert!(matches!(Client::discover(&server.url), Err(Error::ContentType { .. })));
}

#[test]
fn over_tls_nothing_leads_out_of_it() {
    let base = crate::endpoints::Base::parse("https://pdp.example").unwrap();
    let document = |many: &str| {
        json!({"policy_decision_point": "https://pdp.example",
            "access_evaluation_endpoint": "https://pdp.example/one", "access_evaluations_endpoint": many})
        .to_string()
    };
    let read = |many| crate::endpoints::Endpoints::described(&base, document(many).as_bytes());
    assert!(read("https://other.example/many").is_ok());
    assert!(matches!(read("http://pdp.example/many"), Err(Error::Endpoint { .. })));
}

#[test]
fn what_a_service_does_not_offer_is_not_asked() {
    let (server, client) = described("", |it, _| {
        let document = it.as_object_mut().unwrap();
        document
            .retain(|name, _| !name.starts_with("search") && name != "access_evaluations_endpoint");
    });
    let client = client.unwrap();
    let result = client.evaluations(&Batch::new([question()]));
    assert!(
        matches!(result, Err(Error::NotOffered { what: "access_evaluations_endpoint" })),
        "{result:?}"
    );
    let search = Search::actions(Subject::new("Person", "p-1"), Resource::new("Matter", "m-1"));
    let results: Vec<_> = client.search_actions(&search).collect();
    assert!(matches!(results.as_slice(), [Err(Error::NotOffered { .. })]), "{results:?}");
    assert_eq!(server.asked().len(), 1);
    assert!(client.allowed(&question()));
}

#[test]
fn the_description_is_asked_for_without_credentials() {
    let server = Server::start(vec![Reply::json("{}")]);
    client(&server).with_token("abc").discovered().unwrap_err();
    let asked = server.asked_once();
    assert_eq!(
        (asked.header("authorization"), asked.header("accept")),
        (None, Some("application/json"))
    );
}

#[test]
fn paths_are_put_below_the_base() {
    for (path, want) in [("", ""), ("/", ""), ("/pdp", "/pdp"), ("/pdp//", "/pdp")] {
        let server = Server::start(vec![Reply::json(r#"{"decision":true}"#)]);
        let client = Client::new(&format!("{}{path}", server.url)).unwrap();
        let township = client.for_township("370285102000").unwrap();
        let other = township.for_township("370285").unwrap();
        assert!(
            client.allowed(&question())
                && township.allowed(&question())
                && other.allowed(&question())
        );
        let lines: Vec<String> = server.asked().into_iter().map(|it| it.line).collect();
        let paths = ["", "/t/370285102000", "/t/370285"];
        assert_eq!(lines, paths.map(|it| format!("POST {want}{it}/access/v1/evaluation HTTP/1.1")));
    }
}

#[test]
fn a_township_is_digits() {
    let client = Client::new("http://127.0.0.1:1").unwrap();
    for bad in ["", "../v1", "370285102000/x", "1?", "３７０２８５", "1 ", "-1", "3702851020001"]
    {
        assert!(matches!(client.for_township(bad), Err(Error::Township { .. })), "{bad}");
    }
}

#[test]
fn a_base_is_a_plain_url() {
    for good in [
        "http://localhost",
        "https://pdp.example:8443/tenant1/",
        "http://[::1]:8181",
        "HTTP://PDP.example",
    ] {
        assert_eq!(Client::new(good).unwrap().base_url(), good);
    }
    for bad in [
        "",
        "pdp.example",
        "/relative",
        "//pdp.example",
        "ftp://pdp.example",
        "http://",
        "https:///x",
        "http://:80",
        "http://pdp.example/?x=1",
        "http://pdp.example?x",
        "http://pdp.example/#f",
        "http://user@pdp.example",
        "http://user:secret@pdp.example",
        " http://pdp.example",
        "http://pdp.example/ x",
        "http://乡约.example",
        "http://pdp.example:99999",
        "http://pdp.example\r\nX: y",
    ] {
        let result = Client::new(bad);
        assert!(matches!(result, Err(Error::BaseUrl { .. })), "{bad:?}: {result:?}");
    }
}
