//! Plain folders on the command line: deciding and checking.

use std::path::Path;

use serde_json::{Value, json};
use tests::district::{root, scratch, write};
use tests::server::run;

use super::folder;

const ADA: &str = "CiQ1YjFmMGU1Mi03YzBkLTRiNTItOWQyZS0wYzZhM2Y4ZTFhMDESBWxvY2Fs";
const DORA: &str = "CiQ4ZTRiM2Y4NS1hZjNhLTRlODUtOGE1Yi0zZjlkNmNiZTRkMDQSBWxvY2Fs";
const ITEM: &str = "5d4abc4e-d5b8-4dbc-8f5b-9e8a4d5cbe15";

fn question(who: &str, action: &str) -> Value {
    json!({"subject": {"type": "user", "id": who}, "action": {"name": action},
        "resource": {"type": "todo", "id": ITEM}})
}

/// Decides a request over the to-do example; gives exit code, stdout and stderr.
fn decide(words: &[&str], request: &str) -> (Option<i32>, String, String) {
    let file = scratch("desk-decide").join("request.json");
    write(&file, request);
    let todo = root().join("examples/todo");
    let mut all = words.to_vec();
    all.extend(["decide", "--policies", todo.to_str().unwrap(), file.to_str().unwrap()]);
    let output = run(&all);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn check(words: &[&str], path: &Path) -> (Option<i32>, String) {
    let mut all = words.to_vec();
    all.extend(["check", path.to_str().unwrap()]);
    let output = run(&all);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn one_question_is_answered_with_its_exit_code() {
    let (code, said, _) = decide(&[], &question(ADA, "can_delete_todo").to_string());
    assert!(
        code == Some(0) && said.contains("可以办") && said.contains("todo/delete-any"),
        "{code:?} {said}"
    );
    let (code, said, _) = decide(&[], &question(DORA, "can_delete_todo").to_string());
    assert!(code == Some(2) && said.contains("不能办"), "{code:?} {said}");
    for broken in ["{", "[]", "{\"subject\": 7}", "", "{\"subject\":{\"type\":\"user\"}}"] {
        let (code, said, errors) = decide(&[], broken);
        assert_eq!((code, said.as_str()), (Some(3), ""), "{broken}: {errors}");
        assert!(errors.contains("REQUEST_UNREADABLE"), "{broken}: {errors}");
    }
    let todo = root().join("examples/todo");
    let output = run(&["decide", "--policies", todo.to_str().unwrap(), "no-such-file.json"]);
    assert_eq!(output.status.code(), Some(3));
    let output = run(&["decide", "--policies", "no/such/folder", "Cargo.toml"]);
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn json_has_the_shape_of_an_explained_answer() {
    let (code, said, _) =
        decide(&["--format", "json"], &question(ADA, "can_delete_todo").to_string());
    let answer: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!((code, &answer["decision"]), (Some(0), &json!(true)));
    let context = &answer["context"];
    assert_eq!(context["reasons"][0]["policy"], "todo/delete-any");
    assert_eq!(
        context["reasons"][0]["basis"][0],
        "AuthZEN interop, Todo 1.0: can_update_todo and can_delete_todo"
            .replace("can_update_todo and ", "")
    );
    assert!(context["obligations"].is_array() && context["edition"].is_string(), "{answer}");
    let (code, said, _) =
        decide(&["--format", "json"], &question(DORA, "can_delete_todo").to_string());
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &answer["decision"]), (Some(2), &json!(false)));
    assert_eq!(answer["context"]["reasons"][0]["effect"], "absent", "{answer}");
    assert!(answer["context"]["missing"][0]["conditions"].is_array(), "{answer}");
    let (code, said, errors) = decide(&["--format", "json"], "{");
    assert_eq!((code, said.as_str()), (Some(3), ""));
    let error: Value = serde_json::from_str(errors.lines().last().unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "REQUEST_UNREADABLE", "{errors}");
}

#[test]
fn english_is_spoken_when_asked_for() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for action in ["can_delete_todo", "can_fly"] {
        for who in [ADA, DORA] {
            let (_, said, errors) = decide(&["--lang", "en"], &question(who, action).to_string());
            assert!(said.starts_with("allow") || said.starts_with("deny"), "{said}");
            assert!(!chinese(&said) && !chinese(&errors), "{said} {errors}");
        }
    }
    let (_, _, errors) = decide(&["--lang", "en"], "{");
    assert!(!chinese(&errors), "{errors}");
}

#[test]
fn a_batch_stops_where_its_semantic_says() {
    let items = json!([
        question(ADA, "can_delete_todo"),
        question(DORA, "can_delete_todo"),
        question(ADA, "can_read_todos")
    ]);
    let answers = |semantic: &str| {
        let body = json!({"evaluations": items, "options": {"evaluations_semantic": semantic}});
        let (code, said, errors) = decide(&["--format", "json"], &body.to_string());
        let answer: Value =
            serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said} {errors}"));
        let all = answer["evaluations"].as_array().unwrap().clone();
        (code, all.iter().map(|it| it["decision"].as_bool().unwrap()).collect::<Vec<_>>())
    };
    assert_eq!(answers("execute_all"), (Some(2), vec![true, false, true]));
    assert_eq!(answers("deny_on_first_deny"), (Some(2), vec![true, false]));
    assert_eq!(answers("permit_on_first_permit"), (Some(0), vec![true]));
    let all =
        json!({"evaluations": [question(ADA, "can_read_todos"), question(ADA, "can_delete_todo")]});
    assert_eq!(decide(&[], &all.to_string()).0, Some(0), "all are allowed");
    let broken = json!({"evaluations": [question(ADA, "can_read_todos"), {"subject": 7}]});
    let (code, said, _) = decide(&["--format", "json"], &broken.to_string());
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &answer["evaluations"][1]["decision"]), (Some(2), &json!(false)), "{said}");
    assert_eq!(answer["evaluations"][1]["context"]["error"]["status"], 400, "{said}");
    let wrong = json!({"evaluations": items, "options": {"evaluations_semantic": "some"}});
    assert_eq!(decide(&[], &wrong.to_string()).0, Some(3));
}

const SCHEMA: &str = "entity user in [group] = { \"boss\"?: user };\nentity group;\naction look appliesTo { principal: [user], resource: [user] };\n";

#[test]
fn check_names_the_file_line_and_column_of_what_is_broken() {
    let broken = "@id(\"a\")\npermit (principal, action == Action::\"look\", resource)\nwhen { principal.bos == resource };\n";
    let path = folder(
        "check",
        &[
            ("s.cedarschema", SCHEMA),
            ("rules/a.cedar", broken),
            ("b.cedar", "permit (principal,\n  action resource);\n"),
        ],
    );
    let (code, said) = check(&[], &path);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("rules/a.cedar:3:") && said.contains("b.cedar:2:"), "{said}");
    let (code, said) = check(&["--format", "json"], &path);
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, &answer["errors"], &answer["warnings"]),
        (Some(2), &json!(2), &json!(0)),
        "{said}"
    );
    for diagnostic in answer["diagnostics"].as_array().unwrap() {
        for part in ["code", "severity", "message", "help", "file"] {
            assert!(diagnostic[part].is_string(), "{part}: {diagnostic}");
        }
        assert!(
            diagnostic["line"].as_u64() > Some(1) && diagnostic["column"].as_u64() > Some(0),
            "{diagnostic}"
        );
    }
    let (code, _) = check(&[], &root().join("examples/documents"));
    assert_eq!(code, Some(0));
}

#[test]
fn check_reads_entities_against_the_schema_and_warns_of_references_to_nothing() {
    let rules = "@id(\"a\")\npermit (principal, action, resource);\n";
    let user = |attrs: Value, parents: Value| {
        json!([{"uid": {"type": "user", "id": "ann"}, "attrs": attrs, "parents": parents}])
            .to_string()
    };
    let ghost = json!({"__entity": {"type": "user", "id": "ghost"}});
    let text = user(json!({"boss": ghost}), json!([{"type": "group", "id": "nowhere"}]));
    let path = folder(
        "dangling",
        &[("s.cedarschema", SCHEMA), ("a.cedar", rules), ("entities.json", &text)],
    );
    let (code, said) = check(&["--format", "json"], &path);
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (code, &answer["errors"], &answer["warnings"]),
        (Some(0), &json!(0), &json!(2)),
        "{said}"
    );
    assert!(
        said.contains("ghost") && said.contains("nowhere") && said.contains("dangling_reference"),
        "{said}"
    );
    for broken in
        [user(json!({"boss": 7}), json!([])), user(json!({"hat": 7}), json!([])), "[{]".to_owned()]
    {
        write(&path.join("entities.json"), &broken);
        let (code, said) = check(&[], &path);
        assert!(code == Some(2) && said.contains("entities.json"), "{broken}: {said}");
    }
}

#[test]
fn check_reads_the_policies_for_callers_too() {
    let rules = "@id(\"a\")\npermit (principal, action, resource);\n";
    let fly = "@id(\"b\")\npermit (principal, action == Action::\"Fly\", resource);\n";
    let plain = folder("check-callers", &[("a.cedar", rules), ("callers/own.cedar", fly)]);
    let district = tests::district::small(&scratch("desk-check-callers"), 24);
    super::lay(&district, "callers/own.cedar", fly);
    for path in [&plain, &district] {
        let (code, said) = check(&[], path);
        assert!(code == Some(2) && said.contains("callers/"), "{code:?} {said}");
        super::lay(path, "callers/own.cedar", &fly.replace("Fly", "Ask"));
        let (code, said) = check(&[], path);
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn a_broken_folder_decides_nothing_and_does_not_serve() {
    let path = folder("unusable", &[("a.cedar", "permit (principal, action resource);\n")]);
    let request = path.join("../request.json");
    write(&request, &question(ADA, "can_read_todos").to_string());
    let policies = path.to_str().unwrap();
    let output = run(&["decide", "--policies", policies, request.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("PACKAGE_INVALID") && said.contains("a.cedar:1:"), "{said}");
    let store = format!("embedded:{}", path.join("../data").display());
    let output =
        run(&["serve", "--policies", policies, "--listen", "127.0.0.1:0", "--store", &store]);
    assert_eq!(output.status.code(), Some(2));
}
