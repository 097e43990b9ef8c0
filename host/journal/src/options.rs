//! How the embedded store works, and the bounds of what it takes.

use std::sync::Arc;
use std::time::Duration;

use crate::disk::{Disk, RealDisk};
use crate::error::StoreError;
use crate::segment::SEAL;

/// Largest body any build writes or reads, bytes.
pub(crate) const BODY_MAX: u32 = 4 * 1024 * 1024;
/// Appends waiting to be written beyond which an appender has to wait, bytes.
pub(crate) const QUEUE_BYTES: usize = 64 * 1024 * 1024;

/// Lengths a segment may have; readers hold one segment in memory.
pub(crate) const SEGMENT_BYTES: std::ops::RangeInclusive<u64> = 4096..=1 << 28;

/// What to do when a sync fails.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum SyncFailure {
    /// End the process: after a failed sync nothing the system still holds in memory can be trusted.
    #[default]
    Abort,
    /// Take no more writes, go on answering reads. For tests and read-mostly tools.
    Refuse,
}

/// How the embedded store works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Length of a segment, bytes; 4 KiB to 256 MiB. Default 16 MiB.
    pub segment_bytes: u64,
    /// Largest body, bytes; at most 4 MiB. Default 4 MiB, less where the segment is small.
    pub body_max: u32,
    /// Most appends per sync. Default 512.
    pub batch_max: usize,
    /// How long a written anchor may wait for its own sync. Default 200 ms.
    pub anchor_interval: Duration,
    /// What to do when a sync fails.
    pub on_sync_failure: SyncFailure,
    /// The file operations.
    pub disk: Arc<dyn Disk>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segment_bytes: 16 * 1024 * 1024,
            body_max: BODY_MAX,
            batch_max: 512,
            anchor_interval: Duration::from_millis(200),
            on_sync_failure: SyncFailure::default(),
            disk: Arc::new(RealDisk),
        }
    }
}

impl Options {
    /// Largest group of frames: whatever fits a segment beside its seal, and never more than a few bodies.
    pub(crate) fn group_max(&self) -> usize {
        let room = usize::try_from(self.segment_bytes).unwrap_or(usize::MAX).saturating_sub(SEAL);
        room.min(QUEUE_BYTES)
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if !SEGMENT_BYTES.contains(&self.segment_bytes) {
            return Err(StoreError::Options(
                "`segment_bytes` must lie between 4096 and 268435456".to_owned(),
            ));
        }
        if self.body_max > BODY_MAX || self.batch_max == 0 {
            return Err(StoreError::Options(
                "`body_max` is at most 4194304 and `batch_max` at least 1".to_owned(),
            ));
        }
        Ok(())
    }
}
