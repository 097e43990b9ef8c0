//! Which policies can matter for a kind of question.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::{EntityType, EntityUID};

use crate::line::{Line, LineError, lines};
use crate::reach::Reach;
use crate::schema::Schema;
use crate::store::Store;
use crate::thing::{Context, Thing};

/// Policies for one kind of question, and how far they look.
#[derive(Clone, Default, Debug)]
pub struct Slice {
    lines: Vec<Arc<Line>>,
    reach: Reach,
}

impl Slice {
    fn add(&mut self, line: &Arc<Line>) {
        self.reach.join(&line.reach);
        self.lines.push(Arc::clone(line));
    }

    /// The policies, by id.
    pub fn lines(&self) -> &[Arc<Line>] {
        &self.lines
    }

    /// The stored entities that the policies may read besides principal, action and resource;
    /// `None` when there are more than `most`.
    pub fn further(
        &self,
        store: &Store,
        roots: [&Thing; 3],
        context: &Context,
        most: usize,
    ) -> Option<Vec<Thing>> {
        store.reachable(&self.reach, roots, context, most)
    }
}

/// Types of principal and resource, and the policies for them.
type Pair = (EntityType, EntityType, Arc<Slice>);

/// Every policy, found by action and by types of principal and resource.
#[derive(Clone, Debug)]
pub struct Index {
    all: Vec<Arc<Line>>,
    /// With a schema: per action the pairs of types it allows.
    typed: Option<BTreeMap<EntityUID, Vec<Pair>>>,
}

impl Index {
    /// Sorts policies by the questions they can matter for. With a schema a policy that is typed as
    /// never applying to a kind of question is left out there.
    ///
    /// # Errors
    /// [`LineError`].
    pub fn new(set: &cedar_policy::PolicySet, schema: Option<&Schema>) -> Result<Self, LineError> {
        let all = lines(set)?;
        let typed = schema.map(|schema| typed(set, &all, schema));
        Ok(Self { all, typed })
    }

    /// The policies for a kind of question; `None` when the schema has no such question.
    pub fn slice(
        &self,
        principal: &EntityType,
        action: &Thing,
        resource: &EntityType,
    ) -> Option<Arc<Slice>> {
        if let Some(typed) = &self.typed {
            let pairs = typed.get(action.uid())?;
            let found = pairs.iter().find(|(of, on, _)| of == principal && on == resource);
            return found.map(|(_, _, slice)| Arc::clone(slice));
        }
        let within = |uid: &EntityUID| action.uid() == uid || action.entity().is_descendant_of(uid);
        let mut slice = Slice::default();
        for line in self.all.iter().filter(|line| line.fits(principal, resource, &within)) {
            slice.add(line);
        }
        Some(Arc::new(slice))
    }

    /// Every policy, by id.
    pub fn lines(&self) -> &[Arc<Line>] {
        &self.all
    }
}

fn typed(
    set: &cedar_policy::PolicySet,
    all: &[Arc<Line>],
    schema: &Schema,
) -> BTreeMap<EntityUID, Vec<Pair>> {
    let mut slices: BTreeMap<(EntityUID, EntityType, EntityType), Slice> = BTreeMap::new();
    for action in schema.actions() {
        for principal in &action.principals {
            for resource in &action.resources {
                let key = (action.thing.uid().clone(), principal.clone(), resource.clone());
                slices.insert(key, Slice::default());
            }
        }
    }
    for line in all {
        let id = cedar_policy::PolicyId::new(line.id().as_str());
        let Some(policy) = set.policy(&id) else { continue };
        for env in policy.get_valid_request_envs(schema.public()) {
            let kind = |name: &cedar_policy::EntityTypeName| crate::kind(&name.to_string());
            let action = env.action().to_string().parse::<EntityUID>();
            let (Ok(action), Some(principal), Some(resource)) =
                (action, kind(env.principal()), kind(env.resource()))
            else {
                continue;
            };
            if let Some(slice) = slices.get_mut(&(action, principal, resource)) {
                slice.add(line);
            }
        }
    }
    let mut pairs: BTreeMap<_, Vec<Pair>> = BTreeMap::new();
    for ((action, principal, resource), slice) in slices {
        pairs.entry(action).or_default().push((principal, resource, Arc::new(slice)));
    }
    pairs
}
