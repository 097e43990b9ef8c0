//! Everything the ledger turns down, in the order in which it looks.

use model::{CivilDay, Refusal, RefusalKind};
use thiserror::Error;

use crate::{Account, EntryState, RedemptionState, Unit};

/// Why the ledger did nothing. When several apply, the first variant is the answer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum LedgerRefusal {
    /// The id stands for another content.
    #[error("transaction `{id}` was applied with other content; use a new id for a new intent")]
    IdempotencyKeyReused {
        /// Transaction id.
        id: String,
    },
    /// An id that cannot be a key.
    #[error("`{id}` cannot be an id; use 1 to 160 characters without blanks")]
    IdIsMalformed {
        /// As given.
        id: String,
    },
    /// A reversal under another id than the one that follows from what it undoes.
    #[error("reversal `{id}` must be named after what it undoes, `reversal/<id>`")]
    ReversalIsMisnamed {
        /// Transaction id.
        id: String,
    },
    /// A transaction without postings.
    #[error("transaction `{id}` moves nothing; leave it out")]
    NothingIsPosted {
        /// Transaction id.
        id: String,
    },
    /// The account's kind does not hold the unit.
    #[error("account `{account}` does not hold {unit}", unit = unit.name())]
    UnitIsNotHeldThere {
        /// Account.
        account: Account,
        /// Unit.
        unit: Unit,
    },
    /// Zero or less is moved.
    #[error("amount `{amount}` to `{account}` is not above zero; swap the accounts to move back")]
    AmountIsNotPositive {
        /// Receiving account.
        account: Account,
        /// As given.
        amount: i64,
    },
    /// Both sides are the same.
    #[error("account `{account}` would pay itself; name two accounts")]
    AccountPaysItself {
        /// Account.
        account: Account,
    },
    /// The sum over all accounts is not zero.
    #[error("the balances of {unit} do not sum to zero; rebuild from the journal", unit = unit.name())]
    BooksDoNotBalance {
        /// Unit.
        unit: Unit,
    },
    /// What is to be corrected was never applied.
    #[error("transaction `{id}` is not in the book; only what was applied can be corrected")]
    CorrectedTransactionIsUnknown {
        /// Id named in `corrects`.
        id: String,
    },
    /// A balance would leave the range of 64 bits.
    #[error("the balance of `{account}` would not fit; check the amount")]
    AmountDoesNotFit {
        /// Account.
        account: Account,
        /// Unit.
        unit: Unit,
    },
    /// The shelf does not hold enough.
    #[error("offer `{offer}` has {left} pieces left, {asked} asked; ask for fewer")]
    StockDoesNotSuffice {
        /// Offer.
        offer: String,
        /// Pieces left.
        left: i64,
        /// Pieces asked for.
        asked: i128,
    },
    /// The fund does not hold enough.
    #[error("fund `{fund}` holds {left} cents, {asked} needed; wait until it is paid in")]
    FundDoesNotSuffice {
        /// Fund.
        fund: String,
        /// Cents left.
        left: i64,
        /// Cents needed.
        asked: i128,
    },
    /// The subject does not have enough points.
    #[error(
        "`{subject}` has {held} hundredths of a point, {asked} needed; earn more or ask for less"
    )]
    PointsDoNotSuffice {
        /// Subject.
        subject: String,
        /// 1/100 points held.
        held: i64,
        /// 1/100 points needed.
        asked: i128,
    },
    /// Any other account would fall below zero.
    #[error("the balance of `{account}` in {unit} would fall below zero", unit = unit.name())]
    BalanceWouldFallBelowZero {
        /// Account.
        account: Account,
        /// Unit.
        unit: Unit,
    },
    /// An order that cannot be priced.
    #[error(
        "redemption `{redemption}` needs ids without blanks, a piece or more, and a last day after the first"
    )]
    OrderIsMalformed {
        /// Redemption id.
        redemption: String,
    },
    /// The act does not fit where the redemption stands.
    #[error("redemption `{redemption}` is {state}, not {wanted}", state = state.name(), wanted = wanted.name())]
    RedemptionIsInAnotherState {
        /// Redemption id.
        redemption: String,
        /// Where it stands.
        state: RedemptionState,
        /// Where it would have to stand.
        wanted: RedemptionState,
    },
    /// The last day has passed.
    #[error("redemption `{redemption}` was open until {until}; order again")]
    ReservationHasRunOut {
        /// Redemption id.
        redemption: String,
        /// Last day.
        until: CivilDay,
    },
    /// The last day has not passed.
    #[error("redemption `{redemption}` is open until {until}; cancel it to give it back earlier")]
    ReservationStillRuns {
        /// Redemption id.
        redemption: String,
        /// Last day.
        until: CivilDay,
    },
    /// A rule claims less than nothing.
    #[error(
        "item `{item}` claims {points} hundredths of a point; a rule may not take points without a legal basis"
    )]
    ClaimHasNoBasis {
        /// Item.
        item: String,
        /// 1/100 points claimed.
        points: i64,
    },
    /// The history holds an entry of another claim.
    #[error("entry `{entry}` does not belong to claim `{claim}`")]
    EntryIsOfAnotherClaim {
        /// Entry id.
        entry: String,
        /// Claim id.
        claim: String,
    },
    /// The sum of a claim leaves the range of 64 bits.
    #[error("the points of item `{item}` do not fit; check the scheme")]
    ClaimDoesNotFit {
        /// Item.
        item: String,
    },
    /// The act does not fit where the entry stands.
    #[error("entry `{entry}` is no longer open for review; read it again")]
    EntryIsInAnotherState {
        /// Entry id.
        entry: String,
        /// Where it stands.
        state: EntryState,
    },
    /// Nobody is named as reviewer.
    #[error("entry `{entry}` needs a named reviewer")]
    ReviewerIsMissing {
        /// Entry id.
        entry: String,
    },
    /// A stored entry contradicts itself.
    #[error("entry `{entry}` does not say what it takes back; verify the record")]
    EntryIsMalformed {
        /// Entry id.
        entry: String,
    },
}

impl LedgerRefusal {
    /// The refusal for an account that does not hold enough.
    pub(crate) fn shortage(account: &Account, unit: Unit, held: i64, asked: i128) -> Self {
        match account {
            Account::Stock(offer) => {
                Self::StockDoesNotSuffice { offer: offer.clone(), left: held, asked }
            }
            Account::Fund(fund) => {
                Self::FundDoesNotSuffice { fund: fund.clone(), left: held, asked }
            }
            Account::Spendable(subject) => {
                Self::PointsDoNotSuffice { subject: subject.clone(), held, asked }
            }
            other => Self::BalanceWouldFallBelowZero { account: other.clone(), unit },
        }
    }

    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::IdempotencyKeyReused { .. } => "IDEMPOTENCY_KEY_REUSED",
            Self::IdIsMalformed { .. } => "ID_MALFORMED",
            Self::NothingIsPosted { .. } => "NOTHING_POSTED",
            Self::UnitIsNotHeldThere { .. } => "UNIT_MISMATCH",
            Self::AmountIsNotPositive { .. } => "AMOUNT_NOT_POSITIVE",
            Self::AccountPaysItself { .. } => "SAME_ACCOUNT",
            Self::BooksDoNotBalance { .. } => "VOLUME_MISMATCH",
            Self::CorrectedTransactionIsUnknown { .. } => "CORRECTS_UNKNOWN",
            Self::ReversalIsMisnamed { .. } => "REVERSAL_MISNAMED",
            Self::AmountDoesNotFit { .. } | Self::ClaimDoesNotFit { .. } => "AMOUNT_OVERFLOW",
            Self::StockDoesNotSuffice { .. } => "OUT_OF_STOCK",
            Self::FundDoesNotSuffice { .. } => "FUND_EXHAUSTED",
            Self::PointsDoNotSuffice { .. } => "NOT_ENOUGH_POINTS",
            Self::BalanceWouldFallBelowZero { .. } => "BALANCE_BELOW_ZERO",
            Self::OrderIsMalformed { .. } => "ORDER_MALFORMED",
            Self::RedemptionIsInAnotherState { .. }
            | Self::ReservationHasRunOut { .. }
            | Self::ReservationStillRuns { .. } => "REDEMPTION_STATE",
            Self::ClaimHasNoBasis { .. } => "NO_BASIS",
            Self::EntryIsOfAnotherClaim { .. } => "ENTRY_OF_ANOTHER_CLAIM",
            Self::EntryIsInAnotherState { .. } => "ENTRY_STATE",
            Self::ReviewerIsMissing { .. } => "REVIEWER_MISSING",
            Self::EntryIsMalformed { .. } => "ENTRY_MALFORMED",
        }
    }

    /// How it reads to a caller.
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::IdempotencyKeyReused { .. }
            | Self::RedemptionIsInAnotherState { .. }
            | Self::ReservationHasRunOut { .. }
            | Self::ReservationStillRuns { .. }
            | Self::EntryIsInAnotherState { .. } => RefusalKind::Conflict,
            Self::IdIsMalformed { .. }
            | Self::ReversalIsMisnamed { .. }
            | Self::NothingIsPosted { .. }
            | Self::UnitIsNotHeldThere { .. }
            | Self::AmountIsNotPositive { .. }
            | Self::AccountPaysItself { .. }
            | Self::OrderIsMalformed { .. }
            | Self::ReviewerIsMissing { .. } => RefusalKind::Invalid,
            Self::CorrectedTransactionIsUnknown { .. } => RefusalKind::NotFound,
            _ => RefusalKind::Unprocessable,
        }
    }

    /// As callers read it.
    pub fn refusal(&self) -> Refusal {
        Refusal::new(self.kind(), self.code(), self.to_string(), self.text(), self.help())
    }
}
