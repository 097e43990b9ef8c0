//! Why a rule could not be loaded or gave no answer; each with a stable code and a Chinese sentence.

use serde::Serialize;
use thiserror::Error;

use crate::Law;

/// Which limit a rule ran into.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// Fuel of a component, operations of a script.
    Fuel,
    /// Linear memory and tables of a component; strings, arrays and maps of a script.
    Memory,
    /// Bytes of the answer.
    Output,
    /// Bytes of the question.
    Input,
    /// Bytes of log text handed over.
    Log,
    /// Depth of calls. For a component this depends on the machine, so it is never an outcome to be recorded.
    /// For a script it is a count.
    Stack,
    /// Milliseconds of a script whose single operations are large. Like the stack it depends on the machine.
    Time,
}

/// Why a rule gave no answer. Nothing may be posted after any of these.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum RuleError {
    /// The component stopped itself: a panic, an index out of range, a division by zero.
    #[error("the rule stopped: {message}")]
    Trapped {
        /// The panic message with file and line when the component reported one, else the kind of trap.
        message: String,
        /// Guest function names, innermost first.
        frames: Vec<String>,
    },
    /// A limit was reached. It has no line: the script engine does not keep the place where a limit stopped a script, so
    /// tools for authors ask a copy that is watched once more ([`LineTrace::ended`](crate::LineTrace::ended)).
    #[error(
        "the rule reached its {limit:?} limit of {max}; make it cheaper per row, or raise the limit in the scheme"
    )]
    Limit {
        /// Which one.
        limit: LimitKind,
        /// Its value: fuel, operations, bytes (elements for a script's arrays and maps) or levels of calls.
        max: u64,
    },
    /// The rule itself said that it has no answer to this question.
    #[error("the rule refuses: `{code}`")]
    Refused {
        /// The rule's code.
        code: String,
        /// The rule's Chinese sentence.
        text: String,
    },
    /// The answer breaks the contract of the interface; it was thrown away whole.
    #[error("the rule's answer was thrown away: {problem}")]
    BadAnswer {
        /// What is wrong with it.
        problem: String,
    },
    /// The question breaks what the rule declares (a missing setting, a value out of bounds, a repeated subject).
    #[error("the rule was not run: {problem}")]
    BadInput {
        /// What is wrong with it.
        problem: String,
        /// 中文.
        text: String,
    },
    /// The rule answers another question.
    #[error("the rule answers `{}`, it cannot be asked to `{}`", .law.word(), .asked.word())]
    WrongLaw {
        /// What it answers.
        law: Law,
        /// What it was asked.
        asked: Law,
    },
    /// A script failed at a place in its text.
    #[error("line {line}, column {column}: {message}")]
    Script {
        /// English, from the script engine.
        message: String,
        /// 中文.
        text: String,
        /// 1-based; 0 when unknown.
        line: u32,
        /// 1-based; 0 when unknown.
        column: u32,
    },
    /// The rule failed too often in a row and is not asked for the time being.
    #[error("the rule failed {faults} times in a row and is stopped; correct it and load it again")]
    Stopped {
        /// How often.
        faults: u32,
    },
    /// Compiled and interpreted, the rule gave two answers; neither is used.
    #[error(
        "the rule's answer was thrown away: compiled and interpreted it differs in {what}; keep the rule and the \
         question, and report this"
    )]
    EnginesDisagree {
        /// In what: the value, the fuel, the self-description.
        what: &'static str,
    },
    /// The machine could not run the rule; the same call may succeed later.
    #[error("the rule could not be run on this machine: {message}")]
    Host {
        /// What happened.
        message: String,
    },
}

impl RuleError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Trapped { .. } => "RULE_TRAPPED",
            Self::Limit { limit: LimitKind::Fuel, .. } => "RULE_FUEL_EXHAUSTED",
            Self::Limit { limit: LimitKind::Memory, .. } => "RULE_MEMORY_LIMIT",
            Self::Limit { limit: LimitKind::Output, .. } => "RULE_OUTPUT_LIMIT",
            Self::Limit { limit: LimitKind::Input, .. } => "RULE_INPUT_LIMIT",
            Self::Limit { limit: LimitKind::Log, .. } => "RULE_LOG_LIMIT",
            Self::Limit { limit: LimitKind::Stack, .. } => "RULE_STACK_EXHAUSTED",
            Self::Limit { limit: LimitKind::Time, .. } => "RULE_TIME_LIMIT",
            Self::Refused { .. } => "RULE_REFUSED",
            Self::BadAnswer { .. } => "RULE_BAD_ANSWER",
            Self::BadInput { .. } => "RULE_BAD_INPUT",
            Self::WrongLaw { .. } => "RULE_WRONG_LAW",
            Self::Script { .. } => "RULE_SCRIPT_FAILED",
            Self::Stopped { .. } => "RULE_STOPPED",
            Self::EnginesDisagree { .. } => "RULE_ENGINES_DISAGREE",
            Self::Host { .. } => "RULE_HOST_FAULT",
        }
    }

    /// What those who called the rule are told, English and Chinese: the same without the words of a component
    /// that stopped, which are its author's and must not reach a villager.
    pub fn told(&self) -> (String, String) {
        match self {
            Self::Trapped { .. } => (
                "the rule stopped; its author finds why in the running log".to_owned(),
                "规则程序中途出错，本次没有记任何分。请规则作者改正后重新发布。".to_owned(),
            ),
            other => (other.to_string(), other.text()),
        }
    }

    /// 中文：出了什么问题，下一步怎么办。
    pub fn text(&self) -> String {
        match self {
            Self::Trapped { message, .. } => {
                format!(
                    "规则程序中途出错，本次没有记任何分（{message}）。请规则作者改正后重新发布。"
                )
            }
            Self::Limit { limit, max } => limit_text(*limit, *max),
            Self::Refused { code, text } => format!("规则没有给出结果：{text}（{code}）。"),
            Self::BadAnswer { problem } => {
                format!(
                    "规则给出的结果不符合约定，已整体作废，没有记任何分（{problem}）。请规则作者改正。"
                )
            }
            Self::WrongLaw { law, asked } => {
                format!("这条规则只能用于“{}”，不能用于“{}”。", law_title(*law), law_title(*asked))
            }
            Self::Script { text, line, column, .. } if *line > 0 => {
                format!("第{line}行第{column}列：{text}")
            }
            Self::Script { text, .. } | Self::BadInput { text, .. } => text.clone(),
            Self::Stopped { .. } => "本镇规则连续出错，已停用；改正后重新载入。".to_owned(),
            Self::EnginesDisagree { .. } => {
                "同一条规则用两种方式运算，结果不一致，已整体作废，没有记任何分。请保留规则文件和数据，联系系统维护人员。"
                    .to_owned()
            }
            Self::Host { .. } => {
                "这台机器暂时不能运行规则，本次没有记任何分。请稍后再试。".to_owned()
            }
        }
    }
}

/// The Chinese name of what a rule does.
pub(crate) const fn law_title(law: Law) -> &'static str {
    match law {
        Law::Score => "逐户（逐人）计分",
        Law::Settle => "全村一起结算",
        Law::Quote => "兑换核算",
        Law::Grade => "评定等级",
        Law::Convert => "积分折算",
        Law::Distribute => "资金分配",
        Law::Qualify => "待遇资格审核",
        Law::Assess => "单位考核",
    }
}

fn limit_text(limit: LimitKind, max: u64) -> String {
    let what = match limit {
        LimitKind::Fuel => format!("运算量超过上限（{max}）"),
        LimitKind::Memory => format!("用到的数据太多，超过上限（{max}）"),
        LimitKind::Output => format!("结果太长，超过上限（{max}字节）"),
        LimitKind::Input => format!("一次送入的数据太多，超过上限（{max}字节）"),
        LimitKind::Log => format!("写的日志太多，超过上限（{max}字节）"),
        LimitKind::Stack => "函数互相调用的层数太多".to_owned(),
        LimitKind::Time => format!("算得太久，超过上限（{max}毫秒）"),
    };
    format!(
        "规则{what}，已经停止，本次没有记任何分。请规则作者检查是否有死循环，或者减少每一户的运算。"
    )
}

/// What kind of fault keeps a rule from being loaded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub enum LoadCode {
    /// The file is larger than the limit.
    TooLarge,
    /// Compiling it would take too long or too much memory.
    TooComplex,
    /// Not a WebAssembly component, or one that is not valid.
    Invalid,
    /// Precompiled native code; never accepted.
    Precompiled,
    /// It imports something a rule may not have.
    UnknownImport,
    /// It computes with floating-point numbers.
    Floats,
    /// It speaks none of the known interfaces, or a version this program does not know.
    UnknownInterface,
    /// It needs more memories, tables or instances than a pool slot has.
    Resources,
    /// It cannot say what it is: `describe` failed.
    Describe,
    /// The script cannot be read.
    Syntax,
    /// The script does not define the function its law needs.
    NoFunction,
    /// The script language does not offer this law, or the rule answers another one than its scheme asks.
    Law,
    /// It wants facts that nobody grants.
    Facts,
    /// It is about what points may not be about.
    Guard,
    /// The text is no table, or a cell of it cannot be read.
    Table,
    /// It runs in the advisory tier only, whose answers cannot become points or money.
    AdvisoryOnly,
}

impl LoadCode {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "RULE_TOO_LARGE",
            Self::TooComplex => "RULE_TOO_COMPLEX",
            Self::Invalid => "RULE_INVALID",
            Self::Precompiled => "RULE_PRECOMPILED",
            Self::UnknownImport => "RULE_UNKNOWN_IMPORT",
            Self::Floats => "RULE_FLOATS",
            Self::UnknownInterface => "RULE_UNKNOWN_INTERFACE",
            Self::Resources => "RULE_RESOURCES",
            Self::Describe => "RULE_DESCRIBE_FAILED",
            Self::Syntax => "RULE_SCRIPT_SYNTAX",
            Self::NoFunction => "RULE_SCRIPT_NO_FUNCTION",
            Self::Law => "RULE_LAW_NOT_OFFERED",
            Self::Facts => "RULE_FACTS_NOT_GRANTED",
            Self::Guard => "RULE_BREAKS_GUARD",
            Self::Table => "RULE_TABLE_INVALID",
            Self::AdvisoryOnly => "RULE_ADVISORY_ONLY",
        }
    }
}

/// Why a rule cannot be loaded; carries all that a diagnostic needs.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{message}")]
pub struct LoadError {
    /// What kind of fault.
    pub code: LoadCode,
    /// English, one line.
    pub message: String,
    /// 中文：出了什么问题。
    pub text: String,
    /// 中文：怎么改。
    pub help: String,
    /// 1-based line of a script; 0 when there is no place.
    pub line: u32,
    /// 1-based column of a script; 0 when there is no place.
    pub column: u32,
}

impl LoadError {
    /// A rule that is sound but does not go with what it is wanted for.
    pub fn of_scheme(code: LoadCode, message: impl Into<String>, text: &str, help: &str) -> Self {
        Self::new(code, message, text, help)
    }

    pub(crate) fn new(code: LoadCode, message: impl Into<String>, text: &str, help: &str) -> Self {
        Self {
            code,
            message: message.into(),
            text: text.to_owned(),
            help: help.to_owned(),
            line: 0,
            column: 0,
        }
    }
}
