//! The script engine's errors in plain Chinese, with line and column.

use rhai::{EvalAltResult, LexError, ParseError, ParseErrorType, Position};

use super::engine::{Bounds, LEVELS, Sizes, TOO_LONG, TOO_MUCH};
use super::mistakes::{self, Mistake};
use super::scan::{Token, named, nearest, tokens};
use crate::checks::clip;
use crate::{LimitKind, Limits, LoadCode, LoadError, RuleError};

fn place(position: Position) -> (u32, u32) {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    (number(position.line()), number(position.position()))
}

/// A script that cannot be read: what its author most likely did, else what the reader says.
pub(super) fn syntax(source: &str, error: &ParseError) -> LoadError {
    let (line, column) = place(error.position());
    let tokens = tokens(source);
    let kind = error.err_type();
    let mistake = usual(&tokens, kind, line, column).unwrap_or_else(|| {
        let (text, help) = parse_text(kind);
        let help = hint(kind, &tokens).unwrap_or_else(|| help.to_owned());
        Mistake { line, column, message: clip(&kind.to_string()), text, help }
    });
    let mut load = LoadError::new(
        LoadCode::Syntax,
        format!("line {}, column {}: {}", mistake.line, mistake.column, mistake.message),
        &mistake.text,
        &mistake.help,
    );
    (load.line, load.column) = (mistake.line, mistake.column);
    load
}

fn usual(tokens: &[Token<'_>], kind: &ParseErrorType, line: u32, column: u32) -> Option<Mistake> {
    let of_kind = || match kind {
        ParseErrorType::MissingToken(token, _) if token == ";" => {
            mistakes::semicolon(tokens, line, column)
        }
        ParseErrorType::MissingToken(token, _) if token == "}" => mistakes::unclosed(tokens),
        ParseErrorType::UnexpectedEOF => mistakes::unclosed(tokens),
        // `[1, 2;` wants a comma in the reader's eyes; its author forgot the bracket
        ParseErrorType::MissingToken(token, _) if token == "," => {
            mistakes::cut_short(tokens, line, column)
        }
        _ => None,
    };
    mistakes::first(tokens).or_else(|| mistakes::english(tokens, line)).or_else(of_kind)
}

/// The name that was meant.
fn hint(kind: &ParseErrorType, tokens: &[Token<'_>]) -> Option<String> {
    let ParseErrorType::VariableUndefined(name) = kind else { return None };
    let near = nearest(name, named(tokens))?;
    Some(format!("是不是想写 {near} ？变量要先用 let 定义，函数里只能用自己的参数。"))
}

const READ_HELP: &str = "请对照脚本手册检查这一行；常见原因是少了分号、括号或引号。";

fn parse_text(kind: &ParseErrorType) -> (String, &'static str) {
    match kind {
        ParseErrorType::UnexpectedEOF => {
            ("脚本没有写完".to_owned(), "请检查是否少了右括号“}”“)”或“]”。")
        }
        ParseErrorType::BadInput(LexError::ImproperSymbol(name, _))
        | ParseErrorType::Reserved(name) => (
            format!("规则里不能用“{}”", clip(name)),
            "规则不能打印、执行文字、引入别的文件或定义匿名函数。",
        ),
        ParseErrorType::BadInput(lex) => (lex_text(lex), READ_HELP),
        ParseErrorType::UnknownOperator(operator) => {
            (format!("不认识的运算符“{}”", clip(operator)), READ_HELP)
        }
        ParseErrorType::MissingToken(token, _) => (format!("这里少了“{}”", clip(token)), READ_HELP),
        ParseErrorType::VariableUndefined(name) => (
            format!("没有名为“{}”的变量", clip(name)),
            "请检查拼写；变量要先用 let 定义，函数里只能用自己的参数。",
        ),
        ParseErrorType::VariableExists(name) | ParseErrorType::DuplicatedVariable(name) => {
            (format!("变量“{}”已经定义过", clip(name)), "请换一个名字。")
        }
        ParseErrorType::PropertyExpected => ("“.”后面应当是数据项的名字".to_owned(), READ_HELP),
        ParseErrorType::DuplicatedProperty(name) => {
            (format!("“{}”写了两次", clip(name)), "请删去一个。")
        }
        ParseErrorType::FnDuplicatedDefinition(name, _) => {
            (format!("函数“{}”定义了两次", clip(name)), "请删去一个。")
        }
        ParseErrorType::AssignmentToConstant(name) => {
            (format!("“{}”是常量，不能改", clip(name)), "请改用 let。")
        }
        ParseErrorType::ExprTooDeep => ("这个式子套得太深".to_owned(), "请分成几步写。"),
        ParseErrorType::TooManyFunctions => ("函数太多（最多64个）".to_owned(), "请减少函数。"),
        ParseErrorType::LiteralTooLarge(..) => ("文字、数组或表太长".to_owned(), "请写短一些。"),
        ParseErrorType::LoopBreak => ("break 和 continue 只能写在循环里".to_owned(), READ_HELP),
        _ => ("这一处写法不对，脚本无法读懂".to_owned(), READ_HELP),
    }
}

fn lex_text(lex: &LexError) -> String {
    match lex {
        LexError::UnterminatedString => "引号没有配对".to_owned(),
        LexError::StringTooLong(max) => format!("文字太长（最多{max}字节）"),
        LexError::MalformedNumber(number) => format!("“{}”不是整数", clip(number)),
        LexError::MalformedEscapeSequence(sequence) => format!("不认识的转义“{}”", clip(sequence)),
        LexError::UnexpectedInput(input) => format!("不认识的字符“{}”；标点要用半角", clip(input)),
        _ => "这一处写法不对".to_owned(),
    }
}

/// A script that failed while running; `known` are the names it could have read.
pub(super) fn failure(
    error: &EvalAltResult,
    (operations, bounds): (u64, Bounds),
    limits: (&Limits, Sizes),
    known: &[&str],
) -> RuleError {
    let inner = error.unwrap_inner();
    let mut position = inner.position();
    if position.is_none() {
        position = error.position();
    }
    let (line, column) = place(position);
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let limit = |limit, max| RuleError::Limit { limit, max };
    match inner {
        EvalAltResult::ErrorTerminated(why, _) if why.as_int() == Ok(TOO_LONG) => {
            limit(LimitKind::Time, bounds.millis)
        }
        EvalAltResult::ErrorTerminated(why, _) if why.as_int() == Ok(TOO_MUCH) => {
            limit(LimitKind::Memory, number(bounds.memory))
        }
        EvalAltResult::ErrorTerminated(..) => limit(LimitKind::Fuel, operations),
        EvalAltResult::ErrorTooManyOperations(..) => limit(LimitKind::Fuel, limits.0.fuel_max),
        EvalAltResult::ErrorStackOverflow(..) => limit(LimitKind::Stack, number(LEVELS)),
        EvalAltResult::ErrorDataTooLarge(what, _) => {
            limit(LimitKind::Memory, number(size_limit(what, limits.1)))
        }
        other => {
            let text = run_text(other, known);
            RuleError::Script { message: clip(&bare(other)), text, line, column }
        }
    }
}

/// The engine's words without their place, which is carried apart.
fn bare(error: &EvalAltResult) -> String {
    let full = error.to_string();
    full.split(" (line ").next().unwrap_or(&full).replace('\n', " ")
}

fn size_limit(what: &str, sizes: Sizes) -> usize {
    match what {
        what if what.contains("string") => sizes.string,
        what if what.contains("map") => sizes.map,
        _ => sizes.array,
    }
}

fn run_text(error: &EvalAltResult, known: &[&str]) -> String {
    match error {
        EvalAltResult::ErrorArithmetic(why, _) => arithmetic(why).to_owned(),
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            let near = nearest(name, known.iter().copied());
            let near = near.map(|near| format!("，是不是想写“{near}”？")).unwrap_or_default();
            format!(
                "没有名为“{}”的数据项{near}；请检查拼写，可能没有的数据项先用 \"名字\" in 表 判断",
                clip(name)
            )
        }
        EvalAltResult::ErrorVariableNotFound(name, _) => format!("没有名为“{}”的变量", clip(name)),
        EvalAltResult::ErrorFunctionNotFound(name, _) => format!(
            "没有函数或运算“{}”，或者参数的种类不对；取整请用 half_up(分子, 分母)，比例请用 mul_div(a, b, c)",
            clip(name)
        ),
        EvalAltResult::ErrorIndexNotFound(..) | EvalAltResult::ErrorArrayBounds(..) => {
            "数组里没有这个位置".to_owned()
        }
        EvalAltResult::ErrorStringBounds(..) => "文字里没有这个位置".to_owned(),
        EvalAltResult::ErrorMismatchDataType(..) | EvalAltResult::ErrorMismatchOutputType(..) => {
            "这里的数据种类不对（数字、文字或真假弄混了）".to_owned()
        }
        EvalAltResult::ErrorAssignmentToConstant(name, _) => {
            format!("“{}”是常量，不能改", clip(name))
        }
        EvalAltResult::ErrorFor(..) => "for 只能用于数组、表或范围".to_owned(),
        EvalAltResult::ErrorTooManyVariables(..) => "变量太多（最多64个）".to_owned(),
        EvalAltResult::ErrorRuntime(value, _) => {
            format!("规则自己停止了：{}", clip(&value.to_string()))
        }
        _ => "脚本在这里出错".to_owned(),
    }
}

fn arithmetic(why: &str) -> &'static str {
    let why = why.to_ascii_lowercase();
    match why.as_str() {
        why if why.contains("zero") => "算不出来：除数为零；除以前先判断除数是不是0",
        why if why.contains("negative number") => {
            "算不出来：half_up 和 largest_remainder 只用于不小于零的数"
        }
        _ => "算不出来：结果超出整数范围；先除后乘会丢尾数，请用 mul_div(a, b, c)",
    }
}
