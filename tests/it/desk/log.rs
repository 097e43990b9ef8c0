//! The decision log: nothing that was answered is lost in a kill, and old decisions are let go of.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tests::district::{scratch, small};
use tests::server::{Server, run};

use super::{
    EVALUATION, EVALUATIONS, ask, copy_of, decision_id, explained, post, serve, signal, store_of,
    tried,
};

fn verify(store: &str) -> (Option<i32>, Value) {
    let output = run(&["--format", "json", "journal", "verify", "--store", store]);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

fn exported(store: &str) -> Vec<String> {
    let output = run(&["decisions", "export", "--store", store]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let id = |line: &str| {
        serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned()
    };
    text.lines().map(id).collect()
}

#[test]
fn every_answered_decision_survives_a_kill() {
    let policies = copy_of("no-schema");
    let single = ask("user/alice", "read", "record/record-1");
    let batch = json!({"evaluations": [single, single, single, single, single]}).to_string();
    let single = single.to_string();
    let (single_path, batch_path) =
        (format!("{EVALUATION}?explain=1"), format!("{EVALUATIONS}?explain=1"));
    let answered: Mutex<Vec<String>> = Mutex::default();
    let mut store = String::new();
    for _ in 0..3 {
        let mut server = serve(&policies, &[]);
        store = store_of(&server);
        let last: Mutex<Vec<String>> = Mutex::default();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for client in 0..4 {
                let (path, body) =
                    if client < 2 { (&single_path, &single) } else { (&batch_path, &batch) };
                let (server, stop, answered, last) = (&server, &stop, &answered, &last);
                scope.spawn(move || {
                    let mut own: Vec<String> = Vec::new();
                    while !stop.load(Ordering::SeqCst) {
                        let Some(reply) = tried(&server.url, "POST", path, &[], Some(body)) else {
                            break;
                        };
                        let answer = reply.with(200);
                        match answer["evaluations"].as_array() {
                            Some(items) => own.extend(items.iter().map(decision_id)),
                            None => own.push(decision_id(&answer)),
                        }
                    }
                    last.lock().unwrap().extend(own.last().cloned());
                    answered.lock().unwrap().extend(own);
                });
            }
            std::thread::sleep(Duration::from_millis(600));
            signal(&server, "KILL");
            stop.store(true, Ordering::SeqCst);
        });
        server.kill();
        assert_eq!(last.lock().unwrap().len(), 4, "each client was answered");
        // Before anything is opened again: the last answers are there and the record holds.
        let (code, report) = verify(&store);
        assert_eq!(code, Some(0), "{report}");
        for id in last.lock().unwrap().iter() {
            let policies = policies.to_str().unwrap();
            let output = run(&["explain", id, "--policies", policies, "--store", &store]);
            assert_eq!(
                output.status.code(),
                Some(0),
                "{id}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    let mut server = serve(&policies, &[]);
    assert!(server.stop());
    let (code, report) = verify(&store);
    assert_eq!(code, Some(0), "{report}");
    let lines = exported(&store);
    let kept: BTreeSet<&String> = lines.iter().collect();
    assert_eq!(kept.len(), lines.len(), "no id twice");
    let answered = answered.lock().unwrap();
    println!("{} answered, {} in the log", answered.len(), kept.len());
    assert!(answered.len() > 500, "{}", answered.len());
    let lost: Vec<&String> = answered.iter().filter(|id| !kept.contains(id)).collect();
    assert!(lost.is_empty(), "{} lost, the first: {:?}", lost.len(), lost.first());
}

#[test]
fn a_refused_request_is_not_in_the_log() {
    let mut server = serve(&copy_of("no-schema"), &[]);
    let id = decision_id(&explained(&server, &ask("user/alice", "read", "record/record-1"), "zh"));
    for body in [json!({}), json!({"subject": 7}), json!({"evaluations": 7})] {
        assert_eq!(post(&server, EVALUATIONS, &body).status, 400);
    }
    let store = store_of(&server);
    assert!(server.stop());
    assert_eq!(exported(&store), [id]);
}

#[test]
fn old_decisions_are_let_go_of_and_the_rest_still_holds() {
    let dir = scratch("desk-retain");
    let policies = small(&dir, 24);
    let words = ["--clock", "manual", "--decisions-keep-days", "30"];
    let mut server = Server::demo(&policies, &dir.join("data"), &words);
    let store = store_of(&server);
    // Two segments of 16 MiB, full of questions with something to keep.
    let mut question =
        ask("Person/370285102259-p01", "TakeStep", "Matter/370285102259-S10-2026-001");
    question["context"] = json!({"pad": "x".repeat(300)});
    let items: Vec<Value> = (0..1_900).map(|_| question.clone()).collect();
    let batch = json!({"evaluations": items});
    for _ in 0..30 {
        assert_eq!(post(&server, EVALUATIONS, &batch).status, 200);
    }
    let old = decision_id(&explained(&server, &question, "zh"));
    server.days_pass(60);
    let new = decision_id(&explained(&server, &question, "zh"));
    assert!(server.stop());
    let before = exported(&store).len();
    let mut server = Server::demo(&policies, &dir.join("data"), &words);
    let clock = server.get("", "/v1/clock").body;
    super::wait_for(&format!("segments are let go of; the clock stands at {clock}"), || {
        let (_, report) = verify(&store);
        !report["report"]["retained_from"].is_null()
    });
    assert!(server.stop());
    let after = exported(&store);
    assert!(after.len() < before, "{before} before, {} after", after.len());
    assert!(after.contains(&new), "what is young stays");
    assert!(after.contains(&old), "and what shares its segment");
    let (code, report) = verify(&store);
    assert_eq!(code, Some(0), "{report}");
}
