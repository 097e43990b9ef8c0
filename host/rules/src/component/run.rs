//! One call: a fresh store, instantiation on its own fuel, then the metered export.

use std::collections::BTreeMap;

use model::Digest;
use wasmtime::{Store, Trap, WasmBacktrace};

use super::Components;
use super::load::one_line;
use super::store::{LogLimit, MemoryLimit, State};
use super::{v0_1, v1_0};
use crate::{Description, Law, LimitKind, Receipt, RuleError, Tier, checks};

/// What wasmtime says when an answer is larger than the store's hostcall fuel; the type behind it is private, so a test
/// holds the words.
const OUTPUT_WORDS: &str = "fuel allocated for hostcalls has been exhausted";

/// A linked component by the version of the interface it speaks, with what it said about itself.
pub(super) enum Entry {
    V0_1(v0_1::Entry, Box<Description>),
    V1_0(v1_0::Entry, Box<v1_0::Catalog>),
}

/// What the calls of one component have in common.
pub(super) struct Run {
    pub(super) shared: Components,
    digest: Digest,
    abi: String,
}

/// A rule that is a component.
pub(super) struct ComponentRule {
    pub(super) run: Run,
    pub(super) entry: Entry,
}

/// Calls one export on a fresh store; worlds differ only in names, which generated code does not share.
macro_rules! call {
    ($run:expr, $pre:expr, $budget:expr, $interface:ident . $function:ident ( $($argument:expr),* )) => {{
        let (run, budget): (&super::run::Run, u64) = ($run, $budget);
        let _permit = run.shared.permits.take();
        let mut store = super::store::store(&run.shared.engine, &run.shared.limits)
            .map_err(|error| run.host(&error))?;
        let guest = $pre.instantiate(&mut store);
        let guest = guest.map_err(|error| run.fault(&error, &store, run.shared.limits.init_fuel, true))?;
        store.set_fuel(run.held(budget)).map_err(|error| run.host(&error))?;
        let answer = guest.$interface().$function(&mut store $(, $argument)*);
        let answer = answer.map_err(|error| run.fault(&error, &store, budget, false))?;
        let receipt = run.receipt(store, budget)?;
        (answer, receipt)
    }};
}

impl Run {
    pub(super) const fn new(shared: Components, digest: Digest, abi: String) -> Self {
        Self { shared, digest, abi }
    }

    /// The fuel of a call: its budget, unless it is profiled.
    pub(super) fn held(&self, budget: u64) -> u64 {
        self.shared.probe.as_ref().map_or(budget, |probe| probe.budget(budget))
    }

    pub(super) fn receipt(
        &self,
        mut store: Store<State>,
        budget: u64,
    ) -> Result<Receipt, RuleError> {
        let left = store.get_fuel().map_err(|error| self.host(&error))?;
        Ok(Receipt {
            rule: self.digest,
            abi: self.abi.clone(),
            engine: self.shared.fingerprint.to_string(),
            advisory: self.shared.limits.tier == Tier::Advisory,
            fuel_used: self.held(budget).saturating_sub(left),
            fuel_max: budget,
            log: std::mem::take(&mut store.data_mut().log),
            notes: Vec::new(),
            states: BTreeMap::new(),
        })
    }

    #[expect(clippy::unused_self, reason = "reads like its sibling `fault` where it is used")]
    pub(super) fn host(&self, error: &wasmtime::Error) -> RuleError {
        RuleError::Host { message: one_line(error) }
    }

    /// Sorts an engine error into ours. The store is dropped after it, whatever it was.
    pub(super) fn fault(
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
        if let Some(LogLimit { max }) = error.downcast_ref::<LogLimit>() {
            return limit(LimitKind::Log, *max);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => {
                if let Some(probe) = &self.shared.probe {
                    probe.stopped(error);
                }
                RuleError::Limit { limit: LimitKind::Fuel, max: fuel }
            }
            Some(Trap::StackOverflow) => limit(LimitKind::Stack, self.shared.limits.stack_bytes()),
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
}

impl ComponentRule {
    pub(super) fn said(&self) -> &Description {
        match &self.entry {
            Entry::V0_1(_, description) => description,
            Entry::V1_0(_, catalog) => &catalog.description,
        }
    }

    pub(super) const fn answers(&self) -> Law {
        match &self.entry {
            Entry::V0_1(entry, _) => entry.law(),
            Entry::V1_0(entry, _) => entry.law(),
        }
    }

    pub(super) fn wrong(&self, asked: Law) -> RuleError {
        RuleError::WrongLaw { law: self.answers(), asked }
    }
}

fn frames(error: &wasmtime::Error) -> Vec<String> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return Vec::new() };
    let name = |frame: &wasmtime::FrameInfo| frame.func_name().map(checks::clip);
    trace.frames().iter().filter_map(name).collect()
}

impl std::fmt::Debug for ComponentRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ComponentRule")
            .field("abi", &self.run.abi)
            .field("digest", &self.run.digest)
            .finish_non_exhaustive()
    }
}
