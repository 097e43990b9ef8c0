//! The one place where machine code is taken as it is.
#![expect(
    unsafe_code,
    reason = "wasmtime cannot check compiled code; its origin is checked instead"
)]

use wasmtime::component::Component;
use wasmtime::{Engine, Result};

use super::cache::Authentic;

/// A component from code that this program compiled and kept.
pub(super) fn component(engine: &Engine, code: &Authentic) -> Result<Component> {
    // SAFETY: `deserialize` must be given only what `Component::serialize` made, unchanged. An `Authentic` is made in
    // one place, after a keyed digest of the bytes was compared; the key is readable by this program's user only, and
    // only `Cache::keep` makes such digests, over the output of `serialize`. The bytes are in this process's memory:
    // nobody can change them after the comparison. That they are for another release or processor, wasmtime sees itself.
    unsafe { Component::deserialize(engine, code.bytes()) }
}
