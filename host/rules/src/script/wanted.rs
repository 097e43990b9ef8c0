//! What a script can read of its row, found in its text: maps with every member of every event take longer to make and
//! to free than most scripts take to run.
//!
//! A member may be left out only where nothing can tell. So the row and its events are followed by name: as long as each
//! of them is only ever asked for members by their names, these members are all that the script can see. Whatever else
//! is done with one of them (handed to a function, compared, printed, looked into by a computed name), everything is
//! made.

use super::question::{EVENT, ROW};
use super::scan::{Kind, Token, tokens};

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
        Reader { tokens: &tokens(source) }.read(law).unwrap_or(Self::ALL)
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
}

impl<'a> Reader<'a> {
    /// The members that are read; `None` when that cannot be told.
    fn read(&self, law: &str) -> Option<Wanted> {
        // a mark on its own begins a raw text, which is not taken apart here
        if self.tokens.iter().any(|token| token.is("#")) {
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
        // a text with places is taken apart by the engine and not here
        let with_places =
            |token: &&Token<'_>| token.kind == Kind::Text && token.text.contains("${");
        let mut texts = self.tokens.iter().filter(with_places);
        let hidden = texts.any(|token| names.iter().any(|name| token.text.contains(name)));
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
        }
        Some(())
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

/// The only one.
fn one(mut places: impl Iterator<Item = usize>) -> Option<usize> {
    places.next().filter(|_| places.next().is_none())
}

#[cfg(test)]
mod tests;
