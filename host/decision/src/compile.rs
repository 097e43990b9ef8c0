//! From an edition's policies to slices, once per edition; whatever cannot be sliced is refused.

use std::collections::BTreeMap;

use cedar_policy::{Entities, PolicySet, Schema, ValidationMode, Validator};
use model::{Digest, DivisionCode};
use thiserror::Error;

use crate::{
    notes::{Notes, one_line},
    rule::Rule,
    slices::{ActionTable, EnvTable},
};

/// What a [`Decider`](crate::Decider) is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The edition's schema.
    pub schema: &'a Schema,
    /// The same schema as text; its annotations name the attributes a caller may state.
    pub schema_text: &'a str,
    /// The district's policies, named by their `@id`.
    pub base: &'a PolicySet,
    /// Each township's own policies.
    pub overlays: &'a BTreeMap<DivisionCode, PolicySet>,
    /// Content digest of the edition, repeated in every answer.
    pub digest: Digest,
}

/// Why policies cannot be used for decisions.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum BuildError {
    /// The schema's text cannot be read, or it has no action.
    #[error("the schema cannot be used: {0}")]
    Schema(String),
    /// Strict validation found an error.
    #[error("policies do not fit the schema: {0}; run `xiangyue check` for the place")]
    Invalid(String),
    /// Templates are never evaluated, so a set with one says less than it seems to.
    #[error("the policies hold a template; write a plain policy for each case")]
    Template,
    /// The same id in the district's and in a township's policies.
    #[error(
        "township {township} uses a policy id of the district: {detail}; give it an id of its own"
    )]
    DuplicateId {
        /// The township.
        township: DivisionCode,
        /// Cedar's message.
        detail: String,
    },
    /// A township's permit that is not on an item of its own.
    #[error(
        "`{policy}` of township {township} allows something outside its own items; \
         start its first `when` with `resource.item == \"{prefix}…\"`"
    )]
    ForeignPermit {
        /// The township.
        township: DivisionCode,
        /// The policy.
        policy: String,
        /// How ids of the township's own items begin.
        prefix: String,
    },
    /// A policy has no JSON form.
    #[error("`{policy}` cannot be analysed: {detail}")]
    Policy {
        /// The policy.
        policy: String,
        /// Cedar's message.
        detail: String,
    },
}

/// Everything [`Decider`](crate::Decider) looks up.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) schema: Schema,
    pub(crate) notes: Notes,
    pub(crate) digest: Digest,
    pub(crate) actions: BTreeMap<String, ActionTable>,
    pub(crate) rules: BTreeMap<String, Rule>,
    /// The whole sets, per township with an overlay; `None` is the base alone.
    pub(crate) whole: BTreeMap<Option<DivisionCode>, PolicySet>,
    /// Entity types of the schema.
    pub(crate) kinds: std::collections::BTreeSet<String>,
}

/// Compiles an edition's sources.
pub(crate) fn compile(sources: Sources<'_>) -> Result<Compiled, BuildError> {
    let notes = Notes::read(sources.schema_text)?;
    let mut whole = BTreeMap::from([(None, sources.base.clone())]);
    let mut rules = BTreeMap::new();
    read_rules(sources.base, &mut rules)?;
    for (&township, overlay) in sources.overlays {
        let mut own = BTreeMap::new();
        read_rules(overlay, &mut own)?;
        fence(township, &own)?;
        let mut merged = sources.base.clone();
        merged.merge(overlay, false).map_err(|error| BuildError::DuplicateId {
            township,
            detail: one_line(&error.to_string()),
        })?;
        if let Some(id) = own.keys().find(|id| rules.contains_key(*id)) {
            return Err(BuildError::DuplicateId { township, detail: format!("`{id}`") });
        }
        rules.extend(own);
        whole.insert(Some(township), merged);
    }
    let validator = Validator::new(sources.schema.clone());
    for set in whole.values() {
        let result = validator.validate(set, ValidationMode::Strict);
        if let Some(error) = result.validation_errors().next() {
            return Err(BuildError::Invalid(one_line(&error.to_string())));
        }
    }
    Ok(Compiled {
        schema: sources.schema.clone(),
        notes,
        digest: sources.digest,
        actions: tables(&sources, &rules)?,
        rules,
        whole,
        kinds: sources.schema.entity_types().map(ToString::to_string).collect(),
    })
}

fn read_rules(set: &PolicySet, rules: &mut BTreeMap<String, Rule>) -> Result<(), BuildError> {
    if set.num_of_templates() > 0 || set.policies().any(|policy| !policy.is_static()) {
        return Err(BuildError::Template);
    }
    for policy in set.policies() {
        let json = policy.to_json().map_err(|error| BuildError::Policy {
            policy: policy.id().to_string(),
            detail: one_line(&error.to_string()),
        })?;
        let rule = Rule::read(policy, &json);
        rules.insert(rule.id.clone(), rule);
    }
    Ok(())
}

/// INVARIANT (fence): a township's permit is evaluated only for an item of that township.
///
/// An item id of township `370285102000` starts with `370285102-`.
fn fence(township: DivisionCode, own: &BTreeMap<String, Rule>) -> Result<(), BuildError> {
    let prefix = format!("{}-", township.to_string().chars().take(9).collect::<String>());
    let local = |rule: &Rule| {
        rule.item.as_ref().or(rule.opens.as_ref()).is_some_and(|item| item.starts_with(&prefix))
    };
    match own.values().find(|rule| rule.permit && !local(rule)) {
        Some(rule) => Err(BuildError::ForeignPermit { township, policy: rule.id.clone(), prefix }),
        None => Ok(()),
    }
}

fn tables(
    sources: &Sources<'_>,
    rules: &BTreeMap<String, Rule>,
) -> Result<BTreeMap<String, ActionTable>, BuildError> {
    let schema = sources.schema;
    let mut actions = empty_tables(schema)?;
    for env in schema.request_envs() {
        if let Some(table) = actions.get_mut(env.action().id().unescaped()) {
            let key = (env.principal().to_string(), env.resource().to_string());
            table.envs.insert(key, EnvTable::new(env.principal().clone(), env.resource().clone()));
        }
    }
    let overlays = sources.overlays.iter().map(|(&township, overlay)| (Some(township), overlay));
    for (owner, set) in std::iter::once((None, sources.base)).chain(overlays) {
        for policy in set.policies() {
            let Some(rule) = rules.get(&policy.id().to_string()) else { continue };
            for env in policy.get_valid_request_envs(schema) {
                let key = (env.principal().to_string(), env.resource().to_string());
                let table = actions.get_mut(env.action().id().unescaped());
                if let Some(table) = table.and_then(|table| table.envs.get_mut(&key)) {
                    table.add(owner, rule, policy)?;
                }
            }
        }
    }
    Ok(actions)
}

fn empty_tables(schema: &Schema) -> Result<BTreeMap<String, ActionTable>, BuildError> {
    let failed = |error: cedar_policy::entities_errors::EntitiesError| {
        BuildError::Schema(one_line(&error.to_string()))
    };
    let all = schema.action_entities().map_err(failed)?;
    let mut actions = BTreeMap::new();
    for uid in schema.actions() {
        // the action and its groups; `in` on a missing group would be false without any error
        let groups = all.ancestors(uid).into_iter().flatten().filter_map(|group| all.get(group));
        let own = all.get(uid).into_iter().chain(groups).cloned();
        let entities = Entities::from_entities(own, None).map_err(failed)?;
        actions.insert(uid.id().unescaped().to_owned(), ActionTable::new(uid.clone(), entities));
    }
    if actions.is_empty() {
        return Err(BuildError::Schema("it declares no action".to_owned()));
    }
    Ok(actions)
}
