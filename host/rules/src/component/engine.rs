//! How wasmtime is set up for short, metered, deterministic calls of untrusted code.

use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;

use model::Digest;
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OperatorCost, OptLevel,
    PoolingAllocationConfig, Result, Strategy, WasmBacktraceDetails, WasmFeatures,
};

use crate::{Limits, Tier};

/// The release in `Cargo.lock`, pinned exactly there; named in receipts.
pub(super) const WASMTIME: &str = "48.0.8";

/// Memory growth is paid for by the page, like 64 KiB of work.
const GROW_PER_PAGE: u8 = 200;

/// How components are run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Runs {
    /// Compiled to the machine's own code.
    Compiled,
    /// By wasmtime's interpreter, for comparison: other code behind the same meaning and the same fuel.
    Interpreted,
}

/// The target of the interpreter.
const INTERPRETER: &str = "pulley64";

pub(super) fn engine(limits: &Limits, runs: Runs) -> Result<Engine> {
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(optimised(limits.tier))
        .parallel_compilation(true)
        .native_unwind_info(false)
        // `Environment` would read an environment variable.
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .wasm_backtrace_max_frames(NonZeroUsize::new(32));
    meter(&mut config);
    proposals(&mut config, limits.tier);
    memory(&mut config, limits);
    match runs {
        Runs::Compiled => {
            config.memory_guard_size(32 << 20).guard_before_linear_memory(true);
            config.signals_based_traps(true);
        }
        // It checks every access by itself: guards would be for nothing.
        Runs::Interpreted => {
            config.target(INTERPRETER)?;
        }
    }
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    Engine::new(&config)
}

/// An advisory component is compiled for one question, and is mostly engine: compiling it well takes longer than asking.
const fn optimised(tier: Tier) -> OptLevel {
    match tier {
        Tier::Exact => OptLevel::Speed,
        Tier::Advisory => OptLevel::None,
    }
}

fn meter(config: &mut Config) {
    let mut cost = OperatorCost::new();
    cost.variable.memory_grow_per_page = GROW_PER_PAGE;
    config
        .consume_fuel(true)
        .operator_cost(cost)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .epoch_interruption(false);
}

/// Everything a rule has no use for is off. The `gc` and `threads` cargo features are compiled in all the same, because
/// builds without them had aborts that a guest could reach (GHSA-rc4p-x33f-vpr2, GHSA-2674-w29h-wqvj).
fn proposals(config: &mut Config, tier: Tier) {
    config
        .wasm_relaxed_simd(false)
        .wasm_simd(false)
        .wasm_threads(false)
        .shared_memory(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_stack_switching(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .wasm_exceptions(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .gc_support(false)
        .wasm_component_model(true)
        .concurrency_support(false);
    // Points and money know no fractions; a component with a float instruction does not validate. Advisory answers may
    // come of fractions; a NaN has one form there, so the same question still has the same answer.
    config.wasm_features(WasmFeatures::FLOATS, tier == Tier::Advisory);
}

fn memory(config: &mut Config, limits: &Limits) {
    config
        .max_wasm_stack(limits.stack_bytes())
        .memory_init_cow(true)
        .memory_guaranteed_dense_image_size(16 << 20)
        .memory_reservation(4 << 30)
        .memory_may_move(false)
        .table_lazy_init(true);
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let n = limits.instances.max(1);
    let mut pool = PoolingAllocationConfig::new();
    // Where the kernel says which pages were written, only those are cleaned, so that more of a slot may stay in memory;
    // elsewhere all that stays is cleaned after every call.
    let scanned = PoolingAllocationConfig::is_pagemap_scan_available();
    pool.pagemap_scan(if scanned { Enabled::Yes } else { Enabled::No });
    pool.total_component_instances(n)
        .total_core_instances(n.saturating_mul(limits.core_instances()))
        .total_memories(n)
        .total_tables(n.saturating_mul(2))
        .max_memory_size(limits.slot_bytes())
        .max_memories_per_component(1)
        .max_memories_per_module(1)
        .max_core_instances_per_component(limits.core_instances())
        .max_tables_per_component(4)
        .max_tables_per_module(2)
        .table_elements(limits.table_elements())
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .linear_memory_keep_resident(if scanned { 2 << 20 } else { 256 << 10 })
        .table_keep_resident(32 << 10)
        .max_unused_warm_slots(n)
        .decommit_batch_size(1);
    pool
}

/// Names everything a fuel reading depends on: release, target, settings (wasmtime's own compatibility hash) and the
/// extra cost of memory growth.
pub(super) fn fingerprint(engine: &Engine, tier: Tier, runs: Runs) -> String {
    let mut bytes = Bytes(Vec::new());
    engine.precompile_compatibility_hash().hash(&mut bytes);
    let digest = Digest::of([&bytes.0[..], &[GROW_PER_PAGE]]);
    let target = match runs {
        Runs::Compiled => std::env::consts::ARCH,
        Runs::Interpreted => INTERPRETER,
    };
    let tier = match tier {
        Tier::Exact => "",
        Tier::Advisory => " advisory",
    };
    format!("wasmtime {WASMTIME} {target} {}{tier}", digest.short())
}

/// Collects what is hashed, so that the result does not depend on a hasher's seed or version.
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
