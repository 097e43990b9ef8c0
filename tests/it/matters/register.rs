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
