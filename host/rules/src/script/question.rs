//! Questions as maps. As for components, neither ids nor names go in: an event is its place in the row, a person is a
//! number that is only good for comparing.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Map};
use smol_str::SmolStr;

use crate::{LimitKind, QuoteInput, RuleError, RuleInput, RuleRow};

pub(super) fn named<N: AsRef<str>>(values: &BTreeMap<N, i64>) -> Map {
    values.iter().map(|(name, amount)| (name.as_ref().into(), (*amount).into())).collect()
}

/// The same cap on a question's size as for components, estimated before anything is built.
pub(crate) fn weigh(input: &RuleInput, max: usize) -> Result<(), RuleError> {
    let event = |event: &crate::RuleEvent| {
        let names: usize = event.quantities.keys().map(|name| name.len().saturating_add(16)).sum();
        names.saturating_add(event.kind.len()).saturating_add(40)
    };
    let row = |row: &RuleRow| {
        let events = row.events.iter().map(event).fold(16, usize::saturating_add);
        let facts = row.facts.keys().map(|name| name.len().saturating_add(16));
        let people = row.excluded_actors.len().saturating_add(row.members.len());
        facts.fold(events, usize::saturating_add).saturating_add(people.saturating_mul(4))
    };
    if input.rows.iter().map(row).fold(0, usize::saturating_add) > max {
        let max = u64::try_from(max).unwrap_or(u64::MAX);
        return Err(RuleError::Limit { limit: LimitKind::Input, max });
    }
    Ok(())
}

/// Numbers for persons, the same for the same person within one call.
#[derive(Default)]
pub(super) struct Persons<'a>(BTreeMap<&'a str, i64>);

impl<'a> Persons<'a> {
    fn number(&mut self, name: &'a str) -> Dynamic {
        let next = i64::try_from(self.0.len()).unwrap_or(i64::MAX);
        Dynamic::from(*self.0.entry(name).or_insert(next))
    }

    fn maybe(&mut self, name: Option<&'a SmolStr>) -> Dynamic {
        name.map_or(Dynamic::UNIT, |name| self.number(name))
    }

    fn all(&mut self, names: &'a [String]) -> Dynamic {
        Dynamic::from_array(names.iter().map(|name| self.number(name)).collect())
    }
}

/// Members of a row's map. These lists are in order, so that a map is made without sorting.
pub(super) const ROW: [&str; 7] =
    ["day", "events", "excluded", "facts", "kind", "members", "period"];
/// Members of an event's map.
pub(super) const EVENT: [&str; 8] =
    ["actor", "channel", "day", "evidence", "kind", "member", "quantities", "recorded"];
/// Members of the map for a period.
pub(super) const PERIOD: [&str; 3] = ["first", "last", "name"];

/// `row`: `day`, `period`, `kind`, `facts`, `members` and `excluded` (numbers of persons) and `events`, each with
/// `kind`, `day`, `recorded`, `actor` and `member` (a number or `()`), `channel`, `evidence` and `quantities`.
pub(super) fn row<'a>(asked: &RuleInput, row: &'a RuleRow, persons: &mut Persons<'a>) -> Map {
    let excluded = persons.all(&row.excluded_actors);
    let members = persons.all(&row.members);
    let events = row.events.iter().map(|event| {
        let values: [Dynamic; 8] = [
            persons.maybe(event.actor.as_ref()),
            event.channel.as_str().into(),
            event.day.into(),
            event.evidence.as_str().into(),
            event.kind.as_str().into(),
            persons.maybe(event.member.as_ref()),
            Dynamic::from_map(named(&event.quantities)),
            event.recorded.unwrap_or(event.day).into(),
        ];
        Dynamic::from_map(map(EVENT, values))
    });
    let events: Array = events.collect();
    let period: [Dynamic; 3] =
        [asked.period.first.into(), asked.period.last.into(), asked.period.name.as_str().into()];
    let values: [Dynamic; 7] = [
        asked.day.into(),
        Dynamic::from_array(events),
        excluded,
        Dynamic::from_map(named(&row.facts)),
        row.kind.as_str().into(),
        members,
        Dynamic::from_map(map(PERIOD, period)),
    ];
    map(ROW, values)
}

fn map<const N: usize>(names: [&str; N], values: [Dynamic; N]) -> Map {
    let mut values = values.into_iter();
    Map::from(names.map(|name| (name.into(), values.next().unwrap_or_default())))
}

/// All rows, for rules that look at the whole village.
pub(super) fn rows(asked: &RuleInput) -> Array {
    let mut persons = Persons::default();
    asked.rows.iter().map(|one| Dynamic::from_map(row(asked, one, &mut persons))).collect()
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
    map(REQUEST, values)
}
