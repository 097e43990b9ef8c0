//! The policies that can matter for one request, found without looking at most of the others.
//!
//! Left out are only policies that cannot be satisfied and cannot err for this request: those typed
//! as never applying to its kind, those of other townships, those of other items, and those whose
//! opening conditions are known to be false. An answer is put together from the rest exactly as Cedar
//! puts one together from policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use evaluator::{ActionShape, Context, Line, Thing};
use model::DivisionCode;

use crate::{
    guard::{Guard, may_apply},
    rule::Rule,
};

/// One action with the kinds of request it is made for.
#[derive(Debug)]
pub(crate) struct ActionTable {
    pub(crate) shape: ActionShape,
    /// By names of the principal's and the resource's type.
    pub(crate) envs: BTreeMap<(String, String), EnvTable>,
}

impl ActionTable {
    pub(crate) fn new(shape: ActionShape) -> Self {
        Self { shape, envs: BTreeMap::new() }
    }

    /// The table of a kind of request.
    pub(crate) fn env(&self, principal: &str, resource: &str) -> Option<&EnvTable> {
        // an action is made for few kinds; comparing beats building a key
        self.envs
            .iter()
            .find(|(key, _)| key.0 == principal && key.1 == resource)
            .map(|(_, env)| env)
    }
}

/// One kind of request: an action with a principal type and a resource type.
#[derive(Debug)]
pub(crate) struct EnvTable {
    /// `None` holds the district's policies, a township's code its own.
    owners: BTreeMap<Option<DivisionCode>, Groups>,
    permits: BTreeMap<Option<DivisionCode>, Vec<String>>,
}

/// Policies of one owner: those of any item, and those of one.
#[derive(Default, Debug)]
struct Groups {
    any: Vec<Group>,
    by_item: BTreeMap<String, Vec<Group>>,
}

/// Policies with the same opening conditions.
#[derive(Debug)]
struct Group {
    guards: Vec<Guard>,
    lines: Vec<Arc<Line>>,
}

impl EnvTable {
    pub(crate) fn new() -> Self {
        Self { owners: BTreeMap::new(), permits: BTreeMap::new() }
    }

    /// Adds a policy that can apply to this kind of request.
    pub(crate) fn add(&mut self, owner: Option<DivisionCode>, rule: &Rule, line: &Arc<Line>) {
        let owned = self.owners.entry(owner).or_default();
        let groups = match &rule.item {
            // it opens with `resource.item == "…"`, so it is false for every other item
            Some(item) => owned.by_item.entry(item.clone()).or_default(),
            None => &mut owned.any,
        };
        match groups.iter_mut().find(|group| group.guards == rule.guards) {
            Some(group) => group.lines.push(Arc::clone(line)),
            None => {
                groups.push(Group { guards: rule.guards.clone(), lines: vec![Arc::clone(line)] });
            }
        }
        if rule.permit {
            let permits = self.permits.entry(owner).or_default();
            permits.push(rule.id.clone());
            permits.sort();
        }
    }

    /// The policies to evaluate for this thing and context in this township.
    pub(crate) fn lines<'a>(
        &'a self,
        township: Option<DivisionCode>,
        resource: &'a Thing,
        context: &'a Context,
    ) -> impl Iterator<Item = &'a Arc<Line>> {
        let item = resource.text("item");
        // where the item is missing or no text such a policy could err: then all of them are asked
        let odd = item.is_none();
        owners(township)
            .filter_map(|owner| self.owners.get(&owner))
            .flat_map(move |owned| {
                let of_item = item.and_then(|item| owned.by_item.get(item)).into_iter().flatten();
                let all = owned.by_item.values().filter(move |_| odd).flatten();
                owned.any.iter().chain(of_item).chain(all)
            })
            .filter(|group| may_apply(&group.guards, resource, context))
            .flat_map(|group| &group.lines)
    }

    /// Every policy of this kind of request in a township.
    pub(crate) fn all(&self, township: Option<DivisionCode>) -> impl Iterator<Item = &Arc<Line>> {
        owners(township)
            .filter_map(|owner| self.owners.get(&owner))
            .flat_map(|owned| owned.any.iter().chain(owned.by_item.values().flatten()))
            .flat_map(|group| &group.lines)
    }

    /// A policy of this kind of request by its id.
    pub(crate) fn line(&self, id: &str) -> Option<&Arc<Line>> {
        let groups =
            self.owners.values().flat_map(|o| o.any.iter().chain(o.by_item.values().flatten()));
        groups.flat_map(|group| &group.lines).find(|line| line.id() == id)
    }

    /// Ids of the permits for this kind of request in this township, sorted by owner, then id.
    pub(crate) fn permits(&self, township: Option<DivisionCode>) -> impl Iterator<Item = &str> {
        owners(township).filter_map(|owner| self.permits.get(&owner)).flatten().map(String::as_str)
    }
}

/// The district, then the township.
fn owners(township: Option<DivisionCode>) -> impl Iterator<Item = Option<DivisionCode>> {
    std::iter::once(None).chain(township.map(Some))
}
