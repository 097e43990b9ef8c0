//! Two processes: a revocation on the one denies on the other; a leader that is silent, killed, slow,
//! changed on the way or another one makes the follower deny, and its return makes it answer again.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use tests::district;
use tests::server::{Server, run};

use super::proxy::{Does, Proxy};
use super::{Grant, LIMIT, follower, not_fresh, ready, trouble, until, verify, with_tokens};
use crate::desk::{bytes_below, signal};

const NOTE: &str = "门口堆放的是邻居家的柴草";

/// Everything is denied: decisions with the reason, searches and readings as not answered.
fn denies_everything(grant: &Grant, on: &Server, for_long: Duration) {
    let began = Instant::now();
    let mut asked = 0;
    while began.elapsed() < for_long {
        let answer = grant.acts(on);
        assert!(not_fresh(&answer), "after {:?}: {answer}", began.elapsed());
        asked += 1;
    }
    let ask = json!({"subject": {"type": "Person", "id": grant.deputy}, "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": grant.matter}});
    let batch = json!({"evaluations": [ask, ask]});
    let many = on.post("", "/access/v1/evaluations", &batch).body;
    assert_eq!(many["evaluations"][0]["decision"], false, "{many}");
    assert_eq!(on.post("", "/access/v1/evaluation", &ask).body, json!({"decision": false}));
    let search = json!({"subject": {"type": "Person"}, "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": grant.matter}});
    assert_eq!(on.post("", "/access/v1/search/subject", &search).status, 503);
    for path in
        [format!("/v1/matters/{}", grant.matter), format!("/v1/entities/Matter/{}", grant.matter)]
    {
        let read = on.get("clerk", &path);
        assert_eq!((read.status, &read.body["code"]), (503, &json!("NOT_FRESH")), "{path}");
    }
    let metrics = on.get("", "/metrics").body.as_str().unwrap_or_default().to_owned();
    assert!(metrics.contains("\nxiangyue_ready 0\n"), "{metrics}");
    assert!(metrics.contains("\nxiangyue_follow_fresh 0\n"), "{metrics}");
    println!("denied {asked} questions in {for_long:?}");
}

#[test]
fn a_revocation_denies_where_it_was_acknowledged_at_once_and_soon_elsewhere() {
    let scratch = district::scratch("follow");
    let policies = district::small(&scratch, 24);
    let leader = Server::demo(&policies, &scratch.join("leader"), &[]);
    let (store, tokens) = with_tokens(&leader, scratch.join("follower"));
    let copy = follower(&policies, &store, &leader.url, &["--tokens", &tokens]);
    let first = until("the copy is made", || ready(&copy));
    let mut times = Vec::new();
    for _ in 0..5 {
        let grant = Grant::made(&leader);
        until("the delegation is known", || grant.allowed(&copy));
        assert!(grant.allowed(&leader));
        grant.revoke(&leader);
        let acknowledged = Instant::now();
        assert!(!grant.allowed(&leader), "at once where it was acknowledged");
        until("the revocation is known", || !grant.allowed(&copy));
        times.push(acknowledged.elapsed());
        let told = grant.acts(&copy);
        assert!(!not_fresh(&told) && told.to_string().contains("撤销"), "by the rules: {told}");
    }
    println!(
        "first copy in {first:?}; revoked on the leader, denied on the follower after {times:?}"
    );
}

#[test]
fn a_copy_has_the_leaders_record_and_nothing_personal() {
    let scratch = district::scratch("copied");
    let policies = district::small(&scratch, 24);
    let mut leader = Server::demo(&policies, &scratch.join("leader"), &[]);
    let (store, tokens) = with_tokens(&leader, scratch.join("follower"));
    let mut copy = follower(&policies, &store, &leader.url, &["--tokens", &tokens]);
    // a note is personal, and stays where it was written
    let note = json!({"village": super::VILLAGE, "scheme": "household-sanitation", "events": [{
        "id": "note-1", "type": "sheet", "subject": "370285102259-h0010", "day": "2026-09-20", "actor": "",
        "note": NOTE, "quantities": {"courtyard": 1000, "gate": 1000, "toilet": 1000, "waste": 1000, "livestock": 1000},
    }]});
    let noted = leader.post("clerk", "/v1/events", &note);
    assert_eq!(noted.status, 201, "{}", noted.body);

    // what is the same on both, and what is only the leader's
    let grant = Grant::made(&leader);
    let path = format!("/v1/matters/{}", grant.matter);
    until("the matter is known", || copy.get("clerk", &path).status == 200);
    assert_eq!(leader.get("clerk", &path).body, copy.get("clerk", &path).body);
    let written = copy.post(
        "director",
        "/v1/matters",
        &json!({"item": "S11", "village": super::VILLAGE,
        "title": "盖章", "seal_class": "A"}),
    );
    assert_eq!((written.status, &written.body["code"]), (422, &json!("WRITE_TO_LEADER")));
    assert!(written.body["help"].as_str().unwrap().contains(&leader.url), "{}", written.body);
    assert!(written.body["detail"].as_str().unwrap().contains(&leader.url), "{}", written.body);
    println!("{}", written.body);
    let feed = copy.get(
        "",
        &format!("/v1/feed?records=0&digest={}&reader=r&nonce=n&wait_ms=0", "0".repeat(64)),
    );
    assert_eq!(feed.body["code"], "FEED_ON_FOLLOWER", "{}", feed.body);

    let decided = grant.acts(&copy)["context"]["decision_id"].as_str().unwrap().to_owned();
    let recorded = copy.get("", &format!("/v1/decisions/{decided}"));
    assert_eq!((recorded.status, &recorded.body["same"]), (200, &json!(true)), "{}", recorded.body);
    assert_eq!(leader.get("", &format!("/v1/decisions/{decided}")).status, 404, "a log of its own");

    assert!(copy.stop() && leader.stop());
    let (here, there) = (verify(&leader.store), verify(&store));
    assert_eq!((here.0, there.0), (Some(0), Some(0)), "{} {}", here.1, there.1);
    assert_eq!(here.1["report"]["chains"], there.1["report"]["chains"], "the same heads");
    assert_eq!(there.1["report"]["personal"], 0, "no personal fields leave the leader");
    let holds = |store: &Path| {
        bytes_below(store)
            .iter()
            .any(|(_, bytes)| bytes.windows(NOTE.len()).any(|at| at == NOTE.as_bytes()))
    };
    assert!(holds(&leader.store) && !holds(&store), "the note is in the leader's side store alone");
    opened_as_it_is(&policies, &leader.store, &store);
}

/// A copy is not opened to write, a record not to copy into.
fn opened_as_it_is(policies: &Path, leader: &Path, copy: &Path) {
    let url = format!("embedded:{}", copy.display());
    let words = [
        "serve",
        "--policies",
        policies.to_str().unwrap(),
        "--store",
        &url,
        "--listen",
        "127.0.0.1:0",
    ];
    let alone = run(&words);
    let said = String::from_utf8_lossy(&alone.stderr).into_owned();
    assert!(alone.status.code() == Some(1) && said.contains("STORE_IS_A_COPY"), "{said}");
    let own = format!("embedded:{}", leader.display());
    let words = [
        "serve",
        "--policies",
        policies.to_str().unwrap(),
        "--store",
        &own,
        "--listen",
        "127.0.0.1:0",
        "--follow",
        "http://127.0.0.1:9",
    ];
    let said = String::from_utf8_lossy(&run(&words).stderr).into_owned();
    assert!(said.contains("STORE_IS_NOT_A_COPY"), "{said}");
}

#[test]
fn a_leader_that_is_frozen_or_killed_is_not_answered_for() {
    let scratch = district::scratch("frozen");
    let policies = district::small(&scratch, 24);
    let mut leader = Server::demo(&policies, &scratch.join("leader"), &[]);
    let proxy = Proxy::to(&leader.url);
    let store = scratch.join("follower");
    let (store, tokens) = with_tokens(&leader, store);
    let words = ["--tokens", tokens.as_str()];
    let mut copy = follower(&policies, &store, &proxy.url, &words);
    let grant = Grant::made(&leader);
    until("the delegation is known", || grant.allowed(&copy));

    signal(&leader, "STOP");
    let stopped = Instant::now();
    let denied = until("the follower denies", || not_fresh(&grant.acts(&copy)));
    println!("leader frozen: first deny after {denied:?}, limit {LIMIT:?}");
    // whatever is asked later than the limit after the stop is denied: the protocol's bound
    std::thread::sleep((LIMIT + Duration::from_millis(1)).saturating_sub(stopped.elapsed()));
    denies_everything(&grant, &copy, Duration::from_millis(700));
    let refused = grant.acts(&copy)["context"]["decision_id"].as_str().unwrap().to_owned();
    assert!(trouble(&copy).contains("age "), "{}", trouble(&copy));
    signal(&leader, "CONT");
    let again = until("the follower answers again", || grant.allowed(&copy));
    println!("leader goes on: the follower answers after {again:?}");
    let past = copy.get("", &format!("/v1/decisions/{refused}?lang=en"));
    assert_eq!((past.status, &past.body["decision"]), (200, &json!(false)), "{}", past.body);
    assert!(past.body["note"].to_string().contains("could not tell how fresh"), "{}", past.body);

    leader.kill();
    std::thread::sleep(LIMIT + Duration::from_millis(1));
    denies_everything(&grant, &copy, Duration::from_millis(300));
    assert!(trouble(&copy).contains("FOLLOW_NO_ANSWER"), "{}", trouble(&copy));
    let leader = Server::demo(&policies, &scratch.join("leader"), &[]);
    proxy.leads_to(&leader.url);
    let again = until("the follower answers again", || grant.allowed(&copy));
    println!("leader killed and started: the follower answers after {again:?}");

    copy.kill();
    grant.revoke(&leader);
    proxy.leads_to("http://127.0.0.1:9");
    let copy = follower(&policies, &store, &proxy.url, &words);
    // it has its own copy, in which the delegation still lives; it must not answer from that
    denies_everything(&grant, &copy, Duration::from_millis(300));
    proxy.leads_to(&leader.url);
    let mut seen = 0;
    let again = until("the follower knows the revocation", || {
        let answer = grant.acts(&copy);
        assert!(answer["decision"] == false, "never from the old copy: {answer}");
        seen += 1;
        !not_fresh(&answer)
    });
    println!("follower killed and started: answers by the rules after {again:?}, {seen} questions");
}

#[test]
fn what_lies_between_can_hold_nothing_back() {
    let scratch = district::scratch("between");
    let policies = district::small(&scratch, 24);
    let leader = Server::demo(&policies, &scratch.join("leader"), &[]);
    let proxy = Proxy::to(&leader.url);
    let (store, tokens) = with_tokens(&leader, scratch.join("follower"));
    let copy = follower(&policies, &store, &proxy.url, &["--tokens", &tokens]);
    let grant = Grant::made(&leader);
    until("the delegation is known", || grant.allowed(&copy));

    // slow, but within the limit: it goes on answering; slower than the limit: never
    proxy.does(Does::Delay(Duration::from_millis(80)));
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(grant.allowed(&copy), "a delay within the limit is borne");
    proxy.does(Does::Delay(LIMIT + Duration::from_millis(200)));
    std::thread::sleep(2 * LIMIT + Duration::from_millis(500));
    let before = proxy.answers();
    denies_everything(&grant, &copy, Duration::from_millis(2_600));
    assert!(proxy.answers() > before, "answers came, each too late to count");

    proxy.does(Does::Forward);
    until("the follower answers again", || grant.allowed(&copy));
    proxy.does(Does::Repeat);
    until("a repeated answer is seen", || {
        !ready(&copy) && trouble(&copy).contains("FOLLOW_MALFORMED")
    });
    grant.revoke(&leader);
    assert!(not_fresh(&grant.acts(&copy)), "answers to other questions prove nothing");
    proxy.does(Does::Forward);
    until("the revocation is known", || {
        let answer = grant.acts(&copy);
        assert_eq!(answer["decision"], false, "{answer}");
        !not_fresh(&answer)
    });

    let grant = Grant::made(&leader);
    until("the next delegation is known", || grant.allowed(&copy));
    // the last byte of frames is part of a record: the checksum tells
    proxy.does(Does::Change);
    grant.revoke(&leader);
    until("the change is seen", || !ready(&copy) && trouble(&copy).contains("FOLLOW_CHANGED"));
    println!("{}", copy.get("", "/readyz").body);
    assert!(not_fresh(&grant.acts(&copy)));
    proxy.does(Does::Forward);
    until("the revocation is known", || {
        let answer = grant.acts(&copy);
        answer["decision"] == false && !not_fresh(&answer)
    });
}

#[test]
fn a_leader_that_went_back_is_another_one() {
    let scratch = district::scratch("back");
    let policies = district::small(&scratch, 24);
    let mut leader = Server::demo(&policies, &scratch.join("leader"), &[]);
    let proxy = Proxy::to(&leader.url);
    let (store, tokens) = with_tokens(&leader, scratch.join("follower"));
    let copy = follower(&policies, &store, &proxy.url, &["--tokens", &tokens]);
    until("the copy is made", || ready(&copy));
    assert!(leader.stop());
    let backup = scratch.join("backup");
    let leader = {
        let made =
            std::process::Command::new("cp").arg("-a").args([&leader.store, &backup]).status();
        assert!(made.unwrap().success());
        Server::demo(&policies, &scratch.join("leader"), &[])
    };
    proxy.leads_to(&leader.url);
    let grant = Grant::made(&leader);
    until("the follower follows the real one", || grant.allowed(&copy));
    let old = Server::demo(&policies, &backup, &[]);
    proxy.leads_to(&old.url);
    drop(leader);
    until("the old record is seen", || {
        !ready(&copy) && trouble(&copy).contains("FOLLOW_OTHER_RECORD")
    });
    denies_everything(&grant, &copy, Duration::from_millis(300));
    println!("{}", copy.get("", "/readyz").body);
    // and stays another one when it has grown past the copy
    for _ in 0..3 {
        Grant::made(&old);
    }
    denies_everything(&grant, &copy, Duration::from_millis(300));
    let leader = Server::demo(&policies, &scratch.join("leader"), &[]);
    proxy.leads_to(&leader.url);
    drop(old);
    until("the follower answers with the right leader", || grant.allowed(&copy));
}
