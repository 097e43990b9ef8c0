//! Cedar values from the model's values.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::{Literal, Value, ValueKind};
use smol_str::SmolStr;

/// A text.
pub fn text(text: impl Into<SmolStr>) -> Value {
    Value { value: ValueKind::Lit(Literal::String(text.into())), loc: None }
}

/// A whole number.
pub fn long(long: i64) -> Value {
    Value { value: ValueKind::Lit(Literal::Long(long)), loc: None }
}

/// A set.
pub fn set_of(values: impl IntoIterator<Item = Value>) -> Value {
    Value::set(values, None)
}

/// A value of the model as Cedar's.
pub fn of_model(value: &model::Value) -> Value {
    match value {
        model::Value::Bool(bool) => {
            Value { value: ValueKind::Lit(Literal::Bool(*bool)), loc: None }
        }
        model::Value::Long(number) => long(*number),
        model::Value::Text(words) => text(words.as_str()),
        model::Value::Set(values) => set_of(values.iter().map(of_model)),
        model::Value::Record(record) => {
            Value { value: ValueKind::Record(Arc::new(record_of_model(record))), loc: None }
        }
    }
}

/// A record of the model as Cedar's.
pub fn record_of_model(record: &model::Record) -> BTreeMap<SmolStr, Value> {
    record.iter().map(|(name, value)| (SmolStr::new(name), of_model(value))).collect()
}
