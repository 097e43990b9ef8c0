//! Supervision committees that did nothing in a quarter are listed, from the record only.

use serde_json::{Value, json};

use super::{VILLAGE, act, meet, move_to, open, served, take};

/// What the public is told of a place.
fn figures(server: &tests::server::Server, place: &str, quarter: &str) -> Value {
    let path = format!("/public/figures/supervision?village={place}&quarter={quarter}");
    let answer = server.get("", &path);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

/// Meetings, signatures, questions and passes of a village's committee.
fn counts(said: &Value, list: &str) -> Vec<u64> {
    let row = &said[list][0];
    assert_eq!(row["village"], VILLAGE, "{said}");
    let names = ["meetings", "signatures", "questions", "passes"];
    names.iter().map(|name| row[*name].as_u64().unwrap()).collect()
}

#[test]
fn a_committee_without_activity_in_a_quarter_is_not_effective() {
    let server = served("supervision", |_| {});
    move_to(&server, "2027-02-01");
    let body =
        json!({"item": "P15", "village": VILLAGE, "title": "购买办公用品", "amount_cents": 50_000});
    let matter = open(&server, "clerk", &body);
    // what others do, signatures included, is nothing that the committee did
    take(&server, "bookkeeper", &matter, &json!({"step": "VOUCHER"}));
    take(&server, "member", &matter, &json!({"step": "VERIFY"}));
    let said = figures(&server, VILLAGE, "2027-Q1");
    assert_eq!(counts(&said, "not_effective"), [0, 0, 0, 0]);
    assert_eq!((&said["effective"], &said["over"]), (&json!(0), &json!(false)), "{said}");

    let asked = act(&server, "supervisor", &matter, "questions", &json!({"text": "发票在哪里"}));
    assert_eq!(asked.status, 201, "{}", asked.body);
    assert_eq!(counts(&figures(&server, VILLAGE, ""), "working"), [0, 0, 1, 0]);
    let answered =
        act(&server, "director", &matter, "answers", &json!({"number": 1, "text": "补上了"}));
    assert_eq!(answered.status, 200, "{}", answered.body);
    take(&server, "supervisor", &matter, &json!({"step": "STAMP"}));
    meet(&server, &matter, ("VS", 3, 3, 3), 0);
    meet(&server, &matter, ("TWO", 7, 5, 5), 0);
    assert_eq!(counts(&figures(&server, VILLAGE, "2027-Q1"), "working"), [1, 1, 1, 0]);

    // of the township's committees the others did nothing, and the next quarter starts at nothing
    move_to(&server, "2027-04-01");
    let all = figures(&server, "370285102000", "2027-Q1");
    let idle = all["not_effective"].as_array().map_or(0, Vec::len);
    assert_eq!((&all["effective"], &all["over"]), (&json!(1), &json!(true)), "{all}");
    assert_eq!(all["committees"].as_u64(), u64::try_from(idle + 1).ok(), "{all}");
    assert_eq!(counts(&figures(&server, VILLAGE, ""), "not_effective"), [0, 0, 0, 0]);
    assert!(!all.to_string().contains("-p"), "no person: {all}");
}

#[test]
fn a_quarter_that_has_not_begun_says_nothing() {
    let server = served("supervision-quarter", |_| {});
    move_to(&server, "2027-02-01");
    for (place, quarter, status) in [
        (VILLAGE, "2027-Q2", 400),
        (VILLAGE, "2027Q1", 400),
        (VILLAGE, "2026-Q4", 200),
        ("370285999999", "2026-Q4", 404),
    ] {
        let path = format!("/public/figures/supervision?village={place}&quarter={quarter}");
        assert_eq!(server.get("", &path).status, status, "{path}");
    }
}
