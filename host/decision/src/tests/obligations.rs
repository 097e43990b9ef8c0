//! What an allow obliges to is told to everybody, what it rests on only to whom it may be shown.

use std::collections::BTreeMap;

use cedar_policy::{PolicySet, Schema};
use model::{Entity, EntityRef, Record};

use super::fixture::{build, named, record};
use crate::{Asked, Decider};

const SCHEMA: &str = r#"
entity Person = { @label("kinship") "kin"?: Bool };
entity Matter;
action act appliesTo { principal: Person, resource: Matter };
"#;
const POLICIES: &str = r#"
@id("all") @obligation("记下时间")
permit (principal, action == Action::"act", resource);
@id("kin") @obligation("另请一人见证")
permit (principal, action == Action::"act", resource) when { principal has kin && principal.kin };
"#;

fn decider() -> Decider {
    let parsed = Schema::from_cedarschema_str(SCHEMA).unwrap().0;
    let set: PolicySet = POLICIES.parse().unwrap();
    let base = PolicySet::from_policies(set.policies().map(named)).unwrap();
    build(&parsed, SCHEMA, &base, &BTreeMap::new())
}

#[test]
fn a_permit_that_may_not_be_shown_is_not_named_by_its_obligation() {
    let decider = decider();
    let entity = |kind: &str, attrs: Record| {
        decider.thing(&Entity { id: EntityRef::new(kind, "one"), attrs }).unwrap()
    };
    let person = entity("Person", record([("kin", true.into())]));
    let matter = entity("Matter", Record::new());
    let context = decider.context(&Record::new());
    let asked = Asked {
        township: None,
        action: "act",
        principal: &person,
        resource: &matter,
        context: &context,
    };
    let told = |shows: &dyn Fn(&str) -> bool| {
        let why = decider.why(&asked, shows);
        assert!(why.decision.allowed(), "{why:#?}");
        let reasons: Vec<_> = why.decision.reasons.iter().map(|it| it.policy.clone()).collect();
        (reasons, why.obligations)
    };
    let own = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let all = vec![own("all", "记下时间"), own("kin", "另请一人见证")];
    assert_eq!(told(&|_| true), (vec!["all".to_owned(), "kin".to_owned()], all));
    let some = vec![own("all", "记下时间"), own("", "另请一人见证")];
    assert_eq!(told(&|_| false), (vec!["all".to_owned()], some));
}
