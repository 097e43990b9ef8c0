//! What can be wrong with a callers file.

use thiserror::Error;

use crate::limits::QUOTED_CHARS_MAX;

/// Why a callers file cannot be used. Each message is one line and names the file's line.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ConfigError {
    /// Not TOML.
    #[error("line {line}: cannot read the toml: {message}")]
    Syntax {
        /// Line of the file.
        line: u32,
        /// What the parser says.
        message: String,
    },
    /// A key that no caller has.
    #[error("line {line}: unknown key `{key}` in `{table}`; known are {known}")]
    UnknownKey {
        /// Line of the file.
        line: u32,
        /// The key.
        key: String,
        /// The table it stands in.
        table: &'static str,
        /// What may stand there.
        known: String,
    },
    /// A key that has to be there.
    #[error("line {line}: `{table}` needs the key `{key}`")]
    MissingKey {
        /// Line of the table.
        line: u32,
        /// The table.
        table: &'static str,
        /// The key.
        key: &'static str,
    },
    /// A value that does not fit its key.
    #[error("line {line}: `{value}` does not fit `{key}`: {expected}")]
    BadValue {
        /// Line of the value.
        line: u32,
        /// The key.
        key: &'static str,
        /// The value, shortened.
        value: String,
        /// What would fit.
        expected: &'static str,
    },
    /// An id, hash or issuer that occurs twice.
    #[error("line {line}: `{value}` as `{key}` is already used in line {first}")]
    Duplicate {
        /// Line of the second one.
        line: u32,
        /// The key.
        key: &'static str,
        /// The value, shortened.
        value: String,
        /// Line of the first one.
        first: u32,
    },
    /// The keys of an issuer cannot be used.
    #[error("line {line}: the keys in `{file}` cannot be used: {source}")]
    Jwks {
        /// Line of `jwks_file`.
        line: u32,
        /// The file, as written.
        file: String,
        /// The cause.
        source: JwksError,
    },
    /// Other code of this process chose how tokens are verified.
    #[error("another backend for tokens is installed in this process, so none can be verified")]
    Backend,
}

impl ConfigError {
    /// The line of the file, from 1; 0 when the file is not the cause.
    pub const fn line(&self) -> u32 {
        match self {
            Self::Syntax { line, .. }
            | Self::UnknownKey { line, .. }
            | Self::MissingKey { line, .. }
            | Self::BadValue { line, .. }
            | Self::Duplicate { line, .. }
            | Self::Jwks { line, .. } => *line,
            Self::Backend => 0,
        }
    }

    /// 中文：怎么办。
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => {
                "这一行写法不对。检查引号、等号、方括号是不是成对，是不是用了中文标点。"
            }
            Self::UnknownKey { .. } => {
                "没有这一项。检查有没有打错字；能写哪些项目见 docs/callers.md。"
            }
            Self::MissingKey { .. } => "少了一项必须写的内容，请补上。",
            Self::BadValue { .. } => "这个值不合要求，请照提示改正。",
            Self::Duplicate { .. } => {
                "同样的编号、哈希或签发方写了两次。每个调用方要有自己的编号和自己的密钥。"
            }
            Self::Jwks { .. } => "签发方的公钥文件不能用。请向签发方重新取一份 JWKS，只放公钥。",
            Self::Backend => "程序内部错误：令牌校验被别的组件占用。请联系开发人员。",
        }
    }
}

/// Why the keys of an issuer cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum JwksError {
    /// The file could not be read.
    #[error("{0}")]
    Unreadable(String),
    /// More bytes or keys than anybody publishes.
    #[error("it is larger than 1 MiB or holds more than 100 keys")]
    TooLarge,
    /// Not a JSON object with a list `keys`, or a member occurs twice.
    #[error("it is not a json object with a list `keys`, or a member occurs twice")]
    NotASet,
    /// A key that is not what it says it is.
    #[error("key {index} is broken: {reason}")]
    Broken {
        /// Place in the list, from 1.
        index: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// Somebody's secret; with it, anybody who reads the file could sign.
    #[error("key {index} is a private or symmetric key; only public keys belong here")]
    Secret {
        /// Place in the list, from 1.
        index: usize,
    },
    /// A name must lead to one key.
    #[error("two keys have the kid `{0}`")]
    SameKid(String),
    /// Nothing to verify with.
    #[error("no key fits the algorithms of this issuer")]
    NoneFits,
}

/// Somebody else's text, made fit for one line of a message.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| if c.is_control() || c == '`' { '\u{fffd}' } else { c };
    text.chars().take(QUOTED_CHARS_MAX).map(plain).collect()
}
