//! A token bucket for each caller.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::Rate;
use crate::limits::BUCKETS_MAX;

const SHARDS: usize = 16;
/// A request costs this much, so that a bucket fills by whole units every millisecond.
const MILLI: u64 = 1000;
/// How often a full shard is searched for buckets that can go.
const SWEEP_MS: i64 = 100;

/// The caller has to wait that many seconds, at least one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
#[error("too many requests; try again in {0} s")]
pub struct RetryAfterSeconds(pub u32);

/// Counts what each caller has asked, in a bounded memory.
///
/// A caller that is not remembered has a full bucket, and only full buckets are forgotten, so
/// forgetting never gives anybody more. When there is no room and none is full, newcomers wait.
#[derive(Debug)]
pub struct RateLimiter {
    shards: [Mutex<Shard>; SHARDS],
    buckets_per_shard_max: usize,
}

#[derive(Default, Debug)]
struct Shard {
    // By half a SHA-256 of the caller's id: every entry is small, and nobody chooses its shard.
    buckets: BTreeMap<[u8; 16], Bucket>,
    swept_ms: Option<i64>,
}

#[derive(Debug)]
struct Bucket {
    // INVARIANT (bucket): `level` is at most the burst of `rate`, and `at_ms` never goes back.
    level: u64,
    at_ms: i64,
    rate: Rate,
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl RateLimiter {
    /// Room for 100 000 callers.
    pub fn new() -> Self {
        Self::with_room(BUCKETS_MAX)
    }

    /// Room for that many callers, at least one in each of the sixteen parts.
    pub fn with_room(callers: usize) -> Self {
        let buckets_per_shard_max = callers.div_euclid(SHARDS).max(1);
        Self { shards: std::array::from_fn(|_| Mutex::default()), buckets_per_shard_max }
    }

    /// Takes one request from a caller's bucket. The time has to come from one clock that does not
    /// jump, such as the milliseconds since the process began; where it goes back, time stands
    /// still for the caller until it is reached again.
    ///
    /// # Errors
    /// [`RetryAfterSeconds`] when the bucket is empty.
    pub fn check(&self, caller: &str, rate: Rate, now_ms: i64) -> Result<(), RetryAfterSeconds> {
        let hash: [u8; 32] = Sha256::digest(caller.as_bytes()).into();
        let [index, ..] = hash;
        let key: [u8; 16] = std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default());
        let Some(shard) = self.shards.get(usize::from(index).rem_euclid(SHARDS)) else {
            return Err(RetryAfterSeconds(1));
        };
        // A panic cannot leave a shard half changed: each change is one assignment.
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = shard.buckets.get_mut(&key) {
            return bucket.take(rate, now_ms);
        }
        if shard.buckets.len() >= self.buckets_per_shard_max && !shard.sweep(now_ms) {
            return Err(RetryAfterSeconds(1));
        }
        let mut bucket = Bucket { level: full(rate), at_ms: now_ms, rate };
        let taken = bucket.take(rate, now_ms);
        shard.buckets.insert(key, bucket);
        taken
    }

    /// How many callers are remembered.
    pub fn len(&self) -> usize {
        let count =
            |it: &Mutex<Shard>| it.lock().unwrap_or_else(PoisonError::into_inner).buckets.len();
        self.shards.iter().map(count).sum()
    }

    /// Whether nobody is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Shard {
    /// Forgets the buckets that are full; whether there is room now. Searching is rare, so that a
    /// crowd of newcomers cannot make every request search.
    fn sweep(&mut self, now_ms: i64) -> bool {
        let rested = |last: i64| now_ms < last || now_ms.saturating_sub(last) >= SWEEP_MS;
        if !self.swept_ms.is_none_or(rested) {
            return false;
        }
        self.swept_ms = Some(now_ms);
        let before = self.buckets.len();
        self.buckets.retain(|_, bucket| bucket.level_at(now_ms) < full(bucket.rate));
        self.buckets.len() < before
    }
}

impl Bucket {
    fn take(&mut self, rate: Rate, now_ms: i64) -> Result<(), RetryAfterSeconds> {
        // What has flown in came at the old rate. Upholds INVARIANT (bucket).
        self.level = self.level_at(now_ms).min(full(rate));
        self.at_ms = self.at_ms.max(now_ms);
        self.rate = rate;
        match self.level.checked_sub(MILLI) {
            Some(rest) => {
                self.level = rest;
                Ok(())
            }
            None => Err(self.wait()),
        }
    }

    /// One request a second is one unit a millisecond, so no rounding can give anything away.
    fn level_at(&self, now_ms: i64) -> u64 {
        let passed = u64::try_from(now_ms.saturating_sub(self.at_ms)).unwrap_or_default();
        let flown = passed.saturating_mul(u64::from(self.rate.per_second()));
        self.level.saturating_add(flown).min(full(self.rate))
    }

    fn wait(&self) -> RetryAfterSeconds {
        let missing = MILLI.saturating_sub(self.level);
        let per_second = u64::from(self.rate.per_second()).saturating_mul(MILLI).max(1);
        RetryAfterSeconds(u32::try_from(missing.div_ceil(per_second)).unwrap_or(u32::MAX).max(1))
    }
}

fn full(rate: Rate) -> u64 {
    u64::from(rate.burst()).saturating_mul(MILLI)
}

#[cfg(test)]
mod tests;
