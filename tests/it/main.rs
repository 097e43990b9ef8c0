//! Cross-crate checks, one binary.
#![allow(clippy::disallowed_methods, reason = "tests read files, clocks and processes")]

mod api;
mod crash;
mod p01;
mod points;
mod smoke;
mod tidy;
