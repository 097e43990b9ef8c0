//! What is due by the edition's due table, held against the record: waiting, met, late, overdue or unknown.
//!
//! Only readings: the table, the folded record and a day come in, rows come out. A period's step counts for the
//! earliest open period in whose time it lies, each record once; a meeting counts for the period it was held in
//! and is there from the day it was entered. What cannot be told (no holiday calendar, no day of entry) is
//! unknown, never met.

use std::collections::{BTreeMap, BTreeSet};

use flow::Calendar;
use model::{CivilDay, DivisionCode, Refusal};
use package::{Days, Division, DueRule, Each, Edition, ListEntry, Package};
use serde::Serialize;

use crate::operation::unknown_division;
use crate::row::{Matter, Meeting};
use crate::state::State;

/// How a due record stands on a day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Not there, and not yet due.
    Waiting,
    /// There in time.
    Met,
    /// There, after its day.
    Late,
    /// Not there, and its day is over.
    Overdue,
    /// Cannot be told.
    Unknown,
}

/// One record that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Due<'p> {
    /// The row of the table.
    pub rule: &'p DueRule,
    /// The list entry behind it, where the row names one.
    pub entry: Option<&'p ListEntry>,
    /// Whose record it is.
    pub village: DivisionCode,
    /// The period in Chinese, or the id of the matter or meeting.
    pub about: String,
    /// The same in English.
    pub about_en: String,
    /// Last day; none when it reaches a year without a holiday calendar.
    pub due: Option<CivilDay>,
    /// Day on which the record was made.
    pub made: Option<CivilDay>,
    /// How it stands.
    pub standing: Standing,
    /// Calendar days after the last day: of the record, or of the day looked at while there is none.
    pub days_late: i64,
}

impl Due<'_> {
    /// What it rests on.
    pub fn basis(&self) -> Vec<String> {
        if self.rule.basis.is_empty() {
            self.entry.map(|entry| vec![entry.basis()]).unwrap_or_default()
        } else {
            self.rule.basis.clone()
        }
    }

    /// Whether the office answers for it: the record came late or is missing.
    pub fn counts_against(&self) -> bool {
        matches!(self.standing, Standing::Late | Standing::Overdue)
    }
}

/// Everything that is or was due at a place by a day, in the order of the table, the villages and the days;
/// what fell due before `since` is left out.
///
/// # Errors
/// `UNKNOWN_DIVISION`.
pub fn dues<'p>(
    state: &State,
    package: &'p Package,
    place: DivisionCode,
    since: Option<CivilDay>,
    today: CivilDay,
) -> Result<Vec<Due<'p>>, Refusal> {
    if package.divisions().get(place).is_none() {
        return Err(unknown_division(place));
    }
    let look = Look::new(state, package, place, today);
    let mut found = Vec::new();
    // a record that counted under one edition does not count again under the next
    let mut used = BTreeMap::new();
    // An edition that not all have yet sets nobody's due days: a pilot ends, and a due day stays.
    let whole: Vec<&Edition> =
        package.editions().iter().filter(|edition| edition.rollout().answers(None)).collect();
    for (at, edition) in whole.iter().copied().enumerate() {
        let next = whole.get(at.saturating_add(1)).map(|edition| edition.from());
        let calendar = crate::terms::calendar(edition);
        let window = Window { edition, next, calendar };
        for rule in edition.dues() {
            match rule.each {
                Each::Period => look.periods(&window, rule, &mut used, &mut found),
                Each::Matter => look.after_steps(&window, rule, &mut found),
                Each::Meeting => look.after_meetings(&window, rule, &mut found),
            }
        }
    }
    found.retain(|due| since.is_none_or(|since| due.due.is_none_or(|day| since <= day)));
    Ok(found)
}

/// An edition with the time it is in force.
struct Window<'p> {
    edition: &'p Edition,
    next: Option<CivilDay>,
    calendar: Calendar,
}

impl<'p> Window<'p> {
    /// The list entry behind a row.
    fn entry(&self, rule: &DueRule) -> Option<&'p ListEntry> {
        self.edition.lists().values().find_map(|list| list.entries.get(&rule.entry))
    }

    fn holds(&self, day: CivilDay) -> bool {
        self.edition.from() <= day && self.next.is_none_or(|next| day < next)
    }

    /// The last day of a span; none when it cannot be told.
    fn limit(&self, rule: &DueRule, start: CivilDay) -> Option<CivilDay> {
        match rule.days {
            Days::Calendar => start.plus_days(rule.within).ok(),
            Days::Working => self.calendar.after(start, rule.within).ok(),
        }
    }
}

struct Look<'s, 'p> {
    package: &'p Package,
    today: CivilDay,
    /// Nothing that began before the first edition is looked at.
    first: CivilDay,
    villages: Vec<&'p Division>,
    meetings: BTreeMap<DivisionCode, Vec<&'s Meeting>>,
    matters: BTreeMap<DivisionCode, Vec<&'s Matter>>,
}

impl<'s, 'p> Look<'s, 'p> {
    fn new(state: &'s State, package: &'p Package, place: DivisionCode, today: CivilDay) -> Self {
        let mut meetings: BTreeMap<DivisionCode, Vec<&Meeting>> = BTreeMap::new();
        for row in state.meetings.iter().filter(|row| place.contains(row.village)) {
            meetings.entry(row.village).or_default().push(row);
        }
        let mut matters: BTreeMap<DivisionCode, Vec<&Matter>> = BTreeMap::new();
        for row in state.matters.iter().filter(|row| place.contains(row.village)) {
            matters.entry(row.village).or_default().push(row);
        }
        let villages = package.divisions().villages().filter(|row| place.contains(row.code));
        let first = package.editions().first().map(Edition::from).unwrap_or_default();
        Self { package, today, first, villages: villages.collect(), meetings, matters }
    }

    fn begins(&self, rule: &DueRule) -> CivilDay {
        rule.from.unwrap_or(self.first)
    }

    /// Whether a village can have what the row asks for: the body or the item.
    fn concerns(&self, edition: &Edition, rule: &DueRule, village: &Division) -> bool {
        let Some(kind) = self.package.district().kinds.get(&village.kind) else { return false };
        let item =
            |id: &String| edition.items().get(id).is_some_and(|item| item.applies_to(kind.law));
        if rule.meetings.is_empty() {
            rule.items.iter().any(item)
        } else {
            rule.meetings.iter().any(|body| kind.bodies.contains(body))
        }
    }

    /// Every period of an entry that ends while the edition is in force and has begun by today.
    fn periods(
        &self,
        window: &Window<'p>,
        rule: &'p DueRule,
        all_used: &mut BTreeMap<(&'p str, DivisionCode), Used<'s>>,
        found: &mut Vec<Due<'p>>,
    ) {
        let edition = window.edition;
        let Some(entry) = window.entry(rule) else { return };
        let Some(every) = entry.every else { return };
        let begins = self.begins(rule);
        let mut spans = Vec::new();
        let mut day = begins;
        while let Some((first, last)) = every.span(day).filter(|(first, _)| *first <= self.today) {
            if begins <= first && window.holds(last) && entry.in_force(last) {
                spans.push(Span { first, last, due: window.limit(rule, last) });
            }
            let Ok(next) = last.plus_days(1) else { break };
            day = next;
        }
        for village in &self.villages {
            if !self.concerns(edition, rule, village) {
                continue;
            }
            let made = if rule.meetings.is_empty() {
                let used = all_used.entry((rule.id.as_str(), village.code)).or_default();
                let made = self.by_steps(rule, village.code, &spans, used);
                made.into_iter().map(Made::On).collect()
            } else {
                self.by_meetings(edition, rule, village.code, &spans)
            };
            for (span, made) in spans.iter().zip(made) {
                let about = every.called(span.last);
                let (due, made) = match made {
                    Made::On(day) => (span.due, day),
                    Made::Untold => (None, None),
                };
                found.push(self.row((rule, Some(entry)), village.code, about, due, made));
            }
        }
    }

    /// For each period the day on which a meeting that was held in it, with its quorum, was entered.
    fn by_meetings(
        &self,
        edition: &Edition,
        rule: &DueRule,
        village: DivisionCode,
        spans: &[Span],
    ) -> Vec<Made> {
        let rows = self.meetings.get(&village).map_or(&[][..], Vec::as_slice);
        let fits = |row: &&&Meeting| {
            let quorum = edition
                .bodies()
                .get(&row.body)
                .is_some_and(|body| body.quorum.reached(row.tally.present, row.tally.eligible));
            let about = rule.items.is_empty() || rule.items.contains(&row.item);
            quorum && about && rule.meetings.contains(&row.body)
        };
        let of = |span: &Span| {
            let held = rows.iter().filter(|row| span.first <= row.day && row.day <= span.last);
            let held: Vec<_> = held.filter(fits).collect();
            match held.iter().filter_map(|row| row.recorded).min() {
                // it was held, and nobody can tell whether its record was there in time
                None if !held.is_empty() => Made::Untold,
                day => Made::On(day),
            }
        };
        spans.iter().map(of).collect()
    }

    /// For each period the day of the step that counts for it: each step once, the earliest open period first.
    fn by_steps(
        &self,
        rule: &DueRule,
        village: DivisionCode,
        spans: &[Span],
        used: &mut Used<'s>,
    ) -> Vec<Option<CivilDay>> {
        let rows = self.matters.get(&village).map_or(&[][..], Vec::as_slice);
        let of_items = rows.iter().filter(|row| rule.items.contains(&row.item));
        let steps = of_items.flat_map(|row| {
            let taken = row.taken.iter().filter(|taken| taken.step == rule.step);
            taken.map(|taken| (taken.day, row.id.as_str()))
        });
        let mut days: Vec<(CivilDay, &str)> = steps.collect();
        days.sort_unstable();
        let mut made = vec![None; spans.len()];
        for record in days.into_iter().filter(|record| !used.contains(record)).collect::<Vec<_>>() {
            let (day, _) = record;
            let mut open = spans.iter().zip(&mut made);
            let fits = |span: &Span| span.first <= day && day <= span.due.unwrap_or(span.last);
            if let Some((_, slot)) = open.find(|(span, slot)| slot.is_none() && fits(span)) {
                *slot = Some(day);
                used.insert(record);
            }
        }
        made
    }

    /// Every matter that reached the step from which the days run.
    fn after_steps(&self, window: &Window<'p>, rule: &'p DueRule, found: &mut Vec<Due<'p>>) {
        let begins = self.begins(rule);
        let counted = |row: &&&Matter| {
            begins <= row.opened
                && row.opened <= self.today
                && window.holds(row.opened)
                && rule.items.contains(&row.item)
        };
        for row in self.matters.values().flatten().filter(counted) {
            // a variant may leave the step out
            let item = crate::flows::item_of(window.edition, row);
            if item.is_none_or(|item| item.step(&rule.step).is_none()) {
                continue;
            }
            let taken = |id: &str| row.taken.iter().find(|taken| taken.step == id);
            let start = if rule.after.is_empty() {
                Some(row.opened)
            } else {
                taken(&rule.after).map(|taken| taken.day)
            };
            let Some(start) = start.filter(|start| *start <= self.today) else { continue };
            let made = taken(&rule.step).map(|taken| taken.day);
            let about = (row.id.clone(), row.id.clone());
            let due = window.limit(rule, start);
            found.push(self.row((rule, window.entry(rule)), row.village, about, due, made));
        }
    }

    /// Every meeting of the named bodies.
    fn after_meetings(&self, window: &Window<'p>, rule: &'p DueRule, found: &mut Vec<Due<'p>>) {
        let begins = self.begins(rule);
        let counted = |row: &&&Meeting| {
            begins <= row.day
                && row.day <= self.today
                && window.holds(row.day)
                && rule.meetings.contains(&row.body)
                && (rule.items.is_empty() || rule.items.contains(&row.item))
        };
        for row in self.meetings.values().flatten().filter(counted) {
            let about = (row.id.clone(), row.id.clone());
            // the record is there; without the day it was entered nothing can be said of it
            let due = row.recorded.and_then(|_| window.limit(rule, row.day));
            let entry = window.entry(rule);
            found.push(self.row((rule, entry), row.village, about, due, row.recorded));
        }
    }

    fn row(
        &self,
        (rule, entry): (&'p DueRule, Option<&'p ListEntry>),
        village: DivisionCode,
        (about, about_en): (String, String),
        due: Option<CivilDay>,
        made: Option<CivilDay>,
    ) -> Due<'p> {
        // what was entered after the day looked at was not there on it
        let made = made.filter(|day| *day <= self.today);
        let standing = match (due, made) {
            (None, _) => Standing::Unknown,
            (Some(due), Some(made)) if made <= due => Standing::Met,
            (Some(_), Some(_)) => Standing::Late,
            (Some(due), None) if self.today <= due => Standing::Waiting,
            (Some(_), None) => Standing::Overdue,
        };
        let days_late = match (standing, due) {
            (Standing::Late | Standing::Overdue, Some(due)) => {
                made.unwrap_or(self.today).number().saturating_sub(due.number())
            }
            _ => 0,
        };
        Due { rule, entry, village, about, about_en, due, made, standing, days_late }
    }
}

/// Steps that have counted for a period: day and matter.
type Used<'s> = BTreeSet<(CivilDay, &'s str)>;

/// What is known of a period's record.
enum Made {
    /// Made on a day, or not at all.
    On(Option<CivilDay>),
    /// It is there, and the day it was made is not.
    Untold,
}

/// A calendar period with the last day for its record.
struct Span {
    first: CivilDay,
    last: CivilDay,
    due: Option<CivilDay>,
}
