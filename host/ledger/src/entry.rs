//! An entry: points a rule claims for somebody, on their way from proposal to effect.

use std::collections::BTreeSet;

use model::{CivilDay, DivisionCode, Points};
use serde::{Deserialize, Serialize};

use crate::{Account, LedgerRefusal, Posting, Transaction, TransactionKind, Unit};

/// Where an entry stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// Waits for review (待复核). Has no effect on any balance.
    Proposed,
    /// Approved and posted (已生效). Final.
    Effective,
    /// Turned down by the reviewer (未通过). Final.
    Rejected,
    /// Replaced by a newer proposal before anybody reviewed it (已被替换). Final.
    Superseded,
}

impl EntryState {
    /// 中文名。
    pub const fn title(self) -> &'static str {
        match self {
            Self::Proposed => "待复核",
            Self::Effective => "已生效",
            Self::Rejected => "未通过",
            Self::Superseded => "已被替换",
        }
    }
}

/// What a reduction took back of the spendable points: `requested = collected + uncollected`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clawback {
    /// What was awarded too much.
    pub requested: Points,
    /// What was still there and was taken.
    pub collected: Points,
    /// What was spent in good faith and stays uncollected; never carried forward as a debt.
    pub uncollected: Points,
}

/// Points claimed for a subject. Above zero an award, below zero a correction of earlier awards of
/// the same claim; a rule itself never claims less than nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Id: the claim and a running number.
    pub id: String,
    /// The claim it belongs to, see [`crate::claim_id`].
    pub claim: String,
    /// Person or household.
    pub subject: String,
    /// The subject's village; its township issues the points.
    pub village: DivisionCode,
    /// Scheme id.
    pub scheme: String,
    /// Round or period.
    pub period: String,
    /// Item of the scheme.
    pub item: String,
    /// 1/100 points, signed.
    pub points: Points,
    /// The rule's reason, in Chinese.
    pub reason: String,
    /// Clause of the covenant it rests on.
    pub clause: String,
    /// Events it rests on.
    pub events: BTreeSet<String>,
    /// Who submitted those events.
    pub submitters: BTreeSet<String>,
    /// Day of the proposal; public notice runs from here.
    pub day: CivilDay,
    /// Where it stands.
    pub state: EntryState,
    /// Whether the points lie on the district's unified platform; they are then no spendable points here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub platform: bool,
    /// For a correction: the entry whose award it takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
    /// Who approved or rejected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
    /// Day of the review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<CivilDay>,
    /// For an effective correction: what it took back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clawback: Option<Clawback>,
}

impl Entry {
    /// Whether it takes back points.
    pub const fn is_correction(&self) -> bool {
        self.points.0 < 0
    }

    /// Approves the entry and says what is to be posted. `spendable` is the subject's balance at this
    /// moment: several corrections of one subject are approved and applied one after the other.
    ///
    /// # Errors
    /// [`LedgerRefusal::EntryIsInAnotherState`], [`LedgerRefusal::ReviewerIsMissing`],
    /// [`LedgerRefusal::EntryIsMalformed`].
    pub fn approve(
        &self,
        reviewer: &str,
        day: CivilDay,
        spendable: Points,
    ) -> Result<(Self, Transaction), LedgerRefusal> {
        let mut entry = self.reviewed_by(reviewer, day, EntryState::Effective)?;
        if entry.is_correction() {
            let requested = entry.points.0.checked_neg().ok_or_else(|| self.malformed())?;
            // points of the platform are not spent here, so that all of them are there
            let there = if entry.platform { requested } else { spendable.0.max(0) };
            let collected = requested.min(there);
            let uncollected = requested.checked_sub(collected).ok_or_else(|| self.malformed())?;
            entry.clawback = Some(Clawback {
                requested: Points(requested),
                collected: Points(collected),
                uncollected: Points(uncollected),
            });
        }
        let transaction = entry.transaction()?;
        Ok((entry, transaction))
    }

    /// Turns the entry down.
    ///
    /// # Errors
    /// [`LedgerRefusal::EntryIsInAnotherState`], [`LedgerRefusal::ReviewerIsMissing`].
    pub fn reject(&self, reviewer: &str, day: CivilDay) -> Result<Self, LedgerRefusal> {
        self.reviewed_by(reviewer, day, EntryState::Rejected)
    }

    /// Marks the entry as replaced by a newer proposal.
    ///
    /// # Errors
    /// [`LedgerRefusal::EntryIsInAnotherState`].
    pub fn supersede(&self) -> Result<Self, LedgerRefusal> {
        self.still_proposed()?;
        Ok(Self { state: EntryState::Superseded, ..self.clone() })
    }

    /// The transaction of an effective entry; the same entry always gives the same one.
    ///
    /// # Errors
    /// [`LedgerRefusal::EntryIsInAnotherState`] before approval, [`LedgerRefusal::EntryIsMalformed`]
    /// when a correction lacks what it took back.
    pub fn transaction(&self) -> Result<Transaction, LedgerRefusal> {
        if self.state != EntryState::Effective {
            return Err(self.wrong_state());
        }
        let issuance = Account::Issuance(self.village.township());
        let honour =
            if self.platform { Account::Platform } else { Account::Honour }(self.subject.clone());
        let spendable = Account::Spendable(self.subject.clone());
        let id = self.transaction_id();
        if !self.is_correction() {
            let to = |unit, to| Posting { unit, from: issuance.clone(), to, amount: self.points.0 };
            let mut postings = vec![to(Unit::HonourPoints, honour)];
            if !self.platform {
                postings.push(to(Unit::SpendablePoints, spendable));
            }
            return Ok(Transaction { id, kind: TransactionKind::Award, postings, corrects: None });
        }
        let Some(clawback) = self.clawback else { return Err(self.malformed()) };
        let back = |unit, from, amount: Points| Posting {
            unit,
            from,
            to: issuance.clone(),
            amount: amount.0,
        };
        let mut postings = vec![back(Unit::HonourPoints, honour, clawback.requested)];
        if clawback.collected.0 > 0 && !self.platform {
            postings.push(back(Unit::SpendablePoints, spendable, clawback.collected));
        }
        let corrects = self.corrects.as_ref().map(|entry| format!("award/{entry}"));
        Ok(Transaction { id, kind: TransactionKind::Correction, postings, corrects })
    }

    /// Id of the transaction that the entry leads to.
    pub fn transaction_id(&self) -> String {
        format!("{}/{}", if self.is_correction() { "correction" } else { "award" }, self.id)
    }

    fn reviewed_by(
        &self,
        reviewer: &str,
        day: CivilDay,
        state: EntryState,
    ) -> Result<Self, LedgerRefusal> {
        self.still_proposed()?;
        if reviewer.is_empty() {
            return Err(LedgerRefusal::ReviewerIsMissing { entry: self.id.clone() });
        }
        Ok(Self { state, reviewer: Some(reviewer.to_owned()), reviewed: Some(day), ..self.clone() })
    }

    fn still_proposed(&self) -> Result<(), LedgerRefusal> {
        if self.state == EntryState::Proposed { Ok(()) } else { Err(self.wrong_state()) }
    }

    fn wrong_state(&self) -> LedgerRefusal {
        LedgerRefusal::EntryIsInAnotherState { entry: self.id.clone(), state: self.state }
    }

    fn malformed(&self) -> LedgerRefusal {
        LedgerRefusal::EntryIsMalformed { entry: self.id.clone() }
    }
}
