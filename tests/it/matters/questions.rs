//! The supervision committee stops a matter, villagers object, and both are answered; what was said
//! lies in the side store only.

use serde_json::json;

use super::{VILLAGE, act, denied, discuss, holds, open, served, step, take, told, view};

const QUESTION: &str = "这笔开支的发票为什么没有附验收单";

#[test]
fn a_question_stops_a_matter_until_somebody_else_answers() {
    let server = served("question", |_| {});
    let body =
        json!({"item": "P15", "village": VILLAGE, "title": "购买办公用品", "amount_cents": 50_000});
    let matter = open(&server, "clerk", &body);
    take(&server, "bookkeeper", &matter, &json!({"step": "VOUCHER"}));
    told(
        &act(&server, "clerk", &matter, "questions", &json!({"text": QUESTION})),
        "laixi/gates/ask",
    );
    let asked = act(&server, "supervisor", &matter, "questions", &json!({"text": QUESTION}));
    assert_eq!(asked.status, 201, "{}", asked.body);
    assert_eq!(
        (&asked.body["state"], holds(&asked.body, "VERIFY")),
        (&json!("stopped"), vec!["QUESTION_OPEN".to_owned()])
    );

    let verify = json!({"step": "VERIFY"});
    denied(&server, "member", &matter, &verify, "laixi/gates/question-open");
    let said = server.evaluate(
        &server.person("member"),
        "TakeStep",
        ("Matter", &matter),
        "VERIFY",
        &json!({}),
    );
    assert!(said.to_string().contains("书面询问"), "{said}");

    let answer = json!({"number": 1, "text": "验收单已经补上"});
    told(&act(&server, "supervisor", &matter, "answers", &answer), "laixi/gates/answer-own");
    told(&act(&server, "member", &matter, "answers", &answer), "laixi/gates/answer");
    let wrong =
        act(&server, "director", &matter, "answers", &json!({"number": 2, "text": "没有这一号"}));
    assert_eq!(wrong.status, 404, "{}", wrong.body);
    let answered = act(&server, "director", &matter, "answers", &answer);
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.body["state"], "open");
    take(&server, "member", &matter, &verify);

    let seen = view(&server, &matter);
    assert_eq!(seen["query_texts"][0]["text"], QUESTION, "people in office read it");
    assert_eq!(seen["query_texts"][0]["answer"], "验收单已经补上");
    for file in std::fs::read_dir(server.store.join("journal")).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap();
        let found = bytes.windows(QUESTION.len()).any(|window| window == QUESTION.as_bytes());
        assert!(!found, "the journal holds the words of a question");
    }
}

#[test]
fn an_objection_inside_the_time_of_a_publication_waits_for_its_answer() {
    let server = served("objection", |_| {});
    let body = json!({"item": "P01", "village": VILLAGE, "title": "修建文化广场"});
    let matter = open(&server, "clerk", &body);
    let object = json!({"step": "PUB1", "text": "公布的面积和会上说的不一样"});
    discuss(&server, &matter, "REP");
    let early = act(&server, "member", &matter, "objections", &object);
    assert_eq!((early.status, &early.body["code"]), (422, &json!("OBJECTION_OUT_OF_TIME")));
    take(&server, "clerk", &matter, &json!({"step": "PUB1"}));
    take(&server, "director", &matter, &json!({"step": "EXE"}));
    server.days_pass(14);
    let objected = act(&server, "member", &matter, "objections", &object);
    assert_eq!(objected.status, 201, "{}", objected.body);
    assert_eq!(objected.body["state"], "open", "an objection does not stop everything");
    server.days_pass(1);
    let late = act(&server, "member", &matter, "objections", &object);
    assert_eq!((late.status, &late.body["code"]), (422, &json!("OBJECTION_OUT_OF_TIME")));

    let publish = json!({"step": "PUB2"});
    assert_eq!(holds(&view(&server, &matter), "PUB2"), ["OBJECTION_OPEN"]);
    denied(&server, "clerk", &matter, &publish, "laixi/gates/objection-open");
    let own = act(&server, "member", &matter, "answers", &json!({"number": 1, "text": "算了"}));
    assert_eq!(own.status, 403, "{}", own.body);
    let answer = json!({"number": 1, "text": "面积按实测更正，已重新公布"});
    let answered = act(&server, "secretary", &matter, "answers", &answer);
    assert_eq!(answered.status, 200, "{}", answered.body);
    let done = step(&server, "clerk", &matter, &publish);
    assert!(done.status < 300, "{}", done.body);
    let queries = &view(&server, &matter)["course"]["queries"];
    assert_eq!((&queries[0]["kind"], queries[0].get("by")), (&json!("objection"), None));
}
