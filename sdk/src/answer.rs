//! The answer, as a rule writes it, and its flattening.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::bindings::types;
use crate::{Event, Row};

/// One entry to be posted for a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    item: Cow<'static, str>,
    points: i64,
    reason: String,
    clause: Cow<'static, str>,
    events: Vec<u32>,
    facts: Vec<(Cow<'static, str>, i64)>,
}

impl Claim {
    /// A claim of `points` (1/100 point) under an item code of the scheme, resting on a clause of the village's rules.
    pub fn new(item: &'static str, points: i64, clause: &'static str) -> Self {
        Self {
            item: Cow::Borrowed(item),
            points,
            reason: String::new(),
            clause: Cow::Borrowed(clause),
            events: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// The Chinese sentence for the statement; it must not be left out.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// An event the claim rests on.
    #[must_use]
    pub fn resting_on(mut self, event: &Event<'_>) -> Self {
        self.events.push(event.number());
        self
    }

    /// A named intermediate result, shown next to the entry.
    #[must_use]
    pub fn fact(mut self, name: &'static str, value: i64) -> Self {
        self.facts.push((Cow::Borrowed(name), value));
        self
    }

    /// 1/100 point.
    pub fn points(&self) -> i64 {
        self.points
    }

    /// An intermediate result by its name.
    pub fn get(&self, name: &str) -> Option<i64> {
        self.facts.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

/// No result, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    code: String,
    text: String,
}

impl Refusal {
    /// A stable code in upper snake case and a Chinese sentence.
    pub fn new(code: &str, text: &str) -> Self {
        Self { code: code.to_owned(), text: text.to_owned() }
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// The answer for a whole population.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Settlement {
    pub(crate) claims: Vec<(u32, Claim)>,
    pub(crate) refused: Vec<(u32, Refusal)>,
}

impl Settlement {
    /// Adds a claim for a row.
    pub fn claim(&mut self, row: Row<'_>, claim: Claim) {
        self.claims.push((row.number(), claim));
    }

    /// Reports a row without a valid result; it then has no claims.
    pub fn refuse(&mut self, row: Row<'_>, refusal: Refusal) {
        self.refused.push((row.number(), refusal));
    }

    /// Claims with the number of their row.
    pub fn claims(&self) -> &[(u32, Claim)] {
        &self.claims
    }

    /// Refused rows with their number.
    pub fn refused(&self) -> &[(u32, Refusal)] {
        &self.refused
    }
}

/// The answer to a redemption request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    /// Whether the asked quantity may be redeemed.
    pub eligible: bool,
    /// Points for the whole quantity, 1/100 point; zero when not eligible.
    pub points: i64,
    /// Money the fund pays for the whole quantity, cents; zero when not eligible.
    pub cents: i64,
    /// The most pieces this account could redeem now.
    pub quantity_max: i64,
    /// Reason code or Chinese sentence; empty only when eligible.
    pub reason: String,
}

/// A setting or quantity with its bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Declared {
    /// Name.
    pub name: &'static str,
    /// Chinese title with the unit.
    pub title: &'static str,
    /// Smallest value allowed.
    pub min: i64,
    /// Largest value allowed.
    pub max: i64,
}

/// What a rule says about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Description {
    /// Id, e.g. `household-sanitation`.
    pub id: &'static str,
    /// Chinese title.
    pub title: &'static str,
    /// The rule's own version.
    pub version: &'static str,
    /// Settings it needs.
    pub settings: &'static [Declared],
    /// Event kinds it reads.
    pub kinds: &'static [&'static str],
    /// Quantities it reads.
    pub quantities: &'static [Declared],
}

/// Flattens a description.
#[doc(hidden)]
pub fn describe(given: Description) -> types::Description {
    let declared = |list: &[Declared]| {
        let one = |d: &Declared| types::Declared {
            name: d.name.into(),
            title: d.title.into(),
            min: d.min,
            max: d.max,
        };
        list.iter().map(one).collect()
    };
    types::Description {
        id: given.id.into(),
        title: given.title.into(),
        version: given.version.into(),
        settings: declared(given.settings),
        kinds: given.kinds.iter().map(|kind| (*kind).into()).collect(),
        quantities: declared(given.quantities),
    }
}

impl From<Refusal> for types::Refusal {
    fn from(refusal: Refusal) -> Self {
        Self { code: refusal.code, text: refusal.text }
    }
}

/// The shared lists of an answer while it is written.
#[derive(Default)]
pub(crate) struct Tables {
    numbers: BTreeMap<Cow<'static, str>, u32>,
    pub(crate) symbols: Vec<String>,
    pub(crate) events: Vec<u32>,
    pub(crate) facts: Vec<types::Value>,
}

/// Lists in one answer are far shorter than 2^32: the host caps the whole answer at a megabyte.
pub(crate) fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl Tables {
    fn symbol(&mut self, text: Cow<'static, str>) -> u32 {
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let number = position(self.symbols.len());
        self.symbols.push(text.clone().into_owned());
        self.numbers.insert(text, number);
        number
    }

    /// A sentence that hardly ever repeats: stored without looking for it.
    fn sentence(&mut self, text: String) -> u32 {
        self.symbols.push(text);
        position(self.symbols.len().saturating_sub(1))
    }

    pub(crate) fn claim(&mut self, claim: Claim) -> types::Claim {
        let events =
            types::Span { start: position(self.events.len()), count: position(claim.events.len()) };
        self.events.extend(claim.events);
        let facts =
            types::Span { start: position(self.facts.len()), count: position(claim.facts.len()) };
        for (name, amount) in claim.facts {
            let name = self.symbol(name);
            self.facts.push(types::Value { name, amount });
        }
        types::Claim {
            item: self.symbol(claim.item),
            points: claim.points,
            reason: self.sentence(claim.reason),
            clause: self.symbol(claim.clause),
            events,
            facts,
        }
    }
}
