//! Who may do this step of this power now: Cedar over closed, sliced facts, failing closed.
//!
//! Stands between `engine`, which gathers stored facts, and `package`, which holds the policies of
//! an edition. Gathering facts, checking the flow of a matter and recording the answer are left to
//! `engine`, `flow` and `journal`; here a request and its facts become an answer with its reasons.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod compile;
mod decider;
mod facts;
mod guard;
mod notes;
mod reasons;
mod rule;
mod slices;

pub use compile::{BuildError, Sources};
pub use decider::{Decider, Why};
pub use facts::{Asked, FactError};
pub use rule::opening;

#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops where it is wrong"
)]
mod tests;
