//! Matters: which steps of an item may be taken next, and what stands in the way of one.
//!
//! Stands before the decision: the engine turns an edition's item into the plain structs below, asks
//! [`fn@check`] whether the step fits what was taken and what the cited meeting counted, and hands the
//! resulting [`StepFacts`] to `decision`. Who may take a step is left to `decision`, what an item says
//! to `package`, what was taken to the record. Knows no clock.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod calendar;
pub mod chart;
mod check;
mod days;
mod gates;
mod held;
mod holds;
mod item;
mod next;
mod problem;
mod validate;
mod words;

#[cfg(test)]
mod tests;

pub use calendar::{Calendar, NoCalendar};
pub use check::{Bodies, Meeting, StepFacts, check};
pub use gates::{Band, Beside, Gate, Joint, Organ, Price, Query, SignOff, band_of};
pub use held::Hold;
pub use holds::{GateFacts, LATE, Look, SPLIT};
pub use item::{BodyRule, Denominator, Item, Step, Taken};
pub use next::{NextStep, Wait, next};
pub use problem::StepProblem;
pub use validate::{DAYS_MAX, ItemProblem, validate};
