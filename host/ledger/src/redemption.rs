//! Redemption in two phases: quoted, set aside, then handed over or given back.

use model::{Cents, CivilDay, DivisionCode, Points};
use serde::{Deserialize, Serialize};

use crate::account::is_id;
use crate::{Account, LedgerRefusal, Posting, Transaction, TransactionKind, Unit};

/// Where a redemption stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedemptionState {
    /// Priced; nothing is set aside (已报价).
    Quoted,
    /// Points, goods and money are set aside (已预留).
    Reserved,
    /// Handed over (已兑付). Final.
    Confirmed,
    /// Given back (已取消). Final.
    Cancelled,
    /// Given back because its time ran out (已过期). Final.
    Expired,
}

impl RedemptionState {
    /// 中文名。
    pub const fn title(self) -> &'static str {
        match self {
            Self::Quoted => "已报价",
            Self::Reserved => "已预留",
            Self::Confirmed => "已兑付",
            Self::Cancelled => "已取消",
            Self::Expired => "已过期",
        }
    }

    /// Stable name, as stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quoted => "quoted",
            Self::Reserved => "reserved",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// What is asked for, at the price quoted. A later change of price never touches it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Id, derived from the caller's idempotency key.
    pub id: String,
    /// Whose points are spent.
    pub subject: String,
    /// The subject's village.
    pub village: DivisionCode,
    /// Offer id.
    pub offer: String,
    /// The fund that pays the shop.
    pub fund: String,
    /// Pieces, one or more.
    pub quantity: i64,
    /// Price in 1/100 points, for all pieces.
    pub points: Points,
    /// What the fund pays in cents, for all pieces.
    pub cents: Cents,
    /// Who asked.
    pub requested_by: String,
    /// Day of the quote.
    pub day: CivilDay,
    /// Last day on which it may be handed over.
    pub until: CivilDay,
}

/// An order and where it stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Redemption {
    /// What was asked for.
    #[serde(flatten)]
    pub order: Order,
    /// Where it stands.
    pub state: RedemptionState,
    /// Who handed it over, cancelled it or let it expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
    /// Day on which that was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<CivilDay>,
}

impl Redemption {
    /// A priced order.
    ///
    /// # Errors
    /// [`LedgerRefusal::OrderIsMalformed`]: ids that cannot be keys, no piece, a negative price, or a
    /// last day before the first.
    pub fn quote(order: Order) -> Result<Self, LedgerRefusal> {
        let ids = [&order.id, &order.subject, &order.offer, &order.fund];
        let amounts = order.quantity > 0 && order.points.0 >= 0 && order.cents.0 >= 0;
        if !ids.iter().all(|id| is_id(id)) || !amounts || order.until < order.day {
            return Err(LedgerRefusal::OrderIsMalformed { redemption: order.id });
        }
        Ok(Self { order, state: RedemptionState::Quoted, closed_by: None, closed: None })
    }

    /// Sets points, goods and money aside; whether they suffice is seen when the transaction is applied.
    ///
    /// # Errors
    /// [`LedgerRefusal::RedemptionIsInAnotherState`], [`LedgerRefusal::ReservationHasRunOut`].
    pub fn reserve(&self, day: CivilDay) -> Result<(Self, Transaction), LedgerRefusal> {
        self.in_state(RedemptionState::Quoted)?;
        self.not_run_out(day)?;
        let next = Self { state: RedemptionState::Reserved, ..self.clone() };
        Ok((next, self.transaction(TransactionKind::Reserve)))
    }

    /// Hands over what was set aside.
    ///
    /// # Errors
    /// [`LedgerRefusal::RedemptionIsInAnotherState`], [`LedgerRefusal::ReservationHasRunOut`].
    pub fn confirm(&self, by: &str, day: CivilDay) -> Result<(Self, Transaction), LedgerRefusal> {
        self.in_state(RedemptionState::Reserved)?;
        self.not_run_out(day)?;
        Ok((
            self.closed(RedemptionState::Confirmed, by, day),
            self.transaction(TransactionKind::Confirm),
        ))
    }

    /// Gives back what was set aside, exactly.
    ///
    /// # Errors
    /// [`LedgerRefusal::RedemptionIsInAnotherState`].
    pub fn cancel(&self, by: &str, day: CivilDay) -> Result<(Self, Transaction), LedgerRefusal> {
        self.in_state(RedemptionState::Reserved)?;
        Ok((
            self.closed(RedemptionState::Cancelled, by, day),
            self.transaction(TransactionKind::Cancel),
        ))
    }

    /// Gives back what was set aside and not fetched in time.
    ///
    /// # Errors
    /// [`LedgerRefusal::RedemptionIsInAnotherState`], [`LedgerRefusal::ReservationStillRuns`].
    pub fn expire(&self, by: &str, day: CivilDay) -> Result<(Self, Transaction), LedgerRefusal> {
        self.in_state(RedemptionState::Reserved)?;
        if day <= self.order.until {
            let (redemption, until) = (self.order.id.clone(), self.order.until);
            return Err(LedgerRefusal::ReservationStillRuns { redemption, until });
        }
        Ok((
            self.closed(RedemptionState::Expired, by, day),
            self.transaction(TransactionKind::Expire),
        ))
    }

    fn closed(&self, state: RedemptionState, by: &str, day: CivilDay) -> Self {
        Self { order: self.order.clone(), state, closed_by: Some(by.to_owned()), closed: Some(day) }
    }

    fn in_state(&self, wanted: RedemptionState) -> Result<(), LedgerRefusal> {
        if self.state == wanted {
            return Ok(());
        }
        let (redemption, state) = (self.order.id.clone(), self.state);
        Err(LedgerRefusal::RedemptionIsInAnotherState { redemption, state, wanted })
    }

    fn not_run_out(&self, day: CivilDay) -> Result<(), LedgerRefusal> {
        if day <= self.order.until {
            return Ok(());
        }
        let (redemption, until) = (self.order.id.clone(), self.order.until);
        Err(LedgerRefusal::ReservationHasRunOut { redemption, until })
    }

    /// Moves all three units; what costs nothing is not posted.
    fn transaction(&self, kind: TransactionKind) -> Transaction {
        let Order { id, subject, village, offer, fund, quantity, points, cents, .. } = &self.order;
        let hold = Account::Hold(id.clone());
        let own = [
            Account::Spendable(subject.clone()),
            Account::Stock(offer.clone()),
            Account::Fund(fund.clone()),
        ];
        let gone = [
            Account::Redeemed(village.township()),
            Account::HandedOut(offer.clone()),
            Account::Settled(fund.clone()),
        ];
        let amounts =
            [(Unit::SpendablePoints, points.0), (Unit::Pieces, *quantity), (Unit::Cents, cents.0)];
        let other = if kind == TransactionKind::Confirm { gone } else { own };
        let postings = other.into_iter().zip(amounts).filter(|(_, (_, amount))| *amount > 0);
        let postings = postings.map(|(account, (unit, amount))| match kind {
            TransactionKind::Reserve => Posting { unit, from: account, to: hold.clone(), amount },
            _ => Posting { unit, from: hold.clone(), to: account, amount },
        });
        let corrects = matches!(kind, TransactionKind::Cancel | TransactionKind::Expire);
        Transaction {
            id: format!("{}/{id}", kind.name()),
            kind,
            postings: postings.collect(),
            corrects: corrects.then(|| format!("reserve/{id}")),
        }
    }
}
