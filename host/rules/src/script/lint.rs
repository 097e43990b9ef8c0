//! What a script may do but had better not: said by `check`, refused by nobody.

use std::collections::BTreeMap;

use super::scan::{Kind, Token, tokens};

/// A remark on a script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lint {
    /// Stable code.
    pub code: &'static str,
    /// English, one line.
    pub message: String,
    /// 中文：哪里不妥。
    pub text: String,
    /// 中文：怎么改。
    pub help: String,
    /// 1-based; 0 for the script as a whole.
    pub line: u32,
    /// 1-based; 0 for the script as a whole.
    pub column: u32,
}

/// All remarks, in the order of the text; `settings` are those that the scheme gives.
pub fn lint_script(source: &str, settings: &BTreeMap<String, i64>) -> Vec<Lint> {
    let tokens = tokens(source);
    let mut found = endless(&tokens);
    found.extend(tokens.iter().filter_map(literal));
    found.extend(tokens.iter().filter_map(personal));
    found.extend(roundings(&tokens));
    found.extend(settings.keys().filter_map(|name| unread(name, &tokens)));
    found.sort_by_key(|lint| (lint.line, lint.column));
    found
}

fn at(token: &Token<'_>, code: &'static str, said: [String; 3]) -> Lint {
    let [message, text, help] = said;
    Lint { code, message, text, help, line: token.line, column: token.column }
}

/// `loop` or `while true` without a way out.
fn endless(tokens: &[Token<'_>]) -> Vec<Lint> {
    let starts = tokens.iter().enumerate().filter(|(number, token)| {
        let next = tokens.get(number.saturating_add(1));
        token.is("loop") || (token.is("while") && next.is_some_and(|next| next.is("true")))
    });
    let endless = starts.filter(|(number, _)| {
        let mut depth = 0_u32;
        for token in tokens.iter().skip(*number).skip_while(|token| !token.is("{")) {
            match token.text {
                "{" | "#{" => depth = depth.saturating_add(1),
                "}" if depth <= 1 => return true,
                "}" => depth = depth.saturating_sub(1),
                "break" | "return" | "throw" => return false,
                _ => {}
            }
        }
        true
    });
    let lint = |(_, token): (usize, &Token<'_>)| {
        at(
            token,
            "RULE_SCRIPT_ENDLESS",
            [
                format!(
                    "`{}` has neither `break` nor `return`; it ends at the limit only",
                    token.text
                ),
                "这个循环没有出口，只会跑到运算量上限被停住".to_owned(),
                "请用 for 逐项循环，或者在循环里写 break。".to_owned(),
            ],
        )
    };
    endless.map(lint).collect()
}

/// Numbers that are no thresholds: nothing, one, and the factors between units.
const FREE: [&str; 5] = ["0", "1", "60", "100", "1000"];

/// An amount that belongs into the scheme's settings, where people see and change it.
fn literal(token: &Token<'_>) -> Option<Lint> {
    let number = token.text.replace('_', "");
    if token.kind != Kind::Number || FREE.contains(&number.as_str()) {
        return None;
    }
    Some(at(
        token,
        "RULE_SCRIPT_LITERAL",
        [
            format!("`{}` is written into the script; make it a setting of the scheme", token.text),
            format!("数字{}写死在脚本里", token.text),
            "门槛、分值和比例请写进办法的参数（settings），脚本里用 settings.名称。".to_owned(),
        ],
    ))
}

/// Names that sound like a person's own data; a rule needs none.
const PERSONAL: [&str; 14] = [
    "phone",
    "mobile",
    "id_card",
    "idcard",
    "id_number",
    "address",
    "birthday",
    "full_name",
    "xingming",
    "dianhua",
    "shoujihao",
    "shenfenzheng",
    "zhuzhi",
    "bank_card",
];

fn personal(token: &Token<'_>) -> Option<Lint> {
    let name = token.text.trim_matches(['"', '`', '\'']);
    if !matches!(token.kind, Kind::Word | Kind::Text) || !PERSONAL.contains(&name) {
        return None;
    }
    Some(at(
        token,
        "RULE_SCRIPT_PERSONAL",
        [
            format!(
                "`{name}` sounds like personal data; rules compute with counts and amounts only"
            ),
            format!("“{name}”像是个人信息"),
            "规则只用数量和金额计算，不需要个人信息；确实不是的请换个名字。".to_owned(),
        ],
    ))
}

/// A product or a hundredth or thousandth part, divided with `/`: the fraction is lost without a word.
fn roundings(tokens: &[Token<'_>]) -> Vec<Lint> {
    let divisions = tokens.iter().enumerate().filter(|(number, token)| {
        let next = tokens.get(number.saturating_add(1));
        let part = next.is_some_and(|next| matches!(next.text, "100" | "1000" | "1_000"));
        (token.is("/") || token.is("/=")) && (part || product(tokens.get(..*number)))
    });
    let lint = |(_, token): (usize, &Token<'_>)| {
        at(
            token,
            "RULE_SCRIPT_ROUNDING",
            [
                "`/` cuts the fraction off; say how to round: `half_up(num, den)` or `mul_div(a, b, c)`"
                    .to_owned(),
                "“/”会直接舍去尾数".to_owned(),
                "四舍五入请写 half_up(分子, 分母)，舍去尾数请写 mul_div(a, b, c)。".to_owned(),
            ],
        )
    };
    divisions.map(lint).collect()
}

/// Whether what stands just before an operator is a product.
fn product(before: Option<&[Token<'_>]>) -> bool {
    let mut depth = 0_u32;
    for token in before.unwrap_or_default().iter().rev() {
        match token.text {
            ")" | "]" => depth = depth.saturating_add(1),
            "(" | "[" if depth == 0 => return false,
            "(" | "[" => depth = depth.saturating_sub(1),
            "*" => return true,
            "." => {}
            _ if token.kind == Kind::Mark && depth == 0 => return false,
            _ => {}
        }
    }
    false
}

/// A setting that the scheme gives and the script does not name.
fn unread(name: &str, tokens: &[Token<'_>]) -> Option<Lint> {
    let reads = |token: &Token<'_>| token.text.trim_matches(['"', '`', '\'']) == name;
    if tokens.iter().any(reads) {
        return None;
    }
    Some(Lint {
        code: "RULE_SCRIPT_UNREAD_SETTING",
        message: format!("the script does not read the setting `{name}`; take it out, or use it"),
        text: format!("办法写了参数“{name}”，脚本没有用到"),
        help: "请检查拼写；用不着的参数请从办法里删去。".to_owned(),
        line: 0,
        column: 0,
    })
}
