//! Reads Cedar text by characters, for what the parser says badly or not at all: full-width marks
//! and where each policy starts.

use crate::diagnostic::{Findings, code, words};
use crate::source::place_at;

/// Full-width marks reported per file.
const MARKS_MAX: usize = 20;

/// Reports full-width marks outside texts and comments; `true` when there are any.
pub(crate) fn full_width(file: &str, text: &str, findings: &mut Findings) -> bool {
    let mut count = 0_usize;
    for (offset, mark, _) in scan(text) {
        let Some(half) = half_width(mark) else { continue };
        count = count.saturating_add(1);
        if count > MARKS_MAX {
            break;
        }
        findings.error(
            code::FULL_WIDTH_MARK,
            place_at(file, text, offset),
            words(
                format!("full-width mark `{mark}`; cedar needs `{half}`"),
                format!("这里用了中文标点“{mark}”。"),
                format!("换成半角的 {half}（先切到英文输入法）。"),
            ),
        );
    }
    count > 0
}

/// Brackets inside each other, and operators in one policy. Cedar reads, checks and drops both by
/// recursion; the stack of a thread that serves requests holds twice as many.
const DEEP_MAX: usize = 40;
const OPERATORS_MAX: usize = 1_000;

/// Reports a policy or a type that is nested too deep or chained too long; `true` when there is one.
pub(crate) fn too_deep(file: &str, text: &str, findings: &mut Findings) -> bool {
    let mut operators = 0_usize;
    let found = scan(text).find(|(offset, mark, depth)| {
        let then = || text.get(*offset..).is_some_and(|rest| rest.starts_with("then"));
        operators = match mark {
            ';' if *depth == 0 => 0,
            '.' | '[' | '<' | '+' | '-' | '*' => operators.saturating_add(1),
            't' if then() => operators.saturating_add(4),
            _ => operators,
        };
        *depth > DEEP_MAX || operators > OPERATORS_MAX
    });
    let Some((offset, ..)) = found else { return false };
    findings.error(
        code::CEDAR_SYNTAX,
        place_at(file, text, offset),
        words(
            format!("more than {DEEP_MAX} brackets inside each other or {OPERATORS_MAX} operators"),
            "这里套得太深，或者一条里写得太长。",
            "请拆成几条。",
        ),
    );
    true
}

const fn half_width(mark: char) -> Option<char> {
    Some(match mark {
        '，' | '、' => ',',
        '；' => ';',
        '：' => ':',
        '（' => '(',
        '）' => ')',
        '“' | '”' | '‘' | '’' | '＂' => '"',
        '｛' => '{',
        '｝' => '}',
        '【' | '［' => '[',
        '】' | '］' => ']',
        '！' => '!',
        '＝' => '=',
        '＜' => '<',
        '＞' => '>',
        '＆' => '&',
        '｜' => '|',
        '。' | '．' => '.',
        '＠' => '@',
        '\u{3000}' => ' ',
        _ => return None,
    })
}

/// Offsets of the words `permit` and `forbid` that open policies, in order.
pub(crate) fn keywords(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = true;
    for (offset, mark, depth) in scan(text) {
        if depth != 0 {
            continue;
        }
        if mark == ';' {
            open = true;
        } else if open
            && text
                .get(offset..)
                .is_some_and(|rest| rest.starts_with("permit") || rest.starts_with("forbid"))
        {
            let before = text.get(..offset).and_then(|t| t.chars().next_back());
            if before != Some('@') {
                found.push(offset);
                open = false;
            }
        }
    }
    found
}

/// Where an annotation of an attribute of this name stands in a schema.
pub(crate) fn annotation_of(text: &str, annotation: &str, name: &str) -> Option<usize> {
    let stands = |offset: &usize| {
        let rest = text.get(*offset..).unwrap_or_default();
        let colon = scan(rest).find(|(_, mark, _)| *mark == ':').map_or(rest.len(), |it| it.0);
        let declared = rest.get(..colon).unwrap_or_default().trim_end();
        let declared = declared.strip_suffix('?').unwrap_or(declared).trim_end();
        let declared = declared.strip_suffix('"').unwrap_or(declared);
        rest.get(1..).is_some_and(|rest| rest.starts_with(annotation))
            && declared.strip_suffix(name).is_some_and(|before| {
                before.ends_with(|mark: char| mark == '"' || mark.is_whitespace())
            })
    };
    scan(text).filter(|(_, mark, _)| *mark == '@').map(|it| it.0).find(stands)
}

/// Characters outside texts and comments, with their offset and bracket depth.
fn scan(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let mut chars = text.char_indices().peekable();
    let mut depth = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let (offset, mark) = chars.next()?;
            match mark {
                '"' => {
                    while let Some((_, inner)) = chars.next() {
                        match inner {
                            '\\' => {
                                chars.next();
                            }
                            '"' => break,
                            _ => {}
                        }
                    }
                }
                '/' if chars.peek().is_some_and(|(_, next)| *next == '/') => {
                    while chars.peek().is_some_and(|(_, next)| *next != '\n') {
                        chars.next();
                    }
                }
                '(' | '{' | '[' => {
                    depth = depth.saturating_add(1);
                    return Some((offset, mark, depth));
                }
                ')' | '}' | ']' => {
                    depth = depth.saturating_sub(1);
                    return Some((offset, mark, depth));
                }
                _ => return Some((offset, mark, depth)),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_count_only_outside_texts_and_comments() {
        let text = "// 注释，没关系\n@title(\"甲，乙\")\npermit(principal， action, resource);";
        let mut findings = Findings::default();
        assert!(full_width("f", text, &mut findings));
        let found = findings.into_sorted();
        let places: Vec<_> = found.iter().map(|d| (d.line, d.column)).collect();
        assert_eq!(places, [(3, 17)]);
        assert!(!full_width(
            "f",
            "@title(\"甲，\\\"乙\")\nforbid(principal, action, resource);",
            &mut Findings::default()
        ));
    }

    #[test]
    fn depth_and_length_are_capped_exactly() {
        let mut findings = Findings::default();
        let mut deep = |text: &str| too_deep("f", text, &mut findings);
        let nested = |n: usize| format!("permit {}{};", "!(".repeat(n), ")".repeat(n));
        assert!(!deep(&nested(DEEP_MAX)) && deep(&nested(DEEP_MAX + 1)));
        let long = |n: usize| format!("permit a{};", ".a".repeat(n));
        assert!(!deep(&long(OPERATORS_MAX)) && deep(&long(OPERATORS_MAX + 1)));
        assert!(!deep(&long(OPERATORS_MAX).repeat(3)) && !deep("\"((\" // ((("));
        assert!(deep(&"if a then b else ".repeat(OPERATORS_MAX / 4 + 1)));
    }

    #[test]
    fn keywords_are_found_behind_annotations() {
        let text = "@id(\"permit\") // permit\npermit(principal, action, resource) when { context.permit == 1 };\n forbid (principal, action, resource);";
        let at: Vec<_> = keywords(text).into_iter().map(|o| place_at("f", text, o)).collect();
        assert_eq!(at.iter().map(|p| (p.line, p.column)).collect::<Vec<_>>(), [(2, 1), (3, 2)]);
    }
}
