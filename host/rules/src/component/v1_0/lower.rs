//! Questions, flattened: texts once, lists side by side, ids and names left out, and nothing that the rule does not
//! declare: events of other kinds, other quantities, other facts and settings stay outside.

use std::collections::BTreeMap;

use super::super::flat::{Symbols, position, weigh};
use super::types;
use crate::{Declared, Description, QuoteInput, RuleError, RuleEvent, RuleInput, RuleRow};

/// A flattened population and what it weighs.
pub(in super::super) struct Asked {
    pub(in super::super) message: types::Population,
    /// Row and place in the row of each event of the message.
    pub(in super::super) places: Vec<(u32, u32)>,
    /// Rows and events; the fuel budget grows with it.
    pub(in super::super) units: usize,
}

/// Names that a rule declares, each with its symbol.
struct Known<'a>(BTreeMap<&'a str, u32>);

impl<'a> Known<'a> {
    fn new(names: impl Iterator<Item = &'a str>, symbols: &mut Symbols<'a>) -> Self {
        Self(names.map(|name| (name, symbols.number(name))).collect())
    }

    /// The declared ones among some values, in order of name.
    fn values(&self, named: &BTreeMap<String, i64>, list: &mut Vec<types::Value>) -> types::Span {
        let start = list.len();
        // the same names come again and again in the same order: one walk over two sorted lists
        let mut known = self.0.iter();
        let mut next = known.next();
        for (name, amount) in named {
            while next.is_some_and(|(other, _)| *other < name.as_str()) {
                next = known.next();
            }
            if let Some((_, symbol)) = next.filter(|(other, _)| **other == name.as_str()) {
                list.push(types::Value { name: *symbol, amount: *amount });
            }
        }
        span(start, list.len())
    }
}

fn span(start: usize, end: usize) -> types::Span {
    types::Span { start: position(start), count: position(end.saturating_sub(start)) }
}

fn names(list: &[Declared]) -> impl Iterator<Item = &str> {
    list.iter().map(|declared| declared.name.as_str())
}

/// Writes a population.
struct Writer<'a> {
    symbols: Symbols<'a>,
    kinds: Known<'a>,
    quantities: Known<'a>,
    facts: Known<'a>,
    persons: BTreeMap<&'a str, u32>,
    message: types::Population,
    places: Vec<(u32, u32)>,
    /// Channel, evidence and row kinds: looked up again only when they change.
    last: BTreeMap<&'static str, (&'a str, u32)>,
}

impl<'a> Writer<'a> {
    fn new(asked: &'a RuleInput, description: &'a Description) -> Self {
        let mut symbols = Symbols::default();
        let kinds = description.kinds.iter().map(|kind| kind.code.as_str());
        let kinds = Known::new(kinds, &mut symbols);
        let quantities = Known::new(names(&description.quantities), &mut symbols);
        let facts = Known::new(names(&description.facts), &mut symbols);
        let declared = Known::new(names(&description.settings), &mut symbols);
        let mut settings = Vec::new();
        declared.values(&asked.settings, &mut settings);
        let period = types::Period {
            name: symbols.number(&asked.period.name),
            first: asked.period.first,
            last: asked.period.last,
        };
        let message = types::Population {
            day: asked.day,
            period,
            symbols: Vec::new(),
            settings,
            rows: Vec::with_capacity(asked.rows.len()),
            facts: Vec::new(),
            events: Vec::new(),
            quantities: Vec::new(),
            people: Vec::new(),
            state: Vec::new(),
        };
        Self {
            symbols,
            kinds,
            quantities,
            facts,
            persons: BTreeMap::new(),
            message,
            places: Vec::new(),
            last: BTreeMap::new(),
        }
    }

    fn person(&mut self, name: &'a str) -> u32 {
        let next = position(self.persons.len());
        *self.persons.entry(name).or_insert(next)
    }

    fn people(&mut self, names: &'a [String]) -> types::Span {
        let start = self.message.people.len();
        for name in names {
            let person = self.person(name);
            self.message.people.push(person);
        }
        span(start, self.message.people.len())
    }

    fn word(&mut self, what: &'static str, text: &'a str) -> u32 {
        match self.last.get(what) {
            Some((last, number)) if *last == text => *number,
            _ => {
                let number = self.symbols.number(text);
                self.last.insert(what, (text, number));
                number
            }
        }
    }

    fn row(&mut self, number: u32, row: &'a RuleRow) {
        let first_event = self.message.events.len();
        for (place, event) in (0_u32..).zip(&row.events) {
            if let Some(kind) = self.kinds.0.get(event.kind.as_str()).copied() {
                self.event(kind, event);
                self.places.push((number, place));
            }
        }
        let events = span(first_event, self.message.events.len());
        let first_byte = self.message.state.len();
        self.message.state.extend_from_slice(&row.state);
        let row = types::Row {
            kind: self.word("kind", &row.kind),
            facts: self.facts.values(&row.facts, &mut self.message.facts),
            members: self.people(&row.members),
            excluded: self.people(&row.excluded_actors),
            events,
            state: span(first_byte, self.message.state.len()),
        };
        self.message.rows.push(row);
    }

    fn event(&mut self, kind: u32, event: &'a RuleEvent) {
        let event = types::Event {
            kind,
            day: event.day,
            recorded: event.recorded.unwrap_or(event.day),
            actor: event.actor.as_deref().map(|name| self.person(name)),
            member: event.member.as_deref().map(|name| self.person(name)),
            channel: self.word("channel", &event.channel),
            evidence: self.word("evidence", &event.evidence),
            quantities: self.quantities.values(&event.quantities, &mut self.message.quantities),
        };
        self.message.events.push(event);
    }
}

/// The population without subjects, event ids and names: a rule tells people apart, it does not know who they are.
pub(in super::super) fn population(
    asked: &RuleInput,
    description: &Description,
    max: usize,
) -> Result<Asked, RuleError> {
    let mut writer = Writer::new(asked, description);
    for (number, row) in (0_u32..).zip(&asked.rows) {
        writer.row(number, row);
    }
    let Writer { symbols, mut message, places, .. } = writer;
    weigh(
        max,
        &[
            (message.settings.len(), 16),
            (message.rows.len(), 44),
            (message.facts.len(), 16),
            (message.events.len(), 56),
            (message.quantities.len(), 16),
            (message.people.len(), 4),
            (message.state.len(), 1),
        ],
        &symbols.texts,
    )?;
    let units = message.rows.len().saturating_add(message.events.len());
    message.symbols = symbols.texts;
    Ok(Asked { message, places, units })
}

/// Redemption requests; all with the settings of the first.
pub(in super::super) fn requests(
    asked: &QuoteInput,
    description: &Description,
    max: usize,
) -> Result<types::Requests, RuleError> {
    let mut symbols = Symbols::default();
    let declared = Known::new(names(&description.settings), &mut symbols);
    let facts = Known::new(names(&description.facts), &mut symbols);
    let (mut settings, mut values) = (Vec::new(), Vec::new());
    declared.values(&asked.settings, &mut settings);
    let request = types::Request {
        offer: symbols.number(&asked.offer),
        quantity: asked.quantity,
        account: facts.values(&asked.account, &mut values),
        offer_facts: facts.values(&asked.offer_facts, &mut values),
    };
    weigh(max, &[(settings.len(), 16), (values.len(), 16), (1, 32)], &symbols.texts)?;
    Ok(types::Requests {
        day: asked.day,
        symbols: symbols.texts,
        settings,
        requests: vec![request],
        values,
    })
}
