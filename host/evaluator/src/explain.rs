//! Why a policy did not apply: its conditions, whether each held, and the values they read.

use cedar_policy_core::ast::{Expr, ExprKind, Literal, Value, ValueKind, Var};

use crate::line::Line;
use crate::quick::Cedar as _;
use crate::session::Session;

/// A value that a condition read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    /// The variable it starts from and the names on the way, e.g. `resource`, `item`.
    pub path: Vec<String>,
    /// What was there; `None` when nothing was.
    pub value: Option<Value>,
}

/// One operand of a policy's outermost chain of `&&`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// As Cedar prints it.
    pub text: String,
    /// What came of it; `None` where only the rule is told.
    pub found: Option<Found>,
}

/// What came of a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Whether it holds; `None` when it cannot be evaluated.
    pub holds: Option<bool>,
    /// The values it reads, in order of appearance, each once.
    pub reads: Vec<Reading>,
}

impl Condition {
    /// Whether it is known to hold.
    pub fn held(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.holds == Some(true))
    }
}

/// A value that is a truth value.
pub(crate) fn as_bool(value: &Value) -> Option<bool> {
    match &value.value {
        ValueKind::Lit(Literal::Bool(bool)) => Some(*bool),
        _ => None,
    }
}

impl Session<'_> {
    /// The conditions of a policy up to and including the first that does not hold, in the order in
    /// which they are evaluated. The scope comes first.
    pub fn conditions(&self, line: &Line) -> Vec<Condition> {
        let mut found = Vec::new();
        for part in line.parts() {
            let condition = self.condition(part);
            let held = condition.held();
            found.push(condition);
            if !held {
                break;
            }
        }
        found
    }

    /// How many conditions of a policy hold before the first that does not.
    pub fn held(&self, line: &Line) -> usize {
        conjuncts(line.condition())
            .into_iter()
            .take_while(|part| self.value(part).as_ref().and_then(as_bool) == Some(true))
            .count()
    }

    fn condition(&self, expr: &Expr) -> Condition {
        let mut paths: Vec<(Vec<String>, &Expr)> = Vec::new();
        collect(expr, &mut paths);
        let reads = paths
            .into_iter()
            .map(|(path, expr)| Reading { path, value: self.value(expr) })
            .collect();
        let found = Found { holds: self.value(expr).as_ref().and_then(as_bool), reads };
        Condition { text: expr.to_string(), found: Some(found) }
    }
}

impl Line {
    /// All conditions of the policy as they are written, without what came of them.
    pub fn requirements(&self) -> Vec<Condition> {
        self.parts().map(|part| Condition { text: part.to_string(), found: None }).collect()
    }

    fn parts(&self) -> impl Iterator<Item = &Expr> {
        let all = conjuncts(self.condition()).into_iter();
        all.filter(|part| !matches!(part.expr_kind(), ExprKind::Lit(Literal::Bool(true))))
    }

    /// Attributes and context keys that the policy reads: the variable and the names on the way. The
    /// variable is empty where the names are read of something that is worked out first.
    pub fn reads(&self) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        collect(self.condition(), &mut paths);
        let mut all: Vec<_> = paths.into_iter().map(|(path, _)| path).collect();
        for part in self.condition().subexpressions() {
            let names = match part.expr_kind() {
                ExprKind::GetAttr { expr, attr } | ExprKind::HasAttr { expr, attr }
                    if path(expr).is_none() =>
                {
                    vec![attr.to_string()]
                }
                ExprKind::ExtHasAttr { expr, attrs } if path(expr).is_none() => {
                    attrs.iter().map(ToString::to_string).collect()
                }
                _ => continue,
            };
            all.push(std::iter::once(String::new()).chain(names).collect());
        }
        all
    }
}

fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match expr.expr_kind() {
        ExprKind::And { left, right } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        _ => vec![expr],
    }
}

/// The longest access paths in an expression, each once.
fn collect<'e>(expr: &'e Expr, into: &mut Vec<(Vec<String>, &'e Expr)>) {
    if let Some(path) = path(expr) {
        // a bare variable says nothing that the reader did not know
        if path.len() > 1 && !into.iter().any(|(known, _)| *known == path) {
            into.push((path, expr));
        }
        return;
    }
    match expr.expr_kind() {
        ExprKind::If { test_expr, then_expr, else_expr } => {
            for inner in [test_expr, then_expr, else_expr] {
                collect(inner, into);
            }
        }
        ExprKind::And { left, right } | ExprKind::Or { left, right } => {
            collect(left, into);
            collect(right, into);
        }
        ExprKind::UnaryApp { arg, .. } => collect(arg, into),
        ExprKind::BinaryApp { arg1, arg2, .. } => {
            collect(arg1, into);
            collect(arg2, into);
        }
        ExprKind::ExtensionFunctionApp { args, .. } => {
            args.iter().for_each(|inner| collect(inner, into));
        }
        ExprKind::GetAttr { expr, .. }
        | ExprKind::ExtHasAttr { expr, .. }
        | ExprKind::Like { expr, .. }
        | ExprKind::Is { expr, .. }
        | ExprKind::HasAttr { expr, .. } => collect(expr, into),
        ExprKind::Set(items) => items.iter().for_each(|inner| collect(inner, into)),
        ExprKind::Record(fields) => fields.values().for_each(|inner| collect(inner, into)),
        _ => {}
    }
}

/// `variable.name.name`, also for `variable has name`, where the value is a truth value.
fn path(expr: &Expr) -> Option<Vec<String>> {
    match expr.expr_kind() {
        ExprKind::Var(var) => Some(vec![
            match var {
                Var::Principal => "principal",
                Var::Action => "action",
                Var::Resource => "resource",
                Var::Context => "context",
            }
            .to_owned(),
        ]),
        ExprKind::GetAttr { expr, attr } | ExprKind::HasAttr { expr, attr } => {
            let mut path = path(expr)?;
            path.push(attr.to_string());
            Some(path)
        }
        ExprKind::ExtHasAttr { expr, attrs } => {
            let mut path = path(expr)?;
            path.extend(attrs.iter().map(ToString::to_string));
            Some(path)
        }
        _ => None,
    }
}
