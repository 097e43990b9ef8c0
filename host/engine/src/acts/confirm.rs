//! What a round found takes effect: a named person who neither closed the round nor reported for it confirms it, after
//! the public notice.

use std::collections::BTreeSet;

use ledger::Transaction;
use model::{Cents, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::redemptions::stock_id;
use crate::acts::{invalid, reopen, rounds, title};
use crate::gather::{self, Cited};
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::{Finding, FindingState, Personal, Round, Said};
use crate::state::State;

/// Confirms what a round found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRound {
    /// Round id; from the path over HTTP.
    #[serde(default)]
    pub round: String,
    /// Whose findings are left out: an objection is open or was right.
    #[serde(default)]
    pub except: Vec<String>,
    /// Why they are left out, without names; needed when any are.
    #[serde(default)]
    pub reason: String,
}

impl ConfirmRound {
    /// The money of a fund that is shared out; what is left out stays in the fund.
    fn payout(
        view: &View<'_>,
        row: &Round,
        fund: &str,
        effective: &[Finding],
    ) -> Result<Option<Transaction>, Refusal> {
        let paid = effective.iter().filter_map(|finding| match &finding.said {
            Said::Share { cents } if cents.0 > 0 => Some((finding.subject.as_str(), *cents)),
            _ => None,
        });
        let sum = paid.clone().fold(0_i64, |sum, (_, cents)| sum.saturating_add(cents.0));
        if row.cents.is_some_and(|fund| sum > fund.0) {
            return Err(crate::refusals::internal("the shares are more than the round has"));
        }
        let transaction =
            Transaction::payout(format!("payout/{}", row.id), &stock_id(row.village, fund), paid);
        if transaction.postings.is_empty() {
            return Ok(None);
        }
        view.state.book.rehearse([&transaction]).map_err(|refusal| refusal.refusal())?;
        Ok(Some(transaction))
    }
}

/// Findings of a round, by subject.
pub(crate) fn findings<'a>(state: &'a State, row: &Round) -> Vec<&'a Finding> {
    let village = row.village.to_string();
    let own = |finding: &&Finding| finding.scheme == row.scheme && finding.period == row.period;
    state.findings.starting_with(&village).filter(own).collect()
}

/// Those of them that are on notice.
pub(crate) fn proposed<'a>(state: &'a State, row: &Round) -> Vec<&'a Finding> {
    let mut rows = findings(state, row);
    rows.retain(|finding| finding.state == FindingState::Proposed);
    rows
}

impl Operation for ConfirmRound {
    const NAME: &'static str = "confirm-round";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Round", &self.round)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = rounds::round_of(view.state, &self.round)?;
        if !self.except.is_empty() {
            title("reason", &self.reason)?;
        }
        Ok(Ask {
            action: "ConfirmRound",
            resource: gather::round(view.state, row),
            place: row.village,
            cited: Cited::default(),
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = rounds::round_of(view.state, &self.round)?;
        let (_, scheme) = rounds::scheme_of(view, row)?;
        if reopen::changed(view, row)? {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "FINDINGS_CHANGED",
                format!(
                    "what round `{}` found is no longer what its rule says; open it again and close it",
                    row.id
                ),
                "结算以后，这一轮依据的事项有变动，公示的结果已经不对。",
                "请先重开这一轮（reopening），再结算，按新结果公示期满后确认。",
            ));
        }
        let rows = proposed(view.state, row);
        if rows.is_empty() {
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "NOTHING_TO_CONFIRM",
                format!(
                    "round `{}` found nothing that is confirmed; its entries are reviewed",
                    row.id
                ),
                "这一轮没有要确认的评定；积分请在复核里办理。",
                "请到待复核的记分里复核。",
            ));
        }
        notice_over(view, row, scheme.notice_days)?;
        let except: BTreeSet<&str> = self.except.iter().map(String::as_str).collect();
        if let Some(unknown) = except.iter().find(|id| rows.iter().all(|row| row.subject != **id)) {
            return Err(invalid(
                "except",
                &format!("`{unknown}` has no finding in this round"),
                &format!("“{unknown}”在这一轮没有评定结果。"),
            ));
        }
        let settled = |row: &Finding| {
            let left_out = except.contains(row.subject.as_str());
            let state = if left_out { FindingState::Rejected } else { FindingState::Effective };
            Finding { state, ..row.clone() }
        };
        let (effective, rejected): (Vec<Finding>, Vec<Finding>) = rows
            .into_iter()
            .map(settled)
            .partition(|finding| finding.state == FindingState::Effective);
        let payout = Self::payout(view, row, &scheme.fund, &effective)?;
        let cents = payout.iter().flat_map(|t| &t.postings);
        let cents = Cents(cents.fold(0, |sum: i64, posting| sum.saturating_add(posting.amount)));
        let confirmed = Round {
            confirmed: Some(view.today()),
            confirmed_by: view.caller.person.clone(),
            ..row.clone()
        };
        let mut reply = json!({
            "round": row.id, "confirmed": confirmed.confirmed, "by": confirmed.confirmed_by,
            "effective": effective.len(), "left_out": rejected.len(),
        });
        if let (Some(map), Some(_)) = (reply.as_object_mut(), &payout) {
            map.insert("cents".to_owned(), json!(cents));
        }
        let mut effects = vec![Effect::Round(confirmed), Effect::Findings(effective)];
        effects.extend((!rejected.is_empty()).then_some(Effect::Findings(rejected)));
        effects.extend(payout.map(Effect::Move));
        Ok(Plan { effects, reply, ..Plan::default() })
    }
}

/// What was found must have been up for the days its scheme states (公示期).
fn notice_over(view: &View<'_>, row: &Round, days: i64) -> Result<(), Refusal> {
    let Some(closed) = row.closed else {
        return Err(Refusal::new(
            RefusalKind::Conflict,
            "ROUND_OPEN",
            format!("round `{}` is not closed yet; close it first", row.id),
            "这一轮还没有结算。",
            "请先结算，公示期满后再确认。",
        ));
    };
    let until = closed.plus_days(days).unwrap_or(closed);
    if view.today() >= until {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Unprocessable,
        "NOTICE_NOT_OVER",
        format!(
            "round `{}` is on public notice until {until}; confirm it from that day on",
            row.id
        ),
        format!("公示期未满：{closed}结算，公示{days}天。"),
        format!("请在{until}及以后确认；公示期内可提出异议。"),
    ))
}
