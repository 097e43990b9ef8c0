//! Where units lie: typed accounts with a stable text form.

use model::DivisionCode;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is counted. Amounts are whole numbers of the smallest part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Honour points (荣誉积分), 1/100 point: cumulative, never spent, the base of a grade.
    HonourPoints,
    /// Spendable points (可兑积分), 1/100 point.
    SpendablePoints,
    /// Money in cents (分).
    Cents,
    /// Goods, by piece.
    Pieces,
}

impl Unit {
    /// Every unit, in order.
    pub const ALL: [Self; 4] =
        [Self::HonourPoints, Self::SpendablePoints, Self::Cents, Self::Pieces];

    /// Stable name, as stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HonourPoints => "honour-points",
            Self::SpendablePoints => "spendable-points",
            Self::Cents => "cents",
            Self::Pieces => "pieces",
        }
    }

    /// 中文名。
    pub const fn title(self) -> &'static str {
        match self {
            Self::HonourPoints => "荣誉积分",
            Self::SpendablePoints => "可兑积分",
            Self::Cents => "资金",
            Self::Pieces => "物品",
        }
    }
}

/// A place where units lie. The text form (`spendable/370285102259-h0001`) is the stored key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Account {
    /// Honour points of a person or household.
    Honour(String),
    /// Spendable points of a person or household.
    Spendable(String),
    /// A township's issued points, both kinds; below zero by what was issued.
    Issuance(DivisionCode),
    /// Points that were spent in a township.
    Redeemed(DivisionCode),
    /// Where an offer's pieces come from; below zero by what was delivered.
    StockSource(String),
    /// Pieces of an offer on the shelf.
    Stock(String),
    /// Pieces of an offer that were handed over.
    HandedOut(String),
    /// Where a fund's money comes from; below zero by what was paid in.
    FundSource(String),
    /// Money of a fund that is free.
    Fund(String),
    /// Money of a fund that is owed to or was settled with the shop.
    Settled(String),
    /// Points, pieces and money set aside for one redemption.
    Hold(String),
    /// Points of a person or household on the district's unified platform (统一平台): converted, never spent here.
    Platform(String),
    /// Money of a fund that was shared out to a person or household.
    Paid(String),
}

/// Why a text is not an account.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("`{0}` is not an account; write it as `spendable/370285102259-h0001`")]
pub struct AccountError(pub String);

/// Longest id in characters; ids are keys and stay short.
const ID_MAX: usize = 160;

/// Whether an id can be a key: 1 to 160 characters, no blank and no control character.
pub(crate) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= ID_MAX
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

impl Account {
    /// Reads the text form.
    ///
    /// # Errors
    /// [`AccountError`] for an unknown kind or an id that cannot be a key.
    pub fn parse(text: &str) -> Result<Self, AccountError> {
        let bad = || AccountError(text.chars().take(60).collect());
        let (kind, id) = text.split_once('/').filter(|(_, id)| is_id(id)).ok_or_else(bad)?;
        let division = || DivisionCode::parse(id).map_err(|_| bad());
        Ok(match kind {
            "honour" => Self::Honour(id.to_owned()),
            "spendable" => Self::Spendable(id.to_owned()),
            "issuance" => Self::Issuance(division()?),
            "redeemed" => Self::Redeemed(division()?),
            "stock-source" => Self::StockSource(id.to_owned()),
            "stock" => Self::Stock(id.to_owned()),
            "handed-out" => Self::HandedOut(id.to_owned()),
            "fund-source" => Self::FundSource(id.to_owned()),
            "fund" => Self::Fund(id.to_owned()),
            "settled" => Self::Settled(id.to_owned()),
            "hold" => Self::Hold(id.to_owned()),
            "platform" => Self::Platform(id.to_owned()),
            "paid" => Self::Paid(id.to_owned()),
            _ => return Err(bad()),
        })
    }

    /// The units the account holds.
    pub const fn units(&self) -> &'static [Unit] {
        match self {
            Self::Honour(_) | Self::Platform(_) => &[Unit::HonourPoints],
            Self::Spendable(_) | Self::Redeemed(_) => &[Unit::SpendablePoints],
            Self::Issuance(_) => &[Unit::HonourPoints, Unit::SpendablePoints],
            Self::StockSource(_) | Self::Stock(_) | Self::HandedOut(_) => &[Unit::Pieces],
            Self::FundSource(_) | Self::Fund(_) | Self::Settled(_) | Self::Paid(_) => {
                &[Unit::Cents]
            }
            Self::Hold(_) => &[Unit::SpendablePoints, Unit::Cents, Unit::Pieces],
        }
    }

    /// Whether the account holds this unit.
    pub fn holds(&self, unit: Unit) -> bool {
        self.units().contains(&unit)
    }

    /// Whether the balance may fall below zero: only where units come from.
    pub const fn may_go_below_zero(&self) -> bool {
        matches!(self, Self::Issuance(_) | Self::StockSource(_) | Self::FundSource(_))
    }

    /// Whether the id part can be a key, so that the text form reads back.
    pub(crate) fn is_well_formed(&self) -> bool {
        self.id().is_none_or(is_id)
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::Honour(_) => "honour",
            Self::Spendable(_) => "spendable",
            Self::Issuance(_) => "issuance",
            Self::Redeemed(_) => "redeemed",
            Self::StockSource(_) => "stock-source",
            Self::Stock(_) => "stock",
            Self::HandedOut(_) => "handed-out",
            Self::FundSource(_) => "fund-source",
            Self::Fund(_) => "fund",
            Self::Settled(_) => "settled",
            Self::Hold(_) => "hold",
            Self::Platform(_) => "platform",
            Self::Paid(_) => "paid",
        }
    }

    fn id(&self) -> Option<&str> {
        match self {
            Self::Issuance(_) | Self::Redeemed(_) => None,
            Self::Honour(id)
            | Self::Spendable(id)
            | Self::StockSource(id)
            | Self::Stock(id)
            | Self::HandedOut(id)
            | Self::FundSource(id)
            | Self::Fund(id)
            | Self::Settled(id)
            | Self::Hold(id)
            | Self::Platform(id)
            | Self::Paid(id) => Some(id),
        }
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Issuance(code) | Self::Redeemed(code) => write!(f, "{}/{code}", self.kind()),
            other => write!(f, "{}/{}", other.kind(), other.id().unwrap_or_default()),
        }
    }
}

impl std::str::FromStr for Account {
    type Err = AccountError;
    fn from_str(text: &str) -> Result<Self, AccountError> {
        Self::parse(text)
    }
}

impl Serialize for Account {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
