//! The words and marks of a script, as far as hints, coverage and lints need them.

use std::collections::BTreeMap;

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A name or a word of the language.
    Word,
    /// A whole number.
    Number,
    /// A text in quotes, quotes included.
    Text,
    /// An operator or a bracket.
    Mark,
    /// Letters or marks that are not ASCII, outside texts and comments: never right.
    Wide,
}

/// One piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Bytes before it.
    pub(super) at: usize,
    /// 1-based.
    pub(super) line: u32,
    /// 1-based, in characters.
    pub(super) column: u32,
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && self.kind != Kind::Text
    }

    pub(super) const fn end(&self) -> usize {
        self.at.saturating_add(self.text.len())
    }
}

/// Marks of more than one character, longest first.
const MARKS: [&str; 29] = [
    "..=", "**=", "<<=", ">>=", "..", "==", "!=", "<=", ">=", "&&", "||", "**", "<<", ">>", "+=",
    "-=", "*=", "/=", "%=", "|=", "&=", "^=", "=>", "??", "?.", "?[", "#{", "::", "->",
];

struct Scan<'a> {
    source: &'a str,
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let found = self.peek()?;
        self.at = self.at.saturating_add(found.len_utf8());
        if found == '\n' {
            (self.line, self.column) = (self.line.saturating_add(1), 1);
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(found)
    }

    fn skip(&mut self, characters: usize) {
        for _ in 0..characters {
            self.bump();
        }
    }

    fn run(&mut self, more: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&more) {
            self.bump();
        }
    }

    /// Past a comment, which may hold others of its kind.
    fn comment(&mut self) {
        let mut depth = 0_u32;
        while !self.rest().is_empty() {
            if self.rest().starts_with("/*") {
                depth = depth.saturating_add(1);
                self.skip(2);
            } else if self.rest().starts_with("*/") {
                depth = depth.saturating_sub(1);
                self.skip(2);
                if depth == 0 {
                    return;
                }
            } else {
                self.bump();
            }
        }
    }

    /// Past a text; one in double quotes ends with its line at the latest.
    fn quoted(&mut self) {
        let quote = self.bump();
        while let Some(found) = self.peek() {
            if found == '\n' && quote != Some('`') {
                return;
            }
            self.bump();
            if found == '\\' && quote != Some('`') {
                self.bump();
            } else if Some(found) == quote {
                return;
            }
        }
    }

    fn token(&mut self) -> Option<Token<'a>> {
        loop {
            self.run(char::is_whitespace);
            if self.rest().starts_with("//") {
                self.run(|c| c != '\n');
            } else if self.rest().starts_with("/*") {
                self.comment();
            } else {
                break;
            }
        }
        let (from, line, column) = (self.at, self.line, self.column);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let kind = match self.peek()? {
            '"' | '`' | '\'' => {
                self.quoted();
                Kind::Text
            }
            c if c.is_ascii_digit() => {
                self.run(word);
                Kind::Number
            }
            c if word(c) => {
                self.run(word);
                Kind::Word
            }
            c if c.is_ascii() => {
                let long = MARKS.iter().find(|mark| self.rest().starts_with(**mark));
                self.skip(long.map_or(1, |mark| mark.len()));
                Kind::Mark
            }
            c if c.is_alphabetic() => {
                self.run(|c| !c.is_ascii() && c.is_alphabetic());
                Kind::Wide
            }
            _ => {
                self.bump();
                Kind::Wide
            }
        };
        let text = self.source.get(from..self.at).unwrap_or_default();
        Some(Token { kind, text, at: from, line, column })
    }
}

/// All of a script.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut scan = Scan { source, at: 0, line: 1, column: 1 };
    std::iter::from_fn(|| scan.token()).collect()
}

/// Brackets by their opening one; `None` when they do not match.
pub(super) fn partners(tokens: &[Token<'_>]) -> Option<BTreeMap<usize, usize>> {
    let (mut open, mut partner) = (Vec::new(), BTreeMap::new());
    for (place, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Mark) {
        match token.text {
            "(" | "[" | "?[" | "{" | "#{" => open.push(place),
            ")" | "]" | "}" => _ = partner.insert(open.pop()?, place),
            _ => {}
        }
    }
    open.is_empty().then_some(partner)
}

/// Names that a script gives to values: after `let`, `const` and `for`, and the parameters of functions.
pub(super) fn named<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut parameters = false;
    for pair in tokens.windows(2) {
        let [before, token] = pair else { continue };
        if before.is("fn") {
            parameters = true;
        } else if token.is(")") || token.is("{") {
            parameters = false;
        }
        let bound = ["let", "const", "for"].iter().any(|word| before.is(word));
        let parameter = parameters && (before.is("(") || before.is(","));
        if token.kind == Kind::Word && (bound || parameter) && !names.contains(&token.text) {
            names.push(token.text);
        }
    }
    names
}

/// The known name that a misspelt one is closest to.
pub(super) fn nearest<'a>(
    wrong: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = wrong.chars().count().checked_div(3).unwrap_or(0).clamp(1, 3);
    let near = known.into_iter().filter(|name| *name != wrong);
    let near = near.map(|name| (distance(wrong, name), name));
    near.filter(|(steps, _)| *steps <= most).min().map(|(_, name)| name)
}

/// Letters to be put in, left out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut before: Vec<usize> = (0..=b.len()).collect();
    for (row, of_a) in a.chars().take(64).enumerate() {
        let mut left = row.saturating_add(1);
        let mut now = vec![left];
        for (of_b, pair) in b.iter().zip(before.windows(2)) {
            let [corner, above] = pair else { continue };
            let changed = corner.saturating_add(usize::from(of_a != *of_b));
            left = changed.min(left.saturating_add(1)).min(above.saturating_add(1));
            now.push(left);
        }
        before = now;
    }
    before.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::indexing_slicing, reason = "a wrong index in a test is a failed test")]
    fn comments_and_texts_are_no_code() {
        let source = "// 一，\nlet a = \"，\\\"；\"; /* （ /* ） */ ， */ `。`\n#{ b: 1..=2 }";
        let found: Vec<_> = tokens(source).iter().map(|t| (t.text, t.line, t.column)).collect();
        let texts: Vec<_> = found.iter().map(|(text, ..)| *text).collect();
        assert_eq!(
            texts,
            ["let", "a", "=", "\"，\\\"；\"", ";", "`。`", "#{", "b", ":", "1", "..=", "2", "}"]
        );
        assert_eq!((found[0].1, found[0].2), (2, 1));
        assert_eq!((found[5].1, found[5].2), (2, 35));
    }

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["weight", "cap", "quantities"];
        assert_eq!(nearest("wieght", known), Some("weight"));
        assert_eq!(nearest("quantites", known), Some("quantities"));
        assert_eq!(nearest("points", known), None);
    }
}
