//! Rules that are not proved as they stand are not put in force.

use std::path::Path;

use serde_json::json;
use tests::server::{Server, run};

use super::{copy, prove, remove};
use crate::desk::{get, post};

/// Tries to serve on an address; comes back because it is refused.
fn refused(policies: &Path, listen: &str, more: &[&str]) -> (Option<i32>, String) {
    let policies = policies.display().to_string();
    let store = format!("embedded:{policies}-store");
    let words = [
        "--format",
        "json",
        "serve",
        "--listen",
        listen,
        "--policies",
        &policies,
        "--store",
        &store,
    ];
    let output = run(&[&words, more].concat());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = text.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default().to_owned();
    let said: serde_json::Value = serde_json::from_str(&last).unwrap_or_default();
    let code = said["error"]["code"].as_str().unwrap_or(&text).to_owned();
    (output.status.code(), code)
}

#[test]
fn a_package_without_its_certificate_and_one_that_was_changed_do_not_start() {
    let policies = copy("prove-start");
    std::fs::remove_dir_all(policies.join("proofs")).unwrap();
    let here = "127.0.0.1:0";
    assert_eq!(refused(&policies, here, &[]), (Some(2), "PROOF_MISSING".to_owned()));
    let policies = copy("prove-start");
    remove(&policies, "laixi/P15/negative");
    assert_eq!(refused(&policies, here, &[]), (Some(2), "PROOF_STALE".to_owned()));
    // and what is not proved is only for this machine
    let outside = refused(&policies, "0.0.0.0:0", &["--allow-unproved"]);
    assert_eq!(outside, (Some(3), "UNPROVED_NOT_ON_LOOPBACK".to_owned()));
    let check = prove(&policies, &["--check", "--solver", "/bin/false"]);
    assert_ne!(check.0, Some(0), "{}", check.1);
}

#[test]
fn an_unproved_package_starts_only_when_told_to_and_says_so() {
    let policies = copy("prove-allowed");
    remove(&policies, "laixi/P15/negative");
    let store = policies.with_extension("store");
    let server = Server::serve(&policies, &store, &["--allow-unproved"]);
    let ready = get(&server, "/readyz").with(200);
    assert_eq!(ready["proofs"], "unproved", "{ready}");
    let status = get(&server, "/v1/packages").with(200)["packages"][0].clone();
    assert_eq!(status["proofs"], "unproved", "{status}");
}

#[test]
fn a_reload_takes_a_change_only_after_it_is_proved() {
    let policies = copy("prove-reload");
    let store = policies.with_extension("store");
    let server = Server::serve(&policies, &store, &[]);
    assert_eq!(get(&server, "/v1/packages").with(200)["packages"][0]["proofs"], "hold");
    let file = policies.join("editions/2026-01-01/authorization/seal.cedar");
    tests::district::write(
        &file,
        "@id(\"laixi/S11/at-work\")\n@title(\"镇（街道）人员不盖村里的印\")\n@basis(\"《中华人民共和国村民委员会组织法》第6条\")\n@deny(\"请由村里的保管员盖章。\")\nforbid (principal, action == Action::\"TakeStep\", resource)\nwhen { resource.item == \"S11\" && context has post && context.post.role == \"township-leader\" };\n",
    );
    let reload = || post(&server, "/v1/packages/reload", &json!({}));
    assert_eq!(reload().code(422), "PROOF_STALE");
    let refused = get(&server, "/v1/packages").with(200)["packages"][0].clone();
    assert!(refused["refused"]["message"].to_string().contains("xiangyue prove"), "{refused}");
    let (code, answer) = prove(&policies, &[]);
    assert_eq!(code, Some(0), "{answer}");
    assert_eq!(answer["editions"][0]["certificate"], "written");
    // all but what is new was known
    assert!(answer["editions"][0]["asked"].as_u64().unwrap() < 10, "{answer}");
    assert_eq!(reload().with(200)["reload"], "swapped");
    // promises cannot be dropped to get rid of the proof
    std::fs::remove_dir_all(policies.join("editions/2026-01-01/invariants")).unwrap();
    assert_eq!(reload().code(422), "PROOF_MISSING");
}
