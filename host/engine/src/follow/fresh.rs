//! How fresh a copy is: the one rule, over times that are handed in.
//!
//! A copy is as of the moment its *question* left, never as of the moment the answer came: whatever the
//! way between the hosts does, an answer cannot make the copy look fresher than it is. Two clocks have to
//! agree, the steady one and the wall's: the steady one stands still while a machine sleeps.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwapOption;

/// A moment on two clocks of this machine, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Since some moment of this process; never runs back.
    pub steady: u64,
    /// Since 1970.
    pub wall: u64,
}

/// Reads both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks(Instant);

#[expect(clippy::disallowed_methods, reason = "freshness is told by the machine's own clocks")]
impl Clocks {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Moment {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment { steady: millis(self.0.elapsed()), wall: millis(wall) }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Since when nothing can be missing.
#[derive(Debug)]
pub(crate) struct Freshness {
    limit: u64,
    known: ArcSwapOption<Moment>,
}

/// What was known when a reader began; taken before the state is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard(Option<Moment>);

impl Freshness {
    /// Nothing is known yet.
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit: millis(limit), known: ArcSwapOption::empty() }
    }

    /// The limit, in milliseconds.
    pub(crate) fn limit(&self) -> u64 {
        self.limit
    }

    /// Everything that was acknowledged when a question left has been taken in.
    pub(crate) fn complete(&self, asked: Moment) {
        self.known.store(Some(Arc::new(asked)));
    }

    /// Nothing is known any more.
    pub(crate) fn lose(&self) {
        self.known.store(None);
    }

    pub(crate) fn guard(&self) -> Guard {
        Guard(self.known.load().as_deref().copied())
    }

    /// Whether an answer of a state that was read behind the guard may still be given.
    pub(crate) fn holds(&self, guard: Guard, now: Moment) -> bool {
        // A loss counts for those who have begun, too.
        let lost = self.known.load().is_none();
        !lost && guard.0.and_then(|asked| age(asked, now)).is_some_and(|age| age <= self.limit)
    }

    /// How old what is known is, in milliseconds; none when that cannot be told.
    pub(crate) fn age(&self, now: Moment) -> Option<u64> {
        self.known.load().as_deref().and_then(|asked| age(*asked, now))
    }
}

/// The longer of the two clocks' times; none when a clock ran back.
fn age(asked: Moment, now: Moment) -> Option<u64> {
    let steady = now.steady.checked_sub(asked.steady)?;
    Some(steady.max(now.wall.checked_sub(asked.wall)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(steady: u64, wall: u64) -> Moment {
        Moment { steady, wall }
    }

    /// A copy that was complete as of `asked`, read behind the guard.
    fn complete(asked: Moment) -> (Freshness, Guard) {
        let fresh = Freshness::new(Duration::from_secs(1));
        fresh.complete(asked);
        let guard = fresh.guard();
        (fresh, guard)
    }

    #[test]
    fn a_copy_that_was_never_complete_is_not_fresh() {
        let fresh = Freshness::new(Duration::from_secs(1));
        assert!(!fresh.holds(fresh.guard(), at(0, 0)));
        assert_eq!(fresh.age(at(0, 0)), None);
    }

    #[test]
    fn the_limit_counts_from_the_question_and_is_inclusive() {
        let (fresh, guard) = complete(at(5_000, 90_000));
        assert!(fresh.holds(guard, at(6_000, 91_000)));
        assert!(!fresh.holds(guard, at(6_001, 91_001)));
        // the answer came late: what counts is still when its question left
        fresh.complete(at(5_100, 90_100));
        assert!(!fresh.holds(fresh.guard(), at(6_101, 91_101)));
    }

    #[test]
    fn a_guard_is_not_renewed_by_what_comes_after_it() {
        let (fresh, guard) = complete(at(5_000, 90_000));
        fresh.complete(at(9_000, 94_000));
        assert!(fresh.holds(fresh.guard(), at(9_100, 94_100)), "a new reader sees the new state");
        assert!(!fresh.holds(guard, at(9_100, 94_100)), "an old one has read an old state");
    }

    #[test]
    fn a_loss_counts_at_once_and_for_those_who_have_begun() {
        let (fresh, guard) = complete(at(5_000, 90_000));
        fresh.lose();
        assert!(!fresh.holds(guard, at(5_001, 90_001)));
        fresh.complete(at(5_002, 90_002));
        assert!(fresh.holds(fresh.guard(), at(5_003, 90_003)), "and ends by itself");
    }

    #[test]
    fn a_machine_that_slept_or_whose_clock_ran_back_cannot_tell() {
        let (fresh, guard) = complete(at(5_000, 90_000));
        assert!(!fresh.holds(guard, at(5_010, 95_000)), "the steady clock stood while it slept");
        assert!(!fresh.holds(guard, at(5_010, 89_999)), "the wall's clock was set back");
        assert!(!fresh.holds(guard, at(4_999, 90_010)));
        assert_eq!(fresh.age(at(5_010, 95_000)), Some(5_000));
    }
}
