//! Scoring rounds of a whole village.

use std::collections::BTreeSet;

use model::{Cents, DivisionCode, Refusal, RefusalKind};
use package::{FactSource, RuleLaw, Scheme};
use rules::RuleInput;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::about::About;
use crate::acts::events::{ask_in_village, scheme_for};
use crate::acts::redemptions::stock_id;
use crate::acts::{invalid, not_found, reopen};
use crate::gather::{self, Cited};
use crate::inputs::{Ahead, Inputs};
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::{Personal, Round, RunReceipt};
use crate::scoring::{Outcome, Scorer, run_receipt};
use crate::state::State;

/// Opens a round.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenRound {
    /// Village.
    pub village: DivisionCode,
    /// Scheme id; its law is `settle`.
    pub scheme: String,
    /// Period, e.g. `2026Q3`.
    pub period: String,
    /// What is shared out, in cents; only where the scheme shares out a fund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cents: Option<i64>,
}

/// Whether a scheme of this kind is asked for a whole village at a time.
const fn has_rounds(law: RuleLaw) -> bool {
    !matches!(law, RuleLaw::Score | RuleLaw::Quote)
}

impl OpenRound {
    /// The money of a round is stated where a fund is shared out, and is there.
    fn money(&self, view: &View<'_>, scheme: &Scheme) -> Result<(), Refusal> {
        match (scheme.law == RuleLaw::Distribute, self.cents) {
            (false, None) => Ok(()),
            (true, Some(cents)) if cents > 0 => {
                let free = view.state.book.fund(&stock_id(self.village, &scheme.fund)).0;
                if cents <= free {
                    return Ok(());
                }
                Err(Refusal::new(
                    RefusalKind::Unprocessable,
                    "FUND_TOO_SMALL",
                    format!(
                        "fund `{}` has {free} cents free, {cents} are to be shared out",
                        scheme.fund
                    ),
                    format!("资金只剩{}元，不够分{}元。", Cents(free), Cents(cents)),
                    "请减少本期分配的金额，或者先把资金补足。",
                ))
            }
            (true, _) => Err(invalid(
                "cents",
                "say how many cents are shared out, above zero",
                "请写明本期分多少钱（单位：分），要大于零。",
            )),
            (false, Some(_)) => Err(invalid(
                "cents",
                "this scheme shares out no fund; leave `cents` out",
                "本办法不分资金，不要写金额。",
            )),
        }
    }
}

/// The schemes whose events or points a scheme sees, and those that these see.
fn sources(view: &View<'_>, village: DivisionCode, scheme: &Scheme) -> Vec<String> {
    let township = view.edition.township(village.township());
    let (mut found, mut open) = (BTreeSet::new(), vec![scheme]);
    while let Some(scheme) = open.pop() {
        let points = scheme.facts.values().filter_map(|source| match source {
            FactSource::PeriodPoints { schemes } => Some(schemes),
            _ => None,
        });
        for id in scheme.reads.iter().chain(points.flatten()) {
            if found.insert(id.clone()) {
                open.extend(township.and_then(|township| township.schemes.get(id)));
            }
        }
    }
    found.into_iter().collect()
}

impl Operation for OpenRound {
    const NAME: &'static str = "open-round";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn chain(&self, view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(view.village(self.village)?.township()))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let village = view.village(self.village)?;
        let scheme = scheme_for(view, village, &self.scheme)?;
        if !has_rounds(scheme.law) {
            return Err(invalid(
                "scheme",
                "a scheme that scores each event or prices redemptions has no rounds",
                "本办法不按轮次评分。",
            ));
        }
        if crate::scoring::period(scheme, &self.period).is_none() {
            return Err(invalid(
                "period",
                "write a period of the scheme: `2026Q3`, `2026-07` or `2026`, by its rhythm",
                "请按办法的周期写：按季写2026Q3，按月写2026-07，按年写2026。",
            ));
        }
        self.money(view, scheme)?;
        Ok(Ask {
            context: model::Record::new(),
            ..ask_in_village("OpenRound", view, village, &scheme.id)?
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let scheme = scheme_for(view, self.village, &self.scheme)?;
        let id = format!("{}-{}-{}", self.village, self.scheme, self.period);
        if view.state.rounds.get(&id).is_some() {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "ROUND_EXISTS",
                format!("round `{id}` is open or closed already"),
                "这一轮评分已经建立。",
                "请直接提交评分表。",
            ));
        }
        let row = Round {
            id,
            scheme: self.scheme.clone(),
            village: self.village,
            period: self.period.clone(),
            opened_by: view.caller.person.clone(),
            closed: None,
            closed_by: String::new(),
            cents: self.cents.map(Cents),
            basis: None,
            confirmed: None,
            confirmed_by: String::new(),
            sources: sources(view, self.village, scheme),
            sees_from: crate::inputs::seen_from(scheme, &self.period),
            readers: scheme.readers.clone(),
        };
        let reply = json!(row);
        Ok(Plan { effects: vec![Effect::Round(row)], reply, ..Plan::default() })
    }
}

/// Closes a round and scores the whole village.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseRound {
    /// Round id; from the path over HTTP.
    #[serde(default)]
    pub round: String,
}

/// A round by its id.
///
/// # Errors
/// `NOT_FOUND`.
pub(crate) fn round_of<'a>(state: &'a State, id: &str) -> Result<&'a Round, Refusal> {
    state.rounds.get(id).ok_or_else(|| not_found("round", "评分轮次", id))
}

impl Operation for CloseRound {
    const NAME: &'static str = "close-round";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Round", &self.round)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = round_of(view.state, &self.round)?;
        Ok(Ask {
            action: "CloseRound",
            resource: gather::round(view.state, row),
            place: row.village,
            cited: Cited::default(),
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = round_of(view.state, &self.round)?;
        if row.closed.is_some() {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "ROUND_CLOSED",
                format!(
                    "round `{}` is closed already; late sheets score it again by themselves",
                    row.id
                ),
                "这一轮评分已经结束。",
                "补交评分表后会自动重新计算差额。",
            ));
        }
        let (from, scheme) = scheme_of(view, row)?;
        let mut closed = Round {
            closed: Some(view.today()),
            closed_by: view.caller.person.clone(),
            ..row.clone()
        };
        let ahead = Ahead::default();
        let scorer = Scorer { scheme, village: row.village, period: &row.period, ahead };
        let (effects, runs, told) = match scheme.law {
            RuleLaw::Settle => posted(scorer.round(view, from, &row.id)?),
            RuleLaw::Convert => posted(scorer.conversion(view, from, None)?),
            _ => {
                let rule = view.snapshot.rule(from, row.village, &scheme.id)?;
                let input = asked(view, scheme, row)?;
                closed.basis = Some(reopen::basis(scheme, &input)?);
                found(view, scheme, rule.as_ref(), row, &input)?
            }
        };
        let run = runs.first();
        let mut reply = json!({
            "round": closed.id, "closed": closed.closed, "notice_days": scheme.notice_days,
            "rule": run.map(|r| json!({"digest": r.rule, "abi": r.abi, "fuel_used": r.fuel_used, "fuel_max": r.fuel_max})),
        });
        if let (Some(map), Value::Object(more)) = (reply.as_object_mut(), told) {
            map.extend(more);
        }
        let mut all = vec![Effect::Round(closed)];
        all.extend(effects);
        Ok(Plan { effects: all, reply, runs, ..Plan::default() })
    }
}

/// The scheme a round is settled by, with a day of its edition.
pub(crate) fn scheme_of<'a>(
    view: &View<'a>,
    row: &Round,
) -> Result<(model::CivilDay, &'a Scheme), Refusal> {
    crate::parts::of_round(view, row.village, &row.scheme, &row.period)
        .ok_or_else(|| not_found("scheme", "积分办法", &row.scheme))
}

type Closing = (Vec<Effect>, Vec<RunReceipt>, Value);

fn posted(outcome: Outcome) -> Closing {
    let points = outcome
        .proposed
        .iter()
        .try_fold(0_i64, |sum, e| sum.checked_add(e.points.0))
        .unwrap_or(i64::MAX);
    let told = json!({
        "proposed": outcome.proposed.len(), "points": points, "without_result": outcome.refused,
    });
    (outcome.effects, outcome.runs, told)
}

/// The question of a round about everybody of the village.
///
/// # Errors
/// When a fact cannot be found out.
pub(crate) fn asked(view: &View<'_>, scheme: &Scheme, row: &Round) -> Result<RuleInput, Refusal> {
    let inputs =
        Inputs { view, scheme, village: row.village, period: &row.period, ahead: Ahead::default() };
    let subjects = inputs.everybody();
    let own = subjects.keys().flat_map(|subject| view.state.events_in(&scheme.id, subject));
    let span = inputs.span();
    let own: Vec<_> =
        own.filter(|e| (span.first..=span.last).contains(&e.day.number())).cloned().collect();
    inputs.question(&subjects, &own)
}

/// Asks a rule whose answers are no points, and puts what it found on notice.
fn found(
    view: &View<'_>,
    scheme: &Scheme,
    rule: &dyn rules::Rule,
    row: &Round,
    input: &RuleInput,
) -> Result<Closing, Refusal> {
    let found = crate::findings::ask(view, scheme, rule, row, input)?;
    let told = crate::findings::told(&found);
    let run = run_receipt(&found.receipt, input, &found.answer)?;
    let mut effects = vec![Effect::Findings(found.findings)];
    effects.extend(found.kept.into_iter().map(Effect::Kept));
    Ok((effects, vec![run], told))
}
