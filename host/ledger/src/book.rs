//! The balances, and the one way to change them.

use std::collections::{BTreeMap, BTreeSet};

use imbl::OrdMap;
use model::{Cents, Digest, Points};

use crate::account::is_id;
use crate::{Account, LedgerRefusal, Posting, Transaction, TransactionKind, Unit};

/// What applying a transaction did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Applied {
    /// The balances changed.
    Posted,
    /// The same transaction was applied before; nothing changed.
    Replayed,
}

/// Balances of every account, with the digest of each transaction that made them.
///
/// INVARIANT (zero-sum): per unit, the balances of all accounts sum to zero.
/// INVARIANT (floor): only accounts that units come from are below zero.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Book {
    balances: OrdMap<Account, Balances>,
    applied: OrdMap<String, Digest>,
}

/// One account's balance per unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Balances {
    honour: i64,
    spendable: i64,
    cents: i64,
    pieces: i64,
}

impl Balances {
    const fn get(&self, unit: Unit) -> i64 {
        match unit {
            Unit::HonourPoints => self.honour,
            Unit::SpendablePoints => self.spendable,
            Unit::Cents => self.cents,
            Unit::Pieces => self.pieces,
        }
    }

    const fn set(&mut self, unit: Unit, amount: i64) {
        match unit {
            Unit::HonourPoints => self.honour = amount,
            Unit::SpendablePoints => self.spendable = amount,
            Unit::Cents => self.cents = amount,
            Unit::Pieces => self.pieces = amount,
        }
    }
}

/// New balances of the accounts a transaction touches.
type Outcome<'t> = Vec<(&'t Account, Unit, i64)>;

impl Book {
    /// An empty book.
    pub fn new() -> Self {
        Self::default()
    }

    /// The balance of an account in a unit; zero when nothing was ever posted.
    pub fn balance(&self, account: &Account, unit: Unit) -> i64 {
        self.balances.get(account).map_or(0, |b| b.get(unit))
    }

    /// Honour points of a person or household.
    pub fn honour(&self, subject: &str) -> Points {
        Points(self.balance(&Account::Honour(subject.to_owned()), Unit::HonourPoints))
    }

    /// Points of a person or household on the district's unified platform.
    pub fn platform(&self, subject: &str) -> Points {
        Points(self.balance(&Account::Platform(subject.to_owned()), Unit::HonourPoints))
    }

    /// Cents a person or household was paid out of funds.
    pub fn paid(&self, subject: &str) -> Cents {
        Cents(self.balance(&Account::Paid(subject.to_owned()), Unit::Cents))
    }

    /// Spendable points of a person or household.
    pub fn spendable(&self, subject: &str) -> Points {
        Points(self.balance(&Account::Spendable(subject.to_owned()), Unit::SpendablePoints))
    }

    /// Pieces of an offer on the shelf.
    pub fn stock(&self, offer: &str) -> i64 {
        self.balance(&Account::Stock(offer.to_owned()), Unit::Pieces)
    }

    /// Free money of a fund.
    pub fn fund(&self, fund: &str) -> Cents {
        Cents(self.balance(&Account::Fund(fund.to_owned()), Unit::Cents))
    }

    /// Every account's balance in each unit it holds, in stable order.
    pub fn balances(&self) -> impl Iterator<Item = (&Account, Unit, i64)> {
        self.balances
            .iter()
            .flat_map(|(account, b)| account.units().iter().map(move |u| (account, *u, b.get(*u))))
    }

    /// Whether a transaction with this id was applied.
    pub fn knows(&self, id: &str) -> bool {
        self.applied.contains_key(id)
    }

    /// The digest under which an id was applied.
    pub(crate) fn known_digest(&self, id: &str) -> Option<Digest> {
        self.applied.get(id).copied()
    }

    /// Notes an id as applied.
    pub(crate) fn set_known(&mut self, id: String, digest: Digest) {
        self.applied.insert(id, digest);
    }

    /// Sets one balance.
    pub(crate) fn set_balance(&mut self, account: Account, unit: Unit, amount: i64) {
        self.balances.entry(account).or_default().set(unit, amount);
    }

    /// Applies a transaction: all of it, or none of it.
    ///
    /// # Errors
    /// The first [`LedgerRefusal`] that applies, in the order of its variants; the book is unchanged.
    pub fn apply(&mut self, transaction: &Transaction) -> Result<Applied, LedgerRefusal> {
        let digest = transaction.digest();
        let Some(outcome) = self.outcome(transaction, &digest)? else {
            return Ok(Applied::Replayed);
        };
        for (account, unit, amount) in outcome {
            if let Some(balances) = self.balances.get_mut(account) {
                balances.set(unit, amount);
            } else {
                let mut balances = Balances::default();
                balances.set(unit, amount);
                self.balances.insert(account.clone(), balances);
            }
        }
        self.applied.insert(transaction.id.clone(), digest);
        Ok(Applied::Posted)
    }

    /// What [`Book::apply`] would say, without doing it.
    ///
    /// # Errors
    /// As [`Book::apply`].
    pub fn check(&self, transaction: &Transaction) -> Result<Applied, LedgerRefusal> {
        let outcome = self.outcome(transaction, &transaction.digest())?;
        Ok(if outcome.is_some() { Applied::Posted } else { Applied::Replayed })
    }

    /// Recomputes the sum of every unit, and the floor of every account.
    ///
    /// # Errors
    /// [`LedgerRefusal::BooksDoNotBalance`] or [`LedgerRefusal::BalanceWouldFallBelowZero`].
    pub fn verify(&self) -> Result<(), LedgerRefusal> {
        for unit in Unit::ALL {
            let sum = self
                .balances
                .values()
                .try_fold(0_i128, |sum, b| sum.checked_add(i128::from(b.get(unit))));
            if sum != Some(0) {
                return Err(LedgerRefusal::BooksDoNotBalance { unit });
            }
        }
        match self
            .balances()
            .find(|(account, _, amount)| *amount < 0 && !account.may_go_below_zero())
        {
            Some((account, unit, _)) => {
                Err(LedgerRefusal::BalanceWouldFallBelowZero { account: account.clone(), unit })
            }
            None => Ok(()),
        }
    }

    /// The new balances, or none for a replay.
    fn outcome<'t>(
        &self,
        new: &'t Transaction,
        digest: &Digest,
    ) -> Result<Option<Outcome<'t>>, LedgerRefusal> {
        match self.applied.get(&new.id) {
            Some(known) if known == digest => return Ok(None),
            Some(_) => return Err(LedgerRefusal::IdempotencyKeyReused { id: new.id.clone() }),
            None => {}
        }
        form(new)?;
        self.correction_is_possible(new)?;
        let mut changes: BTreeMap<(&Account, Unit), i128> = BTreeMap::new();
        for posting in &new.postings {
            for (account, sign) in [(&posting.from, -1_i128), (&posting.to, 1)] {
                let change = changes.entry((account, posting.unit)).or_default();
                *change = change.saturating_add(sign.saturating_mul(i128::from(posting.amount)));
            }
        }
        for unit in Unit::ALL {
            let parts = changes.iter().filter(|((_, u), _)| *u == unit);
            if parts.fold(0_i128, |sum, (_, change)| sum.saturating_add(*change)) != 0 {
                return Err(LedgerRefusal::BooksDoNotBalance { unit });
            }
        }
        self.settle(changes).map(Some)
    }

    fn correction_is_possible(&self, new: &Transaction) -> Result<(), LedgerRefusal> {
        let Some(id) = &new.corrects else { return Ok(()) };
        if !self.applied.contains_key(id) {
            return Err(LedgerRefusal::CorrectedTransactionIsUnknown { id: id.clone() });
        }
        Ok(())
    }

    /// Adds the changes to the balances; of several refusals the first in the order of variants wins,
    /// so that the answer does not hang on the order of postings.
    fn settle<'t>(
        &self,
        changes: BTreeMap<(&'t Account, Unit), i128>,
    ) -> Result<Outcome<'t>, LedgerRefusal> {
        let mut outcome = Vec::with_capacity(changes.len());
        let mut refusals = BTreeSet::new();
        for ((account, unit), change) in changes {
            let held = self.balance(account, unit);
            match i64::try_from(i128::from(held).saturating_add(change)) {
                Err(_) => {
                    refusals
                        .insert(LedgerRefusal::AmountDoesNotFit { account: account.clone(), unit });
                }
                Ok(after) if after < 0 && change < 0 && !account.may_go_below_zero() => {
                    refusals.insert(LedgerRefusal::shortage(
                        account,
                        unit,
                        held,
                        change.saturating_neg(),
                    ));
                }
                Ok(after) => outcome.push((account, unit, after)),
            }
        }
        refusals.pop_first().map_or(Ok(outcome), Err)
    }
}

/// What can be said about a transaction without looking at balances.
fn form(new: &Transaction) -> Result<(), LedgerRefusal> {
    let id = || new.id.clone();
    if !is_id(&new.id) || new.corrects.as_deref().is_some_and(|id| !is_id(id)) {
        return Err(LedgerRefusal::IdIsMalformed { id: id() });
    }
    // The derived id makes undoing twice a replay, without a second list of what was undone.
    let derived = new.corrects.as_deref().map(Transaction::reversal_id);
    if new.kind == TransactionKind::Reversal && derived.as_deref() != Some(new.id.as_str()) {
        return Err(LedgerRefusal::ReversalIsMisnamed { id: id() });
    }
    if new.postings.is_empty() {
        return Err(LedgerRefusal::NothingIsPosted { id: id() });
    }
    new.postings.iter().try_for_each(posting_form)
}

fn posting_form(posting: &Posting) -> Result<(), LedgerRefusal> {
    let Posting { unit, from, to, amount } = posting;
    for account in [from, to] {
        if !account.is_well_formed() {
            return Err(LedgerRefusal::IdIsMalformed { id: account.to_string() });
        }
        if !account.holds(*unit) {
            return Err(LedgerRefusal::UnitIsNotHeldThere {
                account: account.clone(),
                unit: *unit,
            });
        }
    }
    if *amount <= 0 {
        return Err(LedgerRefusal::AmountIsNotPositive { account: to.clone(), amount: *amount });
    }
    if from == to {
        return Err(LedgerRefusal::AccountPaysItself { account: from.clone() });
    }
    Ok(())
}
