//! Variants are data: a file more, and the same binary follows other steps.

use std::path::Path;

use serde_json::{Value, json};
use tests::district;
use tests::server::Server;

use super::{VILLAGE, act, denied, holds, meet, open, served, step, take, told, view};

fn body(variant: &str) -> Value {
    json!({"item": "P01", "village": VILLAGE, "title": "修建文化广场", "variant": variant})
}

fn next(server: &Server, matter: &str) -> Vec<String> {
    let view = view(server, matter);
    let next = view["next"].as_array().into_iter().flatten();
    next.map(|step| step["step"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn five_discussions_begin_with_the_villagers_and_publish_every_stage() {
    let server = served("five", |_| {});
    let unknown = server.post("clerk", "/v1/matters", &body("six-six"));
    assert_eq!((unknown.status, &unknown.body["code"]), (422, &json!("VARIANT_UNKNOWN")));

    let matter = open(&server, "clerk", &body("five-five"));
    assert_eq!(next(&server, &matter), ["SUG"]);
    let branch = meet(&server, &matter, ("BRANCH", 5, 5, 5), 0);
    let propose = json!({"step": "PRO", "record": branch});
    denied(&server, "secretary", &matter, &propose, "laixi/order/after");
    take(&server, "member", &matter, &json!({"step": "SUG"}));
    let branch = meet(&server, &matter, ("BRANCH", 5, 5, 5), 0);
    take(&server, "secretary", &matter, &json!({"step": "PRO", "record": branch}));
    server.days_pass(8);
    let two = meet(&server, &matter, ("TWO", 7, 6, 6), 0);
    take(&server, "secretary", &matter, &json!({"step": "TWO", "record": two}));

    // The next stage is locked until this one is published.
    assert_eq!(holds(&view(&server, &matter), "LEG"), ["STAGE_UNPUBLISHED"]);
    let review = json!({"step": "LEG"});
    denied(&server, "township_leader", &matter, &review, "laixi/gates/stage-unpublished");
    told(
        &act(&server, "member", &matter, "publications", &json!({"step": "TWO"})),
        "laixi/gates/publish",
    );
    let early = act(&server, "clerk", &matter, "publications", &json!({"step": "PTY"}));
    assert_eq!(early.status, 422, "what is not done is not published: {}", early.body);
    let published = act(&server, "clerk", &matter, "publications", &json!({"step": "TWO"}));
    assert_eq!(published.status, 200, "{}", published.body);
    let nothing = act(&server, "clerk", &matter, "publications", &json!({"step": "PRO"}));
    assert_eq!((nothing.status, &nothing.body["code"]), (422, &json!("NOTHING_TO_PUBLISH")));
    take(&server, "township_leader", &matter, &review);
}

/// Nothing in the program knows this variant; the file alone brings the step, who may take it and by when.
const NEW: &str = r#"extends = "P01"
id = "with-drawings"
title = "先看图纸"
basis = ["《中华人民共和国村民委员会组织法》第33条"]
drop = ["ARC"]

[[steps]]
id = "DRAW"
title = "公布图纸"
who = "文书"
before = ["PRO"]

[[steps.may]]
roles = ["clerk"]

[[changes]]
step = "TWO"
min_gap_days = 0
within_days = 2
"#;

#[test]
fn a_new_variant_file_changes_the_steps_and_not_the_program() {
    let server = served("new-variant", |policies| {
        let items = policies.join("editions/2026-01-01/items");
        district::write(&items.join("P01-with-drawings.variant.toml"), NEW);
    });
    let matter = open(&server, "clerk", &body("with-drawings"));
    let usual = open(&server, "clerk", &body(""));
    assert_eq!(
        (next(&server, &matter), next(&server, &usual)),
        (vec!["DRAW".into()], vec!["PRO".into()])
    );
    let elsewhere = step(&server, "clerk", &usual, &json!({"step": "DRAW"}));
    told(&elsewhere, "laixi/order/no-such-step");
    denied(&server, "director", &matter, &json!({"step": "DRAW"}), "laixi/P01/with-drawings-draw");
    take(&server, "clerk", &matter, &json!({"step": "DRAW"}));
    let branch = meet(&server, &matter, ("BRANCH", 5, 5, 5), 0);
    take(&server, "secretary", &matter, &json!({"step": "PRO", "record": branch}));
    let seen = view(&server, &matter);
    let (two, today) = (&seen["next"][0], super::today(&server));
    assert_eq!(
        (&two["step"], &two["ready"], &two["earliest"]),
        (&json!("TWO"), &json!(true), &json!(today))
    );
    assert!(two["latest"].is_string());
    assert_eq!(seen["course"]["variant"], "with-drawings");
}

/// Writes the posts of a village officer as the data administrator.
fn seat(server: &Server, person: &str, role: &str, from: &str, to: &str) {
    let posts = json!([{"role": role, "unit": VILLAGE, "from": from, "to": to}]);
    let body = json!({"unit": VILLAGE, "posts": posts});
    let put = server.put("data_admin", &format!("/v1/entities/Person/{person}"), &body);
    assert!(put.status < 300, "{}", put.body);
}

#[test]
fn proposing_and_discussing_merge_only_where_one_person_holds_both_posts() {
    let server = served("one-shoulder", |_| {});
    let two_people = server.post("clerk", "/v1/matters", &body("one-shoulder"));
    told(&two_people, "laixi/gates/one-shoulder");
    let (secretary, director) = (server.person("secretary"), server.person("director"));
    seat(&server, &director, "director", "2026-01-01", "2026-06-30");
    seat(&server, &secretary, "director", "2026-07-01", "2030-12-31");

    let matter = open(&server, "clerk", &body("one-shoulder"));
    let branch = meet(&server, &matter, ("BRANCH", 5, 5, 5), 0);
    take(&server, "secretary", &matter, &json!({"step": "PRO", "record": branch}));
    let two = meet(&server, &matter, ("TWO", 7, 6, 6), 0);
    let discuss = json!({"step": "TWO", "record": two});
    // A second director on record, and the condition is gone.
    seat(&server, &director, "director", "2026-01-01", "2030-12-31");
    denied(&server, "secretary", &matter, &discuss, "laixi/gates/variant-fits");
    seat(&server, &director, "director", "2026-01-01", "2026-06-30");
    take(&server, "secretary", &matter, &discuss);

    let usual = open(&server, "clerk", &body(""));
    let branch = meet(&server, &usual, ("BRANCH", 5, 5, 5), 0);
    take(&server, "secretary", &usual, &json!({"step": "PRO", "record": branch}));
    let two = meet(&server, &usual, ("TWO", 7, 6, 6), 0);
    let early = json!({"step": "TWO", "record": two});
    denied(&server, "secretary", &usual, &early, "laixi/order/gap");
}

/// A variant that only changes a step; a later edition no longer has it.
const QUICK: &str = r#"extends = "P01"
id = "quick"
title = "连着开"
basis = ["《中华人民共和国村民委员会组织法》第28条"]

[[changes]]
step = "TWO"
min_gap_days = 0
"#;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}

#[test]
fn a_running_matter_keeps_the_variant_of_the_edition_it_began_under() {
    let server = served("kept-variant", |policies| {
        let editions = policies.join("editions");
        copy(&editions.join("2026-01-01"), &editions.join("2029-01-01"));
        let file = editions.join("2026-01-01/items/P01-quick.variant.toml");
        district::write(&file, QUICK);
    });
    super::move_to(&server, "2028-12-20");
    let matter = open(&server, "clerk", &body("quick"));
    super::move_to(&server, "2029-01-10");
    let gone = server.post("clerk", "/v1/matters", &body("quick"));
    assert_eq!((gone.status, &gone.body["code"]), (422, &json!("VARIANT_UNKNOWN")));
    let branch = meet(&server, &matter, ("BRANCH", 5, 5, 5), 0);
    take(&server, "secretary", &matter, &json!({"step": "PRO", "record": branch}));
    let two = meet(&server, &matter, ("TWO", 7, 6, 6), 0);
    take(&server, "secretary", &matter, &json!({"step": "TWO", "record": two}));
    assert_eq!(view(&server, &matter)["course"]["variant"], "quick");
}
