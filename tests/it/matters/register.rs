//! The fields of the official register on a meeting's record, and counting by household.

use serde_json::{Value, json};

use super::{VILLAGE, denied, discuss, open, served, take, today};

const CONTENT: &str = "讨论文化广场选址、预算和占用的两户菜地";

fn record(server: &tests::server::Server, matter: &str, more: &Value) -> Value {
    let day = today(server);
    let mut body = json!({"body": "ASM", "village": VILLAGE, "item": "P01", "matter": matter,
        "day": day, "notice_day": day, "eligible": 300, "present": 3, "in_favour": 2, "against": 1,
        "abstain": 0});
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    body
}

#[test]
fn a_meeting_takes_the_fields_of_the_register_and_keeps_words_out_of_the_journal() {
    let server = served("register", |_| {});
    let (clerk, member, leader) =
        (server.person("clerk"), server.person("member"), server.person("township_leader"));
    let secretary = server.person("secretary");
    let good = json!({"roll": [clerk, member, secretary], "attending": [leader], "method": "ballot",
        "published": today(&server), "motion": "村民三十二人联名建议", "content": CONTENT,
        "opinion": "程序合规"});
    let answer = server.post("clerk", "/v1/meetings", &record(&server, "", &good));
    assert_eq!(answer.status, 201, "{}", answer.body);
    let kept = &answer.body["register"];
    assert_eq!((&kept["method"], &kept["roll"][1]), (&json!("ballot"), &json!(member)));
    assert_eq!(answer.body["present_permille"], 10, "3 of 300");
    assert!(kept["texts"]["commitment"].is_string(), "{kept}");
    assert!(!answer.body.to_string().contains(CONTENT), "{}", answer.body);
    for file in std::fs::read_dir(server.store.join("journal")).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap();
        let found = bytes.windows(CONTENT.len()).any(|window| window == CONTENT.as_bytes());
        assert!(!found, "the journal holds the words of a register");
    }
    for (what, wrong) in [
        ("a roll of other length", json!({"roll": [clerk, member]})),
        ("somebody twice", json!({"roll": [clerk, clerk, member]})),
        ("a name in place of an id", json!({"attending": ["王主任"]})),
        ("somebody unknown", json!({"attending": ["370285102259-p99"]})),
        ("a method nobody knows", json!({"method": "applause"})),
        ("a count nobody knows", json!({"counted": "heads"})),
        ("published before it was held", json!({"published": "2026-01-02"})),
        ("too many words", json!({"content": "长".repeat(501)})),
        ("present more than entitled", json!({"eligible": 2})),
    ] {
        let answer = server.post("clerk", "/v1/meetings", &record(&server, "", &wrong));
        assert_eq!((answer.status, &answer.body["code"]), (400, &json!("INVALID_INPUT")), "{what}");
    }
}

#[test]
fn an_assembly_counted_by_household_needs_two_thirds_of_the_households() {
    let server = served("households", |_| {});
    let body = json!({"item": "P01", "village": VILLAGE, "title": "修建文化广场"});
    let matter = open(&server, "clerk", &body);
    discuss(&server, &matter, "PTY");
    let met = |present: i64| {
        let notice = today(&server);
        server.days_pass(12);
        let counts = json!({"counted": "households", "notice_day": notice, "eligible": 300,
            "present": present, "in_favour": 150, "against": present - 150});
        let answer = server.post("clerk", "/v1/meetings", &record(&server, &matter, &counts));
        assert_eq!(answer.status, 201, "{}", answer.body);
        json!({"step": "REP", "record": answer.body["id"]})
    };
    // 199 of 300 are more than half, which would do for people, and less than two thirds.
    denied(&server, "director", &matter, &met(199), "laixi/gates/households");
    take(&server, "director", &matter, &met(200));
}

#[test]
fn votes_for_others_keep_within_the_limits_of_the_meeting() {
    let server = served("proxies", |_| {});
    // an officer and the resident of the same household
    let house = |n: u32| (format!("{VILLAGE}-p0{n}"), format!("{VILLAGE}-r000{n}"));
    let [(a, a2), (b, b2), (c, c2), (d, d2)] = [1, 2, 3, 4].map(house);
    let send = |body: &str, more: Value| {
        let mut record = record(&server, "", &more);
        record["body"] = json!(body);
        record["item"] = json!(if more["candidates"].is_array() { "election" } else { "" });
        server.post("clerk", "/v1/meetings", &record)
    };
    let counts = |present: i64| json!({"present": present, "in_favour": present, "against": 0, "written": true});
    let with = |present: i64, more: Value| {
        let mut all = counts(present);
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    // the members' assembly: in writing, own household; whoever is represented counts as present
    let kept = send("MEM", with(2, json!({"roll": [a], "proxies": {a2.clone(): a}})));
    assert_eq!(kept.status, 201, "{}", kept.body);
    assert_eq!(kept.body["register"]["proxies"][&a2], json!(a), "{}", kept.body);
    // an election: three for one holder, whatever the household
    let three = json!({"roll": [d], "candidates": [a2], "proxies": {a.clone(): d, b.clone(): d, c.clone(): d}});
    assert_eq!(send("ASM", with(4, three)).status, 201);
    let four = json!({a.clone(): d, b.clone(): d, c.clone(): d, d2.clone(): d});
    for (what, body, more) in [
        ("representatives", "REP", with(2, json!({"roll": [a], "proxies": {a2.clone(): a}}))),
        (
            "deciding a matter",
            "ASM",
            with(
                2,
                json!({"roll": [d], "candidates": [a2], "matter": "x", "proxies": {a.clone(): d}}),
            ),
        ),
        (
            "by household",
            "MEM",
            with(2, json!({"roll": [a], "counted": "households", "proxies": {b2.clone(): a}})),
        ),
        ("no election", "ASM", with(2, json!({"roll": [a], "proxies": {a2.clone(): a}}))),
        (
            "nothing in writing",
            "MEM",
            with(2, json!({"roll": [a], "proxies": {a2.clone(): a}, "written": false})),
        ),
        ("nobody called", "MEM", with(2, json!({"proxies": {a2.clone(): a}}))),
        ("counts", "MEM", with(3, json!({"roll": [a], "proxies": {a2.clone(): a}}))),
        ("another household", "MEM", with(2, json!({"roll": [a], "proxies": {b2.clone(): a}}))),
        ("came in person", "MEM", with(3, json!({"roll": [a, a2], "proxies": {a2.clone(): a}}))),
        ("for oneself", "MEM", with(2, json!({"roll": [a], "proxies": {a.clone(): a}}))),
        (
            "passed on",
            "ASM",
            with(
                3,
                json!({"roll": [c], "candidates": [d], "proxies": {a.clone(): b, b.clone(): c}}),
            ),
        ),
        (
            "a candidate",
            "ASM",
            with(2, json!({"roll": [d], "candidates": [d], "proxies": {c2.clone(): d}})),
        ),
        ("four for one", "ASM", with(5, json!({"roll": [d], "candidates": [a2], "proxies": four}))),
        ("nobody known", "MEM", with(2, json!({"roll": [a], "proxies": {"370285102259-p99": a}}))),
    ] {
        let answer = send(body, more);
        let told = (answer.status, &answer.body["code"]);
        assert_eq!(told, (400, &json!("INVALID_INPUT")), "{what}: {}", answer.body);
        assert!(answer.body.to_string().contains("proxies"), "{what}: {}", answer.body);
    }
}
