//! From an edition's policies to slices, once per edition; whatever cannot be sliced is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};
use evaluator::Line;
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
    /// An attribute that repeats an entity's id, and is to be kept out of the record.
    #[error(
        "`{name}` of `{owner}` is both `@identity` and `@personal`; ids stand in every record, so give the value an attribute of its own"
    )]
    IdentityIsPersonal {
        /// Entity type or action.
        owner: String,
        /// Attribute or context key.
        name: String,
    },
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
    pub(crate) schema: evaluator::Schema,
    pub(crate) notes: Notes,
    pub(crate) digest: Digest,
    pub(crate) actions: BTreeMap<String, ActionTable>,
    pub(crate) rules: BTreeMap<String, Rule>,
    /// All policies, per township with an overlay; `None` is the district alone.
    pub(crate) whole: BTreeMap<Option<DivisionCode>, Vec<Arc<Line>>>,
}

/// Compiles an edition's sources. Each policy is looked at once, however many townships there are.
pub(crate) fn compile(sources: Sources<'_>) -> Result<Compiled, BuildError> {
    let notes = Notes::read(sources.schema_text)?;
    let mut rules = BTreeMap::new();
    read_rules(sources.base, &mut rules)?;
    let validator = Validator::new(sources.schema.clone());
    valid(&validator, sources.base)?;
    let base = lines(sources.base)?;
    let mut own_lines = BTreeMap::new();
    for (&township, overlay) in sources.overlays {
        let mut own = BTreeMap::new();
        read_rules(overlay, &mut own)?;
        fence(township, &own)?;
        let twice = |id: &String| rules.contains_key(id);
        let same_name = overlay
            .policies()
            .map(cedar_policy::Policy::id)
            .find(|id| sources.base.policy(id).is_some());
        if let Some(id) =
            own.keys().find(|id| twice(id)).cloned().or(same_name.map(ToString::to_string))
        {
            return Err(BuildError::DuplicateId { township, detail: format!("`{id}`") });
        }
        rules.extend(own);
        // Validation looks at one policy at a time, so the district's need no second look.
        valid(&validator, overlay)?;
        own_lines.insert(township, lines(overlay)?);
    }
    let all = own_lines.values().chain([&base]).flatten();
    label(&notes, &mut rules, all.map(Arc::as_ref));
    let schema = evaluator::Schema::new(sources.schema)
        .map_err(|error| BuildError::Schema(error.to_string()))?;
    let parts = own_lines.iter().map(|(&township, own)| (Some(township), own));
    let actions = tables(&sources, &schema, &rules, parts.chain([(None, &base)]))?;
    let mut whole: BTreeMap<_, _> = own_lines
        .into_iter()
        .map(|(township, own)| (Some(township), together(&base, own)))
        .collect();
    whole.insert(None, base);
    Ok(Compiled { actions, schema, notes, digest: sources.digest, rules, whole })
}

fn valid(validator: &Validator, set: &PolicySet) -> Result<(), BuildError> {
    let result = validator.validate(set, ValidationMode::Strict);
    match result.validation_errors().next() {
        Some(error) => Err(BuildError::Invalid(one_line(&error.to_string()))),
        None => Ok(()),
    }
}

fn lines(set: &PolicySet) -> Result<Vec<Arc<Line>>, BuildError> {
    evaluator::lines(set).map_err(|_| BuildError::Template)
}

/// The district's lines and a township's own, by id.
fn together(base: &[Arc<Line>], own: Vec<Arc<Line>>) -> Vec<Arc<Line>> {
    let mut all = Vec::with_capacity(base.len().saturating_add(own.len()));
    all.extend(base.iter().map(Arc::clone));
    all.extend(own);
    all.sort_by(|one, other| one.id().cmp(other.id()));
    all
}

/// Notes for each policy which labels the attributes it reads carry.
fn label<'a>(
    notes: &Notes,
    rules: &mut BTreeMap<String, Rule>,
    lines: impl Iterator<Item = &'a Line>,
) {
    for line in lines {
        let Some(rule) = rules.get_mut(line.id().as_str()) else { continue };
        for path in line.reads() {
            rule.labels.extend(notes.labels_of(&path).map(str::to_owned));
        }
    }
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

fn tables<'a>(
    sources: &Sources<'_>,
    laid_out: &evaluator::Schema,
    rules: &BTreeMap<String, Rule>,
    parts: impl Iterator<Item = (Option<DivisionCode>, &'a Vec<Arc<Line>>)>,
) -> Result<BTreeMap<String, ActionTable>, BuildError> {
    let schema = sources.schema;
    let mut actions = BTreeMap::new();
    for shape in laid_out.actions() {
        let mut table = ActionTable::new(shape.clone());
        for principal in &shape.principals {
            for resource in &shape.resources {
                let key = (principal.to_string(), resource.to_string());
                table.envs.insert(key, EnvTable::new());
            }
        }
        // groups of actions are for nobody to ask about
        if !table.envs.is_empty() {
            actions.insert(shape.thing.id().to_owned(), table);
        }
    }
    if actions.is_empty() {
        return Err(BuildError::Schema("it declares no action".to_owned()));
    }
    for (owner, lines) in parts {
        let own = owner.and_then(|township| sources.overlays.get(&township));
        let set = own.unwrap_or(sources.base);
        for line in lines {
            let id = cedar_policy::PolicyId::new(line.id().as_str());
            let (Some(rule), Some(policy)) = (rules.get(line.id().as_str()), set.policy(&id))
            else {
                continue;
            };
            for env in policy.get_valid_request_envs(schema) {
                let key = (env.principal().to_string(), env.resource().to_string());
                let table = actions.get_mut(env.action().id().unescaped());
                if let Some(table) = table.and_then(|table| table.envs.get_mut(&key)) {
                    table.add(owner, rule, line);
                }
            }
        }
    }
    Ok(actions)
}
