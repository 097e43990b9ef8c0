//! One policy, ready to be evaluated: its condition is built once, not for each question.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::{
    ActionConstraint, Effect, EntityType, EntityUID, Expr, ExprBuilder, ExprKind, Policy,
    PrincipalOrResourceConstraint,
};
use cedar_policy_core::expr_builder::ExprBuilder as _;
use smol_str::SmolStr;
use thiserror::Error;

use crate::quick::Quick;
use crate::reach::Reach;

/// Why a policy cannot be evaluated here.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum LineError {
    /// A template link: its slots are filled from elsewhere.
    #[error("`{0}` is linked from a template; write a plain policy")]
    Linked(String),
}

/// Which actions the scope names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Actions {
    Any,
    Only(EntityUID),
    /// These and what lies in them.
    Within(Vec<EntityUID>),
}

/// One policy. Shared, never changed.
#[derive(Clone, Debug)]
pub struct Line {
    id: SmolStr,
    permit: bool,
    condition: Arc<Expr>,
    quick: Quick,
    policy: Policy,
    pub(crate) principal: Option<EntityType>,
    pub(crate) resource: Option<EntityType>,
    pub(crate) actions: Actions,
    pub(crate) reach: Reach,
}

impl Line {
    /// Prepares a policy.
    ///
    /// # Errors
    /// [`LineError::Linked`].
    pub fn new(policy: &cedar_policy::Policy) -> Result<Self, LineError> {
        let core: &Policy = policy.as_ref();
        if !core.is_static() {
            return Err(LineError::Linked(core.id().to_string()));
        }
        let condition = plain(&core.condition());
        let of = |constraint: &PrincipalOrResourceConstraint| match constraint {
            PrincipalOrResourceConstraint::Is(kind)
            | PrincipalOrResourceConstraint::IsIn(kind, _) => Some(kind.as_ref().clone()),
            PrincipalOrResourceConstraint::Eq(_) => {
                constraint.get_euid().map(|uid| uid.entity_type().clone())
            }
            _ => None,
        };
        let actions = match core.action_constraint() {
            ActionConstraint::Eq(uid) => Actions::Only(uid.as_ref().clone()),
            ActionConstraint::In(uids) => {
                Actions::Within(uids.iter().map(|uid| uid.as_ref().clone()).collect())
            }
            ActionConstraint::Any => Actions::Any,
        };
        Ok(Self {
            id: SmolStr::new(core.id()),
            permit: core.effect() == Effect::Permit,
            principal: of(core.principal_constraint().as_inner()),
            resource: of(core.resource_constraint().as_inner()),
            actions,
            reach: Reach::of(&condition),
            quick: Quick::of(&condition),
            condition: Arc::new(condition),
            policy: core.clone(),
        })
    }

    /// The policy's id.
    pub fn id(&self) -> &SmolStr {
        &self.id
    }

    /// Whether it allows; otherwise it forbids.
    pub fn permit(&self) -> bool {
        self.permit
    }

    /// An annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        let key = key.parse().ok()?;
        self.policy.annotation(&key).map(AsRef::as_ref)
    }

    /// Actions and groups of actions that the scope names.
    pub fn actions_named(&self) -> &[EntityUID] {
        match &self.actions {
            Actions::Any => &[],
            Actions::Only(uid) => std::slice::from_ref(uid),
            Actions::Within(uids) => uids,
        }
    }

    pub(crate) fn condition(&self) -> &Expr {
        &self.condition
    }

    pub(crate) fn quick(&self) -> &Quick {
        &self.quick
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether the scope can fit these types and this action (with the groups it lies in).
    pub(crate) fn fits(
        &self,
        principal: &EntityType,
        resource: &EntityType,
        is_within: &dyn Fn(&EntityUID) -> bool,
    ) -> bool {
        self.principal.as_ref().is_none_or(|own| own == principal)
            && self.resource.as_ref().is_none_or(|own| own == resource)
            && match &self.actions {
                Actions::Any => true,
                Actions::Only(uid) => is_within(uid),
                Actions::Within(uids) => uids.iter().any(is_within),
            }
    }
}

/// Every policy of a set, by id. Templates without links authorise nothing and are left out.
///
/// # Errors
/// [`LineError`].
pub fn lines(set: &cedar_policy::PolicySet) -> Result<Vec<Arc<Line>>, LineError> {
    let mut all: BTreeMap<SmolStr, Arc<Line>> = BTreeMap::new();
    for policy in set.policies() {
        let line = Line::new(policy)?;
        all.insert(line.id.clone(), Arc::new(line));
    }
    Ok(all.into_values().collect())
}

/// The same expression without source places. Evaluating hands the place of each node to its value,
/// and the places of one file share one counter, which threads would fight over.
fn plain(expr: &Expr) -> Expr {
    let one = |inner: &Arc<Expr>| Arc::new(plain(inner));
    let kind = match expr.expr_kind() {
        ExprKind::If { test_expr, then_expr, else_expr } => ExprKind::If {
            test_expr: one(test_expr),
            then_expr: one(then_expr),
            else_expr: one(else_expr),
        },
        ExprKind::And { left, right } => ExprKind::And { left: one(left), right: one(right) },
        ExprKind::Or { left, right } => ExprKind::Or { left: one(left), right: one(right) },
        ExprKind::UnaryApp { op, arg } => ExprKind::UnaryApp { op: *op, arg: one(arg) },
        ExprKind::BinaryApp { op, arg1, arg2 } => {
            ExprKind::BinaryApp { op: *op, arg1: one(arg1), arg2: one(arg2) }
        }
        ExprKind::ExtensionFunctionApp { fn_name, args } => ExprKind::ExtensionFunctionApp {
            fn_name: fn_name.clone(),
            args: Arc::new(args.iter().map(plain).collect()),
        },
        ExprKind::GetAttr { expr, attr } => {
            ExprKind::GetAttr { expr: one(expr), attr: attr.clone() }
        }
        ExprKind::HasAttr { expr, attr } => {
            ExprKind::HasAttr { expr: one(expr), attr: attr.clone() }
        }
        ExprKind::ExtHasAttr { expr, attrs } => {
            ExprKind::ExtHasAttr { expr: one(expr), attrs: attrs.clone() }
        }
        ExprKind::Like { expr, pattern } => {
            ExprKind::Like { expr: one(expr), pattern: pattern.clone() }
        }
        ExprKind::Is { expr, entity_type } => {
            ExprKind::Is { expr: one(expr), entity_type: entity_type.clone() }
        }
        ExprKind::Set(items) => ExprKind::Set(Arc::new(items.iter().map(plain).collect())),
        ExprKind::Record(fields) => ExprKind::Record(Arc::new(
            fields.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        )),
        leaf @ (ExprKind::Lit(_) | ExprKind::Var(_) | ExprKind::Slot(_) | ExprKind::Unknown(_)) => {
            leaf.clone()
        }
    };
    ExprBuilder::new().with_expr_kind(kind)
}
