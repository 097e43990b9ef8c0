//! What is too much, too slow or no JSON: refused in time, and the server goes on.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::server::Server;

use super::{
    EVALUATION, EVALUATIONS, POSTS, RESOURCES, allowed, ask, call, connect, copy_of, explained,
    post, raw_post, serve,
};

fn question() -> Value {
    ask("user/alice", "read", "record/record-1")
}

fn goes_on(server: &Server) {
    assert!(allowed(server, &question()));
}

/// Writes pieces with a second between them until the other side has enough; gives the seconds it
/// took and what was answered.
fn drip(server: &Server, head: &str, piece: &str) -> (u64, String) {
    let mut stream = connect(server);
    let from = Instant::now();
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 4_096];
    while from.elapsed() < Duration::from_secs(50) {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                let _ = stream.write_all(piece.as_bytes());
            }
            Err(_) => break,
        }
    }
    (from.elapsed().as_secs(), String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn heads_and_bodies_that_come_too_slowly_are_cut_off() {
    let server = serve(&copy_of("no-schema"), &[]);
    std::thread::scope(|scope| {
        let head = scope.spawn(|| {
            drip(&server, "POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n")
        });
        let idle = scope.spawn(|| drip(&server, "", ""));
        let body = scope.spawn(|| {
            let head = "POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{";
            drip(&server, head, " ")
        });
        for _ in 0..20 {
            goes_on(&server);
            std::thread::sleep(Duration::from_millis(500));
        }
        let (seconds, said) = head.join().unwrap();
        assert!((8..=20).contains(&seconds), "a slow head: {seconds} s: {said}");
        let (seconds, said) = idle.join().unwrap();
        assert!((8..=20).contains(&seconds), "an idle connection: {seconds} s: {said}");
        let (seconds, said) = body.join().unwrap();
        assert!((25..=40).contains(&seconds), "a slow body: {seconds} s: {said}");
        assert!(said.starts_with("HTTP/1.1 400"), "{said}");
    });
    goes_on(&server);
}

#[test]
fn a_body_of_two_mebibytes_and_a_head_of_sixty_four_kibibytes_are_refused() {
    let server = serve(&copy_of("no-schema"), &[]);
    let mut body = question();
    body["context"] = json!({"filler": "x".repeat(2 << 20)});
    for path in POSTS {
        let (status, text) = raw_post(&server, path, body.to_string().as_bytes());
        assert_eq!(status, 400, "{path}: {}", text.chars().take(300).collect::<String>());
    }
    let long = "x".repeat(64 << 10);
    let reply = super::tried(&server.url, "POST", EVALUATION, &[("X-Long", &long)], Some("{}"));
    assert!(reply.is_none_or(|reply| (400..500).contains(&reply.status)));
    goes_on(&server);
}

#[test]
fn four_hundred_levels_are_refused_and_sixty_are_not() {
    let server = serve(&copy_of("no-schema"), &[]);
    let nested = |levels: usize| {
        let text = question().to_string();
        let open = text.strip_suffix('}').unwrap().to_owned();
        format!("{open},\"context\":{{\"a\":{}1{}}}}}", "[".repeat(levels), "]".repeat(levels))
    };
    for path in POSTS {
        let (status, text) = raw_post(&server, path, nested(400).as_bytes());
        assert_eq!(status, 400, "{path}: {text}");
    }
    let (status, text) = raw_post(&server, EVALUATION, nested(60).as_bytes());
    assert!(status == 200 && text.contains("true"), "{text}");
    let (status, _) = raw_post(
        &server,
        "/v1/entities",
        format!("{{\"entities\":{}1{}}}", "[".repeat(400), "]".repeat(400)).as_bytes(),
    );
    assert_eq!(status, 400);
}

#[test]
fn two_thousand_questions_are_one_batch_and_one_more_is_refused() {
    let server = serve(&copy_of("no-schema"), &[]);
    let items = |count: usize| json!({"evaluations": vec![question(); count]});
    let answer = post(&server, EVALUATIONS, &items(2_000)).with(200);
    let answers = answer["evaluations"].as_array().unwrap();
    assert!(answers.len() == 2_000 && answers.iter().all(|it| it["decision"] == true));
    let refused = post(&server, EVALUATIONS, &items(2_001));
    assert!(refused.status == 400 && refused.json().is_string(), "{}", refused.text);
    assert!(refused.text.contains("2000"), "{}", refused.text);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let server = serve(&copy_of("no-schema"), &[]);
    let text = question().to_string();
    let bytes: Vec<u8> =
        text.replace("alice", "al#ce").bytes().map(|b| if b == b'#' { 0xff } else { b }).collect();
    for path in POSTS {
        let (status, answer) = raw_post(&server, path, &bytes);
        assert_eq!(status, 400, "{path}: {answer}");
    }
    let (status, answer) =
        raw_post(&server, EVALUATION, text.replace("alice", "\\ud800").as_bytes());
    assert_eq!(status, 400, "half a surrogate pair: {answer}");
    let reply = call(&server.url, "GET", "/v1/entities/user/%ff%fe", &[], None);
    assert!((400..500).contains(&reply.status), "{}", reply.text);
    goes_on(&server);
}

#[test]
fn ids_of_any_length_and_with_nul_are_answered_and_logged() {
    let mut server = serve(&copy_of("no-schema"), &[]);
    let mut told = Vec::new();
    for id in [
        "x".repeat(500_000),
        "a\u{0}b".to_owned(),
        "\u{0}".to_owned(),
        "\u{202e}\u{7}\u{1b}[31m".to_owned(),
        "林".repeat(50_000),
    ] {
        let mut body = question();
        body["subject"]["id"] = json!(id);
        let answer = explained(&server, &body, "zh");
        assert_eq!(answer["decision"], true, "every user reads");
        told.push((super::decision_id(&answer), id.clone()));
        let mut body = question();
        body["resource"]["type"] = json!(id);
        assert!(!allowed(&server, &body), "no type has such a name");
        let mut body = question();
        body["action"]["name"] = json!(id);
        assert!(!allowed(&server, &body), "no action has such a name");
    }
    let store = super::store_of(&server);
    for (decision, id) in &told {
        let line = super::get(&server, &format!("/v1/decisions/{decision}")).with(200);
        assert!(line["principal"]["id"] == **id && line["same"] == true, "{decision}");
    }
    assert!(server.stop());
    let output = tests::server::run(&["journal", "verify", "--store", &store]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn numbers_beyond_what_cedar_has_are_as_if_they_had_not_been_sent() {
    let server = serve(&copy_of("no-schema"), &[]);
    // The record has five pages and the stored quota is ten.
    let export = |number: &str| {
        let mut body = ask("user/alice", "export", "record/record-1");
        body["subject"]["properties"] = json!({"quota": "#"});
        raw_post(&server, EVALUATION, body.to_string().replace("\"#\"", number).as_bytes())
    };
    for (number, want) in [("4", false), ("-1", false), ("5", true)] {
        let (status, answer) = export(number);
        assert!(status == 200 && answer.contains(&format!(":{want}}}")), "{number}: {answer}");
    }
    for number in ["-1.5", "-1E5", "-0.0", "-9223372036854775809", "9223372036854775808"] {
        let (status, answer) = export(number);
        assert!(status == 200 && answer.contains(":true}"), "{number}: {answer}");
    }
    let (status, answer) = export("1e400");
    assert_eq!(status, 400, "no number at all: {answer}");
    goes_on(&server);
}

#[test]
fn a_limit_of_a_page_is_a_whole_number_whatever_its_size() {
    let server = serve(&copy_of("no-schema"), &[]);
    let search = |limit: &str| {
        let text = json!({"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
            "resource": {"type": "record"}, "page": {"limit": "#"}});
        raw_post(&server, RESOURCES, text.to_string().replace("\"#\"", limit).as_bytes())
    };
    for limit in ["-1", "1.5", "\"3\"", "true", "[]", "1e99", "18446744073709551616"] {
        let (status, text) = search(limit);
        assert_eq!(status, 400, "{limit}: {text}");
    }
    for (limit, many) in [
        ("1", 1),
        ("3", 3),
        ("9223372036854775808", 3),
        ("18446744073709551615", 3),
        ("0", 0),
        ("null", 3),
    ] {
        let (status, text) = search(limit);
        assert_eq!(status, 200, "{limit}: {text}");
        assert_eq!(text.matches("\"type\":\"record\"").count(), many, "{limit}: {text}");
    }
}
