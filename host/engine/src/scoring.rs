//! From events to entries: the rule's run over full histories, and the difference to what stands.
//!
//! A rule always sees the full history that counts; what is posted is only the difference, by claim
//! id, so a late, disputed or reversed event never leaves a trace of double counting.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Entry, EntryChange, Scored, difference};
use model::{CivilDay, DivisionCode, Points, Refusal, RefusalKind};
use package::{Edition, Every, RuleLaw, Scheme, Subject};
use rules::{Claim, Period, Receipt, RowRefusal, Rule, RuleError, RuleInput};

use crate::inputs::{Ahead, Inputs, kept_rows};
use crate::operation::View;
use crate::parts::{Part, days_of, parts, together, until};
use crate::record::Effect;
use crate::row::{Event, RunReceipt};

/// A scheme that gives points, in one village and period.
#[derive(Clone, Copy, Debug)]
pub struct Scorer<'a> {
    /// The scheme, as it stands for the period.
    pub scheme: &'a Scheme,
    /// The village that is scored.
    pub village: DivisionCode,
    /// The period.
    pub period: &'a str,
    /// What comes with the act.
    pub ahead: Ahead<'a>,
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
    /// The runs.
    pub runs: Vec<RunReceipt>,
    /// What the rule keeps, by `<subject>/<scheme>/<period>`.
    pub kept: BTreeMap<String, Vec<u8>>,
}

impl Outcome {
    /// Both.
    pub fn join(&mut self, other: Self) {
        self.effects.extend(other.effects);
        self.proposed.extend(other.proposed);
        self.refused.extend(other.refused);
        self.runs.extend(other.runs);
        self.kept.extend(other.kept);
    }
}

/// What a rule of points answered.
pub(crate) struct Answered {
    /// As it was given, before anything is done with it.
    pub(crate) answer: serde_json::Value,
    pub(crate) claims: Vec<Claim>,
    pub(crate) refused: Vec<RowRefusal>,
    pub(crate) receipt: Receipt,
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

/// First and last day of a period by its name alone, which tells its rhythm; none for a name that is no period.
pub fn span_of(name: &str) -> Option<(i64, i64)> {
    let (every, year, month) = if let Some((year, quarter)) = name.split_once('Q') {
        let month = quarter.parse::<i8>().ok()?.checked_sub(1)?.checked_mul(3)?.checked_add(1)?;
        (Every::Quarter, year, month)
    } else if let Some((year, month)) = name.split_once('-') {
        (Every::Month, year, month.parse().ok()?)
    } else {
        (Every::Year, name, 1)
    };
    let day = CivilDay::parse(&format!("{year}-{month:02}-01")).ok()?;
    let (first, last) = every.span(day)?;
    Some((first.number(), last.number()))
}

/// A period of a scheme by its name, as [`period_of`] writes it; none for a name that is no period of the scheme's
/// rhythm.
pub fn period(scheme: &Scheme, name: &str) -> Option<Period> {
    let (first, last) = span_of(name)?;
    let written = period_of(scheme, CivilDay::from_number(first).ok()?);
    (written == name).then(|| Period { name: name.to_owned(), first, last })
}

impl Scorer<'_> {
    /// Scores a whole round: everybody of the village, from all events that count. `from` is a day of the edition that
    /// settles it.
    ///
    /// # Errors
    /// When the rule cannot answer, or its answer has no lawful basis.
    pub fn round(&self, view: &View<'_>, from: CivilDay, round: &str) -> Result<Outcome, Refusal> {
        let inputs = self.inputs(view);
        let events = merged(view.state.events_in(&self.scheme.id, round), self.ahead.events);
        // an act may bring events of several rounds
        let own: Vec<Event> = events.into_iter().filter(|e| e.round == round).collect();
        self.whole(view, from, &inputs.everybody(), &own)
    }

    /// Converts what the sources gave everybody of the village, or some.
    ///
    /// # Errors
    /// As [`Scorer::round`].
    pub fn conversion(
        &self,
        view: &View<'_>,
        from: CivilDay,
        subject: Option<&str>,
    ) -> Result<Outcome, Refusal> {
        let inputs = self.inputs(view);
        let subjects = subject.map_or_else(|| inputs.everybody(), |subject| inputs.one(subject));
        self.whole(view, from, &subjects, &[])
    }

    fn whole(
        &self,
        view: &View<'_>,
        from: CivilDay,
        subjects: &BTreeMap<String, Vec<String>>,
        own: &[Event],
    ) -> Result<Outcome, Refusal> {
        let rule = view.snapshot.rule(from, self.village, &self.scheme.id)?;
        let input = self.inputs(view).question(subjects, own)?;
        let answered = ask(self.scheme, rule.as_ref(), &input)?;
        self.posted(view, subjects, own, vec![(input, answered)])
    }

    /// Scores one subject from its full history of the period. Where a new edition came into force within the period,
    /// each event is scored by the edition in force on its day (`parts.rs`).
    ///
    /// # Errors
    /// As [`Scorer::round`].
    pub fn subject(&self, view: &View<'_>, subject: &str) -> Result<Outcome, Refusal> {
        let inputs = self.inputs(view);
        let (subjects, span) = (inputs.one(subject), inputs.span());
        let own = merged(view.state.events_in(&self.scheme.id, subject), self.ahead.events);
        let inside = |event: &Event| {
            event.subject == subject
                && event.scheme == self.scheme.id
                && (span.first..=span.last).contains(&event.day.number())
        };
        let own: Vec<Event> = own.into_iter().filter(inside).collect();
        let asked = inputs.question(&subjects, &own)?;
        let days = days_of(&asked, &span);
        let parts = parts(view, self.scheme, self.village, days);
        let mut runs = Vec::new();
        let mut done: Option<Part<'_>> = None;
        for part in parts {
            let inputs = Inputs { scheme: part.scheme, ..inputs };
            let rule = view.snapshot.rule(part.from, self.village, &self.scheme.id)?;
            let other;
            let full = if std::ptr::eq(part.scheme, self.scheme) {
                &asked
            } else {
                other = inputs.question(&subjects, &own)?;
                &other
            };
            let input = until(full.clone(), part.until);
            let mut answered = ask(part.scheme, rule.as_ref(), &input)?;
            if done.is_some() {
                let before = until(full.clone(), Some(part.from));
                let earlier = ask(part.scheme, rule.as_ref(), &before)?;
                answered.claims = together(answered.claims, &earlier.claims, part.from)?;
                runs.push((before, Answered { claims: Vec::new(), ..earlier }));
            }
            runs.push((input, answered));
            done = Some(part);
        }
        self.posted(view, &subjects, &own, runs)
    }

    /// Whether a subject is one the scheme is for.
    pub fn is_for(&self, view: &View<'_>, subject: &str) -> bool {
        match self.scheme.subject {
            Subject::Household => view.state.households.get(subject).is_some(),
            Subject::Person => view.state.persons.get(subject).is_some(),
            Subject::Office => office(view.edition, subject).is_some(),
        }
    }

    fn inputs<'v>(&'v self, view: &'v View<'v>) -> Inputs<'v> {
        let Self { scheme, village, period, ahead } = *self;
        Inputs { view, scheme, village, period, ahead }
    }

    /// The difference to what stands, and what the rule keeps.
    fn posted(
        &self,
        view: &View<'_>,
        subjects: &BTreeMap<String, Vec<String>>,
        events: &[Event],
        runs: Vec<(RuleInput, Answered)>,
    ) -> Result<Outcome, Refusal> {
        let by_id: BTreeMap<&str, &Event> =
            events.iter().map(|event| (event.id.as_str(), event)).collect();
        let mut outcome = Outcome::default();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let (mut claims, mut kept) = (Vec::new(), None);
        let mut rows = Vec::new();
        for (input, answered) in runs {
            outcome.runs.push(run_receipt(&answered.receipt, &input, &answered.answer)?);
            for refusal in answered.refused {
                if outcome.refused.iter().all(|known| known.subject != refusal.subject) {
                    outcome.refused.push(refusal);
                }
            }
            claims.extend(answered.claims);
            kept = Some(answered.receipt);
            rows = input.rows;
        }
        let claims = crate::guards::claims(view, self, &rows, claims, &mut outcome.refused);
        let members: BTreeMap<&str, &[String]> =
            rows.iter().map(|row| (row.subject.as_str(), row.members.as_slice())).collect();
        for claim in claims {
            let people = members.get(claim.subject.as_str()).copied().unwrap_or_default();
            let scored = self.scored(view, claim, &by_id, people);
            seen.insert(scored.claim());
            propose(view, &scored, &mut outcome)?;
        }
        if let Some(receipt) = kept {
            self.keep(view, subjects, receipt, &mut outcome);
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

    fn keep(
        &self,
        view: &View<'_>,
        subjects: &BTreeMap<String, Vec<String>>,
        receipt: Receipt,
        outcome: &mut Outcome,
    ) {
        let refused: BTreeSet<&str> =
            outcome.refused.iter().map(|row| row.subject.as_str()).collect();
        let answered = subjects.keys().map(String::as_str).filter(|id| !refused.contains(id));
        let rows = kept_rows(view, self.scheme, self.period, answered, receipt.states);
        for (row, bytes) in rows {
            outcome.kept.insert(row.id.clone(), bytes);
            outcome.effects.push(Effect::Kept(row));
        }
    }

    fn scored(
        &self,
        view: &View<'_>,
        claim: Claim,
        by_id: &BTreeMap<&str, &Event>,
        people: &[String],
    ) -> Scored {
        let platform = self.scheme.law == RuleLaw::Convert;
        let cited = claim.events.iter().filter_map(|id| by_id.get(id.as_str()));
        let mut submitters: BTreeSet<String> = cited.map(|e| e.submitted_by.clone()).collect();
        if platform {
            submitters.extend(self.inputs(view).source_submitters(&claim.subject, people));
        }
        Scored {
            subject: claim.subject,
            village: self.village,
            scheme: self.scheme.id.clone(),
            period: self.period.to_owned(),
            item: claim.item,
            points: Points(claim.points),
            reason: claim.reason,
            clause: crate::guards::clause(view, self.scheme, self.village, &claim.clause),
            events: claim.events.into_iter().collect(),
            submitters,
            day: view.today(),
            platform,
        }
    }
}

/// Asks a rule that gives points.
fn ask(scheme: &Scheme, rule: &dyn Rule, input: &RuleInput) -> Result<Answered, Refusal> {
    let failed = |error: RuleError| rule_failed(&scheme.id, &error);
    let (rows, receipt) = match scheme.law {
        RuleLaw::Settle => {
            let (settlement, receipt) = rule.settle(input).map_err(failed)?;
            let answer = crate::outcome::of_settlement(&settlement);
            let (claims, refused) = (settlement.claims, settlement.refused);
            return Ok(Answered { answer, claims, refused, receipt });
        }
        RuleLaw::Score => rule.score(input).map_err(failed)?,
        RuleLaw::Convert => rule.convert(input).map_err(failed)?,
        _ => {
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "SCHEME_DOES_NOT_SCORE",
                format!("the rule of scheme `{}` gives no points", scheme.id),
                "这不是计分办法。",
                "请选择计分办法。",
            ));
        }
    };
    let answer = crate::outcome::of_scores(&rows);
    let (mut claims, mut refused) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Ok(own) => claims.extend(own),
            Err(refusal) => refused.push(refusal),
        }
    }
    Ok(Answered { answer, claims, refused, receipt })
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
///
/// # Errors
/// When the question cannot be written as JSON.
pub fn run_receipt(
    receipt: &Receipt,
    input: &impl serde::Serialize,
    answer: &serde_json::Value,
) -> Result<RunReceipt, Refusal> {
    Ok(RunReceipt {
        rule: receipt.rule,
        abi: receipt.abi.clone(),
        engine: receipt.engine.clone(),
        input: crate::outcome::of_input(input)?,
        outcome: Some(crate::outcome::digest(answer)),
        fuel_used: receipt.fuel_used,
        fuel_max: receipt.fuel_max,
    })
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
