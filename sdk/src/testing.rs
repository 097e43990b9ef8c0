//! Questions made by hand and answers in words, for an author's own tests; runs natively, without a component.

use crate::bindings::types;
use crate::catalog::{Fact, Kind, Quantity, Setting};
use crate::{
    Assessor, Converter, Distributor, Grader, Population, Qualifier, Quote, Quoter, Requests, Rule,
    Scorer, Settler, exports,
};

/// Writes a [`Population`] for a rule.
#[derive(Clone, Debug)]
pub struct Builder {
    rule: &'static Rule,
    inner: types::Population,
}

/// One entry of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// Code of the item.
    pub item: &'static str,
    /// 1/100 point.
    pub points: i64,
    /// Code of the reason.
    pub reason: &'static str,
    /// Numbers given back, by name.
    pub figures: Vec<(&'static str, i64)>,
    /// Positions of the events it rests on.
    pub events: Vec<u32>,
}

impl Seen {
    /// A number by its name.
    pub fn get(&self, name: &str) -> Option<i64> {
        self.figures.iter().find(|(known, _)| *known == name).map(|(_, amount)| *amount)
    }
}

/// A population on civil day number `day`, still empty.
pub fn population(rule: &'static Rule, day: i64) -> Builder {
    let mut builder = Builder {
        rule,
        inner: types::Population {
            day,
            period: types::Period { name: 0, first: day, last: day },
            symbols: Vec::new(),
            settings: Vec::new(),
            rows: Vec::new(),
            facts: Vec::new(),
            events: Vec::new(),
            quantities: Vec::new(),
            people: Vec::new(),
            state: Vec::new(),
        },
    };
    builder.inner.period.name = builder.symbol("");
    builder
}

fn symbol(symbols: &mut Vec<String>, text: &str) -> u32 {
    let at = symbols.iter().position(|known| known == text).unwrap_or_else(|| {
        symbols.push(text.to_owned());
        symbols.len() - 1
    });
    at as u32
}

fn end<T>(list: &[T]) -> types::Span {
    types::Span { start: list.len() as u32, count: 0 }
}

impl Builder {
    fn symbol(&mut self, text: &str) -> u32 {
        symbol(&mut self.inner.symbols, text)
    }

    /// A setting of the scheme.
    #[must_use]
    pub fn setting(mut self, setting: Setting, amount: i64) -> Self {
        let name = self.symbol(self.rule.settings[setting.0 as usize].name);
        self.inner.settings.push(types::Value { name, amount });
        self
    }

    /// First and last day of the time that is scored.
    #[must_use]
    pub fn period(mut self, first: i64, last: i64) -> Self {
        (self.inner.period.first, self.inner.period.last) = (first, last);
        self
    }

    /// A row, so far with nothing.
    #[must_use]
    pub fn row(mut self) -> Self {
        let kind = self.symbol("household");
        let inner = &mut self.inner;
        inner.rows.push(types::Row {
            kind,
            facts: end(&inner.facts),
            members: end(&inner.people),
            excluded: end(&inner.people),
            events: end(&inner.events),
            state: end(&inner.state),
        });
        self
    }

    fn last(&mut self) -> &mut types::Row {
        self.inner.rows.last_mut().expect("`row` comes first")
    }

    /// A fact of the row added last.
    #[must_use]
    pub fn fact(mut self, fact: Fact, amount: i64) -> Self {
        let name = self.symbol(self.rule.facts[fact.0 as usize].name);
        self.inner.facts.push(types::Value { name, amount });
        self.last().facts.count += 1;
        self
    }

    /// Persons whose events do not count for the row added last.
    #[must_use]
    pub fn excluded(mut self, people: &[u32]) -> Self {
        let span = types::Span { count: people.len() as u32, ..end(&self.inner.people) };
        self.inner.people.extend(people);
        self.last().excluded = span;
        self
    }

    /// What the rule kept for the row added last.
    #[must_use]
    pub fn state(mut self, state: &[u8]) -> Self {
        let span = types::Span { count: state.len() as u32, ..end(&self.inner.state) };
        self.inner.state.extend(state);
        self.last().state = span;
        self
    }

    /// An event of the row added last.
    #[must_use]
    pub fn event(mut self, kind: Kind, day: i64, quantities: &[(Quantity, i64)]) -> Self {
        let kind = self.symbol(self.rule.kinds[kind.0 as usize].code);
        let nothing = self.symbol("");
        let span = types::Span { count: quantities.len() as u32, ..end(&self.inner.quantities) };
        for (quantity, amount) in quantities {
            let name = self.symbol(self.rule.quantities[quantity.0 as usize].name);
            self.inner.quantities.push(types::Value { name, amount: *amount });
        }
        self.inner.events.push(types::Event {
            kind,
            day,
            recorded: day,
            actor: None,
            member: None,
            channel: nothing,
            evidence: nothing,
            quantities: span,
        });
        self.last().events.count += 1;
        self
    }

    /// Who reported or scored the event added last.
    #[must_use]
    pub fn by(mut self, person: u32) -> Self {
        self.inner.events.last_mut().expect("`event` comes first").actor = Some(person);
        self
    }

    /// The finished population.
    pub fn build(self) -> Population {
        Population::new(self.inner, self.rule)
    }
}

/// One row's entries, or the code of its refusal.
pub type Scored = Result<Vec<Seen>, &'static str>;

fn part<T>(list: &[T], span: types::Span) -> &[T] {
    &list[span.start as usize..(span.start + span.count) as usize]
}

fn read(rule: &'static Rule, answer: &types::Scores) -> Vec<Scored> {
    let claim = |claim: &types::Claim| Seen {
        item: rule.items[claim.item as usize].code,
        points: claim.points,
        reason: rule.reasons[claim.reason as usize].code,
        figures: part(&answer.figures, claim.figures)
            .iter()
            .map(|figure| (rule.figures[figure.name as usize].name, figure.amount))
            .collect(),
        events: part(&answer.events, claim.events).to_vec(),
    };
    let row = |row: &types::Scored| match row.refusal {
        Some(refusal) => Err(rule.refusal(crate::catalog::Refusal(refusal))),
        None => Ok(part(&answer.claims, row.claims).iter().map(claim).collect()),
    };
    answer.rows.iter().map(row).collect()
}

/// The population with one row only.
fn alone(rule: &'static Rule, population: &Population, row: usize) -> Population {
    let rows = vec![population.inner.rows[row]];
    Population::new(types::Population { rows, ..population.inner.clone() }, rule)
}

/// Asks a scorer and checks the batch law on the way: each row alone has the answer it has among the others.
///
/// # Panics
/// When the law does not hold.
pub fn score<S: Scorer>(population: &Population) -> Vec<Scored> {
    let whole = read(S::RULE, &exports::scored::<S>(population));
    for (number, among) in whole.iter().enumerate() {
        let single = alone(S::RULE, population, number);
        let single = read(S::RULE, &exports::scored::<S>(&single));
        assert_eq!(
            single.as_slice(),
            std::slice::from_ref(among),
            "row {number} scores differently alone and in the batch"
        );
    }
    whole
}

/// Asks a converter.
pub fn convert<C: Converter>(population: &Population) -> Vec<Scored> {
    read(C::RULE, &exports::converted::<C>(population))
}

/// Asks an assessor.
pub fn assess<A: Assessor>(population: &Population) -> Vec<Scored> {
    read(A::RULE, &exports::assessed::<A>(population))
}

/// Asks a qualifier: yes or no for each row, or the code of its refusal.
pub fn qualify<Q: Qualifier>(population: &Population) -> Vec<Result<bool, &'static str>> {
    let row = |row: &types::Entitled| match row.refusal {
        Some(refusal) => Err(Q::RULE.refusal(crate::catalog::Refusal(refusal))),
        None => Ok(row.eligible),
    };
    exports::qualified::<Q>(population).rows.iter().map(row).collect()
}

/// Asks a settler.
///
/// # Errors
/// The code of the rule's refusal.
pub fn settle<S: Settler>(population: &Population) -> Result<Vec<Scored>, &'static str> {
    let answer = exports::settled::<S>(population);
    let answer =
        answer.map_err(|refused| S::RULE.refusal(crate::catalog::Refusal(refused.refusal)))?;
    Ok(read(S::RULE, &answer))
}

/// Asks a grader: the code of each row's grade, or of its refusal.
pub fn grade<G: Grader>(population: &Population) -> Vec<Result<&'static str, &'static str>> {
    let answer = exports::graded::<G>(population);
    let row = |row: &types::Graded| match (row.grade, row.refusal) {
        (Some(grade), _) => Ok(G::RULE.grades[grade as usize].code),
        (None, refusal) => {
            Err(G::RULE.refusal(crate::catalog::Refusal(refusal.unwrap_or(u32::MAX))))
        }
    };
    answer.rows.iter().map(row).collect()
}

/// Asks a distributor: cents of each row in their order, and the rest.
///
/// # Errors
/// The code of the rule's refusal.
pub fn distribute<D: Distributor>(
    population: &Population,
    cents: i64,
) -> Result<(Vec<i64>, i64), &'static str> {
    let answer = exports::distributed::<D>(population, cents);
    let answer =
        answer.map_err(|refused| D::RULE.refusal(crate::catalog::Refusal(refused.refusal)))?;
    Ok((answer.rows.iter().map(|share| share.cents).collect(), answer.rest))
}

/// Asks a quoter about one request.
///
/// # Errors
/// The code of the rule's refusal.
pub fn quote<Q: Quoter>(
    day: i64,
    offer: &str,
    quantity: i64,
    settings: &[(Setting, i64)],
    account: &[(Fact, i64)],
    offer_facts: &[(Fact, i64)],
) -> Result<Quote, &'static str> {
    let mut symbols = Vec::new();
    let mut values = Vec::new();
    let mut facts = |symbols: &mut Vec<String>, given: &[(Fact, i64)]| {
        let span = types::Span { count: given.len() as u32, ..end(&values) };
        for (fact, amount) in given {
            let name = symbol(symbols, Q::RULE.facts[fact.0 as usize].name);
            values.push(types::Value { name, amount: *amount });
        }
        span
    };
    let account = facts(&mut symbols, account);
    let offer_facts = facts(&mut symbols, offer_facts);
    let settings = settings.iter().map(|(setting, amount)| types::Value {
        name: symbol(&mut symbols, Q::RULE.settings[setting.0 as usize].name),
        amount: *amount,
    });
    let settings = settings.collect();
    let offer = symbol(&mut symbols, offer);
    let requests = vec![types::Request { offer, quantity, account, offer_facts }];
    let inner = types::Requests { day, symbols, settings, requests, values };
    let requests = Requests::new(inner, Q::RULE);
    let request = requests.requests().next().expect("the one request");
    Q::quote(&requests, request).map_err(|refused| Q::RULE.refusal(refused.refusal))
}
