//! What a rule declares, with its symbols, put in order once and used for every question.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::flat::{Symbols, position};
use super::types;
use crate::{Declared, Description, RuleError};

/// A name that a rule declares, its symbol and its bounds.
pub(super) struct Name {
    pub(super) text: String,
    symbol: u32,
    pub(super) bounds: (i64, i64),
}

/// Names that a rule declares, in order.
pub(super) struct Known(Vec<Name>);

impl Known {
    fn sorted(names: impl Iterator<Item = Name>) -> Self {
        let mut names: Vec<_> = names.collect();
        names.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        Self(names)
    }

    pub(super) fn new<'a>(list: &'a [Declared], symbols: &mut Symbols<'a>) -> Self {
        let name = |one: &'a Declared| {
            let Declared { name, min, max, .. } = one;
            Name { text: name.clone(), symbol: symbols.number(name), bounds: (*min, *max) }
        };
        Self::sorted(list.iter().map(name))
    }

    fn symbol(&self, text: &str) -> Option<u32> {
        let place = self.0.binary_search_by(|name| name.text.as_str().cmp(text)).ok()?;
        self.0.get(place).map(|name| name.symbol)
    }

    /// The declared ones among some values, in order of name; each is shown to `check` first.
    pub(super) fn values<N: AsRef<str>, V: From<types::Value>>(
        &self,
        named: &BTreeMap<N, i64>,
        list: &mut Vec<V>,
        check: impl Fn(&Name, i64) -> Result<(), RuleError>,
    ) -> Result<types::Span, RuleError> {
        let start = list.len();
        // the same names come again and again in the same order: one walk over two sorted lists
        let mut known = self.0.iter().peekable();
        for (name, amount) in named {
            let name = name.as_ref();
            let found = loop {
                match known.peek().map(|next| next.text.as_str().cmp(name)) {
                    Some(Ordering::Less) => _ = known.next(),
                    Some(Ordering::Equal) => break known.next(),
                    Some(Ordering::Greater) | None => break None,
                }
            };
            if let Some(found) = found {
                check(found, *amount)?;
                list.push(types::Value { name: found.symbol, amount: *amount }.into());
            }
        }
        Ok(span(start, list.len()))
    }
}

pub(super) fn span(start: usize, end: usize) -> types::Span {
    types::Span { start: position(start), count: position(end.saturating_sub(start)) }
}

/// Everything a rule declares that a question about a population can name.
pub(in super::super) struct Names {
    /// By symbol.
    texts: Vec<Arc<str>>,
    /// All of them, to be found by text.
    all: Known,
    kinds: Known,
    pub(super) quantities: Known,
    pub(super) facts: Known,
    pub(super) settings: Known,
}

impl Names {
    pub(super) fn new(description: &Description) -> Self {
        let mut symbols = Symbols::default();
        let bare = |text: &str, symbol| Name { text: text.to_owned(), symbol, bounds: (0, 0) };
        let kinds = description.kinds.iter().map(|kind| kind.code.as_str());
        let kinds = Known::sorted(kinds.map(|code| bare(code, symbols.number(code))));
        let quantities = Known::new(&description.quantities, &mut symbols);
        let facts = Known::new(&description.facts, &mut symbols);
        let settings = Known::new(&description.settings, &mut symbols);
        let texts = symbols.texts;
        let all = (0_u32..).zip(&texts).map(|(symbol, text)| bare(text, symbol));
        let all = Known::sorted(all);
        let texts = texts.into_iter().map(Arc::from).collect();
        Self { texts, all, kinds, quantities, facts, settings }
    }

    /// The symbol of a kind of events that the rule reads.
    pub(super) fn kind(&self, code: &str) -> Option<u32> {
        self.kinds.symbol(code)
    }
}

/// The texts of one question: the declared ones, and behind them its own in order of first use.
pub(super) struct Texts<'a> {
    names: &'a Names,
    own: Symbols<'a>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(names: &'a Names) -> Self {
        Self { names, own: Symbols::default() }
    }

    pub(super) fn number(&mut self, text: &'a str) -> u32 {
        let declared = self.names.all.symbol(text);
        let behind = position(self.names.texts.len());
        declared.unwrap_or_else(|| behind.saturating_add(self.own.number(text)))
    }

    pub(super) fn done(self) -> Vec<Arc<str>> {
        let mut list = self.names.texts.clone();
        list.extend(self.own.texts.into_iter().map(Arc::from));
        list
    }
}
