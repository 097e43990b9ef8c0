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
        read(&tokens(source), law).unwrap_or(Self::ALL)
    }
}

/// The members that are read; `None` when that cannot be told.
fn read(tokens: &[Token<'_>], law: &str) -> Option<Wanted> {
    let at = |place: usize| tokens.get(place).copied();
    let is = |place: usize, text: &str| at(place).is_some_and(|token| token.is(text));
    let start = tokens.windows(3).position(|three| {
        let [first, name, open] = three else { return false };
        first.is("fn") && name.is(law) && open.is("(")
    })?;
    let parameter = start.checked_add(3)?;
    let row = at(parameter).filter(|token| token.kind == Kind::Word)?.text;
    let uses = |name: &str, own: &dyn Fn(usize) -> bool, list: &[&str]| {
        let mut found = vec![false; list.len()];
        for place in 0..tokens.len() {
            if !stands_for(tokens, place, name) || own(place) {
                continue;
            }
            let member = at(place.checked_add(2)?).filter(|_| is(place.saturating_add(1), "."))?;
            let member = list.iter().position(|one| member.is(one))?;
            *found.get_mut(member)? = true;
        }
        Some(found)
    };
    let mut wanted = Wanted { row: [false; ROW.len()], event: [false; EVENT.len()] };
    wanted.row.copy_from_slice(&uses(row, &|place| place == parameter, &ROW)?);
    // each `for event in row.events`, and nothing else that reads the events but how many there are
    for place in 0..tokens.len() {
        if !(stands_for(tokens, place, row) && is(place.checked_add(2)?, "events")) {
            continue;
        }
        let (after, next) = (place.checked_add(3)?, place.checked_add(4)?);
        if is(after, ".") && is(next, "len") {
            continue;
        }
        let (walk, event) = (place.checked_sub(3)?, place.checked_sub(2)?);
        if !(is(walk, "for") && is(place.checked_sub(1)?, "in") && is(after, "{")) {
            return None;
        }
        let event = at(event).filter(|token| token.kind == Kind::Word && token.text != row)?.text;
        let bound = |place: usize| {
            place.checked_sub(1).is_some_and(|before| is(before, "for"))
                && is(place.saturating_add(1), "in")
                && is(place.saturating_add(2), row)
                && is(place.saturating_add(4), "events")
                && is(place.saturating_add(5), "{")
        };
        for (seen, member) in wanted.event.iter_mut().zip(uses(event, &bound, &EVENT)?) {
            *seen |= member;
        }
    }
    // texts with places are read by the engine and not here: neither name may be in one
    let hidden = tokens.iter().any(|token| token.kind == Kind::Text && token.text.contains("${"));
    let names = |text: &str| text.contains(row) || wanted_names(tokens, text);
    let told = tokens.iter().filter(|token| token.kind == Kind::Text && token.text.contains("${"));
    if hidden && told.into_iter().any(|token| names(token.text)) {
        return None;
    }
    Some(wanted)
}

/// Whether the word at a place is a variable of that name, and not a member or a key.
fn stands_for(tokens: &[Token<'_>], place: usize, name: &str) -> bool {
    let is = |place: usize, text: &str| tokens.get(place).is_some_and(|token| token.is(text));
    let word = tokens.get(place).is_some_and(|t| t.kind == Kind::Word && t.text == name);
    let member = place.checked_sub(1).is_some_and(|before| is(before, ".") || is(before, "?."));
    word && !member && !is(place.saturating_add(1), ":")
}
