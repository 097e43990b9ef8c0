//! The folder itself: policies sorted by question, schema laid out.

use std::collections::{BTreeMap, BTreeSet};

use evaluator::{ActionShape, EntityType, Index, LineError, Schema, Thing};
use model::Digest;
use package::plain::Plain;

/// Policies and schema of a folder, ready for questions. Shared, never changed.
#[derive(Clone, Debug)]
pub struct Folder {
    pub(crate) index: Index,
    pub(crate) schema: Option<Schema>,
    /// `Action::"name"` of the schema, by name.
    pub(crate) named: BTreeMap<String, ActionShape>,
    /// Without a schema: actions that policies name.
    pub(crate) mentioned: BTreeSet<String>,
    pub(crate) action: EntityType,
    digest: Digest,
    entities: Digest,
}

impl Folder {
    /// Prepares a folder.
    ///
    /// # Errors
    /// One line that says what cannot be used; a folder that `package` accepted gives none.
    pub fn new(plain: &Plain) -> Result<Self, String> {
        let schema = match &plain.schema {
            Some(public) => Some(Schema::new(public).map_err(|error| error.to_string())?),
            None => None,
        };
        let index = Index::new(&plain.policies, schema.as_ref())
            .map_err(|error: LineError| error.to_string())?;
        let action = evaluator::kind("Action").ok_or("`Action` is not a type")?;
        let named = schema
            .iter()
            .flat_map(Schema::actions)
            .filter(|shape| *shape.thing.uid().entity_type() == action)
            .map(|shape| (shape.thing.id().to_owned(), shape.clone()))
            .collect();
        let mentioned = index
            .lines()
            .iter()
            .flat_map(|line| line.actions_named())
            .filter(|uid| *uid.entity_type() == action)
            .map(|uid| AsRef::<str>::as_ref(uid.eid()).to_owned())
            .collect();
        Ok(Self {
            index,
            schema,
            named,
            mentioned,
            action,
            digest: plain.digest,
            entities: plain.entities,
        })
    }

    /// Digest of policies and schema.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Digest of the entities file it came with.
    pub fn entities_digest(&self) -> Digest {
        self.entities
    }

    /// The schema, if there is one.
    pub fn schema(&self) -> Option<&Schema> {
        self.schema.as_ref()
    }

    /// How many policies.
    pub fn policy_count(&self) -> usize {
        self.index.lines().len()
    }

    /// A policy by its id.
    pub fn policy(&self, id: &str) -> Option<&std::sync::Arc<evaluator::Line>> {
        self.index.lines().iter().find(|line| line.id() == id)
    }

    /// An action that nothing describes.
    pub(crate) fn bare_action(&self, name: &str) -> Thing {
        Thing::flat(&self.action, name, BTreeMap::new())
    }
}
