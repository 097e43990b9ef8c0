//! How much a rule may use.

/// What a component may compute with, and what its answers are good for. The tier is chosen by whoever loads the
/// component, never by the component.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Tier {
    /// Whole numbers only, small; its answers may become points or money.
    #[default]
    Exact,
    /// Floating point with one form of NaN, and room for the engine of another language. Its answers are for reading:
    /// nothing is posted from them, and no scheme takes such a component.
    Advisory,
}

impl Tier {
    /// The limits of this tier.
    pub fn limits(self) -> Limits {
        match self {
            Self::Exact => Limits::default(),
            Self::Advisory => Limits::advisory(),
        }
    }
}

/// Limits of a tier; every one has its own typed error. The defaults are the exact tier's and follow the order of magnitude of
/// merchant functions in checkouts (11 M instructions, 128 kB in), scaled by the number of rows and events so that a
/// larger village never fails a rule that works in a smaller one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The tier that they are for.
    pub tier: Tier,
    /// Calls that may run at the same time; further callers wait.
    pub instances: u32,
    /// Fuel for instantiating a component; never part of a receipt.
    pub init_fuel: u64,
    /// Fuel of a call before anything is added per row.
    pub call_fuel: u64,
    /// Fuel added for each row and each event.
    pub fuel_per_row: u64,
    /// Fuel no call may exceed.
    pub fuel_max: u64,
    /// Operations of a script for one row or one quote.
    pub operations: u64,
    /// Operations added for each event of the row.
    pub operations_per_event: u64,
    /// Milliseconds a script may take for a question before anything is added per row. Operations end a script first, and
    /// always at the same one; this ends those few whose single operations are large.
    pub script_millis: u64,
    /// Milliseconds added for each row.
    pub script_millis_per_row: u64,
    /// Bytes that all values of a script may take, roughly, besides what its question is in maps.
    pub script_memory_bytes: usize,
    /// Linear memory of a component, bytes (at most the tier's pool slot: 16 MiB, advisory 128 MiB).
    pub memory_bytes: usize,
    /// Size of the input once flattened, bytes; checked before the call, because copying it in is not metered.
    pub input_bytes: usize,
    /// Size of the answer, bytes.
    pub output_bytes: usize,
    /// Log text kept per call, bytes; the rest is dropped.
    pub log_bytes: usize,
    /// Log text a call may hand over before it is stopped, bytes; what is not kept costs time all the same.
    pub log_input_bytes: usize,
    /// Size of a component file, bytes.
    pub component_bytes: usize,
    /// Units of work that compiling a component may take, counted before it is compiled; roughly four to a microsecond.
    pub compile_work: u64,
    /// Size of a script, bytes.
    pub script_bytes: usize,
    /// Of a thousand calls of components, how many are run again by the interpreter and compared; 0 for none.
    pub cross_check_permille: u32,
    /// Faults of its own in a row after which a rule is stopped; 0 for never.
    pub faults_in_a_row: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tier: Tier::Exact,
            instances: 8,
            init_fuel: 1_000_000,
            call_fuel: 10_000_000,
            fuel_per_row: 20_000,
            fuel_max: 2_000_000_000,
            operations: 100_000,
            operations_per_event: 1_000,
            script_millis: 2_000,
            script_millis_per_row: 20,
            script_memory_bytes: 64 << 20,
            memory_bytes: 16 << 20,
            input_bytes: 8 << 20,
            output_bytes: 1 << 20,
            log_bytes: 1_000,
            log_input_bytes: 4 << 20,
            component_bytes: 256 << 10,
            compile_work: 2_000_000,
            script_bytes: 64 << 10,
            cross_check_permille: 0,
            faults_in_a_row: 5,
        }
    }
}

impl Limits {
    /// The limits of the advisory tier: room for a component that brings the engine of its language along.
    pub fn advisory() -> Self {
        Self {
            tier: Tier::Advisory,
            instances: 1,
            init_fuel: 500_000_000,
            call_fuel: 500_000_000,
            memory_bytes: 128 << 20,
            component_bytes: 16 << 20,
            compile_work: 200_000_000,
            ..Self::default()
        }
    }

    /// The largest memory a pool slot has.
    pub(crate) const fn slot_bytes(&self) -> usize {
        match self.tier {
            Tier::Exact => 16 << 20,
            Tier::Advisory => 128 << 20,
        }
    }

    /// The most elements a table of a pool slot has.
    pub(crate) const fn table_elements(&self) -> usize {
        match self.tier {
            Tier::Exact => 20_000,
            Tier::Advisory => 100_000,
        }
    }

    /// Core modules a component may consist of, its encoder's own glue counted.
    pub(crate) const fn core_instances(&self) -> u32 {
        match self.tier {
            Tier::Exact => 8,
            Tier::Advisory => 16,
        }
    }

    /// Stack of a call, bytes.
    pub(crate) const fn stack_bytes(&self) -> usize {
        match self.tier {
            Tier::Exact => 512 << 10,
            Tier::Advisory => 1 << 20,
        }
    }

    /// Fuel for a call over `units` rows and events.
    pub(crate) fn fuel(&self, units: usize) -> u64 {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        self.call_fuel.saturating_add(self.fuel_per_row.saturating_mul(units)).min(self.fuel_max)
    }

    /// Milliseconds for a script's question about `rows` rows.
    pub(crate) fn script_time(&self, rows: usize) -> u64 {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.script_millis.saturating_add(self.script_millis_per_row.saturating_mul(rows))
    }

    /// Bytes for all values of a script that is asked about a question of `weight` bytes, which it gets as maps.
    pub(crate) const fn script_memory(&self, weight: usize) -> usize {
        self.script_memory_bytes.saturating_add(weight.saturating_mul(32))
    }

    /// Operations for one row with `events` events.
    pub(crate) fn row_operations(&self, events: usize) -> u64 {
        let events = u64::try_from(events).unwrap_or(u64::MAX);
        self.operations
            .saturating_add(self.operations_per_event.saturating_mul(events))
            .min(self.fuel_max)
    }
}
