//! What an edition would have changed: questions of the decision log asked again, each over the record
//! as it was and at its own time, under the edition before and under this one.

use std::path::Path;

use model::{CivilDay, EntityRef, Minute, Reason, Refusal, RefusalKind};
use serde::Serialize;

use crate::about::About;
use crate::explanation::Language;
use crate::judge::{Judged, judge_under};
use crate::record::{DecisionLine, FRAME_DECISION};
use crate::recorded::question;
use crate::refusals::internal;
use crate::replay;
use crate::snapshot::{Compiled, Snapshot};
use crate::state::State;

/// Which part of the log is compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// First day; none for the oldest line that is kept.
    pub from: Option<CivilDay>,
    /// Last day.
    pub to: Option<CivilDay>,
}

/// One side of a difference.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// Yes or no.
    pub allow: bool,
    /// Deciding policies.
    pub policies: Vec<String>,
    /// The reasons, in the reader's language.
    pub texts: Vec<String>,
}

/// A line of the log that would be answered otherwise.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// Decision id.
    pub id: String,
    /// When it was asked.
    pub at: Minute,
    /// Who asked.
    pub principal: EntityRef,
    /// What for.
    pub action: String,
    /// On what.
    pub resource: EntityRef,
    /// Under the edition before.
    pub before: Answer,
    /// Under this edition.
    pub after: Answer,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Compared {
    /// Lines asked again.
    pub asked: u64,
    /// The same answer for the same reasons.
    pub same: u64,
    /// Would be refused.
    pub allow_to_deny: u64,
    /// Would be allowed.
    pub deny_to_allow: u64,
    /// The same answer for other reasons.
    pub other_reasons: u64,
    /// Lines that cannot be asked again: acts, searches, answers that rested on masked values or were
    /// given by a host that was not fresh.
    pub left_out: u64,
    /// The lines that differ, oldest first.
    pub different: Vec<Difference>,
}

/// Compares the edition that begins on a day with the one before it, over a store's decision log.
///
/// # Errors
/// `NO_EDITION`, or the log or the record cannot be read.
pub fn compare(
    dir: &Path,
    snapshot: &Snapshot,
    edition: CivilDay,
    span: Span,
    language: Language,
) -> Result<Compared, Refusal> {
    let candidate = snapshot.from(edition).ok_or_else(|| no_such_edition(edition))?;
    let before = edition.plus_days(-1).map_err(|error| internal(&error.to_string()))?;
    let mut found = Compared::default();
    let mut lines = lines(dir, span, &mut found)?;
    // one fold of the record serves all: each line is asked when the record stands where it stood
    lines.sort_by_key(|line| line.entities);
    let comparing = Comparing { snapshot, candidate, before, language };
    let mut left = lines.iter().peekable();
    let state = replay::walk(dir, &mut |count, state| {
        while let Some(line) = left.next_if(|line| line.entities <= count) {
            comparing.line(state, line, &mut found);
        }
        left.peek().is_some()
    });
    let state =
        state.map_err(|error| internal(&format!("the record cannot be folded: {error}")))?;
    for line in left {
        comparing.line(&state, line, &mut found);
    }
    found.different.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    Ok(found)
}

/// The questions of the log in a span; what is none is counted.
fn lines(dir: &Path, span: Span, found: &mut Compared) -> Result<Vec<DecisionLine>, Refusal> {
    let mut lines = Vec::new();
    let inside = |day: CivilDay| {
        span.from.is_none_or(|from| from <= day) && span.to.is_none_or(|to| day <= to)
    };
    let read = journal::read_decisions(dir, &mut |stored| {
        if stored.kind != FRAME_DECISION || !inside(stored.recorded_at.day()) {
            return Ok(());
        }
        let line = serde_json::from_slice::<DecisionLine>(&stored.body).ok();
        match line.filter(asked_again) {
            Some(line) => lines.push(line),
            None => found.left_out = found.left_out.saturating_add(1),
        }
        Ok(())
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
    Ok(lines)
}

fn asked_again(line: &DecisionLine) -> bool {
    let masked = line.stated.as_ref().is_some_and(|stated| !stated.masked.is_empty());
    let not_fresh = line.policies.iter().any(|policy| policy == "engine/not-fresh");
    !masked && !not_fresh && question(line).is_some()
}

struct Comparing<'a> {
    snapshot: &'a Snapshot,
    candidate: &'a Compiled,
    before: CivilDay,
    language: Language,
}

impl Comparing<'_> {
    fn line(&self, state: &State, line: &DecisionLine, found: &mut Compared) {
        let Some(ask) = question(line) else { return };
        let about = About::thing(state, &ask.resource.kind, &ask.resource.id);
        // what answers, or answered, without this edition
        let day = line.at.day().min(self.before);
        let Some(old) = self.snapshot.deciding(day, about) else {
            found.left_out = found.left_out.saturating_add(1);
            return;
        };
        let township = line.stated.as_ref().and_then(|stated| stated.township);
        // a matter that began under this edition has been under it all along
        let new =
            if old.edition.from() > self.candidate.edition.from() { old } else { self.candidate };
        let under = |compiled| judge_under(state, self.snapshot, compiled, line.at, &ask, township);
        let (was, will) = (under(old), under(new));
        let count = match (was.allowed(), will.allowed()) {
            (true, false) => &mut found.allow_to_deny,
            (false, true) => &mut found.deny_to_allow,
            _ if was.policies != will.policies => &mut found.other_reasons,
            _ => &mut found.same,
        };
        *count = count.saturating_add(1);
        found.asked = found.asked.saturating_add(1);
        if was.effect == will.effect && was.policies == will.policies {
            return;
        }
        found.different.push(Difference {
            id: line.id.clone(),
            at: line.at,
            principal: line.principal.clone(),
            action: line.action.clone(),
            resource: line.resource.clone(),
            before: self.answer(&was, &line.action),
            after: self.answer(&will, &line.action),
        });
    }

    fn answer(&self, judged: &Judged, action: &str) -> Answer {
        let english = self.language == Language::English;
        let why = judged.why(self.snapshot, action, &|_| true);
        let say = |reason: Reason| if english { reason.in_english() } else { reason }.text;
        Answer {
            allow: judged.allowed(),
            policies: judged.policies.clone(),
            texts: why
                .decision
                .reasons
                .into_iter()
                .map(say)
                .filter(|text| !text.is_empty())
                .collect(),
        }
    }
}

fn no_such_edition(day: CivilDay) -> Refusal {
    Refusal::new(
        RefusalKind::NotFound,
        "NO_EDITION",
        format!("the package holds no edition that begins on {day}"),
        format!("规矩包里没有 {day} 起施行的版本。"),
        "请用 xiangyue rollout show 查看有哪些版本。",
    )
}
