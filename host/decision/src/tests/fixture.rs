//! The demo district's real policies, and people, matters and records to try them on.

use std::{collections::BTreeMap, sync::OnceLock};

use cedar_policy::{Policy, PolicyId, PolicySet, Schema};
use model::{
    Decision, Digest, DivisionCode, Entity, EntityRef, Facts, ReasonKind, Record, Request, Value,
};

use super::edition::demo_package;
use crate::{Decider, Sources};

pub(super) const VILLAGE: &str = "370285102259";
pub(super) const OTHER_VILLAGE: &str = "370285102260";
pub(super) const TOWNSHIP: &str = "370285102000";
/// A village of another township, which has no policies of its own.
pub(super) const FAR_VILLAGE: &str = "370285106201";
pub(super) const FAR_TOWNSHIP: &str = "370285106000";
pub(super) const DISTRICT: &str = "370285000000";
/// 2026-11-23.
pub(super) const TODAY: i64 = 20_780;
pub(super) const PARAMETERS: [(&str, i64); 3] = [
    ("p15_director_below_cents", 100_000),
    ("p15_committees_below_cents", 500_000),
    ("p15_representatives_below_cents", 2_000_000),
];

pub(super) fn named(policy: &Policy) -> Policy {
    let id = policy.annotation("id").unwrap_or_else(|| panic!("no @id: {policy}"));
    policy.new_id(PolicyId::new(id))
}

pub(super) struct Laixi {
    pub(super) schema: Schema,
    pub(super) text: String,
    pub(super) base: PolicySet,
    pub(super) overlays: BTreeMap<DivisionCode, PolicySet>,
    parameters: Record,
}

/// The demo district's sources, read once.
pub(super) fn laixi() -> &'static Laixi {
    static LAIXI: OnceLock<Laixi> = OnceLock::new();
    LAIXI.get_or_init(|| {
        let package = demo_package();
        let edition = package.editions().last().unwrap();
        let mut parameters: Record = edition
            .parameters_at(None, edition.from())
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        parameters.extend(PARAMETERS.map(|(name, value)| (name.to_owned(), value.into())));
        let overlays = edition.townships().iter().map(|(code, own)| (*code, own.overlay.clone()));
        Laixi {
            schema: edition.schema().clone(),
            text: edition.schema_text().to_owned(),
            base: edition.base().clone(),
            overlays: overlays.collect(),
            parameters,
        }
    })
}

/// The demo district, compiled once.
pub(super) fn decider() -> &'static Decider {
    static DECIDER: OnceLock<Decider> = OnceLock::new();
    DECIDER.get_or_init(|| {
        let laixi = laixi();
        build(&laixi.schema, &laixi.text, &laixi.base, &laixi.overlays)
    })
}

pub(super) fn build(
    schema: &Schema,
    schema_text: &str,
    base: &PolicySet,
    overlays: &BTreeMap<DivisionCode, PolicySet>,
) -> Decider {
    let digest = Digest::of([schema_text.as_bytes()]);
    Decider::from_sources(Sources { schema, schema_text, base, overlays, digest }).unwrap()
}

/// A record from pairs.
pub(super) fn record<const N: usize>(pairs: [(&str, Value); N]) -> Record {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn set(items: &[&str]) -> Value {
    items.iter().copied().collect()
}

/// A person of a village; the household is the person's own.
pub(super) fn person(pid: &str, unit: &str) -> Entity {
    let attrs = record([
        ("pid", pid.into()),
        ("unit", unit.into()),
        ("household", format!("{pid}-h").into()),
    ]);
    Entity { id: EntityRef::new("Person", pid), attrs }
}

pub(super) fn post(role: &str, unit: &str, holder: &str) -> Value {
    Value::Record(record([
        ("role", role.into()),
        ("unit", unit.into()),
        ("department", "民政局".into()),
        ("holder", holder.into()),
        ("fromDay", (TODAY - 300).into()),
        ("toDay", (TODAY + 300).into()),
    ]))
}

/// A meeting of ten days ago, called ten days before, where all of `counts` fits.
/// `counts` is entitled, present, for, against, abstaining.
pub(super) fn meeting(body: &str, item: &str, matter: &str, counts: [i64; 5]) -> Value {
    let [eligible, present, in_favour, against, abstain] = counts;
    Value::Record(record([
        ("id", format!("{VILLAGE}-{body}-2026-001").into()),
        ("body", body.into()),
        ("village", VILLAGE.into()),
        ("item", item.into()),
        ("matter", matter.into()),
        ("day", (TODAY - 10).into()),
        ("noticeDay", (TODAY - 20).into()),
        ("eligible", eligible.into()),
        ("present", present.into()),
        ("inFavour", in_favour.into()),
        ("against", against.into()),
        ("abstain", abstain.into()),
        ("recordedBy", "clerk".into()),
        ("counted", "".into()),
    ]))
}

/// Everybody came and agreed.
pub(super) const UNANIMOUS: [i64; 5] = [30, 30, 30, 0, 0];

pub(super) fn rule(after: &[&str], body: &str) -> Value {
    Value::Record(record([
        ("after", set(after)),
        ("body", body.into()),
        ("bodies", set(if body == "REP" { &["REP", "ASM"] } else { std::slice::from_ref(&body) })),
        ("signature", false.into()),
        ("minGapDays", 0.into()),
        ("lastDay", (TODAY - 10).into()),
        ("noticeDays", 0.into()),
        ("gates", gates().into()),
    ]))
}

/// A step that asks for nothing beyond its order.
pub(super) fn gates() -> Record {
    record([
        ("variantFits", true.into()),
        ("unpublished", set(&[])),
        ("windowEnd", 0.into()),
        ("openObjections", 0.into()),
        ("priced", false.into()),
        ("reviews", false.into()),
        ("reviewMissing", false.into()),
        ("floorCents", 0.into()),
        ("ceilingCents", i64::MAX.into()),
        ("freeFromCents", 0.into()),
        ("freeToCents", i64::MAX.into()),
        ("changeBodies", set(&[])),
        ("signsNeeded", 0.into()),
        ("signsGiven", 0.into()),
        ("signsMissing", set(&[])),
        ("signRoles", set(&[])),
        ("signedRoles", set(&[])),
        ("signedBy", set(&[])),
        ("linkedCents", 0.into()),
        ("bandBelowCents", i64::MAX.into()),
        ("lateDays", 0.into()),
        ("passed", set(&[])),
    ])
}

/// A matter of the village at a step, with the steps done before.
pub(super) fn matter(item: &str, step: &str, done: &[&str]) -> Entity {
    let id = format!("{VILLAGE}-{item}-2026-001");
    let attrs = record([
        ("item", item.into()),
        ("step", step.into()),
        ("village", VILLAGE.into()),
        ("township", TOWNSHIP.into()),
        ("law", "villagers".into()),
        ("amountCents", 0.into()),
        ("sealClass", "".into()),
        ("done", set(done)),
        ("handler", "handler".into()),
        ("approver", "".into()),
        ("signers", set(&[])),
        ("hands", set(&[])),
        ("relatives", set(&[])),
        ("local", false.into()),
        ("variant", "".into()),
        ("proposers", set(&[])),
        ("askers", set(&[])),
        ("openQuestions", 0.into()),
    ]);
    Entity { id: EntityRef::new("Matter", id), attrs }
}

/// One question, open to changes before it is asked.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) action: String,
    pub(super) facts: Facts,
}

impl Ask {
    pub(super) fn new(action: &str, principal: Entity, resource: Entity) -> Self {
        let parameters = laixi().parameters.clone();
        let context = record([
            ("now", (TODAY * 1440).into()),
            ("today", TODAY.into()),
            ("parameters", parameters.into()),
        ]);
        Self { action: action.to_owned(), facts: Facts { principal, resource, context } }
    }

    /// `TakeStep` by the holder of a village post, with a rule without conditions.
    pub(super) fn step(role: &str, matter: Entity) -> Self {
        let pid = format!("the-{role}");
        let post = post(role, VILLAGE, &pid);
        Self::new("TakeStep", person(&pid, VILLAGE), matter)
            .with("post", post)
            .with("rule", rule(&[], ""))
    }

    /// Puts a value into the context.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.context.insert(name.to_owned(), value.into());
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.facts.context.remove(name);
        self
    }

    /// Puts an attribute onto the resource.
    pub(super) fn of(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.resource.attrs.insert(name.to_owned(), value.into());
        self
    }

    /// Puts an attribute onto the principal.
    pub(super) fn by(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.principal.attrs.insert(name.to_owned(), value.into());
        self
    }

    /// Changes a field of a record in the context.
    pub(super) fn field(mut self, name: &str, field: &str, value: impl Into<Value>) -> Self {
        match self.facts.context.get_mut(name) {
            Some(Value::Record(record)) => record.insert(field.to_owned(), value.into()),
            other => panic!("`{name}` is {other:?}"),
        };
        self
    }

    pub(super) fn request(&self) -> Request {
        Request {
            principal: self.facts.principal.id.clone(),
            action: self.action.clone(),
            resource: self.facts.resource.id.clone(),
        }
    }

    pub(super) fn decide(&self) -> Decision {
        decider().decide(None, &self.request(), &self.facts)
    }

    /// Asserts an allow by exactly this permit.
    #[track_caller]
    pub(super) fn allowed_by(&self, policy: &str) {
        let decision = self.decide();
        assert!(decision.allowed(), "{decision:#?}");
        assert!(policies(&decision).contains(&policy), "{decision:#?}");
    }

    /// Asserts a deny by exactly these forbids.
    #[track_caller]
    pub(super) fn forbidden_by(&self, wanted: &[&str]) {
        let decision = self.decide();
        assert!(!decision.allowed(), "allowed: {decision:#?}");
        assert_eq!(policies(&decision), wanted, "{decision:#?}");
        assert!(
            decision.reasons.iter().all(|reason| reason.effect == ReasonKind::Forbid),
            "{decision:#?}"
        );
    }
}

pub(super) fn policies(decision: &Decision) -> Vec<&str> {
    decision.reasons.iter().map(|reason| reason.policy.as_str()).collect()
}
