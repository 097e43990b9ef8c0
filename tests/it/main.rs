//! Cross-crate checks, one binary.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests read files, clocks and processes, and show what they measured"
)]

mod admission;
mod api;
mod authzen;
mod cli;
mod clues;
mod crash;
mod desk;
mod follow;
mod fuzz;
mod held;
mod history;
mod items;
mod languages;
mod lists;
mod matters;
mod metrics;
mod oracle;
mod p01;
mod packs;
mod papers;
mod plugin;
mod points;
mod prove;
mod public;
mod rollout;
mod rounds;
mod signed;
mod smoke;
mod styles;
mod tables;
mod tidy;
mod traces;
mod tutorial;
mod twelve;
