//! What is left of the policies when one thing is not known yet (RFC 95): asked once, then evaluated
//! for each candidate instead of all policies.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy_core::ast::{Eid, EntityType, PolicySet, SlotEnv};
use cedar_policy_core::entities::{Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::tpe::entities::PartialEntities;
use cedar_policy_core::tpe::is_authorized;
use cedar_policy_core::tpe::request::{PartialEntityUID, PartialRequest};

use crate::explain::as_bool;
use crate::line::Line;
use crate::quick::Quick;
use crate::schema::Schema;
use crate::session::Session;
use crate::thing::{Context, Thing};

/// What is left of one policy.
#[derive(Debug)]
struct Left {
    expr: cedar_policy_core::ast::Expr,
    quick: Quick,
}

/// What is left to ask of each candidate.
#[derive(Debug)]
pub struct Residue {
    permits: Vec<Left>,
    forbids: Vec<Left>,
    always: bool,
}

impl Residue {
    /// Asks the policies with one side known by its type only. `None` when that cannot be done; the
    /// policies are then asked in full for each candidate.
    pub fn of(
        schema: &Schema,
        lines: &[Arc<Line>],
        principal: Result<&Thing, &EntityType>,
        action: &Thing,
        resource: Result<&Thing, &EntityType>,
        context: &Context,
    ) -> Option<Self> {
        let side = |side: Result<&Thing, &EntityType>| match side {
            Ok(thing) => PartialEntityUID {
                ty: thing.uid().entity_type().clone(),
                eid: Some(Eid::new(thing.id())),
            },
            Err(kind) => PartialEntityUID { ty: kind.clone(), eid: None },
        };
        let core = schema.core();
        let request = PartialRequest::new(
            side(principal),
            action.uid().clone(),
            side(resource),
            Some(Arc::clone(context)),
            core,
        )
        .ok()?;
        let known: Vec<_> = [principal.ok(), resource.ok()].into_iter().flatten().collect();
        let mut seen = BTreeSet::new();
        let own = known
            .iter()
            .filter(|thing| seen.insert(thing.uid().clone()))
            .map(|thing| Arc::clone(thing.entity()));
        let entities = Entities::new()
            .add_entities(
                own,
                None::<&NoEntitiesSchema>,
                TCComputation::AssumeAlreadyComputed,
                Extensions::all_available(),
            )
            .ok()?;
        let entities = PartialEntities::from_concrete(entities, core).ok()?;
        let policies =
            PolicySet::try_from_iter(lines.iter().map(|line| line.policy().clone())).ok()?;
        let answer = is_authorized(&policies, &request, &entities, core).ok()?;
        // Any error is a deny, for every candidate.
        let never = answer.true_forbids().next().is_some()
            || answer.error_forbids().next().is_some()
            || answer.error_permits().next().is_some();
        let left = |policy: &cedar_policy_core::tpe::response::ResidualPolicy| {
            let residual = policy.get_residual().as_ref().clone();
            let expr = cedar_policy_core::ast::Expr::from(residual);
            Left { quick: Quick::of(&expr), expr }
        };
        let permits: Vec<_> =
            if never { Vec::new() } else { answer.residual_permits().map(left).collect() };
        let always = !never && answer.true_permits().next().is_some();
        let forbids = answer.residual_forbids().map(left).collect();
        Some(Self { permits, forbids, always })
    }

    /// Whether no candidate can be allowed.
    pub fn never(&self) -> bool {
        self.permits.is_empty() && !self.always
    }

    /// Whether this candidate may be allowed; `false` is certain.
    pub fn may_allow(&self, session: &Session<'_>) -> bool {
        let sight = session.sight();
        let holds = |left: &Left| {
            left.quick.holds(&sight).or_else(|| {
                let value = session.evaluator().interpret(&left.expr, &SlotEnv::new());
                value.map_or(None, |value| as_bool(&value))
            })
        };
        let mut allowed = self.always;
        for permit in &self.permits {
            match holds(permit) {
                Some(yes) => allowed |= yes,
                None => return false,
            }
        }
        allowed && self.forbids.iter().all(|forbid| holds(forbid) == Some(false))
    }
}
