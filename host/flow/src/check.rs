//! One step against what was taken and the meeting that is cited: every problem in one pass.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, Tally};

use crate::StepProblem;
use crate::days::{gap_until, last_of, stay};
use crate::item::{BodyRule, Item, Step, Taken};

/// How each body decides, by body id.
pub type Bodies = BTreeMap<String, BodyRule>;

/// The cited meeting, from the record only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meeting<'a> {
    /// Body id.
    pub body: &'a str,
    /// Day of the meeting.
    pub day: CivilDay,
    /// Day on which notice was given.
    pub notice_day: CivilDay,
    /// The counts.
    pub tally: Tally,
}

/// What the decision is told about the step (`StepRule` of the Cedar schema).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepFacts {
    /// Steps it builds on.
    pub after: BTreeSet<String>,
    /// Body whose record it needs; empty for none.
    pub body: String,
    /// Bodies whose record will do: that one, and those that may decide in its place.
    pub bodies: BTreeSet<String>,
    /// Whether the step is a personal signature.
    pub signature: bool,
    /// Days after the last step it builds on.
    pub min_gap_days: i64,
    /// Day of the last step it builds on; day 0 (1970-01-01) for a first step.
    pub last_day: CivilDay,
    /// Days of notice before the meeting.
    pub notice_days: i64,
}

impl StepFacts {
    /// What the item says of this step, whether or not it may be taken now; none for an unknown step.
    pub fn of(
        item: &Item,
        taken: &[Taken],
        step: &str,
        bodies: &Bodies,
        cited_body: Option<&str>,
    ) -> Option<Self> {
        item.step(step).map(|step| facts(step, taken, bodies, cited_body))
    }
}

/// Whether a step may be taken today.
///
/// # Errors
/// Every [`StepProblem`] that applies, in the order in which a clerk would meet them.
pub fn check(
    item: &Item,
    taken: &[Taken],
    step: &str,
    meeting: Option<Meeting<'_>>,
    bodies: &Bodies,
    today: CivilDay,
) -> Result<StepFacts, Vec<StepProblem>> {
    let Some(step) = item.step(step) else {
        return Err(vec![StepProblem::StepUnknown {
            item: item.id.clone(),
            step: step.to_owned(),
        }]);
    };
    let case = Case { item, step, taken, bodies, today };
    let mut problems = case.order();
    problems.extend(case.time(meeting));
    problems.extend(case.stay());
    if let Some(body) = &step.body {
        problems.extend(case.record(body, meeting));
    }
    if problems.is_empty() {
        Ok(facts(step, taken, bodies, meeting.map(|m| m.body)))
    } else {
        Err(problems)
    }
}

fn facts(step: &Step, taken: &[Taken], bodies: &Bodies, cited: Option<&str>) -> StepFacts {
    StepFacts {
        after: step.before().into_iter().map(str::to_owned).collect(),
        body: step.body.clone().unwrap_or_default(),
        bodies: step.body.iter().flat_map(|body| will_do(body, bodies)).collect(),
        signature: step.signature,
        min_gap_days: step.min_gap_days,
        last_day: last_of(&step.after, taken).unwrap_or_default(),
        notice_days: notice_days(step, bodies, cited),
    }
}

/// A body and those that may decide in its place.
fn will_do(needed: &str, bodies: &Bodies) -> BTreeSet<String> {
    let others =
        bodies.iter().filter(|(_, rule)| rule.stands_for.iter().any(|body| body == needed));
    std::iter::once(needed.to_owned()).chain(others.map(|(id, _)| id.clone())).collect()
}

/// The longer notice of the step and of the body that decides; the needed one while none is cited.
pub(crate) fn notice_days(step: &Step, bodies: &Bodies, cited: Option<&str>) -> i64 {
    let Some(needed) = &step.body else { return step.notice_days };
    let rule =
        cited.and_then(|cited| deciding(needed, cited, bodies)).or_else(|| bodies.get(needed));
    step.notice_days.max(rule.map_or(0, |rule| rule.notice_days))
}

/// One question, with everything it may look at.
struct Case<'a> {
    item: &'a Item,
    step: &'a Step,
    taken: &'a [Taken],
    bodies: &'a Bodies,
    today: CivilDay,
}

impl Case<'_> {
    fn names(&self) -> (String, String) {
        (self.step.id.clone(), self.step.title.clone())
    }

    fn order(&self) -> Vec<StepProblem> {
        let mut problems = Vec::new();
        if let Some(before) = self.taken.iter().find(|t| t.step == self.step.id) {
            let (step, title) = self.names();
            problems.push(StepProblem::StepAlreadyTaken { step, title, day: before.day });
        }
        let missing = self.step.missing(self.taken);
        if !missing.is_empty() {
            let (step, title) = self.names();
            let missing_titles = missing.iter().map(|id| self.item.title(id).to_owned()).collect();
            let missing = missing.into_iter().map(str::to_owned).collect();
            problems.push(StepProblem::StepOutOfOrder { step, title, missing, missing_titles });
        }
        problems
    }

    /// The gap after the last step. A body acts when it meets, not when the clerk registers it; a
    /// meeting before that step has a problem of its own.
    fn time(&self, meeting: Option<Meeting<'_>>) -> Option<StepProblem> {
        let meeting = meeting.filter(|_| self.step.body.is_some());
        if meeting.is_some_and(|m| self.step_after(m.day).is_some()) {
            return None;
        }
        let held = meeting.map_or(self.today, |m| m.day.min(self.today));
        let earliest = gap_until(self.step, self.taken).filter(|day| held < *day)?;
        let (step, title) = self.names();
        Some(StepProblem::TooEarly { step, title, earliest })
    }

    fn stay(&self) -> Option<StepProblem> {
        let (publication, until) =
            stay(self.item, self.step, self.taken).filter(|(_, day)| self.today < *day)?;
        let (step, title) = self.names();
        let (publication, days) = (publication.title.clone(), publication.stay_days);
        Some(StepProblem::StayNotOver { step, title, publication, days, until })
    }

    fn record(&self, body: &str, meeting: Option<Meeting<'_>>) -> Vec<StepProblem> {
        let Some(rule) = self.bodies.get(body) else {
            return vec![StepProblem::BodyUnknown { body: body.to_owned() }];
        };
        let (body, body_title) = (body.to_owned(), rule.title.clone());
        let Some(meeting) = meeting else {
            return vec![StepProblem::NoMeetingRecord {
                step: self.step.id.clone(),
                body,
                body_title,
            }];
        };
        if let Some(rule) = deciding(&body, meeting.body, self.bodies) {
            let mut problems = self.meeting_days(meeting, rule);
            problems.extend(counts(meeting.body, rule, &meeting.tally));
            return problems;
        }
        // A foreign body's counts say nothing about this one's quorum; its day is wrong all the same.
        let cited_title =
            self.bodies.get(meeting.body).map_or(meeting.body, |r| r.title.as_str()).to_owned();
        let wrong = StepProblem::WrongBody {
            body,
            body_title,
            cited: meeting.body.to_owned(),
            cited_title,
        };
        std::iter::once(wrong).chain(self.meeting_days(meeting, rule)).collect()
    }

    fn meeting_days(&self, meeting: Meeting<'_>, rule: &BodyRule) -> Vec<StepProblem> {
        let mut problems = Vec::new();
        if meeting.day > self.today {
            problems.push(StepProblem::MeetingInFuture { day: meeting.day, today: self.today });
        }
        if let Some(last) = self.step_after(meeting.day) {
            let last_title = self.item.title(&last.step).to_owned();
            problems.push(StepProblem::MeetingBeforePredecessor {
                day: meeting.day,
                last: last.day,
                last_title,
            });
        }
        let given = meeting.day.number().saturating_sub(meeting.notice_day.number());
        // Notice after the meeting is no notice, even where none is required ahead.
        let needed = self.step.notice_days.max(rule.notice_days).max(0);
        if given < needed {
            problems.push(StepProblem::NoticeTooShort {
                given,
                needed,
                body_title: rule.title.clone(),
            });
        }
        problems
    }

    /// The last predecessor that was taken after this day.
    fn step_after(&self, day: CivilDay) -> Option<&Taken> {
        let before = self.taken.iter().filter(|t| self.step.after.contains(&t.step) && t.day > day);
        before.max_by_key(|t| t.day)
    }
}

/// The rule by which the cited body may decide for the one that is needed.
fn deciding<'a>(needed: &str, cited: &str, bodies: &'a Bodies) -> Option<&'a BodyRule> {
    let rule = bodies.get(cited)?;
    (needed == cited || rule.stands_for.iter().any(|body| body == needed)).then_some(rule)
}

fn counts(body: &str, rule: &BodyRule, tally: &Tally) -> Vec<StepProblem> {
    if let Err(why) = tally.checked() {
        return vec![StepProblem::BadTally(why)];
    }
    let mut problems = Vec::new();
    if !rule.has_quorum(tally) {
        problems.push(StepProblem::NoQuorum {
            body: body.to_owned(),
            body_title: rule.title.clone(),
            present: tally.present,
            eligible: tally.eligible,
            share: rule.quorum_words(),
        });
    }
    if !rule.has_majority(tally) {
        problems.push(StepProblem::NoMajority {
            body: body.to_owned(),
            body_title: rule.title.clone(),
            in_favour: tally.in_favour,
            whole: rule.whole(tally),
            share: rule.majority_words(),
        });
    }
    problems
}
