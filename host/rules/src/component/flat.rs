//! Flat messages, whatever the version of the interface: texts by number, lists cut by spans, sizes.

use std::collections::BTreeMap;

use crate::{LimitKind, RuleError};

/// An answer that breaks the contract.
pub(super) fn bad(problem: impl Into<String>) -> RuleError {
    RuleError::BadAnswer { problem: problem.into() }
}

/// Texts that are looked through one by one before they are put in order.
const FEW: usize = 12;

/// Texts by number, in order of first use.
#[derive(Default)]
pub(super) struct Symbols<'a> {
    /// Empty as long as there are few.
    numbers: BTreeMap<&'a str, u32>,
    pub(super) texts: Vec<&'a str>,
}

impl<'a> Symbols<'a> {
    pub(super) fn number(&mut self, text: &'a str) -> u32 {
        let known = if self.numbers.is_empty() {
            self.texts.iter().position(|known| *known == text).map(position)
        } else {
            self.numbers.get(text).copied()
        };
        if let Some(number) = known {
            return number;
        }
        let number = position(self.texts.len());
        self.texts.push(text);
        if !self.numbers.is_empty() {
            self.numbers.insert(text, number);
        } else if self.texts.len() > FEW {
            self.numbers = self.texts.iter().copied().zip(0..).collect();
        }
        number
    }

    pub(super) fn owned(&self) -> Vec<String> {
        self.texts.iter().map(|text| (*text).to_owned()).collect()
    }
}

/// Saturates; lists that long are refused by their size in bytes before they are sent.
pub(super) fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Bytes of the lists, before anything is copied: copying in is not metered, so size is the limit.
pub(super) fn weigh(
    max: usize,
    lists: &[(usize, usize)],
    texts: &[impl AsRef<str>],
) -> Result<(), RuleError> {
    let lists = lists.iter().map(|(len, size)| len.saturating_mul(*size));
    let total = lists
        .chain(texts.iter().map(|text| text.as_ref().len().saturating_add(8)))
        .fold(0, usize::saturating_add);
    if total > max {
        let max = u64::try_from(max).unwrap_or(u64::MAX);
        return Err(RuleError::Limit { limit: LimitKind::Input, max });
    }
    Ok(())
}

/// The element at a position that a guest wrote.
pub(super) fn at<'a, T>(list: &'a [T], index: u32, name: &str) -> Result<&'a T, RuleError> {
    usize::try_from(index)
        .ok()
        .and_then(|index| list.get(index))
        .ok_or_else(|| bad(format!("position {index} in `{name}`, which has {}", list.len())))
}

/// A list whose elements may be handed out only once, so that a short answer cannot unfold into a huge one.
pub(super) struct Once<'a, T> {
    list: &'a [T],
    left: usize,
    name: &'static str,
}

impl<'a, T> Once<'a, T> {
    pub(super) fn new(list: &'a [T], name: &'static str) -> Self {
        Self { list, left: list.len(), name }
    }

    /// As many neighbours as a span counts, from where it starts.
    pub(super) fn take(&mut self, span: impl Into<(u32, u32)>) -> Result<&'a [T], RuleError> {
        let (start, count) = span.into();
        let problem = || {
            let (name, len) = (self.name, self.list.len());
            bad(format!("span {start}+{count} in `{name}`, which has {len}, or taken twice"))
        };
        let (Ok(first), Ok(many)) = (usize::try_from(start), usize::try_from(count)) else {
            return Err(problem());
        };
        let left = self.left.checked_sub(many).ok_or_else(problem)?;
        let end = first.checked_add(many).ok_or_else(problem)?;
        let taken = self.list.get(first..end).ok_or_else(problem)?;
        self.left = left;
        Ok(taken)
    }
}
