//! Scenarios as text, and properties on generated items.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may fail by panicking"
)]

mod calendar;
mod charts;
mod gates;
mod generate;
mod items;
mod scenarios;
mod tallies;
mod walks;
