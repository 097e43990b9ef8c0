//! Questions as maps. As for components, neither ids nor names go in: an event is its place in the row, a person is a
//! number that is only good for comparing.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Map};
use smol_str::SmolStr;

use super::wanted::Wanted;
use crate::{LimitKind, QuoteInput, RuleError, RuleEvent, RuleInput, RuleRow};

pub(super) fn named<N: AsRef<str>>(values: &BTreeMap<N, i64>) -> Map {
    values.iter().map(|(name, amount)| (name.as_ref().into(), (*amount).into())).collect()
}

/// Size of a question, and of its largest row, bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weight {
    pub(super) all: usize,
    pub(super) row: usize,
}

/// The size of a question with the same cap as for components, estimated before anything is built.
pub(crate) fn weigh(input: &RuleInput, max: usize) -> Result<Weight, RuleError> {
    let event = |event: &RuleEvent| {
        let names: usize = event.quantities.keys().map(|name| name.len().saturating_add(16)).sum();
        names.saturating_add(event.kind.len()).saturating_add(40)
    };
    let row = |row: &RuleRow| {
        let events = row.events.iter().map(event).fold(16, usize::saturating_add);
        let facts = row.facts.keys().map(|name| name.len().saturating_add(16));
        let people = row.excluded_actors.len().saturating_add(row.members.len());
        facts.fold(events, usize::saturating_add).saturating_add(people.saturating_mul(4))
    };
    let mut weight = Weight::default();
    for one in input.rows.iter().map(row) {
        weight.all = weight.all.saturating_add(one);
        weight.row = weight.row.max(one);
    }
    if weight.all > max {
        let max = u64::try_from(max).unwrap_or(u64::MAX);
        return Err(RuleError::Limit { limit: LimitKind::Input, max });
    }
    Ok(weight)
}

/// What the rows of one question have in common.
#[derive(Default)]
pub(super) struct Words<'a> {
    /// Numbers for persons, the same for the same person within one call.
    persons: BTreeMap<&'a str, i64>,
    /// The text of each member that was made last: mostly the next one is the same, and is then shared.
    last: [Option<(&'a str, Dynamic)>; 3],
}

impl<'a> Words<'a> {
    /// Another row is asked about by itself: persons are numbered anew.
    pub(super) fn another(&mut self) {
        self.persons.clear();
    }

    fn person(&mut self, name: &'a str) -> Dynamic {
        let next = i64::try_from(self.persons.len()).unwrap_or(i64::MAX);
        Dynamic::from(*self.persons.entry(name).or_insert(next))
    }

    fn maybe(&mut self, name: Option<&'a SmolStr>) -> Dynamic {
        name.map_or(Dynamic::UNIT, |name| self.person(name))
    }

    fn persons(&mut self, names: &'a [String]) -> Dynamic {
        Dynamic::from_array(names.iter().map(|name| self.person(name)).collect())
    }

    fn text(&mut self, member: usize, text: &'a str) -> Dynamic {
        let Some(last) = self.last.get_mut(member) else { return text.into() };
        match last {
            Some((before, made)) if *before == text => made.clone(),
            _ => {
                let made: Dynamic = text.into();
                *last = Some((text, made.clone()));
                made
            }
        }
    }
}

/// Members of a row's map. These lists are in order.
pub(super) const ROW: [&str; 7] =
    ["day", "events", "excluded", "facts", "kind", "members", "period"];
/// Members of an event's map.
pub(super) const EVENT: [&str; 8] =
    ["actor", "channel", "day", "evidence", "kind", "member", "quantities", "recorded"];
/// Members of the map for a period.
pub(super) const PERIOD: [&str; 3] = ["first", "last", "name"];

/// `row`: `day`, `period`, `kind`, `facts`, `members` and `excluded` (numbers of persons) and `events`. Of all these
/// only what is wanted.
pub(super) fn row<'a>(
    asked: &'a RuleInput,
    row: &'a RuleRow,
    wanted: &Wanted,
    words: &mut Words<'a>,
) -> Map {
    let [day, events, excluded, facts, kind, members, period] = wanted.row;
    // numbers of persons are the same whatever is wanted, as long as any are seen
    let people = wanted.people();
    let own_excluded = people.then(|| words.persons(&row.excluded_actors));
    let own_members = people.then(|| words.persons(&row.members));
    let events = events.then(|| {
        let own = row.events.iter().map(|one| Dynamic::from_map(event(one, wanted, words)));
        Dynamic::from_array(own.collect())
    });
    let values: [Option<Dynamic>; ROW.len()] = [
        day.then(|| asked.day.into()),
        events,
        own_excluded.filter(|_| excluded),
        facts.then(|| Dynamic::from_map(named(&row.facts))),
        kind.then(|| row.kind.as_str().into()),
        own_members.filter(|_| members),
        period.then(|| Dynamic::from_map(self::period(asked))),
    ];
    map(ROW, values)
}

/// An event of a row: `kind`, `day`, `recorded`, `actor` and `member` (a number or `()`), `channel`, `evidence` and
/// `quantities`.
fn event<'a>(event: &'a RuleEvent, wanted: &Wanted, words: &mut Words<'a>) -> Map {
    let [actor, channel, day, evidence, kind, member, quantities, recorded] = wanted.event;
    let people = wanted.people();
    let own_actor = people.then(|| words.maybe(event.actor.as_ref()));
    let own_member = people.then(|| words.maybe(event.member.as_ref()));
    let values: [Option<Dynamic>; EVENT.len()] = [
        own_actor.filter(|_| actor),
        channel.then(|| words.text(0, &event.channel)),
        day.then(|| event.day.into()),
        evidence.then(|| words.text(1, &event.evidence)),
        kind.then(|| words.text(2, &event.kind)),
        own_member.filter(|_| member),
        quantities.then(|| Dynamic::from_map(named(&event.quantities))),
        recorded.then(|| event.recorded.unwrap_or(event.day).into()),
    ];
    map(EVENT, values)
}

fn period(asked: &RuleInput) -> Map {
    let period = &asked.period;
    let values = [period.first.into(), period.last.into(), period.name.as_str().into()];
    map(PERIOD, values.map(Some))
}

/// The members that are there, in the order of the names.
fn map<const N: usize>(names: [&str; N], values: [Option<Dynamic>; N]) -> Map {
    let mut map = Map::new();
    for (name, value) in names.into_iter().zip(values) {
        if let Some(value) = value {
            map.insert(name.into(), value);
        }
    }
    map
}

/// All rows, for rules that look at the whole village.
pub(super) fn rows(asked: &RuleInput) -> Array {
    let mut words = Words::default();
    let rows = asked.rows.iter();
    rows.map(|one| Dynamic::from_map(row(asked, one, &Wanted::ALL, &mut words))).collect()
}

/// Names that a script can read in a question about rows, for the hint after a misspelt one.
pub(super) fn names<'a>(asked: &'a RuleInput, rows: &'a [RuleRow]) -> Vec<&'a str> {
    let quantities = rows.iter().flat_map(|row| &row.events).flat_map(|e| e.quantities.keys());
    let facts = rows.iter().flat_map(|row| row.facts.keys());
    let own = asked.settings.keys().chain(facts).map(String::as_str);
    let quantities = quantities.map(SmolStr::as_str);
    ROW.into_iter().chain(EVENT).chain(PERIOD).chain(own).chain(quantities).collect()
}

/// Members of the map for a redemption.
const REQUEST: [&str; 5] = ["account", "day", "offer", "offer_facts", "quantity"];

/// Names that a script can read in a redemption.
pub(super) fn request_names(asked: &QuoteInput) -> Vec<&str> {
    let own = asked.settings.keys().chain(asked.account.keys()).chain(asked.offer_facts.keys());
    REQUEST.into_iter().chain(own.map(String::as_str)).collect()
}

/// `request`: `day`, `offer`, `quantity`, `account` and `offer_facts`.
pub(super) fn request(asked: &QuoteInput) -> Map {
    let values: [Dynamic; 5] = [
        Dynamic::from_map(named(&asked.account)),
        asked.day.into(),
        asked.offer.as_str().into(),
        Dynamic::from_map(named(&asked.offer_facts)),
        asked.quantity.into(),
    ];
    map(REQUEST, values.map(Some))
}
