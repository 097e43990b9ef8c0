//! The sandbox: what a script can use, how much of it, and how operations are counted.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage,
    BasicStringPackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, OptimizationLevel};

use super::{numbers, replace};
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

/// Operations after which the clock is looked at again.
const LOOK_EVERY: u64 = 64;

/// What the call that runs on this thread has used and may use; a call never leaves its thread.
#[derive(Clone, Copy)]
struct Meter {
    /// As the engine counts.
    counted: u64,
    /// Charged besides, for functions whose work grows with what they are given.
    charged: u64,
    budget: u64,
    until: Option<Instant>,
}

impl Meter {
    const fn used(self) -> u64 {
        self.counted.saturating_add(self.charged)
    }
}

thread_local! {
    static METER: Cell<Meter> =
        const { Cell::new(Meter { counted: 0, charged: 0, budget: 0, until: None }) };
}

/// When a question must be answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    until: Option<Instant>,
    /// How long that was from the beginning.
    pub(super) millis: u64,
}

impl Deadline {
    /// So many milliseconds from now.
    #[expect(
        clippy::disallowed_methods,
        reason = "no answer depends on it: a script that takes too long gets none"
    )]
    pub(super) fn after(millis: u64) -> Self {
        Self { until: Instant::now().checked_add(Duration::from_millis(millis)), millis }
    }

    /// Never.
    pub(super) const NONE: Self = Self { until: None, millis: 0 };
}

#[expect(clippy::disallowed_methods, reason = "as for the deadline")]
fn over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() > until)
}

/// Runs `call` with a budget of operations and says how many it used.
pub(super) fn metered<T>(budget: u64, by: Deadline, call: impl FnOnce() -> T) -> (T, u64) {
    METER.set(Meter { counted: 0, charged: 0, budget, until: by.until });
    let answer = call();
    (answer, METER.get().used())
}

/// Charges the running call for work that the engine counts as one operation.
pub(super) fn charge(operations: usize) {
    let mut meter = METER.get();
    meter.charged = meter.charged.saturating_add(u64::try_from(operations).unwrap_or(u64::MAX));
    METER.set(meter);
}

/// What a script that took too long is ended with; one that used too many operations ends with `()`.
pub(super) const TOO_LONG: i64 = 1;

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
    engine.on_progress(|counted| {
        let meter = Meter { counted, ..METER.get() };
        METER.set(meter);
        if meter.used() > meter.budget {
            return Some(Dynamic::UNIT);
        }
        let look = counted.is_multiple_of(LOOK_EVERY);
        (look && over(meter.until)).then_some(Dynamic::from_int(TOO_LONG))
    });
    numbers::register(&mut engine);
    replace::register(&mut engine, sizes.string);
    engine
}

/// Operations that the running call has used so far.
pub(super) fn used() -> u64 {
    METER.get().used()
}
