//! Questions, flattened: texts once, lists side by side, ids and names left out, and nothing that the rule does not
//! declare: events of other kinds, other quantities, other facts and settings stay outside.

use super::super::flat::{Symbols, position, weigh};
use super::describe::Catalog;
use super::names::{Known, Name, Names, Texts, span};
use super::types;
use crate::{Description, QuoteInput, RuleError, RuleEvent, RuleInput, RuleRow, checks};

/// A flattened population and what it weighs.
pub(in super::super) struct Asked {
    pub(in super::super) message: types::Population,
    /// Row and place in the row of each event of the message.
    pub(in super::super) places: Vec<(u32, u32)>,
    /// Rows and events; the fuel budget grows with it.
    pub(in super::super) units: usize,
}

/// Facts and settings are checked with the question, where a missing one is found as well.
#[expect(clippy::unnecessary_wraps, reason = "stands where a check is asked for")]
const fn checked(_: &Name, _: i64) -> Result<(), RuleError> {
    Ok(())
}

/// A text that mostly stays the same from one element to the next: looked up again only when it changes.
struct Word<'a, N>(Option<(&'a str, N)>);

impl<'a, N: Copy> Word<'a, N> {
    fn number(&mut self, text: &'a str, look_up: impl FnOnce(&'a str) -> N) -> N {
        if let Some((last, number)) = self.0
            && last == text
        {
            return number;
        }
        let number = look_up(text);
        self.0 = Some((text, number));
        number
    }
}

/// Numbers for persons, by what they are called; never walked.
#[expect(clippy::disallowed_types, reason = "asked for the number of a name, never walked")]
type Persons<'a> = std::collections::HashMap<&'a str, u32, foldhash::fast::RandomState>;

/// Writes a population.
struct Writer<'a> {
    names: &'a Names,
    symbols: Texts<'a>,
    persons: Persons<'a>,
    message: types::Population,
    places: Vec<(u32, u32)>,
    row_kind: Word<'a, u32>,
    kind: Word<'a, Option<u32>>,
    channel: Word<'a, u32>,
    evidence: Word<'a, u32>,
}

impl<'a> Writer<'a> {
    fn new(
        asked: &'a RuleInput,
        description: &Description,
        names: &'a Names,
        max: usize,
    ) -> Result<Self, RuleError> {
        let mut symbols = Texts::new(names);
        let mut settings = Vec::with_capacity(description.settings.len());
        names.settings.values(&asked.settings, &mut settings, checked)?;
        let events = asked.rows.iter().map(|row| row.events.len()).fold(0, usize::saturating_add);
        // the first event tells about how many numbers an event has
        let first = asked.rows.iter().flat_map(|row| &row.events).next();
        let amounts = first.map_or(0, |event| event.quantities.len());
        let amounts = amounts.min(description.quantities.len()).saturating_mul(events);
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
            quantities: Vec::with_capacity(amounts.min(max / 16)),
            people: Vec::new(),
            state: Vec::new(),
        };
        Ok(Self {
            names,
            symbols,
            persons: Persons::default(),
            message,
            places: Vec::with_capacity(events),
            row_kind: Word(None),
            kind: Word(None),
            channel: Word(None),
            evidence: Word(None),
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
            if let Some(kind) = self.kind.number(&event.kind, |text| self.names.kind(text)) {
                self.event(kind, event)?;
                self.places.push((number, place));
            }
        }
        let events = span(first_event, self.message.events.len());
        let first_byte = self.message.state.len();
        self.message.state.extend_from_slice(&row.state);
        let row = types::Row {
            kind: self.row_kind.number(&row.kind, |text| self.symbols.number(text)),
            facts: self.names.facts.values(&row.facts, &mut self.message.facts, checked)?,
            members: self.people(&row.members),
            excluded: self.people(&row.excluded_actors),
            events,
            state: span(first_byte, self.message.state.len()),
        };
        self.message.rows.push(row.into());
        Ok(())
    }

    fn event(&mut self, kind: u32, event: &'a RuleEvent) -> Result<(), RuleError> {
        let check =
            |known: &Name, amount| checks::quantity(event, &known.text, amount, known.bounds);
        let list = &mut self.message.quantities;
        let quantities = self.names.quantities.values(&event.quantities, list, check)?;
        let event = types::Event {
            kind,
            day: event.day,
            recorded: event.recorded.unwrap_or(event.day),
            actor: event.actor.as_deref().map(|name| self.person(name)),
            member: event.member.as_deref().map(|name| self.person(name)),
            channel: self.channel.number(&event.channel, |text| self.symbols.number(text)),
            evidence: self.evidence.number(&event.evidence, |text| self.symbols.number(text)),
            quantities,
        };
        self.message.events.push(event.into());
        Ok(())
    }
}

/// The population without subjects, event ids and names: a rule tells people apart, it does not know who they are.
pub(in super::super) fn population(
    asked: &RuleInput,
    catalog: &Catalog,
    max: usize,
) -> Result<Asked, RuleError> {
    let mut writer = Writer::new(asked, &catalog.description, &catalog.names, max)?;
    for (number, row) in (0_u32..).zip(&asked.rows) {
        writer.row(number, row)?;
    }
    let Writer { symbols, mut message, places, .. } = writer;
    let texts = symbols.done();
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
        &texts,
    )?;
    let units = message.rows.len().saturating_add(message.events.len());
    message.symbols = texts;
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
        symbols: symbols.owned(),
        settings,
        requests: vec![request],
        values,
    })
}
