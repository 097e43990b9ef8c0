//! From a question as it was asked to things that policies can be asked about.

use std::sync::Arc;

use evaluator::{Context, EntityType, Session, Slice, Slots, Store, Thing, from_json};
use model::{Ask, Side};
use serde_json::{Map, Value as Json};

use crate::answer::{Answer, Fault};
use crate::folder::Folder;
use crate::limits::FURTHER_MAX;

/// Context keys that steer the answer and never reach a policy.
const STEERING: [&str; 1] = ["explain"];
/// The context key that holds what was stated for the action.
const ACTION: &str = "action";

/// A question ready to be evaluated.
pub(crate) struct Prepared {
    pub(crate) slice: Arc<Slice>,
    pub(crate) slots: Slots,
    pub(crate) context: Context,
    pub(crate) dropped: Vec<String>,
}

impl Folder {
    /// Answers one question over stored entities.
    pub fn ask(&self, store: &Store, ask: &Ask) -> Answer {
        let mut dropped = Vec::new();
        match self.prepare(store, ask, &mut dropped) {
            Ok(prepared) => {
                let session = Session::new(&prepared.slots, Arc::clone(&prepared.context));
                Answer::of(session.ask(prepared.slice.lines()), prepared.dropped)
            }
            Err(fault) => Answer::faulty(fault, dropped),
        }
    }

    pub(crate) fn prepare(
        &self,
        store: &Store,
        ask: &Ask,
        dropped: &mut Vec<String>,
    ) -> Result<Prepared, Fault> {
        let (principal, resource) = self.sides(store, ask, dropped)?;
        let action = self.action(store, &ask.action)?;
        let context = self.context(ask, dropped)?;
        let slice = self.slice(&principal, &action, &resource)?;
        let slots = slots(store, &slice, (principal, action, resource), &context)?;
        Ok(Prepared { slice, slots, context, dropped: std::mem::take(dropped) })
    }

    /// Both sides. Where they are one thing, what is stated on either side is said of it; two
    /// values for one attribute contradict each other.
    fn sides(
        &self,
        store: &Store,
        ask: &Ask,
        dropped: &mut Vec<String>,
    ) -> Result<(Thing, Thing), Fault> {
        let (subject, resource) = (&ask.subject, &ask.resource);
        if subject.kind != resource.kind || subject.id != resource.id {
            let principal = self.side(store, "subject", subject, dropped)?;
            return Ok((principal, self.side(store, "resource", resource, dropped)?));
        }
        let mut both = subject.clone();
        for (name, value) in &resource.properties {
            if both.properties.get(name).is_some_and(|other| other != value) {
                return Err(Fault::Contradiction(name.clone()));
            }
            both.properties.insert(name.clone(), value.clone());
        }
        let one = self.side(store, "subject", &both, dropped)?;
        Ok((one.clone(), one))
    }

    pub(crate) fn slice(
        &self,
        principal: &Thing,
        action: &Thing,
        resource: &Thing,
    ) -> Result<Arc<Slice>, Fault> {
        let (of, on) = (principal.uid().entity_type(), resource.uid().entity_type());
        self.index.slice(of, action, on).ok_or_else(|| Fault::WrongType {
            action: action.id().to_owned(),
            principal: of.to_string(),
            resource: on.to_string(),
        })
    }

    /// A type by its name: one that the schema declares, or, without a schema, any that can be one.
    pub(crate) fn kind(&self, store: &Store, name: &str) -> Result<EntityType, Fault> {
        let unknown = || Fault::UnknownType(name.to_owned());
        match &self.schema {
            Some(schema) => schema.shape(name).map(|shape| shape.kind.clone()).ok_or_else(unknown),
            None => store.kind(name).cloned().or_else(|| evaluator::kind(name)).ok_or_else(unknown),
        }
    }

    /// The stored thing with what is stated for it, or one made of what is stated.
    pub(crate) fn side(
        &self,
        store: &Store,
        of: &str,
        side: &Side,
        dropped: &mut Vec<String>,
    ) -> Result<Thing, Fault> {
        let stored = store.find(&side.kind, &side.id);
        if let Some(stored) = stored.filter(|_| side.properties.is_empty()) {
            return Ok(stored.clone());
        }
        let shape = self.schema.as_ref().and_then(|schema| schema.shape(&side.kind));
        let values = from_json(
            &format!("{of}.properties"),
            &side.properties,
            shape.map(|shape| &shape.attrs),
            dropped,
        );
        if let Some(stored) = stored {
            return Ok(stored.with(values?));
        }
        let kind = self.kind(store, &side.kind)?;
        if shape
            .and_then(|shape| shape.ids.as_ref())
            .is_some_and(|ids| !ids.iter().any(|id| *id == side.id))
        {
            return Err(Fault::UnknownId(side.id.clone()));
        }
        Ok(Thing::flat(&kind, &side.id, values?))
    }

    pub(crate) fn action(&self, store: &Store, name: &str) -> Result<Thing, Fault> {
        if let Some(shape) = self.named.get(name) {
            return Ok(shape.thing.clone());
        }
        if self.schema.is_some() {
            return Err(Fault::UnknownAction(name.to_owned()));
        }
        Ok(store.find("Action", name).cloned().unwrap_or_else(|| self.bare_action(name)))
    }

    pub(crate) fn context(&self, ask: &Ask, dropped: &mut Vec<String>) -> Result<Context, Fault> {
        let shape = self.named.get(&ask.action);
        let finish = |values| match (&self.schema, shape) {
            (Some(schema), Some(shape)) => {
                schema.check_context(shape, &values).map(|()| Arc::new(values))
            }
            _ => Ok(Arc::new(values)),
        };
        let steered =
            ask.context.keys().any(|name| name == ACTION || STEERING.contains(&name.as_str()));
        if !steered && ask.action_properties.is_none() {
            let shape = shape.map(|shape| &shape.context);
            return Ok(finish(from_json("context", &ask.context, shape, dropped)?)?);
        }
        let mut members: Map<String, Json> = ask
            .context
            .iter()
            .filter(|(name, _)| !STEERING.contains(&name.as_str()))
            .filter(|(name, value)| {
                // the engine's own value wins over a caller's of the same name
                let reserved = name.as_str() == ACTION;
                if reserved && !value.is_null() {
                    dropped.push(format!("context.{name}"));
                }
                !reserved
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let Some(properties) = &ask.action_properties {
            members.insert(ACTION.to_owned(), Json::Object(properties.clone()));
        }
        let values = from_json("context", &members, shape.map(|shape| &shape.context), dropped)?;
        Ok(finish(values)?)
    }
}

/// The entities of a question: its three things and whatever else the policies may read.
pub(crate) fn slots(
    store: &Store,
    slice: &Slice,
    (principal, action, resource): (Thing, Thing, Thing),
    context: &Context,
) -> Result<Slots, Fault> {
    let further = slice
        .further(store, [&principal, &action, &resource], context, FURTHER_MAX)
        .ok_or(Fault::TooFar(FURTHER_MAX))?;
    Ok(Slots::new(principal, action, resource, further))
}
