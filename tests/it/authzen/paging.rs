//! Pages of a search: limits, tokens, follow-ups (reference §5).

use serde_json::{Value, json};
use tests::server::Server;

use super::http::{Reply, post};
use super::packages::{crowd, crowd_shown, documents, records};
use super::{ACTIONS, RESOURCES, SUBJECTS, answered, assert_bad_request, named, with, without};

/// More than a page of items.
fn items() -> Value {
    json!({"subject": {"type": "user", "id": "u-00"}, "action": {"name": "see"}, "resource": {"type": "item"}})
}

/// The three searches over [`crowd`], with how much each finds.
fn searches() -> [(&'static str, Value, usize); 3] {
    let item = json!({"type": "item", "id": "i-0001"});
    [
        (
            SUBJECTS,
            json!({"subject": {"type": "user"}, "action": {"name": "see"}, "resource": item}),
            37,
        ),
        (RESOURCES, items(), crowd_shown().len()),
        (ACTIONS, json!({"subject": {"type": "user", "id": "u-00"}, "resource": item}), 5),
    ]
}

fn limited(body: &Value, limit: usize) -> Value {
    with(body.clone(), "page.limit", json!(limit))
}

/// The token of an answer; empty at the end or without a page.
fn token(reply: &Reply) -> String {
    let answer = answered(reply);
    match answer.get("page") {
        None => String::new(),
        Some(page) => {
            page["next_token"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned()
        }
    }
}

fn ids(path: &str, reply: &Reply) -> Vec<String> {
    answered(reply)["results"].as_array().unwrap().iter().map(|it| named(path, it)).collect()
}

/// Asserts what holds of every page.
fn assert_page(reply: &Reply) {
    let ordered = reply.ordered();
    let names = ordered.names();
    let Some(page) = ordered.member("page") else { return };
    assert_eq!(names.first(), Some(&"page"), "{}", reply.text);
    assert_eq!(names.last(), Some(&"results"), "{}", reply.text);
    for name in page.names() {
        assert!(["next_token", "count", "total", "properties"].contains(&name), "{}", reply.text);
    }
    let answer = reply.json();
    assert!(answer["page"]["next_token"].is_string(), "{}", reply.text);
    if let Some(count) = answer["page"].get("count") {
        assert_eq!(count, &json!(answer["results"].as_array().unwrap().len()), "{}", reply.text);
    }
}

/// All results of a search, following `next_token` with nothing but the token in the page.
pub(crate) fn whole(server: &Server, path: &str, body: &Value) -> Vec<String> {
    let mut reply = post(server, path, body);
    let mut all = ids(path, &reply);
    for _ in 0..5_000 {
        let token = token(&reply);
        if token.is_empty() {
            return all;
        }
        let next = with(without_page(body), "page", json!({"token": token}));
        reply = post(server, path, &next);
        assert_page(&reply);
        all.extend(ids(path, &reply));
    }
    panic!("the pages of {path} do not end: {body}");
}

fn without_page(body: &Value) -> Value {
    if body.get("page").is_some() { without(body.clone(), "page") } else { body.clone() }
}

#[test]
fn following_the_token_reaches_every_result_from_a_limit_of_one() {
    for (path, body, count) in searches() {
        let all = whole(crowd(), path, &body);
        assert_eq!(all.len(), count, "{path}");
        // one by one where that is few enough
        let limit = if count > 100 { 40 } else { 1 };
        assert_eq!(whole(crowd(), path, &limited(&body, limit)), all, "{path} by {limit}");
    }
    let all = whole(documents(), RESOURCES, &view());
    assert_eq!(all, ["budget", "plan", "welcome", "报告-2026"]);
    assert_eq!(whole(documents(), RESOURCES, &limited(&view(), 1)), all);
    let body = json!({"subject": {"type": "user"}, "action": {"name": "read"}, "resource": {"type": "record", "id": "record-1"}});
    assert_eq!(whole(records(), SUBJECTS, &limited(&body, 1)), ["alice", "bob", "carol"]);
}

#[test]
fn a_page_has_at_most_its_limit_and_the_pages_make_the_whole() {
    let all = crowd_shown();
    for limit in [2, 100, 401, 801, 802, 803, 5_000] {
        let first = post(crowd(), RESOURCES, &limited(&items(), limit));
        assert_page(&first);
        let got = ids(RESOURCES, &first);
        assert!(got.len() <= limit && !got.is_empty(), "{limit}: {}", got.len());
        assert_eq!(got, all[..got.len()], "{limit}");
        if got.len() < all.len() {
            assert!(!token(&first).is_empty(), "{limit}: a part says that there is more");
        }
        if limit > 2 {
            assert_eq!(whole(crowd(), RESOURCES, &limited(&items(), limit)), all, "{limit}");
        }
    }
}

#[test]
fn the_page_is_the_first_member_and_tells_the_next_token() {
    for (path, body, count) in searches() {
        let reply = post(crowd(), path, &limited(&body, 2));
        let ordered = reply.ordered();
        assert_eq!(ordered.names().first(), Some(&"page"), "{}", reply.text);
        assert!(reply.text.starts_with(r#"{"page":{"#), "{}", reply.text);
        assert!(!token(&reply).is_empty());
        assert_page(&reply);
        if let Some(total) = reply.json()["page"].get("total") {
            assert_eq!(total, &json!(count), "{path}");
        }
    }
}

#[test]
fn a_follow_up_may_omit_the_limit_and_keeps_it() {
    for (path, body, _) in searches() {
        let first = post(crowd(), path, &limited(&body, 2));
        let page = json!({"token": token(&first)});
        let second = post(crowd(), path, &with(body.clone(), "page", page));
        assert_page(&second);
        assert_eq!(ids(path, &second).len(), 2, "{path}: the first limit goes on");
        let page = json!({"token": token(&first), "limit": 2});
        let again = post(crowd(), path, &with(body, "page", page));
        assert_eq!(ids(path, &again), ids(path, &second), "{path}: the same limit may be repeated");
    }
}

#[test]
fn a_token_with_another_request_is_an_error() {
    let body = with(items(), "context.note", json!("a"));
    let body = with(body, "subject.properties.team", json!("t"));
    let first = post(crowd(), RESOURCES, &limited(&body, 2));
    let follow = with(body, "page", json!({"token": token(&first)}));
    assert_eq!(ids(RESOURCES, &post(crowd(), RESOURCES, &follow)).len(), 2);
    for (member, value) in [
        ("subject.id", json!("u-01")),
        ("subject.type", json!("item")),
        ("action.name", json!("take")),
        ("resource.type", json!("user")),
        ("context.note", json!("b")),
        ("context.more", json!(1)),
        ("context", json!({})),
        ("subject.properties.team", json!("u")),
        ("resource.properties.shown", json!(true)),
        ("action.properties.soft", json!(true)),
        ("page.limit", json!(3)),
        ("page.limit", json!(1)),
        ("page.limit", json!(0)),
    ] {
        let changed = with(follow.clone(), member, value);
        assert_bad_request(&post(crowd(), RESOURCES, &changed), &changed.to_string());
    }
    let other = json!({"subject": {"type": "user"}, "action": {"name": "see"}, "resource": {"type": "item", "id": "i-0001"},
        "page": {"token": token(&first)}});
    assert_bad_request(&post(crowd(), SUBJECTS, &other), "a token of another search");
    let other = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"}, "resource": {"type": "record"},
        "page": {"token": token(&first)}});
    assert_bad_request(&post(records(), RESOURCES, &other), "a token of another server");
}

#[test]
fn a_follow_up_is_the_same_request_in_any_order_of_members() {
    let first = post(crowd(), RESOURCES, &limited(&items(), 2));
    let token = serde_json::to_string(&token(&first)).unwrap();
    let plain = format!(
        r#"{{"subject":{{"type":"user","id":"u-00"}},"action":{{"name":"see"}},"resource":{{"type":"item"}},"page":{{"token":{token}}}}}"#
    );
    let turned = format!(
        r#"{{"page":{{"foo":[null],"token":{token},"limit":2}},"unknown":1,"resource":{{"type":"item"}},"action":{{"name":"see","x":{{}}}},"subject":{{"id":"u-00","type":"user"}}}}"#
    );
    let plain = super::http::send(crowd(), RESOURCES, &plain);
    let turned = super::http::send(crowd(), RESOURCES, &turned);
    assert_eq!(ids(RESOURCES, &plain).len(), 2);
    assert_eq!(
        ids(RESOURCES, &turned),
        ids(RESOURCES, &plain),
        "members nobody knows are not the request"
    );
}

#[test]
fn a_token_that_was_not_given_out_is_an_error() {
    let first = post(crowd(), RESOURCES, &limited(&items(), 2));
    let good = token(&first);
    let mut bad: Vec<String> =
        ["x", "AAAA", "null", "{}", "0", " ", "件-7", "i-0001"].map(str::to_owned).to_vec();
    bad.push(format!("{good}x"));
    bad.push(format!("{good}{good}"));
    let characters: Vec<char> = good.chars().collect();
    bad.push(characters[1..].iter().collect());
    bad.push(characters[..characters.len() - 1].iter().collect());
    bad.push(characters[..characters.len() / 2].iter().collect());
    // One character changed, at places spread over the whole token. The last one is left out: its
    // lowest bits may mean nothing in base 64.
    let step = (characters.len() / 40).max(1);
    for at in (0..characters.len() - 1).step_by(step) {
        let mut changed = characters.clone();
        changed[at] = if changed[at] == 'A' { 'B' } else { 'A' };
        bad.push(changed.into_iter().collect());
    }
    for token in bad {
        let body = with(items(), "page", json!({"token": token}));
        assert_bad_request(&post(crowd(), RESOURCES, &body), &token);
    }
    for value in [json!(7), json!(true), json!([]), json!({})] {
        let body = with(items(), "page.token", value);
        assert_bad_request(&post(crowd(), RESOURCES, &body), &body.to_string());
    }
    let again = with(items(), "page", json!({"token": good}));
    assert_eq!(
        ids(RESOURCES, &post(crowd(), RESOURCES, &again)).len(),
        2,
        "the good one goes on working"
    );
}

#[test]
fn a_limit_is_a_whole_number_from_zero() {
    for (path, body, _) in searches() {
        for limit in [
            json!(-1),
            json!(1.5),
            json!("1"),
            json!(true),
            json!([]),
            json!({}),
            json!(-9_223_372_036_854_775_808_i64),
        ] {
            let body = with(body.clone(), "page.limit", limit);
            assert_bad_request(&post(crowd(), path, &body), &body.to_string());
        }
        for page in [json!(null), json!(7), json!("x"), json!([]), json!(true)] {
            let body = with(body.clone(), "page", page);
            assert_bad_request(&post(crowd(), path, &body), &body.to_string());
        }
    }
}

#[test]
fn a_limit_of_zero_counts_only() {
    for (path, body, count) in searches() {
        let reply = post(crowd(), path, &limited(&body, 0));
        assert_page(&reply);
        let answer = answered(&reply);
        assert_eq!(answer["results"], json!([]), "{}", reply.text);
        assert_eq!(answer["page"]["total"], json!(count), "{}", reply.text);
        assert_eq!(answer["page"]["next_token"], "", "{}", reply.text);
    }
}

#[test]
fn a_page_may_hold_what_nobody_knows() {
    let plain = whole(documents(), RESOURCES, &view());
    assert!(plain.len() > 2);
    for page in [
        json!({}),
        json!({"foo": 1, "offset": -1, "size": null}),
        json!({"properties": {}}),
        json!({"properties": {"a": [null, 1.5]}}),
        json!({"limit": 1_000_000_000_000_i64}),
    ] {
        let body = with(view(), "page", page);
        assert_eq!(whole(documents(), RESOURCES, &body), plain, "{body}");
    }
    let body = with(view(), "page", json!({"limit": 1, "next_token": "x", "cursor": 7}));
    assert_eq!(ids(RESOURCES, &post(documents(), RESOURCES, &body)).len(), 1);
}

fn view() -> Value {
    json!({"subject": {"type": "user", "id": "ana"}, "action": {"name": "view"}, "resource": {"type": "document"}})
}

#[test]
fn an_empty_search_has_no_next_page() {
    for limit in [1, 100] {
        let body = json!({"subject": {"type": "user", "id": "nobody"}, "action": {"name": "see"}, "resource": {"type": "item"}});
        let reply = post(crowd(), RESOURCES, &limited(&body, limit));
        assert_eq!(
            (ids(RESOURCES, &reply).len(), token(&reply).as_str()),
            (0, ""),
            "{}",
            reply.text
        );
    }
}
