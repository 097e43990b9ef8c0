#![doc = include_str!("../README.md")]

mod answer;
mod bindings;
pub mod catalog;
mod exports;
mod numbers;
mod question;
pub mod testing;

pub use answer::{Claim, Entitled, Graded, Quote, Refused, Shares, Sheet};
pub use catalog::{MISSING, NUMBER, Rule};
pub use numbers::{half_up, largest_remainder, mul_div};
pub use question::{Event, Person, Population, Request, Requests, Row};

/// What the export macros expand to; not for use by hand.
#[doc(hidden)]
pub mod glue {
    pub use crate::bindings::types::{Population, Requests};
    pub use crate::bindings::{
        assessment, conversion, distribution, eligibility, grading, redemption, scoring, settlement,
    };
    pub use crate::exports::{
        assess, convert, distribute, grade, qualify, quote, report_panics, score, settle,
    };
    pub type Cents = i64;
}

/// A rule that scores each household or person by itself.
///
/// The SDK calls [`Scorer::score`] once per row, so that the answer for a batch always is the answers for its rows.
pub trait Scorer {
    /// What the rule reads and can answer, written with [`rule!`].
    const RULE: &'static Rule;

    /// Writes the claims of one row.
    ///
    /// # Errors
    /// When this row has no valid result; its claims are dropped, and other rows are not affected.
    fn score(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused>;
}

/// A rule that must see the whole population at once: ranks, bands by share.
pub trait Settler {
    /// What the rule reads and can answer, written with [`rule!`].
    const RULE: &'static Rule;

    /// Writes claims and refused rows.
    ///
    /// # Errors
    /// When the whole population has no valid result.
    fn settle(population: &Population, sheet: &mut Sheet) -> Result<(), Refused>;
}

/// A rule that grades each row by itself.
pub trait Grader {
    /// What the rule reads and can answer, written with [`rule!`].
    const RULE: &'static Rule;

    /// The grade of one row.
    ///
    /// # Errors
    /// When this row has no grade.
    fn grade(population: &Population, row: Row<'_>) -> Result<Graded, Refused>;
}

/// A rule that converts points of one source into those of another; an event is an amount of the source.
pub trait Converter {
    /// What the rule reads and can answer, written with [`rule!`].
    const RULE: &'static Rule;

    /// Writes the claims of one row.
    ///
    /// # Errors
    /// When this row has no valid result.
    fn convert(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused>;
}

/// A rule that shares out a fund among the whole population.
pub trait Distributor {
    /// What the rule reads and can answer, written with [`rule!`].
    const RULE: &'static Rule;

    /// Pays or refuses every row; what nobody gets is carried over.
    ///
    /// # Errors
    /// When nothing can be shared out at all.
    fn distribute(population: &Population, shares: &mut Shares) -> Result<(), Refused>;
}

/// A rule that prices redemptions.
pub trait Quoter {
    /// What the rule reads and can answer, written with [`rule!`].
    const RULE: &'static Rule;

    /// Price and eligibility; “not eligible” is a [`Quote`], no refusal.
    ///
    /// # Errors
    /// When the request cannot be priced at all.
    fn quote(requests: &Requests, request: Request<'_>) -> Result<Quote, Refused>;
}

/// A rule that says whether a row has a benefit.
pub trait Qualifier {
    /// What the rule reads and can answer, written with [`rule!`].
    const RULE: &'static Rule;

    /// Yes or no, and why.
    ///
    /// # Errors
    /// When it cannot be said.
    fn qualify(population: &Population, row: Row<'_>) -> Result<Entitled, Refused>;
}

/// A rule that marks offices; never villagers.
pub trait Assessor {
    /// What the rule reads and can answer, written with [`rule!`].
    const RULE: &'static Rule;

    /// Writes the marks of one office.
    ///
    /// # Errors
    /// When this office has no valid result.
    fn assess(population: &Population, row: Row<'_>, sheet: &mut Sheet) -> Result<(), Refused>;
}

/// For the author: a line in the call's log (capped, dropped in production); does nothing outside a component.
pub fn log(message: &str) {
    #[cfg(target_arch = "wasm32")]
    bindings::diag::log(bindings::diag::Level::Info, message);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = message;
}
