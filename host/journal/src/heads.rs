//! The heads of all chains and what they digest to: the position of a log, of its anchor and of an index.

use std::collections::BTreeMap;

use model::{Digest, DivisionCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::frame::{Head, Stored};

/// How far a log, or whatever follows it, has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Position {
    /// Records over all chains.
    pub records: u64,
    /// Digest over all chain heads; two logs with the same value hold the same chains, in whatever
    /// order their records were interleaved.
    pub digest: Digest,
}

impl Default for Position {
    fn default() -> Self {
        Heads::default().position()
    }
}

/// The heads of all chains.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Heads {
    chains: BTreeMap<DivisionCode, Head>,
    records: u64,
}

impl Heads {
    /// Where a chain stands.
    pub fn head(&self, chain: DivisionCode) -> Head {
        self.chains.get(&chain).copied().unwrap_or_default()
    }

    /// All chains with at least one record.
    pub fn chains(&self) -> &BTreeMap<DivisionCode, Head> {
        &self.chains
    }

    /// Records over all chains.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Moves a chain on by `frames` records.
    pub(crate) fn advance(&mut self, chain: DivisionCode, head: Head, frames: u64) {
        self.chains.insert(chain, head);
        self.records = self.records.saturating_add(frames);
    }

    /// Takes in the next record of the log, e.g. while replaying it.
    pub fn record(&mut self, stored: &Stored) {
        self.advance(stored.chain, stored.head(), 1);
    }

    /// The position; costs one hash over 48 bytes per chain.
    pub fn position(&self) -> Position {
        let mut hasher = Sha256::new();
        hasher.update(b"xiangyue/journal/heads/1\0");
        for (chain, head) in &self.chains {
            hasher.update(chain.number().to_be_bytes());
            hasher.update(head.seq.to_be_bytes());
            hasher.update(head.hash.0);
        }
        Position { records: self.records, digest: Digest(hasher.finalize().into()) }
    }
}
