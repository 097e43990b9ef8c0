//! Shared helpers of the cross-crate tests: the real binary, a small district, plain requests.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "helpers of tests: a step that fails is a failed test, and tests own files, clocks and processes"
)]

pub mod district;
pub mod server;
