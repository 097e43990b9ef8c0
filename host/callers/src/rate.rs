//! How often a caller may call.

use crate::limits::{RATE_MAX, RATE_PER_SECOND};

/// Requests per second on average, and how many may come at once after a pause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Rate {
    // INVARIANT (rate): both numbers are between 1 and `RATE_MAX`.
    per_second: u32,
    burst: u32,
}

impl Rate {
    /// A rate; `None` when a number is not between 1 and 1 000 000.
    pub const fn new(per_second: u32, burst: u32) -> Option<Self> {
        if per_second == 0 || burst == 0 || per_second > RATE_MAX || burst > RATE_MAX {
            return None;
        }
        Some(Self { per_second, burst })
    }

    /// Twice the average may come at once.
    pub(crate) fn of(per_second: u32) -> Self {
        // Upholds INVARIANT (rate).
        let per_second = per_second.clamp(1, RATE_MAX);
        Self { per_second, burst: per_second.saturating_mul(2).min(RATE_MAX) }
    }

    /// The same average with another burst.
    pub(crate) fn with_burst(self, burst: u32) -> Self {
        // Upholds INVARIANT (rate).
        Self { burst: burst.clamp(1, RATE_MAX), ..self }
    }

    /// Requests per second on average.
    pub const fn per_second(self) -> u32 {
        self.per_second
    }

    /// Requests at once after a pause.
    pub const fn burst(self) -> u32 {
        self.burst
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self::of(RATE_PER_SECOND)
    }
}
