//! What anybody may see: items with their charts, a village's works and results, and nothing that is
//! not published or must not be.

use serde_json::{Value, json};
use tests::server::Server;

use crate::api::demo;
use crate::matters::{VILLAGE, act, discuss, meet, open, take};

fn block(server: &Server, name: &str) -> Value {
    let answer = server.get("", &format!("/public/villages/{VILLAGE}/{name}"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn one(server: &Server, name: &str, id: &str) -> (u16, Value) {
    let answer = server.get("", &format!("/public/villages/{VILLAGE}/{name}/{id}"));
    (answer.status, answer.body)
}

fn ids(block: &Value) -> Vec<&str> {
    block["matters"].as_array().into_iter().flatten().filter_map(|m| m["id"].as_str()).collect()
}

fn stage<'a>(matter: &'a Value, step: &str) -> &'a Value {
    let stages = matter["stages"].as_array().into_iter().flatten();
    stages.into_iter().find(|stage| stage["step"] == step).unwrap_or(&Value::Null)
}

/// Small works that the representatives have decided on; nothing is put up yet.
fn decided(server: &Server) -> String {
    let body = json!({"item": "P05", "village": VILLAGE, "title": "修东头水渠", "project": "water",
        "amount_cents": 6_000_000, "site": "east-ditch"});
    let matter = open(server, "clerk", &body);
    let record = meet(server, &matter, ("TWO", 7, 6, 6), 12);
    take(server, "secretary", &matter, &json!({"step": "TWO", "record": record}));
    let record = meet(server, &matter, ("REP", 45, 36, 30), 12);
    take(server, "director", &matter, &json!({"step": "REP", "record": record}));
    matter
}

#[test]
fn works_are_public_from_their_first_publication_on_and_name_nobody() {
    let server = demo("public-works");
    let matter = decided(&server);

    // decided and not yet published: it answers exactly like what does not exist
    assert_eq!(ids(&block(&server, "projects")), Vec::<&str>::new());
    let absent = matter.replace("-001", "-999");
    let (status, hidden) = one(&server, "projects", &matter);
    let (other, nothing) = one(&server, "projects", &absent);
    assert_eq!((status, other), (404, 404), "{hidden}");
    let without = |mut body: Value, id: &str| {
        body["request_id"] = Value::Null;
        body.to_string().replace(id, "ID")
    };
    assert_eq!(without(hidden, &matter), without(nothing, &absent));

    take(&server, "clerk", &matter, &json!({"step": "PUB1"}));
    let projects = block(&server, "projects");
    assert_eq!(ids(&projects), [matter.as_str()]);
    let (status, shown) = one(&server, "projects", &matter);
    assert_eq!((status, &shown["stages"]), (200, &projects["matters"][0]["stages"]), "{shown}");
    assert_eq!(shown["stages"].as_array().map(Vec::len), Some(14), "every stage: {shown}");
    let result = &stage(&shown, "REP")["result"];
    assert_eq!(
        (&result["body"], &result["eligible"], &result["present"], &result["in_favour"]),
        (&json!("REP"), &json!(45), &json!(36), &json!(30)),
        "{shown}"
    );
    assert_eq!(stage(&shown, "VAL")["published"], Value::Null, "not taken");
    assert_eq!(shown["finished"], false);
    // no person anywhere in the answer: neither a demo person's id nor who opened it
    let text = projects.to_string();
    assert!(!text.contains("-p0") && !text.contains("\"by\""), "{text}");

    // a price is taken and stays inside until the next notice
    server.days_pass(1);
    take(&server, "township_finance", &matter, &json!({"step": "VAL", "cents": 5_900_000}));
    let (_, shown) = one(&server, "projects", &matter);
    assert_eq!(stage(&shown, "VAL")["published"], Value::Null, "{shown}");
    assert!(!shown.to_string().contains("5900000"), "{shown}");
    // unfinished works are no result yet; a block that no file names is not found
    assert_eq!(one(&server, "results", &matter).0, 404);
    assert_eq!(server.get("", &format!("/public/villages/{VILLAGE}/gossip")).status, 404);
    assert_eq!(server.get("", "/public/villages/370285102000/projects").status, 404);
    assert_eq!(one(&server, "assets", &matter).0, 404, "works are no assets");
}

#[test]
fn a_stage_with_a_publication_of_its_own_waits_for_it_and_a_finished_matter_is_a_result() {
    let server = crate::matters::served("public-results", |policies| {
        let file = policies.join("editions/2026-01-01/items/P01.toml");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        // the carrying out is published on its own in this district
        let changed = text.replace("id = \"EXE\"\n", "id = \"EXE\"\ndiscloses = true\n");
        assert_ne!(text, changed);
        tests::district::write(&file, &changed);
    });
    let body = json!({"item": "P01", "village": VILLAGE, "title": "村集体收益怎么用"});
    let matter = open(&server, "clerk", &body);
    discuss(&server, &matter, "REP");
    take(&server, "clerk", &matter, &json!({"step": "PUB1"}));
    take(&server, "director", &matter, &json!({"step": "EXE"}));
    // P01 is no works; as a result it is not finished
    assert_eq!(one(&server, "projects", &matter).0, 404);
    assert_eq!(one(&server, "results", &matter).0, 404);
    let published = act(&server, "clerk", &matter, "publications", &json!({"step": "EXE"}));
    assert_eq!(published.status, 200, "{}", published.body);
    server.days_pass(16);
    assert_eq!(one(&server, "results", &matter).0, 404, "PUB2 is still due");
    take(&server, "clerk", &matter, &json!({"step": "PUB2"}));
    let (status, shown) = one(&server, "results", &matter);
    assert_eq!((status, &shown["finished"]), (200, &json!(true)), "{shown}");
    assert!(ids(&block(&server, "results")).contains(&matter.as_str()));
    assert!(stage(&shown, "EXE")["published"].is_string(), "{shown}");
}

#[test]
fn what_must_not_be_published_never_is() {
    // works are public by their class; a stricter class that holds them too wins
    let server = crate::matters::served("public-never", |policies| {
        let file = policies.join("editions/2026-01-01/publication.toml");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let changed = text.replace("items = [\"S16\"]", "items = [\"S16\", \"P05\"]");
        assert_ne!(text, changed);
        tests::district::write(&file, &changed);
    });
    let matter = decided(&server);
    take(&server, "clerk", &matter, &json!({"step": "PUB1"}));
    for block_name in ["results", "projects", "assets"] {
        assert!(!block(&server, block_name).to_string().contains(&matter), "{block_name}");
        assert_eq!(one(&server, block_name, &matter).0, 404, "{block_name}");
    }
    for (item, reason) in
        [("S04", "privacy"), ("S03", "minors"), ("S15", "mediation"), ("S16", "party")]
    {
        let shown = server.get("", &format!("/public/items/{item}")).body;
        let said = &shown["publication"];
        assert_eq!(
            (&said["shown"], &said["rule"], &said["reason"]["code"]),
            (&json!(false), &json!("must-not"), &json!(reason)),
            "{shown}"
        );
    }
}

#[test]
fn items_are_listed_told_and_drawn() {
    let server = demo("public-items");
    let all = server.get("", "/public/items").body;
    let count = all["items"].as_array().map_or(0, Vec::len);
    assert_eq!((all["count"].as_u64(), count), (Some(38), 38), "37 of the district, one of 夏格庄");
    let p03 = server.get("", "/public/items/P03").body;
    assert_eq!(p03["title"], "依法必须招标的工程");
    assert_eq!(p03["steps"].as_array().map(Vec::len), Some(17), "{p03}");
    assert_eq!(p03["publication"]["rule"], "must");
    let english = server.get("", "/public/items/P03?lang=en").body;
    assert_eq!(english["steps"][0]["title"], "The village Party organisation proposes");

    let (status, kind, drawn) = server.fetch("/public/items/P03", "image/svg+xml");
    assert_eq!((status, kind.as_str()), (200, "image/svg+xml"));
    assert!(drawn.starts_with("<svg") && drawn.contains("签订合同"), "{drawn}");
    assert_eq!(server.fetch("/public/items/P03.svg", "*/*"), (status, kind, drawn));
    let (status, kind, _) = server.fetch("/public/items/P03", "application/json, image/svg+xml");
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    assert_eq!(server.get("", "/public/items/370285102-T01").status, 200);
    for unknown in ["P99", "P99.svg", "Matter"] {
        let answer = server.get("", &format!("/public/items/{unknown}"));
        assert_eq!((answer.status, &answer.body["code"]), (404, &json!("ITEM_UNKNOWN")));
    }
}
