//! Erased values and what came before: decisions that rested on them, erasures that a crash interrupted,
//! side files that are lost, and marks that contradict each other.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::server::{Server, binary, run};

use super::personal::{again, folder_of, holding, only_beside, user, verified};
use super::{
    allowed, ask, decision_id, delete, explained, folder, get, lay, post, put, serve, store_of,
};

fn over(words: &[&str], id: &str, policies: &Path, server: &Server) -> (Option<i32>, String) {
    let store = store_of(server);
    let mut all = vec!["--lang", "en"];
    all.extend(words);
    all.extend([id, "--policies", policies.to_str().unwrap(), "--store", &store]);
    let output = run(&all);
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// The one side file that holds a text.
fn side_file(server: &Server, text: &str) -> PathBuf {
    let (beside, _) = holding(&server.store, text);
    assert_eq!(beside.len(), 1, "{beside:?}");
    beside[0].clone()
}

/// What a start that has to fail said, and how it ended; none when it did not fail.
fn no_start(policies: &Path, server: &Server) -> (Option<i32>, String) {
    let mut child = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--store", &store_of(server), "--policies"])
        .arg(policies)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_decision_that_rested_on_an_erased_value_says_so() {
    let policies = folder_of("personal-past");
    // What the folder's own file says of the same user does not come back.
    lay(&policies, "entities.json", &json!([user("ann", "own-4410-one")]).to_string());
    let server = serve(&policies, &[]);
    let team = |lead: &str| json!({"uid": {"type": "team", "id": "t"}, "attrs": {"lead": lead}});
    put(&server, "/v1/entities/team/t", &team("lead-4410")).with(200);
    put(&server, "/v1/entities/user/ann", &user("ann", "nr-4410-one")).with(200);
    let yes = explained(&server, &ask("user/ann", "open", "door/d"), "en");
    let no = explained(&server, &ask("user/ann", "enter", "door/d"), "en");
    let other = explained(&server, &ask("user/ben", "open", "door/d"), "en");
    assert_eq!((&yes["decision"], &no["decision"]), (&json!(true), &json!(false)));
    put(&server, "/v1/entities/user/ann", &user("ann", "other-4410")).with(200);
    put(&server, "/v1/entities/team/t", &team("next-4410")).with(200);
    let check = |server: &Server| {
        let (code, said) = over(&["replay"], &decision_id(&yes), &policies, server);
        assert!(code == Some(4) && said.contains("ERASED"), "{code:?} {said}");
        let (code, said) = over(&["explain"], &decision_id(&yes), &policies, server);
        assert!(code == Some(4) && said.contains("erased"), "{code:?} {said}");
        let told = get(server, &format!("/v1/decisions/{}?lang=en", decision_id(&yes))).with(200);
        assert!(told.get("same").is_none() && told["decision"] == true, "{told}");
        assert!(told["note"].as_str().unwrap().contains("erased since"), "{told}");
        // Without the user the type's required value is missing: the answer is a deny all the same.
        let (code, said) = over(&["replay"], &decision_id(&other), &policies, server);
        assert!(code == Some(0) && !said.contains("erased"), "{code:?} {said}");
    };
    check(&server);
    delete(&server, "/v1/entities/user/ann").with(200);
    check(&server);
    let server = again(server, &policies);
    check(&server);
    let (_, said) = over(&["replay"], &decision_id(&no), &policies, &server);
    assert!(said.contains("erased"), "{said}");
}

#[test]
fn an_answer_that_is_the_same_without_the_value_tells_that_it_is_gone() {
    let policies = folder_of("personal-same");
    let server = serve(&policies, &[]);
    let path = "/v1/entities/guest/gus";
    put(&server, path, &json!({"attrs": {"plate": "plate-3308"}})).with(200);
    let no = decision_id(&explained(&server, &ask("guest/gus", "open", "door/d"), "en"));
    let (code, said) = over(&["replay"], &no, &policies, &server);
    assert!(code == Some(0) && !said.contains("erased"), "{code:?} {said}");
    delete(&server, path).with(200);
    let (code, said) = over(&["replay"], &no, &policies, &server);
    assert!(code == Some(0) && said.contains("erased since"), "{code:?} {said}");
    let told = get(&server, &format!("/v1/decisions/{no}?lang=en")).with(200);
    assert!(told["same"] == true && told["note"].as_str().unwrap().contains("erased"), "{told}");
}

#[test]
fn an_erasure_that_was_interrupted_is_ended_at_the_next_start() {
    let policies = folder_of("personal-crash");
    let server = serve(&policies, &[]);
    for id in ["ann", "bob", "cat"] {
        put(&server, &format!("/v1/entities/user/{id}"), &user(id, &format!("{id}-9925-one")))
            .with(200);
    }
    let files = ["ann", "bob", "cat"].map(|id| side_file(&server, &format!("{id}-9925")));
    let kept = files.clone().map(|file| std::fs::read(file).unwrap());
    delete(&server, "/v1/entities/user/ann").with(200);
    put(&server, "/v1/entities/user/bob", &user("bob", "new-9925-one")).with(200);
    let mut server = server;
    server.kill();
    // The crash came between the record and the wiping of the one, and in the middle of the other's.
    std::fs::write(&files[0], &kept[0]).unwrap();
    std::fs::write(&files[1], vec![0; kept[1].len()]).unwrap();
    // Another one came between the keeping of values and their record; those of `cat` are recorded.
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
    let orphan = name(&files[2]).replace(&name(&files[2])[60..], "00000");
    std::fs::write(files[2].with_file_name(&orphan), &kept[2]).unwrap();
    let pending = format!("{orphan}\n{}\n", name(&files[2]));
    std::fs::write(server.store.join("personal/pending"), pending).unwrap();
    let server = serve(&policies, &[]);
    only_beside(&server.store, "ann-9925", 0);
    only_beside(&server.store, "bob-9925", 0);
    only_beside(&server.store, "cat-9925", 1);
    assert!(!files[0].exists() && !files[1].exists() && files[2].exists());
    verified(&server, 2);
    assert_eq!(get(&server, "/v1/entities/user/ann").status, 404);
    for id in ["bob", "cat"] {
        assert!(allowed(&server, &ask(&format!("user/{id}"), "open", "door/d")), "{id}");
    }
}

#[test]
fn a_side_file_that_is_lost_or_changed_stops_the_start() {
    let policies = folder_of("personal-lost");
    let server = serve(&policies, &[]);
    put(&server, "/v1/entities/user/ann", &user("ann", "nr-1177-one")).with(200);
    let file = side_file(&server, "nr-1177");
    let kept = std::fs::read(&file).unwrap();
    let mut server = server;
    assert!(server.stop());
    let changed = String::from_utf8(kept.clone()).unwrap().replace("nr-1177", "nr-1178");
    std::fs::write(&file, changed).unwrap();
    let (code, said) = no_start(&policies, &server);
    assert!(code == Some(1) && said.contains("PERSONAL_STORE_FAILED"), "{code:?} {said}");
    assert!(said.contains("commitment") && !said.contains("nr-117"), "{said}");
    std::fs::remove_file(&file).unwrap();
    // A list beside the record proves nothing.
    let name = file.file_name().unwrap().to_str().unwrap();
    std::fs::write(server.store.join("personal/erased"), format!("{name}\n")).unwrap();
    let (code, said) = no_start(&policies, &server);
    assert!(
        code == Some(1) && said.contains("missing") && said.contains("backup"),
        "{code:?} {said}"
    );
    let verify = run(&["journal", "verify", "--store", &store_of(&server)]);
    assert_eq!(verify.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&verify.stdout).contains("MISSING_PERSONAL"));
    std::fs::remove_file(server.store.join("personal/erased")).unwrap();
    std::fs::write(&file, kept).unwrap();
    let server = serve(&policies, &[]);
    assert!(allowed(&server, &ask("user/ann", "open", "door/d")));
}

#[test]
fn an_attribute_is_not_identity_and_personal_at_once() {
    let schema = "entity user = {\n  \"name\"?: String,\n  @identity\n  @personal\n  \"number\"?: String\n};\nentity door;\naction open appliesTo { principal: [user], resource: [door] };\n";
    let rules = "permit (principal, action, resource);\n";
    let policies = folder("personal-identity", &[("s.cedarschema", schema), ("p.cedar", rules)]);
    let at = policies.to_str().unwrap();
    let output = run(&["--format", "json", "check", at]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    let found = &said["diagnostics"][0];
    assert_eq!(
        (&found["code"], &found["file"], &found["line"], &found["column"]),
        (&json!("identity_is_personal"), &json!("s.cedarschema"), &json!(3), &json!(3)),
        "{said}"
    );
    assert!(found["message"].as_str().unwrap().contains("`number` of `user`"), "{said}");
    lay(&policies, "s.cedarschema", &schema.replace("  @personal\n", ""));
    let mut server = serve(&policies, &[]);
    assert!(server.stop());
    lay(&policies, "s.cedarschema", schema);
    let (code, said) = no_start(&policies, &server);
    assert!(code == Some(2) && said.contains("PACKAGE_INVALID"), "{code:?} {said}");
    lay(&policies, "s.cedarschema", &schema.replace("  @identity\n", ""));
    let server = serve(&policies, &[]);
    lay(&policies, "s.cedarschema", schema);
    assert_eq!(post(&server, "/v1/packages/reload", &json!({})).code(422), "PACKAGE_INVALID");
    assert!(allowed(&server, &ask("user/u", "open", "door/d")), "what was in force stays");
}
