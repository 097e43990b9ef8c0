//! Names, envelopes, and what becomes of a solver's values.

use std::collections::BTreeSet;

use cedar_policy::{Policy, PolicyId, PolicySet, Schema};
use model::DivisionCode;

use crate::envelope::Envelope;
use crate::names::Names;
use crate::obligations::{Form, Kinds, List};
use crate::solver::{Said, SolverCommand, ask};

fn schema() -> (Schema, String) {
    let text = package::schema_text(["p15_director_below_cents"]);
    (Schema::from_cedarschema_str(&text).unwrap().0, text)
}

#[test]
fn every_attribute_of_the_schema_has_a_chinese_name() {
    let (_, text) = schema();
    let names = Names::core().unwrap();
    let mut seen = BTreeSet::new();
    for line in text.lines().take_while(|line| !line.starts_with("// generated")) {
        let Some((name, _)) = line.trim().split_once(": ").filter(|_| line.starts_with("  "))
        else {
            continue;
        };
        let name = name.trim_end_matches('?');
        if !["principal", "resource", "context"].contains(&name) {
            assert!(names.knows(name), "`{name}` has no name in core.names.toml");
            seen.insert(name.to_owned());
        }
    }
    assert!(seen.len() > 70, "only {} attributes found", seen.len());
}

/// Whether each question about a township's permit is proved, with the real solver.
fn inside(permit: &str) -> bool {
    let (schema, _) = schema();
    let kinds = Kinds::of(&schema).unwrap();
    let permit = Policy::parse(Some(PolicyId::new("local")), permit).unwrap();
    let mut overlay = PolicySet::new();
    overlay.add(permit.clone()).unwrap();
    let township = DivisionCode::parse("370285102000").unwrap();
    let envelope = Envelope::new(&overlay, township, &["370285102-T01"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut list = List::new(&kinds);
        list.envelope(&envelope, &permit).unwrap();
        for obligation in list.all {
            let proved = match obligation.form {
                Form::Folded(proved) => proved,
                Form::Asked(script, _) => {
                    let said = ask(&SolverCommand::new("cvc5"), &script).await;
                    assert_ne!(
                        std::mem::discriminant(&said),
                        std::mem::discriminant(&Said::Unknown(String::new())),
                        "{said:?}"
                    );
                    said == Said::Unsat
                }
            };
            if !proved {
                return false;
            }
        }
        true
    })
}

#[test]
fn a_local_permit_is_inside_exactly_when_it_stays_on_its_own_list() {
    let own = r#"resource.item == "370285102-T01""#;
    for (permit, want) in [
        (format!(r#"permit (principal, action == Action::"TakeStep", resource) when {{ {own} }};"#), true),
        // what the form of a permit does not show, the proof sees
        (format!(r#"permit (principal, action == Action::"TakeStep", resource) when {{ resource.step == "APPLY" && {own} }};"#), true),
        (format!(r#"permit (principal, action == Action::"TakeStep", resource) when {{ {own} || resource.item == "S10" }};"#), false),
        (r#"permit (principal, action in [Action::"TakeStep", Action::"Delegate"], resource) when { context has grant };"#.to_owned(), false),
        (r#"permit (principal, action == Action::"ApproveDelegation", resource) when { context has record };"#.to_owned(), false),
        (r#"permit (principal, action == Action::"PutEntity", resource is Township) when { context has post };"#.to_owned(), false),
        (r#"permit (principal, action == Action::"OpenMatter", resource) when { context.item == "370285102-T01" };"#.to_owned(), true),
        (r#"permit (principal, action == Action::"ReleaseFunds", resource) when { resource.item == "370285102-T01" };"#.to_owned(), false),
    ] {
        assert_eq!(inside(&permit), want, "{permit}");
    }
}
