//! What was proved about an edition, and whether it is still the same edition.
//!
//! The proof itself is made elsewhere, with a solver, before a package is published. Here only its
//! certificate is read, so that a server can tell at a glance that nobody changed what it speaks of.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Policy, PolicySet};
use model::{CivilDay, Digest, DivisionCode};
use serde::{Deserialize, Serialize};

/// Moves with the way of proving; a certificate of another way is stale.
const METHOD: &str = "xiangyue-proof-1";

/// A file of `proofs/`: what was proved of the edition of a day, and with what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// First day of the edition.
    pub edition: CivilDay,
    /// [`crate::Edition::proof_digest`] of the edition that was proved.
    pub digest: Digest,
    /// The tools that proved it, with their versions.
    pub prover: String,
    /// Ids of the invariants that were proved, sorted.
    pub invariants: BTreeSet<String>,
    /// SHA-256 of each question that a solver answered with "cannot happen", sorted.
    pub verdicts: BTreeSet<Digest>,
}

/// Whether an edition's invariants are proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofState {
    /// It ships no invariants.
    Nothing,
    /// It ships invariants and no certificate.
    Missing,
    /// Its certificate is about other rules than these.
    Stale,
    /// Its certificate is about exactly these rules.
    Holds,
}

/// Where a policy is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyPlace {
    /// Path inside the package.
    pub file: String,
    /// Line of the word `permit` or `forbid`, from 1.
    pub line: u32,
}

/// The digest of what a proof is about. `own` are the ids of each township's own items.
pub(crate) fn digest(
    schema: &str,
    base: &PolicySet,
    invariants: &PolicySet,
    townships: &BTreeMap<DivisionCode, (&PolicySet, Vec<String>)>,
) -> Digest {
    let mut parts: Vec<Vec<u8>> = vec![METHOD.into(), schema.into()];
    parts.extend(meanings("base", base));
    parts.extend(meanings("invariant", invariants));
    for (code, (overlay, own)) in townships {
        parts.push(format!("township {code} {}", own.join(" ")).into_bytes());
        parts.extend(meanings("overlay", overlay));
    }
    Digest::of(parts.iter().map(Vec::as_slice))
}

/// What policies say, without the words for people, by id.
fn meanings(kind: &str, set: &PolicySet) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = set.policies().map(|policy| meaning(kind, policy)).collect();
    all.sort();
    all
}

fn meaning(kind: &str, policy: &Policy) -> Vec<u8> {
    let said = match policy.to_json() {
        Ok(mut json) => {
            if let Some(map) = json.as_object_mut() {
                map.remove("annotations");
            }
            json.to_string()
        }
        // a policy without a JSON form still has its own text
        Err(_) => policy.to_string(),
    };
    format!("{kind} {} {said}", policy.id()).into_bytes()
}
