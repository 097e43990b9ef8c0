//! The yardstick of the sandbox: wasmtime itself, with the settings of the rule host, nothing checked or kept.

use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OperatorCost, PoolingAllocationConfig,
    ResourceLimiter, Result, Store, WasmFeatures,
};

#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated code"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../schemas/wit/rules/v1_0",
        world: "settlement",
        imports: { default: trappable },
    });
}

use bindings::xiangyue::rules::{diag, types};

/// Memory of a guest.
pub(crate) struct State {
    memory: usize,
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        Ok(desired <= self.memory)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        Ok(desired <= 20_000)
    }
}

impl diag::Host for State {
    fn log(&mut self, _: diag::Level, _: String) -> Result<()> {
        Ok(())
    }

    fn report_panic(&mut self, _: String, _: String, _: u32) -> Result<()> {
        Ok(())
    }
}

/// An engine with one component in it.
pub(crate) struct Bare {
    engine: Engine,
    guest: bindings::SettlementPre<State>,
    nothing: types::Population,
}

impl Bare {
    pub(crate) fn new(component: &[u8]) -> Self {
        let engine = Engine::new(&config()).unwrap();
        let component = Component::from_binary(&engine, component).unwrap();
        let mut linker = Linker::new(&engine);
        diag::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state).unwrap();
        let guest = linker.instantiate_pre(&component).unwrap();
        // what the rule host sends for the household rule when there are no households
        let symbols =
            ["sheet", "courtyard", "gate", "toilet", "waste", "livestock", "w", "cap", ""];
        let nothing = types::Population {
            day: 20_500,
            period: types::Period { name: 8, first: 0, last: 0 },
            symbols: symbols.map(str::to_owned).to_vec(),
            settings: vec![
                types::Value { name: 7, amount: 2_000 },
                types::Value { name: 6, amount: 200 },
            ],
            rows: Vec::new(),
            facts: Vec::new(),
            events: Vec::new(),
            quantities: Vec::new(),
            people: Vec::new(),
            state: Vec::new(),
        };
        Self { engine, guest: bindings::SettlementPre::new(guest).unwrap(), nothing }
    }

    /// A store and an instance.
    pub(crate) fn start(&self) -> (Store<State>, bindings::Settlement) {
        let mut store = Store::new(&self.engine, State { memory: 16 << 20 });
        store.limiter(|state| state);
        store.set_hostcall_fuel(1 << 20);
        store.set_fuel(10_000_000).unwrap();
        let guest = self.guest.instantiate(&mut store).unwrap();
        (store, guest)
    }

    /// A question without rows.
    pub(crate) fn ask(&self, (store, guest): &mut (Store<State>, bindings::Settlement)) {
        store.set_fuel(10_000_000).unwrap();
        let answer =
            guest.xiangyue_rules_settler().call_settle(&mut *store, &self.nothing).unwrap();
        assert!(answer.unwrap().rows.is_empty());
    }
}

/// Written out a second time, so that a change of the rule host's settings shows as a change of the ratio.
fn config() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    let scanned = PoolingAllocationConfig::is_pagemap_scan_available();
    pool.pagemap_scan(if scanned { Enabled::Yes } else { Enabled::No });
    pool.total_component_instances(8)
        .total_core_instances(32)
        .total_memories(8)
        .total_tables(16)
        .max_memory_size(16 << 20)
        .max_memories_per_component(1)
        .max_memories_per_module(1)
        .max_core_instances_per_component(8)
        .max_tables_per_component(4)
        .max_tables_per_module(2)
        .table_elements(20_000)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .linear_memory_keep_resident(if scanned { 2 << 20 } else { 256 << 10 })
        .table_keep_resident(32 << 10)
        .max_unused_warm_slots(8)
        .decommit_batch_size(1);
    let mut cost = OperatorCost::new();
    cost.variable.memory_grow_per_page = 200;
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .operator_cost(cost)
        .native_unwind_info(false)
        .cranelift_nan_canonicalization(true)
        .concurrency_support(false)
        .wasm_simd(false)
        .wasm_relaxed_simd(false)
        .wasm_features(WasmFeatures::FLOATS, false)
        .max_wasm_stack(512 << 10)
        .memory_guaranteed_dense_image_size(16 << 20)
        .memory_reservation(4 << 30)
        .memory_guard_size(32 << 20)
        .memory_may_move(false)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}
