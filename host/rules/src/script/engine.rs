//! The sandbox: what a script can use, how much of it, and how operations are counted.

use std::cell::Cell;

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage,
    BasicStringPackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, OptimizationLevel};

use super::numbers;
use crate::Limits;

/// Function hashes must not differ between two runs of this program.
const SEED: [u64; 4] = [0x5869_616e, 0x6779_7565, 0x3230_3236, 0x3031_3031];

/// Levels of calls.
pub(super) const LEVELS: usize = 16;
/// How large a value may grow; what is nested in it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Bytes of text.
    pub(super) string: usize,
    /// Elements of arrays.
    pub(super) array: usize,
    /// Entries of maps.
    pub(super) map: usize,
}

/// For one row or one request.
pub(super) const ROW: Sizes = Sizes { string: 4_096, array: 10_000, map: 256 };
/// For a whole village at once: its answer is one array of maps.
pub(super) const VILLAGE: Sizes = Sizes { string: 1 << 20, array: 40_000, map: 120_000 };

thread_local! {
    /// Operations used and allowed by the call that runs on this thread; a call never leaves its thread.
    static METER: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// Runs `call` with a budget of operations and says how many it used.
pub(super) fn metered<T>(budget: u64, call: impl FnOnce() -> T) -> (T, u64) {
    METER.set((0, budget));
    let answer = call();
    (answer, METER.get().0)
}

/// Nothing but arithmetic, logic, strings, arrays and maps; `Engine::new` would bring printing and modules.
///
/// `CorePackage` is taken apart here, because its language part holds `sleep`, which no operation limit interrupts, and
/// `exit` and `parse_json`, which a rule has no use for.
pub(super) fn engine(limits: &Limits, sizes: Sizes) -> Engine {
    // An error only says that the seed is set already: by an earlier host in this process, to the same value.
    let _ = rhai::config::hashing::set_hashing_seed(Some(SEED));
    let mut engine = Engine::new_raw();
    ArithmeticPackage::new().register_into_engine(&mut engine);
    BasicStringPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    MoreStringPackage::new().register_into_engine(&mut engine);
    engine
        .set_max_operations(limits.fuel_max)
        .set_max_call_levels(LEVELS)
        .set_max_expr_depths(48, 32)
        .set_max_string_size(sizes.string)
        .set_max_array_size(sizes.array)
        .set_max_map_size(sizes.map)
        .set_max_variables(64)
        .set_max_functions(64)
        .set_max_strings_interned(256)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_allow_shadowing(false)
        .set_allow_anonymous_fn(false)
        .set_optimization_level(OptimizationLevel::Simple);
    for symbol in ["eval", "print", "debug"] {
        engine.disable_symbol(symbol);
    }
    engine.on_progress(|used| {
        let (_, budget) = METER.get();
        METER.set((used, budget));
        (used > budget).then_some(Dynamic::UNIT)
    });
    numbers::register(&mut engine);
    engine
}

/// Operations that the running call has used so far.
pub(super) fn used() -> u64 {
    METER.get().0
}
