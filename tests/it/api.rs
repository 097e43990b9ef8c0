//! Decisions over real HTTP: who may distribute land compensation, and what a caller may not say.

use serde_json::{Value, json};
use tests::{district, server::Server};

const MATTER: &str = "370285102259-S10-2026-001";

/// A server on a small district, with the manual clock.
pub(crate) fn demo(name: &str) -> Server {
    let scratch = district::scratch(name);
    let policies = district::small(&scratch, 24);
    Server::demo(&policies, &scratch.join("data"), &["--clock", "manual"])
}

pub(crate) fn reasons(answer: &Value) -> String {
    answer["context"]["reasons"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| format!("{} {} {}", r["policy"], r["text"], r["basis"]))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn land_compensation_is_for_the_member_assembly() {
    let server = demo("land");
    let secretary = server.person("secretary");
    let ask = |context: Value| {
        server.evaluate(&secretary, "TakeStep", ("Matter", MATTER), "MEM", &context)
    };

    let denied = ask(json!({"record": "370285102259-REP-2026-001"}));
    assert_eq!(denied["decision"], false);
    let told = reasons(&denied);
    assert!(told.contains("征地补偿费分配必须由成员大会"), "{told}");
    assert!(told.contains("《中华人民共和国农村集体经济组织法》"), "{told}");

    let tally =
        json!({"eligible": 612, "present": 612, "inFavour": 612, "against": 0, "abstain": 0});
    let still = ask(
        json!({"record": "370285102259-REP-2026-001", "tally": tally, "body": "MEM", "eligible": 1}),
    );
    assert_eq!(still["decision"], false, "a caller's tally changes nothing");
    assert_eq!(reasons(&still), told);
    assert!(still["context"]["ignored"].to_string().contains("context.tally"), "{still}");

    let allowed = ask(json!({"record": "370285102259-MEM-2026-001"}));
    assert_eq!(allowed["decision"], true, "{}", reasons(&allowed));
    assert!(allowed["context"]["decision_id"].as_str().is_some_and(|id| !id.is_empty()));
}

#[test]
fn the_default_answer_is_bare_and_requests_are_read_as_the_specification_says() {
    let server = demo("bare");
    let secretary = server.person("secretary");
    let body = json!({
        "subject": {"type": "Person", "id": secretary, "properties": {"role": "anything"}, "extra": 1},
        "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": MATTER, "properties": {"step": "MEM", "amountCents": 0}},
        "context": {"record": "370285102259-MEM-2026-001"},
        "unknown": {"ignored": true},
    });
    let answer = server.post("", "/access/v1/evaluation", &body);
    assert_eq!((answer.status, answer.body), (200, json!({"decision": true})));
    let tenant = server.post("", "/t/370285102000/access/v1/evaluation", &body);
    assert_eq!(tenant.body, json!({"decision": true}));
    let foreign = server.post("", "/t/370285106000/access/v1/evaluation", &body);
    assert_eq!(
        foreign.body,
        json!({"decision": false}),
        "a matter of another township is not decided here"
    );

    for (part, value) in [
        ("subject", json!({"type": "Person"})),
        ("subject", Value::Null),
        ("action", json!({"name": 1})),
        ("resource", json!({"id": "x"})),
        ("context", json!([])),
    ] {
        let mut bad = body.clone();
        bad[part] = value;
        assert_eq!(server.post("", "/access/v1/evaluation", &bad).status, 400, "{part}");
    }
    let nobody = json!({"subject": {"type": "Person", "id": "nobody"}, "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": MATTER}});
    assert_eq!(server.post("", "/access/v1/evaluation", &nobody).body, json!({"decision": false}));
}

#[test]
fn a_department_needs_the_list_or_two_approvals_and_the_money() {
    let server = demo("admission");
    let village = "370285102259";
    let propose = json!({
        "village": village, "title": "入户核对台账", "basis_law": "《中华人民共和国统计法》", "basis_article": "第八条",
        "fund_cents": 500_000, "staff": 1, "end": "2026-12-31",
    });
    let task = server.post("department", "/v1/admissions", &propose);
    assert_eq!(task.status, 201, "{}", task.body);
    let id = task.body["id"].as_str().unwrap_or_default().to_owned();
    let department = server.person("department");
    let assign =
        || server.post("department", &format!("/v1/admissions/{id}/assignment"), &json!({}));
    let asked = || {
        server.evaluate(&department, "AssignTask", ("Task", &id), "", &json!({}))["decision"]
            .clone()
    };

    let unlisted = assign();
    assert_eq!(unlisted.status, 403, "{}", unlisted.body);
    assert!(
        unlisted.body["text"].as_str().is_some_and(|t| t.contains("批准")),
        "{}",
        unlisted.body
    );
    assert_eq!(asked(), false);

    let approve = |office: &str, body: &str| {
        let today = server.get("", "/v1/clock").body;
        let day = today["today"].as_str().unwrap_or_default().to_owned();
        let meeting = json!({"body": body, "village": "370285000000", "matter": id, "day": day, "notice_day": day,
            "eligible": 11, "present": 11, "in_favour": 11, "against": 0, "abstain": 0});
        let record = server.post(office, "/v1/meetings", &meeting);
        assert_eq!(record.status, 201, "{}", record.body);
        let cite = json!({"record": record.body["id"], "to": "2026-12-31"});
        let answer = server.post(office, &format!("/v1/admissions/{id}/approvals"), &cite);
        assert!(answer.status < 300, "{}", answer.body);
    };
    approve("committee_office", "DC");
    assert_eq!(assign().status, 403, "one approval is not enough");
    approve("government_office", "DG");
    let unfunded = assign();
    assert_eq!(unfunded.status, 403, "both approvals without money are not enough");
    assert!(
        unfunded.body["text"].as_str().is_some_and(|t| t.contains("经费") || t.contains("拨")),
        "{}",
        unfunded.body
    );
    let funds =
        server.post("finance", &format!("/v1/admissions/{id}/funds"), &json!({"cents": 500_000}));
    assert!(funds.status < 300, "{}", funds.body);
    assert_eq!(asked(), true);
    let assigned = assign();
    assert!(assigned.status < 300, "{}", assigned.body);
    assert!(assigned.body["assigned"].is_string());
}

#[test]
fn a_delegation_lives_from_approval_to_revocation_and_goes_no_further() {
    let server = demo("delegation");
    let village = "370285102259";
    let (deputy, member) = (server.person("deputy"), server.person("member"));
    let matter = server.post(
        "clerk",
        "/v1/matters",
        &json!({"item": "S11", "village": village, "title": "报送申请盖章", "seal_class": "A"}),
    );
    assert_eq!(matter.status, 201, "{}", matter.body);
    let matter = matter.body["id"].as_str().unwrap_or_default().to_owned();
    let first =
        matter_step(&server, "clerk", &matter, &json!({"step": first_step(&server, &matter)}));
    assert!(first.status < 300, "{}", first.body);

    let grant = json!({"village": village, "role": "director", "items": ["S11"], "delegate": deputy, "body": "TWO",
        "from": "2026-01-01", "to": "2026-12-31"});
    let proposed = server.post("director", "/v1/delegations", &grant);
    assert_eq!(proposed.status, 201, "{}", proposed.body);
    let id = proposed.body["id"].as_str().unwrap_or_default().to_owned();
    let cite = json!({"grant": id});
    let act = || server.evaluate(&deputy, "TakeStep", ("Matter", &matter), "APPROVE", &cite);
    assert_eq!(act()["decision"], false, "an unapproved delegation gives nothing");

    let again = json!({"village": village, "role": "director", "items": ["S11"], "delegate": member, "body": "TWO",
        "from": "2026-01-01", "to": "2026-12-31", "under": id});
    let day = server.get("", "/v1/clock").body["today"].clone();
    let meeting = json!({"body": "TWO", "village": village, "matter": id, "day": day, "notice_day": day,
        "eligible": 7, "present": 6, "in_favour": 6, "against": 0, "abstain": 0});
    let record = server.post("clerk", "/v1/meetings", &meeting);
    assert_eq!(record.status, 201, "{}", record.body);
    let approval = json!({"record": record.body["id"]});
    let approved = server.post("secretary", &format!("/v1/delegations/{id}/approval"), &approval);
    assert!(approved.status < 300, "{}", approved.body);
    let allowed = act();
    assert_eq!(allowed["decision"], true, "{}", reasons(&allowed));

    let further = server.post("deputy", "/v1/delegations", &again);
    assert_eq!(further.status, 403, "a delegate may not delegate: {}", further.body);
    assert!(further.body["text"].as_str().is_some_and(|t| t.contains("再")), "{}", further.body);

    let revoked = server.post("director", &format!("/v1/delegations/{id}/revocation"), &json!({}));
    assert!(revoked.status < 300, "{}", revoked.body);
    let after = act();
    assert_eq!(after["decision"], false, "revoked is revoked at once");
    assert!(reasons(&after).contains("撤销"), "{}", reasons(&after));
}

pub(crate) fn matter_step(
    server: &Server,
    role: &str,
    matter: &str,
    body: &Value,
) -> tests::server::Answer {
    server.post(role, &format!("/v1/matters/{matter}/steps"), body)
}

fn first_step(server: &Server, matter: &str) -> Value {
    server.get("clerk", &format!("/v1/matters/{matter}")).body["next"][0]["step"].clone()
}
