//! The sandbox: what a script can use, how much of it, and how operations are counted.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage,
    BasicStringPackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{Dynamic, Engine, OptimizationLevel};

use super::{numbers, replace};
use crate::{Limits, counting};

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

/// When a question must be answered, and how much its values may take meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    until: Option<Instant>,
    /// How long that was from the beginning.
    pub(super) millis: u64,
    /// Bytes, besides those of the question.
    pub(super) memory: usize,
}

impl Bounds {
    /// So many milliseconds from now, so many bytes.
    #[expect(
        clippy::disallowed_methods,
        reason = "no answer depends on it: a script that takes too long gets none"
    )]
    pub(super) fn after(millis: u64, memory: usize) -> Self {
        let until = Instant::now().checked_add(Duration::from_millis(millis));
        Self { until, millis, memory }
    }

    /// None.
    pub(super) const NONE: Self = Self { until: None, millis: 0, memory: usize::MAX };
}

/// What the call that runs on this thread has used and may use; a call never leaves its thread.
struct Meter {
    /// Operations that the engine came to, counted here: its own count forgets those of functions that are handed to
    /// `map`, `filter` or `sort`. With what is charged besides, for functions whose work grows with what they are given.
    used: Cell<u64>,
    budget: Cell<u64>,
    /// Where budget and clock are looked at next.
    look: Cell<u64>,
    bounds: Cell<Bounds>,
    /// What the thread held before the call.
    held: Cell<usize>,
}

thread_local! {
    static METER: Meter = const {
        Meter {
            used: Cell::new(0),
            budget: Cell::new(0),
            look: Cell::new(0),
            bounds: Cell::new(Bounds::NONE),
            held: Cell::new(0),
        }
    };
}

impl Meter {
    /// One operation more; what ends the script, if it must end.
    fn step(&self) -> Option<Dynamic> {
        let used = self.used.get().saturating_add(1);
        self.used.set(used);
        if used < self.look.get() { None } else { self.look(used) }
    }

    #[cold]
    #[expect(clippy::disallowed_methods, reason = "as for the bounds")]
    fn look(&self, used: u64) -> Option<Dynamic> {
        let budget = self.budget.get();
        if used > budget {
            return Some(Dynamic::UNIT);
        }
        self.look.set(used.saturating_add(LOOK_EVERY).min(budget.saturating_add(1)));
        let bounds = self.bounds.get();
        if counting::more_than(self.held.get()) > bounds.memory {
            return Some(Dynamic::from_int(TOO_MUCH));
        }
        let late = bounds.until.is_some_and(|until| Instant::now() > until);
        late.then_some(Dynamic::from_int(TOO_LONG))
    }
}

/// Runs `call` with a budget of operations and says how many it used.
pub(super) fn metered<T>(budget: u64, bounds: Bounds, call: impl FnOnce() -> T) -> (T, u64) {
    METER.with(|meter| {
        meter.used.set(0);
        meter.budget.set(budget);
        meter.look.set(LOOK_EVERY.min(budget.saturating_add(1)));
        meter.bounds.set(bounds);
        meter.held.set(counting::held());
    });
    let answer = call();
    (answer, used())
}

/// Charges the running call for work that the engine counts as one operation.
pub(super) fn charge(operations: usize) {
    let operations = u64::try_from(operations).unwrap_or(u64::MAX);
    METER.with(|meter| meter.used.set(meter.used.get().saturating_add(operations)));
}

/// Operations that the running call has used so far.
pub(super) fn used() -> u64 {
    METER.with(|meter| meter.used.get())
}

/// What a script is ended with that took too long; one that used too many operations ends with `()`.
pub(super) const TOO_LONG: i64 = 1;
/// And one whose values take too much.
pub(super) const TOO_MUCH: i64 = 2;

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
        .set_max_strings_interned(0)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_allow_shadowing(false)
        .set_allow_anonymous_fn(false)
        .set_optimization_level(OptimizationLevel::Simple);
    for symbol in ["eval", "print", "debug"] {
        engine.disable_symbol(symbol);
    }
    engine.on_progress(|_| METER.with(Meter::step));
    numbers::register(&mut engine);
    replace::register(&mut engine, sizes.string);
    engine
}
