//! Cedar's evaluator over values that are built once and kept: the only crate that names
//! `cedar-policy-core`.
//!
//! The public API of `cedar-policy` builds every context, entity and hierarchy anew for each
//! question. Here things are built when they are written, and a question only borrows them. What is
//! evaluated is Cedar's own evaluator on Cedar's own expressions; the tests compare every answer with
//! the public API. Which policies matter, what an answer says and who may ask are left to `decision`
//! and `folder`.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::float_arithmetic)]
#![allow(
    clippy::disallowed_types,
    reason = "Cedar's entities keep their ancestors in hash sets; whatever is listed from one is sorted"
)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod encoding;
mod explain;
mod index;
mod json;
mod line;
mod quick;
mod reach;
mod schema;
mod session;
mod store;
mod thing;
mod typed;
mod value;

pub use cedar_policy_core::ast::{EntityType, EntityUID, Value};
pub use encoding::{EncodingError, read_entities, write_entities, write_entities_as};
pub use explain::{Condition, Found, Reading};
pub use index::{Index, Slice};
pub use json::{Misfit, from_json, to_json};
pub use line::{Line, LineError, lines};
pub use schema::{ActionShape, Attribute, Schema, SchemaMisfit, Shape};
pub use session::{Outcome, Session, Slots};
pub use smol_str::SmolStr;
pub use store::{Store, StoreError};
pub use thing::{Context, Thing, action_uid, field, kind, record, text_of, uid};
pub use typed::Residue;
pub use value::{long, of_model, record_of_model, set_of, text};

#[cfg(test)]
mod tests;
