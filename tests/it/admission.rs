//! Admission over HTTP: quotas counted from the record, forms that ask for what a department holds.

use serde_json::{Value, json};
use tests::{
    district,
    server::{Answer, Server},
};

use crate::api::demo;

const VILLAGE: &str = "370285102259";
const OTHER: &str = "370285102260";

/// Proposes a task and tries to hand it over.
fn hand_over(server: &Server, village: &str, item: &str, more: &Value) -> (String, Answer) {
    let mut body = json!({"village": village, "title": "按清单办理", "item": item});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    let proposed = server.post("department", "/v1/admissions", &body);
    assert_eq!(proposed.status, 201, "{}", proposed.body);
    let task = proposed.body["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/admissions/{task}/assignment");
    (task, server.post("department", &path, &json!({})))
}

fn clues(server: &Server, kind: &str) -> Vec<Value> {
    let path = format!("/v1/clues?village={VILLAGE}&type={kind}");
    let answer = server.get("discipline", &path);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["clues"].as_array().unwrap().clone()
}

#[test]
fn a_fourth_inspection_in_a_month_is_refused_unless_an_accident_is_marked() {
    let scratch = district::scratch("quota");
    let policies = district::small(&scratch, 24);
    let start = || Server::demo(&policies, &scratch.join("data"), &["--clock", "manual"]);
    let mut server = start();
    server.day_is("2028-03-30");
    for number in 1..=3 {
        let (_, handed) = hand_over(&server, VILLAGE, "IN-04", &json!({}));
        assert_eq!(handed.status, 200, "{number}: {}", handed.body);
    }
    let (fourth, refused) = hand_over(&server, VILLAGE, "IN-04", &json!({}));
    assert_eq!(refused.status, 403, "{}", refused.body);
    let body = refused.body;
    assert_eq!(body["code"], "OVER_QUOTA");
    let text = body["text"].as_str().unwrap();
    assert!(
        text.contains("“养老服务场所安全检查”（IN-04）一个村每月最多3次，2028年3月已经交办3次。"),
        "{text}"
    );
    assert!(body["detail"].as_str().unwrap().contains("3 were handed over in 2028-03"), "{body}");
    assert_eq!(body["reasons"][0]["policy"], "laixi/admission/over-quota");

    let left = clues(&server, "unauthorized_delegation");
    assert_eq!(left.len(), 1, "the attempt left a clue");
    assert_eq!(left[0]["thing"], fourth.as_str());

    // another village has its own count; a word without a reason is no mark
    assert_eq!(hand_over(&server, OTHER, "IN-04", &json!({})).1.status, 200);
    let blank = json!({"village": VILLAGE, "title": "检查", "item": "IN-04",
        "urgent": {"kind": "emergency", "reason": ""}});
    let answer = server.post("department", "/v1/admissions", &blank);
    assert_eq!((answer.status, &answer.body["code"]), (400, &json!("INVALID_INPUT")));

    let mark = json!({"kind": "accident", "reason": "养老院厨房起火，逐户排查"});
    let (urgent, handed) = hand_over(&server, VILLAGE, "IN-04", &json!({"urgent": mark}));
    assert_eq!(handed.status, 200, "{}", handed.body);
    assert_eq!(handed.body["urgent"], mark, "the mark is on record");
    let marked = clues(&server, "urgent_past_quota");
    assert_eq!(marked.len(), 1);
    assert_eq!((&marked[0]["thing"], &marked[0]["mark"]), (&json!(urgent), &mark));
    assert_eq!(marked[0]["policies"], json!(["laixi/admission/assign"]));

    // the count is the record's: it and the clues are there after a restart, and a new month starts anew
    assert!(server.stop());
    server = start();
    assert_eq!(clues(&server, "urgent_past_quota"), marked);
    let again = format!("/v1/admissions/{fourth}/assignment");
    assert_eq!(server.post("department", &again, &json!({})).status, 403);
    server.day_is("2028-03-31");
    assert_eq!(server.post("department", &again, &json!({})).status, 403, "the last day");
    server.day_is("2028-04-01");
    assert_eq!(server.post("department", &again, &json!({})).status, 200, "a new month");
}

#[test]
fn the_eleventh_document_of_a_year_is_refused() {
    let server = demo("documents");
    server.day_is("2028-03-02");
    for number in 1..=10 {
        let (_, handed) = hand_over(&server, VILLAGE, "AS-09", &json!({}));
        assert_eq!(handed.status, 200, "{number}: {}", handed.body);
    }
    let (task, refused) = hand_over(&server, VILLAGE, "AS-09", &json!({}));
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("OVER_QUOTA")));
    let text = refused.body["text"].as_str().unwrap();
    assert!(text.contains("一个村每年最多10次，2028年已经交办10次"), "{text}");
    // both approvals and money do not help against a quota: asked over AuthZEN, the answer is the same
    let officer = server.person("department");
    let asked = json!({"used": 0, "quota": 99});
    let answer = server.evaluate(&officer, "AssignTask", ("Task", &task), "", &asked);
    assert_eq!(answer["decision"], false);
    assert_eq!(answer["context"]["reasons"][0]["code"], "OVER_QUOTA", "{answer}");
    server.day_is("2029-01-01");
    let path = format!("/v1/admissions/{task}/assignment");
    assert_eq!(server.post("department", &path, &json!({})).status, 200, "a new year");
}

#[test]
fn a_form_that_asks_for_what_a_department_holds_is_refused_naming_the_holder() {
    let server = demo("fields");
    let form = |fields: Value| json!({"fields": fields});
    let (_, handed) = hand_over(&server, VILLAGE, "LE-01", &json!({}));
    assert_eq!(handed.status, 200, "{}", handed.body);
    assert_eq!(handed.body["fields"], json!(["公开事项", "公开日期"]), "those of the listed form");

    // an alias is known by the register's own name
    let (task, refused) =
        hand_over(&server, VILLAGE, "LE-01", &form(json!(["公开日期", "户口人数", "低保人数"])));
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("FIELD_HELD")));
    let text = refused.body["text"].as_str().unwrap();
    assert!(text.contains("“户籍人口”由公安局掌握（人口信息系统），请向公安局取。"), "{text}");
    assert!(text.contains("“低保人数”由民政局掌握"), "{text}");
    assert!(!text.contains("公开日期"), "{text}");
    assert!(refused.body["detail"].as_str().unwrap().contains("`户籍人口` is held by `公安局`"));
    let left = clues(&server, "unauthorized_delegation");
    assert_eq!((left.len(), &left[0]["thing"]), (1, &json!(task)));

    let unknown = |fields: Value| {
        let body = json!({"village": VILLAGE, "title": "台账", "item": "LE-01", "fields": fields});
        server.post("department", "/v1/admissions", &body)
    };
    let answer = unknown(json!(["户籍人囗"]));
    assert_eq!((answer.status, &answer.body["code"]), (422, &json!("UNKNOWN_FIELD")));
    assert!(
        answer.body["help"].as_str().unwrap().contains("是不是“户籍人口”？"),
        "{}",
        answer.body
    );
    let answer = unknown(json!(["xyz"]));
    assert!(answer.body["help"].as_str().unwrap().contains("请先由市里登记"), "{}", answer.body);
}

#[test]
fn a_cancelled_activity_is_refused_by_name_and_leaves_a_clue() {
    let server = demo("retired");
    let body = json!({"village": VILLAGE, "title": "组织互学互评", "item": "NE-09"});
    let refused = server.post("department", "/v1/admissions", &body);
    assert_eq!((refused.status, &refused.body["code"]), (403, &json!("ON_NEGATIVE_LIST")));
    let text = refused.body["text"].as_str().unwrap();
    assert!(text.contains("“要求村干部互学互评互比互促”（NE-09）"), "{text}");
    assert!(text.contains("已经取消，不得以别的名义恢复"), "{text}");
    let left = clues(&server, "unauthorized_delegation");
    assert_eq!((left.len(), &left[0]["action"]), (1, &json!("ProposeTask")));
}

#[test]
fn a_department_hands_out_what_it_is_in_charge_of_and_not_another_ones() {
    let scratch = district::scratch("in-charge");
    let policies = district::small(&scratch, 24);
    let server = Server::demo(&policies, &scratch.join("data"), &["--clock", "manual"]);
    // IN-02 is the emergency office's; to the civil affairs office it is as if it stood on no list
    let (_, refused) = hand_over(&server, VILLAGE, "IN-02", &json!({}));
    assert_eq!(refused.status, 403, "{}", refused.body);
    let reasons = refused.body["reasons"].as_array().unwrap();
    let named = |id: &str| reasons.iter().any(|reason| reason["policy"] == id);
    assert!(named("laixi/admission/committee-approval"), "{}", refused.body);
    assert_eq!(clues(&server, "unauthorized_delegation").len(), 1);
    assert_eq!(hand_over(&server, VILLAGE, "IN-04", &json!({})).1.status, 200);
}

#[test]
fn what_a_title_says_counts_whatever_item_is_named() {
    let scratch = district::scratch("titles");
    let policies = district::small(&scratch, 24);
    let server = Server::demo(&policies, &scratch.join("data"), &["--clock", "manual"]);
    let propose = |item: &str, title: &str| {
        server.post(
            "department",
            "/v1/admissions",
            &json!({"village": VILLAGE, "title": title, "item": item}),
        )
    };
    let entries = server.get("", "/public/lists?type=negative").body;
    let entry = &entries["rows"][0];
    let (id, title) = (entry["id"].as_str().unwrap(), entry["title"].as_str().unwrap());
    // the negative list's own words, in other signs and under another item
    for item in ["", "IN-04", "ｎｅ-99"] {
        let refused = propose(item, &format!("　{title}（再次）"));
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (403, &json!("ON_NEGATIVE_LIST")),
            "{}",
            refused.body
        );
        assert!(refused.body["text"].as_str().unwrap().contains(id), "{}", refused.body);
    }
    // one attempt, one clue; another entry another one, and none of them points at a task that is not
    let other = entries["rows"][1]["title"].as_str().unwrap();
    assert_eq!(propose("", other).status, 403);
    let left = clues(&server, "unauthorized_delegation");
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!((&left[0]["item"], &left[0]["thing"]), (&json!(id), &json!("")), "{left:?}");
    // words of one entry under the number of another: nobody guesses which was meant
    let own = server.get("", "/public/lists?type=inspection").body;
    let other = own["rows"].as_array().unwrap().iter().find(|row| row["id"] == "IN-03").unwrap();
    let mixed = propose("IN-04", other["title"].as_str().unwrap());
    let told = (mixed.status, &mixed.body["code"]);
    assert_eq!(told, (422, &json!("ITEM_AND_TITLE_DIFFER")), "{}", mixed.body);
    assert!(mixed.body["text"].as_str().unwrap().contains("IN-03"), "{}", mixed.body);
    let ids = propose("ＩＮ-０４", "按清单办理");
    assert_eq!((ids.status, &ids.body["item"]), (201, &json!("IN-04")), "{}", ids.body);
    let path = format!("/v1/admissions/{}/assignment", ids.body["id"].as_str().unwrap());
    assert_eq!(server.post("department", &path, &json!({})).status, 200);
    let again = server.post("department", &path, &json!({}));
    assert_eq!(
        (again.status, &again.body["code"]),
        (409, &json!("ALREADY_ASSIGNED")),
        "{}",
        again.body
    );
}
