//! From events to entries: rows for a rule, the rule's run, and the difference to what stands.
//!
//! A rule always sees the full history that counts; what is posted is only the difference, by claim
//! id, so a late, disputed or reversed event never leaves a trace of double counting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger::{Entry, EntryChange, Scored, difference};
use model::{CivilDay, Digest, DivisionCode, Points, Refusal, RefusalKind};
use package::{Edition, Every, RuleLaw, Scheme};
use rules::{Claim, Period, Receipt, RowRefusal, Rule, RuleError, RuleEvent, RuleInput, RuleRow};

use crate::operation::View;
use crate::record::Effect;
use crate::row::{Event, EventState, RunReceipt};

/// A scheme with its compiled rule.
#[derive(Clone, Debug)]
pub struct Scorer<'a> {
    /// The scheme.
    pub scheme: &'a Scheme,
    /// Its rule.
    pub rule: Arc<dyn Rule>,
    /// The village that is scored.
    pub village: DivisionCode,
    /// The period.
    pub period: String,
}

/// What a run led to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Entries to write.
    pub effects: Vec<Effect>,
    /// Proposed entries.
    pub proposed: Vec<Entry>,
    /// Rows without a valid result.
    pub refused: Vec<RowRefusal>,
    /// The run.
    pub runs: Vec<RunReceipt>,
}

/// Village and title of an office by its id, `370285102259/村务监督委员会`; an office is one that the due table names.
pub fn office<'a>(edition: &Edition, id: &'a str) -> Option<(DivisionCode, &'a str)> {
    let (village, title) = id.split_once('/')?;
    let village = DivisionCode::parse(village).ok()?;
    edition.dues().iter().any(|rule| rule.office == title).then_some((village, title))
}

/// The period a day falls in, in the scheme's rhythm: `2026Q3`, `2026-07` or `2026`.
pub fn period_of(scheme: &Scheme, day: CivilDay) -> String {
    let (year, month, _) = day.ymd();
    match scheme.period.as_str() {
        "month" => format!("{year}-{month:02}"),
        "year" => year.to_string(),
        _ => format!("{year}Q{}", day.quarter()),
    }
}

/// A period of a scheme by its name, as [`period_of`] writes it; none for a name that is no period of the scheme's
/// rhythm.
pub fn period(scheme: &Scheme, name: &str) -> Option<Period> {
    let (year, month) = if let Some((year, quarter)) = name.split_once('Q') {
        (year, quarter.parse::<i8>().ok()?.checked_sub(1)?.checked_mul(3)?.checked_add(1)?)
    } else if let Some((year, month)) = name.split_once('-') {
        (year, month.parse().ok()?)
    } else {
        (name, 1)
    };
    let day = CivilDay::parse(&format!("{year}-{month:02}-01")).ok()?;
    let (first, last) = match scheme.period.as_str() {
        "month" => Every::Month,
        "year" => Every::Year,
        _ => Every::Quarter,
    }
    .span(day)?;
    let (name, written) = (name.to_owned(), period_of(scheme, day));
    (written == name).then(|| Period { name, first: first.number(), last: last.number() })
}

impl Scorer<'_> {
    /// Scores a whole round: every household of the village, from all events that count.
    ///
    /// # Errors
    /// When the rule cannot answer, or its answer has no lawful basis.
    pub fn round(
        &self,
        view: &View<'_>,
        round: &str,
        changed: &[Event],
    ) -> Result<Outcome, Refusal> {
        let events = merged(view.state.events_in(&self.scheme.id, round), changed);
        let prefix = format!("{}-h", self.village);
        let households = view.state.households.starting_with(&prefix);
        let rows = households.map(|household| {
            let kin = household.kin.iter().cloned().collect();
            (household.id.clone(), kin)
        });
        let known: BTreeMap<String, Vec<String>> = rows.collect();
        self.run(view, &known, &events)
    }

    /// Scores one subject from its full history of the period.
    ///
    /// # Errors
    /// As [`Scorer::round`].
    pub fn subject(
        &self,
        view: &View<'_>,
        subject: &str,
        changed: &[Event],
    ) -> Result<Outcome, Refusal> {
        let mut events = merged(view.state.events_in(&self.scheme.id, subject), changed);
        events.retain(|event| {
            event.subject == subject && period_of(self.scheme, event.day) == self.period
        });
        self.run(view, &BTreeMap::from([(subject.to_owned(), Vec::new())]), &events)
    }

    fn run(
        &self,
        view: &View<'_>,
        subjects: &BTreeMap<String, Vec<String>>,
        events: &[Event],
    ) -> Result<Outcome, Refusal> {
        let input = self.input(view, subjects, events);
        let (claims, refused, receipt) = self.call(&input)?;
        let by_id: BTreeMap<&str, &Event> =
            events.iter().map(|event| (event.id.as_str(), event)).collect();
        let mut outcome =
            Outcome { refused, runs: vec![run_receipt(&receipt, &input)], ..Outcome::default() };
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for claim in claims {
            let scored = self.scored(view, claim, &by_id);
            seen.insert(scored.claim());
            propose(view, &scored, &mut outcome)?;
        }
        // A claim that the rule no longer makes is withdrawn, not forgotten.
        for subject in subjects.keys() {
            let gone: BTreeMap<&str, &Entry> = view
                .state
                .entries_of_subject(subject)
                .filter(|e| {
                    e.scheme == self.scheme.id
                        && e.period == self.period
                        && !seen.contains(&e.claim)
                })
                .map(|e| (e.claim.as_str(), e))
                .collect();
            for entry in gone.into_values() {
                propose(view, &Scored::withdrawn(entry, view.today()), &mut outcome)?;
            }
        }
        Ok(outcome)
    }

    fn input(
        &self,
        view: &View<'_>,
        subjects: &BTreeMap<String, Vec<String>>,
        events: &[Event],
    ) -> RuleInput {
        let mut by_subject: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        for event in events.iter().filter(|event| event.state == EventState::Accepted) {
            by_subject.entry(&event.subject).or_default().push(event);
        }
        let rows = subjects.iter().map(|(subject, kin)| {
            let mut own = by_subject.remove(subject.as_str()).unwrap_or_default();
            own.sort_by(|a, b| (a.day, &a.id).cmp(&(b.day, &b.id)));
            let events = own.into_iter().map(|event| RuleEvent {
                id: event.id.clone(),
                kind: event.kind.clone(),
                day: event.day.number(),
                actor: (!event.actor.is_empty()).then(|| event.actor.clone()),
                quantities: event.quantities.clone(),
                ..RuleEvent::default()
            });
            RuleRow {
                subject: subject.clone(),
                excluded_actors: kin.clone(),
                events: events.collect(),
                kind: self.scheme.subject.word().to_owned(),
                ..RuleRow::default()
            }
        });
        RuleInput {
            day: view.today().number(),
            settings: self.scheme.settings.clone(),
            rows: rows.collect(),
            // rounds of old may have a name that is no period: the rule then sees the name alone
            period: period(self.scheme, &self.period)
                .unwrap_or_else(|| Period { name: self.period.clone(), ..Period::default() }),
        }
    }

    fn call(&self, input: &RuleInput) -> Result<(Vec<Claim>, Vec<RowRefusal>, Receipt), Refusal> {
        let failed = |error: RuleError| rule_failed(&self.scheme.id, &error);
        match self.scheme.law {
            RuleLaw::Settle => {
                let (settlement, receipt) = self.rule.settle(input).map_err(failed)?;
                Ok((settlement.claims, settlement.refused, receipt))
            }
            RuleLaw::Score => {
                let (rows, receipt) = self.rule.score(input).map_err(failed)?;
                let (mut claims, mut refused) = (Vec::new(), Vec::new());
                for row in rows {
                    match row {
                        Ok(own) => claims.extend(own),
                        Err(refusal) => refused.push(refusal),
                    }
                }
                Ok((claims, refused, receipt))
            }
            _ => Err(Refusal::new(
                RefusalKind::Unprocessable,
                "SCHEME_DOES_NOT_SCORE",
                format!("the rule of scheme `{}` gives no points", self.scheme.id),
                "这不是计分办法。",
                "请选择计分办法。",
            )),
        }
    }

    fn scored(&self, view: &View<'_>, claim: Claim, by_id: &BTreeMap<&str, &Event>) -> Scored {
        let submitters = claim
            .events
            .iter()
            .filter_map(|id| by_id.get(id.as_str()))
            .map(|e| e.submitted_by.clone())
            .collect();
        Scored {
            subject: claim.subject,
            village: self.village,
            scheme: self.scheme.id.clone(),
            period: self.period.clone(),
            item: claim.item,
            points: Points(claim.points),
            reason: claim.reason,
            clause: if claim.clause.is_empty() { self.scheme.clause.clone() } else { claim.clause },
            events: claim.events.into_iter().collect(),
            submitters,
            day: view.today(),
        }
    }
}

/// Proposes the difference between what stands of a claim and what the rule now says.
fn propose(view: &View<'_>, scored: &Scored, outcome: &mut Outcome) -> Result<(), Refusal> {
    let mut history: Vec<Entry> = view.state.entries_of_claim(&scored.claim()).cloned().collect();
    history.sort_by_key(|entry| number_of(&entry.id));
    for change in difference(&history, scored).map_err(|refusal| refusal.refusal())? {
        if let EntryChange::Propose(entry) = &change {
            outcome.proposed.push(entry.clone());
        }
        outcome.effects.push(Effect::Entry(change.entry().clone()));
    }
    Ok(())
}

fn number_of(id: &str) -> u64 {
    id.rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Stored events with the changed ones in their place.
fn merged<'a>(stored: impl Iterator<Item = &'a Event>, changed: &[Event]) -> Vec<Event> {
    let mut all: BTreeMap<String, Event> =
        stored.map(|event| (event.id.clone(), event.clone())).collect();
    all.extend(changed.iter().map(|event| (event.id.clone(), event.clone())));
    all.into_values().collect()
}

/// A receipt as it is recorded.
pub fn run_receipt(receipt: &Receipt, input: &impl serde::Serialize) -> RunReceipt {
    RunReceipt {
        rule: receipt.rule,
        abi: receipt.abi.clone(),
        engine: receipt.engine.clone(),
        input: Digest::of([serde_json::to_vec(input).unwrap_or_default().as_slice()]),
        fuel_used: receipt.fuel_used,
        fuel_max: receipt.fuel_max,
    }
}

/// A rule that trapped, overran or answered nonsense: the township's act is refused, nothing is
/// posted, other townships go on.
pub fn rule_failed(scheme: &str, error: &RuleError) -> Refusal {
    tracing::warn!(scheme, %error, "a rule gave no answer");
    let (message, text) = error.told();
    Refusal::new(
        RefusalKind::Unprocessable,
        error.code(),
        format!("rule of scheme `{scheme}` gave no answer: {message}"),
        format!("积分办法“{scheme}”没有算出结果：{text}"),
        "本次没有记入任何积分；请联系本镇积分管理员检查积分办法。",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(rhythm: &str) -> Scheme {
        serde_json::from_value(serde_json::json!({
            "id": "s", "title": "办法", "subject": "household", "law": "score", "rule": "rules/s.rhai",
            "clause": "第一条", "decision_record": "会议记录", "notice_days": 7, "period": rhythm,
            "events": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_period_has_its_first_and_last_day_in_the_schemes_rhythm() {
        for (rhythm, name, first, last) in [
            ("quarter", "2026Q4", "2026-10-01", "2026-12-31"),
            ("quarter", "2026Q1", "2026-01-01", "2026-03-31"),
            ("month", "2026-02", "2026-02-01", "2026-02-28"),
            ("month", "2026-12", "2026-12-01", "2026-12-31"),
            ("year", "2028", "2028-01-01", "2028-12-31"),
        ] {
            let day = |text| CivilDay::parse(text).unwrap().number();
            let found = period(&scheme(rhythm), name).unwrap();
            assert_eq!((found.first, found.last), (day(first), day(last)), "{name}");
        }
        for (rhythm, name) in [
            ("quarter", "abc"),
            ("quarter", "2026Q0"),
            ("quarter", "2026Q5"),
            ("quarter", "2026-07"),
            ("quarter", "2026"),
            ("month", "2026Q3"),
            ("month", "2026-7"),
            ("year", "2026Q1"),
        ] {
            assert_eq!(period(&scheme(rhythm), name), None, "{rhythm} {name}");
        }
    }
}
