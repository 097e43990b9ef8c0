//! What rules were asked and how it went, for those who watch a running host.

use std::sync::atomic::{AtomicU64, Ordering};

use super::breaker;
use crate::RuleError;

/// Counters that hosts opened one after the other have in common.
#[derive(Default, Debug)]
pub struct RuleCounters {
    asked: AtomicU64,
    faults: AtomicU64,
    refused: AtomicU64,
    compared: AtomicU64,
    disagreed: AtomicU64,
}

/// How the counters stand.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RuleCounts {
    /// Questions put to components and scripts.
    pub asked: u64,
    /// Of which ended by a fault of the rule's own.
    pub faults: u64,
    /// Questions not put, because the rule is stopped.
    pub refused: u64,
    /// Answers compared with the interpreter's.
    pub compared: u64,
    /// Of which were not the same.
    pub disagreed: u64,
}

impl RuleCounters {
    /// How they stand now.
    pub fn counts(&self) -> RuleCounts {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RuleCounts {
            asked: load(&self.asked),
            faults: load(&self.faults),
            refused: load(&self.refused),
            compared: load(&self.compared),
            disagreed: load(&self.disagreed),
        }
    }

    pub(super) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn asked<T>(&self, answer: &Result<T, RuleError>) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if answer.as_ref().is_err_and(breaker::own) {
            self.faults.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn compared<T>(&self, answer: &Result<T, RuleError>) {
        self.compared.fetch_add(1, Ordering::Relaxed);
        if matches!(answer, Err(RuleError::EnginesDisagree { .. })) {
            self.disagreed.fetch_add(1, Ordering::Relaxed);
        }
    }
}
