//! A plain Cedar folder as a decision point: questions, searches and explanations over stored
//! entities.
//!
//! Stands beside `decision`: that crate decides under the law of a district package over its record,
//! this one under whatever Cedar policies a folder holds, over entities as they are. Reading files
//! is left to `package`, keeping entities to `engine`, wire formats to `server`.
//!
//! Types and ids are the caller's (`type` is the Cedar entity type, `id` its id, `action.name` is
//! `Action::"name"`); stated properties lie over stored attributes; what is not stored is built from
//! what is stated. Any evaluation error is a deny.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod admin;
mod answer;
mod explain;
mod folder;
mod limits;
mod prepare;
mod search;

pub use admin::{Act, Admin, Who};
pub use answer::{Answer, Fault};
pub use explain::{Explained, Miss};
pub use folder::Folder;
pub use search::{Found, Search, Sought};

#[cfg(test)]
mod tests;
