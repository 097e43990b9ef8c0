//! A scoring standard (赋分标准) as a table: the rule form of people who do not program.
//!
//! A [`Table`] is text cells, the same in a package's `rules/*.table.toml` and in a spreadsheet; [`read()`] makes a typed
//! [`Standard`] of it, [`check()`] finds what is wrong with it, [`write()`] writes it in its one form. Every fault names
//! row, column and fix. Counting points is left to `rules`, spreadsheets to `lists`, files to `cli`.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod cell;
mod check;
mod columns;
mod fault;
mod read;
mod rows;
mod standard;
mod write;

#[cfg(test)]
mod tests;

pub use cell::{Amount, Edge, Measure, Share, Window, clean, half_width, tidy};
pub use check::{EventShape, QuantityShape, Scheme, check};
pub use columns::{Column, Form, Kind};
pub use fault::{Fault, Spot, Words, code};
pub use read::read;
pub use rows::{Cells, Hit, ParseError, Row, Table, parse};
pub use standard::{
    Band, Caps, Class, Condition, Head, Item, Ladder, Rank, Ranking, Rate, Standard, Step, Weight,
};
pub use write::{Written, write};

/// The most rows of all kinds in one table, steps included.
pub const ROWS_MAX: usize = 500;
