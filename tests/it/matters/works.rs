//! Works and lettings by items of the test's own: price review, joint supervision, publication, splitting,
//! changes, and emergency works that are ratified afterwards. The program knows none of these items.

use std::path::Path;

use serde_json::{Value, json};
use tests::district;
use tests::server::Server;

use super::{VILLAGE, act, denied, holds, meet, open, served, step, take, told, view};

/// A step by a holder of `role` in the unit, with further terms.
fn row(id: &str, after: &str, role: &str, unit: &str, terms: &str) -> String {
    let after = if after.is_empty() { String::new() } else { format!("after = [\"{after}\"]\n") };
    format!(
        "[[steps]]\nid = \"{id}\"\ntitle = \"步骤{id}\"\nwho = \"{role}\"\n{after}{terms}\n\
         [[steps.may]]\nroles = [\"{role}\"]\nunit = \"{unit}\"\n\n"
    )
}

fn item(policies: &Path, id: &str, head: &str, steps: &[String]) {
    let text = format!(
        "id = \"{id}\"\ntitle = \"测试事项{id}\"\narea = \"工程\"\nbasis = [\"《莱西市村级财务管理办法（演示）》第6条\"]\n\
         kinds = [\"villagers\", \"residents\"]\nsupervises = [\"村务监督委员会\"]\n{head}\n\n{}",
        steps.concat()
    );
    let file = policies.join(format!("editions/2026-01-01/items/{id}.toml"));
    district::write(&file, &text);
}

const JOINT: &str = r#"needs_review = true
[steps.joint]
needed = 5
mandatory = [
  { role = "auditor", title = "三资代理中心" },
  { role = "township-leader", title = "镇政府" },
  { role = "finance-office", title = "财政局" },
]
optional = [
  { role = "committee-office", title = "市委办" },
  { role = "government-office", title = "市政府办" },
]
[steps.joint.by_project]
water = { role = "department-officer", title = "水利局" }
road = { role = "points-admin", title = "交通局" }
"#;

/// Tendered works: plan, review, tender under joint supervision, contract, carrying out.
fn tender(policies: &Path) {
    let (own, town) = ("village", "township");
    item(
        policies,
        "P90",
        "",
        &[
            row("PRO", "", "director", own, "discloses = true"),
            row("VAL", "PRO", "bookkeeper", own, "price = \"review\""),
            row("NOT", "VAL", "clerk", own, JOINT),
            row("CND", "NOT", "clerk", own, "stay_days = 3"),
            row(
                "CTR",
                "CND",
                "director",
                own,
                "after_stay = [\"CND\"]\nprice = \"contract\"\nbound = \"ceiling\"\ndiscloses = true",
            ),
            row("EXE", "CTR", "deputy", own, ""),
            row("SET", "EXE", "auditor", town, ""),
        ],
    );
    item(
        policies,
        "P91",
        "",
        &[
            row("VAL", "", "bookkeeper", own, "price = \"review\""),
            row("CTR", "VAL", "board-chair", own, "price = \"contract\"\nbound = \"floor\""),
        ],
    );
}

fn works(project: &str) -> Value {
    json!({"item": "P90", "village": VILLAGE, "title": "修水渠", "project": project, "amount_cents": 60_000_000})
}

#[test]
fn a_tender_waits_for_the_price_review_and_five_signatures_with_the_department_in_charge() {
    let server = served("tender", tender);
    let nowhere = server.post("clerk", "/v1/matters", &works(""));
    assert_eq!((nowhere.status, &nowhere.body["code"]), (400, &json!("INVALID_INPUT")));
    let matter = open(&server, "clerk", &works("water"));
    take(&server, "director", &matter, &json!({"step": "PRO"}));
    let review = json!({"step": "VAL", "cents": 50_000_000});
    denied(&server, "bookkeeper", &matter, &review, "laixi/gates/stage-unpublished");
    let published = act(&server, "clerk", &matter, "publications", &json!({"step": "PRO"}));
    assert_eq!(published.status, 200, "{}", published.body);
    denied(&server, "bookkeeper", &matter, &json!({"step": "VAL"}), "laixi/gates/price-stated");

    // Tender before review: out of order by the steps, and held for the price besides.
    denied(&server, "clerk", &matter, &json!({"step": "NOT"}), "laixi/gates/price-review-first");
    let gate = server.evaluate(
        &server.person("clerk"),
        "TakeStep",
        ("Matter", &matter),
        "NOT",
        &json!({}),
    );
    assert!(gate.to_string().contains("laixi/gates/price-review-first"), "{gate}");
    take(&server, "bookkeeper", &matter, &review);

    let sign = |who: &str| act(&server, who, &matter, "signatures", &json!({"step": "NOT"}));
    for who in ["auditor", "township_leader", "finance", "committee_office", "government_office"] {
        let signed = sign(who);
        assert_eq!(signed.status, 200, "{who}: {}", signed.body);
    }
    // Five have signed; without 水利局 the gate is closed all the same.
    assert_eq!(holds(&view(&server, &matter), "NOT"), ["SIGN_OFFS_MISSING"]);
    let text = view(&server, &matter)["next"][0]["holds"][0]["text"].to_string();
    assert!(text.contains("水利局"), "{text}");
    denied(&server, "clerk", &matter, &json!({"step": "NOT"}), "laixi/gates/signatures");
    told(&sign("auditor"), "laixi/gates/sign-once");
    told(&sign("points_admin"), "laixi/gates/sign-organ");
    told(&sign("director"), "laixi/gates/sign-organ");
    // The auditor is given a second post: one person still signs once.
    let auditor = server.person("auditor");
    let posts = json!([{"role": "department-officer", "unit": "370285000000", "department": "水利局",
        "from": "2026-01-01", "to": "2030-12-31"}]);
    let body = json!({"unit": "370285102000", "posts": posts});
    let put = server.put("data_admin", &format!("/v1/entities/Person/{auditor}"), &body);
    assert!(put.status < 300, "{}", put.body);
    let twice = json!({"step": "NOT", "post": format!("{auditor}/department-officer")});
    told(&act(&server, "auditor", &matter, "signatures", &twice), "laixi/gates/sign-once");
    let signed = sign("department");
    assert_eq!(signed.status, 200, "{}", signed.body);
    take(&server, "clerk", &matter, &json!({"step": "NOT"}));

    take(&server, "clerk", &matter, &json!({"step": "CND"}));
    let contract = |cents: i64| json!({"step": "CTR", "cents": cents});
    denied(&server, "director", &matter, &contract(1), "laixi/gates/window");
    server.days_pass(3);
    denied(&server, "director", &matter, &contract(50_000_001), "laixi/gates/price-ceiling");
    take(&server, "director", &matter, &contract(50_000_000));
    denied(&server, "deputy", &matter, &json!({"step": "EXE"}), "laixi/gates/stage-unpublished");
    act(&server, "clerk", &matter, "publications", &json!({"step": "CTR"}));
    take(&server, "deputy", &matter, &json!({"step": "EXE"}));
    take(&server, "auditor", &matter, &json!({"step": "SET"}));
    let end = view(&server, &matter);
    assert_eq!((&end["state"], &end["next"]), (&json!("terminal"), &json!([])));
}

#[test]
fn whoever_proposed_does_not_review_and_nothing_is_let_below_the_floor() {
    let server = served("letting", tender);
    let letting = json!({"item": "P91", "village": VILLAGE, "title": "出租果园"});
    let own = open(&server, "bookkeeper", &letting);
    let review = json!({"step": "VAL", "cents": 1_200_000});
    denied(&server, "bookkeeper", &own, &review, "laixi/gates/reviewer");
    let matter = open(&server, "clerk", &letting);
    take(&server, "bookkeeper", &matter, &review);
    let contract = |cents: i64| json!({"step": "CTR", "cents": cents});
    denied(&server, "board_chair", &matter, &contract(1_199_999), "laixi/gates/price-floor");
    let plain = step(&server, "board_chair", &matter, &json!({"step": "CTR", "cents": -1}));
    assert_eq!(plain.status, 400, "{}", plain.body);
    take(&server, "board_chair", &matter, &contract(1_200_000));
}

/// Small works by bands, with the window for splitting and a tenth of room for changes.
fn small(policies: &Path) {
    let head = "split_window_days = 90\nchange_permille = 100\n\
        [[bands]]\ntitle = \"小额\"\nbody = \"TWO\"\nbelow = 10000000\n\
        [[bands]]\ntitle = \"大额\"\nbody = \"REP\"\n";
    let own = "village";
    let change = "price = \"change\"";
    let steps = [
        row("TWO", "", "director", own, "body = \"TWO\""),
        row("CTR", "TWO", "director", own, "price = \"contract\""),
        row("CHG", "CTR", "director", own, change),
        row("ACC", "CHG", "member", own, ""),
    ];
    item(policies, "P92", head, &steps);
    let emergency = [
        row("TWO", "", "director", own, "body = \"TWO\""),
        row("EXE", "TWO", "deputy", own, ""),
        row("ACC", "EXE", "member", own, ""),
        row("PAY", "ACC", "bookkeeper", own, ""),
    ];
    item(policies, "P93", "", &emergency);
    let variant = "extends = \"P93\"\nid = \"emergency\"\ntitle = \"先办后议\"\nbasis = [\"《莱西市村级财务管理办法（演示）》第6条\"]\n\
        [[changes]]\nstep = \"EXE\"\nafter = []\n\
        [[changes]]\nstep = \"TWO\"\nafter = [\"EXE\"]\nwithin_days = 3\nratifies = true\n\
        [[changes]]\nstep = \"PAY\"\nafter = [\"ACC\", \"TWO\"]\n";
    let file = policies.join("editions/2026-01-01/items/P93-emergency.variant.toml");
    district::write(&file, variant);
}

fn culvert(server: &Server, cents: i64) -> String {
    let body = json!({"item": "P92", "village": VILLAGE, "title": "修涵洞", "site": "north-road",
        "amount_cents": cents});
    open(server, "clerk", &body)
}

const TWO: super::Met = ("TWO", 7, 6, 6);

#[test]
fn three_contracts_at_one_site_within_ninety_days_need_a_supervisor() {
    let server = served("split", small);
    let nowhere = json!({"item": "P92", "village": VILLAGE, "title": "修涵洞", "amount_cents": 1});
    assert_eq!(server.post("clerk", "/v1/matters", &nowhere).status, 400, "a site must be named");
    let first = culvert(&server, 9_900_000);
    let record = meet(&server, &first, TWO, 0);
    take(&server, "director", &first, &json!({"step": "TWO", "record": record}));
    let contract = json!({"step": "CTR", "cents": 9_900_000});
    take(&server, "director", &first, &contract);

    let pass = json!({"hold": "SPLIT_SUSPECTED", "reason": "三处涵洞分属三条渠，分别设计"});
    let ahead = act(&server, "supervisor", &first, "passes", &pass);
    assert_eq!((ahead.status, &ahead.body["code"]), (422, &json!("NOTHING_TO_PASS")));
    server.days_pass(30);
    let second = culvert(&server, 9_900_000);
    server.days_pass(30);
    let third = culvert(&server, 9_900_000);
    let record = meet(&server, &third, TWO, 0);
    let discuss = json!({"step": "TWO", "record": record});
    assert_eq!(holds(&view(&server, &third), "TWO"), ["SPLIT_SUSPECTED"]);
    println!("{}", view(&server, &third)["next"][0]["holds"]);
    denied(&server, "director", &third, &discuss, "laixi/gates/split");
    assert_eq!(holds(&view(&server, &first), "CHG"), ["SPLIT_SUSPECTED"], "the earlier ones too");

    told(&act(&server, "director", &third, "passes", &pass), "laixi/gates/pass");
    let silent = json!({"hold": "SPLIT_SUSPECTED", "reason": ""});
    assert_eq!(act(&server, "supervisor", &third, "passes", &silent).status, 400);
    let other = json!({"hold": "QUESTION_OPEN", "reason": "不想答复"});
    assert_eq!(act(&server, "supervisor", &third, "passes", &other).status, 400);
    let passed = act(&server, "supervisor", &third, "passes", &pass);
    assert_eq!(passed.status, 200, "{}", passed.body);
    assert_eq!(passed.body["course"]["passed"][0]["cents"], 29_700_000);
    take(&server, "director", &third, &discuss);
    // A fourth one makes a sum that nobody has let pass.
    let fourth = culvert(&server, 100);
    denied(&server, "director", &third, &contract, "laixi/gates/split");
    // Far enough in time from all others, a matter stands on its own.
    server.days_pass(91);
    let alone = culvert(&server, 9_900_000);
    assert_eq!(holds(&view(&server, &alone), "TWO"), Vec::<String>::new());
    for matter in [second, fourth] {
        assert_eq!(holds(&view(&server, &matter), "TWO"), ["SPLIT_SUSPECTED"], "{matter}");
    }
}

#[test]
fn a_change_beyond_a_tenth_or_over_the_edge_goes_back_to_the_body() {
    let server = served("change", small);
    let matter = culvert(&server, 9_500_000);
    let record = meet(&server, &matter, TWO, 0);
    take(&server, "director", &matter, &json!({"step": "TWO", "record": record}));
    take(&server, "director", &matter, &json!({"step": "CTR", "cents": 9_500_000}));
    let change = |cents: i64, record: Option<&Value>| {
        let mut body = json!({"step": "CHG", "cents": cents});
        if let Some(record) = record {
            body["record"] = record.clone();
        }
        body
    };
    // 9.5万 to 10万 is less than a tenth and crosses the edge.
    let over = change(10_000_000, None);
    denied(&server, "director", &matter, &over, "laixi/gates/change-body");
    denied(&server, "director", &matter, &change(8_549_999, None), "laixi/gates/change-body");
    let two = meet(&server, &matter, TWO, 0);
    let cited = change(10_000_000, Some(&two));
    denied(&server, "director", &matter, &cited, "laixi/gates/change-body");
    let decided = meet(&server, &matter, ("REP", 45, 36, 30), 4);
    take(&server, "director", &matter, &change(10_000_000, Some(&decided)));
}

#[test]
fn emergency_works_come_first_and_are_paid_only_when_ratified() {
    let server = served("emergency", small);
    let body =
        json!({"item": "P93", "village": VILLAGE, "title": "抢修水管", "variant": "emergency"});
    let in_time = open(&server, "clerk", &body);
    let late = open(&server, "clerk", &body);
    for matter in [&in_time, &late] {
        take(&server, "deputy", matter, &json!({"step": "EXE"}));
        take(&server, "member", matter, &json!({"step": "ACC"}));
        denied(&server, "bookkeeper", matter, &json!({"step": "PAY"}), "laixi/order/after");
    }
    server.days_pass(3);
    let record = meet(&server, &in_time, TWO, 0);
    take(&server, "director", &in_time, &json!({"step": "TWO", "record": record}));
    take(&server, "bookkeeper", &in_time, &json!({"step": "PAY"}));

    server.days_pass(1);
    let seen = view(&server, &late);
    assert_eq!(
        (&seen["next"][0]["step"], &seen["next"][0]["overdue"]),
        (&json!("TWO"), &json!(true))
    );
    let record = meet(&server, &late, TWO, 0);
    take(&server, "director", &late, &json!({"step": "TWO", "record": record}));
    assert_eq!(holds(&view(&server, &late), "PAY"), ["RATIFIED_LATE"]);
    denied(&server, "bookkeeper", &late, &json!({"step": "PAY"}), "laixi/gates/late-ratification");
    let pass = json!({"hold": "RATIFIED_LATE", "reason": "连日暴雨，会议推迟一天"});
    let passed = act(&server, "supervisor", &late, "passes", &pass);
    assert_eq!(passed.status, 200, "{}", passed.body);
    take(&server, "bookkeeper", &late, &json!({"step": "PAY"}));
}

/// The district's own items: 9.9万 three times at one site, and a repair done first.
#[test]
fn the_shipped_items_know_splitting_and_emergencies() {
    let server = served("shipped-works", |_| {});
    let small = |cents: i64, site: &str| {
        let body = json!({"item": "P05", "village": VILLAGE, "title": "修涵洞", "site": site,
            "amount_cents": cents});
        open(&server, "clerk", &body)
    };
    let first = small(9_900_000, "north-road");
    assert_eq!(holds(&view(&server, &first), "TWO"), Vec::<String>::new());
    server.days_pass(40);
    small(9_900_000, "north-road");
    server.days_pass(40);
    let third = small(9_900_000, "north-road");
    let seen = view(&server, &third);
    println!("{}", seen["next"][0]["holds"]);
    assert_eq!(holds(&seen, "TWO"), ["SPLIT_SUSPECTED"]);
    assert!(
        seen["next"][0]["holds"][0]["text"].as_str().is_some_and(|t| t.contains("297000.00元"))
    );
    let record = meet(&server, &third, TWO, 0);
    let discuss = json!({"step": "TWO", "record": record});
    denied(&server, "director", &third, &discuss, "laixi/gates/split");
    let pass = json!({"hold": "SPLIT_SUSPECTED", "reason": "三处涵洞分属三条渠，分别设计"});
    let passed = act(&server, "discipline", &third, "passes", &pass);
    assert_eq!(passed.status, 200, "{}", passed.body);
    take(&server, "director", &third, &discuss);
    let apart = small(9_900_000, "south-road");
    assert_eq!(holds(&view(&server, &apart), "TWO"), Vec::<String>::new());

    let body = json!({"item": "P06", "village": VILLAGE, "title": "抢修水管", "variant": "emergency",
        "site": "pump-house", "amount_cents": 800_000});
    let repair = open(&server, "clerk", &body);
    take(&server, "deputy", &repair, &json!({"step": "EXE"}));
    let next = view(&server, &repair)["next"].clone();
    assert!(next.as_array().is_some_and(|next| next.iter().any(|s| s["step"] == "TWO")), "{next}");
    server.days_pass(4);
    take(&server, "member", &repair, &json!({"step": "ACC"}));
    take(&server, "supervisor", &repair, &json!({"step": "SUP"}));
    let record = meet(&server, &repair, TWO, 0);
    take(&server, "director", &repair, &json!({"step": "TWO", "record": record}));
    denied(
        &server,
        "bookkeeper",
        &repair,
        &json!({"step": "PAY"}),
        "laixi/gates/late-ratification",
    );
    let pass = json!({"hold": "RATIFIED_LATE", "reason": "连日暴雨，会议推迟一天"});
    let signed = act(&server, "supervisor", &repair, "passes", &pass);
    told(&signed, "laixi/gates/pass-own");
    let passed = act(&server, "discipline", &repair, "passes", &pass);
    assert_eq!(passed.status, 200, "{}", passed.body);
    take(&server, "bookkeeper", &repair, &json!({"step": "PAY"}));
}
