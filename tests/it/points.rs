//! Events become points through rules, review and the ledger; points become goods.

use serde_json::{Value, json};

use crate::api::demo;

const ROUND: &str = "370285102259-household-sanitation-2026Q3";

#[test]
fn a_closed_round_is_scored_by_the_component_and_counts_after_review() {
    let server = demo("round");
    let village = "370285102259";
    let closing = format!("/v1/rounds/{ROUND}/closing");
    let clerk = server.post("clerk", &closing, &json!({}));
    assert_eq!(clerk.status, 403, "who handed in sheets does not close the round: {}", clerk.body);

    let closed = server.send("points_admin", &closing, "close-1", &json!({}));
    assert_eq!(closed.status, 200, "{}", closed.body);
    assert!(closed.body["proposed"].as_i64().is_some_and(|n| n >= 20), "{}", closed.body);
    assert!(closed.body["rule"]["fuel_used"].as_i64().is_some_and(|n| n > 0));
    let again = server.send("points_admin", &closing, "close-1", &json!({}));
    assert!(again.replayed && again.body == closed.body, "the same key again is the same answer");
    let other = server.send(
        "points_admin",
        "/v1/rounds",
        "close-1",
        &json!({"village": village, "scheme": "household-sanitation", "period": "2026Q4"}),
    );
    assert_eq!((other.status, &other.body["code"]), (409, &json!("IDEMPOTENCY_KEY_REUSED")));

    let household = format!("{village}-h0009");
    let statement = |purpose: &str| {
        server.get("clerk", &format!("/v1/accounts/{household}/statement?purpose={purpose}")).body
    };
    assert_eq!(statement("check")["spendable"], 0, "proposed is not effective");
    let review =
        json!({"village": village, "scheme": "household-sanitation", "verdict": "effective"});
    let early = server.post("points_admin", "/v1/reviews", &review);
    assert_eq!(
        (early.status, &early.body["code"]),
        (422, &json!("NOTICE_NOT_OVER")),
        "{}",
        early.body
    );
    server.days_pass(8);
    let reviewed = server.send("points_admin", "/v1/reviews", "review-1", &review);
    assert_eq!(reviewed.status, 200, "{}", reviewed.body);
    let told = statement("check");
    assert!(told["spendable"].as_i64().is_some_and(|n| n > 0), "{told}");
    assert_eq!(told["spendable"], told["honour"]);
    assert_eq!(told["entries"][0]["state"], "effective");
    assert_eq!(told["notice"], "演示数据，非真实");
    let replayed = server.send("points_admin", "/v1/reviews", "review-1", &review);
    assert!(replayed.replayed);
    assert_eq!(statement("check"), told, "a retry changes nothing");

    // A late sheet scores the whole closed round again; only the difference is proposed.
    let sheet = json!({"village": village, "scheme": "household-sanitation", "events": [{
        "id": "late-1", "type": "sheet", "subject": household, "day": "2026-09-30", "actor": server.person("supervisor"),
        "quantities": {"courtyard": 2000, "gate": 2000, "toilet": 2000, "waste": 2000, "livestock": 2000},
    }]});
    let late = server.send("clerk", "/v1/events", "late-1", &sheet);
    assert_eq!(late.status, 201, "{}", late.body);
    let after = statement("check");
    let total: i64 = after["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|e| e["state"] == "effective" || e["state"] == "proposed")
        .filter_map(|e| e["points"].as_i64())
        .sum();
    let raised = total - told["spendable"].as_i64().unwrap_or_default();
    println!("late sheet raises by {raised} hundredths");
    assert!(raised > 0, "{after}");
}

#[test]
fn hours_are_scored_by_the_script_on_the_running_total() {
    let server = demo("hours");
    let person = server.person("volunteer");
    let village = person.split('-').next().unwrap_or_default().to_owned();
    let read = || server.get("volunteer", &format!("/v1/accounts/{person}/statement")).body;
    let before = read();
    let events: Vec<Value> = (1..=4).map(|n| json!({
        "id": format!("extra-{n}"), "type": "service", "subject": person, "day": format!("2026-09-{:02}", 20 + n),
        "quantities": {"minutes": 600},
    })).collect();
    let body = json!({"village": village, "scheme": "volunteer-hours", "events": events});
    let sent = server.send("volunteer_clerk", "/v1/events", "hours-1", &body);
    assert_eq!(sent.status, 201, "{}", sent.body);
    server.days_pass(8);
    let review = json!({"village": village, "scheme": "volunteer-hours", "verdict": "effective"});
    let reviewed = server.post("volunteer_admin", "/v1/reviews", &review);
    assert_eq!(reviewed.status, 200, "{}", reviewed.body);
    let after = read();
    let gained = after["honour"].as_i64().unwrap_or_default()
        - before["honour"].as_i64().unwrap_or_default();
    println!("before {} after {}", before["honour"], after["honour"]);
    // Forty further hours at one, two and three hours a point lie between 13 and 40 points.
    assert!(
        (1_300..4_000).contains(&gained),
        "{gained}: a rate on the running total, not per visit"
    );

    let taken_back = server.post(
        "volunteer_clerk",
        &format!("/v1/events/{village}/extra-4/state"),
        &json!({"state": "reversed", "reason": "重复登记"}),
    );
    assert_eq!(taken_back.status, 200, "{}", taken_back.body);
    let waiting = read();
    let correction: Vec<&Value> = waiting["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|e| e["points"].as_i64() < Some(0))
        .collect();
    assert_eq!(correction.len(), 1, "{waiting}");
    assert_eq!(correction[0]["state"], "proposed", "a correction waits for review too");

    let foreign = json!({"village": "370285102259", "scheme": "volunteer-hours", "events": events});
    let refused = server.post("clerk", "/v1/events", &foreign);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("SCHEME_OF_ANOTHER_TOWNSHIP"))
    );
}

#[test]
fn the_last_piece_goes_to_one() {
    let server = demo("redeem");
    let own = server.person("resident");
    let household =
        server.get("data_admin", &format!("/v1/entities/Person/{own}")).body["attrs"]["household"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
    let township = format!("{}000", household.get(..9).unwrap_or_default());
    let offers = server.get("", &format!("/v1/offers?township={township}")).body;
    let offer = offers["offers"]
        .as_array()
        .into_iter()
        .flatten()
        .min_by_key(|o| o["price_points"].as_i64())
        .cloned()
        .unwrap_or_default();
    let (id, price) = (offer["id"].clone(), offer["price_points"].as_i64().unwrap_or_default());
    let order = json!({"subject": household, "offer": id, "quantity": 1});
    let quote = server.post("resident", "/v1/redemptions/quote", &order);
    assert_eq!(
        (quote.status, &quote.body["eligible"], &quote.body["points"]),
        (200, &json!(true), &json!(price)),
        "{}",
        quote.body
    );

    let balance = || {
        server.get("resident", &format!("/v1/accounts/{household}/statement")).body["spendable"]
            .as_i64()
            .unwrap_or_default()
    };
    let left = || {
        let all = server.get("", &format!("/v1/offers?township={township}")).body;
        all["offers"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|o| o["id"] == id)
            .and_then(|o| o["stock_left"].as_i64())
            .unwrap_or_default()
    };
    let (points, stock) = (balance(), left());
    let reserved = server.send("resident", "/v1/redemptions", "r-1", &order);
    assert_eq!(reserved.status, 201, "{}", reserved.body);
    assert_eq!((balance(), left()), (points - price, stock - 1));
    assert!(server.send("resident", "/v1/redemptions", "r-1", &order).replayed);
    assert_eq!((balance(), left()), (points - price, stock - 1), "a retry takes nothing");

    let redemption = reserved.body["id"].as_str().unwrap_or_default().to_owned();
    let self_confirmed =
        server.post("resident", &format!("/v1/redemptions/{redemption}/confirmation"), &json!({}));
    assert_eq!(self_confirmed.status, 403);
    let confirmed =
        server.post("shop", &format!("/v1/redemptions/{redemption}/confirmation"), &json!({}));
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    assert_eq!((balance(), left()), (points - price, stock - 1), "stock and balance agree");

    let second = server.send("resident", "/v1/redemptions", "r-2", &order);
    if second.status == 201 {
        let id = second.body["id"].as_str().unwrap_or_default().to_owned();
        let back =
            server.post("resident", &format!("/v1/redemptions/{id}/cancellation"), &json!({}));
        assert_eq!(back.status, 200, "{}", back.body);
        assert_eq!(
            (balance(), left()),
            (points - price, stock - 1),
            "cancelling gives back exactly"
        );
    }
}

#[test]
fn a_stranger_reads_no_statement() {
    let server = demo("stranger");
    let own = server.person("resident");
    let household =
        server.get("data_admin", &format!("/v1/entities/Person/{own}")).body["attrs"]["household"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
    let path = format!("/v1/accounts/{household}/statement");
    assert_eq!(server.get("", &path).status, 401);
    assert_eq!(server.get("volunteer", &path).status, 403, "a resident of another township");
    assert_eq!(server.get("resident_clerk", &path).status, 403, "the clerk without a purpose");
    assert_eq!(
        server.get("resident_clerk", &format!("{path}?purpose=%E6%A0%B8%E5%AF%B9")).status,
        200
    );
    assert_eq!(server.get("resident", &path).status, 200);
}

#[test]
fn bad_input_is_told_in_one_line_and_changes_nothing() {
    let server = demo("bad");
    let matter = |village: &str| json!({"item": "P01", "village": village, "title": "修路"});
    for (body, status, code) in [
        (matter("370285999999"), 404, "UNKNOWN_DIVISION"),
        (matter("12"), 400, "INVALID_INPUT"),
        (
            json!({"item": "Z99", "village": "370285102259", "title": "修路"}),
            422,
            "ITEM_NOT_ON_LIST",
        ),
        (
            json!({"item": "P01", "village": "370285102259", "title": "修路", "extra": 1}),
            400,
            "INVALID_INPUT",
        ),
    ] {
        let answer = server.post("clerk", "/v1/matters", &body);
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            answer.body
        );
        assert!(!answer.body["detail"].as_str().unwrap_or("\n").contains('\n'));
        assert!(answer.body["help"].as_str().is_some_and(|help| !help.is_empty()));
    }
    let foreign = server.post(
        "clerk",
        "/v1/matters",
        &json!({"item": "P01", "village": "370285106276", "title": "修路"}),
    );
    assert!(
        [403, 404].contains(&foreign.status),
        "a clerk opens nothing in another township: {}",
        foreign.body
    );
    let agent = std::process::Command::new("curl")
        .args([
            "-s",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-d",
            "{\"item\": ",
            "-H",
            "Content-Type: application/json",
        ])
        .args([
            "-H",
            &format!("Authorization: Bearer {}", server.token("clerk")),
            &format!("{}/v1/matters", server.url),
        ])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&agent.stdout), "400", "malformed JSON");
}
