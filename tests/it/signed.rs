//! Departments sign off what they are in charge of, or the edition does not come into force.

use std::path::Path;

use serde_json::{Value, json};
use tests::district::{scratch, small, write};
use tests::server::{Server, run};

use crate::desk::{get, post};

const FILE: &str = "editions/2026-01-01/signoff.toml";
const DUTY: &str = "editions/2026-01-01/lists/duty.toml";

fn sign_off(policies: &Path, more: &[&str]) -> (Option<i32>, Value) {
    let path = policies.display().to_string();
    let output = run(&[&["--format", "json", "lists", "sign-off", &path], more].concat());
    let said = if output.status.success() || !output.stdout.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let text = String::from_utf8_lossy(said).into_owned();
    (output.status.code(), serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}")))
}

/// Signs for a department.
fn sign(policies: &Path, department: &str, result: &str) -> (Option<i32>, Value) {
    let post = "政策法规科负责人";
    sign_off(policies, &["--department", department, "--post", post, "--result", result])
}

/// Signs for a department whose entries a test has changed.
pub(crate) fn sign_again(policies: &Path, department: &str) {
    let (code, said) = sign(policies, department, "reviewed");
    assert_eq!(code, Some(0), "{said}");
}

/// Signs for every department of an edition that was copied: what is signed is that edition and no other.
pub(crate) fn sign_all(policies: &Path, edition: &str) {
    let path = policies.join(format!("editions/{edition}/signoff.toml"));
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.split("\n[[sign_offs]]").skip(1);
    for row in rows {
        let department = row.split('"').nth(1).unwrap();
        let post = "政策法规科负责人";
        let more = ["--department", department, "--post", post, "--result", "reviewed"];
        let (code, said) = sign_off(policies, &[&more[..], &["--edition", edition]].concat());
        assert_eq!(code, Some(0), "{said}");
    }
}

/// Tries to serve; comes back because it is refused, with what is said.
fn refused(policies: &Path) -> Value {
    let path = policies.display().to_string();
    let store = format!("embedded:{path}-store");
    let output = run(&[
        "--format",
        "json",
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--policies",
        &path,
        "--store",
        &store,
    ]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = text.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
    serde_json::from_str::<Value>(last).unwrap_or_else(|e| panic!("{e}: {text}"))["error"].clone()
}

fn edit(policies: &Path, file: &str, from: &str, to: &str) {
    let file = policies.join(file);
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.matches(from).count(), 1, "`{from}` must stand once");
    write(&file, &text.replace(from, to));
}

/// The shipped district with duties of more departments, 27 in all.
fn of_27(name: &str) -> std::path::PathBuf {
    let policies = small(&scratch(name), 24);
    let have = sign_off(&policies, &[]).1["of"].as_u64().unwrap();
    let duty = std::fs::read_to_string(policies.join(DUTY)).unwrap();
    let more = (have..27).map(|n| {
        format!(
            "\n[[entries]]\nid = \"DU-{n}\"\ntitle = \"巡护第{n}号林地\"\ndepartment = \"演示部门{n}\"\n\
             basis_law = \"《中华人民共和国村民委员会组织法》\"\nbasis_article = \"第5条\"\n"
        )
    });
    write(&policies.join(DUTY), &format!("{duty}{}", more.collect::<Vec<_>>().concat()));
    policies
}

#[test]
fn with_26_of_27_signed_it_does_not_come_into_force_and_the_missing_one_is_named() {
    let policies = of_27("signed-27");
    let (code, all) = sign_off(&policies, &[]);
    assert_eq!((code, &all["of"]), (Some(2), &json!(27)), "{all}");
    let unsigned: Vec<String> = all["departments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["signed"].is_null())
        .map(|row| row["department"].as_str().unwrap().to_owned())
        .collect();
    assert!(unsigned.len() > 1, "{all}");
    let (last, others) = unsigned.split_last().unwrap();
    for department in others {
        let (code, said) = sign(&policies, department, "reviewed");
        assert_eq!(code, Some(0), "{said}");
    }
    let said = refused(&policies);
    assert_eq!(said["code"], "SIGN_OFF_MISSING", "{said}");
    let message = said["message"].as_str().unwrap();
    let want = format!("signed off by 26 of 27 departments; missing: `{last}`");
    assert!(message.contains(&want), "{message}");
    let checked = run(&["--format", "json", "check", &policies.display().to_string()]);
    let checked: Value = serde_json::from_slice(&checked.stdout).unwrap();
    let found = checked["diagnostics"].as_array().unwrap();
    let found = found.iter().find(|d| d["code"] == "SIGN_OFF_MISSING").unwrap();
    assert_eq!(found["file"], FILE);
    assert!(found["text"].as_str().unwrap().contains(last.as_str()), "{found}");
    assert_eq!(sign(&policies, last, "reviewed").0, Some(0));
    let server = Server::serve(&policies, &policies.with_extension("store"), &[]);
    let status = get(&server, "/v1/packages").with(200)["packages"][0].clone();
    assert_eq!(status["sign_offs"], "complete", "{status}");
    assert_eq!(get(&server, "/readyz").with(200), json!({"status": "ready"}));
}

#[test]
fn a_changed_entry_and_an_objection_stop_a_reload_until_they_are_settled() {
    let policies = small(&scratch("signed-reload"), 24);
    let before = std::fs::read_to_string(policies.join(FILE)).unwrap();
    let server = Server::serve(&policies, &policies.with_extension("store"), &[]);
    let reload = || post(&server, "/v1/packages/reload", &json!({}));
    edit(&policies, DUTY, "受理、调解、登记，内容不公开", "受理、调解、登记、上报");
    assert_eq!(reload().code(422), "SIGN_OFF_STALE");
    let status = get(&server, "/v1/packages").with(200)["packages"][0].clone();
    assert!(status["refused"]["message"].to_string().contains("司法局"), "{status}");
    assert_eq!(sign(&policies, "司法局", "unlawful").0, Some(0));
    assert_eq!(reload().code(422), "SIGN_OFF_REFUSED");
    assert_eq!(sign(&policies, "司法局", "reviewed").0, Some(0));
    assert_eq!(reload().with(200)["reload"], "swapped");
    // all other rows and what stands above them are as they were
    let after = std::fs::read_to_string(policies.join(FILE)).unwrap();
    let rows = |text: &str| -> Vec<String> {
        let rows = text.split("[[sign_offs]]").map(|row| row.trim().to_owned());
        rows.filter(|row| !row.starts_with("department = \"司法局\"")).collect()
    };
    assert_eq!(rows(&before), rows(&after));
    // those who review cannot be dropped to get rid of the review
    edit(&policies, FILE, "[\"S02\"]", "[]");
    assert_eq!(reload().code(422), "SIGN_OFF_MISSING");
    std::fs::remove_file(policies.join(FILE)).unwrap();
    assert_eq!(reload().code(422), "SIGN_OFF_MISSING");
    std::fs::remove_file(policies.join("fields.toml")).unwrap();
    std::fs::remove_file(policies.join("editions/2026-01-01/dues.toml")).unwrap();
    std::fs::remove_dir_all(policies.join("editions/2026-01-01/lists")).unwrap();
    assert_eq!(reload().code(422), "SIGN_OFF_MISSING");
}

#[test]
fn nobody_signs_what_rests_on_a_law_that_has_ended() {
    let policies = small(&scratch("signed-expired"), 24);
    let title = "title = \"中华人民共和国人民调解法\"\n\n[[laws.versions]]\nyear = 2010\nfrom = \"2011-01-01\"";
    let ended = format!("{title}\nto = \"2026-01-31\"");
    edit(&policies, "laws/national.toml", title, &ended);
    // good on the edition's first day, so the package is only warned; not good on the day of a review
    let (code, said) = sign(&policies, "司法局", "reviewed");
    assert_eq!((code, &said["error"]["code"]), (Some(2), &json!("BASIS_EXPIRED")), "{said}");
    assert_eq!(sign(&policies, "司法局", "needs-basis").0, Some(0));
    let said = refused(&policies);
    assert_eq!(said["code"], "SIGN_OFF_REFUSED", "{said}");
    let (code, said) = sign(&policies, "司法厅", "reviewed");
    assert_eq!((code, &said["error"]["code"]), (Some(3), &json!("UNKNOWN_DEPARTMENT")), "{said}");
}

#[test]
fn what_is_not_signed_off_is_tried_out_only_when_told_to_and_says_so() {
    let policies = small(&scratch("signed-try"), 24);
    edit(&policies, DUTY, "受理、调解、登记，内容不公开", "受理、调解、登记、上报");
    let store = policies.with_extension("store");
    let server = Server::serve(&policies, &store, &["--allow-unproved"]);
    let ready = get(&server, "/readyz").with(200);
    assert_eq!(ready, json!({"status": "ready", "sign_offs": "incomplete"}));
    let status = get(&server, "/v1/packages").with(200)["packages"][0].clone();
    assert_eq!((&status["proofs"], &status["sign_offs"]), (&json!("hold"), &json!("incomplete")));
}

#[test]
fn signing_from_a_folder_within_changes_the_one_file_and_loses_nothing_else() {
    let policies = small(&scratch("signed-within"), 24);
    let within = policies.join("editions/2026-01-01");
    let digest = |policies: &Path| {
        let said = run(&["rollout", "show", &policies.display().to_string()]);
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    let before = digest(&policies);
    assert_eq!(sign(&within, "司法局", "unlawful").0, Some(0));
    assert!(!within.join("editions").exists(), "no second file was made");
    let text = std::fs::read_to_string(policies.join(FILE)).unwrap();
    assert!(text.contains("result = \"unlawful\""), "{text}");
    assert_eq!(digest(&policies), before, "who signed is no rule");
    // a charge after the rows would be lost by writing the rows anew
    let moved = text + "\n[[charge]]\ndepartment = \"司法局\"\nowners = [\"人民调解委员会\"]\n";
    std::fs::write(policies.join(FILE), &moved).unwrap();
    let (code, said) = sign(&policies, "司法局", "reviewed");
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(said["error"]["code"], "SIGN_OFF_UNREADABLE", "{said}");
    assert_eq!(std::fs::read_to_string(policies.join(FILE)).unwrap(), moved);
}
