//! Questions, flattened: texts once, lists side by side, ids and names left out.

use std::collections::BTreeMap;

use super::super::flat::{Symbols, position, weigh};
use super::types;
use crate::{QuoteInput, RuleError, RuleInput};

/// A flattened question and what it weighs.
pub(in super::super) struct Asked<T> {
    pub(in super::super) message: T,
    /// Rows and events; the fuel budget grows with it.
    pub(in super::super) units: usize,
}

fn values<'a, N: AsRef<str>>(
    symbols: &mut Symbols<'a>,
    named: &'a BTreeMap<N, i64>,
) -> Vec<types::Value> {
    named
        .iter()
        .map(|(name, amount)| types::Value { name: symbols.number(name.as_ref()), amount: *amount })
        .collect()
}

fn span(start: usize, end: usize) -> types::Span {
    types::Span { start: position(start), count: position(end.saturating_sub(start)) }
}

/// The population without subjects, event ids and names: a rule tells people apart, it does not know who they are.
pub(in super::super) fn population(
    asked: &RuleInput,
    max: usize,
) -> Result<Asked<types::Population>, RuleError> {
    let mut symbols = Symbols::default();
    let mut persons: BTreeMap<&str, u32> = BTreeMap::new();
    let settings = values(&mut symbols, &asked.settings);
    let (mut rows, mut events) = (Vec::with_capacity(asked.rows.len()), Vec::new());
    let (mut quantities, mut people) = (Vec::new(), Vec::new());
    let mut person = |name| {
        let next = position(persons.len());
        *persons.entry(name).or_insert(next)
    };
    for row in &asked.rows {
        let (first_person, first_event) = (people.len(), events.len());
        people.extend(row.excluded_actors.iter().map(|actor| person(actor.as_str())));
        for event in &row.events {
            let first = quantities.len();
            quantities.extend(values(&mut symbols, &event.quantities));
            events.push(types::Event {
                kind: symbols.number(&event.kind),
                day: event.day,
                actor: event.actor.as_deref().map(&mut person),
                quantities: span(first, quantities.len()),
            });
        }
        rows.push(types::Row {
            excluded: span(first_person, people.len()),
            events: span(first_event, events.len()),
        });
    }
    weigh(
        max,
        &[
            (settings.len(), 16),
            (rows.len(), 16),
            (events.len(), 40),
            (quantities.len(), 16),
            (people.len(), 4),
        ],
        &symbols.texts,
    )?;
    let units = rows.len().saturating_add(events.len());
    let message = types::Population {
        day: asked.day,
        symbols: symbols.owned(),
        settings,
        rows,
        events,
        quantities,
        people,
    };
    Ok(Asked { message, units })
}

/// One redemption request.
pub(in super::super) fn request(
    asked: &QuoteInput,
    max: usize,
) -> Result<Asked<types::RedemptionRequest>, RuleError> {
    let mut symbols = Symbols::default();
    let settings = values(&mut symbols, &asked.settings);
    let account = values(&mut symbols, &asked.account);
    let offer_facts = values(&mut symbols, &asked.offer_facts);
    let offer = symbols.number(&asked.offer);
    let values = settings.len().saturating_add(account.len()).saturating_add(offer_facts.len());
    weigh(max, &[(values, 16)], &symbols.texts)?;
    let message = types::RedemptionRequest {
        day: asked.day,
        symbols: symbols.owned(),
        settings,
        offer,
        quantity: asked.quantity,
        account,
        offer_facts,
    };
    Ok(Asked { message, units: 1 })
}
