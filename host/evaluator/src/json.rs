//! JSON values as Cedar values and back.
//!
//! One rule for what Cedar cannot hold: a null says nothing and is left out; a number with a fraction
//! or beyond 64 bits is left out too, except where the schema asks for a `decimal` and four places
//! hold it; a key that the schema does not declare is left out. What is left out is told. A value of
//! another type than the schema says is a [`Misfit`]: then nothing can be decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::{EntityUID, Literal, Value, ValueKind};
use cedar_policy_core::entities::json::err::JsonDeserializationErrorContext;
use cedar_policy_core::entities::json::{CedarValueJson, SchemaType, ValueParser};
use cedar_policy_core::evaluator::RestrictedEvaluator;
use cedar_policy_core::extensions::Extensions;
use serde_json::{Map, Value as Json, json};
use smol_str::SmolStr;
use thiserror::Error;

use crate::schema::{Attribute, one_line};
use crate::thing;

/// A value of the wrong type.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("`{path}` is not {expected}")]
pub struct Misfit {
    /// Where, in dots.
    pub path: String,
    /// What is expected.
    pub expected: String,
}

/// Reads the members of an object, each against its declaration, if there is a schema.
///
/// # Errors
/// [`Misfit`].
pub fn from_json(
    of: &str,
    members: &Map<String, Json>,
    declared: Option<&BTreeMap<SmolStr, Attribute>>,
    dropped: &mut Vec<String>,
) -> Result<BTreeMap<SmolStr, Value>, Misfit> {
    let mut values = BTreeMap::new();
    for (name, value) in members {
        let path = || format!("{of}.{name}");
        let kind = match declared {
            None => None,
            Some(declared) => {
                let Some(attribute) = declared.get(name.as_str()) else {
                    dropped.push(path());
                    continue;
                };
                Some(&attribute.kind)
            }
        };
        if let Some(value) = one(&path, value, kind, dropped)? {
            values.insert(SmolStr::new(name), value);
        }
    }
    Ok(values)
}

fn literal(literal: Literal) -> Value {
    Value { value: ValueKind::Lit(literal), loc: None }
}

fn one(
    path: &dyn Fn() -> String,
    value: &Json,
    kind: Option<&SchemaType>,
    dropped: &mut Vec<String>,
) -> Result<Option<Value>, Misfit> {
    let misfit = |expected: &SchemaType| Misfit { path: path(), expected: expected.to_string() };
    Ok(match (value, kind) {
        (Json::Null, _) => None,
        (Json::Bool(bool), None | Some(SchemaType::Bool)) => Some(literal(Literal::Bool(*bool))),
        (Json::String(text), None | Some(SchemaType::String)) => {
            Some(literal(Literal::String(SmolStr::new(text))))
        }
        (Json::Number(number), kind) => match (number.as_i64(), kind) {
            (Some(long), None | Some(SchemaType::Long)) => Some(literal(Literal::Long(long))),
            (_, Some(SchemaType::Extension { name })) if name.to_string() == "decimal" => {
                decimal(&number.to_string(), path, dropped)
            }
            (None, _) => {
                dropped.push(path());
                None
            }
            (Some(_), Some(kind)) => return Err(misfit(kind)),
        },
        (Json::Array(items), None | Some(SchemaType::Set { .. } | SchemaType::EmptySet)) => {
            let inner = match kind {
                Some(SchemaType::Set { element_ty }) => Some(element_ty.as_ref()),
                _ => None,
            };
            let mut values = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                let path = || format!("{}[{index}]", path());
                values.extend(one(&path, item, inner, dropped)?);
            }
            Some(Value::set(values, None))
        }
        (Json::Object(members), kind) => object(path, value, members, kind, dropped)?,
        // A text may stand for an extension value where the schema says so.
        (Json::String(_), Some(kind @ SchemaType::Extension { .. })) => {
            Some(parsed(value, Some(kind)).map_err(|_| misfit(kind))?)
        }
        (_, Some(kind)) => return Err(misfit(kind)),
    })
}

fn object(
    path: &dyn Fn() -> String,
    value: &Json,
    members: &Map<String, Json>,
    kind: Option<&SchemaType>,
    dropped: &mut Vec<String>,
) -> Result<Option<Value>, Misfit> {
    let misfit = |expected: String| Misfit { path: path(), expected };
    if let Some(escaped) = members.get("__entity") {
        let uid = entity(escaped).ok_or_else(|| misfit("an entity reference".to_owned()))?;
        return match kind {
            Some(SchemaType::Entity { ty }) if ty != uid.entity_type() => {
                Err(misfit(ty.to_string()))
            }
            None | Some(SchemaType::Entity { .. }) => {
                Ok(Some(literal(Literal::EntityUID(Arc::new(uid)))))
            }
            Some(kind) => Err(misfit(kind.to_string())),
        };
    }
    match kind {
        Some(SchemaType::Entity { ty }) => {
            let uid = entity(value).filter(|uid| uid.entity_type() == ty);
            let uid = uid.ok_or_else(|| misfit(ty.to_string()))?;
            Ok(Some(literal(Literal::EntityUID(Arc::new(uid)))))
        }
        kind if members.contains_key("__extn")
            || matches!(kind, Some(SchemaType::Extension { .. })) =>
        {
            let words =
                || kind.map_or_else(|| "an extension value".to_owned(), ToString::to_string);
            parsed(value, kind).map(Some).map_err(|_| misfit(words()))
        }
        None => {
            let inner = from_json(&path(), members, None, dropped)?;
            Ok(Some(Value { value: ValueKind::Record(Arc::new(inner)), loc: None }))
        }
        Some(kind @ SchemaType::Record { attrs, .. }) => {
            let declared = attrs
                .iter()
                .map(|(name, a)| {
                    let kind = a.schema_type().clone();
                    (name.clone(), Attribute { kind, required: a.is_required() })
                })
                .collect();
            let inner = from_json(&path(), members, Some(&declared), dropped)?;
            let missing = declared.iter().any(|(n, a)| a.required && !inner.contains_key(n));
            if missing {
                return Err(misfit(kind.to_string()));
            }
            Ok(Some(Value { value: ValueKind::Record(Arc::new(inner)), loc: None }))
        }
        Some(kind) => Err(misfit(kind.to_string())),
    }
}

/// `{"type": …, "id": …}`, or Cedar's own printed form.
fn entity(value: &Json) -> Option<EntityUID> {
    match value {
        Json::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Json::as_str);
            Some(thing::uid(&thing::kind(text("type")?)?, text("id")?))
        }
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn decimal(digits: &str, path: &dyn Fn() -> String, dropped: &mut Vec<String>) -> Option<Value> {
    let text = if digits.contains('.') { digits.to_owned() } else { format!("{digits}.0") };
    let value = parsed(&json!({"__extn": {"fn": "decimal", "arg": text}}), None).ok();
    if value.is_none() {
        dropped.push(path());
    }
    value
}

/// Reads by Cedar's own parser; for extension values, which it builds.
fn parsed(value: &Json, kind: Option<&SchemaType>) -> Result<Value, String> {
    let extensions = Extensions::all_available();
    let context = || JsonDeserializationErrorContext::Context;
    let expression = ValueParser::new(extensions)
        .val_into_restricted_expr(value.clone(), kind, &context)
        .map_err(|error| one_line(&error.to_string()))?;
    RestrictedEvaluator::new(extensions)
        .interpret(expression.as_borrowed())
        .map(|value| value.with_maybe_source_loc(None))
        .map_err(|error| one_line(&error.to_string()))
}

/// A Cedar value as JSON, with the escapes that [`from_json`] reads.
pub fn to_json(value: &Value) -> Json {
    match &value.value {
        ValueKind::Lit(Literal::Bool(bool)) => json!(bool),
        ValueKind::Lit(Literal::Long(long)) => json!(long),
        ValueKind::Lit(Literal::String(text)) => json!(text.as_str()),
        ValueKind::Lit(Literal::EntityUID(uid)) => {
            let id: &str = uid.eid().as_ref();
            json!({"__entity": {"type": uid.entity_type().to_string(), "id": id}})
        }
        ValueKind::Set(set) => Json::Array(set.iter().map(to_json).collect()),
        ValueKind::Record(record) => {
            Json::Object(record.iter().map(|(n, v)| (n.to_string(), to_json(v))).collect())
        }
        ValueKind::ExtensionValue(_) => CedarValueJson::from_value(value.clone())
            .ok()
            .and_then(|value| serde_json::to_value(value).ok())
            .unwrap_or(Json::Null),
    }
}
