//! Where a script can go two ways: both sides of each `if`, and each case of a `switch`.

use std::collections::BTreeMap;

use super::scan::{Kind, Token, partners};

/// One way that a script can take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The condition of an `if` holds.
    Holds,
    /// The condition of an `if` does not hold, whether there is an `else` or not.
    Fails,
    /// A case of a `switch`.
    Case,
}

/// A way with the marks that count it: more than one where an `else if` stands for the other side.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) line: u32,
    pub(super) side: Side,
    pub(super) marks: Vec<usize>,
}

/// Text that goes into the counting copy. In the order in which pieces at the same place follow each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Piece {
    /// An `else` that was left out.
    Else(usize),
    /// The end of a case that became a block.
    Close,
    /// A case that becomes a block.
    Open(usize),
    /// A counting call at the beginning of a block.
    Mark(usize),
    /// A counting call before a statement.
    Statement(usize),
}

impl Piece {
    pub(super) fn text(self) -> String {
        match self {
            Self::Else(mark) => format!(" else {{ __at({mark}); }}"),
            Self::Close => " }".to_owned(),
            Self::Open(mark) => format!("{{ __at({mark}); "),
            Self::Mark(mark) => format!(" __at({mark});"),
            Self::Statement(mark) => format!("__at({mark}); "),
        }
    }
}

/// The ways of a script, and what goes into its copy at which byte. Marks are numbered from `first` on.
pub(super) struct Ways {
    pub(super) list: Vec<Way>,
    pub(super) pieces: Vec<(usize, Piece)>,
    pub(super) lines: Vec<u32>,
}

/// The other side of an `if`.
enum Other {
    Mark(usize),
    /// The `if` at this token.
    If(usize),
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    /// The bracket that belongs to an opening one.
    partner: BTreeMap<usize, usize>,
    first: usize,
    found: Ways,
    /// Mark and other side of each `if`, by its token.
    ifs: BTreeMap<usize, (usize, Other)>,
}

/// All ways; `None` when brackets do not match.
pub(super) fn ways(tokens: &[Token<'_>], first: usize) -> Option<Ways> {
    let found = Ways { list: Vec::new(), pieces: Vec::new(), lines: Vec::new() };
    let partner = partners(tokens)?;
    let mut reader = Reader { tokens, partner, first, found, ifs: BTreeMap::new() };
    for (place, token) in tokens.iter().enumerate() {
        if token.kind == Kind::Word && token.text == "if" {
            reader.two_sides(place);
        } else if token.kind == Kind::Word && token.text == "switch" {
            reader.cases(place);
        }
    }
    for (place, (holds, _)) in &reader.ifs {
        let line = tokens.get(*place)?.line;
        reader.found.list.push(Way { line, side: Side::Holds, marks: vec![*holds] });
        let marks = reader.other(*place);
        reader.found.list.push(Way { line, side: Side::Fails, marks });
    }
    reader.found.list.sort_by_key(|way| way.line);
    Some(reader.found)
}

impl Reader<'_> {
    fn is(&self, place: usize, text: &str) -> bool {
        self.tokens.get(place).is_some_and(|token| token.is(text))
    }

    /// A new mark on the line of a token.
    fn mark(&mut self, place: usize) -> usize {
        let number = self.first.saturating_add(self.found.lines.len());
        self.found.lines.push(self.tokens.get(place).map_or(0, |token| token.line));
        number
    }

    fn put(&mut self, at: Option<usize>, piece: Piece) {
        self.found.pieces.extend(at.map(|at| (at, piece)));
    }

    fn end(&self, place: usize) -> Option<usize> {
        self.tokens.get(place).map(Token::end)
    }

    /// The block after a head that begins at a token: conditions may hold brackets, but no block of their own.
    fn block(&self, mut place: usize) -> Option<usize> {
        loop {
            let token = self.tokens.get(place)?;
            if token.is("{") {
                return Some(place);
            }
            // a case with a condition, `1 if open => …`, is no statement
            if token.is("=>") || token.is(";") {
                return None;
            }
            place = self.partner.get(&place).copied().unwrap_or(place).checked_add(1)?;
        }
    }

    fn two_sides(&mut self, place: usize) {
        let Some(block) = self.block(place.saturating_add(1)) else { return };
        let Some(close) = self.partner.get(&block).copied() else { return };
        let holds = self.mark(place);
        self.put(self.end(block), Piece::Mark(holds));
        let (other, after) = (close.saturating_add(1), close.saturating_add(2));
        let other = if self.is(other, "else") && self.is(after, "if") {
            Other::If(after)
        } else {
            let fails = self.mark(place);
            if self.is(other, "else") {
                self.put(self.end(after), Piece::Mark(fails));
            } else {
                self.put(self.end(close), Piece::Else(fails));
            }
            Other::Mark(fails)
        };
        self.ifs.insert(place, (holds, other));
    }

    /// Each case becomes a block that begins with a mark, if it is none yet.
    fn cases(&mut self, place: usize) {
        let Some(block) = self.block(place.saturating_add(1)) else { return };
        let Some(close) = self.partner.get(&block).copied() else { return };
        let mut at = block.saturating_add(1);
        while at < close {
            if !self.is(at, "=>") {
                at = self.partner.get(&at).copied().unwrap_or(at).saturating_add(1);
                continue;
            }
            let body = at.saturating_add(1);
            let mark = self.mark(at);
            let line = self.tokens.get(at).map_or(0, |token| token.line);
            self.found.list.push(Way { line, side: Side::Case, marks: vec![mark] });
            if self.is(body, "{") {
                self.put(self.end(body), Piece::Mark(mark));
                at = self.partner.get(&body).copied().unwrap_or(body).saturating_add(1);
                continue;
            }
            self.put(self.tokens.get(body).map(|token| token.at), Piece::Open(mark));
            at = body;
            while at < close && !self.is(at, ",") {
                at = self.partner.get(&at).copied().unwrap_or(at).saturating_add(1);
            }
            self.put(self.tokens.get(at).map(|token| token.at), Piece::Close);
        }
    }

    /// The marks of the other side of an `if`: of both sides of the one that stands in its `else`.
    fn other(&self, place: usize) -> Vec<usize> {
        let (mut marks, mut place) = (Vec::new(), place);
        loop {
            match self.ifs.get(&place) {
                Some((_, Other::Mark(fails))) => {
                    marks.push(*fails);
                    return marks;
                }
                Some((_, Other::If(next))) => {
                    marks.extend(self.ifs.get(next).map(|(holds, _)| *holds));
                    place = *next;
                }
                None => return marks,
            }
        }
    }
}
