#![doc = include_str!("../README.md")]

mod answer;
mod bindings;
mod exports;
mod numbers;
mod question;
pub mod testing;

pub use answer::{Claim, Declared, Description, Quote, Refusal, Settlement};
pub use numbers::{half_up, mul_div};
pub use question::{Event, Name, Person, Population, Redemption, Row};

/// What the export macros expand to; not for use by hand.
#[doc(hidden)]
pub mod glue {
    pub use crate::answer::describe;
    pub use crate::bindings::{redemption, scoring, settlement};
    pub use crate::exports::{quote, report_panics, score, settle};
}

/// A rule that scores each household or person by itself.
///
/// The SDK calls [`Scorer::score`] once per row, so that the answer for a batch always is the answers for its rows.
pub trait Scorer {
    /// What the rule is and which settings and quantities it reads; the host checks them before each call.
    fn describe() -> Description;

    /// The claims for one row.
    ///
    /// # Errors
    /// A [`Refusal`] when this row has no valid result; other rows are not affected.
    fn score(population: &Population, row: Row<'_>) -> Result<Vec<Claim>, Refusal>;
}

/// A rule that must see the whole population at once: ranks, shares of a fund.
pub trait Settler {
    /// What the rule is and which settings and quantities it reads; the host checks them before each call.
    fn describe() -> Description;

    /// Claims and refused rows.
    ///
    /// # Errors
    /// A [`Refusal`] when the whole population has no valid result.
    fn settle(population: &Population) -> Result<Settlement, Refusal>;
}

/// A rule that prices a redemption.
pub trait Quoter {
    /// What the rule is and which settings it reads; the host checks them before each call.
    fn describe() -> Description;

    /// Price and eligibility; “not eligible” is a [`Quote`], no refusal.
    ///
    /// # Errors
    /// A [`Refusal`] when the request cannot be priced at all.
    fn quote(request: &Redemption) -> Result<Quote, Refusal>;
}

/// For the author: a line in the call's log (capped, dropped in production); does nothing outside a component.
pub fn log(message: &str) {
    #[cfg(target_arch = "wasm32")]
    bindings::diag::log(bindings::diag::Level::Info, message);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = message;
}
