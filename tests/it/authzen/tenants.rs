//! Townships of the demo district under `/t/{code}/…` (contract §4, §6; reference §6, §8.3, §8.7).

use std::sync::OnceLock;

use serde_json::{Value, json};
use tests::district::{scratch, small};
use tests::server::Server;

use super::http::{get, post, raw, send, send_with};
use super::metadata::{METADATA, assert_document};
use super::packages::{PUBLIC, todo};
use super::paging::whole;
use super::{
    ACTIONS, ALLOW, DENY, EVALUATION, EVALUATIONS, POSTS, RESOURCES, SUBJECTS, answered,
    assert_bad_request, bare, with,
};

const HOME: &str = "/t/370285102000";
const NEIGHBOUR: &str = "/t/370285106000";
const NOWHERE: &str = "/t/370285999000";
const MATTER: &str = "370285102259-S10-2026-001";
const ASSEMBLY: &str = "370285102259-MEM-2026-001";
const REPRESENTATIVES: &str = "370285102259-REP-2026-001";

/// What a demo action may be done to a matter.
const NAMES: [&str; 6] =
    ["AssignTask", "OpenMatter", "ReadMatter", "ReadStatement", "TakeStep", "ErasePerson"];

fn district() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let scratch = scratch("authzen-district");
        let policies = small(&scratch, 24);
        Server::demo(
            &policies,
            &scratch.join("data"),
            &["--clock", "manual", "--public-url", PUBLIC],
        )
    })
}

/// May the secretary take the assembly's step, citing a record?
fn step(record: &str) -> Value {
    json!({"subject": {"type": "Person", "id": district().person("secretary")}, "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": MATTER, "properties": {"step": "MEM"}}, "context": {"record": record}})
}

/// The same in one of the three searches. A search over everybody may be answered in parts, so the
/// tests follow the pages to their end.
fn searched(path: &str, record: &str) -> Value {
    let part = if path == SUBJECTS { "subject" } else { "resource" };
    if path == ACTIONS {
        super::without(step(record), "action")
    } else {
        super::without(step(record), &format!("{part}.id"))
    }
}

#[test]
fn a_township_decides_its_own_matters_only() {
    for (prefix, want) in [("", true), (HOME, true), (NEIGHBOUR, false)] {
        let reply = post(district(), &format!("{prefix}{EVALUATION}"), &step(ASSEMBLY));
        assert_eq!(
            (reply.status, reply.text.as_str()),
            (200, if want { ALLOW } else { DENY }),
            "{prefix}"
        );
        let reply = post(district(), &format!("{prefix}{EVALUATION}"), &step(REPRESENTATIVES));
        assert_eq!((reply.status, reply.text.as_str()), (200, DENY), "{prefix}");
        let items = json!({"evaluations": [step(ASSEMBLY), step(REPRESENTATIVES), step(ASSEMBLY)]});
        let reply = post(district(), &format!("{prefix}{EVALUATIONS}"), &items);
        assert_eq!((reply.status, reply.text), (200, bare(&[want, false, want])), "{prefix}");
    }
}

#[test]
fn a_township_finds_its_own_matters_only() {
    for (prefix, want) in [("", true), (HOME, true), (NEIGHBOUR, false)] {
        let here = |path: &str| format!("{prefix}{path}");
        let matters = whole(district(), &here(RESOURCES), &searched(RESOURCES, ASSEMBLY));
        assert_eq!(matters.contains(&MATTER.to_owned()), want, "{prefix}: {matters:?}");
        let people = whole(district(), &here(SUBJECTS), &searched(SUBJECTS, ASSEMBLY));
        assert_eq!(people.contains(&district().person("secretary")), want, "{prefix}: {people:?}");
        let actions = whole(district(), &here(ACTIONS), &searched(ACTIONS, ASSEMBLY));
        assert_eq!(actions.contains(&"TakeStep".to_owned()), want, "{prefix}: {actions:?}");
        if prefix == NEIGHBOUR {
            assert!(matters.is_empty() && people.is_empty() && actions.is_empty());
        }
    }
}

#[test]
fn searches_of_the_district_find_what_is_allowed() {
    let read = json!({"subject": {"type": "Person", "id": district().person("secretary")},
        "action": {"name": "ReadMatter"}, "resource": {"type": "Matter", "id": MATTER}});
    let may = |body: &Value| post(district(), EVALUATION, body).text == ALLOW;
    for question in [step(ASSEMBLY), step(REPRESENTATIVES), read.clone()] {
        let [who, what, actions] =
            super::searches(&question).map(|(path, body)| whole(district(), path, &body));
        for id in [
            MATTER,
            "370285102259-P15-2026-001",
            "370285102259-S11-2026-001",
            "370285102259-S10-2026-999",
        ] {
            let one = with(question.clone(), "resource.id", json!(id));
            assert_eq!(what.contains(&id.to_owned()), may(&one), "{one}");
        }
        for id in &what {
            assert!(may(&with(question.clone(), "resource.id", json!(id))), "{id} {question}");
        }
        for role in [
            "secretary",
            "director",
            "member",
            "clerk",
            "supervisor",
            "board_chair",
            "township_leader",
            "department",
            "resident",
            "volunteer_clerk",
        ] {
            let person = district().person(role);
            let one = with(question.clone(), "subject.id", json!(person));
            assert_eq!(who.contains(&person), may(&one), "{role} {one}");
        }
        for id in who.iter().take(40).chain(who.iter().rev().take(40)) {
            assert!(may(&with(question.clone(), "subject.id", json!(id))), "{id} {question}");
        }
        for name in NAMES {
            let one = with(question.clone(), "action.name", json!(name));
            assert_eq!(actions.contains(&name.to_owned()), may(&one), "{one}");
        }
        for name in &actions {
            assert!(may(&with(question.clone(), "action.name", json!(name))), "{name} {question}");
        }
    }
    let [(_, who), (_, what), (_, actions)] = super::searches(&read);
    assert!(whole(district(), SUBJECTS, &who).len() > 20, "officers and villagers");
    assert_eq!(whole(district(), RESOURCES, &what).len(), 3, "the matters of the village");
    assert!(whole(district(), ACTIONS, &actions).contains(&"ReadMatter".to_owned()));
    assert_eq!(whole(district(), RESOURCES, &searched(RESOURCES, ASSEMBLY)), [MATTER]);
    assert_eq!(
        whole(district(), RESOURCES, &searched(RESOURCES, REPRESENTATIVES)),
        Vec::<String>::new()
    );
}

#[test]
fn who_or_what_is_not_registered_is_a_deny_and_is_not_found() {
    for (member, value) in [
        ("subject.id", "nobody"),
        ("subject.type", "Village"),
        ("subject.type", "Robot"),
        ("resource.id", "nothing"),
        ("resource.type", "Spaceship"),
        ("resource.type", "不是类型"),
        ("action.name", "Fly"),
        ("action.name", ""),
    ] {
        let body = with(step(ASSEMBLY), member, json!(value));
        let told = with(
            body.clone(),
            "subject.properties",
            json!({"role": "secretary", "village": "370285102259"}),
        );
        for prefix in ["", HOME] {
            for body in [&body, &told] {
                let reply = post(district(), &format!("{prefix}{EVALUATION}"), body);
                assert_eq!((reply.status, reply.text.as_str()), (200, DENY), "{body}");
            }
            for path in [SUBJECTS, RESOURCES, ACTIONS] {
                let unused = match path {
                    SUBJECTS => member == "subject.id",
                    RESOURCES => member == "resource.id",
                    _ => member == "action.name",
                };
                if !unused {
                    let body = with(searched(path, ASSEMBLY), member, json!(value));
                    assert_eq!(
                        whole(district(), &format!("{prefix}{path}"), &body),
                        Vec::<String>::new(),
                        "{path} {body}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_a_caller_claims_of_the_record_is_dropped() {
    // Votes, roles, amounts and time come from the record, in each of the endpoints.
    let tally =
        json!({"eligible": 612, "present": 612, "inFavour": 612, "against": 0, "abstain": 0});
    let claims = json!({"record": REPRESENTATIVES, "tally": tally, "body": "MEM", "eligible": 1, "today": "2026-01-01", "now": 0});
    let claim = |body: Value| {
        let body = with(body, "context", claims.clone());
        let body = with(
            body,
            "subject.properties",
            json!({"role": "board-chair", "post": {"role": "board-chair"}}),
        );
        with(
            body,
            "resource.properties",
            json!({"step": "MEM", "item": "P01", "amountCents": 0, "state": "open"}),
        )
    };
    assert_eq!(post(district(), EVALUATION, &claim(step(REPRESENTATIVES))).text, DENY);
    let items = json!({"evaluations": [claim(step(REPRESENTATIVES)), step(ASSEMBLY)]});
    assert_eq!(post(district(), EVALUATIONS, &items).text, bare(&[false, true]));
    for path in [SUBJECTS, RESOURCES, ACTIONS] {
        let plain = whole(district(), path, &searched(path, REPRESENTATIVES));
        assert_eq!(
            whole(district(), path, &claim(searched(path, REPRESENTATIVES))),
            plain,
            "{path}"
        );
    }
    // and what the schema lets a caller say counts
    let other = with(step(ASSEMBLY), "resource.properties.step", json!("PTY"));
    assert_eq!(post(district(), EVALUATION, &other).text, DENY);
}

#[test]
fn an_unknown_township_is_404() {
    for path in POSTS {
        let headers = [("Content-Type", "application/json"), ("X-Request-ID", "t-1")];
        let reply = send_with(
            district(),
            &format!("{NOWHERE}{path}"),
            &headers,
            &step(ASSEMBLY).to_string(),
        );
        assert_eq!(
            (reply.status, reply.header("x-request-id")),
            (404, Some("t-1")),
            "{path}: {}",
            reply.text
        );
        let reply = post(todo(), &format!("{HOME}{path}"), &step(ASSEMBLY));
        assert_eq!(reply.status, 404, "a plain folder has no townships: {path}");
    }
}

#[test]
fn each_township_has_its_metadata() {
    assert_document(&get(district(), METADATA, &[]), PUBLIC, PUBLIC);
    for tenant in [HOME, NEIGHBOUR] {
        let identifier = format!("{PUBLIC}{tenant}");
        assert_document(
            &get(district(), &format!("{METADATA}{tenant}"), &[]),
            &identifier,
            &identifier,
        );
    }
    for tenant in [
        NOWHERE,
        "/t/370285102259",
        "/t/370285000000",
        "/t/x",
        "/t/",
        "/t",
        "/370285999000",
        "/tenant1",
    ] {
        let reply = get(district(), &format!("{METADATA}{tenant}"), &[]);
        assert_eq!(reply.status, 404, "{tenant}: {}", reply.text);
    }
}

#[test]
fn township_paths_answer_like_the_others() {
    for path in POSTS {
        let here = format!("{HOME}{path}");
        assert_bad_request(&send(district(), &here, "{"), &here);
        assert_bad_request(&send(district(), &here, "[]"), &here);
        assert_bad_request(&send(district(), &here, "{\"subject\":7}"), &here);
        assert_bad_request(
            &send_with(district(), &here, &[("Content-Type", "text/plain")], "{}"),
            &here,
        );
        let reply = raw(district(), &format!("GET {here} HTTP/1.1"), &[]);
        assert_eq!((reply.status, reply.header("allow").is_some()), (405, true), "{here}");
        let headers = [
            ("Content-Type", "application/json"),
            ("Authorization", "undefined"),
            ("X-Request-ID", "t-2"),
        ];
        let reply = send_with(district(), &here, &headers, &step(ASSEMBLY).to_string());
        answered(&reply);
        assert_eq!(reply.header("x-request-id"), Some("t-2"), "{here}");
    }
}

#[test]
fn a_page_token_belongs_to_its_township() {
    let matters = json!({"subject": {"type": "Person", "id": district().person("secretary")},
        "action": {"name": "ReadMatter"}, "resource": {"type": "Matter"}});
    let here = format!("{HOME}{RESOURCES}");
    let all = whole(district(), &here, &matters);
    assert_eq!(all.len(), 3, "{all:?}");
    let first = answered(&post(district(), &here, &with(matters.clone(), "page.limit", json!(1))));
    assert_eq!(first["results"][0]["id"], all[0].as_str(), "{first}");
    let token = first["page"]["next_token"].as_str().unwrap();
    assert!(!token.is_empty(), "{first}");
    let next = with(matters, "page", json!({"token": token}));
    let second = answered(&post(district(), &here, &next));
    assert_eq!(second["results"][0]["id"], all[1].as_str(), "{second}");
    for prefix in ["", NEIGHBOUR] {
        let reply = post(district(), &format!("{prefix}{RESOURCES}"), &next);
        assert_bad_request(&reply, prefix);
    }
}
