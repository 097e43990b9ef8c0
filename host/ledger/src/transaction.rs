//! What moves: postings from one account to another, bound into atomic transactions.

use model::Digest;
use serde::{Deserialize, Serialize};

use crate::{Account, Unit};

/// One movement. What leaves `from` arrives at `to`, so every posting sums to zero in its unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Posting {
    /// What is moved.
    pub unit: Unit,
    /// Whence.
    pub from: Account,
    /// Whither.
    pub to: Account,
    /// How much, above zero: 1/100 points, cents or pieces.
    pub amount: i64,
}

/// Why units move.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransactionKind {
    /// Goods are put on the shelf.
    StockIn,
    /// Money is paid into a fund.
    FundIn,
    /// An approved entry is credited.
    Award,
    /// An approved reduction of an earlier award.
    Correction,
    /// Points, goods and money are set aside.
    Reserve,
    /// What was set aside is handed over.
    Confirm,
    /// What was set aside is given back.
    Cancel,
    /// What was set aside is given back because its time ran out.
    Expire,
    /// An earlier transaction is undone in full.
    Reversal,
    /// A fund is shared out.
    Payout,
}

impl TransactionKind {
    /// Stable name, as stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StockIn => "stock-in",
            Self::FundIn => "fund-in",
            Self::Award => "award",
            Self::Correction => "correction",
            Self::Reserve => "reserve",
            Self::Confirm => "confirm",
            Self::Cancel => "cancel",
            Self::Expire => "expire",
            Self::Reversal => "reversal",
            Self::Payout => "payout",
        }
    }
}

/// Postings that take effect together or not at all. Never edited; a mistake is answered by a further
/// transaction that names it in `corrects`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Transaction {
    /// Id, derived from what caused it, so that a retry has the same one: `award/<entry>`.
    pub id: String,
    /// Why.
    pub kind: TransactionKind,
    /// What moves. Only the sum per account counts, not the order.
    pub postings: Vec<Posting>,
    /// The transaction this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<String>,
}

impl Transaction {
    /// Puts `pieces` of an offer on the shelf.
    pub fn stock_in(id: impl Into<String>, offer: &str, pieces: i64) -> Self {
        let (from, to) = (Account::StockSource(offer.to_owned()), Account::Stock(offer.to_owned()));
        let postings = vec![Posting { unit: Unit::Pieces, from, to, amount: pieces }];
        Self { id: id.into(), kind: TransactionKind::StockIn, postings, corrects: None }
    }

    /// Pays `cents` into a fund.
    pub fn fund_in(id: impl Into<String>, fund: &str, cents: model::Cents) -> Self {
        let (from, to) = (Account::FundSource(fund.to_owned()), Account::Fund(fund.to_owned()));
        let postings = vec![Posting { unit: Unit::Cents, from, to, amount: cents.0 }];
        Self { id: id.into(), kind: TransactionKind::FundIn, postings, corrects: None }
    }

    /// Shares out money of a fund: who gets how many cents, all above zero.
    pub fn payout<'a>(
        id: impl Into<String>,
        fund: &str,
        shares: impl IntoIterator<Item = (&'a str, model::Cents)>,
    ) -> Self {
        let pay = |(subject, cents): (&str, model::Cents)| Posting {
            unit: Unit::Cents,
            from: Account::Fund(fund.to_owned()),
            to: Account::Paid(subject.to_owned()),
            amount: cents.0,
        };
        let postings = shares.into_iter().map(pay).collect();
        Self { id: id.into(), kind: TransactionKind::Payout, postings, corrects: None }
    }

    /// The transaction that undoes this one in full; its id follows from this one's, so that it can
    /// be applied once only.
    #[must_use]
    pub fn reversal(&self) -> Self {
        let undo = |p: &Posting| Posting {
            unit: p.unit,
            from: p.to.clone(),
            to: p.from.clone(),
            amount: p.amount,
        };
        Self {
            id: Self::reversal_id(&self.id),
            kind: TransactionKind::Reversal,
            postings: self.postings.iter().map(undo).collect(),
            corrects: Some(self.id.clone()),
        }
    }

    /// The one id a reversal of `id` may have.
    pub(crate) fn reversal_id(id: &str) -> String {
        format!("reversal/{id}")
    }

    /// Digest over everything the transaction says.
    pub fn digest(&self) -> Digest {
        let mut parts: Vec<Vec<u8>> = vec![
            b"xiangyue/transaction/1".to_vec(),
            self.id.clone().into_bytes(),
            self.kind.name().as_bytes().to_vec(),
            self.corrects.clone().unwrap_or_default().into_bytes(),
        ];
        for posting in &self.postings {
            parts.push(posting.unit.name().as_bytes().to_vec());
            parts.push(posting.from.to_string().into_bytes());
            parts.push(posting.to.to_string().into_bytes());
            parts.push(posting.amount.to_be_bytes().to_vec());
        }
        Digest::of(parts.iter().map(Vec::as_slice))
    }
}
