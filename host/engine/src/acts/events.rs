//! Event intake, and the state of an event afterwards.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, DivisionCode, Refusal, RefusalKind};
use package::{RuleLaw, Scheme, Subject};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::intake::{at_event, check_event};
use crate::acts::{invalid, not_found, title};
use crate::gather::{self, Cited};
use crate::inputs::Ahead;
use crate::limits;
use crate::operation::{Acting, Ask, Operation, PersonalFields, Plan, View};
use crate::record::Effect;
use crate::row::{Event, EventState, Personal};
use crate::scoring::{Outcome, Scorer, period_of};
use crate::state::State;
use crate::state::event_key;

/// One event as it is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventInput {
    /// Sender's id, unique in the village.
    pub id: String,
    /// Event type named by the scheme.
    #[serde(rename = "type")]
    pub kind: String,
    /// Household or person.
    pub subject: String,
    /// Effective day.
    pub day: CivilDay,
    /// Panel member or certifier.
    #[serde(default)]
    pub actor: String,
    /// Integers named by the scheme; left out where only the times are counted.
    #[serde(default)]
    pub quantities: BTreeMap<String, i64>,
    /// Who of the household did it, where the rule asks.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// How it came in: `report`, `patrol`, `import` …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// What it rests on: `photo`, `roster`, `certificate` …
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// Free text; it goes to the erasable side store only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// Hands in events of one scheme in one village.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitEvents {
    /// Village.
    pub village: DivisionCode,
    /// Scheme id.
    pub scheme: String,
    /// The events.
    pub events: Vec<EventInput>,
}

impl SubmitEvents {
    fn scheme<'a>(&self, view: &View<'a>) -> Result<&'a Scheme, Refusal> {
        scheme_for(view, self.village, &self.scheme)
    }

    /// The rows that are new; an event sent twice with the same content is left out.
    fn fresh(
        &self,
        view: &View<'_>,
        scheme: &Scheme,
        notes: &[Personal],
    ) -> Result<Vec<Event>, Refusal> {
        let mut notes = notes.iter();
        let mut rows: Vec<Event> = Vec::new();
        for input in &self.events {
            let round = match scheme.law {
                RuleLaw::Settle => round_id(self.village, scheme, input.day),
                _ => String::new(),
            };
            let mut row = Event {
                id: input.id.clone(),
                scheme: scheme.id.clone(),
                kind: input.kind.clone(),
                subject: input.subject.clone(),
                village: self.village,
                round,
                day: input.day,
                actor: input.actor.clone(),
                quantities: input.quantities.clone(),
                submitted_by: view.caller.person.clone(),
                member: input.member.clone(),
                channel: input.channel.clone(),
                evidence: input.evidence.clone(),
                recorded: Some(view.today()),
                state: EventState::Accepted,
                note: None,
            };
            let stored = view.state.events.get(&event_key(self.village, &input.id));
            match stored.or_else(|| rows.iter().find(|other| other.id == row.id)) {
                None => {
                    row.note = (!input.note.is_empty()).then(|| notes.next().cloned()).flatten();
                    rows.push(row);
                }
                Some(old) if same_content(old, &row) => {}
                Some(old) => return Err(event_id_reused(&old.id)),
            }
        }
        Ok(rows)
    }
}

impl Operation for SubmitEvents {
    const NAME: &'static str = "submit-events";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn chain(&self, view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(view.village(self.village)?.township()))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let village = view.village(self.village)?;
        let scheme = self.scheme(view)?;
        if self.events.is_empty() || self.events.len() > limits::EVENTS_PER_REQUEST_MAX {
            let most = limits::EVENTS_PER_REQUEST_MAX;
            return Err(invalid(
                "events",
                &format!("1 to {most} events are taken at a time"),
                &format!("每次提交1至{most}条。"),
            ));
        }
        for (index, event) in self.events.iter().enumerate() {
            check_event(view, village, scheme, event)
                .map_err(|refusal| at_event(index, refusal))?;
        }
        ask_in_village("SubmitEvent", view, village, &scheme.id)
    }

    fn personal(&self, view: &View<'_>) -> Vec<PersonalFields> {
        let fresh = |event: &&EventInput| {
            !event.note.is_empty()
                && view.state.events.get(&event_key(self.village, &event.id)).is_none()
        };
        let fields = |event: &EventInput| PersonalFields {
            subject: event.subject.clone(),
            fields: BTreeMap::from([("note".to_owned(), event.note.clone())]),
        };
        self.events.iter().filter(fresh).map(fields).collect()
    }

    fn plan(&self, view: &View<'_>, _: &Acting, personal: &[Personal]) -> Result<Plan, Refusal> {
        let scheme = self.scheme(view)?;
        let rows = self.fresh(view, scheme, personal)?;
        let outcome = rescore(view, scheme, self.village, &rows)?;
        let mut reply = json!({
            "accepted": rows.len(),
            "already_known": self.events.len().saturating_sub(rows.len()),
            "proposed": outcome.proposed.len(),
            "entries": outcome.proposed.iter().take(20).map(|e| json!({
                "id": e.id, "subject": e.subject, "points": e.points, "state": e.state,
            })).collect::<Vec<_>>(),
        });
        if let (Some(map), false) = (reply.as_object_mut(), outcome.refused.is_empty()) {
            map.insert("without_result".to_owned(), json!(outcome.refused));
        }
        let mut effects = vec![Effect::Events(rows)];
        effects.extend(outcome.effects);
        Ok(Plan { effects, reply, runs: outcome.runs, ..Plan::default() })
    }
}

/// Disputes, reverses or accepts an event; what rests on it is scored again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendEvent {
    /// Village.
    pub village: DivisionCode,
    /// Event id; from the path over HTTP.
    #[serde(default)]
    pub event: String,
    /// What it is from now on.
    pub state: EventState,
    /// Why, without names.
    pub reason: String,
}

impl AmendEvent {
    fn row<'a>(&self, view: &View<'a>) -> Result<&'a Event, Refusal> {
        let key = event_key(self.village, &self.event);
        view.state.events.get(&key).ok_or_else(|| not_found("event", "记录", &self.event))
    }
}

impl Operation for AmendEvent {
    const NAME: &'static str = "amend-event";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        title("reason", &self.reason)?;
        let row = self.row(view)?;
        ask_in_village("AmendEvent", view, row.village, &row.scheme)
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = Event { state: self.state, ..self.row(view)?.clone() };
        let scheme = scheme_for(view, row.village, &row.scheme)?;
        let outcome = rescore(view, scheme, row.village, std::slice::from_ref(&row))?;
        let reply = json!({"event": row.id, "state": row.state, "reason": self.reason, "proposed": outcome.proposed.len()});
        let mut effects = vec![Effect::Events(vec![row])];
        effects.extend(outcome.effects);
        Ok(Plan { effects, reply, runs: outcome.runs, ..Plan::default() })
    }
}

/// The id of the round a day falls in.
pub fn round_id(village: DivisionCode, scheme: &Scheme, day: CivilDay) -> String {
    format!("{village}-{}-{}", scheme.id, period_of(scheme, day))
}

/// The scheme of a village's township, in force today.
pub fn scheme_for<'a>(
    view: &View<'a>,
    village: DivisionCode,
    scheme: &str,
) -> Result<&'a Scheme, Refusal> {
    let township = view.edition.township(village.township());
    if let Some(found) = township.and_then(|t| t.schemes.get(scheme)) {
        return Ok(found);
    }
    if let Some(found) = township.and_then(|t| t.trials.get(scheme)) {
        return Err(on_trial(found));
    }
    let elsewhere =
        view.edition.townships().values().any(|township| township.schemes.contains_key(scheme));
    if elsewhere {
        return Err(Refusal::new(
            RefusalKind::Unprocessable,
            "SCHEME_OF_ANOTHER_TOWNSHIP",
            format!(
                "scheme `{scheme}` belongs to another township than `{village}`; send it there"
            ),
            format!("“{scheme}”是其他镇街的积分办法，不适用于本村（社区）。"),
            "请提交到该办法所属镇街的村（社区）。",
        ));
    }
    Err(not_found("scheme", "积分办法", scheme))
}

fn on_trial(scheme: &Scheme) -> Refusal {
    Refusal::new(
        RefusalKind::Unprocessable,
        "SCHEME_ON_TRIAL",
        format!("scheme `{}` is for trial runs; nothing is recorded under it", scheme.id),
        format!("“{}”现在只供试算，不收事件、不评分、不记账。", scheme.title),
        "试算请用 xiangyue score；要正式用，请先在办法里去掉 trial 并报市里发布。",
    )
}

pub(crate) fn ask_in_village(
    action: &'static str,
    view: &View<'_>,
    village: DivisionCode,
    scheme: &str,
) -> Result<Ask, Refusal> {
    let resource = gather::unit(view.edition, village)
        .ok_or_else(|| crate::operation::unknown_division(village))?;
    let context = gather::record([("scheme", scheme.into()), ("channel", "clerk".into())]);
    Ok(Ask { action, resource, place: village, cited: Cited::default(), context })
}

/// Scores again whatever the changed events touch.
fn rescore(
    view: &View<'_>,
    scheme: &Scheme,
    village: DivisionCode,
    changed: &[Event],
) -> Result<Outcome, Refusal> {
    let mut all = Outcome::default();
    if matches!(scheme.law, RuleLaw::Settle | RuleLaw::Score) {
        let groups: BTreeSet<(&str, String)> = changed
            .iter()
            .map(|event| {
                let group = if event.round.is_empty() { &event.subject } else { &event.round };
                let then = view.snapshot.scheme(event.day, village, &scheme.id);
                let then = then.map_or(scheme, |(_, found)| found);
                (group.as_str(), period_of(then, event.day))
            })
            .collect();
        for (group, period) in groups {
            let scorer = |ahead| Scorer { scheme, village, period: &period, ahead };
            let ahead = Ahead { events: changed, ..Ahead::default() };
            if scheme.law == RuleLaw::Score {
                all.join(history(view, scorer(ahead), group)?);
            } else if view.state.rounds.get(group).is_some_and(|round| round.closed.is_some()) {
                // Sheets of an open round wait for its closing; late ones score the closed round again.
                let then = crate::parts::of_round(view, village, &scheme.id, &period);
                let (from, scheme) = then.unwrap_or((view.today(), scheme));
                all.join(Scorer { scheme, ..scorer(ahead) }.round(view, from, group)?);
            }
        }
    }
    for other in readers(view, scheme, village) {
        let ahead = Ahead { events: changed, ..Ahead::default() };
        for (subject, period) in seen_by(view, other, changed) {
            let scorer = Scorer { scheme: other, village, period: &period, ahead };
            all.join(history(view, scorer, &subject)?);
        }
    }
    Ok(all)
}

/// Schemes of the township that score by themselves and whose rules see the events of this one too.
fn readers<'a>(
    view: &View<'a>,
    scheme: &'a Scheme,
    village: DivisionCode,
) -> impl Iterator<Item = &'a Scheme> + use<'a> {
    let township = view.edition.township(village.township());
    let all = township.into_iter().flat_map(|township| township.schemes.values());
    all.filter(|other| other.law == RuleLaw::Score && other.reads.contains(&scheme.id))
}

/// Whose row of another scheme the events belong to, and in which period of that scheme.
fn seen_by(view: &View<'_>, other: &Scheme, events: &[Event]) -> BTreeSet<(String, String)> {
    let row = |event: &Event| {
        let person = view.state.persons.get(&event.subject);
        let subject = match (other.subject, person) {
            (Subject::Household, Some(person)) => person.household.clone(),
            _ => event.subject.clone(),
        };
        (!subject.is_empty()).then(|| (subject, period_of(other, event.day)))
    };
    events.iter().filter_map(row).collect()
}

/// Scores a period of one subject, and the later periods that rest on what the rule kept of it.
fn history(view: &View<'_>, scorer: Scorer<'_>, subject: &str) -> Result<Outcome, Refusal> {
    let mut all = scorer.subject(view, subject)?;
    if all.kept.is_empty() {
        return Ok(all);
    }
    let stored = view.state.events_in(&scorer.scheme.id, subject);
    let periods: BTreeSet<String> =
        stored.map(|event| period_of(scorer.scheme, event.day)).collect();
    for period in periods.iter().filter(|name| name.as_str() > scorer.period) {
        let kept = all.kept.clone();
        let ahead = Ahead { kept: Some(&kept), ..scorer.ahead };
        let next = Scorer { period, ahead, ..scorer }.subject(view, subject)?;
        let same = next.kept.is_empty();
        all.join(next);
        if same {
            break;
        }
    }
    Ok(all)
}

fn same_content(old: &Event, new: &Event) -> bool {
    let content = |row: &Event| {
        let texts = [&row.scheme, &row.kind, &row.subject, &row.actor].map(String::clone);
        let words = [&row.member, &row.channel, &row.evidence].map(String::clone);
        (texts, words, row.day)
    };
    content(old) == content(new) && old.quantities == new.quantities
}

fn event_id_reused(id: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        "EVENT_ID_REUSED",
        format!("event `{id}` is recorded with other content; a new event needs a new id"),
        format!("编号“{id}”已用于另一条记录。"),
        "新记录请用新编号；更正请先撤回原记录。",
    )
}
