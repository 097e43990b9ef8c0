//! One question: principal, action, resource, context and the entities at hand, asked of policies.

use std::cell::OnceCell;
use std::sync::{Arc, OnceLock};

use cedar_policy_core::ast::{
    Context as CoreContext, Entity, EntityUID, EntityUIDEntry, Expr, Request, SlotEnv, Value,
};
use cedar_policy_core::entities::{Dereference, Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use crate::line::Line;
use crate::quick::{Cedar, Sight};
use crate::thing::{Context, Thing};

/// So many entities are looked through one by one; more are asked of Cedar's own table.
const NEAR_MAX: usize = 16;

/// The entities of one question.
#[derive(Debug)]
pub struct Slots {
    near: Vec<Arc<Entity>>,
    /// Cedar's table of them, made when its evaluator or many entities need it.
    entities: OnceLock<Entities>,
    principal: Thing,
    action: Thing,
    resource: Thing,
}

impl Slots {
    /// Principal, action and resource, and whatever else the policies may read. Ancestors are those
    /// that each entity carries: they are closed when an entity is stored.
    pub fn new(
        principal: Thing,
        action: Thing,
        resource: Thing,
        further: impl IntoIterator<Item = Thing>,
    ) -> Self {
        let mut near: Vec<Arc<Entity>> = Vec::with_capacity(8);
        let own = [&principal, &action, &resource].map(|thing| Arc::clone(thing.entity()));
        // The same thing may be principal and resource; the table takes an id once.
        for entity in own.into_iter().chain(further.into_iter().map(|t| Arc::clone(t.entity()))) {
            if !near.iter().any(|other| same(other.uid(), entity.uid())) {
                near.push(entity);
            }
        }
        Self { near, entities: OnceLock::new(), principal, action, resource }
    }

    pub(crate) fn entities(&self) -> &Entities {
        self.entities.get_or_init(|| {
            Entities::new()
                .add_entities(
                    self.near.iter().cloned(),
                    None::<&NoEntitiesSchema>,
                    TCComputation::AssumeAlreadyComputed,
                    Extensions::all_available(),
                )
                .unwrap_or_default()
        })
    }

    /// One of the entities.
    pub(crate) fn entity(&self, uid: &EntityUID) -> Option<&Entity> {
        if self.near.len() <= NEAR_MAX {
            return self.near.iter().map(AsRef::as_ref).find(|entity| same(entity.uid(), uid));
        }
        match self.entities().entity(uid) {
            Dereference::Data(entity) => Some(entity),
            _ => None,
        }
    }

    /// The principal.
    pub fn principal(&self) -> &Thing {
        &self.principal
    }

    /// The resource.
    pub fn resource(&self) -> &Thing {
        &self.resource
    }

    /// The action.
    pub fn action(&self) -> &Thing {
        &self.action
    }
}

/// Whether two are one; ids differ sooner than types.
fn same(a: &EntityUID, b: &EntityUID) -> bool {
    a.eid() == b.eid() && a.entity_type() == b.entity_type()
}

/// What policies said: which allowed, which forbade, which could not be evaluated.
#[derive(Clone, Default, Debug)]
pub struct Outcome {
    /// Satisfied permits.
    pub permits: Vec<Arc<Line>>,
    /// Satisfied forbids.
    pub forbids: Vec<Arc<Line>>,
    /// Policies that failed, with Cedar's words.
    pub errors: Vec<(Arc<Line>, String)>,
}

impl Outcome {
    /// Whether the answer is yes: something allows, nothing forbids, nothing failed.
    pub fn allowed(&self) -> bool {
        !self.permits.is_empty() && self.forbids.is_empty() && self.errors.is_empty()
    }
}

/// A question that policies are asked one by one.
pub struct Session<'e> {
    evaluator: OnceCell<Evaluator<'e>>,
    slots: &'e Slots,
    context: Context,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Cedar for Session<'_> {
    fn value(&self, expr: &Expr) -> Option<Value> {
        self.evaluator().interpret(expr, &SlotEnv::new()).ok()
    }
}

impl<'e> Session<'e> {
    /// A question over these entities.
    pub fn new(slots: &'e Slots, context: Context) -> Self {
        Self { evaluator: OnceCell::new(), slots, context }
    }

    /// Cedar's evaluator, made when something is left to it.
    pub(crate) fn evaluator(&self) -> &Evaluator<'e> {
        self.evaluator.get_or_init(|| {
            let known = |thing: &Thing| EntityUIDEntry::Known {
                euid: Arc::clone(thing.uid_arc()),
                loc: None,
            };
            let request = Request::new_unchecked(
                known(&self.slots.principal),
                known(&self.slots.action),
                known(&self.slots.resource),
                Some(CoreContext::Value(Arc::clone(&self.context))),
            );
            Evaluator::new(request, self.slots.entities(), Extensions::all_available())
        })
    }

    /// Whether the policy applies.
    ///
    /// # Errors
    /// Cedar's message when it cannot be evaluated.
    pub fn satisfied(&self, line: &Line) -> Result<bool, String> {
        match line.quick().holds(&self.sight()) {
            Some(holds) => Ok(holds),
            None => self.satisfied_by_cedar(line),
        }
    }

    pub(crate) fn sight(&self) -> Sight<'_> {
        Sight {
            cedar: self,
            principal: &self.slots.principal,
            action: &self.slots.action,
            resource: &self.slots.resource,
            context: &self.context,
            slots: self.slots,
        }
    }

    /// The same, asked of Cedar's evaluator alone.
    ///
    /// # Errors
    /// As [`Session::satisfied`].
    pub fn satisfied_by_cedar(&self, line: &Line) -> Result<bool, String> {
        let value = self
            .evaluator()
            .interpret(line.condition(), &SlotEnv::new())
            .map_err(|error| error.to_string())?;
        crate::explain::as_bool(&value)
            .ok_or_else(|| "the condition is not a truth value".to_owned())
    }

    /// Asks all of these.
    pub fn ask<'l>(&self, lines: impl IntoIterator<Item = &'l Arc<Line>>) -> Outcome {
        let mut outcome = Outcome::default();
        for line in lines {
            match self.satisfied(line) {
                Ok(true) if line.permit() => outcome.permits.push(Arc::clone(line)),
                Ok(true) => outcome.forbids.push(Arc::clone(line)),
                Ok(false) => {}
                Err(message) => outcome.errors.push((Arc::clone(line), message)),
            }
        }
        outcome
    }
}
