//! Which forbids and invariants the acts of one item meet.
//!
//! Some speak of any item, others open with `resource.item == "…"`. One that is confined to other items
//! can never say anything about this one and is left out; whatever cannot be read so is kept.

use std::collections::BTreeSet;

use cedar_policy::{ActionConstraint, Effect, Policy, PolicySet, ResourceConstraint};
use model::DivisionCode;
use serde::Serialize;
use serde_json::Value as Json;

use crate::Edition;

/// Acts by which a matter of an item comes about and goes on.
const ACTS: [&str; 2] = ["OpenMatter", "TakeStep"];
/// What those acts are done to: a village, where a matter is opened, and the matter itself.
const THINGS: [&str; 2] = ["Village", "Matter"];

/// A forbid or an invariant that an item's acts meet.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Carrier {
    /// Its id, e.g. `laixi/gates/held`.
    pub id: String,
    /// 中文：它守什么.
    pub title: String,
    /// English for `title`; empty where the package has none.
    pub title_en: String,
    /// Whether it speaks of this item by name, not of any item.
    pub named: bool,
}

impl Edition {
    /// The forbids that an item's acts meet, by id: the district's and, for a township, its own.
    pub fn forbids_of(&self, township: Option<DivisionCode>, item: &str) -> Vec<Carrier> {
        let own = township.and_then(|code| self.township(code)).map(|t| &t.overlay);
        let sets = std::iter::once(self.base()).chain(own);
        let forbids = sets.flat_map(PolicySet::policies).filter(|p| p.effect() == Effect::Forbid);
        carriers(forbids, item)
    }

    /// The invariants that speak of an item's acts, by id.
    pub fn invariants_of(&self, item: &str) -> Vec<Carrier> {
        carriers(self.invariants().policies(), item)
    }
}

fn carriers<'a>(policies: impl Iterator<Item = &'a Policy>, item: &str) -> Vec<Carrier> {
    let mut found: Vec<Carrier> = policies
        .filter(|policy| concerns(policy))
        .filter_map(|policy| {
            let named = items_of(policy);
            if named.as_ref().is_some_and(|items| !items.contains(item)) {
                return None;
            }
            let says = |name: &str| policy.annotation(name).unwrap_or_default().to_owned();
            Some(Carrier {
                id: policy.id().to_string(),
                title: says("title"),
                title_en: says("title_en"),
                named: named.is_some(),
            })
        })
        .collect();
    found.sort();
    found
}

/// Whether a policy can apply to an item's acts at all.
fn concerns(policy: &Policy) -> bool {
    let act = |id: &str| ACTS.contains(&id);
    let acts = match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(action) => act(action.id().unescaped()),
        ActionConstraint::In(actions) => actions.iter().any(|a| act(a.id().unescaped())),
    };
    let things = match policy.resource_constraint() {
        ResourceConstraint::Is(kind) | ResourceConstraint::IsIn(kind, _) => {
            THINGS.contains(&kind.basename())
        }
        _ => true,
    };
    acts && things
}

/// The items a policy is confined to; `None` when it may speak of any.
fn items_of(policy: &Policy) -> Option<BTreeSet<String>> {
    let json = policy.to_json().ok()?;
    let conditions = json.get("conditions")?.as_array()?;
    conditions
        .iter()
        .filter(|condition| condition.get("kind").and_then(Json::as_str) == Some("when"))
        .filter_map(|condition| confined(condition.get("body")?))
        .reduce(|one, other| &one & &other)
}

/// The items outside which a condition is false; `None` when that cannot be read from it.
fn confined(condition: &Json) -> Option<BTreeSet<String>> {
    let sides = |operator: &str| {
        let both = condition.get(operator)?;
        Some((both.get("left")?, both.get("right")?))
    };
    if let Some((left, right)) = sides("&&") {
        return match (confined(left), confined(right)) {
            (Some(one), Some(other)) => Some(&one & &other),
            (one, other) => one.or(other),
        };
    }
    if let Some((left, right)) = sides("||") {
        return Some(&confined(left)? | &confined(right)?);
    }
    if let Some((left, right)) = sides("==") {
        let value = if item(left) { right } else { left };
        return if item(left) || item(right) { Some(BTreeSet::from([text(value)?])) } else { None };
    }
    let (set, of) = sides("contains")?;
    let values = set.get("Set")?.as_array()?;
    if item(of) { values.iter().map(text).collect() } else { None }
}

/// Whether an expression is the item of the matter, or of the one to be opened.
fn item(expression: &Json) -> bool {
    let Some(access) = expression.get(".") else { return false };
    let of = access.get("left").and_then(|left| left.get("Var")).and_then(Json::as_str);
    access.get("attr").and_then(Json::as_str) == Some("item")
        && matches!(of, Some("resource" | "context"))
}

fn text(expression: &Json) -> Option<String> {
    Some(expression.get("Value")?.as_str()?.to_owned())
}
