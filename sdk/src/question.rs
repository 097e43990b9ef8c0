//! The question, as a rule reads it: by the constants that [`crate::rule!`] writes.

use crate::bindings::types;
use crate::catalog::{Fact, Kind, MISSING, Quantity, Setting};
use crate::{Refused, Rule};

/// Somebody: two values are equal when it is the same person; who it is stays outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Person(pub u32);

/// No symbol has this number: names that occur nowhere match nothing.
const NOWHERE: u32 = u32::MAX;

/// Declared names as the numbers of one question.
#[derive(Debug)]
struct Names {
    kinds: Vec<u32>,
    quantities: Vec<u32>,
    facts: Vec<u32>,
    settings: Vec<Option<i64>>,
}

impl Names {
    fn new(rule: &Rule, symbols: &[String], settings: &[types::Value]) -> Self {
        let find = |name: &str| {
            let place = symbols.iter().position(|symbol| symbol == name);
            place.and_then(|place| u32::try_from(place).ok()).unwrap_or(NOWHERE)
        };
        let setting = |name: &str| {
            let name = find(name);
            settings.iter().find(|value| value.name == name).map(|value| value.amount)
        };
        Self {
            kinds: rule.kinds.iter().map(|kind| find(kind.code)).collect(),
            quantities: rule.quantities.iter().map(|quantity| find(quantity.name)).collect(),
            facts: rule.facts.iter().map(|fact| find(fact.name)).collect(),
            settings: rule.settings.iter().map(|known| setting(known.name)).collect(),
        }
    }

    fn setting(&self, setting: Setting) -> i64 {
        let value = self.settings.get(setting.0 as usize).copied().flatten();
        value.expect("the host hands over every setting that the rule declares")
    }

    fn fact(&self, fact: Fact, values: &[types::Value]) -> Option<i64> {
        let wanted = self.facts.get(fact.0 as usize)?;
        values.iter().find(|value| value.name == *wanted).map(|value| value.amount)
    }
}

/// All rows of one call with their settings.
#[derive(Debug)]
pub struct Population {
    pub(crate) inner: types::Population,
    names: Names,
}

/// One household, person or office.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    population: &'a Population,
    row: &'a types::Row,
    number: u32,
}

/// One recorded, reviewed event of a row.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    population: &'a Population,
    event: &'a types::Event,
    number: u32,
}

/// The part of a list that a span names. The host wrote both, so a span outside the list cannot happen; it would read
/// as an empty list.
fn part<T>(list: &[T], span: types::Span) -> &[T] {
    let start = span.start as usize;
    list.get(start..start.saturating_add(span.count as usize)).unwrap_or_default()
}

impl Population {
    pub(crate) fn new(inner: types::Population, rule: &Rule) -> Self {
        let names = Names::new(rule, &inner.symbols, &inner.settings);
        Self { inner, names }
    }

    /// Civil day number (days since 1970-01-01, Asia/Shanghai) on which the rule is applied.
    pub fn day(&self) -> i64 {
        self.inner.day
    }

    /// First and last civil day number of the time that is scored.
    pub fn period(&self) -> (i64, i64) {
        (self.inner.period.first, self.inner.period.last)
    }

    /// A setting of the scheme; the host has checked that it is there and within its bounds.
    pub fn setting(&self, setting: Setting) -> i64 {
        self.names.setting(setting)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.inner.rows.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.inner.rows.is_empty()
    }

    /// The rows; their order has no meaning.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        let rows = self.inner.rows.iter().enumerate();
        rows.map(|(number, row)| Row { population: self, row, number: number as u32 })
    }

    fn symbol(&self, symbol: u32) -> &str {
        self.inner.symbols.get(symbol as usize).map_or("", String::as_str)
    }
}

impl<'a> Row<'a> {
    /// Position in the population.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// `household`, `person`, `member`, `team` or `office`.
    pub fn kind(&self) -> &'a str {
        self.population.symbol(self.row.kind)
    }

    /// A fact of the row; the host has checked that it is there and within its bounds.
    pub fn fact(&self, fact: Fact) -> i64 {
        let values = part(&self.population.inner.facts, self.row.facts);
        let value = self.population.names.fact(fact, values);
        value.expect("the host hands over every fact that the rule declares")
    }

    /// The row's events, oldest first.
    pub fn events(&self) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let population = self.population;
        let events = part(&population.inner.events, self.row.events);
        (self.row.events.start..).zip(events).map(move |(number, event)| Event {
            population,
            event,
            number,
        })
    }

    /// Events of one kind.
    pub fn events_of(&self, kind: Kind) -> impl Iterator<Item = Event<'a>> + use<'a> {
        let wanted = self.population.names.kinds.get(kind.0 as usize).copied().unwrap_or(NOWHERE);
        self.events().filter(move |event| event.event.kind == wanted)
    }

    /// Who belongs to the row.
    pub fn members(&self) -> impl ExactSizeIterator<Item = Person> + use<'a> {
        part(&self.population.inner.people, self.row.members).iter().map(|person| Person(*person))
    }

    /// Whether events by this person do not count for this row (own household, near relatives).
    pub fn excludes(&self, person: Person) -> bool {
        part(&self.population.inner.people, self.row.excluded).contains(&person.0)
    }

    /// What the rule kept for the row last time; empty the first time.
    pub fn state(&self) -> &'a [u8] {
        part(&self.population.inner.state, self.row.state)
    }
}

impl Event<'_> {
    /// Position among all events of the call.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Whether the event is of this kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.population.names.kinds.get(kind.0 as usize) == Some(&self.event.kind)
    }

    /// Civil day number on which it took effect.
    pub fn day(&self) -> i64 {
        self.event.day
    }

    /// Civil day number on which it was recorded.
    pub fn recorded(&self) -> i64 {
        self.event.recorded
    }

    /// Who reported or scored it, when recorded.
    pub fn actor(&self) -> Option<Person> {
        self.event.actor.map(Person)
    }

    /// Who of the row did it, when recorded.
    pub fn member(&self) -> Option<Person> {
        self.event.member.map(Person)
    }

    /// How it came in: `report`, `patrol`, `import` …
    pub fn channel(&self) -> &str {
        self.population.symbol(self.event.channel)
    }

    /// What it rests on: `photo`, `roster`, `certificate` …
    pub fn evidence(&self) -> &str {
        self.population.symbol(self.event.evidence)
    }

    /// A quantity, when the event has it.
    pub fn get(&self, quantity: Quantity) -> Option<i64> {
        let wanted = self.population.names.quantities.get(quantity.0 as usize)?;
        let values = part(&self.population.inner.quantities, self.event.quantities);
        values.iter().find(|value| value.name == *wanted).map(|value| value.amount)
    }

    /// A quantity that the event must have.
    ///
    /// # Errors
    /// The refusal `MISSING`.
    pub fn need(&self, quantity: Quantity) -> Result<i64, Refused> {
        self.get(quantity).ok_or_else(|| MISSING.into())
    }
}

/// All redemptions of one call with their settings.
#[derive(Debug)]
pub struct Requests {
    pub(crate) inner: types::Requests,
    names: Names,
}

/// One redemption that is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    requests: &'a Requests,
    request: &'a types::Request,
}

impl Requests {
    pub(crate) fn new(inner: types::Requests, rule: &Rule) -> Self {
        let names = Names::new(rule, &inner.symbols, &inner.settings);
        Self { inner, names }
    }

    /// Civil day number of the redemption.
    pub fn day(&self) -> i64 {
        self.inner.day
    }

    /// A setting of the scheme; the host has checked that it is there and within its bounds.
    pub fn setting(&self, setting: Setting) -> i64 {
        self.names.setting(setting)
    }

    pub(crate) fn requests(&self) -> impl Iterator<Item = Request<'_>> {
        self.inner.requests.iter().map(|request| Request { requests: self, request })
    }
}

impl Request<'_> {
    /// Offer id.
    pub fn offer(&self) -> &str {
        let symbols = &self.requests.inner.symbols;
        symbols.get(self.request.offer as usize).map_or("", String::as_str)
    }

    /// Pieces asked for.
    pub fn quantity(&self) -> i64 {
        self.request.quantity
    }

    /// A figure of the account or of the offer, e.g. `spendable` or `price_points`.
    ///
    /// # Errors
    /// The refusal `MISSING`.
    pub fn fact(&self, fact: Fact) -> Result<i64, Refused> {
        let values = &self.requests.inner.values;
        let (account, offer) =
            (part(values, self.request.account), part(values, self.request.offer_facts));
        let names = &self.requests.names;
        let found = names.fact(fact, account).or_else(|| names.fact(fact, offer));
        found.ok_or_else(|| MISSING.into())
    }
}
