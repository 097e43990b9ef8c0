//! A running server: the pilot's village answers with the new edition, nobody else does, and what was
//! taken back answers byte for byte as before.

use serde_json::{Value, json};
use tests::server::Server;

use super::{FIRST, OTHER, PILOT, SECOND, district, rollout, staged};
use crate::desk::{SUBJECTS, allowed, change, explained, found, get, lay, post, store_of};

const LAND: &str = "370285102259-S10-2026-001";
const SPOKEN: &str = "征地补偿费分配必须由成员大会（全体成员三分之二以上）决定";
const TRIAL: &str = "试点：征地补偿费分配由成员大会决定";

/// The land-compensation step with the wrong meeting: a deny in words.
fn land() -> Value {
    json!({"subject": {"type": "Person", "id": format!("{PILOT}-p01")},
        "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": LAND, "properties": {"step": "MEM"}},
        "context": {"record": format!("{PILOT}-REP-2026-001")}})
}

/// Whether a village's clerk may open a matter of everyday spending.
fn open_in(village: &str) -> Value {
    json!({"subject": {"type": "Person", "id": format!("{village}-p05")},
        "action": {"name": "OpenMatter"}, "resource": {"type": "Village", "id": village},
        "context": {"item": "P15"}})
}

/// Whether the district's data administrator may write persons: a question about no village.
fn whole() -> Value {
    json!({"subject": {"type": "Person", "id": "370285000000-p01"},
        "action": {"name": "PutEntity"},
        "resource": {"type": "District", "id": "370285000000"},
        "context": {"entityType": "Person"}})
}

/// The answers with their reasons as bytes, without the ids that no two answers share.
fn answers(server: &Server) -> Vec<String> {
    let questions = [land(), open_in(PILOT), open_in(OTHER), whole()];
    let answer = |question| {
        let mut answer = explained(server, question, "zh");
        answer["context"].as_object_mut().unwrap().remove("decision_id");
        answer.to_string()
    };
    questions.iter().map(answer).collect()
}

/// First days of the editions that answered, by the digests that the package shows.
fn editions(server: &Server, policies: &std::path::Path) -> Vec<String> {
    let (code, said) = rollout("show", policies, &["--format", "json"]);
    assert_eq!(code, Some(0), "{said}");
    let shown: Value = serde_json::from_str(&said).unwrap();
    let day = |answer: &String| {
        let answer: Value = serde_json::from_str(answer).unwrap();
        let mut all = shown["editions"].as_array().unwrap().iter();
        let found = all.find(|row| row["digest"] == answer["context"]["edition"]);
        found.unwrap()["edition"].as_str().unwrap().to_owned()
    };
    answers(server).iter().map(day).collect()
}

fn reload(server: &Server) {
    assert_eq!(post(server, "/v1/packages/reload", &json!({})).with(200)["reload"], "swapped");
}

#[test]
fn only_the_pilot_answers_with_the_new_edition_and_a_rollback_restores_the_bytes() {
    let policies = district("rollout-bytes");
    crate::signed::sign_all(&policies, SECOND);
    let rules = format!("editions/{SECOND}/authorization/S10.cedar");
    change(&policies.join(rules), SPOKEN, TRIAL);
    let store = policies.with_extension("store");
    // proved as it stands, shadow included: nothing is allowed that is not
    let server = Server::demo(&policies, &store, &["--clock", "manual"]);
    server.day_is(SECOND);
    let status = |server: &Server| get(server, "/v1/packages").with(200)["packages"][0].clone();
    assert_eq!(status(&server)["staged"], json!([format!("{SECOND} shadow ")]));
    let before = answers(&server);
    assert_eq!(editions(&server, &policies), [FIRST; 4]);
    assert!(before[0].contains(SPOKEN), "{}", before[0]);

    let start = ["--edition", SECOND, "--cohort", "first"];
    let (code, said) = rollout("start", &policies, &start);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(answers(&server), before, "nothing changes before the package is read again");
    reload(&server);
    assert_eq!(editions(&server, &policies), [SECOND, SECOND, FIRST, FIRST]);
    let during = answers(&server);
    assert!(during[0].contains(TRIAL) && !during[0].contains(SPOKEN), "{}", during[0]);
    assert_eq!(during[2..], before[2..], "outside the cohort every byte stays");
    assert_eq!(status(&server)["proofs"], "hold");
    let here = |day: &str, place: &str| {
        let words = ["--on", day, "--place", place, "--format", "json"];
        let said = rollout("show", &policies, &words).1;
        serde_json::from_str::<Value>(&said).unwrap()["edition"].as_str().map(str::to_owned)
    };
    assert_eq!(here(SECOND, PILOT).as_deref(), Some(SECOND));
    assert_eq!(here("2028-05-31", PILOT).as_deref(), Some(FIRST));
    assert_eq!(here(SECOND, OTHER).as_deref(), Some(FIRST));

    let (code, said) = rollout("start", &policies, &["--edition", SECOND, "--all"]);
    assert_eq!(code, Some(0), "{said}");
    reload(&server);
    assert_eq!(editions(&server, &policies), [SECOND; 4]);
    assert!(status(&server).get("staged").is_none());

    let (code, said) = rollout("back", &policies, &["--edition", SECOND]);
    assert_eq!(code, Some(0), "{said}");
    reload(&server);
    assert_eq!(answers(&server), before, "byte for byte");
}

#[test]
fn a_stage_that_is_not_proved_is_not_put_in_force() {
    let policies = district("rollout-proof");
    crate::signed::sign_all(&policies, SECOND);
    let store = policies.with_extension("store");
    let server = Server::demo(&policies, &store, &["--clock", "manual"]);
    let forbid = format!("editions/{SECOND}/authorization/trial.cedar");
    lay(&policies, &forbid, TRIAL_FORBID);
    let file = policies.join(format!("editions/{SECOND}/rollout.toml"));
    let text = std::fs::read_to_string(&file).unwrap();
    let (code, said) = rollout("start", &policies, &["--edition", SECOND, "--cohort", "first"]);
    assert!(code == Some(2) && said.contains("PROOF_STALE"), "{code:?} {said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "nothing was written");
    // an edition in shadow answers nowhere, and even so it is not taken unproved
    assert_eq!(post(&server, "/v1/packages/reload", &json!({})).code(422), "PROOF_STALE");
    std::fs::remove_file(policies.join(format!("proofs/{SECOND}.toml"))).unwrap();
    let (code, said) = rollout("start", &policies, &["--edition", SECOND, "--all"]);
    assert!(code == Some(2) && said.contains("PROOF_MISSING"), "{code:?} {said}");
}

const TRIAL_FORBID: &str = "@id(\"laixi/trial/P15\")\n@title(\"试点：日常开支按大额办\")\n\
    @title_en(\"Trial: everyday spending is handled as large payments\")\n\
    @basis(\"《莱西市村级财务管理办法（演示）》第6条\")\n\
    @deny(\"试点村的开支都按“P16 大额支付”办理。\")\n\
    @deny_en(\"In the trial all spending is handled under item P16.\")\n\
    forbid (principal, action == Action::\"OpenMatter\", resource)\nwhen { context.item == \"P15\" };\n";

#[test]
fn answers_searches_acts_and_the_comparison_agree() {
    let policies = district("rollout-agree");
    lay(&policies, &format!("editions/{SECOND}/authorization/trial.cedar"), TRIAL_FORBID);
    let store = policies.with_extension("store");
    let server = Server::demo(&policies, &store, &["--clock", "manual", "--allow-unproved"]);
    server.day_is(SECOND);
    let asked = |village: &str| allowed(&server, &open_in(village));
    assert!(asked(PILOT) && asked(OTHER), "in shadow nobody is refused");
    assert!(!allowed(&server, &land()));

    // what it would change is told from the log, beside the running server
    let place = store_of(&server);
    let words = ["--edition", SECOND, "--store", &place, "--format", "json"];
    let compared = || {
        let (code, said) = rollout("compare", &policies, &words);
        assert_eq!(code, Some(0), "{said}");
        serde_json::from_str::<Value>(&said).unwrap()["compared"].clone()
    };
    crate::desk::wait_for("the answers in the log", || compared()["asked"] == 3);
    let told = compared();
    let counts = ["same", "allow_to_deny", "deny_to_allow", "other_reasons"];
    assert_eq!(counts.map(|name| told[name].as_u64().unwrap()), [1, 2, 0, 0], "{told}");
    let one = &told["different"][0];
    assert_eq!((&one["before"]["allow"], &one["after"]["allow"]), (&json!(true), &json!(false)));
    assert_eq!(one["after"]["policies"], json!(["laixi/trial/P15"]), "{told}");
    assert!(one["after"]["texts"].to_string().contains("大额支付"), "{told}");
    let (_, human) = rollout("compare", &policies, &words[..4]);
    assert!(human.contains("准 → 不准：2") && human.contains("laixi/trial/P15"), "{human}");

    staged("start", &policies, &["--cohort", "first"]);
    reload(&server);
    assert!(!asked(PILOT) && asked(OTHER));
    let who = |village: &str| {
        let question = json!({"subject": {"type": "Person"}, "action": {"name": "OpenMatter"},
            "resource": {"type": "Village", "id": village}, "context": {"item": "P15"}});
        found(&server, SUBJECTS, &question)
    };
    assert_eq!(who(PILOT), Vec::<String>::new());
    assert!(who(OTHER).contains(&format!("{OTHER}-p05")));
    let why = explained(&server, &open_in(PILOT), "zh");
    assert!(why["context"]["reasons"].to_string().contains("laixi/trial/P15"), "{why}");
    let spend =
        json!({"item": "P15", "village": PILOT, "title": "购买路灯", "amount_cents": 50_000});
    let refused = server.post("clerk", "/v1/matters", &spend);
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.body.to_string().contains("laixi/trial/P15"), "{}", refused.body);
    // the comparison stays one with the edition before, whatever answers today
    crate::desk::wait_for("the later answers", || compared()["asked"].as_u64() > Some(3));
    assert!(compared()["allow_to_deny"].as_u64() >= Some(3), "{}", compared());

    staged("back", &policies, &[]);
    reload(&server);
    assert!(asked(PILOT) && server.post("clerk", "/v1/matters", &spend).status < 300);
}
