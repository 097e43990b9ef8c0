//! The packages under test, each served once for the whole run.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Value, json};
use tests::district::{root, scratch, write};
use tests::server::Server;

/// The public URL that the to-do server and the demo district are given.
pub(crate) const PUBLIC: &str = "https://pdp.example.org";

/// The folders in `examples/`.
pub(crate) const EXAMPLES: [&str; 4] = ["todo", "documents", "no-schema", "policies-only"];

/// The folder of an example.
pub(crate) fn folder(name: &str) -> PathBuf {
    root().join("examples").join(name)
}

/// Serves a package until the run ends.
pub(crate) fn serve(name: &str, policies: &Path, more: &[&str]) -> Server {
    Server::serve(policies, &scratch(&format!("authzen-{name}")).join("data"), more)
}

/// The server of an example.
pub(crate) fn example(name: &str) -> &'static Server {
    match name {
        "todo" => todo(),
        "documents" => documents(),
        "no-schema" => records(),
        "policies-only" => cinema(),
        other => panic!("no example `{other}`"),
    }
}

/// `examples/todo`: a schema, five people, a public URL.
pub(crate) fn todo() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| serve("todo", &folder("todo"), &["--public-url", PUBLIC]))
}

/// `examples/documents`: a schema with hierarchies, references, tags and extension values.
pub(crate) fn documents() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| serve("documents", &folder("documents"), &[]))
}

/// `examples/no-schema`: the certification fixture, mixed types, a policy that errs.
pub(crate) fn records() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| serve("no-schema", &folder("no-schema"), &[]))
}

/// `examples/policies-only`: one file and nothing stored.
pub(crate) fn cinema() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| serve("policies-only", &folder("policies-only"), &[]))
}

/// Permits everything to everybody, unless `context.explain` reaches a policy.
pub(crate) fn broad() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let policies = r#"
            @id("broad/all") permit (principal, action, resource);
            @id("broad/named") permit (principal, action == Action::"open", resource);
            @id("broad/explain") forbid (principal, action, resource) when { context has explain };
        "#;
        let entities = [entity("user", "ann", json!({})), entity("item", "i1", json!({}))];
        made("broad", policies, &entities)
    })
}

/// A stored id that has to be escaped in JSON, in Cedar and in a URL.
pub(crate) const ODD: &str = "a\"b\\c\n%/林👩‍🌾";

/// One action for each way in which a value can arrive.
pub(crate) fn boxes() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let cases = [
            ("absent", "!(resource has value)"),
            ("present", "resource has value"),
            ("seven", "resource has value && resource.value == 7"),
            ("most", "resource has value && resource.value == 9223372036854775807"),
            ("least", "resource has value && resource.value == -9223372036854775808"),
            ("text", "resource has value && resource.value == \"x\""),
            ("list", "resource has value && resource.value.containsAll([1, 2])"),
            ("inner", "resource.value has b && !(resource.value has a)"),
            ("deep", "resource.value.b.c.contains(true)"),
            ("loopback", "resource.value.isLoopback()"),
            ("cheap", "resource.value.lessThan(decimal(\"2.0\"))"),
            ("same", "resource.value == principal"),
            ("odd", "resource has odd && resource.odd"),
            ("either", "resource has odd || !(resource has value)"),
            ("kept", "resource has other && resource.other == \"stored\""),
            ("context-absent", "!(context has value)"),
            ("context-inner", "context.value has b && !(context.value has a)"),
            ("subject-absent", "!(principal has value)"),
            ("action-absent", "context has action && !(context.action has value)"),
            ("action-seven", "context has action && context.action.value == 7"),
        ];
        let mut policies = String::new();
        for (name, when) in cases {
            let head = format!("permit (principal, action == Action::\"{name}\", resource)");
            let _ = writeln!(policies, "@id(\"boxes/{name}\") {head} when {{ {when} }};");
        }
        let entities = [
            entity("user", "ann", json!({"value": 1})),
            entity("box", "seven", json!({"value": 7, "other": "stored"})),
            entity("box", "record", json!({"value": {"a": 1, "b": 2}})),
            entity("box", "empty", json!({})),
            entity("box", ODD, json!({"odd": true})),
        ];
        made("boxes", &policies, &entities)
    })
}

/// Policies that err, dangling references, and an action group that a forbid rests on.
pub(crate) fn faulty() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let policies = r#"
            @id("faulty/read") permit (principal, action == Action::"read", resource);
            @id("faulty/guard") forbid (principal, action == Action::"read", resource)
            unless { resource.owner.active };
            @id("faulty/peek") permit (principal, action == Action::"peek", resource);
            @id("faulty/peek-errs") permit (principal, action == Action::"peek", resource)
            when { resource.nothing.here };
            @id("faulty/steps") permit (principal, action in [Action::"first", Action::"second"], resource);
            @id("faulty/group") forbid (principal, action in Action::"steps", resource);
            @id("faulty/chain") permit (principal, action == Action::"chain", resource)
            when { resource.owner.chief.team == principal.team };
        "#;
        let group = |id: &str, parents: Value| json!({"uid": {"type": "Action", "id": id}, "attrs": {}, "parents": parents});
        let team = json!({"__entity": {"type": "team", "id": "t"}});
        let chief = json!({"__entity": {"type": "user", "id": "chief"}});
        let owned = |by: &str| json!({"owner": {"__entity": {"type": "user", "id": by}}});
        let entities = [
            group("steps", json!([])),
            group("first", json!([{"type": "Action", "id": "steps"}])),
            group("second", json!([])),
            entity("user", "ann", json!({"active": true, "chief": chief, "team": team})),
            entity("user", "chief", json!({"active": false, "team": team})),
            entity("item", "good", owned("ann")),
            entity("item", "idle", owned("chief")),
            entity("item", "dangling", owned("ghost")),
        ];
        made("faulty", policies, &entities)
    })
}

/// How many items [`crowd`] stores; every third is hidden.
pub(crate) const CROWD: usize = 1203;

/// The ids that `see` finds in [`crowd`], sorted.
pub(crate) fn crowd_shown() -> Vec<String> {
    let mut ids: Vec<String> = (0..CROWD).filter(|n| n % 3 != 0).map(crowd_id).collect();
    ids.sort();
    ids
}

fn crowd_id(number: usize) -> String {
    if number % 10 == 7 { format!("件-{number}") } else { format!("i-{number:04}") }
}

/// More than a page of everything: items, users, actions.
pub(crate) fn crowd() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let policies = r#"
            @id("crowd/see") permit (
              principal is user,
              action in [Action::"see", Action::"take", Action::"give", Action::"lend", Action::"sell"],
              resource is item
            ) when { resource.shown };
        "#;
        let items = (0..CROWD)
            .map(|n| entity("item", &crowd_id(n), json!({"shown": n % 3 != 0})))
            .chain((0..37).map(|n| entity("user", &format!("u-{n:02}"), json!({}))));
        made("crowd", policies, &items.collect::<Vec<Value>>())
    })
}

/// A stored entity without parents.
pub(crate) fn entity(kind: &str, id: &str, attributes: Value) -> Value {
    let mut entity = json!({"uid": {"type": kind, "id": id}, "parents": []});
    entity["attrs"] = attributes;
    entity
}

/// Writes a package without schema and serves it.
fn made(name: &str, policies: &str, entities: &[Value]) -> Server {
    let folder = scratch(&format!("authzen-{name}-package"));
    write(&folder.join("policies.cedar"), policies);
    write(&folder.join("entities.json"), &Value::Array(entities.to_vec()).to_string());
    serve(name, &folder, &[])
}
