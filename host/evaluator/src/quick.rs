//! Conditions evaluated by reference, without building a value for each step.
//!
//! INVARIANT (agreement): an answer given here is the one Cedar's evaluator gives. Whatever is not
//! plainly known here (an error, an extension value, an odd type) is not answered at all, and Cedar's
//! evaluator is asked instead; so no error, message or corner of the language is told twice. The tests
//! compare both on every policy of the demo district and on generated folders.

use cedar_policy_core::ast::{
    BinaryOp, Entity, EntityType, EntityUID, Expr, ExprKind, Literal, PartialValue, Pattern, Set,
    UnaryOp, Value, ValueKind, Var,
};
use smol_str::SmolStr;

use crate::session::Slots;
use crate::thing::{Context, Thing};

/// A condition, laid out for reading.
#[derive(Clone, Debug)]
pub(crate) enum Quick {
    Lit(Value),
    Var(Var),
    Attr(Box<Quick>, SmolStr),
    Has(Box<Quick>, SmolStr),
    And(Box<Quick>, Box<Quick>),
    Or(Box<Quick>, Box<Quick>),
    If(Box<[Quick; 3]>),
    Not(Box<Quick>),
    Negative(Box<Quick>),
    IsEmpty(Box<Quick>),
    Binary(BinaryOp, Box<Quick>, Box<Quick>),
    /// `[…].contains(…)` over texts, numbers and the like.
    OneOf(Vec<Literal>, Box<Quick>),
    Like(Box<Quick>, Pattern),
    Is(Box<Quick>, EntityType),
    /// Left to Cedar's evaluator.
    Cedar(Box<Expr>),
}

/// Cedar's own evaluator.
pub(crate) trait Cedar {
    /// The value of an expression; `None` when it has none.
    fn value(&self, expr: &Expr) -> Option<Value>;
}

/// What is read while a question is asked.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'s> {
    pub(crate) principal: &'s Thing,
    pub(crate) action: &'s Thing,
    pub(crate) resource: &'s Thing,
    pub(crate) context: &'s Context,
    pub(crate) slots: &'s Slots,
    pub(crate) cedar: &'s dyn Cedar,
}

/// A value on the way, borrowed wherever it can be.
enum Seen<'v> {
    Bool(bool),
    Long(i64),
    Uid(&'v EntityUID),
    Ref(&'v Value),
    Context(&'v Context),
    Own(Value),
}

/// Not answered here.
struct Unknown;

type Known<T> = Result<T, Unknown>;

impl Quick {
    /// Lays an expression out.
    pub(crate) fn of(expr: &Expr) -> Self {
        let one = |inner: &Expr| Box::new(Self::of(inner));
        match expr.expr_kind() {
            ExprKind::Lit(literal) => {
                Self::Lit(Value { value: ValueKind::Lit(literal.clone()), loc: None })
            }
            ExprKind::Var(var) => Self::Var(*var),
            ExprKind::And { left, right } => Self::And(one(left), one(right)),
            ExprKind::Or { left, right } => Self::Or(one(left), one(right)),
            ExprKind::If { test_expr, then_expr, else_expr } => {
                Self::If(Box::new([Self::of(test_expr), Self::of(then_expr), Self::of(else_expr)]))
            }
            ExprKind::UnaryApp { op: UnaryOp::Not, arg } => Self::Not(one(arg)),
            ExprKind::UnaryApp { op: UnaryOp::Neg, arg } => Self::Negative(one(arg)),
            ExprKind::UnaryApp { op: UnaryOp::IsEmpty, arg } => Self::IsEmpty(one(arg)),
            ExprKind::BinaryApp { op: BinaryOp::Contains, arg1, arg2 } => match literals(arg1) {
                Some(literals) => Self::OneOf(literals, one(arg2)),
                None => Self::Binary(BinaryOp::Contains, one(arg1), one(arg2)),
            },
            ExprKind::BinaryApp { op: BinaryOp::GetTag | BinaryOp::HasTag, .. } => {
                Self::Cedar(Box::new(expr.clone()))
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => Self::Binary(*op, one(arg1), one(arg2)),
            ExprKind::GetAttr { expr, attr } => Self::Attr(one(expr), attr.clone()),
            ExprKind::HasAttr { expr, attr } => Self::Has(one(expr), attr.clone()),
            ExprKind::Like { expr, pattern } => Self::Like(one(expr), pattern.clone()),
            ExprKind::Is { expr, entity_type } => Self::Is(one(expr), entity_type.clone()),
            ExprKind::Set(_) => match literals(expr) {
                Some(literals) => Self::Lit(Value::set_of_lits(literals, None)),
                None => Self::Cedar(Box::new(expr.clone())),
            },
            _ => Self::Cedar(Box::new(expr.clone())),
        }
    }

    /// Whether the condition holds; `None` when Cedar's evaluator has to be asked.
    pub(crate) fn holds(&self, sight: &Sight<'_>) -> Option<bool> {
        self.seen(sight).and_then(|seen| seen.truth()).ok()
    }

    fn truth(&self, sight: &Sight<'_>) -> Known<bool> {
        self.seen(sight)?.truth()
    }

    fn seen<'v>(&'v self, sight: &Sight<'v>) -> Known<Seen<'v>> {
        Ok(match self {
            Self::Lit(value) => Seen::Ref(value),
            Self::Var(Var::Principal) => Seen::Uid(sight.principal.uid()),
            Self::Var(Var::Action) => Seen::Uid(sight.action.uid()),
            Self::Var(Var::Resource) => Seen::Uid(sight.resource.uid()),
            Self::Var(Var::Context) => Seen::Context(sight.context),
            Self::And(left, right) => Seen::Bool(left.truth(sight)? && right.truth(sight)?),
            Self::Or(left, right) => Seen::Bool(left.truth(sight)? || right.truth(sight)?),
            Self::If(parts) => {
                let [test, then, otherwise] = parts.as_ref();
                return if test.truth(sight)? { then.seen(sight) } else { otherwise.seen(sight) };
            }
            Self::Not(inner) => Seen::Bool(!inner.truth(sight)?),
            Self::Negative(inner) => {
                Seen::Long(inner.seen(sight)?.long()?.checked_neg().ok_or(Unknown)?)
            }
            Self::IsEmpty(inner) => Seen::Bool(inner.seen(sight)?.set()?.is_empty()),
            Self::Attr(inner, name) => inner.attr(sight, name)?.ok_or(Unknown)?,
            Self::Has(inner, name) => Seen::Bool(inner.attr(sight, name)?.is_some()),
            Self::OneOf(literals, inner) => {
                let seen = inner.seen(sight)?;
                Seen::Bool(literals.iter().any(|literal| seen.is(literal)))
            }
            Self::Like(inner, pattern) => match inner.seen(sight)?.literal() {
                Some(Lit::Text(text)) => Seen::Bool(pattern.wildcard_match(text)),
                _ => return Err(Unknown),
            },
            Self::Is(inner, kind) => match inner.seen(sight)?.literal() {
                Some(Lit::Uid(uid)) => Seen::Bool(uid.entity_type() == kind),
                _ => return Err(Unknown),
            },
            Self::Binary(op, left, right) => return binary(*op, left, right, sight),
            Self::Cedar(expr) => Seen::Own(sight.cedar.value(expr).ok_or(Unknown)?),
        })
    }

    /// An attribute of what this is; `None` inside when it has none.
    fn attr<'v>(&'v self, sight: &Sight<'v>, name: &SmolStr) -> Known<Option<Seen<'v>>> {
        let thing = match self {
            Self::Var(Var::Principal) => Some(sight.principal),
            Self::Var(Var::Resource) => Some(sight.resource),
            Self::Var(Var::Action) => Some(sight.action),
            _ => None,
        };
        if let Some(thing) = thing {
            return of_entity(thing.entity(), name);
        }
        match self.seen(sight)? {
            Seen::Context(context) => Ok(context.get(name).map(Seen::Ref)),
            Seen::Ref(Value { value: ValueKind::Record(record), .. }) => {
                Ok(record.get(name).map(Seen::Ref))
            }
            Seen::Ref(Value { value: ValueKind::Lit(Literal::EntityUID(uid)), .. }) => {
                // reading one that is not there is an error, asking whether is a no: both are Cedar's to say
                of_entity(sight.slots.entity(uid).ok_or(Unknown)?, name)
            }
            _ => Err(Unknown),
        }
    }
}

fn of_entity<'v>(entity: &'v Entity, name: &SmolStr) -> Known<Option<Seen<'v>>> {
    match entity.get(name) {
        None => Ok(None),
        Some(PartialValue::Value(value)) => Ok(Some(Seen::Ref(value))),
        Some(PartialValue::Residual(_)) => Err(Unknown),
    }
}

fn literals(expr: &Expr) -> Option<Vec<Literal>> {
    let ExprKind::Set(items) = expr.expr_kind() else { return None };
    items
        .iter()
        .map(|item| match item.expr_kind() {
            ExprKind::Lit(literal) => Some(literal.clone()),
            _ => None,
        })
        .collect()
}

fn binary<'v>(
    op: BinaryOp,
    left: &'v Quick,
    right: &'v Quick,
    sight: &Sight<'v>,
) -> Known<Seen<'v>> {
    let (a, b) = (left.seen(sight)?, right.seen(sight)?);
    Ok(match op {
        BinaryOp::Eq => Seen::Bool(a.equals(&b)?),
        BinaryOp::Less => Seen::Bool(a.long()? < b.long()?),
        BinaryOp::LessEq => Seen::Bool(a.long()? <= b.long()?),
        BinaryOp::Add => Seen::Long(a.long()?.checked_add(b.long()?).ok_or(Unknown)?),
        BinaryOp::Sub => Seen::Long(a.long()?.checked_sub(b.long()?).ok_or(Unknown)?),
        BinaryOp::Mul => Seen::Long(a.long()?.checked_mul(b.long()?).ok_or(Unknown)?),
        BinaryOp::Contains => {
            let set = a.set()?;
            Seen::Bool(match &b {
                Seen::Ref(value) => set.contains(value),
                Seen::Own(value) => set.contains(value),
                other => set.contains(&other.value().ok_or(Unknown)?),
            })
        }
        BinaryOp::ContainsAll => Seen::Bool(b.set()?.is_subset(a.set()?)),
        BinaryOp::ContainsAny => Seen::Bool(!a.set()?.is_disjoint(b.set()?)),
        BinaryOp::In => Seen::Bool(within(&a, &b, sight)?),
        BinaryOp::GetTag | BinaryOp::HasTag => return Err(Unknown),
    })
}

/// Whether an entity is another one or lies in it, or in one of a set.
fn within(a: &Seen<'_>, b: &Seen<'_>, sight: &Sight<'_>) -> Known<bool> {
    let Some(Lit::Uid(uid)) = a.literal() else { return Err(Unknown) };
    let entity = sight.slots.entity(uid);
    let one = |other: &EntityUID| uid == other || entity.is_some_and(|e| e.is_descendant_of(other));
    if let Some(Lit::Uid(other)) = b.literal() {
        return Ok(one(other));
    }
    let mut found = false;
    for item in b.set()?.iter() {
        match &item.value {
            ValueKind::Lit(Literal::EntityUID(other)) => found |= one(other),
            _ => return Err(Unknown),
        }
    }
    Ok(found)
}

/// A literal, borrowed.
#[derive(PartialEq)]
enum Lit<'l> {
    Bool(bool),
    Long(i64),
    Text(&'l str),
    Uid(&'l EntityUID),
}

fn of_literal(literal: &Literal) -> Lit<'_> {
    match literal {
        Literal::Bool(bool) => Lit::Bool(*bool),
        Literal::Long(long) => Lit::Long(*long),
        Literal::String(text) => Lit::Text(text),
        Literal::EntityUID(uid) => Lit::Uid(uid),
    }
}

impl Seen<'_> {
    fn literal(&self) -> Option<Lit<'_>> {
        let value = match self {
            Self::Bool(bool) => return Some(Lit::Bool(*bool)),
            Self::Long(long) => return Some(Lit::Long(*long)),
            Self::Uid(uid) => return Some(Lit::Uid(uid)),
            Self::Context(_) => return None,
            Self::Ref(value) => *value,
            Self::Own(value) => value,
        };
        match &value.value {
            ValueKind::Lit(literal) => Some(of_literal(literal)),
            _ => None,
        }
    }

    fn is(&self, literal: &Literal) -> bool {
        self.literal().is_some_and(|own| own == of_literal(literal))
    }

    fn truth(&self) -> Known<bool> {
        match self.literal() {
            Some(Lit::Bool(bool)) => Ok(bool),
            _ => Err(Unknown),
        }
    }

    fn long(&self) -> Known<i64> {
        match self.literal() {
            Some(Lit::Long(long)) => Ok(long),
            _ => Err(Unknown),
        }
    }

    fn set(&self) -> Known<&Set> {
        let value = match self {
            Self::Ref(value) => *value,
            Self::Own(value) => value,
            _ => return Err(Unknown),
        };
        match &value.value {
            ValueKind::Set(set) => Ok(set),
            _ => Err(Unknown),
        }
    }

    /// As a value of its own, where that costs little.
    fn value(&self) -> Option<Value> {
        let literal = match self {
            Self::Bool(bool) => Literal::Bool(*bool),
            Self::Long(long) => Literal::Long(*long),
            Self::Uid(uid) => Literal::EntityUID(std::sync::Arc::new((*uid).clone())),
            Self::Context(_) | Self::Ref(_) | Self::Own(_) => return None,
        };
        Some(Value { value: ValueKind::Lit(literal), loc: None })
    }

    fn equals(&self, other: &Self) -> Known<bool> {
        match (self.literal(), other.literal()) {
            (Some(a), Some(b)) => Ok(a == b),
            // a literal is never a set, a record or an extension value
            (Some(_), None) | (None, Some(_)) => Ok(false),
            (None, None) => {
                let value = |seen: &Self| match seen {
                    Self::Ref(value) => Some((*value).clone()),
                    Self::Own(value) => Some(value.clone()),
                    _ => None,
                };
                Ok(value(self).ok_or(Unknown)? == value(other).ok_or(Unknown)?)
            }
        }
    }
}
