//! Questions, flattened: texts once, lists side by side, ids and names left out.

use std::collections::BTreeMap;

use super::types;
use crate::{LimitKind, QuoteInput, RuleError, RuleInput};

/// A flattened question and what it weighs.
pub(in super::super) struct Asked<T> {
    pub(in super::super) message: T,
    /// Rows and events; the fuel budget grows with it.
    pub(in super::super) units: usize,
}

/// Texts by number, in order of first use.
#[derive(Default)]
struct Symbols<'a> {
    numbers: BTreeMap<&'a str, u32>,
    texts: Vec<String>,
}

impl<'a> Symbols<'a> {
    fn number(&mut self, text: &'a str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = position(self.texts.len());
        self.numbers.insert(text, number);
        self.texts.push(text.to_owned());
        number
    }

    fn values(&mut self, named: &'a BTreeMap<String, i64>) -> Vec<types::Value> {
        named
            .iter()
            .map(|(name, amount)| types::Value { name: self.number(name), amount: *amount })
            .collect()
    }
}

/// Saturates; lists that long are refused by their size in bytes before they are sent.
fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn span(start: usize, end: usize) -> types::Span {
    types::Span { start: position(start), count: position(end.saturating_sub(start)) }
}

/// Bytes of the lists, before anything is copied: copying in is not metered, so size is the limit.
fn weigh(max: usize, lists: &[(usize, usize)], texts: &[String]) -> Result<(), RuleError> {
    let lists = lists.iter().map(|(len, size)| len.saturating_mul(*size));
    let total = lists
        .chain(texts.iter().map(|text| text.len().saturating_add(8)))
        .fold(0, usize::saturating_add);
    if total > max {
        let max = u64::try_from(max).unwrap_or(u64::MAX);
        return Err(RuleError::Limit { limit: LimitKind::Input, max });
    }
    Ok(())
}

/// The population without subjects, event ids and names: a rule tells people apart, it does not know who they are.
pub(in super::super) fn population(
    asked: &RuleInput,
    max: usize,
) -> Result<Asked<types::Population>, RuleError> {
    let mut symbols = Symbols::default();
    let mut persons: BTreeMap<&str, u32> = BTreeMap::new();
    let settings = symbols.values(&asked.settings);
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
            quantities.extend(symbols.values(&event.quantities));
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
        symbols: symbols.texts,
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
    let settings = symbols.values(&asked.settings);
    let account = symbols.values(&asked.account);
    let offer_facts = symbols.values(&asked.offer_facts);
    let offer = symbols.number(&asked.offer);
    let values = settings.len().saturating_add(account.len()).saturating_add(offer_facts.len());
    weigh(max, &[(values, 16)], &symbols.texts)?;
    let message = types::RedemptionRequest {
        day: asked.day,
        symbols: symbols.texts,
        settings,
        offer,
        quantity: asked.quantity,
        account,
        offer_facts,
    };
    Ok(Asked { message, units: 1 })
}
