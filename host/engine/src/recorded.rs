//! Decisions that were answered before: found in the log, asked again over the things of that moment,
//! explained.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use folder::{Folder, Who};
use model::{Ask, Effect, Refusal, RefusalKind, Side};
use serde_json::{Value, json};

use crate::evaluate::explained;
use crate::explanation::{Explanation, Language};
use crate::judge::{judge, judge_under};
use crate::plain::{self, Past};
use crate::record::{DecisionLine, FRAME_DECISION};
use crate::replay::state_at;
use crate::service::{Reader, Service};
use crate::snapshot::Snapshot;
use crate::state::State;

/// A decision of the log with its bytes.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The line.
    pub line: DecisionLine,
    /// As it stands in the log.
    pub bytes: Vec<u8>,
}

/// A decision asked again.
#[derive(Clone, Debug)]
pub struct Again {
    /// The line as it would be written now.
    pub line: DecisionLine,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Why.
    pub explanation: Explanation,
    /// Whether subject or resource had personal values then that were erased since.
    pub erased: bool,
}

impl Again {
    /// What has to be said of an answer that was asked again without values it had then.
    pub fn note(&self, language: Language) -> Option<&'static str> {
        self.erased.then(|| {
            language.pick(
                "当事人或对象当时的个人信息已经删除，这是不用这些信息重新判断的结果",
                "personal values of the subject or the resource were erased since; this was asked again without them",
            )
        })
    }
}

/// A decision of the log, by its id; the newest are looked at first.
///
/// # Errors
/// `NOT_FOUND`, or the log cannot be read.
pub fn find(dir: &Path, id: &str) -> Result<Kept, Refusal> {
    let mut found = None;
    let needle = format!("{{\"id\":\"{id}\"");
    let read = journal::find_decision(dir, true, &mut |stored| {
        if stored.kind == FRAME_DECISION && stored.body.starts_with(needle.as_bytes()) {
            let line = serde_json::from_slice::<DecisionLine>(&stored.body).ok();
            found = line.map(|line| Kept { line, bytes: stored.body.clone() });
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

/// The question behind a line; none where it was not a question of a calling system, but an act or a
/// search. Masked values stay masked.
pub fn question(line: &DecisionLine) -> Option<Ask> {
    let stated = line.stated.clone()?;
    if line.purpose.starts_with("search ") {
        return None;
    }
    Some(Ask {
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
    })
}

fn not_a_question() -> Refusal {
    Refusal::new(
        RefusalKind::Unprocessable,
        "NOT_A_QUESTION",
        "this line is an act or a search; only a question of a calling system can be asked again",
        "这条记录是一次办理或者查询，不能重新判断。",
        "办理的理由见当时的回复和事项记录。",
    )
}

fn other_rules(line: &DecisionLine) -> Refusal {
    Refusal::new(
        RefusalKind::Unprocessable,
        "OTHER_EDITION",
        format!(
            "the decision was reached under edition `{}`, which this package does not hold",
            line.edition
        ),
        "当时的规矩版本不在这个规矩包里。",
        "请用当时的规矩包再查。",
    )
}

/// Asks a district's decision again, over the record as it was. `current` is what a running host has in memory: where
/// that is what the decision saw, nothing is read, and it need not be on the disk yet.
///
/// # Errors
/// `NOT_A_QUESTION`, `OTHER_EDITION`, or the record cannot be read or is shorter than it was.
pub fn again_in_district(
    dir: &Path,
    current: Option<Arc<State>>,
    snapshot: &Snapshot,
    kept: &Kept,
    language: Language,
    shows: &dyn Fn(&str) -> bool,
) -> Result<Again, Refusal> {
    let line = &kept.line;
    let ask = question(line).ok_or_else(not_a_question)?;
    if line.policies.iter().any(|policy| policy == "engine/not-fresh") {
        return Err(Refusal::new(
            RefusalKind::Unprocessable,
            crate::follow::NOT_FRESH,
            "the host could not tell how fresh its copy was, so the rules were not what decided",
            "当时本机的记录不能确认是最新的，所以没有按规矩判断，不能重新判断。",
            "请重新询问。",
        ));
    }
    let state = match current.filter(|state| state.version == line.entities) {
        Some(state) => state,
        None => state_at(dir, line.entities).map(Arc::new).map_err(|error| {
            crate::refusals::internal(&format!("the record cannot be folded: {error}"))
        })?,
    };
    let township = line.stated.as_ref().and_then(|stated| stated.township);
    // the edition that decided then, however far it has come since; none was in force where it is empty
    let judged = match snapshot.held(line.edition) {
        Some(compiled) => judge_under(&state, snapshot, compiled, line.at, &ask, township),
        None => judge(&state, snapshot, line.at, &ask, township),
    };
    if judged.edition != line.edition {
        return Err(other_rules(line));
    }
    let mut now = line.clone();
    now.effect = judged.effect;
    now.policies.clone_from(&judged.policies);
    now.dropped.clone_from(&judged.dropped);
    let id = line.id.clone();
    let explanation = explained(&state, snapshot, line.at, &ask, &judged, id, language, shows);
    again(kept, now, explanation, false)
}

/// Asks a folder's decision again, over the entities as they were.
///
/// # Errors
/// `NOT_A_QUESTION`, `OTHER_EDITION`; `ERASED` where the answer is another one and personal values that
/// were stored then are erased.
pub fn again_in_folder(
    folder: &Folder,
    past: &Past,
    kept: &Kept,
    language: Language,
) -> Result<Again, Refusal> {
    let line = &kept.line;
    let ask = question(line).ok_or_else(not_a_question)?;
    if folder.digest() != line.edition || folder.entities_digest() != line.facts {
        return Err(other_rules(line));
    }
    let explained = folder.explain(&past.entities, &ask);
    let answer = &explained.answer;
    let mut now = line.clone();
    now.effect = if answer.allowed { Effect::Allow } else { Effect::Deny };
    now.policies = plain::policies_of(answer);
    now.dropped.clone_from(&answer.dropped);
    let explanation = plain::said(&explained, line.id.clone(), folder.digest(), language);
    let had =
        |side: &Side| past.erased.iter().any(|(kind, id)| *kind == side.kind && *id == side.id);
    let mut again = again(kept, now, explanation, !past.erased.is_empty())?;
    again.erased = had(&ask.subject) || had(&ask.resource);
    Ok(again)
}

fn again(
    kept: &Kept,
    line: DecisionLine,
    explanation: Explanation,
    erased: bool,
) -> Result<Again, Refusal> {
    let bytes =
        serde_json::to_vec(&line).map_err(|error| crate::refusals::internal(&error.to_string()))?;
    let masked = line.stated.as_ref().is_some_and(|stated| !stated.masked.is_empty());
    if masked && bytes != kept.bytes {
        return Err(Refusal::new(
            RefusalKind::Unprocessable,
            "MASKED",
            "the decision rested on a personal value that the log does not keep, so it cannot be asked again",
            "当时的判断用到了已隐去的个人信息，不能重新判断。",
            "当时的结论仍以记录为准。",
        ));
    }
    if erased && bytes != kept.bytes {
        return Err(Refusal::new(
            RefusalKind::Unprocessable,
            "ERASED",
            "the decision may have rested on a stored personal value that was erased since, so it cannot be asked again",
            "当时登记的个人信息已经删除，不用这些信息得不出当时的结论，不能重新判断。",
            "当时的结论仍以记录为准。",
        ));
    }
    Ok(Again { line, bytes, explanation, erased: false })
}

impl Service {
    /// A recorded decision, with its reasons as the rules and things of that moment give them, for a
    /// reader.
    ///
    /// # Errors
    /// `NOT_FOUND`, or the record cannot be read.
    pub fn recorded(
        &self,
        id: &str,
        language: Language,
        who: Option<&Who>,
    ) -> Result<Value, Refusal> {
        let (kept, again) = match self {
            Self::District(engine) => {
                let kept = find(engine.dir(), id)?;
                let snapshot = engine.snapshot();
                let township = kept.line.stated.as_ref().and_then(|stated| stated.township);
                let shows = |label: &str| Reader { who }.sees(&snapshot.admin, label, township);
                let current = Some(engine.read_state());
                let again =
                    again_in_district(engine.dir(), current, &snapshot, &kept, language, &shows);
                (kept, again)
            }
            Self::Plain(engine) => {
                let kept = find(engine.dir(), id)?;
                let again = engine.again(&kept, language);
                (kept, again)
            }
        };
        let mut value = json!({
            "id": kept.line.id, "at": kept.line.at.display(), "caller": kept.line.caller,
            "decision": kept.line.effect == Effect::Allow,
            "principal": kept.line.principal, "action": kept.line.action, "resource": kept.line.resource,
            "edition": kept.line.edition, "version": kept.line.entities,
        });
        if let Some(map) = value.as_object_mut() {
            match again {
                Ok(again) => {
                    map.insert("same".to_owned(), json!(again.bytes == kept.bytes));
                    if let Some(note) = again.note(language) {
                        map.insert("note".to_owned(), json!(note));
                    }
                    map.insert("context".to_owned(), json!(again.explanation));
                }
                Err(refusal) => {
                    map.insert("note".to_owned(), json!(refusal.message));
                }
            }
        }
        Ok(value)
    }
}
