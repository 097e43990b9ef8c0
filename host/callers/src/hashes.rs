//! Callers known only by the SHA-256 of what they show.

use std::collections::BTreeMap;

use model::{CivilDay, Minute};
use subtle::ConstantTimeEq;

use crate::{AuthFailure, Identity, Rate, Via};

/// A caller as the file describes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Caller {
    pub(crate) id: String,
    pub(crate) roles: Vec<String>,
    pub(crate) townships: Vec<String>,
    pub(crate) rate: Rate,
    /// The last civil day on which the credentials are good.
    pub(crate) not_after: Option<CivilDay>,
}

/// SHA-256 → caller. Keys are drawn at random (128 bits or more) by whoever issues them, so a plain
/// hash is enough and nothing here can be turned back into a key.
#[derive(Clone, Default)]
pub(crate) struct Hashes {
    // Found by the first bytes of the hash, compared whole in constant time: nobody can steer the
    // hash of a guess, so the look-up tells nothing.
    by_prefix: BTreeMap<[u8; 8], Vec<([u8; 32], Caller)>>,
}

impl std::fmt::Debug for Hashes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hashes").field("count", &self.len()).finish()
    }
}

impl Hashes {
    /// Adds a caller; that no hash comes twice has been checked with its line.
    pub(crate) fn insert(&mut self, hash: [u8; 32], caller: Caller) {
        self.by_prefix.entry(prefix(&hash)).or_default().push((hash, caller));
    }

    pub(crate) fn len(&self) -> usize {
        self.by_prefix.values().map(Vec::len).sum()
    }

    /// Who is known by this hash, today.
    pub(crate) fn identify(
        &self,
        hash: &[u8; 32],
        via: Via,
        now_seconds: i64,
    ) -> Result<Identity, AuthFailure> {
        let candidates = self.by_prefix.get(&prefix(hash)).map_or(&[][..], Vec::as_slice);
        let found = candidates.iter().find(|(known, _)| known.ct_eq(hash).into());
        let (_, caller) = found.ok_or(AuthFailure::Unknown("no caller has this hash"))?;
        let today = Minute(now_seconds.div_euclid(60)).day();
        if caller.not_after.is_some_and(|last| today > last) {
            return Err(AuthFailure::Expired("the caller's not_after has passed"));
        }
        Ok(Identity {
            id: caller.id.clone(),
            roles: caller.roles.clone(),
            townships: caller.townships.clone(),
            via,
            rate: caller.rate,
        })
    }
}

fn prefix(hash: &[u8; 32]) -> [u8; 8] {
    std::array::from_fn(|index| hash.get(index).copied().unwrap_or_default())
}
