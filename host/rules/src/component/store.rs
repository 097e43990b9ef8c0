//! The one place where stores are made: every store has fuel, a memory limiter and a cap on what it hands over.

use std::sync::Arc;

use thiserror::Error;
use wasmtime::{Engine, ResourceLimiter, Result, Store};

use super::{v0_1, v1_0};
use crate::Limits;

/// What one call leaves behind besides its answer.
pub(super) struct State {
    limits: Arc<Limits>,
    log_left: usize,
    log_taken: usize,
    /// Lines the guest logged, for its author.
    pub(super) log: Vec<String>,
    /// The guest's panic message, with file and line.
    pub(super) panic: Option<String>,
}

/// Raised by the limiter, so that a rule never branches on a refused growth.
#[derive(Clone, Copy, Debug, Error)]
#[error("a rule may use {max} bytes of memory")]
pub(super) struct MemoryLimit {
    pub(super) max: usize,
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        let max = self.limits.memory_bytes.min(self.limits.slot_bytes());
        if desired > max { Err(MemoryLimit { max }.into()) } else { Ok(true) }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> Result<bool> {
        let max = self.limits.table_elements();
        if desired > max { Err(MemoryLimit { max }.into()) } else { Ok(true) }
    }
}

/// Raised when a rule hands over too much for its author: taking it costs the host time that no fuel pays for.
#[derive(Clone, Copy, Debug, Error)]
#[error("a rule may log {max} bytes in one call")]
pub(super) struct LogLimit {
    pub(super) max: usize,
}

/// What a line costs besides its bytes.
const LINE_COST: usize = 64;

impl State {
    fn keep(&mut self, text: &str) -> Option<String> {
        if self.log_left == 0 {
            return None;
        }
        let kept: String = text.chars().take(self.log_left).collect();
        self.log_left = self.log_left.saturating_sub(kept.len());
        Some(kept)
    }

    /// Counts what was handed over, kept or not.
    fn taken(&mut self, bytes: usize) -> Result<()> {
        let max = self.limits.log_input_bytes;
        self.log_taken = self.log_taken.saturating_add(bytes).saturating_add(LINE_COST);
        if self.log_taken > max { Err(LogLimit { max }.into()) } else { Ok(()) }
    }

    fn line(&mut self, message: &str) -> Result<()> {
        self.taken(message.len())?;
        if let Some(line) = self.keep(message) {
            self.log.push(line);
        }
        Ok(())
    }

    fn panicked(&mut self, message: &str, file: &str, line: u32) -> Result<()> {
        self.taken(message.len().saturating_add(file.len()))?;
        // The first panic is the cause; what follows while unwinding is noise. It has its own allowance: a rule that
        // logs a lot must still be able to say why it stopped.
        if self.panic.is_none() {
            let line_of = |text: &str, most| -> String {
                text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect()
            };
            let (message, file) = (line_of(message, 400), line_of(file, 120));
            self.panic = Some(format!("{message} ({file}:{line})"));
        }
        Ok(())
    }
}

impl v0_1::diag::Host for State {
    fn log(&mut self, _level: v0_1::diag::Level, message: String) -> Result<()> {
        self.line(&message)
    }

    fn report_panic(&mut self, message: String, file: String, line: u32) -> Result<()> {
        self.panicked(&message, &file, line)
    }
}

impl v1_0::diag::Host for State {
    fn log(&mut self, _level: v1_0::diag::Level, message: String) -> Result<()> {
        self.line(&message)
    }

    fn report_panic(&mut self, message: String, file: String, line: u32) -> Result<()> {
        self.panicked(&message, &file, line)
    }
}

/// A store ready to instantiate: the fuel in it is the budget for instantiation.
pub(super) fn store(engine: &Engine, limits: &Arc<Limits>) -> Result<Store<State>> {
    let state = State {
        limits: Arc::clone(limits),
        log_left: limits.log_bytes,
        log_taken: 0,
        log: Vec::new(),
        panic: None,
    };
    let mut store = Store::new(engine, state);
    store.limiter(|state| state);
    store.set_hostcall_fuel(limits.output_bytes);
    store.set_max_component_handles(64);
    store.set_fuel(limits.init_fuel)?;
    Ok(store)
}
