//! Pure double-entry bookkeeping of points, money and goods.
//!
//! Stands behind the decision: the engine asks it for the transaction of an allowed act, writes that
//! to the journal and applies it to the [`Book`]. Whether the act may be done is left to `decision`,
//! what an event is worth to `rules`, keeping the record to `journal`. Knows no clock and no file.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

mod account;
mod book;
mod difference;
mod entry;
mod excerpt;
mod redemption;
mod refusal;
mod transaction;
mod words;

#[cfg(test)]
mod tests;

pub use account::{Account, AccountError, Unit};
pub use book::{Applied, Book};
pub use difference::{EntryChange, Scored, claim_id, claim_total, difference, merged};
pub use entry::{Clawback, Entry, EntryState};
pub use redemption::{Order, Redemption, RedemptionState};
pub use refusal::LedgerRefusal;
pub use transaction::{Posting, Transaction, TransactionKind};
