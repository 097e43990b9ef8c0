//! Time comes in through here and nowhere else.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use model::Minute;

/// Where the engine takes the time from.
#[derive(Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that only moves when told; for demonstrations and tests on loopback.
    Manual(AtomicI64),
}

impl Clock {
    /// A manual clock standing at `start`.
    pub fn manual(start: Minute) -> Self {
        Self::Manual(AtomicI64::new(start.0))
    }

    /// Now.
    pub fn now(&self) -> Minute {
        match self {
            Self::System => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "the one place where the machine's clock is read"
                )]
                let seconds =
                    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
                Minute(i64::try_from(seconds / 60).unwrap_or(i64::MAX))
            }
            Self::Manual(at) => Minute(at.load(Ordering::SeqCst)),
        }
    }

    /// Whether the clock is moved by hand.
    pub fn is_manual(&self) -> bool {
        matches!(self, Self::Manual(_))
    }

    /// Moves a manual clock forward; a clock never runs back. `false` when it cannot be moved so.
    pub fn move_to(&self, to: Minute) -> bool {
        match self {
            Self::System => false,
            Self::Manual(at) => at.fetch_max(to.0, Ordering::SeqCst) <= to.0,
        }
    }
}
