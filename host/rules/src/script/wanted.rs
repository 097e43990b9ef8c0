//! What a script can read of its row, found in its text: maps with every member of every event take longer to make and
//! to free than most scripts take to run.
//!
//! A member may be left out only where nothing can tell. So the row and its events are followed by name: as long as each
//! of them is only ever asked for members by their names, these members are all that the script can see. Whatever else
//! is done with one of them (handed to a function, compared, printed, looked into by a computed name), everything is
//! made.

use std::collections::BTreeMap;

use super::question::{EVENT, ROW};
use super::scan::{Kind, Token, partners, tokens};

/// Which members of a row and of its events are made, in the order of [`ROW`] and [`EVENT`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wanted {
    pub(super) row: [bool; ROW.len()],
    pub(super) event: [bool; EVENT.len()],
}

impl Wanted {
    /// Everything.
    pub(super) const ALL: Self = Self { row: [true; ROW.len()], event: [true; EVENT.len()] };

    /// What a script wants whose law function `law` has the row as its first parameter.
    pub(super) fn of(source: &str, law: &str) -> Self {
        // the engine ends lines at a lone carriage return, which is not taken apart here
        if source.contains('\r') {
            return Self::ALL;
        }
        let tokens = tokens(source);
        let reader = partners(&tokens).map(|partner| Reader { tokens: &tokens, partner });
        reader.and_then(|reader| reader.read(law)).unwrap_or(Self::ALL)
    }

    /// Whether the script sees any person.
    pub(super) const fn people(&self) -> bool {
        let [_, _, excluded, _, _, members, _] = self.row;
        let [actor, _, _, _, _, member, ..] = self.event;
        excluded || members || actor || member
    }
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    /// The bracket that belongs to an opening one.
    partner: BTreeMap<usize, usize>,
}

impl<'a> Reader<'a> {
    /// The members that are read; `None` when that cannot be told.
    fn read(&self, law: &str) -> Option<Wanted> {
        // a mark on its own begins a raw text, which is not taken apart here; a function sees its object as `this`
        if self.tokens.iter().any(|token| token.is("#") || token.is("this")) {
            return None;
        }
        let laws = (0..self.tokens.len())
            .filter(|place| self.is(*place, "fn") && self.is(place.saturating_add(1), law));
        let parameter = one(laws)?.checked_add(3)?;
        let row = self.word(parameter)?;
        let mut wanted = Wanted { row: [false; ROW.len()], event: [false; EVENT.len()] };
        self.members(row, |place| place == parameter, &ROW, &mut wanted.row)?;
        let mut names = vec![row];
        for place in 0..self.tokens.len() {
            if self.variable(place, row) && self.is(place.checked_add(2)?, "events") {
                names.extend(self.events(place)?);
            }
        }
        for event in names.iter().skip(1) {
            self.members(event, |place| self.walked(place, row), &EVENT, &mut wanted.event)?;
        }
        // a text with places is taken apart by the engine and not here, and may hide where the next one begins
        let texts = || self.tokens.iter().filter(|token| token.kind == Kind::Text);
        let named = || texts().any(|token| names.iter().any(|name| holds(token.text, name)));
        let hidden = texts().any(|token| token.text.contains("${")) && named();
        (!hidden).then_some(wanted)
    }

    fn is(&self, place: usize, text: &str) -> bool {
        self.tokens.get(place).is_some_and(|token| token.is(text))
    }

    fn word(&self, place: usize) -> Option<&'a str> {
        let token = self.tokens.get(place).filter(|token| token.kind == Kind::Word)?;
        Some(token.text)
    }

    /// Whether the word at a place is a variable of that name, and neither a member nor a key.
    fn variable(&self, place: usize, name: &str) -> bool {
        let before = place.checked_sub(1);
        let member = before.is_some_and(|before| self.is(before, ".") || self.is(before, "?."));
        self.word(place) == Some(name) && !member && !self.is(place.saturating_add(1), ":")
    }

    /// Marks what is read of a variable. `None` when anything else is done with it but where it is bound.
    fn members<const N: usize>(
        &self,
        name: &str,
        bound: impl Fn(usize) -> bool,
        list: &[&str; N],
        seen: &mut [bool; N],
    ) -> Option<()> {
        for place in (0..self.tokens.len()).filter(|place| self.variable(*place, name)) {
            if bound(place) {
                continue;
            }
            if !self.is(place.checked_add(1)?, ".") {
                return None;
            }
            let member = self.word(place.checked_add(2)?)?;
            let member = list.iter().position(|one| *one == member)?;
            *seen.get_mut(member)? = true;
            if self.is(place.checked_add(3)?, "(") || self.assigned(place) {
                return None;
            }
        }
        Some(())
    }

    /// Whether something is put where the chain of members leads that begins at a place: the engine then measures all
    /// of the variable.
    fn assigned(&self, place: usize) -> bool {
        let mut place = place.saturating_add(1);
        loop {
            if self.is(place, ".") || self.is(place, "?.") {
                place = place.saturating_add(2);
            } else if ["[", "?[", "("].iter().any(|open| self.is(place, open)) {
                let close = self.partner.get(&place).copied().unwrap_or(place);
                place = close.saturating_add(1);
            } else {
                break;
            }
        }
        let compares = ["==", "!=", "<=", ">="].iter().any(|mark| self.is(place, mark));
        let token = self.tokens.get(place).filter(|token| token.kind == Kind::Mark);
        token.is_some_and(|token| token.text.ends_with('=')) && !compares
    }

    /// The name for each of the events that are read at a place: of `for event in row.events {`, or none of
    /// `row.events.len()`.
    fn events(&self, place: usize) -> Option<Vec<&'a str>> {
        if self.is(place.checked_add(3)?, ".") && self.is(place.checked_add(4)?, "len") {
            return Some(Vec::new());
        }
        let event = place.checked_sub(2)?;
        let row = self.word(place)?;
        if !self.walked(event, row) {
            return None;
        }
        self.word(event).filter(|event| *event != row).map(|event| vec![event])
    }

    /// Whether this is the name in `for name in row.events {`.
    fn walked(&self, place: usize, row: &str) -> bool {
        let after = |far: usize, text| self.is(place.saturating_add(far), text);
        place.checked_sub(1).is_some_and(|before| self.is(before, "for"))
            && after(1, "in")
            && after(2, row)
            && after(3, ".")
            && after(4, "events")
            && after(5, "{")
    }
}

/// Whether a name stands in a text as a word of its own.
fn holds(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after =
            text.get(at.saturating_add(name.len())..).and_then(|after| after.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

/// The only one.
fn one(mut places: impl Iterator<Item = usize>) -> Option<usize> {
    places.next().filter(|_| places.next().is_none())
}

#[cfg(test)]
mod tests;
