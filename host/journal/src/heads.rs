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

    /// The heads a log stands on when its older records were removed; `None` when no log can have them.
    pub(crate) fn from_chains(chains: BTreeMap<DivisionCode, Head>) -> Option<Self> {
        // Numbers are dense from 1, so the heads say how many records there were.
        let records = chains.values().try_fold(0_u64, |sum, head| sum.checked_add(head.seq))?;
        let whole = chains.values().all(|head| head.seq > 0);
        whole.then_some(Self { chains, records })
    }

    /// Moves a chain on by `frames` records.
    pub(crate) fn advance(&mut self, chain: DivisionCode, head: Head, frames: u64) {
        self.chains.insert(chain, head);
        self.records = self.records.saturating_add(frames);
    }

    /// Moves a chain back by `frames` records to the head it had.
    pub(crate) fn take_back(&mut self, chain: DivisionCode, head: Head, frames: u64) {
        if head.seq == 0 {
            self.chains.remove(&chain);
        } else {
            self.chains.insert(chain, head);
        }
        self.records = self.records.saturating_sub(frames);
    }

    /// Moves several chains on by `frames` records together.
    pub(crate) fn advance_all(&mut self, heads: &BTreeMap<DivisionCode, Head>, frames: u64) {
        self.chains.extend(heads.iter().map(|(chain, head)| (*chain, *head)));
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
