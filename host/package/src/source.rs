//! A text file and the places in it.

/// A place a finding points at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    /// The first character of a file (or of one that is missing).
    pub(crate) fn top(file: &str) -> Self {
        Self { file: file.to_owned(), line: 1, column: 1 }
    }
}

/// The place of a byte offset; an offset past the end is the end.
pub(crate) fn place_at(file: &str, text: &str, offset: usize) -> Place {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let before = text.get(..end).unwrap_or_default();
    let line = before.bytes().filter(|b| *b == b'\n').count().saturating_add(1);
    let tail = before.rsplit('\n').next().unwrap_or_default();
    let column = tail.chars().count().saturating_add(1);
    Place {
        file: file.to_owned(),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_never_reach_zero() {
        let text = "一行\n第二行 x\n";
        let x = text.find('x').unwrap();
        let place = place_at("f", text, x);
        assert_eq!((place.line, place.column), (2, 5));
        assert_eq!(place_at("f", text, 1).column, 1, "inside a character counts as its start");
        assert_eq!(place_at("f", text, 999).line, 3);
        assert_eq!(place_at("f", "", 0), Place::top("f"));
    }
}
