//! Stops a rule that fails again and again, so that it costs its callers no more than the word.

use std::sync::{Mutex, PoisonError};

use crate::RuleError;

/// Calls a stopped rule refuses before it is tried once more.
pub(super) const REFUSED_BEFORE_TRY: u32 = 100;

#[derive(Debug)]
pub(super) struct Breaker {
    /// 0 for never.
    stops_at: u32,
    counts: Mutex<Counts>,
}

#[derive(Default, Debug)]
struct Counts {
    faults: u32,
    refused: u32,
}

impl Breaker {
    pub(super) fn new(stops_at: u32) -> Self {
        Self { stops_at, counts: Mutex::default() }
    }

    /// Whether the rule may be asked now.
    pub(super) fn admit(&self) -> Result<(), RuleError> {
        if self.stops_at == 0 {
            return Ok(());
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.faults < self.stops_at {
            return Ok(());
        }
        if counts.refused < REFUSED_BEFORE_TRY {
            counts.refused = counts.refused.saturating_add(1);
            return Err(RuleError::Stopped { faults: counts.faults });
        }
        // Others are refused while this one tries.
        counts.refused = 0;
        Ok(())
    }

    /// Counts a fault of the rule's own, forgets all after a good answer; what is nobody's or somebody else's fault
    /// changes nothing.
    pub(super) fn note<T>(&self, answer: &Result<T, RuleError>) {
        let fault = match answer {
            Ok(_) => false,
            Err(error) if own(error) => true,
            Err(_) => return,
        };
        if self.stops_at == 0 {
            return;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if fault {
            counts.faults = counts.faults.saturating_add(1);
        } else {
            *counts = Counts::default();
        }
    }
}

/// Whether a fault is the rule's own.
pub(super) fn own(error: &RuleError) -> bool {
    use crate::LimitKind;
    match error {
        RuleError::Limit { limit, .. } => *limit != LimitKind::Input,
        RuleError::Trapped { .. } | RuleError::BadAnswer { .. } | RuleError::Script { .. } => true,
        RuleError::Refused { .. }
        | RuleError::BadInput { .. }
        | RuleError::WrongLaw { .. }
        | RuleError::Stopped { .. }
        | RuleError::EnginesDisagree { .. }
        | RuleError::Host { .. } => false,
    }
}
