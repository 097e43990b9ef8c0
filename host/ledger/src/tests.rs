//! Scenarios as text, and properties of books, claims and redemptions.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may fail by panicking"
)]

mod books;
mod claims;
mod redemptions;
mod scenarios;
