//! Values of stored entities that a schema marks `@personal`: kept beside the record, used like any
//! other, and gone from every file of the store once their entity is removed or overwritten.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::server::{Server, run};

use super::{allowed, ask, bytes_below, delete, folder, get, lay, post, put, serve, store_of};

pub(super) const SCHEMA: &str = r#"
type Contact = { @personal "phone"?: String, "floor"?: Long };
entity team = { @personal "lead"?: String };
entity user in [team] = { @personal "number": String, "contact"?: Contact, "grade"?: Long } tags String;
@personal entity guest = { "plate"?: String } tags String;
entity door = { "floor"?: Long };
action open, enter appliesTo { principal: [user, guest], resource: [door] };
"#;

pub(super) const RULES: &str = r#"
@id("p/number") permit (principal is user, action == Action::"open", resource)
  when { principal.number like "*-one" };
@id("p/phone") permit (principal is user, action == Action::"enter", resource)
  when { principal has contact.phone && principal.contact.phone like "*-one" };
@id("p/plate") permit (principal is guest, action, resource)
  when { principal has plate && principal.hasTag("car") && principal.getTag("car") like "*-one" };
"#;

/// A folder with the schema and the rules.
pub(super) fn folder_of(name: &str) -> PathBuf {
    folder(name, &[("s.cedarschema", SCHEMA), ("p.cedar", RULES)])
}

pub(super) fn user(id: &str, number: &str) -> Value {
    json!({"uid": {"type": "user", "id": id}, "attrs": {"number": number, "grade": 3}, "parents": []})
}

/// Files of a store in which a text occurs: those of the side store, and all others.
pub(super) fn holding(store: &Path, text: &str) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let holds = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    let found = bytes_below(store).into_iter().filter(|(_, bytes)| holds(bytes));
    found.map(|(path, _)| path).partition(|path| path.starts_with(store.join("personal")))
}

/// Asserts that a text lies in so many files of the side store and in no other.
#[track_caller]
pub(super) fn only_beside(store: &Path, text: &str, files: usize) {
    let (beside, elsewhere) = holding(store, text);
    assert_eq!(elsewhere, Vec::<PathBuf>::new(), "`{text}` is in the store");
    assert_eq!(beside.len(), files, "`{text}`: {beside:?}");
}

/// The server of the same folder and store, after the old one was killed.
pub(super) fn again(mut server: Server, policies: &Path) -> Server {
    server.kill();
    serve(policies, &[])
}

/// Asserts that the record holds, with so many side files.
#[track_caller]
pub(super) fn verified(server: &Server, files: u64) {
    let output = run(&["--format", "json", "journal", "verify", "--store", &store_of(server)]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(
        (&said["report"]["personal"], &said["report"]["notes"]),
        (&json!(files), &json!([]))
    );
}

#[test]
fn a_value_lies_beside_the_record_and_goes_with_its_entity() {
    let policies = folder_of("personal-one");
    let server = serve(&policies, &[]);
    let path = "/v1/entities/user/ann";
    let body = json!({"attrs": {"number": "nr-8341-one", "grade": 7, "contact": {"phone": "ph-8341-one", "floor": 2}},
        "tags": {"plain": "tag-8341"}});
    let told = put(&server, path, &body).with(200);
    assert_eq!(told["entity"]["attrs"], body["attrs"]);
    let guest = json!({"attrs": {"plate": "pl-8341-one"}, "tags": {"car": "car-8341-one"}});
    put(&server, "/v1/entities/guest/gus", &guest).with(200);
    let decides = |server: &Server, want: bool| {
        for (who, what) in [("user/ann", "open"), ("user/ann", "enter"), ("guest/gus", "open")] {
            assert_eq!(allowed(server, &ask(who, what, "door/d")), want, "{who} {what}");
        }
    };
    decides(&server, true);
    let secrets = ["nr-8341", "ph-8341", "pl-8341", "car-8341"];
    for secret in secrets {
        only_beside(&server.store, secret, 1);
    }
    assert!(!holding(&server.store, "tag-8341").1.is_empty(), "no mark is on these tags");
    verified(&server, 2);
    let server = again(server, &policies);
    decides(&server, true);
    let stored = get(&server, path).with(200);
    assert_eq!((&stored["attrs"], &stored["tags"]), (&body["attrs"], &body["tags"]));
    delete(&server, path).with(200);
    delete(&server, "/v1/entities/guest/gus").with(200);
    decides(&server, false);
    for secret in secrets {
        only_beside(&server.store, secret, 0);
    }
    verified(&server, 0);
    let server = again(server, &policies);
    decides(&server, false);
    assert_eq!(get(&server, path).status, 404);
    for secret in secrets {
        only_beside(&server.store, secret, 0);
    }
    verified(&server, 0);
}

#[test]
fn an_overwritten_value_goes_and_the_new_one_stays() {
    let policies = folder_of("personal-over");
    let server = serve(&policies, &[]);
    let path = "/v1/entities/user/ann";
    put(&server, path, &user("ann", "first-5527-one")).with(200);
    put(&server, path, &user("ann", "second-5527-one")).with(200);
    only_beside(&server.store, "first-5527", 0);
    only_beside(&server.store, "second-5527", 1);
    // In one load the last of several counts, and only its values are kept.
    let twice =
        [user("ann", "third-5527"), user("bob", "bob-5527"), user("ann", "fourth-5527-one")];
    post(&server, "/v1/entities", &json!({"entities": twice})).with(200);
    let after = |server: &Server| {
        for (text, files) in
            [("second-5527", 0), ("third-5527", 0), ("fourth-5527", 1), ("bob-5527", 1)]
        {
            only_beside(&server.store, text, files);
        }
        verified(server, 2);
        assert!(allowed(server, &ask("user/ann", "open", "door/d")));
        assert!(!allowed(server, &ask("user/bob", "open", "door/d")));
    };
    after(&server);
    let server = again(server, &policies);
    after(&server);
    // What was optional may be left away.
    put(&server, "/v1/entities/guest/gus", &json!({"attrs": {"plate": "plate-5527"}})).with(200);
    put(&server, "/v1/entities/guest/gus", &json!({})).with(200);
    only_beside(&server.store, "plate-5527", 0);
    let refused = put(&server, path, &json!({"attrs": {"number": 5}}));
    assert_eq!(refused.code(400), "ENTITY_INVALID");
    after(&server);
}

#[test]
fn thousands_are_loaded_beside_a_quick_form_that_holds_no_value() {
    let policies = folder_of("personal-many");
    let server = serve(&policies, &[]);
    let many = |from: usize, word: &str| -> Vec<Value> {
        (from..2_200).map(|n| user(&format!("u-{n:04}"), &format!("{word}-{n:04}-one"))).collect()
    };
    post(&server, "/v1/entities", &json!({"entities": many(0, "old-6613")})).with(200);
    let quick = server.store.join("entities.quick");
    assert!(quick.is_file());
    only_beside(&server.store, "old-6613", 2_200);
    delete(&server, "/v1/entities/user/u-0000").with(200);
    let opens =
        |server: &Server, id: &str| allowed(server, &ask(&format!("user/{id}"), "open", "door/d"));
    let server = again(server, &policies);
    assert!(quick.is_file() && opens(&server, "u-2199") && !opens(&server, "u-0000"));
    only_beside(&server.store, "old-6613-0000", 0);
    post(&server, "/v1/entities", &json!({"entities": many(1, "new-6613")})).with(200);
    let after = |server: &Server| {
        only_beside(&server.store, "old-6613", 0);
        only_beside(&server.store, "new-6613", 2_199);
        assert!(opens(server, "u-0001") && opens(server, "u-2199") && !opens(server, "u-0000"));
        verified(server, 2_199);
    };
    after(&server);
    let server = again(server, &policies);
    after(&server);
    std::fs::remove_file(&quick).unwrap();
    let server = again(server, &policies);
    assert!(quick.is_file(), "made again from the journal");
    after(&server);
    delete(&server, "/v1/entities/user/u-2199").with(200);
    only_beside(&server.store, "new-6613-2199", 0);
    let server = again(server, &policies);
    assert!(!opens(&server, "u-2199"));
    only_beside(&server.store, "new-6613-2199", 0);
}

#[test]
fn what_the_folders_own_file_holds_is_not_copied() {
    let policies = folder("personal-file", &[("s.cedarschema", SCHEMA), ("p.cedar", RULES)]);
    let all: Vec<Value> =
        (0..1_200).map(|n| user(&format!("u-{n:04}"), &format!("own-7719-{n:04}-one"))).collect();
    lay(&policies, "entities.json", &json!(all).to_string());
    let server = serve(&policies, &[]);
    assert!(allowed(&server, &ask("user/u-0001", "open", "door/d")));
    only_beside(&server.store, "own-7719", 0);
    let server = again(server, &policies);
    assert!(allowed(&server, &ask("user/u-0001", "open", "door/d")));
    only_beside(&server.store, "own-7719", 0);
}

#[test]
fn a_mark_that_comes_later_counts_for_what_is_written_then() {
    let plain = SCHEMA.replace("@personal ", "");
    let policies = folder("personal-later", &[("s.cedarschema", &plain), ("p.cedar", RULES)]);
    let server = serve(&policies, &[]);
    let many: Vec<Value> =
        (0..2_100).map(|n| user(&format!("u-{n:04}"), &format!("open-2290-{n:04}-one"))).collect();
    post(&server, "/v1/entities", &json!({"entities": many})).with(200);
    let quick = server.store.join("entities.quick");
    assert!(quick.is_file(), "nothing is marked");
    lay(&policies, "s.cedarschema", SCHEMA);
    post(&server, "/v1/packages/reload", &json!({})).with(200);
    assert!(!quick.is_file(), "it holds what is marked now");
    put(&server, "/v1/entities/user/late", &user("late", "late-2290-one")).with(200);
    only_beside(&server.store, "late-2290", 1);
    let server = again(server, &policies);
    assert!(!quick.is_file(), "nor is it made again while such values are stored");
    for id in ["u-0001", "late"] {
        assert!(allowed(&server, &ask(&format!("user/{id}"), "open", "door/d")), "{id}");
    }
    only_beside(&server.store, "late-2290", 1);
}
