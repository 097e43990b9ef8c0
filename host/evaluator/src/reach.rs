//! How far a policy looks: which entities beyond principal, action and resource it may read.
//!
//! Cedar dereferences an entity to read an attribute or a tag, to ask whether it has one, and on the
//! left of `in`. An entity cannot be taken out of a set, so only attributes that are references
//! themselves, also inside records, lead further.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{BinaryOp, EntityUID, Expr, ExprKind, Literal};

/// What has to be at hand besides principal, action and resource.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Reach {
    /// References to follow from them, at most.
    pub(crate) hops: usize,
    /// Entities that the policy names and reads.
    pub(crate) named: BTreeSet<EntityUID>,
}

impl Reach {
    /// The reach of an expression.
    pub(crate) fn of(expr: &Expr) -> Self {
        let mut reach = Self::default();
        for part in expr.subexpressions() {
            let read = match part.expr_kind() {
                ExprKind::GetAttr { expr, .. } | ExprKind::HasAttr { expr, .. } => Some((expr, 0)),
                ExprKind::ExtHasAttr { expr, attrs } => Some((expr, attrs.len().saturating_sub(1))),
                ExprKind::BinaryApp {
                    op: BinaryOp::In | BinaryOp::GetTag | BinaryOp::HasTag,
                    arg1,
                    ..
                } => Some((arg1, 0)),
                _ => None,
            };
            if let Some((base, further)) = read {
                let hops = reach.spine(base).saturating_add(further);
                reach.hops = reach.hops.max(hops);
            }
        }
        reach
    }

    /// Most references between a variable or a named entity and the value of this expression.
    fn spine(&mut self, expr: &Expr) -> usize {
        match expr.expr_kind() {
            ExprKind::Lit(Literal::EntityUID(uid)) => {
                self.named.insert(uid.as_ref().clone());
                0
            }
            ExprKind::GetAttr { expr, .. } => self.spine(expr).saturating_add(1),
            ExprKind::BinaryApp { op: BinaryOp::GetTag, arg1, .. } => {
                self.spine(arg1).saturating_add(1)
            }
            ExprKind::If { then_expr, else_expr, .. } => {
                self.spine(then_expr).max(self.spine(else_expr))
            }
            ExprKind::Record(fields) => {
                fields.values().map(|field| self.spine(field)).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// Both together.
    pub(crate) fn join(&mut self, other: &Self) {
        self.hops = self.hops.max(other.hops);
        self.named.extend(other.named.iter().cloned());
    }
}
