//! The endpoints agree with each other: on every stored triple of each example, and on generated ones.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use tests::server::Server;

use super::examples::stored;
use super::http::post;
use super::packages::{EXAMPLES, example};
use super::{
    ACTIONS, EVALUATIONS, RESOURCES, SUBJECTS, answered, bare, batch, decision, found, with,
};

type Thing = (String, String);

/// The actions that an example's policies or schema name.
fn actions(name: &str) -> &'static [&'static str] {
    match name {
        "todo" => &[
            "can_create_todo",
            "can_delete_todo",
            "can_read_todos",
            "can_read_user",
            "can_update_todo",
        ],
        "documents" => &["delete", "download", "edit", "share", "view"],
        "no-schema" => &["cancel", "delete", "export", "read", "wrap", "write", "盖章"],
        _ => &["look", "refund", "watch"],
    }
}

/// What a request to an example may carry beside the three; an empty object first.
fn contexts(name: &str) -> Vec<Value> {
    match name {
        "documents" => vec![
            json!({}),
            json!({"ip": "10.1.2.3", "risk": 0.2}),
            json!({"ip": "192.0.2.1", "risk": 0.9, "attempts": 7}),
            json!({"risk": {"__extn": {"fn": "decimal", "arg": "0.1"}}, "attempts": 2, "else": null}),
        ],
        "no-schema" => vec![json!({}), json!({"paper": "red"}), json!({"paper": 7, "x": [1, "y"]})],
        "policies-only" => vec![json!({}), json!({"guardian": true}), json!({"guardian": false})],
        _ => vec![json!({}), json!({"time": "2025-06-27T18:03-07:00"})],
    }
}

fn properties(name: &str) -> Vec<Value> {
    match name {
        "todo" => vec![
            json!({}),
            json!({"roles": ["editor"], "email": "x@lab.example"}),
            json!({"roles": []}),
            json!({"ownerID": "ben@lab.example"}),
            json!({"ownerID": "x@lab.example", "email": null}),
        ],
        "documents" => vec![
            json!({}),
            json!({"clearance": 9}),
            json!({"suspended": true}),
            json!({"confidential": true, "clearance": 3}),
            json!({"owner": {"type": "user", "id": "bo"}}),
            json!({"labels": ["internal"], "price": "1.5"}),
            json!({"profile": {"city": "Qingdao", "level": 5}, "unknown": {"a": 1.5}}),
        ],
        "no-schema" => vec![
            json!({}),
            json!({"status": "archived", "role": "admin"}),
            json!({"quota": 3, "pages": 2}),
            json!({"desk": "front"}),
            json!({"pages": "many"}),
            json!({"shipped": true}),
            json!({"customer": {"__entity": {"type": "Shop::Customer", "id": "c-7"}}}),
        ],
        _ => vec![
            json!({}),
            json!({"age": 13, "minimum_age": 12}),
            json!({"age": 40, "minimum_age": 50}),
            json!({"banned": true, "age": 99, "minimum_age": 1}),
            json!({"buyer": {"__entity": {"type": "viewer", "id": "v"}}, "age": "old"}),
        ],
    }
}

fn question(subject: &Thing, action: &str, resource: &Thing, context: &Value) -> Value {
    json!({"subject": {"type": subject.0, "id": subject.1}, "action": {"name": action},
        "resource": {"type": resource.0, "id": resource.1}, "context": context})
}

/// Decisions of many questions, by way of batches.
fn decisions(server: &Server, questions: &[Value]) -> Vec<bool> {
    let mut all = Vec::new();
    for part in questions.chunks(100) {
        let answer = answered(&post(server, EVALUATIONS, &json!({"evaluations": part})));
        let items = answer["evaluations"].as_array().unwrap();
        assert_eq!(items.len(), part.len());
        all.extend(items.iter().map(|it| it["decision"].as_bool().unwrap()));
    }
    all
}

/// Ids of a type, sorted.
fn of_type<'a>(things: impl Iterator<Item = &'a Thing>, kind: &str) -> Vec<String> {
    let ids: BTreeSet<String> = things.filter(|it| it.0 == kind).map(|it| it.1.clone()).collect();
    ids.into_iter().collect()
}

/// Compares the three searches with the evaluation of every stored subject, action and resource.
fn compare(name: &str, context: &Value) {
    let (server, all, actions) = (example(name), stored(name), actions(name));
    let kinds: BTreeSet<&str> = all.iter().map(|it| it.0.as_str()).collect();
    let mut triples = Vec::new();
    for subject in &all {
        for resource in &all {
            triples.extend(actions.iter().map(|action| (subject, *action, resource)));
        }
    }
    let questions: Vec<Value> =
        triples.iter().map(|(s, a, r)| question(s, a, r, context)).collect();
    let decided = decisions(server, &questions);
    let allowed: BTreeSet<(&Thing, &str, &Thing)> =
        triples.iter().zip(&decided).filter(|it| *it.1).map(|it| *it.0).collect();
    assert!(!allowed.is_empty() && allowed.len() < triples.len(), "{name}: {}", allowed.len());
    for thing in &all {
        for action in actions {
            for kind in &kinds {
                let body = json!({"subject": {"type": kind}, "action": {"name": action}, "resource": {"type": thing.0, "id": thing.1}, "context": context});
                let want =
                    of_type(all.iter().filter(|it| allowed.contains(&(*it, *action, thing))), kind);
                assert_eq!(found(server, SUBJECTS, &body), want, "{name}: {body}");
                let body = json!({"resource": {"type": kind}, "action": {"name": action}, "subject": {"type": thing.0, "id": thing.1}, "context": context});
                let want =
                    of_type(all.iter().filter(|it| allowed.contains(&(thing, *action, *it))), kind);
                assert_eq!(found(server, RESOURCES, &body), want, "{name}: {body}");
            }
        }
        for resource in &all {
            let body = json!({"subject": {"type": thing.0, "id": thing.1}, "resource": {"type": resource.0, "id": resource.1}, "context": context});
            let want: Vec<&str> = actions
                .iter()
                .copied()
                .filter(|it| allowed.contains(&(thing, *it, resource)))
                .collect();
            assert_eq!(found(server, ACTIONS, &body), want, "{name}: {body}");
        }
    }
}

#[test]
fn each_search_finds_exactly_what_is_allowed_todo() {
    compare("todo", &json!({}));
}

#[test]
fn each_search_finds_exactly_what_is_allowed_documents() {
    compare("documents", &json!({"ip": "10.1.2.3", "risk": 0.2}));
}

#[test]
fn each_search_finds_exactly_what_is_allowed_no_schema() {
    compare("no-schema", &json!({"paper": "gold"}));
}

/// A small generator; the seed tells all that follows.
struct Dice(u64);

impl Dice {
    /// A seed from `XIANGYUE_SEED`, or a fresh one; printed, so that a failure can be had again.
    fn new(what: &str) -> Self {
        let fresh =
            || std::time::UNIX_EPOCH.elapsed().map_or(1, |it| u64::from(it.subsec_nanos()) | 1);
        let seed = std::env::var("XIANGYUE_SEED").ok().and_then(|it| it.parse().ok());
        let seed = seed.unwrap_or_else(fresh).max(1);
        println!("{what}: XIANGYUE_SEED={seed}");
        let mut dice = Self(seed);
        for _ in 0..32 {
            dice.below(2); // a small seed takes a while to spread
        }
        dice
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Which types go together in an example, and by which actions.
fn fitting(name: &str) -> &'static [(&'static str, &'static [&'static str], &'static str)] {
    match name {
        "todo" => &[
            (
                "user",
                &["can_create_todo", "can_delete_todo", "can_read_todos", "can_update_todo"],
                "todo",
            ),
            ("user", &["can_read_user"], "user"),
        ],
        "documents" => &[
            ("user", &["delete", "download", "edit", "share", "view"], "document"),
            ("user", &["view"], "folder"),
        ],
        "no-schema" => &[
            ("user", &["delete", "export", "read", "write", "盖章"], "record"),
            ("Shop::Customer", &["cancel", "wrap"], "Shop::Order"),
            ("service", &["read"], "Shop::Order"),
        ],
        _ => &[("viewer", &["look", "watch"], "film"), ("viewer", &["refund"], "ticket")],
    }
}

/// A generated question: three of four fit together, one is anything at all.
fn generated(name: &str, dice: &mut Dice) -> Value {
    let mut things = stored(name);
    for (kind, id) in [
        ("user", "nobody"),
        ("todo", "new"),
        ("document", "new"),
        ("record", "new"),
        ("viewer", "v"),
        ("viewer", "w"),
        ("film", "f"),
        ("ticket", "t"),
        ("spaceship", "s"),
        ("no type", "x"),
        ("user", ""),
    ] {
        things.push((kind.to_owned(), id.to_owned()));
    }
    let mut names = actions(name).to_vec();
    names.push("fly");
    let any = (dice.pick(&things).clone(), *dice.pick(&names), dice.pick(&things).clone());
    let (subject, action, resource) = if dice.below(4) == 0 {
        any
    } else {
        let (subjects, actions, resources) = *dice.pick(fitting(name));
        let mut of = |kind: &str| {
            let fit: Vec<&Thing> = things.iter().filter(|it| it.0 == kind).collect();
            (*dice.pick(&fit)).clone()
        };
        let (subject, resource) = (of(subjects), of(resources));
        (subject, *dice.pick(actions), resource)
    };
    let mut body = question(&subject, action, &resource, dice.pick(&contexts(name)));
    for part in ["subject", "resource"] {
        if dice.below(2) == 0 {
            body = with(body, &format!("{part}.properties"), dice.pick(&properties(name)).clone());
        }
    }
    match dice.below(4) {
        0 => with(body, "action.properties", json!({"soft": true, "minutes_before": 45})),
        1 => {
            with(body, "action.properties", json!({"soft": false, "minutes_before": 5, "x": null}))
        }
        _ => body,
    }
}

#[test]
fn a_batch_decides_as_single_questions_do() {
    for name in EXAMPLES {
        let mut dice = Dice::new(name);
        let server = example(name);
        let questions: Vec<Value> = (0..300).map(|_| generated(name, &mut dice)).collect();
        let singles: Vec<bool> = questions.iter().map(|it| decision(server, it)).collect();
        assert!(singles.contains(&true) && singles.contains(&false), "{name}");
        for (part, want) in questions.chunks(60).zip(singles.chunks(60)) {
            assert_eq!(batch(server, &json!({"evaluations": part})), bare(want), "{name}");
            // the same with whatever the first item says as defaults, left out where it is equal
            let defaults = part[0].as_object().unwrap();
            let items: Vec<Value> = part.iter().map(|it| less(it, defaults)).collect();
            let mut body = Value::Object(defaults.clone());
            body["evaluations"] = Value::Array(items);
            assert_eq!(batch(server, &body), bare(want), "{name}: {body}");
            for (semantic, trigger) in
                [("deny_on_first_deny", false), ("permit_on_first_permit", true)]
            {
                let end = want.iter().position(|it| *it == trigger).map_or(want.len(), |at| at + 1);
                let asked = with(body.clone(), "options.evaluations_semantic", json!(semantic));
                assert_eq!(batch(server, &asked), bare(&want[..end]), "{name}: {asked}");
            }
        }
    }
}

/// An item without the parts that are the defaults' own.
fn less(item: &Value, defaults: &Map<String, Value>) -> Value {
    let parts = item.as_object().unwrap().iter();
    Value::Object(
        parts
            .filter(|(name, it)| defaults.get(*name) != Some(*it))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect(),
    )
}

#[test]
fn generated_searches_find_what_is_allowed() {
    for name in EXAMPLES {
        let mut dice = Dice::new(name);
        let (server, all, actions) = (example(name), stored(name), actions(name));
        let known = |it: &Value| {
            all.iter().any(|(kind, id)| it["type"] == kind.as_str() && it["id"] == id.as_str())
        };
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for _ in 0..120 {
            let body = generated(name, &mut dice);
            let named = actions.iter().any(|it| body["action"]["name"] == *it);
            let (subject, resource) = (known(&body["subject"]), known(&body["resource"]));
            for (path, part, complete) in [
                (SUBJECTS, "subject", resource && named),
                (RESOURCES, "resource", subject && named),
            ] {
                let candidates: Vec<&Thing> = all
                    .iter()
                    .filter(|it| complete && body[part]["type"] == it.0.as_str())
                    .collect();
                let each = |it: &&Thing| with(body.clone(), &format!("{part}.id"), json!(it.1));
                let questions: Vec<Value> = candidates.iter().map(each).collect();
                let decided = decisions(server, &questions);
                let allowed = candidates.iter().zip(&decided).filter(|it| *it.1).map(|it| *it.0);
                let want = of_type(allowed, body[part]["type"].as_str().unwrap());
                let other = if part == "subject" { "resource" } else { "subject" };
                if !complete && body[other].get("properties").is_some() {
                    continue; // whether properties make a stranger known is not written
                }
                assert_eq!(found(server, path, &body), want, "{name}: {path} {body}");
                *sizes.entry(want.len()).or_default() += 1;
            }
            let mut of_actions = body.clone();
            of_actions.as_object_mut().unwrap().remove("action");
            let questions: Vec<Value> = actions
                .iter()
                .map(|it| with(of_actions.clone(), "action.name", json!(it)))
                .collect();
            let decided = decisions(server, &questions);
            let want = actions
                .iter()
                .zip(&decided)
                .filter(|it| *it.1 && subject && resource)
                .map(|it| (*it.0).to_owned());
            let told =
                ["subject", "resource"].iter().any(|it| body[*it].get("properties").is_some());
            if (subject && resource) || !told {
                assert_eq!(
                    found(server, ACTIONS, &of_actions),
                    want.collect::<Vec<_>>(),
                    "{name}: {of_actions}"
                );
            }
        }
        println!("{name}: results by size {sizes:?}");
        assert!(name == "policies-only" || sizes.keys().any(|size| *size > 0), "{name}: {sizes:?}");
    }
}
