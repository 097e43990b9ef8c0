//! How the decision log works: what may wait for its sync, and what happens when too much does.

use std::sync::Arc;
use std::time::Duration;

use crate::disk::Disk;
use crate::error::StoreError;
use crate::options::{Options, SEGMENT_BYTES, SyncFailure};

/// What happens to an append while as much waits for its sync as may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Full {
    /// It waits for the sync; when that takes longer it is refused, and counted.
    Wait {
        /// How long one append waits at most.
        at_most: Duration,
    },
    /// It is refused at once, and counted.
    Refuse,
}

impl Default for Full {
    fn default() -> Self {
        Self::Wait { at_most: Duration::from_secs(5) }
    }
}

/// How the decision log works.
#[derive(Clone, Debug)]
pub struct DecisionOptions {
    /// Length of a segment, bytes. Default 16 MiB.
    pub segment_bytes: u64,
    /// How long a written decision may wait for its sync to begin: with the time of that sync, what
    /// a power cut can lose. Default 200 ms.
    pub sync_interval: Duration,
    /// How much may wait for its sync, bytes of frames; never more than 64 full segments. A single
    /// append that is larger is taken when nothing else waits. Default 64 MiB.
    pub unsynced_bytes_max: u64,
    /// What happens to an append when that much waits, or when the next segment is not ready yet.
    /// Default: it waits up to 5 s.
    pub full: Full,
    /// What to do when a sync fails.
    pub on_sync_failure: SyncFailure,
    /// The file operations.
    pub disk: Arc<dyn Disk>,
}

impl Default for DecisionOptions {
    fn default() -> Self {
        let Options { segment_bytes, anchor_interval, on_sync_failure, disk, .. } =
            Options::default();
        Self {
            segment_bytes,
            sync_interval: anchor_interval,
            unsynced_bytes_max: 64 * 1024 * 1024,
            full: Full::default(),
            on_sync_failure,
            disk,
        }
    }
}

impl DecisionOptions {
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if SEGMENT_BYTES.contains(&self.segment_bytes) {
            return Ok(());
        }
        Err(StoreError::Options("`segment_bytes` must lie between 4096 and 268435456".to_owned()))
    }
}
