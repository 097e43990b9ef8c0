//! What villagers are given and asked for, over HTTP: only kept certificates, only listed documents, only signs
//! that may hang; and how many certificates were issued.

use serde_json::{Value, json};
use tests::district;
use tests::server::{Answer, Server};

use crate::api::demo;

const VILLAGE: &str = "370285102259";

fn open(server: &Server, item: &str, more: &Value) -> Answer {
    let mut body = json!({"item": item, "village": VILLAGE, "title": "村民申请"});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name.as_str()] = value.clone();
    }
    server.post("clerk", "/v1/matters", &body)
}

/// The code and the Chinese text of a refusal by the policies.
fn refused(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 403, "{}", answer.body);
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("text"))
}

#[test]
fn only_kept_certificates_are_issued_or_sealed() {
    let server = demo("kept");
    let (code, text) = refused(&open(&server, "S12", &json!({"certificate": "婚姻状况证明"})));
    assert_eq!(code, "CERT_NOT_KEPT");
    assert!(text.contains("“婚姻状况”由民政局掌握（婚姻登记系统），请向民政局查。"), "{text}");
    assert!(text.contains("开具集体成员身份证明（CE-02）"), "{text}");
    let (code, text) = refused(&open(&server, "S12", &json!({"certificate": "品行证明"})));
    assert_eq!(code, "CERT_NOT_KEPT");
    assert!(text.contains("到掌握数据的部门查"), "{text}");
    assert_eq!(refused(&open(&server, "S12", &json!({}))).0, "CERT_NOT_KEPT", "none is stated");
    // and no other item is a way around the list
    let plan = open(&server, "P19", &json!({"certificate": "张三无犯罪记录证明"}));
    assert_eq!(refused(&plan).0, "CERT_NOT_KEPT");
    // an entry of another list is no certificate
    assert_eq!(refused(&open(&server, "S12", &json!({"certificate": "SE-01"}))).0, "CERT_NOT_KEPT");
    let seal = |certificate: &str| {
        open(&server, "S11", &json!({"seal_class": "A", "certificate": certificate}))
    };
    assert_eq!(refused(&seal("无犯罪记录证明")).0, "CERT_NOT_KEPT");
    assert_eq!(seal("CE-01").status, 201);
    assert_eq!(open(&server, "S11", &json!({"seal_class": "A"})).status, 201, "other papers");

    let by_title = open(&server, "S12", &json!({"certificate": "开具集体成员身份证明"}));
    assert_eq!(by_title.status, 201, "{}", by_title.body);
    assert_eq!(by_title.body["course"]["certificate"], "CE-02", "kept by the entry's id");

    // the same over AuthZEN: the certificate may be stated, what is kept may not
    let clerk = server.person("clerk");
    for (certificate, wanted) in [("CE-01", true), ("CE-77", false)] {
        let context = json!({"item": "S12", "certificate": certificate, "kept": ["CE-77"]});
        let answer = server.evaluate(&clerk, "OpenMatter", ("Village", VILLAGE), "", &context);
        assert_eq!(answer["decision"], wanted, "{answer}");
    }
}

#[test]
fn the_list_in_force_on_the_day_counts() {
    let scratch = district::scratch("kept-day");
    let policies = district::small(&scratch, 24);
    let list = policies.join("editions/2026-01-01/lists/certificate.toml");
    let text = std::fs::read_to_string(&list).unwrap();
    let ends = text.replace("id = \"CE-02\"", "id = \"CE-02\"\nto = \"2028-03-02\"");
    assert_ne!(ends, text);
    district::write(&list, &ends);
    crate::signed::sign_again(&policies, "农业农村局");
    let server = Server::demo(&policies, &scratch.join("data"), &["--clock", "manual"]);
    server.day_is("2028-03-02");
    let ask = || open(&server, "S12", &json!({"certificate": "CE-02"}));
    assert_eq!(ask().status, 201, "its last day");
    server.days_pass(1);
    assert_eq!(refused(&ask()).0, "CERT_NOT_KEPT");
}

#[test]
fn no_document_is_asked_for_that_the_list_does_not_name() {
    let server = demo("documents-asked");
    let apply = |service: &str, documents: Value| {
        open(&server, "S01", &json!({"service": service, "documents": documents}))
    };
    let listed = apply("SE-01", json!(["居民身份证", "户口簿"]));
    assert_eq!(listed.status, 201, "{}", listed.body);
    assert_eq!(listed.body["course"]["service"], "SE-01");
    let (code, text) = refused(&apply("SE-01", json!(["居民身份证", "房产证"])));
    assert_eq!(code, "DOCUMENT_NOT_LISTED");
    assert!(text.contains("“房产证”不在“最低生活保障申请代办”（SE-01）的材料里"), "{text}");
    assert!(!text.contains("“居民身份证”"), "{text}");
    let (_, text) = refused(&apply("SE-03", json!(["户口簿"])));
    assert!(text.contains("只要：无。"), "{text}");
    let (_, text) = refused(&apply("", json!(["户口簿"])));
    assert!(text.contains("没有写明是哪一条服务或者证明"), "{text}");
    let (code, _) = refused(&open(
        &server,
        "S12",
        &json!({"certificate": "CE-01", "documents": ["居民身份证", "户口簿"]}),
    ));
    assert_eq!(code, "DOCUMENT_NOT_LISTED", "CE-01 asks for the identity card only");
    let unknown = apply("SE-99", json!([]));
    assert_eq!((unknown.status, &unknown.body["code"]), (422, &json!("SERVICE_NOT_LISTED")));
}

#[test]
fn a_sign_without_an_approval_is_listed_for_removal() {
    let server = demo("signs");
    server.day_is("2028-03-02");
    let hang = |title: &str, more: Value| {
        let mut body = json!({"village": VILLAGE, "title": title, "hung": "2028-03-01"});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name.as_str()] = value.clone();
        }
        server.post("data_admin", "/v1/signs", &body)
    };
    let standing = |answer: &Answer| {
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["standing"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(standing(&hang("村民委员会", json!({"entry": "SI-02"}))), "hangs");
    let bare = hang("某某工作站", json!({}));
    assert_eq!(standing(&bare), "remove");
    assert!(bare.body["why"].as_str().unwrap().contains("没有批准编号"), "{}", bare.body);
    assert_eq!(standing(&hang("某某示范点", json!({"approval": "批字1号"}))), "remove");

    // an approval number is that of a task that was admitted and handed to this very village
    let task = |village: &str| {
        let body =
            json!({"village": village, "title": "文件", "item": "AS-09", "end": "2028-03-10"});
        let proposed = server.post("department", "/v1/admissions", &body);
        proposed.body["id"].as_str().unwrap().to_owned()
    };
    let (own, other) = (task(VILLAGE), task("370285102260"));
    let sign = hang("临时服务点", json!({"approval": own}));
    assert_eq!(standing(&sign), "remove", "proposed only");
    let approve = |office: &str, body: &str| {
        let meeting = json!({"body": body, "village": "370285000000", "matter": own, "day": "2028-03-02",
            "notice_day": "2028-03-02", "eligible": 11, "present": 11, "in_favour": 11, "against": 0, "abstain": 0});
        let record = server.post(office, "/v1/meetings", &meeting);
        assert_eq!(record.status, 201, "{}", record.body);
        let cite = json!({"record": record.body["id"], "to": "2028-12-31"});
        let answer = server.post(office, &format!("/v1/admissions/{own}/approvals"), &cite);
        assert!(answer.status < 300, "{}", answer.body);
    };
    approve("committee_office", "DC");
    for task in [&own, &other] {
        let path = format!("/v1/admissions/{task}/assignment");
        assert_eq!(server.post("department", &path, &json!({})).status, 200);
    }
    // a task may be handed over by the list; a sign needs both organs
    assert_eq!(standing(&hang("代办点", json!({"approval": own}))), "remove");
    approve("government_office", "DG");
    assert_eq!(standing(&hang("服务点", json!({"approval": own}))), "hangs");
    assert_eq!(
        standing(&hang("服务点", json!({"approval": other}))),
        "remove",
        "another village's"
    );

    let all = || server.get("", &format!("/public/signs?village={VILLAGE}")).body;
    let listed = all();
    let counts = ["hangs", "remove", "removed"].map(|name| listed[name].as_u64().unwrap());
    assert_eq!(counts, [4, 3, 0], "{listed}");
    assert!(listed["signs"][0].get("by").is_none(), "{listed}");
    let id = bare.body["id"].as_str().unwrap();
    let path = format!("/v1/signs/{id}/removal");
    assert_eq!(server.post("clerk", &path, &json!({})).status, 403, "the data administrator's");
    assert_eq!(server.post("data_admin", &path, &json!({})).body["standing"], "removed");
    assert_eq!(server.post("data_admin", &path, &json!({})).status, 409);
    server.day_is("2028-03-11");
    let later = all();
    let counts = ["hangs", "remove", "removed"].map(|name| later[name].as_u64().unwrap());
    assert_eq!(counts, [1, 5, 1], "approvals ended on 2028-03-10: {later}");
    assert_eq!(hang("牌子", json!({"entry": "SI-99"})).status, 400);
    assert_eq!(server.get("", "/public/signs?village=370285999999").status, 404);
}

#[test]
fn certificates_are_counted_from_the_record() {
    let server = demo("figures");
    server.day_is("2028-11-30");
    let figures = |year: &str| {
        let path = format!("/public/figures/certificates?village=370285102000&year={year}");
        server.get("", &path).body
    };
    let before = figures("2028");
    assert_eq!((&before["count"], &before["types"]), (&json!(0), &json!([])), "{before}");
    let mut matters = Vec::new();
    for _ in 0..3 {
        let opened = open(&server, "S12", &json!({"certificate": "CE-01"}));
        matters.push(opened.body["id"].as_str().unwrap().to_owned());
    }
    let step = |role: &str, matter: &str, step: &str| {
        let path = format!("/v1/matters/{matter}/steps");
        let taken = server.post(role, &path, &json!({"step": step}));
        assert!([200, 201].contains(&taken.status), "{step}: {}", taken.body);
    };
    for matter in matters.iter().take(2) {
        step("clerk", matter, "APPLY");
        step("clerk", matter, "CHECK");
        step("director", matter, "ISSUE");
    }
    step("clerk", &matters[2], "APPLY");
    let after = figures("2028");
    assert_eq!(after["count"], 2, "two were issued, one is only applied for: {after}");
    let one = &after["types"][0];
    assert_eq!((&one["certificate"], &one["kept"]), (&json!("CE-01"), &json!(true)));
    assert_eq!(one["months"], json!([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0]));
    assert_eq!(one["villages"], json!([{"village": VILLAGE, "count": 2}]));
    let villages = after["villages"].as_u64().unwrap();
    let tenths = (2 * 10 * 2 + villages) / (2 * villages);
    assert_eq!(one["mean"], format!("{}.{}", tenths / 10, tenths % 10), "{villages} villages");
    let own = server.get("", &format!("/public/figures/certificates?village={VILLAGE}")).body;
    assert_eq!((&own["villages"], &own["mean"]), (&json!(1), &json!("2.0")), "{own}");
    assert_eq!(figures("2027")["count"], 0);
    let path = format!("/public/figures/certificates?village={VILLAGE}&year=abc");
    assert_eq!(server.get("", &path).status, 400);
}
