//! One table of rows in key order, and the changes it hands to the index.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use evaluator::{SmolStr, Thing, Value};
use imbl::OrdMap;
use serde::{Serialize, de::DeserializeOwned};

/// A row that is put under a key.
pub trait Row: Clone + Serialize + DeserializeOwned {
    /// Table name in the index.
    const TABLE: &'static str;
    /// The key the row lies under.
    fn key(&self) -> String;
}

/// A row for the index, written whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Table name.
    pub table: &'static str,
    /// Key.
    pub key: String,
    /// The row as JSON.
    pub value: Vec<u8>,
}

/// A row with what was built of it for decisions, made when it is first asked for. A changed row is a
/// new slot, so nothing built of an old one is ever used for it.
#[derive(Debug)]
pub struct Slot<T> {
    /// The row.
    pub row: T,
    built: ArcSwapOption<(u64, Built)>,
}

/// What is built of a row.
#[derive(Clone, Default, Debug)]
pub struct Built {
    /// As a thing; none when it does not fit the schema.
    pub thing: Option<Thing>,
    /// As a value of a context.
    pub value: Option<Value>,
    /// Further values by name.
    pub further: BTreeMap<(String, String), Option<Value>>,
}

impl<T> Slot<T> {
    fn new(row: T) -> Arc<Self> {
        Arc::new(Self { row, built: ArcSwapOption::empty() })
    }

    /// What was built under these rules, or is now.
    pub fn built(&self, serial: u64, build: impl FnOnce(&T) -> Built) -> Arc<(u64, Built)> {
        if let Some(built) = self.built.load_full().filter(|built| built.0 == serial) {
            return built;
        }
        let built = Arc::new((serial, build(&self.row)));
        self.built.store(Some(Arc::clone(&built)));
        built
    }

    /// Keeps one more value; of two that are kept at the same time one may be lost and built again.
    pub fn keep(&self, serial: u64, name: (String, String), value: Option<Value>) {
        if let Some(built) = self.built.load_full().filter(|built| built.0 == serial) {
            let mut next = built.1.clone();
            next.further.insert(name, value);
            self.built.store(Some(Arc::new((serial, next))));
        }
    }
}

/// Rows of one kind, in key order. Cloning is cheap: two tables share what is the same in both.
#[derive(Debug)]
pub struct Table<T> {
    rows: OrdMap<SmolStr, Arc<Slot<T>>>,
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone() }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: OrdMap::new() }
    }
}

impl<T: Row> Table<T> {
    /// The row under a key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(key).map(|slot| &slot.row)
    }

    /// The row under a key with what was built of it.
    pub fn slot(&self, key: &str) -> Option<&Arc<Slot<T>>> {
        self.rows.get(key)
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All rows, in key order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values().map(|slot| &slot.row)
    }

    /// Rows whose key begins with `prefix`, in key order.
    pub fn starting_with(&self, prefix: &str) -> impl Iterator<Item = &T> {
        self.slots_starting_with(prefix).map(|slot| &slot.row)
    }

    /// The same with what was built of them.
    pub fn slots_starting_with<'t>(
        &'t self,
        prefix: &str,
    ) -> impl Iterator<Item = &'t Arc<Slot<T>>> + use<'t, T> {
        let prefix = SmolStr::new(prefix);
        let from = self.rows.range(prefix.clone()..);
        from.take_while(move |(key, _)| key.starts_with(prefix.as_str())).map(|(_, slot)| slot)
    }

    /// Rows behind a key, in key order.
    pub fn behind(&self, key: Option<&str>) -> impl Iterator<Item = &T> {
        use std::ops::Bound;
        let from = key.map_or(Bound::Unbounded, |key| Bound::Excluded(SmolStr::new(key)));
        self.rows.range((from, Bound::Unbounded)).map(|(_, slot)| &slot.row)
    }

    /// Puts a row and notes it for the index.
    pub(super) fn put(&mut self, row: T, written: &mut Vec<Written>) {
        let key = row.key();
        written.push(Written { table: T::TABLE, key: key.clone(), value: json(&row) });
        self.rows.insert(SmolStr::new(key), Slot::new(row));
    }

    /// Puts a row that came from the index.
    pub(super) fn load(&mut self, row: T) {
        self.rows.insert(SmolStr::new(row.key()), Slot::new(row));
    }
}

/// A row as JSON bytes. Rows hold only strings, integers, lists and string-keyed maps, so this
/// cannot fail; an empty value would be caught when the index is read back.
pub(super) fn json<T: Serialize>(row: &T) -> Vec<u8> {
    serde_json::to_vec(row).unwrap_or_default()
}
