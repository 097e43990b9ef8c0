//! Questions, flattened: texts once, lists side by side, ids and names left out, and nothing that the rule does not
//! declare: events of other kinds, other quantities, other facts and settings stay outside.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::super::flat::{Symbols, position, weigh};
use super::types;
use crate::{Declared, Description, QuoteInput, RuleError, RuleEvent, RuleInput, RuleRow, checks};

/// A flattened population and what it weighs.
pub(in super::super) struct Asked {
    pub(in super::super) message: types::Population,
    /// Row and place in the row of each event of the message.
    pub(in super::super) places: Vec<(u32, u32)>,
    /// Rows and events; the fuel budget grows with it.
    pub(in super::super) units: usize,
}

/// A name that a rule declares, its symbol and its bounds.
struct Name<'a> {
    text: &'a str,
    symbol: u32,
    bounds: (i64, i64),
}

/// Names that a rule declares, in order.
struct Known<'a>(Vec<Name<'a>>);

impl<'a> Known<'a> {
    fn new(list: &'a [Declared], symbols: &mut Symbols<'a>) -> Self {
        let name = |one: &'a Declared| {
            let Declared { name, min, max, .. } = one;
            Name { text: name, symbol: symbols.number(name), bounds: (*min, *max) }
        };
        let mut names: Vec<_> = list.iter().map(name).collect();
        names.sort_unstable_by_key(|known| known.text);
        Self(names)
    }

    /// The declared ones among some values, in order of name; each is shown to `check` first.
    fn values(
        &self,
        named: &BTreeMap<String, i64>,
        list: &mut Vec<types::Value>,
        check: impl Fn(&Name<'_>, i64) -> Result<(), RuleError>,
    ) -> Result<types::Span, RuleError> {
        let start = list.len();
        // the same names come again and again in the same order: one walk over two sorted lists
        let mut known = self.0.iter().peekable();
        for (name, amount) in named {
            let found = loop {
                match known.peek().map(|next| next.text.cmp(name.as_str())) {
                    Some(Ordering::Less) => _ = known.next(),
                    Some(Ordering::Equal) => break known.next(),
                    Some(Ordering::Greater) | None => break None,
                }
            };
            if let Some(found) = found {
                check(found, *amount)?;
                list.push(types::Value { name: found.symbol, amount: *amount });
            }
        }
        Ok(span(start, list.len()))
    }
}

/// Facts and settings are checked with the question, where a missing one is found as well.
#[expect(clippy::unnecessary_wraps, reason = "stands where a check is asked for")]
const fn checked(_: &Name<'_>, _: i64) -> Result<(), RuleError> {
    Ok(())
}

fn span(start: usize, end: usize) -> types::Span {
    types::Span { start: position(start), count: position(end.saturating_sub(start)) }
}

/// A text that mostly stays the same from one element to the next: looked up again only when it changes.
#[derive(Default)]
struct Word<'a>(Option<(&'a str, u32)>);

impl<'a> Word<'a> {
    fn number(&mut self, text: &'a str, symbols: &mut Symbols<'a>) -> u32 {
        if let Some((last, number)) = self.0
            && last == text
        {
            return number;
        }
        let number = symbols.number(text);
        self.0 = Some((text, number));
        number
    }
}

/// Writes a population.
struct Writer<'a> {
    symbols: Symbols<'a>,
    kinds: BTreeMap<&'a str, u32>,
    quantities: Known<'a>,
    facts: Known<'a>,
    persons: BTreeMap<&'a str, u32>,
    message: types::Population,
    places: Vec<(u32, u32)>,
    kind: Word<'a>,
    channel: Word<'a>,
    evidence: Word<'a>,
}

impl<'a> Writer<'a> {
    fn new(asked: &'a RuleInput, description: &'a Description) -> Result<Self, RuleError> {
        let mut symbols = Symbols::default();
        let kinds = description.kinds.iter().map(|kind| kind.code.as_str());
        let kinds = kinds.map(|kind| (kind, symbols.number(kind))).collect();
        let quantities = Known::new(&description.quantities, &mut symbols);
        let facts = Known::new(&description.facts, &mut symbols);
        let declared = Known::new(&description.settings, &mut symbols);
        let mut settings = Vec::new();
        declared.values(&asked.settings, &mut settings, checked)?;
        let events = asked.rows.iter().map(|row| row.events.len()).fold(0, usize::saturating_add);
        let amounts = asked.rows.iter().flat_map(|row| &row.events);
        let amounts = amounts.map(|event| event.quantities.len().min(description.quantities.len()));
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
            events: Vec::with_capacity(events),
            quantities: Vec::with_capacity(amounts.fold(0, usize::saturating_add)),
            people: Vec::new(),
            state: Vec::new(),
        };
        Ok(Self {
            symbols,
            kinds,
            quantities,
            facts,
            persons: BTreeMap::new(),
            message,
            places: Vec::with_capacity(events),
            kind: Word::default(),
            channel: Word::default(),
            evidence: Word::default(),
        })
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

    fn row(&mut self, number: u32, row: &'a RuleRow) -> Result<(), RuleError> {
        let first_event = self.message.events.len();
        for (place, event) in (0_u32..).zip(&row.events) {
            if let Some(kind) = self.kinds.get(event.kind.as_str()).copied() {
                self.event(kind, event)?;
                self.places.push((number, place));
            }
        }
        let events = span(first_event, self.message.events.len());
        let first_byte = self.message.state.len();
        self.message.state.extend_from_slice(&row.state);
        let row = types::Row {
            kind: self.kind.number(&row.kind, &mut self.symbols),
            facts: self.facts.values(&row.facts, &mut self.message.facts, checked)?,
            members: self.people(&row.members),
            excluded: self.people(&row.excluded_actors),
            events,
            state: span(first_byte, self.message.state.len()),
        };
        self.message.rows.push(row);
        Ok(())
    }

    fn event(&mut self, kind: u32, event: &'a RuleEvent) -> Result<(), RuleError> {
        let check =
            |known: &Name<'_>, amount| checks::quantity(event, known.text, amount, known.bounds);
        let list = &mut self.message.quantities;
        let quantities = self.quantities.values(&event.quantities, list, check)?;
        let event = types::Event {
            kind,
            day: event.day,
            recorded: event.recorded.unwrap_or(event.day),
            actor: event.actor.as_deref().map(|name| self.person(name)),
            member: event.member.as_deref().map(|name| self.person(name)),
            channel: self.channel.number(&event.channel, &mut self.symbols),
            evidence: self.evidence.number(&event.evidence, &mut self.symbols),
            quantities,
        };
        self.message.events.push(event);
        Ok(())
    }
}

/// The population without subjects, event ids and names: a rule tells people apart, it does not know who they are.
pub(in super::super) fn population(
    asked: &RuleInput,
    description: &Description,
    max: usize,
) -> Result<Asked, RuleError> {
    let mut writer = Writer::new(asked, description)?;
    for (number, row) in (0_u32..).zip(&asked.rows) {
        writer.row(number, row)?;
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
    let declared = Known::new(&description.settings, &mut symbols);
    let facts = Known::new(&description.facts, &mut symbols);
    let (mut settings, mut values) = (Vec::new(), Vec::new());
    declared.values(&asked.settings, &mut settings, checked)?;
    let request = types::Request {
        offer: symbols.number(&asked.offer),
        quantity: asked.quantity,
        account: facts.values(&asked.account, &mut values, checked)?,
        offer_facts: facts.values(&asked.offer_facts, &mut values, checked)?,
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
