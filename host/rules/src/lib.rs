//! Scoring and redemption rules: wasmtime components and Rhai scripts behind one trait.
