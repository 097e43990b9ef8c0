//! Stored facts as Cedar values, checked: nothing missing, nothing dangling, nothing twice.

use std::sync::Arc;

use evaluator::{Context, SmolStr, Thing, text_of};
use model::{DivisionCode, Entity, EntityRef, Facts, Record, Request};
use thiserror::Error;

use crate::{
    compile::Compiled,
    slices::{ActionTable, EnvTable},
};

/// The context key that is filled in from the codes of the thing acted upon.
pub(crate) const FILLED: &str = "district";

/// Why a request and its facts cannot be decided; the answer is then always a deny.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum FactError {
    /// The schema has no such action.
    #[error("`{0}` is not an action of this edition; see `schemas/cedar/core.cedarschema`")]
    UnknownAction(String),
    /// The action is not made for these types.
    #[error("`{action}` does not apply to principal `{principal}` and resource `{resource}`")]
    WrongType {
        /// The action.
        action: String,
        /// The principal's type.
        principal: String,
        /// The resource's type.
        resource: String,
    },
    /// The facts are those of another person or thing.
    #[error("facts are about {facts}, the request about {request}; gather them again")]
    OtherThing {
        /// What the request names.
        request: EntityRef,
        /// What the facts describe.
        facts: EntityRef,
    },
    /// An attribute repeats the id or the place and says something else.
    #[error("`{attribute}` of {entity} contradicts its id or its place")]
    Contradiction {
        /// The thing.
        entity: EntityRef,
        /// The attribute.
        attribute: String,
    },
    /// The request was sent to another township than the thing lies in.
    #[error("the thing lies in township {actual}, not in {asked}")]
    OtherTownship {
        /// The township asked.
        asked: DivisionCode,
        /// Where the thing lies.
        actual: DivisionCode,
    },
    /// A value does not fit the schema.
    #[error("facts do not fit the schema: {0}")]
    Schema(String),
}

impl FactError {
    /// Stable code, used where a reason names a policy.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownAction(_) => "unknown-action",
            Self::WrongType { .. } => "unknown-type",
            Self::OtherThing { .. } => "facts-of-another",
            Self::Contradiction { .. } => "facts-contradict",
            Self::OtherTownship { .. } => "other-township",
            Self::Schema(_) => "facts-invalid",
        }
    }
}

/// What is asked about, all of it built before: the parts of one question.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The township whose rules are asked; that of the thing, where it lies in one.
    pub township: Option<DivisionCode>,
    /// Action.
    pub action: &'a str,
    /// Who.
    pub principal: &'a Thing,
    /// On what.
    pub resource: &'a Thing,
    /// Circumstances, with everything the schema requires.
    pub context: &'a Context,
}

/// A request ready to be evaluated.
pub(crate) struct Prepared<'a> {
    pub(crate) table: &'a ActionTable,
    pub(crate) env: &'a EnvTable,
    pub(crate) township: Option<DivisionCode>,
    pub(crate) principal: &'a Thing,
    pub(crate) resource: &'a Thing,
    pub(crate) context: Context,
}

impl Prepared<'_> {
    /// A policy of this kind of request.
    pub(crate) fn line(&self, id: &str) -> Option<&Arc<evaluator::Line>> {
        self.env.line(id)
    }
}

/// Everything that is checked for each question, with the schema at the door of the context. Things
/// were checked when they were built.
pub(crate) fn prepare<'a>(
    compiled: &'a Compiled,
    asked: &Asked<'a>,
) -> Result<Prepared<'a>, FactError> {
    let table = compiled
        .actions
        .get(asked.action)
        .ok_or_else(|| FactError::UnknownAction(asked.action.to_owned()))?;
    let kind = |thing: &Thing| thing.uid().entity_type().to_string();
    let (principal, resource) = (kind(asked.principal), kind(asked.resource));
    let Some(env) = table.env(&principal, &resource) else {
        return Err(FactError::WrongType { action: asked.action.to_owned(), principal, resource });
    };
    // One id is one thing; two sets of facts about it contradict each other.
    if !asked.principal.agrees_with(asked.resource) {
        let twice = reference(asked.resource);
        return Err(FactError::Schema(format!("{twice} is described twice, differently")));
    }
    let place = place(asked.resource)?;
    let township = match (asked.township, place.township) {
        (Some(asked), Some(actual)) if asked != actual => {
            return Err(FactError::OtherTownship { asked, actual });
        }
        (asked, actual) => actual.or(asked),
    };
    let context = filled(table, asked, place.district)?;
    compiled
        .schema
        .check_context(&table.shape, &context)
        .map_err(|error| FactError::Schema(error.to_string()))?;
    Ok(Prepared {
        table,
        env,
        township,
        principal: asked.principal,
        resource: asked.resource,
        context,
    })
}

/// The context with the district filled in where the action declares it; another one is refused.
fn filled(
    table: &ActionTable,
    asked: &Asked<'_>,
    district: Option<DivisionCode>,
) -> Result<Context, FactError> {
    let wants = table.shape.context.contains_key(FILLED);
    let (Some(district), true) = (district, wants) else { return Ok(Arc::clone(asked.context)) };
    let district = district.to_string();
    match asked.context.get(FILLED) {
        Some(stated) if text_of(stated) == Some(&district) => Ok(Arc::clone(asked.context)),
        Some(_) => Err(FactError::Contradiction {
            entity: reference(asked.resource),
            attribute: FILLED.to_owned(),
        }),
        None => {
            let mut context = asked.context.as_ref().clone();
            context.insert(SmolStr::new_static(FILLED), evaluator::text(district));
            Ok(Arc::new(context))
        }
    }
}

fn reference(thing: &Thing) -> EntityRef {
    EntityRef::new(thing.uid().entity_type().to_string(), thing.id())
}

/// Facts of the model as things, checked against the schema.
pub(crate) fn built(
    compiled: &Compiled,
    request: &Request,
    facts: &Facts,
) -> Result<(Thing, Thing, Context), FactError> {
    let table = compiled
        .actions
        .get(&request.action)
        .ok_or_else(|| FactError::UnknownAction(request.action.clone()))?;
    if table.env(&request.principal.kind, &request.resource.kind).is_none() {
        return Err(FactError::WrongType {
            action: request.action.clone(),
            principal: request.principal.kind.clone(),
            resource: request.resource.kind.clone(),
        });
    }
    same(&request.principal, &facts.principal.id)?;
    same(&request.resource, &facts.resource.id)?;
    let context = context(&facts.context);
    Ok((thing(compiled, &facts.principal)?, thing(compiled, &facts.resource)?, context))
}

/// A record of the model as a context.
pub(crate) fn context(record: &Record) -> Context {
    Arc::new(evaluator::record_of_model(record))
}

/// A stored thing of the model, with its id filled in where the schema says that an attribute repeats
/// it, checked against the schema.
pub(crate) fn thing(compiled: &Compiled, stored: &Entity) -> Result<Thing, FactError> {
    let shape = compiled
        .schema
        .shape(&stored.id.kind)
        .ok_or_else(|| FactError::Schema(format!("`{}` is no type", stored.id.kind)))?;
    let mut attrs = evaluator::record_of_model(&stored.attrs);
    if let Some(name) = compiled.notes.identity(&stored.id.kind) {
        match attrs.get(name) {
            Some(value) if text_of(value) == Some(&stored.id.id) => {}
            Some(_) => {
                return Err(FactError::Contradiction {
                    entity: stored.id.clone(),
                    attribute: name.to_owned(),
                });
            }
            None => {
                attrs.insert(SmolStr::new(name), evaluator::text(stored.id.id.as_str()));
            }
        }
    }
    let thing = Thing::flat(&shape.kind, &stored.id.id, attrs);
    compiled.schema.check(&thing).map_err(|error| FactError::Schema(error.to_string()))?;
    Ok(thing)
}

fn same(request: &EntityRef, facts: &EntityRef) -> Result<(), FactError> {
    if request == facts {
        return Ok(());
    }
    Err(FactError::OtherThing { request: request.clone(), facts: facts.clone() })
}

struct Place {
    township: Option<DivisionCode>,
    district: Option<DivisionCode>,
}

/// Where a thing lies. Codes that do not lie in each other are refused: a place held twice must not
/// be two facts.
fn place(thing: &Thing) -> Result<Place, FactError> {
    let code = |key: &str| -> Result<Option<DivisionCode>, FactError> {
        let Some(found) = thing.text(key) else { return Ok(None) };
        let bad =
            |_| FactError::Contradiction { entity: reference(thing), attribute: key.to_owned() };
        DivisionCode::parse(found).map(Some).map_err(bad)
    };
    let (township, village) = (code("township")?, code("village")?);
    let own = code("code")?.or(code("unit")?);
    let inner = village.or(own.filter(|_| township.is_some()));
    if township.zip(inner).is_some_and(|(outer, inner)| inner.township() != outer) {
        return Err(FactError::Contradiction {
            entity: reference(thing),
            attribute: "township".to_owned(),
        });
    }
    let innermost = inner.or(township).or(own);
    let below_county = |code: &DivisionCode| code.level() != model::DivisionLevel::County;
    Ok(Place {
        township: township.or_else(|| innermost.filter(below_county).map(DivisionCode::township)),
        district: innermost.map(DivisionCode::county),
    })
}
