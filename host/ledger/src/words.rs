//! Chinese words for everything the ledger turns down.

use model::{Cents, Points};

use crate::LedgerRefusal;

impl LedgerRefusal {
    /// 中文：出了什么问题。
    pub fn text(&self) -> String {
        match self {
            Self::IdempotencyKeyReused { id } => {
                format!("编号“{id}”已经记过另一笔内容不同的账，本次没有入账。")
            }
            Self::IdIsMalformed { id } => format!("“{id}”不能作编号，本次没有入账。"),
            Self::NothingIsPosted { id } => format!("“{id}”这笔账没有任何收付内容。"),
            Self::UnitIsNotHeldThere { account, unit } => {
                format!("账户“{account}”不记{}。", unit.title())
            }
            Self::AmountIsNotPositive { account, .. } => {
                format!("记入账户“{account}”的数量不大于零。")
            }
            Self::AccountPaysItself { account } => format!("账户“{account}”不能自己转给自己。"),
            Self::BooksDoNotBalance { unit } => {
                format!("{}的收付合计不为零，账不平。", unit.title())
            }
            Self::CorrectedTransactionIsUnknown { id } => format!("要更正的账“{id}”查不到。"),
            Self::ReversalIsMisnamed { id } => format!("冲销“{id}”的编号与被冲的账对不上。"),
            Self::AmountDoesNotFit { account, .. } => {
                format!("账户“{account}”的数额超出可记范围，没有入账。")
            }
            Self::StockDoesNotSuffice { left, asked, .. } => {
                format!("物品不够：库存{left}件，要兑{asked}件。")
            }
            Self::FundDoesNotSuffice { left, asked, .. } => {
                format!("兑换资金不够：还有{}元，需要{}元。", Cents(*left), hundredths(*asked))
            }
            Self::PointsDoNotSuffice { held, asked, .. } => {
                format!("积分不够：可兑{}分，需要{}分。", Points(*held), hundredths(*asked))
            }
            Self::BalanceWouldFallBelowZero { account, .. } => {
                format!("账户“{account}”余额不足，没有入账。")
            }
            Self::OrderIsMalformed { .. } => "兑换单填写不全，或数量、价格、期限不对。".to_owned(),
            Self::RedemptionIsInAnotherState { state, wanted, .. } => {
                format!("这张兑换单{}，只有{}的才能办这一步。", state.title(), wanted.title())
            }
            Self::ReservationHasRunOut { until, .. } => {
                format!("这张兑换单的保留期到{until}为止，已经过了。")
            }
            Self::ReservationStillRuns { until, .. } => {
                format!("这张兑换单保留到{until}，还没有过期。")
            }
            Self::ClaimHasNoBasis { item, .. } => {
                format!("规则对“{item}”算出了负分，没有依据，不予记入。")
            }
            Self::EntryIsOfAnotherClaim { entry, .. } => format!("记分“{entry}”不属于这一事项。"),
            Self::ClaimDoesNotFit { item } => format!("“{item}”的分数超出可记范围，没有记入。"),
            Self::EntryIsInAnotherState { state, .. } => {
                format!("这条记分{}，不能再复核。", state.title())
            }
            Self::ReviewerIsMissing { .. } => "没有写明复核人。".to_owned(),
            Self::EntryIsMalformed { entry } => format!("记分“{entry}”的记录前后不符，没有入账。"),
        }
    }

    /// 中文：下一步怎么办。
    pub const fn help(&self) -> &'static str {
        match self {
            Self::IdempotencyKeyReused { .. } => "新的一笔请换新编号；重发旧的一笔请保持内容不变。",
            Self::IdIsMalformed { .. } => "编号用1到160个字，不含空格。",
            Self::NothingIsPosted { .. }
            | Self::AmountIsNotPositive { .. }
            | Self::AccountPaysItself { .. } => "请核对双方账户和数量后重新提交。",
            Self::UnitIsNotHeldThere { .. } => "请选对账户种类。",
            Self::BooksDoNotBalance { .. } | Self::EntryIsMalformed { .. } => {
                "请停止记账，用原始记录核对并重建账目。"
            }
            Self::CorrectedTransactionIsUnknown { .. } => "请先查清原账编号。",
            Self::ReversalIsMisnamed { .. } => "冲销编号由原账编号生成，请勿另编。",
            Self::AmountDoesNotFit { .. } | Self::ClaimDoesNotFit { .. } => {
                "请核对数额和积分办法的设置。"
            }
            Self::StockDoesNotSuffice { .. } => "请减少件数、换别的物品，或等补货后再来。",
            Self::FundDoesNotSuffice { .. } => "请等资金到账后再兑，积分不受影响。",
            Self::PointsDoNotSuffice { .. } => "请减少件数或换积分少的物品。",
            Self::BalanceWouldFallBelowZero { .. } => "请核对余额后重新提交。",
            Self::OrderIsMalformed { .. } => "请补全兑换单后重新提交。",
            Self::RedemptionIsInAnotherState { .. } => "请先查看兑换单的现状；已办结的不必再办。",
            Self::ReservationHasRunOut { .. } => "请重新下单，积分会退回。",
            Self::ReservationStillRuns { .. } => "要提前退回请办取消。",
            Self::ClaimHasNoBasis { .. } => "规则只能加分或不加分；请管理员改正积分规则。",
            Self::EntryIsOfAnotherClaim { .. } => "请按事项重新查询后再办。",
            Self::EntryIsInAnotherState { .. } => "请刷新待复核名单。",
            Self::ReviewerIsMissing { .. } => "请由有权复核的人办理。",
        }
    }
}

/// Two decimals of an amount that may be wider than an account.
fn hundredths(amount: i128) -> String {
    format!("{}.{:02}", amount.div_euclid(100), amount.rem_euclid(100))
}
