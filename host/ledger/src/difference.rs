//! Rescoring: a late, disputed or reversed event changes what a rule says, and only the difference
//! to what stands is proposed.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, Digest, DivisionCode, Points};
use serde::{Deserialize, Serialize};

use crate::{Entry, EntryState, LedgerRefusal};

/// What a rule now says about one claim, from the full history of events.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Scored {
    /// Person or household.
    pub subject: String,
    /// The subject's village.
    pub village: DivisionCode,
    /// Scheme id.
    pub scheme: String,
    /// Round or period.
    pub period: String,
    /// Item of the scheme.
    pub item: String,
    /// The whole amount in 1/100 points, zero or more.
    pub points: Points,
    /// The rule's reason, in Chinese.
    pub reason: String,
    /// Clause of the covenant.
    pub clause: String,
    /// Events that count.
    pub events: BTreeSet<String>,
    /// Who submitted them.
    pub submitters: BTreeSet<String>,
    /// The day of scoring.
    pub day: CivilDay,
    /// Whether the points belong on the district's unified platform.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub platform: bool,
}

/// One row to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EntryChange {
    /// A proposal that nobody reviewed yet, as it now stands: superseded.
    Supersede(Entry),
    /// A new proposal.
    Propose(Entry),
}

impl EntryChange {
    /// The row as it now stands.
    pub const fn entry(&self) -> &Entry {
        match self {
            Self::Supersede(entry) | Self::Propose(entry) => entry,
        }
    }
}

/// The claim's id: what one scheme says in one round about one subject and item. Thirty-two hex
/// digits of a digest, so that scoring again meets the same claim.
pub fn claim_id(scheme: &str, period: &str, subject: &str, item: &str) -> String {
    let parts = ["xiangyue/claim/1", scheme, period, subject, item];
    Digest::of(parts.map(str::as_bytes)).to_string().chars().take(32).collect()
}

/// Sum of the effective entries of a claim.
///
/// # Errors
/// [`LedgerRefusal::ClaimDoesNotFit`] on overflow.
pub fn claim_total(history: &[Entry]) -> Result<Points, LedgerRefusal> {
    sum(history.iter().filter(|e| e.state == EntryState::Effective))
}

impl Scored {
    /// The claim this is about.
    pub fn claim(&self) -> String {
        claim_id(&self.scheme, &self.period, &self.subject, &self.item)
    }

    /// What is said of a claim that the rule no longer makes: nothing is left of it.
    pub fn withdrawn(entry: &Entry, day: CivilDay) -> Self {
        Self {
            subject: entry.subject.clone(),
            village: entry.village,
            scheme: entry.scheme.clone(),
            period: entry.period.clone(),
            item: entry.item.clone(),
            points: Points::ZERO,
            reason: "所依据的事项已撤回或有争议，按全部有效记录重新计算".to_owned(),
            clause: entry.clause.clone(),
            events: BTreeSet::new(),
            submitters: entry.submitters.clone(),
            day,
            platform: entry.platform,
        }
    }
}

/// One statement per claim: what a rule says in several parts of one item (a row per shift) is added
/// up, with the events and submitters of all parts. Stable order: by claim id.
///
/// # Errors
/// [`LedgerRefusal::ClaimHasNoBasis`] when any part is less than nothing, even if the sum is not;
/// [`LedgerRefusal::ClaimDoesNotFit`] on overflow.
pub fn merged(parts: impl IntoIterator<Item = Scored>) -> Result<Vec<Scored>, LedgerRefusal> {
    let mut claims: BTreeMap<String, Scored> = BTreeMap::new();
    for part in parts {
        if part.points.0 < 0 {
            return Err(LedgerRefusal::ClaimHasNoBasis { item: part.item, points: part.points.0 });
        }
        match claims.entry(part.claim()) {
            Slot::Vacant(slot) => {
                slot.insert(part);
            }
            Slot::Occupied(mut slot) => {
                let whole = slot.get_mut();
                whole.points = plus(whole.points, part.points, &part)?;
                whole.events.extend(part.events);
                whole.submitters.extend(part.submitters);
                for (own, further) in
                    [(&mut whole.reason, part.reason), (&mut whole.clause, part.clause)]
                {
                    if !own.split('；').any(|known| known == further) {
                        own.push('；');
                        own.push_str(&further);
                    }
                }
            }
        }
    }
    Ok(claims.into_values().collect())
}

/// What is to be written so that, once everything proposed is approved, the claim's effective entries
/// add up to what the rule now says. `history` holds every entry of the claim, oldest first.
///
/// - More than stands: one new proposal of the difference.
/// - The same: nothing.
/// - Less: proposals that wait for review are superseded, newest first (older ones keep their place
///   in the public notice), and the rest is proposed again; what is already effective is taken back
///   by a proposed correction that names the entry it corrects.
/// - A proposal resting on an event that no longer counts is superseded in any case.
/// - A difference that a reviewer rejected is not proposed again on the same events.
///
/// INVARIANT (floor): proposals of one claim never mix signs, so that no order of approvals takes the
/// claim's total below zero.
///
/// # Errors
/// [`LedgerRefusal::ClaimHasNoBasis`] for less than nothing; [`LedgerRefusal::EntryIsOfAnotherClaim`];
/// [`LedgerRefusal::ClaimDoesNotFit`] on overflow.
pub fn difference(history: &[Entry], now: &Scored) -> Result<Vec<EntryChange>, LedgerRefusal> {
    let claim = now.claim();
    if now.points.0 < 0 {
        return Err(LedgerRefusal::ClaimHasNoBasis {
            item: now.item.clone(),
            points: now.points.0,
        });
    }
    if let Some(other) = history.iter().find(|e| e.claim != claim) {
        return Err(LedgerRefusal::EntryIsOfAnotherClaim { entry: other.id.clone(), claim });
    }
    let mut waiting: Vec<&Entry> =
        history.iter().filter(|e| e.state == EntryState::Proposed).collect();
    let effective = claim_total(history)?;
    let standing = |waiting: &[&Entry]| plus(effective, sum(waiting.iter().copied())?, now);
    let mut replaced = Vec::new();
    waiting.retain(|entry| {
        let holds = entry.events.is_subset(&now.events);
        if !holds {
            replaced.push(*entry);
        }
        holds
    });
    let raise = standing(&waiting)? < now.points;
    let against = |entry: &Entry| entry.is_correction() == raise;
    while standing(&waiting)? != now.points && (standing(&waiting)? < now.points) == raise {
        let Some(at) = waiting.iter().rposition(|entry| against(entry)) else { break };
        replaced.push(waiting.remove(at));
    }
    let mut changes: Vec<EntryChange> = replaced
        .into_iter()
        .map(|e| e.supersede().map(EntryChange::Supersede))
        .collect::<Result<_, _>>()?;
    let rest = now.points.minus(standing(&waiting)?).map_err(|_| does_not_fit(now))?;
    if rest.0 != 0 {
        let entry = proposal(history, &waiting, now, &claim, rest);
        if !was_rejected(history, &entry) {
            changes.push(EntryChange::Propose(entry));
        }
    }
    Ok(changes)
}

fn proposal(
    history: &[Entry],
    waiting: &[&Entry],
    now: &Scored,
    claim: &str,
    points: Points,
) -> Entry {
    let stands =
        |e: &&Entry| e.state == EntryState::Effective || waiting.iter().any(|w| w.id == e.id);
    let cited: BTreeSet<&String> = history.iter().filter(stands).flat_map(|e| &e.events).collect();
    let fresh: BTreeSet<String> =
        now.events.iter().filter(|e| !cited.contains(e)).cloned().collect();
    let award = |e: &&Entry| e.state == EntryState::Effective && !e.is_correction();
    let correction = points.0 < 0;
    Entry {
        id: format!("{claim}-{}", history.len().saturating_add(1)),
        claim: claim.to_owned(),
        subject: now.subject.clone(),
        village: now.village,
        scheme: now.scheme.clone(),
        period: now.period.clone(),
        item: now.item.clone(),
        points,
        reason: now.reason.clone(),
        clause: now.clause.clone(),
        events: if correction || fresh.is_empty() { now.events.clone() } else { fresh },
        submitters: now.submitters.clone(),
        day: now.day,
        state: EntryState::Proposed,
        platform: now.platform,
        corrects: history.iter().rfind(award).filter(|_| correction).map(|e| e.id.clone()),
        reviewer: None,
        reviewed: None,
        clawback: None,
    }
}

fn was_rejected(history: &[Entry], new: &Entry) -> bool {
    history.iter().any(|e| {
        e.state == EntryState::Rejected && e.points == new.points && e.events == new.events
    })
}

fn sum<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Result<Points, LedgerRefusal> {
    entries.into_iter().try_fold(Points::ZERO, |sum, entry| {
        sum.plus(entry.points)
            .map_err(|_| LedgerRefusal::ClaimDoesNotFit { item: entry.item.clone() })
    })
}

fn plus(a: Points, b: Points, now: &Scored) -> Result<Points, LedgerRefusal> {
    a.plus(b).map_err(|_| does_not_fit(now))
}

fn does_not_fit(now: &Scored) -> LedgerRefusal {
    LedgerRefusal::ClaimDoesNotFit { item: now.item.clone() }
}
