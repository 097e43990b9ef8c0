//! The refusals that any act or reading can end in, in words for people.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use journal::AppendError;
use model::{Refusal, RefusalKind};

use crate::decide::Decided;

/// A policy said no: the reasons are the text, each with the figures and names behind it. The code is the
/// policies' own where they agree on one.
pub(crate) fn denied(decided: Decided, told: &dyn Fn(&str) -> Option<(String, String)>) -> Refusal {
    let mut reasons = decided.decision.reasons;
    let codes: BTreeSet<String> =
        reasons.iter().map(|reason| reason.code.clone()).filter(|code| !code.is_empty()).collect();
    let mut figures = String::new();
    for reason in reasons.iter_mut().filter(|reason| !reason.code.is_empty()) {
        if let Some((english, chinese)) = told(&reason.code) {
            reason.text.push_str(&chinese);
            reason.english.text.push(' ');
            reason.english.text.push_str(&english);
            figures.push_str("; ");
            figures.push_str(english.trim_end_matches('.'));
        }
    }
    let texts: Vec<&str> =
        reasons.iter().map(|reason| reason.text.as_str()).filter(|t| !t.is_empty()).collect();
    let policies: Vec<&str> = reasons.iter().map(|reason| reason.policy.as_str()).collect();
    let one = (codes.len() == 1).then(|| codes.first()).flatten();
    let mut refusal = Refusal::new(
        RefusalKind::Denied,
        one.map_or("DENIED", String::as_str),
        format!("the policies say no: `{}`{figures}", policies.join("`, `")),
        texts.join(""),
        "请按上述原因补齐后再办，或请有权的人办理。",
    );
    refusal.reasons = reasons;
    refusal
}

/// The journal cannot confirm the write. A full disk refuses thousands of times a second, so the first,
/// second, fourth … refusal since the start is written to the running log, with their number.
pub(crate) fn not_kept(error: &AppendError) -> Refusal {
    static REFUSED: AtomicU64 = AtomicU64::new(0);
    let refused = REFUSED.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    if refused.is_power_of_two() {
        tracing::error!(%error, refused, "the journal did not take a record");
    }
    unavailable(append_code(error), &error.to_string())
}

fn append_code(error: &AppendError) -> &'static str {
    match error {
        AppendError::Conflict { .. } => "STORE_CONFLICT",
        AppendError::TooLarge { .. } | AppendError::FrameCount(_) => "RECORD_TOO_LARGE",
        AppendError::Busy => "DECISION_LOG_FULL",
        AppendError::Unavailable(outage) => outage.code.name(),
    }
}

pub(crate) fn unavailable(code: &str, message: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        code,
        message,
        "记录没有写成，本次没有办理，已办的都在。",
        "请系统管理员检查磁盘空间和运行日志，恢复后用同一请求编号重发。",
    )
}

pub(crate) fn internal(message: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "INTERNAL",
        message,
        "系统内部出错，本次没有办理。",
        "请把请求编号告诉系统管理员。",
    )
}
