//! The nouns every other crate speaks: places, numbers, days, facts, decisions and refusals.
//!
//! Stands at the bottom of the request path; knows no clock, file, environment, thread, float or
//! hash order, and depends on none of our crates. Wire formats are left to `server` and `cli`,
//! rules of any kind to the four engines.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod ask;
mod decision;
mod digest;
mod division;
mod fact;
mod number;
mod refusal;
mod tally;
mod time;

pub use ask::{Ask, Side};
pub use decision::{Decision, Effect, English, Reason, ReasonKind};
pub use digest::Digest;
pub use division::{DivisionCode, DivisionError, DivisionLevel};
pub use fact::{Entity, EntityRef, Facts, Record, Request, Value};
pub use number::{Cents, NumberError, Permille, Points, half_up};
pub use refusal::{Refusal, RefusalKind};
pub use tally::{Fraction, Tally, TallyError};
pub use time::{CivilDay, Minute, TimeError};
