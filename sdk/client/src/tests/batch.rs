//! Many questions: what is sent, and answers that are as many as they have to be.

use serde_json::{Value, json};

use super::server::{Reply, Server};
use super::{asked, client, question};
use crate::{
    Action, Batch, Context, Decision, Error, Item, ItemError, Resource, Semantic, Subject,
};

const SEMANTICS: [Semantic; 3] =
    [Semantic::ExecuteAll, Semantic::DenyOnFirstDeny, Semantic::PermitOnFirstPermit];

fn three() -> Batch {
    Batch::new([question(), question(), question()])
}

fn run(batch: &Batch, body: &str) -> Result<Vec<Result<Decision, ItemError>>, Error> {
    client(&Server::start(vec![Reply::json(body)])).evaluations(batch)
}

fn bare(decisions: &[bool]) -> String {
    let list: Vec<Value> = decisions.iter().map(|it| json!({"decision": it})).collect();
    json!({"evaluations": list}).to_string()
}

#[test]
fn a_batch_is_sent_as_the_interface_has_it() {
    let server = Server::start(vec![Reply::json(&bare(&[true, false]))]);
    let defaults = Item::new()
        .with_subject(Subject::new("Person", "p-1"))
        .with_action(Action::new("read"))
        .with_context(Context::from_iter([("explain".to_owned(), json!(true))]));
    let items = [
        Item::new().with_resource(Resource::new("Matter", "m-1")),
        Item::new().with_resource(Resource::new("Matter", "m-2")).with_context(Context::new()),
    ];
    let batch = Batch::new(items).with_defaults(defaults).with_semantic(Semantic::DenyOnFirstDeny);
    let answers = client(&server).evaluations(&batch).unwrap();
    let yes: Vec<bool> = answers.iter().map(|it| it.as_ref().unwrap().is_allowed()).collect();
    assert_eq!(yes, [true, false]);
    let sent = server.asked_once();
    assert_eq!(sent.line, "POST /access/v1/evaluations HTTP/1.1");
    assert_eq!(
        sent.body,
        json!({"subject": {"type": "Person", "id": "p-1"}, "action": {"name": "read"}, "context": {"explain": true},
            "evaluations": [{"resource": {"type": "Matter", "id": "m-1"}},
                {"resource": {"type": "Matter", "id": "m-2"}, "context": {}}],
            "options": {"evaluations_semantic": "deny_on_first_deny"}})
    );

    let server = Server::start(vec![Reply::json(&bare(&[true]))]);
    client(&server).evaluations(&Batch::new([question()])).unwrap();
    let mut item = asked();
    item["context"] = json!({});
    assert_eq!(
        server.asked_once().body,
        json!({"evaluations": [item], "options": {"evaluations_semantic": "execute_all"}})
    );
}

#[test]
fn answers_are_as_many_as_the_semantic_makes_them() {
    let (all, deny, permit) = (SEMANTICS[0], SEMANTICS[1], SEMANTICS[2]);
    let (t, f) = (true, false);
    for (semantic, answers, right) in [
        (all, vec![t, f, t], true),
        (all, vec![f, f, f], true),
        (all, vec![t, f], false),
        (all, vec![t, f, t, t], false),
        (all, vec![], false),
        (deny, vec![t, t, t], true),
        (deny, vec![t, t, f], true),
        (deny, vec![t, f], true),
        (deny, vec![f], true),
        (deny, vec![t, t], false),
        (deny, vec![t, f, t], false),
        (deny, vec![f, f], false),
        (deny, vec![], false),
        (deny, vec![t, t, t, f], false),
        (deny, vec![t, t, t, t], false),
        (permit, vec![f, f, f], true),
        (permit, vec![f, f, t], true),
        (permit, vec![t], true),
        (permit, vec![f, t], true),
        (permit, vec![f, f], false),
        (permit, vec![t, f], false),
        (permit, vec![f, f, f, t], false),
        (permit, vec![], false),
    ] {
        let result = run(&three().with_semantic(semantic), &bare(&answers));
        match result {
            Ok(got) => {
                let got: Vec<bool> =
                    got.iter().map(|it| it.as_ref().unwrap().is_allowed()).collect();
                assert!(right, "{semantic} took {answers:?}");
                assert_eq!(got, answers);
            }
            Err(Error::BatchLength { sent: 3, received, .. }) => {
                assert!(!right, "{semantic} refused {answers:?}");
                assert_eq!(received, answers.len());
            }
            Err(other) => panic!("{semantic} {answers:?}: {other:?}"),
        }
    }
}

#[test]
fn one_broken_answer_spoils_the_batch() {
    for body in [
        r#"{"decision":true}"#,
        r#"{"evaluations":null}"#,
        r#"{"evaluations":{"0":{"decision":true}}}"#,
        r#"{"evaluations":[true,true,true]}"#,
        r#"{"evaluations":[[true],[true],[true]]}"#,
        r#"{"evaluations":[{"decision":true},{},{"decision":true}]}"#,
        r#"{"evaluations":[{"decision":true},{"decision":"true"},{"decision":true}]}"#,
        r#"{"evaluations":[{"decision":true},null,{"decision":true}]}"#,
        r#"{"evaluations":[{"decision":true},{"decision":true},{"decision":false,"decision":true}]}"#,
        r#"{"evaluations":[{"decision":true},{"decision":true},{"decision":true,"context":{"error":"x"}}]}"#,
        r#"[[{"decision":true},{"decision":true},{"decision":true}]]"#,
        r#"{"evaluations":[{"decision":true},{"decision":true},{"decision":true}"#,
    ] {
        for semantic in SEMANTICS {
            let result = run(&three().with_semantic(semantic), body);
            assert!(matches!(result, Err(Error::Malformed { .. })), "{body}: {result:?}");
        }
    }
    // A decision for the whole beside the list is left unread.
    let body = r#"{"decision":true,"evaluations":[{"decision":false},{"decision":false},{"decision":false}]}"#;
    let answers = run(&three(), body).unwrap();
    assert!(answers.iter().all(|it| !it.as_ref().unwrap().is_allowed()));
}

#[test]
fn an_item_that_was_not_decided_is_an_error_in_its_place() {
    let error = |error: Value| json!({"decision": false, "context": {"error": error}});
    let body = json!({"evaluations": [
        error(json!({"status": 400, "message": "`subject` is missing"})),
        {"decision": true},
        error(json!("not\nfound")),
        error(json!({"status": 99_999})),
        error(json!(null)),
    ]});
    let items = Batch::new([question(), question(), question(), question(), question()]);
    let answers = run(&items, &body.to_string()).unwrap();
    let said = |at: usize| answers[at].as_ref().unwrap_err().clone();
    assert_eq!(
        said(0),
        ItemError { status: Some(400), message: "`subject` is missing".to_owned() }
    );
    assert_eq!(said(0).to_string(), "not decided: `subject` is missing");
    assert!(answers[1].as_ref().unwrap().is_allowed());
    assert_eq!(said(2), ItemError { status: None, message: "not found".to_owned() });
    assert_eq!(said(3), ItemError { status: None, message: "no message".to_owned() });
    assert!(!answers[4].as_ref().unwrap().is_allowed());
    // A failure is a deny to the semantics.
    let failed =
        json!({"evaluations": [error(json!({"status": 404, "message": "m"}))]}).to_string();
    assert!(run(&three().with_semantic(Semantic::DenyOnFirstDeny), &failed).unwrap()[0].is_err());
}

#[test]
fn a_batch_of_nothing_is_not_sent() {
    let server = Server::start(vec![Reply::json(r#"{"decision":true}"#)]);
    let none: [Item; 0] = [];
    let result = client(&server).evaluations(&Batch::new(none));
    assert!(matches!(result, Err(Error::EmptyBatch)), "{result:?}");
    assert!(server.asked().is_empty());
}

#[test]
fn a_batch_fails_as_a_question_does() {
    let batch = three().with_request_id("desk-9");
    let server = Server::start(vec![
        Reply::with(401, &["Content-Type: application/json"], r#""who are you""#),
        Reply::json(&bare(&[true, true, true])),
    ]);
    let client = client(&server);
    assert!(matches!(client.evaluations(&batch), Err(Error::Unauthenticated { .. })));
    assert!(matches!(client.evaluations(&batch), Err(Error::RequestId { .. })));
    assert_eq!(server.asked()[1].header("x-request-id"), Some("desk-9"));
}
