//! What a schema says, laid out for look-ups while a question is prepared.

use std::collections::BTreeMap;

use cedar_policy_core::ast::{EntityType, EntityUID, Literal, Value, ValueKind};
use cedar_policy_core::entities::conformance::EntitySchemaConformanceChecker;
use cedar_policy_core::entities::json::SchemaType;
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::types::Type;
use cedar_policy_core::validator::{CoreSchema, ValidatorSchema};
use smol_str::SmolStr;
use thiserror::Error;

use crate::thing::Thing;

/// A value that does not fit the schema.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{0}")]
pub struct SchemaMisfit(pub String);

/// One declared attribute or context key.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub(crate) kind: SchemaType,
    /// Whether it must be there.
    pub required: bool,
}

/// One entity type.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The type.
    pub kind: EntityType,
    /// Declared attributes.
    pub attrs: BTreeMap<SmolStr, Attribute>,
    /// The ids that exist, where the schema lists them.
    pub ids: Option<Vec<SmolStr>>,
}

/// One action.
#[derive(Clone, Debug)]
pub struct ActionShape {
    /// The action with the groups it lies in.
    pub thing: Thing,
    /// Types of principal and resource it is made for.
    pub principals: Vec<EntityType>,
    /// See `principals`.
    pub resources: Vec<EntityType>,
    /// Declared context keys.
    pub context: BTreeMap<SmolStr, Attribute>,
}

/// A schema.
#[derive(Clone, Debug)]
pub struct Schema {
    public: cedar_policy::Schema,
    shapes: BTreeMap<SmolStr, Shape>,
    actions: BTreeMap<SmolStr, ActionShape>,
}

impl Schema {
    /// Lays a schema out.
    ///
    /// # Errors
    /// [`SchemaMisfit`] for a type that values cannot have.
    pub fn new(public: &cedar_policy::Schema) -> Result<Self, SchemaMisfit> {
        let core: &ValidatorSchema = public.as_ref();
        let mut shapes = BTreeMap::new();
        for entity in core.entity_types() {
            let attrs = entity
                .attributes()
                .iter()
                .map(|(name, attribute)| {
                    let kind = schema_type(&attribute.attr_type)?;
                    Ok((name.clone(), Attribute { kind, required: attribute.is_required() }))
                })
                .collect::<Result<_, SchemaMisfit>>()?;
            let ids = enum_ids(core, entity.name());
            let shape = Shape { kind: entity.name().clone(), attrs, ids };
            shapes.insert(SmolStr::new(entity.name().to_string()), shape);
        }
        let all = core.action_entities().map_err(|error| SchemaMisfit(error.to_string()))?;
        let mut actions = BTreeMap::new();
        for action in core.action_ids() {
            let Some(entity) = all.iter().find(|entity| entity.uid() == action.name()) else {
                continue;
            };
            let context = match action.context_type().map(schema_type).transpose()? {
                Some(SchemaType::Record { attrs, .. }) => attrs
                    .iter()
                    .map(|(name, a)| {
                        let kind = a.schema_type().clone();
                        (name.clone(), Attribute { kind, required: a.is_required() })
                    })
                    .collect(),
                _ => BTreeMap::new(),
            };
            let shape = ActionShape {
                thing: Thing::of(std::sync::Arc::new(entity.clone())),
                principals: sorted(action.applies_to_principals()),
                resources: sorted(action.applies_to_resources()),
                context,
            };
            actions.insert(SmolStr::new(action.name().to_string()), shape);
        }
        Ok(Self { public: public.clone(), shapes, actions })
    }

    /// An entity type by its name.
    pub fn shape(&self, name: &str) -> Option<&Shape> {
        self.shapes.get(name)
    }

    /// Every entity type, by name.
    pub fn shapes(&self) -> impl Iterator<Item = (&SmolStr, &Shape)> {
        self.shapes.iter()
    }

    /// An action by its id.
    pub fn action(&self, uid: &EntityUID) -> Option<&ActionShape> {
        self.actions.get(uid.to_string().as_str())
    }

    /// Every action, by its printed id.
    pub fn actions(&self) -> impl Iterator<Item = &ActionShape> {
        self.actions.values()
    }

    /// The schema in Cedar's public form.
    pub fn public(&self) -> &cedar_policy::Schema {
        &self.public
    }

    pub(crate) fn core(&self) -> &ValidatorSchema {
        self.public.as_ref()
    }

    /// Whether a thing is as the schema says: type, attributes, ancestors, tags.
    ///
    /// # Errors
    /// Cedar's message, deepest cause.
    pub fn check(&self, thing: &Thing) -> Result<(), SchemaMisfit> {
        let core = CoreSchema::new(self.core());
        EntitySchemaConformanceChecker::new(&core, Extensions::all_available())
            .validate_entity(thing.entity())
            .map_err(|error| SchemaMisfit(one_line(&error.to_string())))
    }

    /// Whether a context is as the schema says for an action.
    ///
    /// # Errors
    /// Names the key.
    pub fn check_context(
        &self,
        action: &ActionShape,
        context: &BTreeMap<SmolStr, Value>,
    ) -> Result<(), SchemaMisfit> {
        self.check_record("context", &action.context, context)
    }

    fn check_record(
        &self,
        of: &str,
        declared: &BTreeMap<SmolStr, Attribute>,
        values: &BTreeMap<SmolStr, Value>,
    ) -> Result<(), SchemaMisfit> {
        for (name, value) in values {
            let Some(attribute) = declared.get(name) else {
                return Err(SchemaMisfit(format!("`{of}.{name}` is not in the schema")));
            };
            if !self.is(value, &attribute.kind) {
                let kind = &attribute.kind;
                return Err(SchemaMisfit(format!("`{of}.{name}` is not of type {kind}")));
            }
        }
        match declared.iter().find(|(name, a)| a.required && !values.contains_key(*name)) {
            Some((name, _)) => Err(SchemaMisfit(format!("`{of}.{name}` is missing"))),
            None => Ok(()),
        }
    }

    /// Whether a value is of a type.
    pub(crate) fn is(&self, value: &Value, kind: &SchemaType) -> bool {
        match (&value.value, kind) {
            (ValueKind::Lit(Literal::Bool(_)), SchemaType::Bool)
            | (ValueKind::Lit(Literal::Long(_)), SchemaType::Long)
            | (ValueKind::Lit(Literal::String(_)), SchemaType::String) => true,
            (ValueKind::Lit(Literal::EntityUID(uid)), SchemaType::Entity { ty }) => {
                uid.entity_type() == ty && self.exists(uid)
            }
            (ValueKind::Set(set), SchemaType::Set { element_ty }) => {
                set.iter().all(|item| self.is(item, element_ty))
            }
            (ValueKind::Set(set), SchemaType::EmptySet) => set.is_empty(),
            (ValueKind::Record(record), SchemaType::Record { attrs, open_attrs }) => {
                attrs.iter().all(|(name, a)| !a.is_required() || record.contains_key(name))
                    && record.iter().all(|(name, item)| {
                        attrs.get(name).map_or(*open_attrs, |a| self.is(item, a.schema_type()))
                    })
            }
            (ValueKind::ExtensionValue(found), SchemaType::Extension { name }) => {
                found.typename() == *name
            }
            _ => false,
        }
    }

    /// Whether an id can be: of a type whose ids are listed only those, of actions only the declared.
    fn exists(&self, uid: &EntityUID) -> bool {
        if uid.entity_type().is_action() {
            return self.action(uid).is_some();
        }
        let listed = self.shapes.get(uid.entity_type().to_string().as_str());
        listed.and_then(|shape| shape.ids.as_ref()).is_none_or(|ids| {
            let id: &str = uid.eid().as_ref();
            ids.iter().any(|own| own == id)
        })
    }
}

fn schema_type(kind: &Type) -> Result<SchemaType, SchemaMisfit> {
    kind.clone().try_into().map_err(SchemaMisfit)
}

fn enum_ids(core: &ValidatorSchema, kind: &EntityType) -> Option<Vec<SmolStr>> {
    use cedar_policy_core::entities::{EntityTypeDescription as _, Schema as _};
    let description = CoreSchema::new(core).entity_type(kind)?;
    let ids = description.enum_entity_eids()?;
    Some(ids.iter().map(|eid| SmolStr::new(AsRef::<str>::as_ref(eid))).collect())
}

fn sorted<'a>(kinds: impl Iterator<Item = &'a EntityType>) -> Vec<EntityType> {
    let mut kinds: Vec<EntityType> = kinds.cloned().collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

/// Multi-line tool messages on one line.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
