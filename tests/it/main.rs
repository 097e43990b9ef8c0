//! Cross-crate checks, one binary.
#![allow(clippy::disallowed_methods, reason = "tests read files, clocks and processes")]

mod smoke;
mod tidy;
