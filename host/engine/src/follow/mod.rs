//! A host that copies another's record and answers from the copy (`docs/followers.md`).
//!
//! The leader hands out acknowledged frames as they lie in its journal; the follower checks them against
//! its own chains, folds them, writes them byte for byte, and knows from then on that nothing was missing
//! when it asked. What it cannot know to be fresh it does not answer: every decision is a deny.

mod feed;
mod fresh;
mod marker;
mod take;
mod trouble;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use model::{Refusal, RefusalKind};

use crate::Engine;

pub use feed::FeedHead;
pub use fresh::Moment;
pub(crate) use fresh::{Clocks, Freshness, Guard};
pub(crate) use marker::{is_copy, settle};
pub use trouble::Trouble;

/// Code of what is not answered because the copy may be old.
pub const NOT_FRESH: &str = "NOT_FRESH";
/// The longest that a copy may be behind, milliseconds.
pub const LIMIT_MILLIS_MAX: u64 = 1_000;
/// How far the clocks of two hosts may be apart: a minute may begin between two looks.
const MINUTES_APART_MAX: i64 = 1;

/// How a host follows.
#[derive(Clone, Debug)]
pub struct FollowOptions {
    /// How long after its question a complete answer counts; a second at most.
    pub limit: Duration,
    /// The leader's address for those who want to write, where it may be told; else empty.
    pub told: String,
}

/// What a following host knows of its leader.
#[derive(Debug)]
pub struct Following {
    pub(crate) fresh: Freshness,
    clocks: Clocks,
    trouble: Mutex<Option<Trouble>>,
    told: Mutex<String>,
}

/// What a reader has before it reads the state; of a host that leads it is always good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight(Option<Guard>);

impl Following {
    pub(crate) fn new(options: FollowOptions) -> Self {
        let limit = options.limit.min(Duration::from_millis(LIMIT_MILLIS_MAX));
        Self {
            fresh: Freshness::new(limit),
            clocks: Clocks::start(),
            trouble: Mutex::new(Some(Trouble::CatchingUp)),
            told: Mutex::new(options.told),
        }
    }

    /// Now, for the time at which a question leaves.
    pub fn now(&self) -> Moment {
        self.clocks.now()
    }

    /// How long ago the copy was last known to be complete, milliseconds; none when that cannot be told.
    pub fn age(&self) -> Option<u64> {
        self.fresh.age(self.now())
    }

    /// The longest that may be, milliseconds.
    pub fn limit(&self) -> u64 {
        self.fresh.limit()
    }

    /// Whether answers may be given now.
    pub fn is_fresh(&self) -> bool {
        self.fresh.holds(self.fresh.guard(), self.now())
    }

    /// What kept the last question from an answer, if anything did.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything that was acknowledged when the question left is here.
    pub(crate) fn complete(&self, asked: Moment) {
        self.fresh.complete(asked);
        if self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            tracing::warn!("the copy is complete again; this host answers");
        }
    }

    /// A question came to nothing.
    pub fn fail(&self, trouble: Trouble) {
        if trouble.breaks() {
            self.fresh.lose();
        }
        let mut last = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let told = last.as_ref().is_some_and(|last| last.code() == trouble.code());
        if !told {
            tracing::warn!(code = trouble.code(), %trouble, "the leader cannot be followed");
        }
        *last = Some(trouble);
    }

    /// Remembers what the leader calls itself.
    fn tell(&self, url: &str) {
        if !url.is_empty() {
            url.clone_into(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn refusal(&self) -> Refusal {
        let trouble = self.trouble();
        let silent = || Trouble::Unreachable("no answer in time".to_owned());
        trouble.unwrap_or_else(silent).refusal(self.age(), self.limit())
    }
}

impl Engine {
    /// What is known of the leader, on a host that follows.
    pub fn following(&self) -> Option<&Following> {
        self.following.as_ref()
    }

    /// Why nothing that has to be fresh may be answered now, if so; a host that leads always may.
    pub fn not_fresh(&self) -> Option<Refusal> {
        let following = self.following.as_ref()?;
        (!following.is_fresh()).then(|| following.refusal())
    }

    /// Taken before the state is read.
    pub(crate) fn sight(&self) -> Sight {
        Sight(self.following.as_ref().map(|following| following.fresh.guard()))
    }

    /// Whether an answer of a state that was read behind the sight may be given.
    pub(crate) fn sees(&self, sight: Sight) -> bool {
        match (&self.following, sight.0) {
            (None, _) => true,
            (Some(following), Some(guard)) => following.fresh.holds(guard, following.now()),
            (Some(_), None) => false,
        }
    }

    /// As [`Engine::sees`], with what to say.
    ///
    /// # Errors
    /// `NOT_FRESH`.
    pub(crate) fn must_see(&self, sight: Sight) -> Result<(), Refusal> {
        match &self.following {
            Some(following) if !self.sees(sight) => Err(following.refusal()),
            _ => Ok(()),
        }
    }

    /// Whether acts are recorded here.
    ///
    /// # Errors
    /// `WRITE_TO_LEADER` on a host that follows.
    pub fn leads(&self) -> Result<(), Refusal> {
        let Some(following) = &self.following else { return Ok(()) };
        let told = following.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (at, place) = match told.as_str() {
            "" => ("the leader".to_owned(), "主机".to_owned()),
            url => (format!("the leader at `{url}`"), format!("主机（{url}）")),
        };
        Err(Refusal::new(
            RefusalKind::Unprocessable,
            "WRITE_TO_LEADER",
            format!("this host only copies and answers, it records nothing; write to {at}"),
            "本机只供查询和判断，不办理登记，本次没有办理。",
            format!("请到{place}上办理，请求编号可以照用。"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use journal::{CopyFault, FindingCode};

    fn troubles() -> Vec<Trouble> {
        let fault = |code| CopyFault { code, at: 0, message: "m".to_owned() };
        vec![
            Trouble::CatchingUp,
            Trouble::Unreachable("e".to_owned()),
            Trouble::Refused { status: 403, said: "no".to_owned() },
            Trouble::Malformed("m".to_owned()),
            Trouble::Frames(fault(FindingCode::CrcMismatch)),
            Trouble::Frames(fault(FindingCode::SequenceGap)),
            Trouble::OtherRecord("m".to_owned()),
            Trouble::OtherRules,
            Trouble::ClocksApart(-3),
            Trouble::Stuck("m".to_owned()),
        ]
    }

    #[test]
    fn each_trouble_has_its_code_and_says_what_to_do() {
        let mut codes = std::collections::BTreeSet::new();
        for trouble in troubles() {
            let refusal = trouble.refusal(Some(1_234), 1_000);
            assert_eq!(
                (refusal.code.as_str(), refusal.kind),
                (NOT_FRESH, RefusalKind::Unavailable)
            );
            assert!(refusal.message.contains(trouble.code()), "{refusal}");
            assert!(refusal.message.contains("1234 ms"), "{refusal}");
            assert!(!refusal.help.is_empty() && !refusal.message.contains('\n'));
            assert!(codes.insert(trouble.code()), "{} is used twice", trouble.code());
        }
    }

    #[test]
    fn silence_grows_old_and_everything_wrong_breaks_at_once() {
        for trouble in troubles() {
            let options = FollowOptions { limit: Duration::from_secs(1), told: String::new() };
            let following = Following::new(options);
            following.complete(following.now());
            assert!(following.is_fresh());
            let breaks = trouble.breaks();
            following.fail(trouble.clone());
            assert_eq!(following.is_fresh(), !breaks, "{trouble}");
            following.complete(following.now());
            assert!(following.is_fresh() && following.trouble().is_none());
        }
    }

    #[test]
    fn no_limit_above_a_second_is_taken() {
        let options = FollowOptions { limit: Duration::from_mins(1), told: String::new() };
        assert_eq!(Following::new(options).limit(), LIMIT_MILLIS_MAX);
    }
}
