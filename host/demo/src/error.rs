//! Why no district can be generated.

use thiserror::Error;

/// Settings that cannot be met.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum DemoError {
    /// A number outside its range.
    #[error("`{name}` is {value}; write {least} to {most}")]
    OutOfRange {
        /// Which setting.
        name: &'static str,
        /// What it is.
        value: u32,
        /// Smallest value.
        least: u32,
        /// Largest value.
        most: u32,
    },
    /// A stretch of days that ends before it starts.
    #[error("the {0} ends before it starts; swap the two days")]
    Backwards(&'static str),
    /// A day outside the calendar.
    #[error(transparent)]
    Day(#[from] model::TimeError),
}
