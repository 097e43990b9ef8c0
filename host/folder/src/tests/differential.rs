//! Random folders and questions: every answer compared with Cedar's public authorizer on the same
//! entities, and every search with asking one by one.

#![allow(
    clippy::needless_raw_string_hashes,
    clippy::needless_pass_by_value,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::format_push_string,
    reason = "generated worlds of fixed small sizes"
)]

use cedar_policy::{Authorizer, Context, Entities, EntityUid, Request};
use evaluator::Store;
use model::{Ask, Side};
use package::plain;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Folder, Search, Sought};

const SCHEMA: &str = "
entity Group in [Group] = { level: Long };
entity User in [Group] = { name: String, dept: Group, boss?: User, tagsOf: Set<String> };
entity Folder in [Folder] = { owner: User };
entity Doc in [Folder] = { owner: User, secret: Bool, price: decimal, meta: { by: User, n: Long } } tags String;
action group;
action view, edit in [group] appliesTo { principal: User, resource: [Doc, Folder], context: { hour: Long, from?: User } };
action share in [group] appliesTo { principal: User, resource: Doc, context: { hour: Long } };
";

/// Policies by which each random folder is put together.
const POLICIES: [&str; 16] = [
    r#"permit(principal, action == Action::"view", resource) when { resource.owner == principal };"#,
    r#"permit(principal in Group::"g0", action in Action::"group", resource);"#,
    r#"permit(principal, action, resource is Doc) when { resource.owner.dept == principal.dept };"#,
    r#"permit(principal, action, resource is Doc) when { resource.meta.by.dept.level > 2 && context.hour < 18 };"#,
    r#"permit(principal, action == Action::"edit", resource in Folder::"f1");"#,
    r#"permit(principal == User::"u1", action, resource);"#,
    r#"permit(principal, action == Action::"share", resource) when { resource.hasTag("open") && resource.getTag("open") == "yes" };"#,
    r#"permit(principal, action == Action::"view", resource) when { context has from && context.from.dept == principal.dept };"#,
    r#"permit(principal, action, resource) when { principal has boss && principal.boss in Group::"g1" };"#,
    r#"forbid(principal, action, resource is Doc) when { resource.secret } unless { principal in Group::"g2" };"#,
    r#"forbid(principal, action, resource) when { principal.dept.level + 9223372036854775800 > 5 };"#,
    r#"forbid(principal, action == Action::"edit", resource is Doc) when { resource.price.greaterThan(decimal("10.0")) };"#,
    r#"forbid(principal, action, resource) when { resource.owner in Group::"g1" && context.hour > 20 };"#,
    r#"forbid(principal in Group::"g3", action in [Action::"share", Action::"edit"], resource);"#,
    r#"permit(principal, action, resource is Folder) when { User::"u0".dept.level == 0 };"#,
    r#"permit(principal, action, resource) when { principal.tagsOf.contains("vip") && [1, 2, 3].contains(context.hour) };"#,
];

#[derive(Clone, Debug)]
struct World {
    policies: Vec<usize>,
    schema: bool,
    entities: Vec<Value>,
}

fn uid(kind: &str, id: String) -> Value {
    json!({"type": kind, "id": id})
}

fn world() -> impl Strategy<Value = World> {
    let picks = prop::collection::vec(0..POLICIES.len(), 1..9);
    let groups = prop::collection::vec((0_i64..6, prop::option::of(0_usize..4)), 4);
    let users = prop::collection::vec(
        (0_usize..4, prop::option::of(0_usize..5), any::<bool>(), 0_usize..4),
        5,
    );
    let docs = prop::collection::vec(
        (0_usize..6, any::<bool>(), 0_u32..200_000, 0_usize..3, any::<bool>()),
        6,
    );
    (picks, any::<bool>(), groups, users, docs).prop_map(|(policies, schema, groups, users, docs)| {
        let mut entities = Vec::new();
        for (index, (level, parent)) in groups.into_iter().enumerate() {
            // parents only before it, so that there is no cycle
            let parents: Vec<Value> = parent.filter(|p| *p < index).map(|p| uid("Group", format!("g{p}"))).into_iter().collect();
            entities.push(json!({"uid": uid("Group", format!("g{index}")), "attrs": {"level": level}, "parents": parents}));
        }
        for (index, (dept, boss, vip, group)) in users.into_iter().enumerate() {
            let mut attrs = json!({"name": format!("名{index}"), "dept": {"__entity": uid("Group", format!("g{dept}"))},
                "tagsOf": if vip { json!(["vip", "a"]) } else { json!([]) }});
            if let Some(boss) = boss {
                attrs["boss"] = json!({"__entity": uid("User", format!("u{boss}"))});
            }
            entities.push(json!({"uid": uid("User", format!("u{index}")), "attrs": attrs, "parents": [uid("Group", format!("g{group}"))]}));
        }
        for f in 0..3_usize {
            let parents: Vec<Value> = (f > 0).then(|| uid("Folder", format!("f{}", f - 1))).into_iter().collect();
            entities.push(json!({"uid": uid("Folder", format!("f{f}")), "attrs": {"owner": {"__entity": uid("User", format!("u{f}"))}}, "parents": parents}));
        }
        for (index, (owner, secret, price, folder, open)) in docs.into_iter().enumerate() {
            // u5 is never stored: a reference that leads nowhere
            entities.push(json!({"uid": uid("Doc", format!("d{index}")),
                "attrs": {"owner": {"__entity": uid("User", format!("u{owner}"))}, "secret": secret,
                    "price": {"__extn": {"fn": "decimal", "arg": format!("{}.{:02}", price / 100, price % 100)}},
                    "meta": {"by": {"__entity": uid("User", format!("u{}", index % 5))}, "n": index}},
                "parents": [uid("Folder", format!("f{folder}"))],
                "tags": if open { json!({"open": "yes"}) } else { json!({}) }}));
        }
        World { policies, schema, entities }
    })
}

fn question() -> impl Strategy<Value = (String, String, &'static str, String, i64, Option<usize>)> {
    let actions = prop::sample::select(vec!["view", "edit", "share"]);
    let resource = prop_oneof![
        (0_usize..6).prop_map(|n| ("Doc", format!("d{n}"))),
        (0_usize..3).prop_map(|n| ("Folder", format!("f{n}")))
    ];
    (0_usize..5, actions, resource, 0_i64..24, prop::option::of(0_usize..5)).prop_map(
        |(user, action, (kind, id), hour, from)| {
            (format!("u{user}"), action.to_owned(), kind, id, hour, from)
        },
    )
}

fn folder(world: &World) -> (Folder, plain::Plain, Store) {
    let mut text = String::new();
    for (number, pick) in world.policies.iter().enumerate() {
        text.push_str(&format!("@id(\"p{number}\")\n{}\n", POLICIES[*pick]));
    }
    let mut files = package::Files::new();
    files.insert("p.cedar".to_owned(), text.into_bytes());
    if world.schema {
        files.insert("schema.cedarschema".to_owned(), SCHEMA.as_bytes().to_vec());
    }
    let loaded = plain::load(&files);
    let plain = loaded.plain.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let folder = Folder::new(&plain).unwrap();
    let text = Value::Array(world.entities.clone()).to_string();
    let things = Store::read_cedar_json(&text, folder.schema(), &mut |_, _| {}).unwrap();
    let mut store = Store::default();
    // one by one and backwards, so that closing ancestors again and again is exercised too
    for thing in things.iter().rev() {
        store.put(thing).unwrap();
    }
    (folder, plain, store)
}

fn ask(question: &(String, String, &str, String, i64, Option<usize>)) -> Ask {
    let (user, action, kind, id, hour, from) = question;
    let mut context = serde_json::Map::new();
    context.insert("hour".to_owned(), json!(hour));
    if let (Some(from), true) = (from, action != "share") {
        context.insert("from".to_owned(), json!({"__entity": uid("User", format!("u{from}"))}));
    }
    Ask {
        subject: Side::new("User", user.as_str()),
        action: action.clone(),
        resource: Side::new(*kind, id.as_str()),
        context,
        ..Ask::default()
    }
}

/// What the public API says: allow only without any error.
fn public(plain: &plain::Plain, entities: &Entities, ask: &Ask) -> Option<(bool, Vec<String>)> {
    let id = |kind: &str, id: &str| EntityUid::from_json(json!({"type": kind, "id": id})).unwrap();
    let action = id("Action", &ask.action);
    let schema = plain.schema.as_ref();
    let context =
        Context::from_json_value(Value::Object(ask.context.clone()), schema.map(|s| (s, &action)))
            .ok()?;
    let request = Request::new(
        id("User", &ask.subject.id),
        action,
        id(&ask.resource.kind, &ask.resource.id),
        context,
        schema,
    )
    .ok()?;
    let response = Authorizer::new().is_authorized(&request, &plain.policies, entities);
    let errors: Vec<String> = response
        .diagnostics()
        .errors()
        .map(|error| match error {
            cedar_policy::AuthorizationError::PolicyEvaluationError(inner) => {
                inner.policy_id().to_string()
            }
        })
        .collect();
    let allowed = response.decision() == cedar_policy::Decision::Allow && errors.is_empty();
    let mut deciding = errors;
    if deciding.is_empty() || response.decision() == cedar_policy::Decision::Deny {
        deciding.extend(response.diagnostics().reason().map(ToString::to_string));
    }
    deciding.sort();
    Some((allowed, deciding))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_answer_is_the_one_of_the_public_api(world in world(), questions in prop::collection::vec(question(), 12)) {
        let (folder, plain, store) = folder(&world);
        let text = Value::Array(world.entities.clone()).to_string();
        let mut entities = Entities::from_json_str(&text, plain.schema.as_ref()).unwrap();
        if plain.schema.is_none() {
            entities = Entities::from_json_str(&text, None).unwrap();
        }
        for question in &questions {
            let ask = ask(question);
            let ours = folder.ask(&store, &ask);
            match public(&plain, &entities, &ask) {
                None => prop_assert!(!ours.allowed && ours.fault.is_some(), "{ask:?}"),
                Some((allowed, deciding)) => {
                    prop_assert_eq!(ours.allowed, allowed, "{:?} {:?}", ask, ours.outcome);
                    let mut own: Vec<String> = ours.deciding().iter().map(|line| line.id().to_string()).collect();
                    own.sort();
                    prop_assert_eq!(own, deciding);
                }
            }
        }
    }

    #[test]
    fn every_search_finds_what_asking_one_by_one_finds(world in world(), question in question(), limit in prop::option::of(1_usize..3)) {
        let (folder, _, store) = folder(&world);
        let ask = ask(&question);
        for sought in [Sought::Subject, Sought::Resource, Sought::Action] {
            let mut want = Vec::new();
            match sought {
                Sought::Subject => for thing in store.of_kind("User", None) {
                    let one = Ask { subject: Side::new("User", thing.id()), ..ask.clone() };
                    if folder.ask(&store, &one).allowed { want.push(thing.id().to_owned()); }
                },
                Sought::Resource => for thing in store.of_kind(&ask.resource.kind, None) {
                    let one = Ask { resource: Side::new(ask.resource.kind.clone(), thing.id()), ..ask.clone() };
                    if folder.ask(&store, &one).allowed { want.push(thing.id().to_owned()); }
                },
                Sought::Action => for action in ["edit", "share", "view"] {
                    let one = Ask { action: action.to_owned(), ..ask.clone() };
                    if folder.ask(&store, &one).allowed { want.push(action.to_owned()); }
                },
            }
            let mut found = Vec::new();
            let mut behind: Option<String> = None;
            for _ in 0..40 {
                let search = Search { sought, ask: &ask, behind: behind.as_deref(), limit };
                let page = folder.search(&store, &search, &mut || true);
                prop_assert!(limit.is_none_or(|limit| page.ids.len() <= limit));
                found.extend(page.ids);
                behind = page.next;
                if behind.is_none() { break; }
            }
            // without a schema only actions that a policy names are known
            if sought == Sought::Action && folder.schema().is_none() {
                // a group of actions lies in itself, so asking for it by name is allowed as well
                found.retain(|name| name != "group");
                want.retain(|name| found.contains(name) || folder.mentioned.contains(name));
            }
            if sought != Sought::Action && folder.schema().is_none() && !folder.mentioned.contains(&ask.action) {
                want.clear();
            }
            prop_assert_eq!(&found, &want, "{:?} {:?}", sought, ask);
        }
    }

    #[test]
    fn the_quick_form_gives_the_same_store(world in world()) {
        let (_, _, store) = folder(&world);
        let back = evaluator::read_entities(&evaluator::write_entities(&store)).unwrap();
        prop_assert_eq!(back.len(), store.len());
        prop_assert_eq!(evaluator::write_entities(&back), evaluator::write_entities(&store));
        // and the same as all at once, whose ancestors are worked out in one go
        let text = Value::Array(world.entities.clone()).to_string();
        let at_once = Store::of(Store::read_cedar_json(&text, None, &mut |_, _| {}).unwrap()).unwrap();
        if !world.schema {
            prop_assert_eq!(evaluator::write_entities(&at_once), evaluator::write_entities(&store));
        }
    }
}
