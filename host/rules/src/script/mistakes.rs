//! The usual mistakes of those who type Chinese between the code: found in the text once the reader has given up.

use super::scan::{Kind, Token};

/// A mistake with its place and what to do.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Mistake {
    pub(super) line: u32,
    pub(super) column: u32,
    /// English, one line.
    pub(super) message: String,
    pub(super) text: String,
    pub(super) help: String,
}

impl Mistake {
    fn at(token: &Token<'_>, message: String, text: String, help: impl Into<String>) -> Self {
        Self { line: token.line, column: token.column, message, text, help: help.into() }
    }
}

/// The first mistake that is one wherever it stands.
pub(super) fn first(tokens: &[Token<'_>]) -> Option<Mistake> {
    let wide = tokens.iter().find(|token| token.kind == Kind::Wide).map(wide);
    let found = [wide, decimal(tokens), assignment(tokens)];
    found.into_iter().flatten().min_by_key(|mistake| (mistake.line, mistake.column))
}

/// Full-width marks and digits, with what is to be typed instead.
const FULL: [(&str, &str); 24] = [
    ("（", "("),
    ("）", ")"),
    ("，", ","),
    ("；", ";"),
    ("：", ":"),
    ("“", "\""),
    ("”", "\""),
    ("‘", "\""),
    ("’", "\""),
    ("＝", "="),
    ("！", "!"),
    ("。", "."),
    ("、", ","),
    ("【", "["),
    ("】", "]"),
    ("｛", "{"),
    ("｝", "}"),
    ("＜", "<"),
    ("＞", ">"),
    ("≤", "<="),
    ("≥", ">="),
    ("≠", "!="),
    ("×", "*"),
    ("÷", "/"),
];

/// Chinese words that stand for operators.
const WORDS: [(&str, &str); 10] = [
    ("且", "&&"),
    ("并且", "&&"),
    ("和", "&&"),
    ("或", "||"),
    ("或者", "||"),
    ("非", "!"),
    ("不是", "!="),
    ("等于", "=="),
    ("大于", ">"),
    ("小于", "<"),
];

/// What a full-width character would be in ASCII (U+FF01 to U+FF5E lie there in the same order).
fn half_width(character: char) -> Option<char> {
    let offset = u32::from(character).checked_sub(0xFF00)?;
    (1..=0x5E).contains(&offset).then(|| char::from_u32(offset.saturating_add(0x20))).flatten()
}

fn wide(token: &Token<'_>) -> Mistake {
    let given = token.text;
    let known = |list: &[(&str, &'static str)]| {
        list.iter().find(|(full, _)| *full == given).map(|(_, half)| (*half).to_owned())
    };
    let all: Option<String> = given.chars().map(half_width).collect();
    if let Some(half) = known(&FULL).or(all) {
        return Mistake::at(
            token,
            format!("full-width `{given}` in the code; type `{half}`"),
            format!("全角的“{given}”不能用在代码里"),
            format!("请切换到英文输入法，改成 {half} （引号里的文字和注释不受影响）。"),
        );
    }
    if let Some(operator) = known(&WORDS) {
        return Mistake::at(
            token,
            format!("`{given}` in the code; write `{operator}`"),
            format!("代码里不能写“{given}”"),
            format!("请改成 {operator} 。"),
        );
    }
    Mistake::at(
        token,
        format!("`{given}` in the code; text belongs in quotes, names are of ASCII letters"),
        format!("“{given}”不能直接写在代码里"),
        "汉字只能写在引号里或注释里；名字用英文字母、数字和下划线。",
    )
}

/// `1.5`.
fn decimal(tokens: &[Token<'_>]) -> Option<Mistake> {
    let three = |triple: &&[Token<'_>]| {
        let [whole, dot, part] = triple else { return false };
        whole.kind == Kind::Number
            && dot.is(".")
            && part.kind == Kind::Number
            && whole.end() == dot.at
            && dot.end() == part.at
    };
    let found = tokens.windows(3).find(three)?.first()?;
    Some(Mistake::at(
        found,
        "decimals are not allowed; use whole numbers in 1/100 point".to_owned(),
        "不允许小数，请用整数（1.00分写成100）".to_owned(),
        "例如1.5分写成150；比例写成两个整数，用 mul_div(a, b, c) 或 half_up(分子, 分母)。",
    ))
}

/// `=` between `if` or `while` and the block.
fn assignment(tokens: &[Token<'_>]) -> Option<Mistake> {
    let (mut condition, mut depth) = (false, 0_u32);
    for token in tokens {
        match token.text {
            _ if token.kind == Kind::Text => {}
            "if" | "while" | "until" => (condition, depth) = (true, 0),
            "{" if depth == 0 => condition = false,
            ";" => condition = false,
            "(" | "[" | "#{" | "{" => depth = depth.saturating_add(1),
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            "=" if condition => {
                return Some(Mistake::at(
                    token,
                    "`=` in a condition assigns; write `==`".to_owned(),
                    "条件里写了“=”，那是赋值".to_owned(),
                    "判断相等请写 == 。",
                ));
            }
            _ => {}
        }
    }
    None
}

/// `and`, `or` and `not` on the line that could not be read.
pub(super) fn english(tokens: &[Token<'_>], line: u32) -> Option<Mistake> {
    const WORDS: [(&str, &str); 3] = [("and", "&&"), ("or", "||"), ("not", "!")];
    let on_line = tokens.iter().filter(|token| token.line == line && token.kind == Kind::Word);
    let mut found = on_line.filter_map(|token| {
        let (word, operator) = WORDS.iter().find(|(word, _)| token.is(word))?;
        Some(Mistake::at(
            token,
            format!("`{word}` is no operator; write `{operator}`"),
            format!("不认识“{word}”"),
            format!("请改成 {operator} 。"),
        ))
    });
    found.next()
}

/// The end of what stands before the place where `;` was missed.
pub(super) fn semicolon(tokens: &[Token<'_>], line: u32, column: u32) -> Option<Mistake> {
    let before = |token: &&Token<'_>| (token.line, token.column) < (line, column);
    let last = tokens.iter().take_while(before).last()?;
    let wide = u32::try_from(last.text.chars().count()).unwrap_or(0);
    let mut mistake = Mistake::at(
        last,
        "`;` is missing at the end of this statement".to_owned(),
        "这一句末尾少了“;”".to_owned(),
        "请在这一句的末尾加上英文分号 ; 。",
    );
    mistake.column = mistake.column.saturating_add(wide);
    Some(mistake)
}

/// A statement that ends, at this place, within brackets.
pub(super) fn cut_short(tokens: &[Token<'_>], line: u32, column: u32) -> Option<Mistake> {
    let end = tokens.iter().position(|token| (token.line, token.column) == (line, column))?;
    tokens.get(end).filter(|token| token.is(";") || token.is("}"))?;
    unclosed(tokens.get(..end)?)
}

/// The innermost bracket that is never closed.
pub(super) fn unclosed(tokens: &[Token<'_>]) -> Option<Mistake> {
    let mut open: Vec<&Token<'_>> = Vec::new();
    for token in tokens.iter().filter(|token| token.kind == Kind::Mark) {
        match token.text {
            "(" | "[" | "?[" | "{" | "#{" => open.push(token),
            ")" | "]" | "}" => _ = open.pop(),
            _ => {}
        }
    }
    let last = open.last()?;
    let close = match last.text {
        "(" => ")",
        "{" | "#{" => "}",
        _ => "]",
    };
    Some(Mistake::at(
        last,
        format!("this `{}` is never closed; add `{close}`", last.text),
        format!("这里的“{}”没有配对", last.text),
        format!("请检查从这里起少了哪一个 {close} 。"),
    ))
}
