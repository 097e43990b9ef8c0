//! Scoring, settlement and redemption rules of townships: WebAssembly components, Rhai scripts and tables behind one
//! [`Rule`] trait.
//!
//! Stands beside the decision engines in the request path: the engine gathers rows (one per household or person) from
//! the record, calls one [`Rule`], and posts the returned [`Claim`]s. A rule is a pure function; it sees no clock, file,
//! network or name, and every answer is checked here before anybody acts on it. Posting, caps, notice and review are
//! left to `ledger` and `engine`; reading packages from disk is left to `package`.
#![deny(unsafe_code)] // but for `component/native.rs`, `component/v1_0/bulk.rs` and `counting.rs`, decision 19
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod checks;
mod component;
mod counting;
mod error;
mod guard;
mod host;
mod limits;
mod permits;
mod script;
mod table;
mod values;

pub use component::{CacheCounts, FuelProbe, compile_work};
pub use counting::Counting;
pub use error::{LimitKind, LoadCode, LoadError, RuleError};
pub use guard::{RuleCounters, RuleCounts};
pub use host::{HostOptions, RuleHost};
pub use limits::{Limits, Tier};
pub use script::{LineCost, LineTrace, Lint, Side, Traced, WayCount, lint_script};
pub use values::{
    Claim, Declared, Description, Distribution, Entitlement, Entitlements, FigureKind, Grade,
    Grades, Law, Named, Note, Period, Quantities, Quote, QuoteInput, Receipt, RowRefusal,
    RuleEvent, RuleInput, RuleRow, Scores, Sentence, Settlement, Share, Unit,
};

/// The largest amount of points or cents in one answer, either sign: ten thousand million points.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// What a rule may keep for a row from one call to the next, bytes.
pub const STATE_MAX: usize = 64 << 10;

/// One rule of a township, ready to run; the same for components, scripts and tables, so that a rule can move from one
/// to another without callers knowing.
pub trait Rule: Send + Sync + std::fmt::Debug {
    /// Which question the rule answers; asked another one, it is [`RuleError::WrongLaw`].
    fn law(&self) -> Law;

    /// What its answers are good for.
    fn tier(&self) -> Tier {
        Tier::Exact
    }

    /// What the rule says about itself; scripts say nothing.
    fn description(&self) -> Option<&Description>;

    /// Scores each row by itself: the answer for a batch is the answers for its rows one by one.
    ///
    /// # Errors
    /// [`RuleError`] when there is no answer at all; a row the rule cannot score is an `Err` in the list.
    fn score(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError>;

    /// Settles the whole population at once (ranks, shares of a fund).
    ///
    /// # Errors
    /// [`RuleError`]; rows without a valid result are listed in [`Settlement::refused`], they are no error.
    fn settle(&self, input: &RuleInput) -> Result<(Settlement, Receipt), RuleError>;

    /// Prices one redemption.
    ///
    /// # Errors
    /// [`RuleError`]; “not eligible” is an answer, no error.
    fn quote(&self, input: &QuoteInput) -> Result<(Quote, Receipt), RuleError>;

    /// Grades each row by itself.
    ///
    /// # Errors
    /// As [`Rule::score`].
    fn grade(&self, _input: &RuleInput) -> Result<(Grades, Receipt), RuleError> {
        Err(RuleError::WrongLaw { law: self.law(), asked: Law::Grade })
    }

    /// Converts the points of one source into those of another, each row by itself.
    ///
    /// # Errors
    /// As [`Rule::score`].
    fn convert(&self, _input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        Err(RuleError::WrongLaw { law: self.law(), asked: Law::Convert })
    }

    /// Shares out a fund of `cents` among the whole population, to the cent.
    ///
    /// # Errors
    /// As [`Rule::settle`].
    fn distribute(
        &self,
        _input: &RuleInput,
        _cents: i64,
    ) -> Result<(Distribution, Receipt), RuleError> {
        Err(RuleError::WrongLaw { law: self.law(), asked: Law::Distribute })
    }

    /// Whether each row has the benefit of the scheme.
    ///
    /// # Errors
    /// As [`Rule::score`].
    fn qualify(&self, _input: &RuleInput) -> Result<(Entitlements, Receipt), RuleError> {
        Err(RuleError::WrongLaw { law: self.law(), asked: Law::Qualify })
    }

    /// Marks of offices, each by itself.
    ///
    /// # Errors
    /// As [`Rule::score`].
    fn assess(&self, _input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        Err(RuleError::WrongLaw { law: self.law(), asked: Law::Assess })
    }
}
