//! Prebuilt things: an entity with its id, and a context, both cheap to share.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use cedar_policy_core::ast::{
    Eid, Entity, EntityType, EntityUID, Literal, PartialValue, Value, ValueKind,
};
use smol_str::SmolStr;

use crate::value;

/// Named values of a context.
pub type Context = Arc<BTreeMap<SmolStr, Value>>;

/// An entity type by its name, e.g. `Person` or `App::User`; `None` when no type can be named so.
pub fn kind(name: &str) -> Option<EntityType> {
    EntityType::from_normalized_str(name).ok()
}

/// An entity's id.
pub fn uid(kind: &EntityType, id: &str) -> EntityUID {
    EntityUID::from_components(kind.clone(), Eid::new(id), None)
}

/// The id of an action without a namespace: `Action::"name"`.
pub fn action_uid(name: &str) -> Option<EntityUID> {
    Some(uid(&kind("Action")?, name))
}

/// A context from named values.
pub fn record(pairs: impl IntoIterator<Item = (SmolStr, Value)>) -> Context {
    Arc::new(pairs.into_iter().collect())
}

/// An entity, built once.
#[derive(Clone, Debug)]
pub struct Thing {
    uid: Arc<EntityUID>,
    entity: Arc<Entity>,
}

impl Thing {
    /// An entity without parents.
    pub fn flat(kind: &EntityType, id: &str, attrs: BTreeMap<SmolStr, Value>) -> Self {
        let uid = uid(kind, id);
        let attrs = attrs.into_iter().map(|(name, value)| (name, PartialValue::Value(value)));
        let none = HashSet::new;
        let entity = Entity::new_with_attr_partial_value(uid, attrs, none(), none(), []);
        Self::of(Arc::new(entity))
    }

    /// An entity from the model, without parents.
    pub fn of_model(kind: &EntityType, entity: &model::Entity) -> Self {
        Self::flat(kind, &entity.id.id, value::record_of_model(&entity.attrs))
    }

    pub(crate) fn of(entity: Arc<Entity>) -> Self {
        Self { uid: Arc::new(entity.uid().clone()), entity }
    }

    /// The same thing with further or other attributes.
    #[must_use]
    pub fn with(&self, attrs: impl IntoIterator<Item = (SmolStr, Value)>) -> Self {
        let (uid, mut own, indirect, parents, tags) = Entity::clone(&self.entity).into_inner();
        own.extend(attrs.into_iter().map(|(name, value)| (name, PartialValue::Value(value))));
        let entity = Entity::new_with_attr_partial_value(uid, own, indirect, parents, tags);
        Self { uid: Arc::clone(&self.uid), entity: Arc::new(entity) }
    }

    /// The same thing with further or other tags.
    #[must_use]
    pub fn with_tags(&self, tags: impl IntoIterator<Item = (SmolStr, Value)>) -> Self {
        let (uid, attrs, indirect, parents, mut own) = Entity::clone(&self.entity).into_inner();
        own.extend(tags.into_iter().map(|(name, value)| (name, PartialValue::Value(value))));
        let entity = Entity::new_with_attr_partial_value(uid, attrs, indirect, parents, own);
        Self { uid: Arc::clone(&self.uid), entity: Arc::new(entity) }
    }

    /// The same thing without some attributes, and without its tags where that is asked for.
    #[must_use]
    pub fn without(&self, gone: &dyn Fn(&str) -> bool, tags_too: bool) -> Self {
        let (uid, mut attrs, indirect, parents, mut tags) =
            Entity::clone(&self.entity).into_inner();
        attrs.retain(|name, _| !gone(name));
        tags.retain(|_, _| !tags_too);
        let entity = Entity::new_with_attr_partial_value(uid, attrs, indirect, parents, tags);
        Self { uid: Arc::clone(&self.uid), entity: Arc::new(entity) }
    }

    /// Whether both can stand in one question: they are different things, or the same in all parts.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.uid != other.uid
            || Arc::ptr_eq(&self.entity, &other.entity)
            || self.entity.deep_eq(&other.entity)
    }

    /// Type and id.
    pub fn uid(&self) -> &EntityUID {
        &self.uid
    }

    /// The id alone.
    pub fn id(&self) -> &str {
        self.uid.eid().as_ref()
    }

    pub(crate) fn uid_arc(&self) -> &Arc<EntityUID> {
        &self.uid
    }

    pub(crate) fn entity(&self) -> &Arc<Entity> {
        &self.entity
    }

    /// An attribute.
    pub fn attr(&self, name: &str) -> Option<&Value> {
        match self.entity.get(name) {
            Some(PartialValue::Value(value)) => Some(value),
            _ => None,
        }
    }

    /// All attributes, by name.
    pub fn attrs(&self) -> impl Iterator<Item = (&SmolStr, &Value)> {
        self.entity.attrs().filter_map(|(name, value)| match value {
            PartialValue::Value(value) => Some((name, value)),
            PartialValue::Residual(_) => None,
        })
    }

    /// All tags, by name.
    pub fn tags(&self) -> impl Iterator<Item = (&SmolStr, &Value)> {
        self.entity.tags().filter_map(|(name, value)| match value {
            PartialValue::Value(value) => Some((name, value)),
            PartialValue::Residual(_) => None,
        })
    }

    /// An attribute that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attr(name).and_then(as_text)
    }
}

/// A field of a record: `None` when the value is no record, `Some(None)` when it has no such field.
pub fn field<'v>(value: &'v Value, name: &str) -> Option<Option<&'v Value>> {
    match &value.value {
        ValueKind::Record(record) => Some(record.get(name)),
        _ => None,
    }
}

/// A value that is a text.
pub fn text_of(value: &Value) -> Option<&str> {
    as_text(value)
}

/// A value that is a text.
pub(crate) fn as_text(value: &Value) -> Option<&str> {
    match &value.value {
        ValueKind::Lit(Literal::String(text)) => Some(text.as_str()),
        _ => None,
    }
}
