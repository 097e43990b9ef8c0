//! Reloading a district: a changed text is told, a broken one stays out, an opened matter goes on.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::district::{scratch, small};
use tests::server::Server;

use super::{change, explained, get, post, signal, wait_for};

const VILLAGE: &str = "370285102259";
const LAND: &str = "370285102259-S10-2026-001";
const SPOKEN: &str = "征地补偿费分配必须由成员大会（全体成员三分之二以上）决定";

/// A step of the land-compensation matter, citing a record.
fn step(person: &str, record: &str) -> Value {
    json!({"subject": {"type": "Person", "id": person}, "action": {"name": "TakeStep"},
        "resource": {"type": "Matter", "id": LAND, "properties": {"step": "MEM"}},
        "context": {"record": format!("{VILLAGE}-{record}-2026-001")}})
}

fn rules(policies: &Path) -> PathBuf {
    policies.join("editions/2026-01-01/authorization/S10.cedar")
}

fn texts(server: &Server) -> String {
    explained(server, &step(&server.person("secretary"), "REP"), "zh")["context"]["reasons"]
        .to_string()
}

fn reload(server: &Server) -> super::Reply {
    post(server, "/v1/packages/reload", &json!({}))
}

fn status(server: &Server) -> Value {
    get(server, "/v1/packages").with(200)["packages"][0].clone()
}

#[test]
fn a_changed_text_is_told_after_a_reload_and_a_broken_one_is_not() {
    let dir = scratch("desk-swap");
    let policies = small(&dir, 24);
    let server = Server::demo(&policies, &dir.join("data"), &[]);
    assert!(texts(&server).contains(SPOKEN));
    assert_eq!(reload(&server).with(200)["reload"], "unchanged");
    let before = status(&server);
    change(&rules(&policies), SPOKEN, "这是改过的一句话");
    change(&rules(&policies), "resource.step == \"MEM\"", "resource.stop == \"MEM\"");
    assert_eq!(reload(&server).code(422), "PACKAGE_INVALID");
    let now = status(&server);
    assert_eq!((&now["generation"], &now["edition"]), (&json!(1), &before["edition"]));
    let first = &now["refused"]["diagnostics"][0];
    assert!(first["file"].as_str().is_some_and(|file| file.ends_with("S10.cedar")), "{now}");
    assert!(texts(&server).contains(SPOKEN), "the old rules go on");
    change(&rules(&policies), "resource.stop", "resource.step");
    let done = reload(&server).with(200);
    assert_eq!((&done["reload"], &done["package"]["generation"]), (&json!("swapped"), &json!(2)));
    assert!(texts(&server).contains("这是改过的一句话") && !texts(&server).contains(SPOKEN));
    assert!(status(&server).get("refused").is_none());
    change(&rules(&policies), "这是改过的一句话", "这是又改过的一句话");
    signal(&server, "HUP");
    wait_for("the third text", || texts(&server).contains("这是又改过的一句话"));
}

#[test]
fn a_matter_opened_before_a_reload_goes_on() {
    let dir = scratch("desk-goes-on");
    let policies = small(&dir, 24);
    let server = Server::demo(&policies, &dir.join("data"), &["--clock", "manual"]);
    let opened =
        json!({"item": "P15", "village": VILLAGE, "title": "购买路灯", "amount_cents": 50_000});
    let matter = server.send("clerk", "/v1/matters", "open-1", &opened);
    let opened_before = matter.status < 300;
    change(&rules(&policies), SPOKEN, "这是改过的一句话");
    assert_eq!(reload(&server).with(200)["reload"], "swapped");
    let steps = format!("/v1/matters/{LAND}/steps");
    let taken = json!({"step": "MEM", "record": format!("{VILLAGE}-MEM-2026-001")});
    let refused = json!({"step": "MEM", "record": format!("{VILLAGE}-REP-2026-001")});
    let no = server.send("secretary", &steps, "no-1", &refused);
    assert!(no.status >= 400 && no.body.to_string().contains("这是改过的一句话"), "{}", no.body);
    let yes = server.send("secretary", &steps, "yes-1", &taken);
    assert!(yes.status < 300, "{} {}", yes.status, yes.body);
    let view = server.get("secretary", &format!("/v1/matters/{LAND}"));
    assert_eq!(view.status, 200, "{}", view.body);
    assert!(view.body["next"].to_string().contains("PUB1"), "{}", view.body);
    assert!(opened_before, "{}", matter.body);
    assert!(
        server.send("clerk", "/v1/matters", "open-1", &opened).replayed,
        "the key is still known"
    );
}

#[test]
fn a_package_of_another_district_is_refused() {
    let dir = scratch("desk-other");
    let policies = small(&dir, 24);
    let server = Server::demo(&policies, &dir.join("data"), &[]);
    change(&policies.join("district.toml"), "370285000000", "370283000000");
    assert_eq!(reload(&server).code(422), "PACKAGE_INVALID");
    assert!(texts(&server).contains(SPOKEN));
}
