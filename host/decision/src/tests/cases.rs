//! The package's own cases come out as their folder says, with the reasons and words they name.

use std::collections::BTreeSet;

use model::{
    CivilDay, Decision, DivisionCode, Effect, Entity, EntityRef, Facts, Record, Request, Value,
};
use package::{Case, Edition, MatterFact, Package, PostFact};

use super::{
    edition::demo_package,
    fixture::{gates, policies, record, set},
};
use crate::Decider;

fn day(day: CivilDay) -> Value {
    day.number().into()
}

fn township(village: &str) -> DivisionCode {
    DivisionCode::parse(village).unwrap().township()
}

fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Value {
    texts.into_iter().map(String::as_str).collect()
}

fn matter(edition: &Edition, fact: &MatterFact, step: &str) -> Entity {
    let item = edition.item(Some(township(&fact.village)), &fact.item).unwrap();
    let signs = |id: &str| item.step(id).is_some_and(|step| step.signature);
    let publishes =
        |id: &str| item.step(id).is_some_and(|step| step.stay_days != package::Number::Fixed(0));
    let or = |stated: &str, found: Option<&package::TakenFact>| -> Value {
        if stated.is_empty() {
            found.map_or("", |taken| taken.by.as_str()).into()
        } else {
            stated.into()
        }
    };
    let signers = fact
        .taken
        .iter()
        .filter(|taken| signs(&taken.step))
        .map(|taken| &taken.by)
        .chain(&fact.signers);
    let mut attrs = record([
        ("item", fact.item.as_str().into()),
        ("step", step.into()),
        ("village", fact.village.as_str().into()),
        ("township", township(&fact.village).to_string().into()),
        ("law", "villagers".into()),
        ("amountCents", fact.amount_cents.into()),
        ("sealClass", fact.seal_class.as_str().into()),
        ("done", texts(fact.taken.iter().map(|taken| &taken.step))),
        ("handler", or(&fact.handler, fact.taken.first())),
        ("approver", or(&fact.approver, fact.taken.iter().find(|taken| taken.step == "APPROVE"))),
        ("hands", texts(signers.clone())),
        ("signers", texts(signers)),
        ("relatives", texts(&fact.relatives)),
        ("local", item.local.into()),
        ("variant", "".into()),
        ("proposers", set(&[])),
        ("askers", set(&[])),
        ("openQuestions", 0.into()),
    ]);
    if let Some(last) =
        fact.taken.iter().filter(|taken| publishes(&taken.step)).map(|taken| taken.day).max()
    {
        attrs.insert("publishedDay".to_owned(), day(last));
    }
    Entity { id: EntityRef::new("Matter", &fact.id), attrs }
}

/// A body and those that may decide in its place.
fn will_do(edition: &Edition, body: &str) -> Vec<String> {
    let others = edition.bodies().values().filter(|rule| rule.stands_for.iter().any(|b| b == body));
    let own = (!body.is_empty()).then(|| body.to_owned());
    own.into_iter().chain(others.map(|rule| rule.id.clone())).collect()
}

/// What the item says about the step, as the engine tells it to the policies.
fn rule(edition: &Edition, fact: &MatterFact, step: &str) -> Option<Record> {
    let township = Some(township(&fact.village));
    let item = edition.item(township, &fact.item)?;
    let step = item.step(step)?;
    let first = fact.taken.first().map_or(edition.from(), |taken| taken.day);
    let parameters = edition.parameters_at(township, first);
    let before = fact
        .taken
        .iter()
        .filter(|taken| step.after.contains(&taken.step))
        .map(|taken| taken.day)
        .max();
    Some(record([
        ("after", texts(&step.after)),
        ("body", step.body.as_str().into()),
        ("bodies", texts(&will_do(edition, &step.body))),
        ("signature", step.signature.into()),
        ("minGapDays", step.min_gap_days.value(&parameters)?.into()),
        ("lastDay", day(before.unwrap_or(first))),
        ("noticeDays", step.notice_days.value(&parameters)?.into()),
        ("gates", gates().into()),
    ]))
}

fn meeting(case: &Case, id: &str) -> Option<Record> {
    let fact = case.meetings.iter().find(|meeting| meeting.id == id)?;
    Some(record([
        ("id", fact.id.as_str().into()),
        ("body", fact.body.as_str().into()),
        ("village", fact.village.as_str().into()),
        ("item", fact.item.as_str().into()),
        ("matter", fact.matter.as_str().into()),
        ("day", day(fact.day)),
        ("noticeDay", day(fact.notice_day)),
        ("eligible", fact.tally.eligible.into()),
        ("present", fact.tally.present.into()),
        ("inFavour", fact.tally.in_favour.into()),
        ("against", fact.tally.against.into()),
        ("abstain", fact.tally.abstain.into()),
        ("recordedBy", fact.recorded_by.as_str().into()),
        ("counted", "".into()),
    ]))
}

fn approval(case: &Case, organ: &str) -> Option<Record> {
    let fact = case
        .approvals
        .iter()
        .find(|fact| fact.organ == organ && fact.task == case.request.resource.id)?;
    let mut attrs = record([
        ("organ", fact.organ.as_str().into()),
        ("record", fact.record.as_str().into()),
        ("day", day(fact.day)),
        ("toDay", day(fact.to)),
        ("by", fact.by.as_str().into()),
    ]);
    if let Some(revoked) = fact.revoked {
        attrs.insert("revokedAt".to_owned(), revoked.start().0.into());
    }
    Some(attrs)
}

fn post(fact: &PostFact) -> Value {
    Value::Record(record([
        ("role", fact.role.as_str().into()),
        ("unit", fact.unit.as_str().into()),
        ("department", fact.department.as_str().into()),
        ("holder", fact.holder.as_str().into()),
        ("fromDay", day(fact.from)),
        ("toDay", day(fact.to)),
    ]))
}

fn facts(package: &Package, edition: &Edition, case: &Case) -> Facts {
    let text = |record: &Record, key: &str| match record.get(key) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let stored = |kind: &str, id: &str| {
        let mut all = case.entities.iter().chain(&package.standing().entities);
        all.find(|entity| entity.id == EntityRef::new(kind, id)).cloned()
    };
    let resource = &case.request.resource;
    let step = text(&resource.properties, "step");
    let under_way = case.matters.iter().find(|fact| fact.id == resource.id);
    let mut context = record([("now", case.day.start().0.into()), ("today", day(case.day))]);
    let mut put = |name: &str, value: Option<Record>| {
        if let Some(value) = value {
            context.insert(name.to_owned(), value.into());
        }
    };
    let thing = match under_way {
        Some(fact) => {
            put("rule", rule(edition, fact, &step));
            matter(edition, fact, &step)
        }
        None => stored(&resource.kind, &resource.id)
            .unwrap_or_else(|| panic!("{}: no resource", case.file)),
    };
    let township = township(&text(&thing.attrs, "village"));
    put("record", meeting(case, &text(&case.request.context, "record")));
    let parameters = edition.parameters_at(Some(township), case.day);
    put(
        "parameters",
        Some(parameters.into_iter().map(|(name, value)| (name, value.into())).collect()),
    );
    if resource.kind == "Task" {
        put("committeeApproval", approval(case, "DC"));
        put("governmentApproval", approval(case, "DG"));
        let listed: BTreeSet<&str> = edition.listed(case.day).collect();
        context.insert("listed".to_owned(), set(&listed.into_iter().collect::<Vec<_>>()));
        if case.request.action.name == "AssignTask" {
            let entry = edition.entry(&text(&thing.attrs, "item"), case.day);
            let quota =
                entry.and_then(|(_, entry)| entry.limit()).map(|(quota, _)| i64::from(quota));
            let held: Vec<&str> = edition.fields().held().map(|f| f.name.as_str()).collect();
            context.insert("quota".to_owned(), quota.unwrap_or(i64::MAX).into());
            context.insert("used".to_owned(), case.handed_over.into());
            context.insert("heldFields".to_owned(), set(&held));
        }
    }
    let principal = stored("Person", &case.request.subject.id)
        .unwrap_or_else(|| panic!("{}: no person", case.file));
    Facts { principal, resource: thing, context }
}

/// Each post in turn; the first that is allowed answers, otherwise the last denial.
fn decide(package: &Package, edition: &Edition, decider: &Decider, case: &Case) -> Decision {
    let facts = facts(package, edition, case);
    let request = Request {
        principal: facts.principal.id.clone(),
        action: case.request.action.name.clone(),
        resource: facts.resource.id.clone(),
    };
    let held = case.posts.iter().chain(&package.standing().posts);
    let held = held.filter(|fact| fact.holder == request.principal.id).map(|fact| Some(post(fact)));
    let mut answers = held.chain(std::iter::once(None)).map(|post| {
        let mut facts = facts.clone();
        facts.context.extend(post.map(|post| ("post".to_owned(), post)));
        decider.decide(None, &request, &facts)
    });
    let first = answers.next().unwrap();
    if first.allowed() { first } else { answers.find(Decision::allowed).unwrap_or(first) }
}

#[test]
fn every_case_comes_out_as_its_folder_says() {
    let package = demo_package();
    let mut covered = BTreeSet::new();
    for case in package.cases().iter().filter(|case| case.township.is_none()) {
        let edition = package.edition(case.day).unwrap();
        let decider = Decider::new(edition).unwrap();
        let decision = decide(&package, edition, &decider, case);
        assert_eq!(decision.effect, case.expect, "{} {decision:#?}", case.file);
        for wanted in &case.expect_policies {
            assert!(
                policies(&decision).contains(&wanted.as_str()),
                "{} {wanted} {decision:#?}",
                case.file
            );
            covered.insert((case.expect == Effect::Allow, wanted.clone()));
        }
        let said: String = decision.reasons.iter().map(|reason| reason.text.as_str()).collect();
        assert!(said.contains(&case.expect_text), "{} {said}", case.file);
    }
    assert!(covered.len() >= 20, "{covered:#?}");
}
