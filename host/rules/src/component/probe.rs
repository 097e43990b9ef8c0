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
fn plain(name: &str) -> String {
    let parts = || {
        let mut rest = name.strip_prefix("_ZN")?.strip_suffix('E')?;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let length: usize = rest.get(..digits)?.parse().ok()?;
            let end = digits.checked_add(length)?;
            parts.push(rest.get(digits..end)?);
            rest = rest.get(end..)?;
        }
        let hash = |part: &&str| {
            part.len() == 17
                && part.starts_with('h')
                && part.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
        };
        if parts.last().is_some_and(hash) {
            parts.pop();
        }
        Some(parts.join("::"))
    };
    let shown = parts().unwrap_or_else(|| name.to_owned());
    // a folded stack has one line per stack, `;` between functions and a space before the count
    let shown = shown.replace("$LT$", "<").replace("$GT$", ">").replace("..", "::");
    shown.chars().map(|c| if c.is_whitespace() || c == ';' { '_' } else { c }).take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_are_read_as_people_read_them() {
        assert_eq!(plain("_ZN4core3fmt5write17h0123456789abcdefE"), "core::fmt::write");
        assert_eq!(plain("hours::score row"), "hours::score_row");
        assert_eq!(plain("_ZN9x"), "_ZN9x");
    }
}
