//! Scoring rounds of a whole village.

use model::{DivisionCode, Refusal, RefusalKind};
use package::RuleLaw;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::events::{ask_in_village, scheme_for};
use crate::acts::{invalid, not_found};
use crate::gather::{self, Cited};
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::{Personal, Round};
use crate::scoring::Scorer;
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
        if scheme.law != RuleLaw::Settle {
            return Err(invalid(
                "scheme",
                "only a scheme that settles a village has rounds",
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
        Ok(Ask {
            context: model::Record::new(),
            ..ask_in_village("OpenRound", view, village, &scheme.id)?
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
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

impl CloseRound {
    fn row<'a>(&self, view: &View<'a>) -> Result<&'a Round, Refusal> {
        view.state
            .rounds
            .get(&self.round)
            .ok_or_else(|| not_found("round", "评分轮次", &self.round))
    }
}

impl Operation for CloseRound {
    const NAME: &'static str = "close-round";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Round", &self.round)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = self.row(view)?;
        Ok(Ask {
            action: "CloseRound",
            resource: gather::round(view.state, row),
            place: row.village,
            cited: Cited::default(),
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = self.row(view)?;
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
        let scheme = scheme_for(view, row.village, &row.scheme)?;
        let rule = view.snapshot.rule(view.today(), row.village, &scheme.id)?;
        let scorer = Scorer { scheme, rule, village: row.village, period: row.period.clone() };
        let outcome = scorer.round(view, &row.id, &[])?;
        let closed = Round {
            closed: Some(view.today()),
            closed_by: view.caller.person.clone(),
            ..row.clone()
        };
        let points = outcome
            .proposed
            .iter()
            .try_fold(0_i64, |sum, e| sum.checked_add(e.points.0))
            .unwrap_or(i64::MAX);
        let run = outcome.runs.first();
        let reply = json!({
            "round": closed.id, "closed": closed.closed, "proposed": outcome.proposed.len(), "points": points,
            "without_result": outcome.refused, "notice_days": scheme.notice_days,
            "rule": run.map(|r| json!({"digest": r.rule, "abi": r.abi, "fuel_used": r.fuel_used, "fuel_max": r.fuel_max})),
        });
        let mut effects = vec![Effect::Round(closed)];
        effects.extend(outcome.effects);
        Ok(Plan { effects, reply, runs: outcome.runs, ..Plan::default() })
    }
}
