//! How much a script's values take.
//!
//! The engine measures a value where it is made, but not an array into which something is put by its place: ten thousand
//! places with ten thousand numbers each would pass. So every few milliseconds all that the running function can name is
//! measured. A script that is done before never notices.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine, EvalAltResult, EvalContext, Map, Position};

/// Time between two looks: memory cannot be filled by much meanwhile.
const EVERY: Duration = Duration::from_millis(10);

/// What the engine calls the limit in its error.
pub(super) const WORDS: &str = "All values";

/// When values are measured next.
pub(super) struct Memory {
    last: Cell<Option<Instant>>,
    due: Cell<bool>,
}

impl Memory {
    pub(super) const fn new() -> Self {
        Self { last: Cell::new(None), due: Cell::new(false) }
    }

    /// A call begins.
    pub(super) fn begin(&self) {
        self.last.set(None);
        self.due.set(false);
    }

    /// It is now; the first look of a call only starts the clock.
    pub(super) fn time(&self, now: Instant) {
        match self.last.get() {
            Some(last) if now.saturating_duration_since(last) < EVERY => {}
            last => {
                self.last.set(Some(now));
                self.due.set(last.is_some());
            }
        }
    }

    /// Whether values are to be measured now.
    pub(super) fn due(&self) -> bool {
        self.due.get() && self.due.replace(false)
    }
}

/// Measures at the next variable that is read once `due` says a limit.
#[expect(deprecated, reason = "the engine calls this interface volatile; its version is pinned")]
pub(super) fn watch(engine: &mut Engine, due: fn() -> Option<usize>) {
    engine.on_var(move |_, _, context| match due() {
        Some(most) if bytes(&context) > most => {
            let words = WORDS.to_owned();
            Err(EvalAltResult::ErrorDataTooLarge(words, Position::NONE).into())
        }
        _ => Ok(None),
    });
}

/// About how many bytes all that the running function can name takes.
fn bytes(context: &EvalContext<'_, '_, '_, '_, '_, '_>) -> usize {
    let own = context.scope().iter_raw().map(|(_, _, value)| size(value));
    own.fold(context.this_ptr().map_or(0, size), usize::saturating_add)
}

/// About how many bytes a value takes with what is in it. A map has nodes for eleven entries each.
fn size(value: &Dynamic) -> usize {
    let all = |values: &mut dyn Iterator<Item = &Dynamic>| {
        values.map(size).fold(16, usize::saturating_add)
    };
    if let Ok(text) = value.as_immutable_string_ref() {
        return text.len().saturating_add(64);
    }
    if let Ok(list) = value.as_array_ref() {
        return all(&mut list.iter());
    }
    match value.read_lock::<Map>() {
        Some(map) => {
            let nodes = map.len().div_ceil(11).saturating_mul(480);
            all(&mut map.values()).saturating_add(nodes)
        }
        None => 16,
    }
}
