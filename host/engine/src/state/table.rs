//! One table of rows in key order, and the changes it hands to the index.

use std::collections::BTreeMap;

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

/// Rows of one kind, in key order.
#[derive(Clone, Debug)]
pub struct Table<T> {
    rows: BTreeMap<String, T>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new() }
    }
}

impl<T: Row> Table<T> {
    /// The row under a key.
    pub fn get(&self, key: &str) -> Option<&T> {
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
        self.rows.values()
    }

    /// Rows whose key begins with `prefix`, in key order.
    pub fn starting_with(&self, prefix: &str) -> impl Iterator<Item = &T> {
        let prefix = prefix.to_owned();
        let from = self.rows.range(prefix.clone()..);
        from.take_while(move |(key, _)| key.starts_with(&prefix)).map(|(_, row)| row)
    }

    /// Rows behind a key, in key order.
    pub fn behind(&self, key: Option<&str>) -> impl Iterator<Item = &T> {
        use std::ops::Bound;
        let from = key.map_or(Bound::Unbounded, |key| Bound::Excluded(key.to_owned()));
        self.rows.range((from, Bound::Unbounded)).map(|(_, row)| row)
    }

    /// Puts a row and notes it for the index.
    pub(super) fn put(&mut self, row: T, written: &mut Vec<Written>) {
        let key = row.key();
        written.push(Written { table: T::TABLE, key: key.clone(), value: json(&row) });
        self.rows.insert(key, row);
    }

    /// Puts a row that came from the index.
    pub(super) fn load(&mut self, row: T) {
        self.rows.insert(row.key(), row);
    }
}

/// A row as JSON bytes. Rows hold only strings, integers, lists and string-keyed maps, so this
/// cannot fail; an empty value would be caught when the index is read back.
pub(super) fn json<T: Serialize>(row: &T) -> Vec<u8> {
    serde_json::to_vec(row).unwrap_or_default()
}
