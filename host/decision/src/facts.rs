//! Stored facts as Cedar values, checked: nothing missing, nothing dangling, nothing twice.

use cedar_policy::{
    Context, Entities, Entity as CedarEntity, EntityId, EntityTypeName, EntityUid,
    RestrictedExpression,
};
use model::{DivisionCode, Entity, EntityRef, Facts, Record, Request, Value};
use thiserror::Error;

use crate::{
    compile::Compiled,
    notes::one_line,
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

/// A request ready to be evaluated.
pub(crate) struct Prepared<'a> {
    pub(crate) env: &'a EnvTable,
    pub(crate) township: Option<DivisionCode>,
    pub(crate) item: Option<&'a str>,
    pub(crate) step: Option<&'a str>,
    pub(crate) request: cedar_policy::Request,
    pub(crate) entities: Entities,
}

/// Builds everything Cedar needs, with the schema at each door.
pub(crate) fn prepare<'a>(
    compiled: &'a Compiled,
    township: Option<DivisionCode>,
    request: &Request,
    facts: &'a Facts,
) -> Result<Prepared<'a>, FactError> {
    let (table, env) = find(compiled, request)?;
    same(&request.principal, &facts.principal.id)?;
    same(&request.resource, &facts.resource.id)?;
    let place = place(compiled, &facts.resource)?;
    let township = match (township, place.township) {
        (Some(asked), Some(actual)) if asked != actual => {
            return Err(FactError::OtherTownship { asked, actual });
        }
        (asked, actual) => actual.or(asked),
    };
    let principal = uid(&env.principal, &facts.principal.id);
    let resource = uid(&env.resource, &facts.resource.id);
    let schema = |error: &dyn std::fmt::Display| FactError::Schema(one_line(&error.to_string()));
    let own = [
        entity(compiled, principal.clone(), &facts.principal)?,
        entity(compiled, resource.clone(), &facts.resource)?,
    ];
    let entities = table
        .entities
        .clone()
        .add_entities(own, Some(&compiled.schema))
        .map_err(|error| schema(&deepest(&error)))?;
    let context = context(compiled, request, facts, place.district)?;
    let request = cedar_policy::Request::new(
        principal,
        table.uid.clone(),
        resource,
        context,
        Some(&compiled.schema),
    )
    .map_err(|error| schema(&error))?;
    let text = |key: &str| text(&facts.resource.attrs, key);
    Ok(Prepared { env, township, item: text("item"), step: text("step"), request, entities })
}

fn deepest(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}

fn find<'a>(
    compiled: &'a Compiled,
    request: &Request,
) -> Result<(&'a ActionTable, &'a EnvTable), FactError> {
    let table = compiled
        .actions
        .get(&request.action)
        .ok_or_else(|| FactError::UnknownAction(request.action.clone()))?;
    let key = (request.principal.kind.clone(), request.resource.kind.clone());
    let env = table.envs.get(&key).ok_or_else(|| FactError::WrongType {
        action: request.action.clone(),
        principal: key.0.clone(),
        resource: key.1.clone(),
    })?;
    Ok((table, env))
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
fn place(compiled: &Compiled, thing: &Entity) -> Result<Place, FactError> {
    let code = |key: &str| -> Result<Option<DivisionCode>, FactError> {
        let identity = || {
            (compiled.notes.identity(&thing.id.kind) == Some(key)).then_some(thing.id.id.as_str())
        };
        let Some(found) = text(&thing.attrs, key).or_else(identity) else { return Ok(None) };
        let bad =
            |_| FactError::Contradiction { entity: thing.id.clone(), attribute: key.to_owned() };
        DivisionCode::parse(found).map(Some).map_err(bad)
    };
    let (township, village) = (code("township")?, code("village")?);
    let own = code("code")?.or(code("unit")?);
    let inner = village.or(own.filter(|_| township.is_some()));
    if township.zip(inner).is_some_and(|(outer, inner)| inner.township() != outer) {
        return Err(FactError::Contradiction {
            entity: thing.id.clone(),
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

fn text<'a>(record: &'a Record, key: &str) -> Option<&'a str> {
    match record.get(key) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn uid(kind: &EntityTypeName, id: &EntityRef) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(&id.id))
}

fn entity(compiled: &Compiled, uid: EntityUid, stored: &Entity) -> Result<CedarEntity, FactError> {
    let identity = compiled.notes.identity(&stored.id.kind);
    let same = |value: &Value| matches!(value, Value::Text(text) if *text == stored.id.id);
    if let Some(name) =
        identity.filter(|name| stored.attrs.get(*name).is_some_and(|value| !same(value)))
    {
        return Err(FactError::Contradiction {
            entity: stored.id.clone(),
            attribute: name.to_owned(),
        });
    }
    let filled = identity
        .filter(|name| !stored.attrs.contains_key(*name))
        .map(|name| (name.to_owned(), RestrictedExpression::new_string(stored.id.id.clone())));
    let attrs = stored.attrs.iter().map(|(name, value)| Ok((name.clone(), expression(value)?)));
    let attrs = attrs.chain(filled.map(Ok)).collect::<Result<_, FactError>>()?;
    CedarEntity::new(uid, attrs, std::iter::empty().collect())
        .map_err(|error| FactError::Schema(one_line(&error.to_string())))
}

fn context(
    compiled: &Compiled,
    request: &Request,
    facts: &Facts,
    district: Option<DivisionCode>,
) -> Result<Context, FactError> {
    let mut pairs = Vec::with_capacity(facts.context.len().saturating_add(1));
    for (name, value) in &facts.context {
        pairs.push((name.clone(), expression(value)?));
    }
    if let Some(district) = district.filter(|_| compiled.notes.wants_district(&request.action)) {
        match facts.context.get(FILLED) {
            None => pairs
                .push((FILLED.to_owned(), RestrictedExpression::new_string(district.to_string()))),
            Some(Value::Text(stated)) if *stated == district.to_string() => {}
            Some(_) => {
                return Err(FactError::Contradiction {
                    entity: facts.resource.id.clone(),
                    attribute: FILLED.to_owned(),
                });
            }
        }
    }
    Context::from_pairs(pairs).map_err(|error| FactError::Schema(one_line(&error.to_string())))
}

fn expression(value: &Value) -> Result<RestrictedExpression, FactError> {
    Ok(match value {
        Value::Bool(bool) => RestrictedExpression::new_bool(*bool),
        Value::Long(long) => RestrictedExpression::new_long(*long),
        Value::Text(text) => RestrictedExpression::new_string(text.clone()),
        Value::Set(values) => RestrictedExpression::new_set(
            values.iter().map(expression).collect::<Result<Vec<_>, _>>()?,
        ),
        Value::Record(record) => {
            let fields = record.iter().map(|(name, value)| Ok((name.clone(), expression(value)?)));
            RestrictedExpression::new_record(fields.collect::<Result<Vec<_>, FactError>>()?)
                .map_err(|error| FactError::Schema(one_line(&error.to_string())))?
        }
    })
}
