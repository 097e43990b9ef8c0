//! Reading a store without opening it: for read-only commands beside a running server.

use std::path::Path;

use journal::{PersonalRef, PersonalView, StoreError, Stored, VerifyReport};
use model::DivisionCode;
use thiserror::Error;

use crate::plain::{EntityWrite, FRAME_ENTITIES};
use crate::record::{Act, Effect, FRAME_ACT};
use crate::row::Personal;
use crate::state::{State, StateError};

/// What does not hold although the bytes do.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// The record cannot be read or does not hold.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An act cannot be read.
    #[error("record {seq} of chain {chain} is not an act: {problem}")]
    NotAnAct {
        /// Chain.
        chain: DivisionCode,
        /// Number in the chain.
        seq: u64,
        /// What is wrong.
        problem: String,
    },
    /// An act does not fit the acts before it.
    #[error("record {seq} of chain {chain} does not follow from the record: {source}")]
    DoesNotFollow {
        /// Chain.
        chain: DivisionCode,
        /// Number in the chain.
        seq: u64,
        /// What is wrong.
        source: StateError,
    },
    /// The record ends before what was asked for.
    #[error(
        "the record ends after {found} records, {wanted} are needed; ask again when they are on the disk"
    )]
    Short {
        /// How many there are.
        found: u64,
        /// How many are needed.
        wanted: u64,
    },
    /// The balances do not sum to zero.
    #[error("the books do not balance: {0}")]
    Books(ledger::LedgerRefusal),
}

/// Folds the whole record of a store into a state.
///
/// # Errors
/// The first thing that does not hold.
pub fn state_of(dir: &Path) -> Result<State, ReplayError> {
    walk(dir, &mut |_, _| true)
}

/// Folds the first `records` of a store's record into a state.
///
/// # Errors
/// The first thing that does not hold; [`ReplayError::Short`] when there are fewer.
pub fn state_at(dir: &Path, records: u64) -> Result<State, ReplayError> {
    let state = walk(dir, &mut |count, _| count < records)?;
    if state.version < records {
        return Err(ReplayError::Short { found: state.version, wanted: records });
    }
    Ok(state)
}

/// Folds the record of a store into a state. Before each record `more` is told how many there were and
/// sees what they come to; the fold ends where it says no.
///
/// # Errors
/// The first thing that does not hold.
pub fn walk(dir: &Path, more: &mut dyn FnMut(u64, &State) -> bool) -> Result<State, ReplayError> {
    let mut state = State::default();
    let mut failed = None;
    let mut enough = false;
    let mut count = 0_u64;
    let read = journal::read_all(dir, &mut |stored| {
        state.version = count;
        if !more(count, &state) {
            enough = true;
            return Err("enough".into());
        }
        count = count.saturating_add(1);
        if stored.kind != FRAME_ACT {
            return Ok(());
        }
        let (chain, seq) = (stored.chain, stored.seq);
        let result = serde_json::from_slice::<Act>(&stored.body)
            .map_err(|error| ReplayError::NotAnAct { chain, seq, problem: error.to_string() })
            .and_then(|act| {
                state.apply(chain, &act).map_err(|source| ReplayError::DoesNotFollow {
                    chain,
                    seq,
                    source,
                })
            });
        result.map(drop).map_err(|error| {
            failed = Some(error);
            "stopped".into()
        })
    });
    if let Some(error) = failed {
        return Err(error);
    }
    if !enough {
        read?;
    }
    state.version = count;
    state.book.verify().map_err(ReplayError::Books)?;
    Ok(state)
}

/// Knows where acts and writes of entities keep references to personal fields.
#[derive(Clone, Copy, Debug)]
pub struct ActView;

impl PersonalView for ActView {
    fn refs(&self, record: &Stored) -> Vec<PersonalRef> {
        if let Some(write) = entities(record) {
            return write.personal.into_iter().map(|aside| aside.reference.kept).collect();
        }
        let reference = |p: &Personal| PersonalRef { id: p.id.clone(), commitment: p.commitment };
        let mut refs = Vec::new();
        for effect in effects(record) {
            match effect {
                Effect::Person(row) => refs.extend(row.personal.as_ref().map(reference)),
                Effect::Events(rows) => {
                    refs.extend(rows.iter().filter_map(|e| e.note.as_ref()).map(reference));
                }
                _ => {}
            }
        }
        refs
    }

    fn erased(&self, record: &Stored) -> Vec<String> {
        if let Some(write) = entities(record) {
            return write.erased;
        }
        effects(record)
            .into_iter()
            .flat_map(|effect| match effect {
                Effect::Erased { ids, .. } => ids,
                _ => Vec::new(),
            })
            .collect()
    }
}

/// The write of entities that a record of a plain folder holds.
fn entities(record: &Stored) -> Option<EntityWrite> {
    let of_entities = record.kind == FRAME_ENTITIES;
    of_entities.then(|| serde_json::from_slice(&record.body).ok()).flatten()
}

fn effects(record: &Stored) -> Vec<Effect> {
    if record.kind != FRAME_ACT {
        return Vec::new();
    }
    serde_json::from_slice::<Act>(&record.body).map(|act| act.effects).unwrap_or_default()
}

/// Verifies every byte, then folds the record again and checks the books.
///
/// # Errors
/// When the files cannot be read; what does not hold is in the report or in the second value.
pub fn verify(dir: &Path) -> Result<(VerifyReport, Option<ReplayError>), StoreError> {
    let report = if crate::follow::is_copy(dir) {
        let mut report = journal::verify(dir, &journal::NoPersonal)?;
        let note =
            "the store is a copy of another host's record; personal fields are not kept in it";
        report.notes.push(note.to_owned());
        report
    } else {
        journal::verify(dir, &ActView)?
    };
    let folded = if report.holds() { state_of(dir).err() } else { None };
    Ok((report, folded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_too_short_is_not_taken_for_the_whole() {
        let dir = std::env::temp_dir().join(format!("xy-replay-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        drop(journal::Embedded::open(&dir, journal::Options::default()).unwrap());
        assert_eq!(state_at(&dir, 0).unwrap().version, 0);
        let short = state_at(&dir, 1).unwrap_err();
        assert!(matches!(short, ReplayError::Short { found: 0, wanted: 1 }), "{short}");
    }
}
