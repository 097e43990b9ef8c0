//! Rounds of a whole village that are no points of the village: conversion into the platform, a fund shared out, grades
//! and benefits. What is found takes effect by a second hand, after the notice.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::district;
use tests::server::{Answer, Server};

const VILLAGE: &str = "370285102259";
const SANITATION: &str = "370285102259-household-sanitation-2026Q3";

/// Adds a scheme and its rule to a township of a copied district.
fn add(policies: &Path, township: &str, id: &str, rule: &str, more: &str) {
    let edition = policies.join(format!("townships/{township}/editions/2026-01-01"));
    let from = district::root().join(format!("plugins/{rule}/{rule}.wasm"));
    std::fs::create_dir_all(edition.join("rules")).unwrap();
    std::fs::copy(from, edition.join(format!("rules/{rule}.wasm"))).unwrap();
    let clause = if township.ends_with("nanshu") {
        "《南墅镇志愿服务积分办法（演示）》第3条"
    } else {
        "《夏格庄镇户容户貌评比办法（演示）》第4条"
    };
    let text = format!(
        "id = \"{id}\"\ntitle = \"{id}\"\nrule = \"rules/{rule}.wasm\"\nclause = \"{clause}\"\n\
         decision_record = \"会议记录\"\nnotice_days = 7\n{more}"
    );
    district::write(&edition.join(format!("schemes/{id}.toml")), &text);
}

fn served(scratch: &Path, policies: &Path) -> Server {
    let more = ["--clock", "manual", "--allow-unproved"];
    Server::demo(policies, &scratch.join("data"), &more)
}

fn copied(name: &str) -> (PathBuf, PathBuf) {
    let scratch = district::scratch(name);
    let policies = district::small(&scratch, 24);
    (scratch, policies)
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn open(server: &Server, who: &str, village: &str, scheme: &str, period: &str) -> Answer {
    let body = json!({"village": village, "scheme": scheme, "period": period});
    server.post(who, "/v1/rounds", &body)
}

/// Sheets of the open village settled, notified and reviewed.
fn sanitation_done(server: &Server) {
    let closed =
        server.post("points_admin", &format!("/v1/rounds/{SANITATION}/closing"), &json!({}));
    assert_eq!(closed.status, 200, "{}", closed.body);
    server.days_pass(8);
    review(server, "household-sanitation");
}

fn review(server: &Server, scheme: &str) -> Answer {
    let review = json!({"village": VILLAGE, "scheme": scheme, "verdict": "effective"});
    let reviewed = server.post("points_admin", "/v1/reviews", &review);
    assert_eq!(reviewed.status, 200, "{}", reviewed.body);
    reviewed
}

fn statement(server: &Server, household: &str) -> Value {
    let path = format!("/v1/accounts/{household}/statement?purpose=check");
    let answer = server.get("clerk", &path);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// The household with the most points of the village.
fn richest(server: &Server) -> (String, i64) {
    let all = (1..=24).map(|n| {
        let id = format!("{VILLAGE}-h{n:04}");
        let honour = number(&statement(server, &id)["honour"]);
        (id, honour)
    });
    all.max_by_key(|(_, honour)| *honour).unwrap()
}

#[test]
fn points_are_converted_into_the_platform_and_again_when_they_change() {
    let (scratch, policies) = copied("platform");
    add(
        &policies,
        "370285102-xiagezhuang",
        "platform",
        "platform-conversion",
        "subject = \"household\"\nlaw = \"convert\"\nreads = [\"household-sanitation\"]\n\
         [settings]\nweight = 125\ncap = 1000\n",
    );
    add(
        &policies,
        "370285102-xiagezhuang",
        "tried",
        "platform-conversion",
        "subject = \"household\"\nlaw = \"convert\"\ntrial = true\nreads = [\"household-sanitation\"]\n\
         [settings]\nweight = 125\ncap = 1000\n",
    );
    let server = served(&scratch, &policies);
    let tried = open(&server, "clerk", VILLAGE, "tried", "2026Q3");
    assert_eq!(code(&tried), (422, "SCHEME_ON_TRIAL"), "{}", tried.body);
    sanitation_done(&server);
    let (household, honour) = richest(&server);
    assert!(honour > 0);

    assert_eq!(open(&server, "clerk", VILLAGE, "platform", "2026Q3").status, 201);
    let round = format!("{VILLAGE}-platform-2026Q3");
    let closed = server.post("points_admin", &format!("/v1/rounds/{round}/closing"), &json!({}));
    assert_eq!(closed.status, 200, "{}", closed.body);
    assert!(number(&closed.body["proposed"]) > 0, "{}", closed.body);
    server.days_pass(8);
    // who reported the sheets does not review what they become either
    let own = json!({"village": VILLAGE, "scheme": "platform", "verdict": "effective"});
    assert_eq!(server.post("clerk", "/v1/reviews", &own).status, 403);
    review(&server, "platform");
    let before = statement(&server, &household);
    let expected = (honour * 125 + 500) / 1_000;
    assert_eq!(number(&before["platform"]), expected.min(1_000));
    assert_eq!(number(&before["spendable"]), honour, "what is converted is not spendable twice");

    // the difference goes to the platform too, without anybody closing anything again
    let reviewed = better_late_sheet(&server, &household);
    let after = statement(&server, &household);
    assert_ne!(number(&after["honour"]), honour, "the late sheet must change something: {after}");
    assert!(number(&reviewed.body["converted_again"]) > 0, "{}", reviewed.body);
    server.days_pass(8);
    review(&server, "platform");
    let platform = number(&statement(&server, &household)["platform"]);
    assert_eq!(platform, ((number(&after["honour"]) * 125 + 500) / 1_000).min(1_000));
}

/// A sheet of the quarter that comes late, with its points in effect.
fn better_late_sheet(server: &Server, household: &str) -> Answer {
    let sheet = json!({"village": VILLAGE, "scheme": "household-sanitation", "events": [{
        "id": "late-1", "type": "sheet", "subject": household, "day": "2026-09-30",
        "actor": server.person("supervisor"),
        "quantities": {"courtyard": 2000, "gate": 2000, "toilet": 2000, "waste": 2000, "livestock": 2000},
    }]});
    assert_eq!(server.post("clerk", "/v1/events", &sheet).status, 201);
    server.days_pass(8);
    review(server, "household-sanitation")
}

/// Closes the round, changes what it rests on, and closes it once more: only the second closing counts.
fn closed_twice(server: &Server, round: &str) -> Answer {
    let close = |who: &str| server.post(who, &format!("{round}/closing"), &json!({}));
    let first = close("points_admin");
    assert_eq!(first.status, 200, "{}", first.body);
    better_late_sheet(server, &richest(server).0);
    let confirmed = server.post("supervisor", &format!("{round}/confirmation"), &json!({}));
    assert_eq!(code(&confirmed), (409, "FINDINGS_CHANGED"), "{}", confirmed.body);
    assert_eq!(server.post("clerk", &format!("{round}/reopening"), &json!({})).status, 200);
    let second = close("points_admin");
    assert_eq!(second.status, 200, "{}", second.body);
    assert_ne!(first.body["cents"], Value::Null);
    second
}

#[test]
fn a_fund_is_shared_out_to_the_cent_by_two_hands() {
    let (scratch, policies) = copied("payout");
    add(
        &policies,
        "370285102-xiagezhuang",
        "payout",
        "fund-payout",
        "subject = \"household\"\nlaw = \"distribute\"\nfund = \"points-fund\"\n[settings]\nfloor = 300\n\
         [facts.points]\nof = \"period-points\"\nschemes = [\"household-sanitation\"]\n",
    );
    let server = served(&scratch, &policies);
    sanitation_done(&server);
    let ask = |cents: Option<i64>| {
        let mut body = json!({"village": VILLAGE, "scheme": "payout", "period": "2026Q3"});
        if let Some(cents) = cents {
            body["cents"] = json!(cents);
        }
        server.post("clerk", "/v1/rounds", &body)
    };
    assert_eq!(code(&ask(None)), (400, "INVALID_INPUT"));
    assert_eq!(code(&ask(Some(99_999_999_999))), (422, "FUND_TOO_SMALL"));
    assert_eq!(ask(Some(100_003)).status, 201);
    let round = format!("/v1/rounds/{VILLAGE}-payout-2026Q3");
    let confirm =
        |who: &str, body: Value| server.post(who, &format!("{round}/confirmation"), &body);
    assert_eq!(confirm("points_admin", json!({})).status, 403, "not settled yet");
    let closed = closed_twice(&server, &round);
    assert_eq!(number(&closed.body["cents"]) + number(&closed.body["rest"]), 100_003);
    assert_eq!(confirm("points_admin", json!({})).status, 403, "who settled does not confirm");
    assert_eq!(confirm("clerk", json!({})).status, 403, "a clerk does not confirm");
    assert_eq!(code(&confirm("supervisor", json!({}))), (422, "NOTICE_NOT_OVER"));

    assert_eq!(server.get("clerk", &round).status, 403, "no purpose");
    assert_eq!(server.get("resident", &format!("{round}?purpose=x")).status, 403);
    let sheet = server.get("supervisor", &format!("{round}?purpose=核对")).body;
    let findings = sheet["findings"].as_array().unwrap().clone();
    assert_eq!(findings.len(), 24, "{sheet}");
    let cents = |finding: &Value| number(&finding["said"]["share"]["cents"]);
    let sum: i64 = findings.iter().map(cents).sum();
    assert_eq!(sum, number(&closed.body["cents"]));
    let left_out = findings[0]["subject"].as_str().unwrap().to_owned();

    server.days_pass(8);
    let unknown = confirm("supervisor", json!({"except": ["nobody"], "reason": "有异议"}));
    assert_eq!(code(&unknown), (400, "INVALID_INPUT"));
    let confirmed =
        confirm("supervisor", json!({"except": [left_out], "reason": "有异议，另行核实"}));
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    assert_eq!(number(&confirmed.body["cents"]), sum - cents(&findings[0]));
    assert_eq!(number(&statement(&server, &left_out)["paid_cents"]), 0);
    let paid = findings[1]["subject"].as_str().unwrap();
    let told = statement(&server, paid);
    assert_eq!(number(&told["paid_cents"]), cents(&findings[1]));
    assert_eq!(told["findings"][0]["state"], "effective", "{told}");
    assert_eq!(confirm("supervisor", json!({})).status, 403, "once");
}

/// What only some posts may read is neither read as a whole nor person by person by others.
fn only_readers(server: &Server, round: &str, person: &str) {
    let whole = |who: &str| server.get(who, &format!("{round}?purpose=check")).status;
    assert_eq!((whole("volunteer_clerk"), whole("volunteer_admin")), (403, 200));
    let path = format!("/v1/accounts/{person}/statement?purpose=check");
    let told = server.get("volunteer_clerk", &path);
    assert_eq!(told.status, 200, "{}", told.body);
    let schemes = told.body["findings"].as_array().unwrap().iter().map(|row| &row["scheme"]);
    assert_eq!(schemes.collect::<Vec<_>>(), ["grade"], "{}", told.body);
}

/// What was found is no longer so: the round is opened again, closed, and put on notice anew.
fn closed_anew(server: &Server, round: &str) {
    let confirm = || server.post("volunteer_admin", &format!("{round}/confirmation"), &json!({}));
    let reopen = |who: &str| server.post(who, &format!("{round}/reopening"), &json!({}));
    assert_eq!(code(&confirm()), (409, "FINDINGS_CHANGED"));
    assert_eq!(reopen("volunteer").status, 403);
    assert_eq!(reopen("volunteer_clerk").status, 200);
    assert_eq!(code(&reopen("volunteer_clerk")), (409, "ROUND_UNCHANGED"), "open");
    assert_eq!(confirm().status, 403, "open again");
    let again = server.post("volunteer_clerk", &format!("{round}/closing"), &json!({}));
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(code(&confirm()), (422, "NOTICE_NOT_OVER"), "the new result is new");
    assert_eq!(code(&reopen("volunteer_clerk")), (409, "ROUND_UNCHANGED"));
    server.days_pass(8);
}

/// Another hour of August, reported late.
fn late_hour(server: &Server, village: &str, person: &str) {
    let event = json!({
        "id": "late-hour", "type": "service", "subject": person, "day": "2026-08-25",
        "quantities": {"minutes": 60},
    });
    let body = json!({"village": village, "scheme": "volunteer-hours", "events": [event]});
    let sent = server.post("volunteer_clerk", "/v1/events", &body);
    assert_eq!(sent.status, 201, "{}", sent.body);
}

#[test]
fn grades_and_benefits_are_found_from_hours_and_confirmed() {
    let (scratch, policies) = copied("grades");
    let steps = "step1_minutes = 600\nstep1_points = 200\nstep2_minutes = 1200\nstep2_points = 500\n\
        step3_minutes = 3000\nstep3_points = 1000\nstep4_minutes = 4800\nstep4_points = 1500\n\
        step5_minutes = 6000\nstep5_points = 2000\nstep6_minutes = 9000\nstep6_points = 2500\n\
        step7_minutes = 12000\nstep7_points = 3000\nstep8_minutes = 15000\nstep8_points = 4000\n\
        step9_minutes = 18000\nstep9_points = 5000\n";
    add(
        &policies,
        "370285106-nanshu",
        "grade",
        "credit-grade",
        &format!(
            "subject = \"person\"\nlaw = \"grade\"\nperiod = \"year\"\nreads = [\"volunteer-hours\"]\n\
             [settings]\nbase = 100000\naaa_from = 105000\naa_from = 103000\na_from = 96000\n\
             b_from = 85000\nc_from = 60000\n{steps}"
        ),
    );
    add(
        &policies,
        "370285106-nanshu",
        "inner",
        "credit-grade",
        &format!(
            "subject = \"person\"\nlaw = \"grade\"\nperiod = \"year\"\nreads = [\"volunteer-hours\"]\n\
             readers = [\"points-admin\"]\n\
             [settings]\nbase = 100000\naaa_from = 105000\naa_from = 103000\na_from = 96000\n\
             b_from = 85000\nc_from = 60000\n{steps}"
        ),
    );
    add(
        &policies,
        "370285106-nanshu",
        "mean",
        "household-mean",
        "subject = \"household\"\nlaw = \"qualify\"\nperiod = \"year\"\nreads = [\"volunteer-hours\"]\n\
         [settings]\nunit_minutes = 240\nabove = 100\n[facts.members]\nof = \"members\"\n",
    );
    let server = served(&scratch, &policies);
    let person = server.person("volunteer");
    let village = person.split('-').next().unwrap().to_owned();
    // Two hundred hours are exactly AA, with what was there before.
    let events: Vec<Value> = (1..=20)
        .map(|n| {
            json!({
                "id": format!("extra-{n}"), "type": "service", "subject": person,
                "day": format!("2026-08-{n:02}"), "quantities": {"minutes": 600},
            })
        })
        .collect();
    let body = json!({"village": village, "scheme": "volunteer-hours", "events": events});
    let sent = server.post("volunteer_clerk", "/v1/events", &body);
    assert_eq!(sent.status, 201, "{}", sent.body);
    for (scheme, what) in [("grade", "grades"), ("mean", "eligible"), ("inner", "grades")] {
        let opened = open(&server, "volunteer_clerk", &village, scheme, "2026");
        assert_eq!(opened.status, 201, "{}", opened.body);
        let round = format!("/v1/rounds/{village}-{scheme}-2026");
        let closed = server.post("volunteer_clerk", &format!("{round}/closing"), &json!({}));
        assert_eq!(closed.status, 200, "{}", closed.body);
        println!("{scheme}: {}", closed.body[what]);
        assert!(!closed.body[what].is_null(), "{}", closed.body);
        assert!(number(&closed.body["rule"]["fuel_used"]) > 0);
        server.days_pass(8);
        let confirm =
            || server.post("volunteer_admin", &format!("{round}/confirmation"), &json!({}));
        if scheme == "grade" {
            late_hour(&server, &village, &person);
            closed_anew(&server, &round);
        }
        let confirmed = confirm();
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
        assert!(confirmed.body["cents"].is_null(), "no money moves: {}", confirmed.body);
    }
    only_readers(&server, &format!("/v1/rounds/{village}-inner-2026"), &person);
    let told = server.get("volunteer", &format!("/v1/accounts/{person}/statement")).body;
    assert_eq!(told["findings"].as_array().map(Vec::len), Some(2), "{told}");
    let finding = &told["findings"][0];
    assert_eq!(finding["state"], "effective", "{told}");
    assert_eq!(finding["said"]["grade"]["grade"], "AA", "{told}");
    assert!(finding["reason"].as_str().unwrap().contains("基础分1000.00"), "{finding}");
    let round = format!("/v1/rounds/{village}-mean-2026?purpose=check");
    let all = server.get("volunteer_clerk", &round).body;
    let eligible = |finding: &&Value| finding["said"]["benefit"]["eligible"] == true;
    let lucky: Vec<&Value> = all["findings"].as_array().unwrap().iter().filter(eligible).collect();
    assert!(!lucky.is_empty(), "{all}");
    assert!(lucky.len() < all["findings"].as_array().unwrap().len(), "not everybody: {all}");
}
