//! The question, as a rule reads it.

use crate::Refusal;
use crate::bindings::types;

/// Somebody: two values are equal when it is the same person; who it is stays outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Person(pub u32);

/// A name looked up once, for use on many events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Name(Option<u32>);

/// All rows of one call with their settings.
#[derive(Debug)]
pub struct Population(pub(crate) types::Population);

/// One household or person.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    population: &'a Population,
    row: types::Row,
    number: u32,
}

/// One recorded, reviewed event of a row.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    population: &'a Population,
    event: types::Event,
    number: u32,
}

/// The part of a list that a span names. The host wrote both, so a span outside the list cannot happen; it would read
/// as an empty list.
fn part<T>(list: &[T], span: types::Span) -> &[T] {
    let start = span.start as usize;
    list.get(start..start.saturating_add(span.count as usize)).unwrap_or_default()
}

fn named(symbols: &[String], values: &[types::Value], name: &str) -> Option<i64> {
    let value = values
        .iter()
        .find(|value| symbols.get(value.name as usize).is_some_and(|text| text == name))?;
    Some(value.amount)
}

fn missing(what: &str, name: &str) -> Refusal {
    Refusal::new("MISSING", &format!("缺少{what}“{name}”"))
}

impl Population {
    /// Civil day number (days since 1970-01-01, Asia/Shanghai) on which the rule is applied.
    pub fn day(&self) -> i64 {
        self.0.day
    }

    /// A setting of the scheme.
    ///
    /// # Errors
    /// A refusal `MISSING`; cannot happen for settings that `describe` declares.
    pub fn setting(&self, name: &str) -> Result<i64, Refusal> {
        named(&self.0.symbols, &self.0.settings, name).ok_or_else(|| missing("参数", name))
    }

    /// Looks a name up once; a name that occurs nowhere matches nothing.
    pub fn name(&self, text: &str) -> Name {
        let position = self.0.symbols.iter().position(|symbol| symbol == text);
        Name(position.and_then(|position| u32::try_from(position).ok()))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.rows.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.0.rows.is_empty()
    }

    /// The rows; their order has no meaning.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0_u32..).zip(&self.0.rows).map(|(number, row)| Row { population: self, row: *row, number })
    }
}

impl<'a> Row<'a> {
    /// Position in the population.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The row's events, oldest first.
    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let population = self.population;
        let events = part(&population.0.events, self.row.events);
        (self.row.events.start..).zip(events).map(move |(number, event)| Event {
            population,
            event: *event,
            number,
        })
    }

    /// Events of one kind.
    pub fn events_of(&self, kind: Name) -> impl Iterator<Item = Event<'a>> + use<'a> {
        self.events().filter(move |event| event.is(kind))
    }

    /// Whether events by this person do not count for this row (own household, near relatives).
    pub fn excludes(&self, person: Person) -> bool {
        part(&self.population.0.people, self.row.excluded).contains(&person.0)
    }
}

impl Event<'_> {
    /// Position among all events of the call; what [`crate::Claim::resting_on`] takes.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whether the event is of this kind.
    pub fn is(&self, kind: Name) -> bool {
        kind.0 == Some(self.event.kind)
    }

    /// Civil day number on which it took effect.
    pub fn day(&self) -> i64 {
        self.event.day
    }

    /// Who reported or scored it, when recorded.
    pub fn actor(&self) -> Option<Person> {
        self.event.actor.map(Person)
    }

    /// A quantity, when the event has it.
    pub fn get(&self, name: Name) -> Option<i64> {
        let wanted = name.0?;
        let values = part(&self.population.0.quantities, self.event.quantities);
        values.iter().find(|value| value.name == wanted).map(|value| value.amount)
    }

    /// A quantity by its text.
    ///
    /// # Errors
    /// A refusal `MISSING`.
    pub fn quantity(&self, name: &str) -> Result<i64, Refusal> {
        let values = part(&self.population.0.quantities, self.event.quantities);
        named(&self.population.0.symbols, values, name).ok_or_else(|| missing("数值", name))
    }
}

/// One redemption request.
#[derive(Debug)]
pub struct Redemption(pub(crate) types::RedemptionRequest);

impl Redemption {
    /// Civil day number of the redemption.
    pub fn day(&self) -> i64 {
        self.0.day
    }

    /// Offer id.
    pub fn offer(&self) -> &str {
        self.0.symbols.get(self.0.offer as usize).map_or("", String::as_str)
    }

    /// Pieces asked for.
    pub fn quantity(&self) -> i64 {
        self.0.quantity
    }

    /// A setting of the scheme.
    ///
    /// # Errors
    /// A refusal `MISSING`.
    pub fn setting(&self, name: &str) -> Result<i64, Refusal> {
        named(&self.0.symbols, &self.0.settings, name).ok_or_else(|| missing("参数", name))
    }

    /// A figure of the account, e.g. `spendable`.
    ///
    /// # Errors
    /// A refusal `MISSING`.
    pub fn account(&self, name: &str) -> Result<i64, Refusal> {
        named(&self.0.symbols, &self.0.account, name).ok_or_else(|| missing("账户数据", name))
    }

    /// A figure of the offer, e.g. `price_points`.
    ///
    /// # Errors
    /// A refusal `MISSING`.
    pub fn offer_fact(&self, name: &str) -> Result<i64, Refusal> {
        named(&self.0.symbols, &self.0.offer_facts, name).ok_or_else(|| missing("兑换品数据", name))
    }
}
