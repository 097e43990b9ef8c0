//! The folders in `examples/`: their READMEs tell the truth, their policies are in order.

use std::collections::BTreeSet;

use cedar_policy::{Entities, PolicySet, Schema, ValidationMode, Validator};
use serde_json::Value;

use super::http::send;
use super::packages::{EXAMPLES, example, folder};

// The people of `examples/todo`, by the ids their identity provider gave them.
pub(crate) const ADA: &str = "CiQ1YjFmMGU1Mi03YzBkLTRiNTItOWQyZS0wYzZhM2Y4ZTFhMDESBWxvY2Fs";
pub(crate) const BEN: &str = "CiQ2YzJmMWQ2My04ZDFlLTRjNjMtOGUzZi0xZDdiNGE5ZjJiMDISBWxvY2Fs";
pub(crate) const CLEO: &str = "CiQ3ZDNhMmU3NC05ZTJmLTRkNzQtOWY0YS0yZThjNWJhZDNjMDMSBWxvY2Fs";
pub(crate) const DORA: &str = "CiQ4ZTRiM2Y4NS1hZjNhLTRlODUtOGE1Yi0zZjlkNmNiZTRkMDQSBWxvY2Fs";
pub(crate) const EMIL: &str = "CiQ5ZjVjNGE5Ni1iYTRiLTRmOTYtOWI2Yy00YWFlN2RjZjVlMDUSBWxvY2Fs";

/// One curl line of a README and what it says comes back.
struct Line {
    path: String,
    body: String,
    want: String,
}

/// The curl lines of a README, each followed by `#> ` and the bytes of the answer.
fn lines(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    for part in text.split("curl -s $U").skip(1) {
        let (path, rest) = part.split_once(' ').unwrap();
        let (_, rest) = rest.split_once("-d '").unwrap();
        let (body, rest) = rest.split_once("'\n#> ").unwrap();
        let want = rest.lines().next().unwrap();
        let body = body.replace("'$BEN'", BEN);
        found.push(Line { path: path.to_owned(), body, want: want.to_owned() });
    }
    found
}

#[test]
fn the_lines_of_each_readme_are_answered_as_printed() {
    for name in EXAMPLES {
        let text = std::fs::read_to_string(folder(name).join("README.md")).unwrap();
        let lines = lines(&text);
        for line in &lines {
            let reply = send(example(name), &line.path, &line.body);
            assert_eq!(
                (reply.status, &reply.text),
                (200, &line.want),
                "{name}: {} {}",
                line.path,
                line.body
            );
        }
        let said = |what: &str| lines.iter().any(|line| line.want == what);
        assert!(said(super::ALLOW) && said(super::DENY), "{name} shows an allow and a deny");
        for path in ["/access/v1/evaluations", "/access/v1/search/"] {
            assert!(lines.iter().any(|line| line.path.starts_with(path)), "{name} shows {path}");
        }
        assert!(text.contains(&format!("BEN={BEN}")) || name != "todo");
        assert!(text.lines().count() <= 45, "{name}: one screen");
    }
}

#[test]
fn each_example_is_a_folder_of_cedar_files() {
    let mut shapes = Vec::new();
    for name in EXAMPLES {
        let mut policies = PolicySet::new();
        let mut ids = BTreeSet::new();
        let mut others = BTreeSet::new();
        for entry in std::fs::read_dir(folder(name)).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.extension().is_none_or(|it| it != "cedar") {
                others.insert(file);
                continue;
            }
            let set: PolicySet = std::fs::read_to_string(&path).unwrap().parse().unwrap();
            for policy in set.policies() {
                let id =
                    policy.annotation("id").unwrap_or_else(|| panic!("{file}: no @id:\n{policy}"));
                assert!(ids.insert(id.to_owned()), "{name}: `{id}` occurs twice");
                assert!(policy.annotation("title").is_some(), "{name}: `{id}` has no @title");
                policies.add(policy.new_id(cedar_policy::PolicyId::new(id))).unwrap();
            }
        }
        assert!(others.remove("README.md"), "{name}");
        let read = |file: &str| std::fs::read_to_string(folder(name).join(file)).unwrap();
        let schema = others.remove("schema.cedarschema").then(|| {
            let (schema, warnings) =
                Schema::from_cedarschema_str(&read("schema.cedarschema")).unwrap();
            assert_eq!(warnings.count(), 0, "{name}");
            schema
        });
        if others.remove("entities.json") {
            Entities::from_json_str(&read("entities.json"), schema.as_ref()).unwrap();
            shapes.push((schema.is_some(), true));
        } else {
            shapes.push((schema.is_some(), false));
        }
        assert!(others.is_empty(), "{name}: {others:?}");
        if let Some(schema) = schema {
            let result = Validator::new(schema).validate(&policies, ValidationMode::Strict);
            assert!(result.validation_passed_without_warnings(), "{name}: {result}");
        }
    }
    assert_eq!(shapes, [(true, true), (true, true), (false, true), (false, false)]);
}

/// The stored entities of an example as `(type, id)`.
pub(crate) fn stored(name: &str) -> Vec<(String, String)> {
    let Ok(text) = std::fs::read_to_string(folder(name).join("entities.json")) else {
        return Vec::new();
    };
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.iter().map(|it| (text(&it["uid"]["type"]), text(&it["uid"]["id"]))).collect()
}
