//! Why a copy cannot tell how fresh it is, and what to do.

use journal::{CopyFault, FindingCode};
use model::{Refusal, RefusalKind};
use thiserror::Error;

/// Why a copy is not known to be complete.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Trouble {
    /// Nothing has come yet, or there is more to come.
    #[error("the copy is still being made")]
    CatchingUp,
    /// The leader cannot be asked.
    #[error("the leader does not answer: {0}")]
    Unreachable(String),
    /// The leader answered, but not with a feed.
    #[error("the leader answered {status}: {said}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        said: String,
    },
    /// The answer is not one to this question, or not a feed.
    #[error("the answer is not one to this question: {0}")]
    Malformed(String),
    /// Frames that do not hold or do not continue the copy.
    #[error("what was sent does not continue the copy: {0}")]
    Frames(CopyFault),
    /// The leader has fewer records than the copy, or other ones.
    #[error("the leader's record is not the one that was copied: {0}")]
    OtherRecord(String),
    /// The leader has other rules in force.
    #[error("the leader has other rules in force")]
    OtherRules,
    /// The clocks of the two hosts are apart.
    #[error("the leader's clock is {0} minutes ahead of the clock here")]
    ClocksApart(i64),
    /// The copy cannot be written, or a record cannot be understood.
    #[error("the copy cannot go on: {0}")]
    Stuck(String),
}

impl Trouble {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CatchingUp => "FOLLOW_CATCHING_UP",
            Self::Unreachable(_) => "FOLLOW_NO_ANSWER",
            Self::Refused { .. } => "FOLLOW_REFUSED",
            Self::Malformed(_) => "FOLLOW_MALFORMED",
            Self::Frames(fault) if fault.code == FindingCode::CrcMismatch => "FOLLOW_CHANGED",
            Self::Frames(_) => "FOLLOW_DOES_NOT_CONTINUE",
            Self::OtherRecord(_) => "FOLLOW_OTHER_RECORD",
            Self::OtherRules => "FOLLOW_OTHER_RULES",
            Self::ClocksApart(_) => "FOLLOW_CLOCKS_APART",
            Self::Stuck(_) => "FOLLOW_STUCK",
        }
    }

    /// Whether what was known before counts no longer. Silence only lets it grow old.
    pub fn breaks(&self) -> bool {
        !matches!(self, Self::CatchingUp | Self::Unreachable(_) | Self::Refused { .. })
    }

    /// What is the matter, and what to do, in Chinese and in English.
    fn advice(&self) -> [&'static str; 3] {
        match self {
            Self::CatchingUp => [
                "本机正在从主机取记录。",
                "请稍候，取齐以后自动恢复。",
                "wait; it goes on by itself once the copy is whole",
            ],
            Self::Unreachable(_) => [
                "联系不上主机。",
                "请检查主机是否在运行、网络是否通；恢复以后本机自动恢复。",
                "see whether the leader runs and can be reached; this host goes on by itself then",
            ],
            Self::Refused { .. } => [
                "主机没有给记录。",
                "请核对 --follow-key 的钥匙在主机上是否有效、是否有 follower 角色，以及主机是否正常。",
                "see whether the key given with `--follow-key` is known there and has the role `follower`",
            ],
            Self::Malformed(_) => [
                "收到的不是主机对这次询问的回答。",
                "请检查 --follow 的地址和中间的代理（不能缓存）。",
                "see what `--follow` points to and what lies between; nothing there may cache",
            ],
            Self::Frames(_) => [
                "收到的记录不完整或者被改动过，没有收下。",
                "请检查中间的代理和网络；一直如此，请在主机上运行 xiangyue journal verify。",
                "see what lies between the hosts; if it stays so, run `xiangyue journal verify` on the leader",
            ],
            Self::OtherRecord(_) => [
                "主机的记录和本机抄来的对不上（例如主机从备份恢复过）。",
                "请先查明哪一份是真的；主机无误时，停掉本机，把本机的存储文件夹移走，重新启动从头抄。",
                "find out which record is the right one; if the leader's is, stop this host, move its store away and start again",
            ],
            Self::OtherRules => [
                "主机现行的规矩和本机的不同。",
                "请把同一份规矩包放到本机并重新载入。",
                "put the same package here and reload it",
            ],
            Self::ClocksApart(_) => [
                "主机和本机的时间相差超过1分钟。",
                "请校准两台机器的时间。",
                "set the clocks of the two machines",
            ],
            Self::Stuck(_) => [
                "本机的抄本写不下去或者读不懂。",
                "请检查本机磁盘，并确认两台机器的程序版本相同。",
                "see to the disk here, and whether both hosts run the same version",
            ],
        }
    }

    /// The refusal of everything that has to be fresh.
    pub fn refusal(&self, age: Option<u64>, limit: u64) -> Refusal {
        let age = age.map_or_else(|| "unknown".to_owned(), |age| format!("{age} ms"));
        let [text, help, english] = self.advice();
        Refusal::new(
            RefusalKind::Unavailable,
            super::NOT_FRESH,
            format!(
                "this host follows another and cannot tell that nothing is missing (age {age}, limit {limit} ms): `{}`: {self}; {english}",
                self.code()
            ),
            format!("本机的记录不能确认是最新的，一律不能办。{text}"),
            help,
        )
    }
}
