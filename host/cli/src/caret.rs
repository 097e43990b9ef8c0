//! A line of a file with a mark under the place that is meant.

/// The line and, below it, `^` at the column; characters of double width get a blank of double width.
pub(crate) fn under(source: &str, line: u32, column: u32) -> Option<String> {
    let text = source.lines().nth(usize::try_from(line.checked_sub(1)?).ok()?)?;
    let before = usize::try_from(column.checked_sub(1)?).ok()?;
    let blank = |c: char| match c {
        '\t' => '\t',
        c if c.is_ascii() => ' ',
        _ => '\u{3000}',
    };
    let blanks: String = text.chars().take(before).map(blank).collect();
    Some(format!("{line:>5} | {text}\n      | {blanks}^"))
}

/// The place that a rule's own words name: `第3行第5列` or `line 3, column 5`.
pub(crate) fn place(said: &str) -> Option<(u32, u32)> {
    let number = |after: &str| {
        let (_, rest) = said.split_once(after)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let chinese = number("第").zip(number("行第"));
    chinese.or_else(|| number("line ").zip(number(", column ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_under_the_place() {
        let shown = under("a\nlet 积 = 1；", 2, 10).unwrap();
        assert_eq!(shown, "    2 | let 积 = 1；\n      |     \u{3000}    ^");
        assert_eq!(under("a", 0, 0), None);
        assert_eq!(under("a", 2, 1), None);
    }

    #[test]
    fn a_place_is_read_from_words() {
        assert_eq!(place("第3行第15列：算不出来"), Some((3, 15)));
        assert_eq!(place("x.rhai: line 7, column 2: y"), Some((7, 2)));
        assert_eq!(place("no place"), None);
    }
}
