//! The script engine's errors in plain Chinese, with line and column.

use rhai::{EvalAltResult, LexError, ParseError, ParseErrorType, Position};

use super::engine::{ARRAY, LEVELS, MAP, STRING};
use crate::checks::clip;
use crate::{LimitKind, Limits, LoadCode, LoadError, RuleError};

const NO_DECIMALS: &str = "不允许小数，请用整数（1分＝1/100分值）";

fn place(position: Position) -> (u32, u32) {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    (number(position.line()), number(position.position()))
}

/// A script that cannot be read.
pub(super) fn syntax(source: &str, error: &ParseError) -> LoadError {
    let (line, column) = place(error.position());
    let decimal = decimal_at(source, line, column);
    let (text, help) =
        if decimal { (NO_DECIMALS.to_owned(), DECIMAL_HELP) } else { parse_text(error.err_type()) };
    let message = if decimal {
        "decimals are not allowed; use whole numbers in 1/100 point".to_owned()
    } else {
        clip(&error.err_type().to_string())
    };
    let mut load = LoadError::new(
        LoadCode::Syntax,
        format!("line {line}, column {column}: {message}"),
        &text,
        help,
    );
    (load.line, load.column) = (line, column);
    load
}

const DECIMAL_HELP: &str =
    "例如1.5分写成150；比例写成两个整数，用 mul_div(a, b, c) 或 half_up(分子, 分母)。";
const READ_HELP: &str = "请对照脚本手册检查这一行；常见原因是少了分号、括号或引号。";

/// Whether there is `digit . digit` at the place of a parse error: that is how a decimal looks to a reader without them.
fn decimal_at(source: &str, line: u32, column: u32) -> bool {
    let (line, column) = (usize::try_from(line).unwrap_or(0), usize::try_from(column).unwrap_or(0));
    let Some(text) = line.checked_sub(1).and_then(|line| source.lines().nth(line)) else {
        return false;
    };
    let text: Vec<char> = text.chars().collect();
    let decimal =
        |triple: &[char]| matches!(triple, [a, '.', b] if a.is_ascii_digit() && b.is_ascii_digit());
    let from = column.saturating_sub(4);
    text.windows(3).enumerate().any(|(at, triple)| decimal(triple) && at >= from && at <= column)
}

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

/// A script that failed while running.
pub(super) fn failure(error: &EvalAltResult, operations: u64, limits: &Limits) -> RuleError {
    let inner = error.unwrap_inner();
    let mut position = inner.position();
    if position.is_none() {
        position = error.position();
    }
    let (line, column) = place(position);
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let limit = |limit, max| RuleError::Limit { limit, max };
    match inner {
        EvalAltResult::ErrorTerminated(..) => limit(LimitKind::Fuel, operations),
        EvalAltResult::ErrorTooManyOperations(..) => limit(LimitKind::Fuel, limits.fuel_max),
        EvalAltResult::ErrorStackOverflow(..) => limit(LimitKind::Stack, number(LEVELS)),
        EvalAltResult::ErrorDataTooLarge(what, _) => {
            limit(LimitKind::Memory, number(size_limit(what)))
        }
        other => {
            RuleError::Script { message: clip(&bare(other)), text: run_text(other), line, column }
        }
    }
}

/// The engine's words without their place, which is carried apart.
fn bare(error: &EvalAltResult) -> String {
    let full = error.to_string();
    full.split(" (line ").next().unwrap_or(&full).replace('\n', " ")
}

fn size_limit(what: &str) -> usize {
    match what {
        what if what.contains("string") => STRING,
        what if what.contains("map") => MAP,
        _ => ARRAY,
    }
}

fn run_text(error: &EvalAltResult) -> String {
    match error {
        EvalAltResult::ErrorArithmetic(..) => "算不出来：结果超出整数范围，或者除数为零".to_owned(),
        EvalAltResult::ErrorPropertyNotFound(name, _) => {
            format!(
                "没有名为“{}”的数据项；请检查拼写，可能没有的数据项先用 \"名字\" in 表 判断",
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
