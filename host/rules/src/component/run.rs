//! One call: a fresh store, instantiation on its own fuel, then the metered export.

use model::Digest;
use wasmtime::{Store, Trap, WasmBacktrace};

use super::Components;
use super::load::one_line;
use super::store::{self, MemoryLimit, State};
use super::v0_1::{self, bindings};
use crate::{
    Description, Law, LimitKind, Quote, QuoteInput, Receipt, Rule, RuleError, RuleInput, Scores,
    Settlement, checks,
};

/// What wasmtime says when an answer is larger than the store's hostcall fuel; the type behind it is private, so a test
/// holds the words.
const OUTPUT_WORDS: &str = "fuel allocated for hostcalls has been exhausted";

/// A linked component, by law.
pub(super) enum Entry {
    Score(bindings::scoring::ScoringPre<State>),
    Settle(bindings::settlement::SettlementPre<State>),
    Quote(bindings::redemption::RedemptionPre<State>),
}

/// A rule that is a component.
pub(super) struct ComponentRule {
    shared: Components,
    entry: Entry,
    digest: Digest,
    abi: String,
    description: Description,
}

/// Calls one export on a fresh store; the three worlds differ only in names, which generated code does not share.
macro_rules! call {
    ($rule:expr, $pre:expr, $budget:expr, $interface:ident . $function:ident ( $($argument:expr)? )) => {{
        let (rule, budget) = ($rule, $budget);
        let _permit = rule.shared.permits.take();
        let mut store = store::store(&rule.shared.engine, &rule.shared.limits).map_err(|error| rule.host(&error))?;
        let guest = $pre.instantiate(&mut store);
        let guest = guest.map_err(|error| rule.fault(&error, &store, rule.shared.limits.init_fuel, true))?;
        store.set_fuel(budget).map_err(|error| rule.host(&error))?;
        let answer = guest.$interface().$function(&mut store $(, $argument)?);
        let answer = answer.map_err(|error| rule.fault(&error, &store, budget, false))?;
        let receipt = rule.receipt(store, budget)?;
        (answer, receipt)
    }};
}

impl ComponentRule {
    pub(super) fn new(shared: Components, entry: Entry, digest: Digest, abi: String) -> Self {
        Self { shared, entry, digest, abi, description: Description::default() }
    }

    /// The rule with its own description read; what a component cannot say here it cannot do later either.
    pub(super) fn described(mut self) -> Result<Self, RuleError> {
        let budget = self.shared.limits.call_fuel;
        let (given, _) = match &self.entry {
            Entry::Score(pre) => call!(&self, pre, budget, xiangyue_rules_scorer.call_describe()),
            Entry::Settle(pre) => call!(&self, pre, budget, xiangyue_rules_settler.call_describe()),
            Entry::Quote(pre) => call!(&self, pre, budget, xiangyue_rules_quoter.call_describe()),
        };
        self.description = v0_1::description(given);
        Ok(self)
    }

    fn receipt(&self, mut store: Store<State>, budget: u64) -> Result<Receipt, RuleError> {
        let left = store.get_fuel().map_err(|error| self.host(&error))?;
        Ok(Receipt {
            rule: self.digest,
            abi: self.abi.clone(),
            engine: self.shared.fingerprint.to_string(),
            fuel_used: budget.saturating_sub(left),
            fuel_max: budget,
            log: std::mem::take(&mut store.data_mut().log),
        })
    }

    #[expect(clippy::unused_self, reason = "reads like its sibling `fault` where it is used")]
    fn host(&self, error: &wasmtime::Error) -> RuleError {
        RuleError::Host { message: one_line(error) }
    }

    /// Sorts an engine error into ours. The store is dropped after it, whatever it was.
    fn fault(
        &self,
        error: &wasmtime::Error,
        store: &Store<State>,
        fuel: u64,
        starting: bool,
    ) -> RuleError {
        let limit = |limit, max: usize| RuleError::Limit {
            limit,
            max: u64::try_from(max).unwrap_or(u64::MAX),
        };
        if let Some(MemoryLimit { max }) = error.downcast_ref::<MemoryLimit>() {
            return limit(LimitKind::Memory, *max);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => RuleError::Limit { limit: LimitKind::Fuel, max: fuel },
            Some(Trap::StackOverflow) => limit(LimitKind::Stack, 512 << 10),
            Some(trap) => {
                let message = store.data().panic.clone().unwrap_or_else(|| trap.to_string());
                RuleError::Trapped { message, frames: frames(error) }
            }
            None if error.chain().any(|cause| cause.to_string().contains(OUTPUT_WORDS)) => {
                limit(LimitKind::Output, self.shared.limits.output_bytes)
            }
            None if starting => self.host(error),
            // What is left are answers that cannot be read: text that is not UTF-8, lists outside the memory.
            None => RuleError::BadAnswer { problem: one_line(error) },
        }
    }

    fn wrong(&self, asked: Law) -> RuleError {
        RuleError::WrongLaw { law: self.law(), asked }
    }
}

fn frames(error: &wasmtime::Error) -> Vec<String> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let name = |frame: &wasmtime::FrameInfo| frame.func_name().map(checks::clip);
    trace.frames().iter().filter_map(name).collect()
}

impl Rule for ComponentRule {
    fn law(&self) -> Law {
        match self.entry {
            Entry::Score(_) => Law::Score,
            Entry::Settle(_) => Law::Settle,
            Entry::Quote(_) => Law::Quote,
        }
    }

    fn description(&self) -> Option<&Description> {
        Some(&self.description)
    }

    fn score(&self, input: &RuleInput) -> Result<(Scores, Receipt), RuleError> {
        let Entry::Score(pre) = &self.entry else { return Err(self.wrong(Law::Score)) };
        checks::question(input, self.description())?;
        let asked = v0_1::population(input, self.shared.limits.input_bytes)?;
        let budget = self.shared.limits.fuel(asked.units);
        let (answer, receipt) =
            call!(self, pre, budget, xiangyue_rules_scorer.call_score(&asked.message));
        Ok((v0_1::scores(input, answer)?, receipt))
    }

    fn settle(&self, input: &RuleInput) -> Result<(Settlement, Receipt), RuleError> {
        let Entry::Settle(pre) = &self.entry else { return Err(self.wrong(Law::Settle)) };
        checks::question(input, self.description())?;
        let asked = v0_1::population(input, self.shared.limits.input_bytes)?;
        let budget = self.shared.limits.fuel(asked.units);
        let (answer, receipt) =
            call!(self, pre, budget, xiangyue_rules_settler.call_settle(&asked.message));
        Ok((v0_1::settlement(input, answer)?, receipt))
    }

    fn quote(&self, input: &QuoteInput) -> Result<(Quote, Receipt), RuleError> {
        let Entry::Quote(pre) = &self.entry else { return Err(self.wrong(Law::Quote)) };
        checks::settings(&input.settings, self.description())?;
        let asked = v0_1::request(input, self.shared.limits.input_bytes)?;
        let budget = self.shared.limits.fuel(asked.units);
        let (answer, receipt) =
            call!(self, pre, budget, xiangyue_rules_quoter.call_quote(&asked.message));
        Ok((v0_1::quote(input, answer)?, receipt))
    }
}

impl std::fmt::Debug for ComponentRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComponentRule")
            .field("abi", &self.abi)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}
