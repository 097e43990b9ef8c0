//! Whatever is missing, odd or cannot be evaluated is a deny that says so.

use std::collections::BTreeMap;

use cedar_policy::{PolicySet, Schema};
use model::{Digest, DivisionCode, EntityRef, ReasonKind, Value};

use super::{
    fixture::{
        Ask, FAR_TOWNSHIP, FAR_VILLAGE, TOWNSHIP, VILLAGE, build, decider, laixi, matter, named,
        person, policies,
    },
    seeds::seeds,
};
use crate::{BuildError, Decider, FactError, Sources};

fn good() -> Ask {
    Ask::step("director", matter("P15", "APPROVE", &["VOUCHER", "VERIFY", "STAMP"]))
}

#[track_caller]
fn refused(ask: &Ask, code: &str) {
    let decision = ask.decide();
    assert!(!decision.allowed());
    assert_eq!(policies(&decision), [code], "{decision:#?}");
    assert_eq!(decision.reasons[0].effect, ReasonKind::Error);
    assert_eq!(decider().check(None, &ask.request(), &ask.facts).unwrap_err().code(), code);
}

#[test]
fn unknown_actions_and_types_are_a_deny() {
    assert!(good().decide().allowed());
    let mut ask = good();
    ask.action = "Approve".to_owned();
    refused(&ask, "unknown-action");
    let mut ask = good();
    ask.action = "OpenMatter".to_owned();
    refused(&ask, "unknown-type");
    let mut ask = good();
    ask.facts.resource.id.kind = "Gavel".to_owned();
    refused(&ask, "unknown-type");
    let mut ask = good();
    ask.facts.principal.id.kind = "Village".to_owned();
    refused(&ask, "unknown-type");
}

#[test]
fn a_missing_or_wrong_fact_is_a_deny() {
    for name in good().facts.resource.attrs.keys() {
        let mut ask = good();
        ask.facts.resource.attrs.remove(name);
        refused(&ask, "facts-invalid");
        let wrong = if matches!(good().facts.resource.attrs[name], Value::Record(_)) {
            1.into()
        } else {
            Value::Record(BTreeMap::new())
        };
        refused(&good().of(name, wrong), "facts-invalid");
    }
    for name in ["unit", "household"] {
        let mut ask = good();
        ask.facts.principal.attrs.remove(name);
        refused(&ask, "facts-invalid");
    }
    for name in ["now", "today", "parameters"] {
        refused(&good().without(name), "facts-invalid");
    }
    refused(&good().of("colour", "red"), "facts-invalid");
    refused(&good().with("tally", 1), "facts-invalid");
    refused(&good().field("parameters", "p15_director_below_cents", "1000"), "facts-invalid");
    let Some(Value::Record(mut parameters)) = good().facts.context.remove("parameters") else {
        panic!("no parameters")
    };
    parameters.remove("p15_director_below_cents");
    refused(&good().with("parameters", parameters), "facts-invalid");
}

#[test]
fn facts_of_another_thing_or_place_are_a_deny() {
    let ask = good();
    let mut request = ask.request();
    request.resource.id = "another".to_owned();
    let decision = decider().decide(None, &request, &ask.facts);
    assert_eq!(policies(&decision), ["facts-of-another"]);
    let mut request = ask.request();
    request.principal = EntityRef::new("Person", "another");
    assert_eq!(policies(&decider().decide(None, &request, &ask.facts)), ["facts-of-another"]);

    refused(&good().of("township", FAR_TOWNSHIP), "facts-contradict");
    refused(&good().of("village", FAR_VILLAGE), "facts-contradict");
    refused(&good().of("village", "here"), "facts-contradict");
    refused(&good().of("id", "another"), "facts-contradict");
    refused(&good().by("pid", "another"), "facts-contradict");
    refused(&good().with("district", "370202000000"), "facts-contradict");
    assert!(good().with("district", "370285000000").decide().allowed());

    let far = DivisionCode::parse(FAR_TOWNSHIP).unwrap();
    let decision = decider().decide(Some(far), &ask.request(), &ask.facts);
    assert_eq!(policies(&decision), ["other-township"]);
    let home = DivisionCode::parse(TOWNSHIP).unwrap();
    assert_eq!(decider().decide(Some(home), &ask.request(), &ask.facts), ask.decide());
}

#[test]
fn the_same_person_twice_with_different_facts_is_a_deny() {
    let ask = Ask::new("ErasePerson", person("v", VILLAGE), person("v", VILLAGE));
    assert!(ask.decide().allowed());
    refused(&ask.by("household", "other"), "facts-invalid");
}

const SMALL: &str = "
    entity Person = { n: Long };
    entity Thing = { item: String, n: Long };
    action Do appliesTo { principal: Person, resource: Thing, context: {} };
";

fn parse(text: &str) -> PolicySet {
    let set: PolicySet = text.parse().unwrap();
    PolicySet::from_policies(set.policies().map(named)).unwrap()
}

fn small(text: &str) -> Decider {
    let schema = Schema::from_cedarschema_str(SMALL).unwrap().0;
    build(&schema, SMALL, &parse(text), &BTreeMap::new())
}

fn small_ask(n: i64) -> Ask {
    let mut ask = seeds().remove(0);
    ask.action = "Do".to_owned();
    ask.facts.context.clear();
    ask.facts.principal.id = EntityRef::new("Person", "p");
    ask.facts.principal.attrs = BTreeMap::from([("n".to_owned(), n.into())]);
    ask.facts.resource.id = EntityRef::new("Thing", "t");
    ask.facts.resource.attrs =
        BTreeMap::from([("item".to_owned(), "A".into()), ("n".to_owned(), 1.into())]);
    ask
}

#[test]
fn a_forbid_that_cannot_be_evaluated_denies_instead_of_being_skipped() {
    let decider = small(
        r#"@id("t/permit") @title("可以") permit(principal, action, resource);
           @id("t/forbid") @title("不得超过") forbid(principal, action, resource) when { principal.n + 1 > 5 };"#,
    );
    let decide = |n: i64| {
        let ask = small_ask(n);
        decider.decide(None, &ask.request(), &ask.facts)
    };
    assert!(decide(4).allowed());
    assert_eq!(policies(&decide(5)), ["t/forbid"]);
    // here Cedar itself would say Allow: the forbid overflows and is skipped
    let decision = decide(i64::MAX);
    assert!(!decision.allowed());
    assert_eq!(policies(&decision), ["t/forbid"]);
    assert_eq!(decision.reasons[0].effect, ReasonKind::Error);
    assert_eq!(
        decision.reasons[0].text,
        "核对“不得超过”这条规矩时出错，按不能办处理。请联系数据管理员核对登记的资料后再办。"
    );
}

#[test]
fn an_error_in_any_permit_denies_too() {
    let decider = small(
        r#"@id("t/one") @title("甲") permit(principal, action, resource);
           @id("t/two") @title("乙") permit(principal, action, resource) when { principal.n * 2 == 4 };"#,
    );
    let ask = small_ask(i64::MAX);
    assert_eq!(policies(&decider.decide(None, &ask.request(), &ask.facts)), ["t/two"]);
}

#[test]
fn without_policies_everything_is_denied() {
    let laixi = laixi();
    let empty = build(&laixi.schema, &laixi.text, &PolicySet::new(), &BTreeMap::new());
    for ask in seeds() {
        let decision = empty.decide(None, &ask.request(), &ask.facts);
        assert_eq!(policies(&decision), ["no-permit"]);
        assert_eq!(decision.reasons[0].effect, ReasonKind::Absent);
    }
}

#[test]
fn a_township_cannot_permit_outside_its_own_items() {
    let laixi = laixi();
    let township = DivisionCode::parse(TOWNSHIP).unwrap();
    let with = |text: &str| {
        let overlays = BTreeMap::from([(township, parse(text))]);
        let sources = Sources {
            schema: &laixi.schema,
            schema_text: &laixi.text,
            base: &laixi.base,
            overlays: &overlays,
            digest: Digest::default(),
        };
        Decider::from_sources(sources).map(|_| ())
    };
    let step = r#"@id("x/y") permit(principal, action == Action::"TakeStep", resource) when"#;
    for body in [
        r#"{ resource.item == "P15" }"#,
        r#"{ resource.item == "370285106-T01" }"#,
        r#"{ true && resource.item == "370285102-T01" }"#,
        r#"{ resource.item == "370285102-T01" || resource.item == "S10" }"#,
    ] {
        let result = with(&format!("{step} {body};"));
        assert!(matches!(result, Err(BuildError::ForeignPermit { .. })), "{body} {result:?}");
    }
    assert_eq!(with(&format!(r#"{step} {{ resource.item == "370285102-T02" }};"#)), Ok(()));
    let open = r#"@id("x/y") permit(principal, action == Action::"OpenMatter", resource) when"#;
    assert_eq!(with(&format!(r#"{open} {{ context.item == "370285102-T02" }};"#)), Ok(()));
    assert!(with(&format!(r#"{open} {{ context.item == "P15" }};"#)).is_err());
    let taken = r#"@id("laixi/people/suspended") forbid(principal, action, resource) when { resource.village == "" };"#;
    assert!(matches!(
        with(&taken.replace("action,", "action == Action::\"TakeStep\",")),
        Err(BuildError::DuplicateId { .. })
    ));
    let unknown = r#"@id("x/y") forbid(principal, action == Action::"TakeStep", resource) when { resource.colour == "" };"#;
    assert!(matches!(with(unknown), Err(BuildError::Invalid(_))));
    let template = r#"@id("x/y") forbid(principal == ?principal, action, resource);"#;
    let set: PolicySet = template.parse().unwrap();
    let overlays = BTreeMap::from([(township, set)]);
    let sources = Sources {
        schema: &laixi.schema,
        schema_text: &laixi.text,
        base: &laixi.base,
        overlays: &overlays,
        digest: Digest::default(),
    };
    assert_eq!(Decider::from_sources(sources).map(|_| ()), Err(BuildError::Template));
}

#[test]
fn fact_errors_say_what_and_where() {
    let error = FactError::OtherTownship {
        asked: DivisionCode::parse(FAR_TOWNSHIP).unwrap(),
        actual: DivisionCode::parse(TOWNSHIP).unwrap(),
    };
    assert_eq!(error.to_string(), "the thing lies in township 370285102000, not in 370285106000");
}
