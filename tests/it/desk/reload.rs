//! Reloading a plain folder: what is broken stays out and is told, what is mended comes in.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tests::server::Server;

use super::{
    EVALUATION, EVALUATIONS, RESOURCES, allowed, ask, change, folder, get, lay, post, put, serve,
    signal, tried, wait_for,
};

const SCHEMA: &str = "entity user = { \"age\"?: Long };\nentity door;\naction open, shut appliesTo { principal: [user], resource: [door] };\n";
const RULES: &str =
    "@id(\"doors/open\")\npermit (principal, action == Action::\"open\", resource);\n";
const BOTH: &str = "@id(\"doors/all\")\npermit (principal, action, resource);\n";
const NONE: &str = "@id(\"doors/none\")\nforbid (principal, action, resource);\n";
const ENTITIES: &str = r#"[{"uid": {"type": "user", "id": "ann"}, "attrs": {}, "parents": []}, {"uid": {"type": "door", "id": "d"}, "attrs": {}, "parents": []}]"#;

fn doors(name: &str) -> std::path::PathBuf {
    folder(
        name,
        &[("doors.cedarschema", SCHEMA), ("doors.cedar", RULES), ("entities.json", ENTITIES)],
    )
}

fn opens(server: &Server) -> bool {
    allowed(server, &ask("user/ann", "open", "door/d"))
}

fn shuts(server: &Server) -> bool {
    allowed(server, &ask("user/ann", "shut", "door/d"))
}

fn reload(server: &Server) -> super::Reply {
    post(server, "/v1/packages/reload", &json!({}))
}

fn status(server: &Server) -> Value {
    get(server, "/v1/packages").with(200)["packages"][0].clone()
}

#[test]
fn a_broken_folder_is_refused_told_and_changes_nothing() {
    let policies = doors("broken");
    let server = serve(&policies, &[]);
    let before = status(&server);
    for (file, broken, mended) in [
        (
            "doors.cedar",
            "@id(\"doors/open\")\npermit (principal, action == Action::\"open\" resource);\n",
            Some(RULES),
        ),
        (
            "doors.cedar",
            "@id(\"doors/open\")\npermit (principal, action, resource) when { principal.age == \"x\" };\n",
            Some(RULES),
        ),
        (
            "doors.cedar",
            "@id(\"doors/open\")\npermit (principal, action == Action::\"fly\", resource);\n",
            Some(RULES),
        ),
        ("doors.cedarschema", "entity user = { ;\n", Some(SCHEMA)),
        ("entities.json", "[{\"uid\": ", Some(ENTITIES)),
        (
            "entities.json",
            "[{\"uid\": {\"type\": \"user\", \"id\": \"ann\"}, \"attrs\": {\"age\": \"x\"}, \"parents\": []}]",
            Some(ENTITIES),
        ),
        ("callers/own.cedar", "permit (principal, action == Action::\"Ask\" resource);\n", None),
        ("callers/own.cedar", "permit (principal, action == Action::\"Fly\", resource);\n", None),
    ] {
        lay(&policies, file, broken);
        let reply = reload(&server);
        assert_eq!(reply.code(422), "PACKAGE_INVALID", "{broken}");
        assert!(opens(&server) && !shuts(&server), "the old rules answer: {broken}");
        let now = status(&server);
        assert_eq!((&now["edition"], &now["generation"]), (&before["edition"], &json!(1)), "{now}");
        let refused = &now["refused"];
        let name = file.split('/').next().unwrap();
        assert!(refused["message"].as_str().unwrap().contains(name), "{refused}");
        if file.starts_with("doors.") {
            let first = &refused["diagnostics"][0];
            assert_eq!(
                (&first["file"], &first["severity"]),
                (&json!(file), &json!("error")),
                "{now}"
            );
            assert!(first["line"].as_u64().unwrap() > 0 && first["message"].is_string(), "{now}");
        }
        match mended {
            Some(text) => lay(&policies, file, text),
            None => std::fs::remove_file(policies.join(file)).unwrap(),
        }
    }
    assert_eq!(reload(&server).with(200)["reload"], "unchanged");
    assert!(status(&server).get("refused").is_none(), "a reload that was taken forgets it");
}

#[test]
fn every_refused_reload_has_diagnostics() {
    let policies = doors("told");
    let server = serve(&policies, &[]);
    for (file, broken, mended) in [
        ("entities.json", "[{\"uid\": ", ENTITIES),
        ("callers/own.cedar", "permit (principal, action == Action::\"Ask\" resource);\n", ""),
    ] {
        lay(&policies, file, broken);
        assert_eq!(reload(&server).status, 422);
        let refused = status(&server)["refused"].clone();
        let told = refused["diagnostics"][0]["file"].as_str().unwrap_or_default();
        assert!(!told.is_empty() && file.starts_with(told), "{refused}");
        lay(&policies, file, mended);
    }
}

#[test]
fn a_mended_folder_is_swapped_in_and_an_unchanged_one_is_left() {
    let policies = doors("mended");
    let server = serve(&policies, &[]);
    let before = status(&server);
    assert_eq!(reload(&server).with(200)["reload"], "unchanged");
    assert_eq!(status(&server)["generation"], 1);
    lay(&policies, "doors.cedar", "broken");
    assert_eq!(reload(&server).status, 422);
    lay(&policies, "doors.cedar", BOTH);
    let done = reload(&server).with(200);
    assert_eq!((&done["reload"], &done["package"]["generation"]), (&json!("swapped"), &json!(2)));
    assert_ne!(done["package"]["edition"], before["edition"]);
    assert!(opens(&server) && shuts(&server));
    assert_eq!(reload(&server).with(200)["reload"], "unchanged");
    lay(&policies, "more.cedar", NONE);
    assert_eq!(reload(&server).with(200)["package"]["generation"], 3);
    assert!(!opens(&server));
}

#[test]
fn entities_written_over_the_api_outlive_a_reload() {
    let policies = doors("entities");
    let server = serve(&policies, &[]);
    put(&server, "/v1/entities/user/bea", &json!({"attrs": {"age": 7}})).with(200);
    lay(
        &policies,
        "doors.cedar",
        "@id(\"doors/old\")\npermit (principal, action, resource) when { principal has age && principal.age > 5 };\n",
    );
    assert_eq!(reload(&server).with(200)["reload"], "swapped");
    assert!(allowed(&server, &ask("user/bea", "open", "door/d")) && !opens(&server));
    change(
        &policies.join("entities.json"),
        "\"attrs\": {}, \"parents\": []}, {",
        "\"attrs\": {\"age\": 9}, \"parents\": []}, {",
    );
    assert_eq!(reload(&server).with(200)["reload"], "swapped");
    assert!(allowed(&server, &ask("user/bea", "open", "door/d")) && opens(&server));
}

#[test]
fn a_schema_that_stored_entities_do_not_fit_is_refused() {
    let policies = doors("schema");
    let server = serve(&policies, &[]);
    put(&server, "/v1/entities/user/bea", &json!({"attrs": {"age": 7}})).with(200);
    lay(&policies, "doors.cedarschema", &SCHEMA.replace("Long", "String"));
    assert_eq!(reload(&server).code(422), "PACKAGE_INVALID");
    assert_eq!(get(&server, "/v1/entities/user/bea").with(200)["attrs"]["age"], 7);
    assert!(opens(&server));
}

#[test]
fn a_hangup_reloads() {
    let policies = doors("hangup");
    let server = serve(&policies, &[]);
    wait_for("the signal is listened for", || get(&server, "/readyz").status == 200);
    lay(&policies, "doors.cedar", "broken");
    signal(&server, "HUP");
    wait_for("the refusal is told", || status(&server).get("refused").is_some());
    assert!(opens(&server));
    lay(&policies, "doors.cedar", BOTH);
    signal(&server, "HUP");
    wait_for("the new rules", || shuts(&server));
    assert_eq!(status(&server)["generation"], 2);
}

#[test]
fn a_watched_folder_is_reloaded_by_itself() {
    let policies = doors("watch");
    let server = serve(&policies, &["--watch", "1"]);
    lay(&policies, "doors.cedar", BOTH);
    wait_for("the new rules", || shuts(&server));
    lay(&policies, "doors.cedar", "broken");
    wait_for("the refusal", || status(&server).get("refused").is_some());
    assert!(opens(&server) && shuts(&server));
}

#[test]
fn no_request_fails_during_fifty_reloads() {
    let policies = doors("fifty");
    let server = serve(&policies, &[]);
    let stop = AtomicBool::new(false);
    let asked = AtomicU64::new(0);
    let single = ask("user/ann", "open", "door/d").to_string();
    let question = ask("user/ann", "open", "door/d");
    let batch = json!({"evaluations": [question, question, question]}).to_string();
    let search = json!({"subject": question["subject"], "action": question["action"], "resource": {"type": "door"}}).to_string();
    let swapped = std::thread::scope(|scope| {
        for (path, body) in [
            (EVALUATION, &single),
            (EVALUATIONS, &batch),
            (RESOURCES, &search),
            (EVALUATION, &single),
        ] {
            let (server, stop, asked) = (&server, &stop, &asked);
            scope.spawn(move || {
                while !stop.load(Ordering::SeqCst) {
                    let reply = tried(&server.url, "POST", path, &[], Some(body));
                    let reply = reply.unwrap_or_else(|| panic!("no answer from {path}"));
                    assert_eq!(reply.status, 200, "{path}: {}", reply.text);
                    // One batch is answered under one load of the rules.
                    let items = reply.json()["evaluations"].as_array().cloned().unwrap_or_default();
                    assert!(items.windows(2).all(|pair| pair[0] == pair[1]), "{}", reply.text);
                    asked.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let mut swapped = 0;
        for round in 0..50 {
            lay(&policies, "doors.cedar", if round % 2 == 0 { NONE } else { BOTH });
            if round % 10 == 5 {
                lay(&policies, "doors.cedar", "broken");
            }
            swapped += u64::from(reload(&server).status == 200);
            std::thread::sleep(Duration::from_millis(10));
        }
        stop.store(true, Ordering::SeqCst);
        swapped
    });
    assert_eq!(swapped, 45);
    assert!(asked.load(Ordering::SeqCst) > 100, "{asked:?}");
    assert_eq!(status(&server)["generation"], 46 - 5, "five mended ones were the same as before");
}
