//! Reasons on the demo district, in two languages, and what a reader must not learn from them.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tests::district::{scratch, small};
use tests::server::Server;

use super::callers::{file, with_key};
use super::{EVALUATION, decision_id, explained, get};

const VILLAGE: &str = "370285102259";
const LAND: &str = "370285102259-S10-2026-001";

/// A step of the land-compensation matter by an officer of the village, citing a record.
fn step(officer: &str, record: &str) -> Value {
    json!({"subject": {"type": "Person", "id": format!("{VILLAGE}-{officer}")},
        "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": LAND, "properties": {"step": "MEM"}},
        "context": {"record": format!("{VILLAGE}-{record}-2026-001")}})
}

fn demo(name: &str, more: &[&str]) -> Server {
    let dir = scratch(&format!("desk-explain-{name}"));
    Server::demo(&small(&dir, 24), &dir.join("data"), more)
}

/// Suspends the secretary from a day long ago.
fn suspend(server: &Server) {
    let body = json!({"unit": VILLAGE, "suspended_from": "2026-01-05"});
    let put = server.put("data_admin", &format!("/v1/entities/Person/{VILLAGE}-p01"), &body);
    assert!(put.status < 300, "{}", put.body);
}

fn reason<'a>(answer: &'a Value, policy: &str) -> &'a Value {
    let all = answer["context"]["reasons"].as_array().unwrap();
    all.iter()
        .find(|it| it["policy"] == policy)
        .unwrap_or_else(|| panic!("no `{policy}`: {answer}"))
}

fn chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn land_compensation_by_representatives_is_denied_with_the_law_and_what_to_do() {
    let server = demo("land", &[]);
    for (language, word) in [("zh", "成员大会"), ("en", "members' assembly")] {
        let answer = explained(&server, &step("p01", "REP"), language);
        assert_eq!(answer["decision"], false);
        let reason = reason(&answer, "laixi/S10/member-assembly-only");
        assert_eq!(reason["effect"], "forbid");
        assert!(reason["basis"].to_string().contains("农村集体经济组织法》第26条"), "{reason}");
        for part in ["title", "text"] {
            let text = reason[part].as_str().unwrap();
            assert!(text.contains(word) && chinese(text) == (language == "zh"), "{part}: {text}");
        }
        let missing = answer["context"]["missing"].to_string();
        assert!(missing.contains(r#""context.record.body":"REP""#), "{missing}");
        let next = &answer["context"]["next"][0];
        assert_eq!(next["step"], "MEM", "{answer}");
        let waits = next["waiting_for"][0].as_str().unwrap_or_default();
        for text in [&next["title"], &next["who"], &next["waiting_for"][0]] {
            let text = text.as_str().unwrap();
            assert!(!text.is_empty() && chinese(text) == (language == "zh"), "{text}");
        }
        assert!(waits.contains(word) && waits.contains("10"), "{waits}");
        // Whoever may read the matter reads the same.
        let path = format!("/v1/matters/{LAND}?lang={language}");
        assert_eq!(&server.get("secretary", &path).body["next"][0], next);
    }
    assert!(super::allowed(&server, &step("p01", "MEM")));
}

#[test]
fn a_clerk_who_takes_the_secretarys_step_is_told_who_could() {
    let file = file();
    let server = demo("clerk", &["--callers", file.to_str().unwrap()]);
    for (language, word) in [("zh", "村党组织书记"), ("en", "Party secretary")] {
        let path = format!("{EVALUATION}?explain=1&lang={language}");
        let body = step("p05", "MEM").to_string();
        let plain = with_key(&server, "asker", "POST", &path, &body).with(200);
        let required = plain["context"]["missing"][0]["conditions"].to_string();
        assert!(required.contains("context.post.role") && !required.contains("clerk"), "{plain}");
        assert!(!required.contains("holds"), "what came of it is for readers of labels: {plain}");
        let answer = with_key(&server, "auditor", "POST", &path, &body).with(200);
        assert_eq!(answer["decision"], false);
        assert_eq!(reason(&answer, "laixi/S10/decide")["effect"], "absent");
        let who = answer["context"]["who"][0].as_str().unwrap();
        assert!(who.contains(word) && chinese(who) == (language == "zh"), "{who}");
        let conditions = answer["context"]["missing"][0]["conditions"].as_array().unwrap();
        let failed = conditions.iter().find(|it| it["holds"] == false).unwrap();
        assert_eq!(failed["values"], json!({"context.post.role": "clerk"}), "{failed}");
    }
}

/// Everything in which a suspension could show.
fn assert_silent(answer: &Value) {
    let text = answer.to_string().to_lowercase();
    for word in ["suspen", "停职", "people/", "停止履职", "2026-01-05", "20458"] {
        assert!(!text.contains(word), "`{word}` in {answer}");
    }
}

#[test]
fn an_open_server_does_not_tell_of_a_suspension() {
    let server = demo("silent", &[]);
    assert!(super::allowed(&server, &step("p01", "MEM")));
    suspend(&server);
    assert!(!super::allowed(&server, &step("p01", "MEM")));
    for record in ["MEM", "REP"] {
        for language in ["zh", "en"] {
            let answer = explained(&server, &step("p01", record), language);
            assert_eq!(answer["decision"], false);
            assert_silent(&answer);
            let id = decision_id(&answer);
            let told = get(&server, &format!("/v1/decisions/{id}?lang={language}")).with(200);
            assert_eq!((&told["decision"], &told["same"]), (&json!(false), &json!(true)), "{told}");
            assert_silent(&told);
            assert_eq!(told["context"], answer["context"], "told as it was answered");
        }
    }
}

/// The members of an answer at every level, values left out.
fn shape(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let path = if path.ends_with("values") {
                    path.to_owned()
                } else {
                    format!("{path}.{name}")
                };
                shape(inner, &path, all);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| shape(item, path, all)),
        _ => drop(all.insert(path.to_owned())),
    }
}

#[test]
fn a_hidden_suspension_has_the_shape_of_an_ordinary_absence() {
    let server = demo("shape", &[]);
    suspend(&server);
    let of = |officer: &str| {
        let mut all = BTreeSet::new();
        shape(&explained(&server, &step(officer, "MEM"), "zh"), "", &mut all);
        all
    };
    assert_eq!(of("p01"), of("p05"), "suspended (left) and not entitled (right)");
    // the conditions are the same too, for they are those of the rule
    let missing = |officer: &str| {
        explained(&server, &step(officer, "MEM"), "zh")["context"]["missing"].clone()
    };
    assert!(missing("p01")[0]["conditions"].as_array().is_some_and(|all| all.len() > 1));
    assert_eq!(missing("p01"), missing("p05"));
}

/// Of somebody's posts one is told; which one must not depend on a suspension.
#[test]
fn a_second_post_does_not_tell_of_a_suspension() {
    let server = demo("posts", &[]);
    let put = |suspended: Option<&str>| {
        let mut body = json!({"unit": VILLAGE, "posts":
            [{"role": "secretary", "unit": VILLAGE, "from": "2020-01-01", "to": "2024-12-31"}]});
        if let Some(day) = suspended {
            body["suspended_from"] = json!(day);
        }
        let put = server.put("data_admin", &format!("/v1/entities/Person/{VILLAGE}-p05"), &body);
        assert!(put.status < 300, "{}", put.body);
    };
    let told = || {
        let mut context = explained(&server, &step("p05", "MEM"), "zh")["context"].take();
        context.as_object_mut().unwrap().remove("decision_id");
        context
    };
    put(None);
    let before = told();
    assert_eq!(before["reasons"][0]["policy"], "laixi/people/post-term", "{before}");
    put(Some("2026-01-05"));
    assert_eq!(told(), before);
}

#[test]
fn a_reader_of_labels_sees_the_suspension_and_no_other_caller_does() {
    let file = file();
    let server = demo("labels", &["--callers", file.to_str().unwrap()]);
    suspend(&server);
    let path = format!("{EVALUATION}?explain=1&lang=zh");
    let body = step("p01", "MEM").to_string();
    let seen = with_key(&server, "auditor", "POST", &path, &body).with(200);
    let reason = reason(&seen, "laixi/people/suspended");
    assert_eq!(reason["effect"], "forbid");
    assert!(reason["text"].as_str().unwrap().contains("停职"), "{reason}");
    let values = seen["context"]["missing"].to_string();
    assert!(values.contains("suspendedFrom"), "{values}");
    for id in ["asker", "admin"] {
        let answer = with_key(&server, id, "POST", &path, &body).with(200);
        assert_eq!(answer["decision"], false);
        assert_silent(&answer);
    }
    // The record of the same decision is read by each as each may.
    let decision = format!("/v1/decisions/{}", decision_id(&seen));
    assert_silent(&with_key(&server, "admin", "GET", &decision, "").with(200));
    let told = with_key(&server, "auditor", "GET", &decision, "").with(200);
    assert!(told.to_string().contains("laixi/people/suspended"), "{told}");
    assert_eq!(told["caller"], "auditor");
}

#[test]
fn on_the_machine_of_the_record_the_suspension_is_told() {
    let server = demo("machine", &[]);
    suspend(&server);
    let id = decision_id(&explained(&server, &step("p01", "MEM"), "zh"));
    let policies = server.store.parent().unwrap().join("laixi");
    let said = command(&["explain", &id], &policies, &server);
    assert!(said.contains("laixi/people/suspended") && said.contains("停职"), "{said}");
    let said = command(&["--lang", "en", "explain", &id], &policies, &server);
    assert!(said.contains("suspended") && !said.contains("停职"), "{said}");
}

fn command(words: &[&str], policies: &Path, server: &Server) -> String {
    let store = super::store_of(server);
    let mut all = words.to_vec();
    all.extend(["--policies", policies.to_str().unwrap(), "--store", &store]);
    let output = tests::server::run(&all);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
