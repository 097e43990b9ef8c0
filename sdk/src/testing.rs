//! Questions made by hand, for an author's own tests; runs natively, without a component.

use crate::bindings::types;
use crate::{Claim, Population, Quote, Quoter, Redemption, Refusal, Scorer, Settlement, Settler};

/// Writes a [`Population`].
#[derive(Debug)]
pub struct PopulationBuilder {
    inner: types::Population,
}

/// A population on civil day number `day`, still empty.
pub fn population(day: i64) -> PopulationBuilder {
    let inner = types::Population {
        day,
        symbols: Vec::new(),
        settings: Vec::new(),
        rows: Vec::new(),
        events: Vec::new(),
        quantities: Vec::new(),
        people: Vec::new(),
    };
    PopulationBuilder { inner }
}

fn symbol(symbols: &mut Vec<String>, text: &str) -> u32 {
    let at = symbols.iter().position(|known| known == text).unwrap_or_else(|| {
        symbols.push(text.to_owned());
        symbols.len() - 1
    });
    at as u32
}

fn values(symbols: &mut Vec<String>, named: &[(&str, i64)]) -> Vec<types::Value> {
    named
        .iter()
        .map(|(name, amount)| types::Value { name: symbol(symbols, name), amount: *amount })
        .collect()
}

impl PopulationBuilder {
    /// A setting of the scheme.
    #[must_use]
    pub fn setting(mut self, name: &str, amount: i64) -> Self {
        let name = symbol(&mut self.inner.symbols, name);
        self.inner.settings.push(types::Value { name, amount });
        self
    }

    /// A row without events so far; `excluded` are persons whose events do not count for it.
    #[must_use]
    pub fn row(mut self, excluded: &[u32]) -> Self {
        let people =
            types::Span { start: self.inner.people.len() as u32, count: excluded.len() as u32 };
        self.inner.people.extend(excluded);
        let events = types::Span { start: self.inner.events.len() as u32, count: 0 };
        self.inner.rows.push(types::Row { excluded: people, events });
        self
    }

    /// An event of the row added last.
    ///
    /// # Panics
    /// When there is no row yet.
    #[must_use]
    pub fn event(
        mut self,
        kind: &str,
        day: i64,
        actor: Option<u32>,
        quantities: &[(&str, i64)],
    ) -> Self {
        let start = self.inner.quantities.len() as u32;
        let quantities = values(&mut self.inner.symbols, quantities);
        let span = types::Span { start, count: quantities.len() as u32 };
        self.inner.quantities.extend(quantities);
        let kind = symbol(&mut self.inner.symbols, kind);
        self.inner.events.push(types::Event { kind, day, actor, quantities: span });
        self.inner.rows.last_mut().expect("a row before its events").events.count += 1;
        self
    }

    /// The finished population.
    pub fn build(self) -> Population {
        Population(self.inner)
    }
}

/// Asks a scorer and checks the batch law on the way: each row alone has the answer it has among the others.
///
/// # Panics
/// When the law does not hold.
pub fn score<S: Scorer>(population: &Population) -> Vec<Result<Vec<Claim>, Refusal>> {
    let whole: Vec<_> = population.rows().map(|row| S::score(population, row)).collect();
    for (number, row) in population.0.rows.iter().enumerate() {
        let alone = Population(types::Population { rows: vec![*row], ..population.0.clone() });
        let answer = alone.rows().map(|row| S::score(&alone, row)).next();
        assert_eq!(
            answer.as_ref(),
            whole.get(number),
            "row {number} scores differently alone and in the batch"
        );
    }
    whole
}

/// Asks a settler.
///
/// # Errors
/// The rule's own refusal.
pub fn settle<S: Settler>(population: &Population) -> Result<Settlement, Refusal> {
    S::settle(population)
}

/// Asks a quoter.
///
/// # Errors
/// The rule's own refusal.
pub fn quote<Q: Quoter>(
    day: i64,
    offer: &str,
    quantity: i64,
    settings: &[(&str, i64)],
    account: &[(&str, i64)],
    offer_facts: &[(&str, i64)],
) -> Result<Quote, Refusal> {
    let mut symbols = Vec::new();
    let settings = values(&mut symbols, settings);
    let account = values(&mut symbols, account);
    let offer_facts = values(&mut symbols, offer_facts);
    let offer = symbol(&mut symbols, offer);
    let request =
        types::RedemptionRequest { day, symbols, settings, offer, quantity, account, offer_facts };
    Q::quote(&Redemption(request))
}
