//! Questions as maps. As for components, neither ids nor names go in: an event is its place in the row, a person is a
//! number that is only good for comparing.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Map};

use crate::{LimitKind, QuoteInput, RuleError, RuleInput, RuleRow};

pub(super) fn named(values: &BTreeMap<String, i64>) -> Map {
    values.iter().map(|(name, amount)| (name.as_str().into(), (*amount).into())).collect()
}

/// The same cap on a question's size as for components, estimated before anything is built.
pub(crate) fn weigh(input: &RuleInput, max: usize) -> Result<(), RuleError> {
    let event = |event: &crate::RuleEvent| {
        let names: usize = event.quantities.keys().map(|name| name.len().saturating_add(16)).sum();
        names.saturating_add(event.kind.len()).saturating_add(40)
    };
    let row = |row: &RuleRow| {
        let events = row.events.iter().map(event).fold(16, usize::saturating_add);
        events.saturating_add(row.excluded_actors.len().saturating_mul(4))
    };
    if input.rows.iter().map(row).fold(0, usize::saturating_add) > max {
        let max = u64::try_from(max).unwrap_or(u64::MAX);
        return Err(RuleError::Limit { limit: LimitKind::Input, max });
    }
    Ok(())
}

/// `row`: `day`, `excluded` (numbers of persons) and `events`, each with `kind`, `day`, `actor` (a number or `()`) and
/// `quantities`.
pub(super) fn row(row: &RuleRow, day: i64) -> Map {
    let mut persons: BTreeMap<&str, i64> = BTreeMap::new();
    let mut person = |name| {
        let next = i64::try_from(persons.len()).unwrap_or(i64::MAX);
        Dynamic::from(*persons.entry(name).or_insert(next))
    };
    let excluded: Array = row.excluded_actors.iter().map(|actor| person(actor.as_str())).collect();
    let events = row.events.iter().map(|event| {
        let mut map = Map::new();
        map.insert("kind".into(), event.kind.as_str().into());
        map.insert("day".into(), event.day.into());
        map.insert("actor".into(), event.actor.as_deref().map_or(Dynamic::UNIT, &mut person));
        map.insert("quantities".into(), named(&event.quantities).into());
        Dynamic::from(map)
    });
    let events: Array = events.collect();
    let mut map = Map::new();
    map.insert("day".into(), day.into());
    map.insert("excluded".into(), excluded.into());
    map.insert("events".into(), events.into());
    map
}

/// `request`: `day`, `offer`, `quantity`, `account` and `offer_facts`.
pub(super) fn request(asked: &QuoteInput) -> Map {
    let mut map = Map::new();
    map.insert("day".into(), asked.day.into());
    map.insert("offer".into(), asked.offer.as_str().into());
    map.insert("quantity".into(), asked.quantity.into());
    map.insert("account".into(), named(&asked.account).into());
    map.insert("offer_facts".into(), named(&asked.offer_facts).into());
    map
}
