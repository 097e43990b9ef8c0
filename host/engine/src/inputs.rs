//! What a rule is told of a row: its events, the facts that its scheme grants, who belongs to it, what the rule kept.
//!
//! Everything comes from the record. A rule that does not see a thing cannot use it: what a scheme does not grant is not
//! gathered.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ledger::{Entry, EntryState};
use model::{CivilDay, DivisionCode, Refusal};
use package::{FactSource, RuleLaw, Scheme, Subject};
use rules::{Period, RuleEvent, RuleInput, RuleRow};

use crate::operation::View;
use crate::row::{Event, EventState, Kept};
use crate::scoring::period;

/// The kind of an event that stands for the points of a source, in the question to a converting rule.
const RAW: &str = "raw";

/// What is not in the record yet, but will be with the act that is planned.
#[derive(Clone, Copy, Default, Debug)]
pub struct Ahead<'a> {
    /// Events as they will stand.
    pub events: &'a [Event],
    /// Entries as they will stand.
    pub entries: &'a [Entry],
    /// What rules will keep, by `<subject>/<scheme>/<period>`.
    pub kept: Option<&'a BTreeMap<String, Vec<u8>>>,
}

/// The question about some subjects of one village in one period.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inputs<'a> {
    /// The record.
    pub(crate) view: &'a View<'a>,
    /// The scheme whose rule is asked.
    pub(crate) scheme: &'a Scheme,
    /// The village.
    pub(crate) village: DivisionCode,
    /// The period's name.
    pub(crate) period: &'a str,
    /// What comes with the act.
    pub(crate) ahead: Ahead<'a>,
}

/// Persons by household.
type Members = BTreeMap<String, Vec<String>>;

impl<'a> Inputs<'a> {
    /// Every subject of the village that the scheme is for, with those whose events about it do not count.
    pub(crate) fn everybody(&self) -> BTreeMap<String, Vec<String>> {
        let (state, village) = (self.view.state, self.village.to_string());
        match self.scheme.subject {
            Subject::Household => {
                let prefix = format!("{village}-h");
                let rows = state.households.starting_with(&prefix);
                rows.map(|row| (row.id.clone(), row.kin.iter().cloned().collect())).collect()
            }
            Subject::Person => {
                let rows = state.persons.starting_with(&village);
                rows.filter(|row| row.unit == self.village)
                    .map(|row| (row.id.clone(), vec![row.id.clone()]))
                    .collect()
            }
            Subject::Office => {
                let offices = self.view.edition.dues().iter().map(|rule| rule.office.as_str());
                offices.map(|office| (format!("{}/{office}", self.village), Vec::new())).collect()
            }
        }
    }

    /// One subject, in the same form.
    pub(crate) fn one(&self, subject: &str) -> BTreeMap<String, Vec<String>> {
        let household = self.view.state.households.get(subject);
        let excluded = match self.scheme.subject {
            Subject::Household => household.map(|row| row.kin.iter().cloned().collect()),
            Subject::Person => Some(vec![subject.to_owned()]),
            Subject::Office => None,
        };
        BTreeMap::from([(subject.to_owned(), excluded.unwrap_or_default())])
    }

    /// The period with its first and last day. Rounds of old may have a name that is no period: it is then all there is.
    pub(crate) fn span(&self) -> Period {
        let known = period(self.scheme, self.period);
        known.unwrap_or_else(|| Period { name: self.period.to_owned(), ..Period::default() })
    }

    /// The question. `own` are the scheme's own events, in whatever state.
    ///
    /// # Errors
    /// When a fact cannot be found out.
    pub(crate) fn question(
        &self,
        subjects: &BTreeMap<String, Vec<String>>,
        own: &[Event],
    ) -> Result<RuleInput, Refusal> {
        let span = self.span();
        let members = self.members(subjects);
        let mut by_subject: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
        for event in own.iter().filter(|event| event.state == EventState::Accepted) {
            by_subject.entry(&event.subject).or_default().push(event);
        }
        let lateness = self.lateness(&span)?;
        let row = |(subject, excluded): (&String, &Vec<String>)| {
            let people = members.get(subject).cloned().unwrap_or_default();
            let mut events: Vec<RuleEvent> = by_subject
                .remove(subject.as_str())
                .unwrap_or_default()
                .into_iter()
                .map(|event| told(event, ""))
                .collect();
            events.extend(self.read(subject, &people, &span));
            if self.scheme.law == RuleLaw::Convert {
                events.extend(self.raw(subject, &people, &span)?);
            }
            events.sort_by(|a, b| (a.day, &a.id).cmp(&(b.day, &b.id)));
            Ok(RuleRow {
                subject: subject.clone(),
                excluded_actors: excluded.clone(),
                events,
                kind: self.scheme.subject.word().to_owned(),
                facts: self.facts(subject, &people, &span, &lateness)?,
                members: people,
                state: self.kept(subject)?,
            })
        };
        Ok(RuleInput {
            day: self.view.today().number(),
            settings: self.scheme.settings.clone(),
            rows: subjects.iter().map(row).collect::<Result<_, Refusal>>()?,
            period: span.clone(),
        })
    }

    /// Who lives in which of the households.
    fn members(&self, subjects: &BTreeMap<String, Vec<String>>) -> Members {
        let mut members = Members::new();
        if self.scheme.subject != Subject::Household {
            return members;
        }
        let village = self.village.to_string();
        let people = self.view.state.persons.starting_with(&village);
        for person in people.filter(|person| subjects.contains_key(&person.household)) {
            members.entry(person.household.clone()).or_default().push(person.id.clone());
        }
        members
    }

    fn sibling(&self, scheme: &str) -> Option<&'a Scheme> {
        self.view.edition.township(self.village.township())?.schemes.get(scheme)
    }

    /// Whose events and entries of a scheme are this row's: its own, or those of its people.
    fn whose<'s>(
        &self,
        other: &Scheme,
        subject: &'s str,
        people: &'s [String],
    ) -> Box<dyn Iterator<Item = (&'s str, bool)> + 's> {
        if other.subject == Subject::Person && self.scheme.subject == Subject::Household {
            Box::new(people.iter().map(|person| (person.as_str(), true)))
        } else {
            Box::new(std::iter::once((subject, false)))
        }
    }

    /// Accepted events of other schemes, and of the months before the period.
    fn read(&self, subject: &str, people: &[String], span: &Period) -> Vec<RuleEvent> {
        let from = months_earlier(span.first, self.scheme.months_before);
        let mut found = Vec::new();
        let mut take = |scheme: &Scheme, days: std::ops::Range<i64>| {
            for (whose, member) in self.whose(scheme, subject, people) {
                let rows = self.with_ahead(&scheme.id, whose);
                found.extend(
                    rows.into_iter()
                        .filter(|e| {
                            e.state == EventState::Accepted && days.contains(&e.day.number())
                        })
                        .map(|event| told(&event, if member { whose } else { "" })),
                );
            }
        };
        if from < span.first {
            take(self.scheme, from..span.first);
        }
        for other in self.scheme.reads.iter().filter_map(|id| self.sibling(id)) {
            if self.scheme.law != RuleLaw::Convert {
                take(other, from..span.last.saturating_add(1));
            }
        }
        found
    }

    /// Events of a scheme for a subject, those that come with the act in their place.
    fn with_ahead(&self, scheme: &str, subject: &str) -> Vec<Event> {
        let stored = self.view.state.events_in(scheme, subject);
        let mut rows: BTreeMap<&str, &Event> =
            stored.map(|event| (event.id.as_str(), event)).collect();
        for event in self.ahead.events {
            if event.scheme == scheme && event.subject == subject {
                rows.insert(&event.id, event);
            }
        }
        rows.into_values().cloned().collect()
    }

    /// Effective points of the sources in the period, as one event for each source; losses are not converted.
    fn raw(
        &self,
        subject: &str,
        people: &[String],
        span: &Period,
    ) -> Result<Vec<RuleEvent>, Refusal> {
        let mut found = Vec::new();
        for source in self.scheme.reads.iter().filter_map(|id| self.sibling(id)) {
            let points = self.points_of(source, subject, people, span)?;
            if points > 0 {
                found.push(RuleEvent {
                    id: format!("{subject}/{}@{}", source.id, self.period).into(),
                    kind: RAW.into(),
                    day: span.last,
                    channel: source.id.as_str().into(),
                    quantities: BTreeMap::from([("points".into(), points)]),
                    ..RuleEvent::default()
                });
            }
        }
        Ok(found)
    }

    fn points_of(
        &self,
        source: &Scheme,
        subject: &str,
        people: &[String],
        span: &Period,
    ) -> Result<i64, Refusal> {
        let entries = self.source_entries(source, subject, people, span);
        plus(entries.into_iter().map(|entry| entry.points.0))
    }

    /// Effective entries of a source that count in the period: of the period itself, or of one that lies in it.
    fn source_entries(
        &self,
        source: &Scheme,
        subject: &str,
        people: &[String],
        span: &Period,
    ) -> Vec<&Entry> {
        let inside = |entry: &&Entry| {
            let lies_in = |of: Period| of.first >= span.first && of.last <= span.last;
            entry.scheme == source.id
                && (entry.period == span.name || period(source, &entry.period).is_some_and(lies_in))
        };
        let whose = self.whose(source, subject, people);
        whose.flat_map(|(whose, _)| self.entries(whose)).filter(inside).collect()
    }

    /// Effective entries of a subject, with those that come with the act.
    fn entries(&self, subject: &str) -> impl Iterator<Item = &Entry> {
        let ahead = self.ahead.entries;
        let stored = self.view.state.entries_of_subject(subject);
        let stored = stored.filter(move |entry| !ahead.iter().any(|new| new.id == entry.id));
        let coming = ahead.iter().filter(move |entry| entry.subject == subject);
        stored.chain(coming).filter(|entry| entry.state == EntryState::Effective)
    }

    /// The submitters behind the points of the sources: who reported them does not review what they become.
    pub(crate) fn source_submitters(&self, subject: &str, people: &[String]) -> Vec<String> {
        let span = self.span();
        let sources = self.scheme.reads.iter().filter_map(|id| self.sibling(id));
        let entries = sources.flat_map(|s| self.source_entries(s, subject, people, &span));
        entries.flat_map(|entry| entry.submitters.iter().cloned()).collect()
    }

    fn facts(
        &self,
        subject: &str,
        people: &[String],
        span: &Period,
        lateness: &BTreeMap<String, i64>,
    ) -> Result<BTreeMap<String, i64>, Refusal> {
        let state = self.view.state;
        let mut found = BTreeMap::new();
        for (name, source) in &self.scheme.facts {
            let value = match source {
                FactSource::Members => match state.households.get(subject) {
                    Some(row) => row.members,
                    None => continue,
                },
                FactSource::Honour => state.book.honour(subject).0,
                FactSource::Spendable => state.book.spendable(subject).0,
                FactSource::PeriodPoints { schemes } => {
                    let sources = schemes.iter().filter_map(|id| self.sibling(id));
                    let points = sources.map(|s| self.points_of(s, subject, people, span));
                    plus(points.collect::<Result<Vec<_>, _>>()?)?
                }
                FactSource::Lateness => lateness.get(subject).copied().unwrap_or_default(),
            };
            found.insert(name.clone(), value);
        }
        Ok(found)
    }

    /// What late and missing records take off each office, as far as they fell due in the period.
    fn lateness(&self, span: &Period) -> Result<BTreeMap<String, i64>, Refusal> {
        let mut found = BTreeMap::new();
        if !self.scheme.facts.values().any(|source| *source == FactSource::Lateness) {
            return Ok(found);
        }
        let (view, days) = (self.view, span.first..=span.last);
        let first = CivilDay::from_number(span.first).ok();
        let package = &view.snapshot.package;
        for row in crate::dues::dues(view.state, package, self.village, first, view.today())? {
            let inside = row.due.is_some_and(|day| days.contains(&day.number()));
            if inside && row.counts_against() {
                let sum: &mut i64 =
                    found.entry(format!("{}/{}", row.village, row.rule.office)).or_default();
                *sum = plus([*sum, row.rule.deduct])?;
            }
        }
        Ok(found)
    }

    /// What the rule kept at the end of the latest period before this one.
    pub(crate) fn kept(&self, subject: &str) -> Result<Vec<u8>, Refusal> {
        let prefix = format!("{subject}/{}/", self.scheme.id);
        let before = |id: &str| id.strip_prefix(&prefix).is_some_and(|name| name < self.period);
        let stored = self.view.state.kept.starting_with(&prefix);
        let stored = stored.filter(|row| before(&row.id)).last();
        let ahead = self.ahead.kept.into_iter().flatten().rfind(|(id, _)| before(id));
        match (stored, ahead) {
            (Some(row), Some((id, _))) if row.id > *id => read_state(&row.state),
            (Some(row), None) => read_state(&row.state),
            (_, Some((_, bytes))) => Ok(bytes.clone()),
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// Sum of points.
///
/// # Errors
/// When it does not fit.
fn plus(parts: impl IntoIterator<Item = i64>) -> Result<i64, Refusal> {
    parts.into_iter().try_fold(0_i64, i64::checked_add).ok_or_else(|| {
        crate::acts::invalid("points", "the sum does not fit", "分数合计超出可记范围。")
    })
}

/// A kept state as bytes. One that cannot be read stops the run: a rule that began anew would award twice.
fn read_state(text: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD
        .decode(text)
        .map_err(|error| crate::refusals::internal(&format!("a kept state is unreadable: {error}")))
}

/// What is to be written of what a rule keeps: for the rows that have a result, where it is not what is stored already.
/// Nothing is kept by writing that; a row without a result keeps what it had, or its next period would begin from nothing.
pub(crate) fn kept_rows<'a>(
    view: &View<'_>,
    scheme: &Scheme,
    period: &str,
    answered: impl IntoIterator<Item = &'a str>,
    mut states: BTreeMap<String, Vec<u8>>,
) -> Vec<(Kept, Vec<u8>)> {
    let row = |subject: &str| {
        let bytes = states.remove(subject).unwrap_or_default();
        let (id, state) = (format!("{subject}/{}/{period}", scheme.id), written_state(&bytes));
        let same = match view.state.kept.get(&id) {
            Some(stored) => stored.state == state,
            None => bytes.is_empty(),
        };
        (!same).then_some((Kept { id, state }, bytes))
    };
    answered.into_iter().filter_map(row).collect()
}

/// A kept state as text.
pub(crate) fn written_state(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn told(event: &Event, member: &str) -> RuleEvent {
    let member = if member.is_empty() { event.member.as_str() } else { member };
    RuleEvent {
        id: event.id.as_str().into(),
        kind: event.kind.as_str().into(),
        day: event.day.number(),
        actor: (!event.actor.is_empty()).then(|| event.actor.as_str().into()),
        quantities: event.quantities.iter().map(|(name, n)| (name.as_str().into(), *n)).collect(),
        recorded: event.recorded.map(CivilDay::number),
        member: (!member.is_empty()).then(|| member.into()),
        channel: event.channel.as_str().into(),
        evidence: event.evidence.as_str().into(),
    }
}

/// The first day whose events a round of a scheme sees, where that is before its period.
pub(crate) fn seen_from(scheme: &Scheme, name: &str) -> Option<CivilDay> {
    let span = period(scheme, name).filter(|_| scheme.months_before > 0)?;
    CivilDay::from_number(months_earlier(span.first, scheme.months_before)).ok()
}

/// The first day of the month that lies so many months before the month of a day; the day itself for none.
fn months_earlier(day: i64, months: u16) -> i64 {
    if months == 0 {
        return day;
    }
    let Ok(civil) = CivilDay::from_number(day) else { return day };
    let (year, month, _) = civil.ymd();
    let index = i32::from(year)
        .saturating_mul(12)
        .saturating_add(i32::from(month))
        .saturating_sub(1)
        .saturating_sub(i32::from(months));
    let text =
        format!("{:04}-{:02}-01", index.div_euclid(12), index.rem_euclid(12).saturating_add(1));
    CivilDay::parse(&text).map_or(day, CivilDay::number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_begins_on_the_first_of_its_month() {
        let day = |text| CivilDay::parse(text).unwrap().number();
        for (from, months, expected) in [
            ("2026-07-01", 0, "2026-07-01"),
            ("2026-07-01", 6, "2026-01-01"),
            ("2026-01-01", 1, "2025-12-01"),
            ("2026-01-01", 60, "2021-01-01"),
        ] {
            assert_eq!(months_earlier(day(from), months), day(expected), "{from} {months}");
        }
    }
}
