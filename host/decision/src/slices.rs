//! The policies that can matter for one request, found without looking at most of the others.
//!
//! Left out are only policies that cannot be satisfied and cannot err for this request: those typed
//! as never applying to its kind, those of other townships, and those whose opening conditions are
//! known to be false. The rest are evaluated in small groups with the same opening; an answer is
//! put together from the groups exactly as Cedar puts one together from policies.

use std::collections::BTreeMap;

use cedar_policy::{Entities, EntityTypeName, EntityUid, Policy, PolicySet};
use model::{DivisionCode, Facts};

use crate::{
    compile::BuildError,
    guard::{Guard, may_apply},
    notes::one_line,
    rule::Rule,
};

/// One action with the kinds of request it is made for.
#[derive(Debug)]
pub(crate) struct ActionTable {
    pub(crate) uid: EntityUid,
    /// The action entity and its groups.
    pub(crate) entities: Entities,
    /// By names of the principal's and the resource's type.
    pub(crate) envs: BTreeMap<(String, String), EnvTable>,
}

impl ActionTable {
    pub(crate) fn new(uid: EntityUid, entities: Entities) -> Self {
        Self { uid, entities, envs: BTreeMap::new() }
    }
}

/// One kind of request: an action with a principal type and a resource type.
#[derive(Debug)]
pub(crate) struct EnvTable {
    pub(crate) principal: EntityTypeName,
    pub(crate) resource: EntityTypeName,
    /// `None` holds the district's policies, a township's code its own.
    owners: BTreeMap<Option<DivisionCode>, Vec<Group>>,
    permits: BTreeMap<Option<DivisionCode>, Vec<String>>,
}

/// Policies with the same opening conditions.
#[derive(Debug)]
struct Group {
    guards: Vec<Guard>,
    policies: PolicySet,
}

impl EnvTable {
    pub(crate) fn new(principal: EntityTypeName, resource: EntityTypeName) -> Self {
        Self { principal, resource, owners: BTreeMap::new(), permits: BTreeMap::new() }
    }

    /// Adds a policy that can apply to this kind of request.
    pub(crate) fn add(
        &mut self,
        owner: Option<DivisionCode>,
        rule: &Rule,
        policy: &Policy,
    ) -> Result<(), BuildError> {
        let groups = self.owners.entry(owner).or_default();
        let found = groups.iter().position(|group| group.guards == rule.guards);
        if found.is_none() {
            groups.push(Group { guards: rule.guards.clone(), policies: PolicySet::new() });
        }
        let at = found.unwrap_or(groups.len().saturating_sub(1));
        if let Some(group) = groups.get_mut(at) {
            let failed = |error: cedar_policy::PolicySetError| BuildError::Policy {
                policy: rule.id.clone(),
                detail: one_line(&error.to_string()),
            };
            group.policies.add(policy.clone()).map_err(failed)?;
        }
        if rule.permit {
            let permits = self.permits.entry(owner).or_default();
            permits.push(rule.id.clone());
            permits.sort();
        }
        Ok(())
    }

    /// The sets to evaluate for these facts in this township.
    pub(crate) fn sets<'a>(
        &'a self,
        township: Option<DivisionCode>,
        facts: &'a Facts,
    ) -> impl Iterator<Item = &'a PolicySet> {
        let groups = owners(township).filter_map(|owner| self.owners.get(&owner)).flatten();
        groups.filter(|group| may_apply(&group.guards, facts)).map(|group| &group.policies)
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
