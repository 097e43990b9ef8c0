//! Where a component spends its fuel: the same call with less and less fuel, and where each one stopped.

use std::sync::{Mutex, PoisonError};

use wasmtime::WasmBacktrace;

/// Holds a profiled component's calls to a smaller budget and keeps where they stopped.
#[derive(Debug, Default)]
pub struct FuelProbe {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    fuel: Option<u64>,
    stack: Vec<String>,
}

impl FuelProbe {
    /// The most fuel of the next calls; none for their own budget. Forgets where an earlier call stopped.
    pub fn hold(&self, fuel: Option<u64>) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) =
            State { fuel, stack: Vec::new() };
    }

    /// The functions that the last call stopped in for want of fuel, outermost first; a function without a name is
    /// `wasm-function[N]`.
    pub fn stack(&self) -> Vec<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stack.clone()
    }

    pub(super) fn budget(&self, own: u64) -> u64 {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.fuel.unwrap_or(own).min(own)
    }

    pub(super) fn stopped(&self, error: &wasmtime::Error) {
        let Some(trace) = error.downcast_ref::<WasmBacktrace>() else { return };
        let name = |frame: &wasmtime::FrameInfo| match frame.func_name() {
            Some(name) => plain(name),
            None => format!("wasm-function[{}]", frame.func_index()),
        };
        let mut stack: Vec<String> = trace.frames().iter().map(name).collect();
        stack.reverse();
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stack = stack;
    }
}

/// A name as the compiler wrote it (`_ZN4core3fmt17h…E`) as people read it (`core::fmt`); others as they are.
pub(super) fn plain(name: &str) -> String {
    // `;` stands between the functions of a folded stack
    let shown = format!("{:#}", rustc_demangle::demangle(name)).replace(';', ",");
    shown.chars().map(|c| if c.is_control() { ' ' } else { c }).take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_are_read_as_people_read_them() {
        assert_eq!(plain("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
        assert_eq!(plain("_RNvCscyuz1YrHTyL_10moral_bank6single"), "moral_bank::single");
        assert_eq!(plain("xiangyue:rules/scorer@1.0.0#score"), "xiangyue:rules/scorer@1.0.0#score");
        assert_eq!(plain("a;b"), "a,b");
    }
}
