//! What no rule can ever allow: named invariants, proved over every kind of request with an SMT solver.
//!
//! Stands beside the request path: `xiangyue prove` comes here before a package is published, a server
//! never does. An edition goes in, a [`Report`] comes out: each invariant proved, refuted with facts
//! that anybody can try, or unknown. How a proof is made, and what it says, is in `docs/proof.md`.
#![forbid(unsafe_code)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod envelope;
mod error;
mod example;
mod names;
mod obligations;
mod pool;
mod prove;
mod refine;
mod report;
mod scene;
mod shrink;
mod solver;

pub use error::ProofError;
pub use names::Names;
pub use prove::{Options, Scope, prove};
pub use report::{Check, CheckKind, Example, Failure, Outcome, Report, Row, Statement, Status};
pub use solver::{LIMIT, SolverCommand, TRANSLATOR};

#[cfg(test)]
mod tests;
