//! One question: principal, action, resource, context and the entities at hand, asked of policies.

use std::sync::Arc;

use cedar_policy_core::ast::{Context as CoreContext, EntityUIDEntry, Request, SlotEnv};
use cedar_policy_core::entities::{Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use crate::line::Line;
use crate::quick::Sight;
use crate::thing::{Context, Thing};

/// The entities of one question.
#[derive(Debug)]
pub struct Slots {
    entities: Entities,
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
        let own = [&principal, &action, &resource].map(|thing| Arc::clone(thing.entity()));
        let mut seen = Vec::with_capacity(8);
        let mut all = Vec::with_capacity(8);
        // The same thing may be principal and resource; the store takes an id once.
        for entity in own.into_iter().chain(further.into_iter().map(|t| Arc::clone(t.entity()))) {
            if !seen.contains(entity.uid()) {
                seen.push(entity.uid().clone());
                all.push(entity);
            }
        }
        let entities = Entities::new()
            .add_entities(
                all,
                None::<&NoEntitiesSchema>,
                TCComputation::AssumeAlreadyComputed,
                Extensions::all_available(),
            )
            .unwrap_or_default();
        Self { entities, principal, action, resource }
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
    pub(crate) evaluator: Evaluator<'e>,
    slots: &'e Slots,
    context: Context,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl<'e> Session<'e> {
    /// A question over these entities.
    pub fn new(slots: &'e Slots, context: Context) -> Self {
        let known =
            |thing: &Thing| EntityUIDEntry::Known { euid: Arc::clone(thing.uid_arc()), loc: None };
        let request = Request::new_unchecked(
            known(&slots.principal),
            known(&slots.action),
            known(&slots.resource),
            Some(CoreContext::Value(Arc::clone(&context))),
        );
        let evaluator = Evaluator::new(request, &slots.entities, Extensions::all_available());
        Self { evaluator, slots, context }
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
            principal: &self.slots.principal,
            action: &self.slots.action,
            resource: &self.slots.resource,
            context: &self.context,
            entities: &self.slots.entities,
            evaluator: &self.evaluator,
        }
    }

    /// The same, asked of Cedar's evaluator alone.
    ///
    /// # Errors
    /// As [`Session::satisfied`].
    pub fn satisfied_by_cedar(&self, line: &Line) -> Result<bool, String> {
        let value = self
            .evaluator
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
