//! A closed round whose findings no longer follow from the record is opened again, to be closed anew.

use std::collections::BTreeMap;

use model::{Digest, Refusal, RefusalKind};
use package::{FactSource, Scheme};
use rules::{RuleInput, RuleRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::about::About;
use crate::acts::confirm;
use crate::acts::events::ask_in_village;
use crate::acts::rounds::{asked, round_of, scheme_of};
use crate::inputs::{Ahead, Inputs, written_state};
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::{Finding, FindingState, Kept, Personal, Round};
use crate::state::State;

/// What findings rest on and what does not change by itself: the rule with its settings, events up to the closing, whose
/// word does not count, what the rule kept, points of other schemes, lateness. What is left to spend, honour and who lives
/// where are not in it: they change every day, and alone are no reason to begin the notice anew.
///
/// # Errors
/// Never in practice: everything in it has a form as JSON.
pub(crate) fn basis(scheme: &Scheme, input: &RuleInput) -> Result<Digest, Refusal> {
    let fixed = |name: &str| {
        let source = scheme.facts.get(name);
        matches!(source, Some(FactSource::PeriodPoints { .. } | FactSource::Lateness))
    };
    let row = |row: &RuleRow| {
        let facts: Vec<_> = row.facts.iter().filter(|(name, _)| fixed(name)).collect();
        let empty = row.events.is_empty()
            && row.state.is_empty()
            && facts.iter().all(|(_, amount)| **amount == 0);
        (!empty).then(|| json!([row.subject, row.events, row.excluded_actors, row.state, facts]))
    };
    let rows: Vec<Value> = input.rows.iter().filter_map(row).collect();
    crate::outcome::of_input(&json!([scheme.source_digest, scheme.settings, rows]))
}

/// Whether the findings of a closed round that nobody confirmed are no longer what the rule says: an event came late, was
/// taken back or accepted again. Rounds closed before this was kept do not show it.
///
/// # Errors
/// When the question cannot be put together, or the rule gives no answer.
pub(crate) fn changed(view: &View<'_>, row: &Round) -> Result<bool, Refusal> {
    let (Some(closed), None, Some(then)) = (row.closed, row.confirmed, row.basis) else {
        return Ok(false);
    };
    let (from, scheme) = scheme_of(view, row)?;
    // what is late since then was no fault then, and what happened since then is for another time
    let view = View { now: closed.start(), ..*view };
    let mut input = asked(&view, scheme, row)?;
    for row in &mut input.rows {
        row.events.retain(|event| event.day <= closed.number());
    }
    if basis(scheme, &input)? == then {
        return Ok(false);
    }
    // what has no effect must not begin the notice anew
    let rule = view.snapshot.rule(from, row.village, &scheme.id)?;
    let found = crate::findings::ask(&view, scheme, rule.as_ref(), row, &input)?;
    let now: BTreeMap<_, _> = found.findings.iter().map(said).collect();
    let before: BTreeMap<_, _> = confirm::proposed(view.state, row).into_iter().map(said).collect();
    Ok(now != before || !found.kept.is_empty())
}

/// What a finding says, by its id; not on which day and where it stands.
fn said(row: &Finding) -> (&str, impl PartialEq) {
    (row.id.as_str(), (&row.said, &row.reason, &row.clause, &row.facts))
}

/// What a rule kept for the period of an overtaken round, as it was before: what the latest earlier period left. The row
/// itself stays, since nothing of the record is taken away.
///
/// # Errors
/// When what was kept cannot be read.
fn restored(view: &View<'_>, row: &Round) -> Result<Vec<Kept>, Refusal> {
    let (_, scheme) = scheme_of(view, row)?;
    let inputs =
        Inputs { view, scheme, village: row.village, period: &row.period, ahead: Ahead::default() };
    let (village, end) = (row.village.to_string(), format!("/{}/{}", row.scheme, row.period));
    let before = |kept: &Kept| {
        let subject = kept.id.strip_suffix(&end)?;
        let state = inputs.kept(subject).map(|bytes| written_state(&bytes));
        Some(state.map(|state| Kept { id: kept.id.clone(), state }))
    };
    view.state.kept.starting_with(&village).filter_map(before).collect()
}

/// Opens a closed round again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReopenRound {
    /// Round id; from the path over HTTP.
    #[serde(default)]
    pub round: String,
}

impl Operation for ReopenRound {
    const NAME: &'static str = "reopen-round";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Round", &self.round)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = round_of(view.state, &self.round)?;
        Ok(Ask {
            context: model::Record::new(),
            ..ask_in_village("OpenRound", view, row.village, &row.scheme)?
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = round_of(view.state, &self.round)?;
        if row.closed.is_none() || row.confirmed.is_some() || !changed(view, row)? {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "ROUND_UNCHANGED",
                format!(
                    "round `{}` is not a closed round whose findings have changed since; there is nothing to open again",
                    row.id
                ),
                "这一轮不用重新结算：还没有结算、已经确认，或者依据的事项没有影响结果的变动。",
                "没有结算的请结算；公示期满的请确认；积分的差额会自动补算。",
            ));
        }
        let overtaken = confirm::proposed(view.state, row).into_iter();
        let overtaken: Vec<Finding> =
            overtaken.map(|row| Finding { state: FindingState::Rejected, ..row.clone() }).collect();
        let open = Round { closed: None, closed_by: String::new(), basis: None, ..row.clone() };
        let reply = json!({ "round": open.id, "overtaken": overtaken.len() });
        let mut effects = vec![Effect::Round(open)];
        effects.extend((!overtaken.is_empty()).then_some(Effect::Findings(overtaken)));
        effects.extend(restored(view, row)?.into_iter().map(Effect::Kept));
        Ok(Plan { effects, reply, ..Plan::default() })
    }
}
