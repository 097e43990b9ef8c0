//! Matters over HTTP on the manual clock: deadlines, gates, questions, variants, works.

mod bands;
mod deadlines;
mod questions;
mod register;
mod supervision;
mod variants;
mod works;

use std::path::Path;

use serde_json::{Value, json};
use tests::district;
use tests::server::{Answer, Server};

pub(crate) const VILLAGE: &str = "370285102259";

/// Body, entitled, present, in favour.
pub(crate) type Met = (&'static str, i64, i64, i64);

/// A demo server over a copy of the shipped district that the test has changed.
pub(crate) fn served(name: &str, change: impl FnOnce(&Path)) -> Server {
    let scratch = district::scratch(name);
    let policies = district::small(&scratch, 24);
    change(&policies);
    Server::demo(&policies, &scratch.join("data"), &["--clock", "manual", "--allow-unproved"])
}

/// Opens a matter; its id.
pub(crate) fn open(server: &Server, who: &str, body: &Value) -> String {
    let opened = server.post(who, "/v1/matters", body);
    assert_eq!(opened.status, 201, "{}", opened.body);
    opened.body["id"].as_str().unwrap_or_default().to_owned()
}

/// Today, as the server has it.
pub(crate) fn today(server: &Server) -> String {
    server.get("", "/v1/clock").body["today"].as_str().unwrap_or_default().to_owned()
}

/// Moves the manual clock to a day.
pub(crate) fn move_to(server: &Server, day: &str) {
    let answer = server.post("", "/v1/clock", &json!({"to": day}));
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Records a meeting held today that was called `notice` days before.
pub(crate) fn meet(server: &Server, matter: &str, met: Met, notice: i64) -> Value {
    let (body, eligible, present, in_favour) = met;
    let called = today(server);
    if notice > 0 {
        server.days_pass(notice);
    }
    let item = matter.split('-').nth(1).unwrap_or_default();
    let record = json!({"body": body, "village": VILLAGE, "item": item, "matter": matter,
        "day": today(server), "notice_day": called, "eligible": eligible, "present": present,
        "in_favour": in_favour, "against": present - in_favour, "abstain": 0});
    let recorded = server.post("clerk", "/v1/meetings", &record);
    assert_eq!(recorded.status, 201, "{body}: {}", recorded.body);
    recorded.body["id"].clone()
}

/// Takes a step, whatever comes of it.
pub(crate) fn step(server: &Server, who: &str, matter: &str, body: &Value) -> Answer {
    server.post(who, &format!("/v1/matters/{matter}/steps"), body)
}

/// Takes a step that must go through.
pub(crate) fn take(server: &Server, who: &str, matter: &str, body: &Value) {
    let answer = step(server, who, matter, body);
    assert!(answer.status < 300, "{body}: {}", answer.body);
}

/// A step that must be refused by a policy, with words for the reader.
pub(crate) fn denied(server: &Server, who: &str, matter: &str, body: &Value, policy: &str) {
    let answer = step(server, who, matter, body);
    told(&answer, policy);
}

/// An answer that refuses by this policy, in Chinese.
pub(crate) fn told(answer: &Answer, policy: &str) {
    assert_eq!(answer.status, 403, "{policy}: {}", answer.body);
    assert!(answer.body.to_string().contains(policy), "{policy}: {}", answer.body);
    let text = answer.body["text"].as_str().unwrap_or_default();
    assert!(text.chars().any(|c| c > '\u{4e00}'), "{}", answer.body);
}

/// A matter as the clerk reads it.
pub(crate) fn view(server: &Server, matter: &str) -> Value {
    let answer = server.get("clerk", &format!("/v1/matters/{matter}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Codes of what holds the first of the next steps.
pub(crate) fn holds(view: &Value, step: &str) -> Vec<String> {
    let next = view["next"].as_array().into_iter().flatten();
    let found = next.into_iter().find(|next| next["step"] == step);
    let holds = found.and_then(|next| next["holds"].as_array().cloned()).unwrap_or_default();
    holds.iter().map(|hold| hold["code"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Posts to a part of a matter.
pub(crate) fn act(server: &Server, who: &str, matter: &str, part: &str, body: &Value) -> Answer {
    server.post(who, &format!("/v1/matters/{matter}/{part}"), body)
}

/// 四议 up to and with the step `until`, each meeting called twelve days ahead.
pub(crate) fn discuss(server: &Server, matter: &str, until: &str) {
    let plan: [(&str, &str, Option<Met>); 5] = [
        ("PRO", "secretary", Some(("BRANCH", 5, 5, 5))),
        ("TWO", "secretary", Some(("TWO", 7, 6, 6))),
        ("LEG", "township_leader", None),
        ("PTY", "secretary", Some(("PTY", 40, 30, 28))),
        ("REP", "director", Some(("REP", 45, 36, 30))),
    ];
    let done = view(server, matter)["taken"].clone();
    for (id, who, met) in plan {
        if done.as_array().is_some_and(|done| done.iter().any(|taken| taken["step"] == id)) {
            continue;
        }
        let mut body = json!({"step": id});
        if let Some(met) = met {
            body["record"] = meet(server, matter, met, 12);
        }
        take(server, who, matter, &body);
        if id == until {
            return;
        }
    }
}
