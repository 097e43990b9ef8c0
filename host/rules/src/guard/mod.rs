//! What stands between callers and a loaded rule: it is stopped when it keeps failing, and some of its answers are
//! compared with those of a second engine.

mod breaker;
mod counts;
#[cfg(test)]
mod tests;
mod twin;

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::Arc;

use breaker::Breaker;
pub use counts::{RuleCounters, RuleCounts};
pub(crate) use twin::Interpreter;
use twin::Twin;

use crate::{
    Description, Distribution, Entitlements, Grades, Law, Limits, Quote, QuoteInput, Receipt, Rule,
    RuleError, RuleInput, Scores, Settlement, Tier,
};

/// A rule as callers get it.
#[derive(Debug)]
pub(crate) struct Guarded {
    rule: Arc<dyn Rule>,
    breaker: Breaker,
    twin: Option<Twin>,
    permille: u64,
    counters: Arc<RuleCounters>,
}

impl Guarded {
    pub(crate) fn new(rule: Arc<dyn Rule>, limits: &Limits, counters: &Arc<RuleCounters>) -> Self {
        Self {
            rule,
            breaker: Breaker::new(limits.faults_in_a_row),
            twin: None,
            permille: limits.cross_check_permille.into(),
            counters: Arc::clone(counters),
        }
    }

    /// With a second engine for the component's bytes.
    pub(crate) fn compared(mut self, interpreter: Arc<Interpreter>, bytes: &[u8]) -> Self {
        self.twin = Some(Twin::new(interpreter, bytes));
        self
    }

    fn ask<T: PartialEq>(
        &self,
        question: &impl Hash,
        call: impl Fn(&dyn Rule) -> Result<(T, Receipt), RuleError>,
    ) -> Result<(T, Receipt), RuleError> {
        self.breaker.admit().inspect_err(|_| self.counters.refused())?;
        let first = call(self.rule.as_ref());
        self.breaker.note(&first);
        self.counters.asked(&first);
        match &self.twin {
            Some(twin) if chosen(question, self.permille) => {
                let compared = twin.compare(self.rule.as_ref(), first, call);
                self.counters.compared(&compared);
                compared
            }
            _ => first,
        }
    }
}

/// Whether a question is among those asked twice: the same question always or never, so that a replay finds what was
/// found.
fn chosen(question: &impl Hash, permille: u64) -> bool {
    if permille >= 1_000 {
        return true;
    }
    let mut hasher = DefaultHasher::new();
    question.hash(&mut hasher);
    hasher.finish() % 1_000 < permille
}

impl Rule for Guarded {
    fn law(&self) -> Law {
        self.rule.law()
    }

    fn tier(&self) -> Tier {
        self.rule.tier()
    }

    fn description(&self) -> Option<&Description> {
        self.rule.description()
    }

    fn score(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.ask(input, |rule| rule.score(input))
    }

    fn settle(&self, input: &RuleInput) -> Result<(Settlement, Receipt), RuleError> {
        self.ask(input, |rule| rule.settle(input))
    }

    fn quote(&self, input: &QuoteInput) -> Result<(Quote, Receipt), RuleError> {
        self.ask(input, |rule| rule.quote(input))
    }

    fn grade(&self, input: &RuleInput) -> Result<(Grades, Receipt), RuleError> {
        self.ask(input, |rule| rule.grade(input))
    }

    fn convert(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.ask(input, |rule| rule.convert(input))
    }

    fn distribute(
        &self,
        input: &RuleInput,
        cents: i64,
    ) -> Result<(Distribution, Receipt), RuleError> {
        self.ask(&(input, cents), |rule| rule.distribute(input, cents))
    }

    fn qualify(&self, input: &RuleInput) -> Result<(Entitlements, Receipt), RuleError> {
        self.ask(input, |rule| rule.qualify(input))
    }

    fn assess(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        self.ask(input, |rule| rule.assess(input))
    }
}
