//! An index that lives as long as the process; for tests, read-only commands and small stores.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Change, EachRow, IndexError, IndexStore, rows};
use crate::heads::Position;

#[derive(Default, Debug)]
struct Rows {
    rows: BTreeMap<(String, usize, Vec<u8>), Vec<u8>>,
    applied: Option<Position>,
}

/// Rows in memory.
#[derive(Default, Debug)]
pub struct MemoryIndex(Mutex<Rows>);

impl MemoryIndex {
    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IndexStore for MemoryIndex {
    fn apply(&self, batch: Vec<Change>, applied: Position) -> Result<(), IndexError> {
        rows::check(&batch)?;
        let mut inner = self.lock();
        for change in batch {
            let key = (change.table.into_owned(), change.key.len(), change.key);
            match change.value {
                Some(value) => inner.rows.insert(key, value),
                None => inner.rows.remove(&key),
            };
        }
        inner.applied = Some(applied);
        Ok(())
    }

    fn load(&self, table: &str, each: EachRow<'_>) -> Result<(), IndexError> {
        let inner = self.lock();
        let from = (table.to_owned(), 0, Vec::new());
        for ((_, _, key), value) in
            inner.rows.range(from..).take_while(|((name, _, _), _)| name == table)
        {
            each(key, value).map_err(|stop| IndexError::Stopped(stop.to_string()))?;
        }
        Ok(())
    }

    fn applied(&self) -> Result<Option<Position>, IndexError> {
        Ok(self.lock().applied)
    }

    fn wipe(&self) -> Result<(), IndexError> {
        *self.lock() = Rows::default();
        Ok(())
    }
}
