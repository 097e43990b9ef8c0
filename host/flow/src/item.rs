//! An item of the petty-power list as this crate needs it: inert data, filled in by the engine.

use std::collections::BTreeSet;

use model::{CivilDay, Fraction, Tally};

use crate::gates::{Band, Gate};

/// An item: steps that build on one another.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Item {
    /// Id, e.g. `P01`.
    pub id: String,
    /// Steps, in the order of the list.
    pub steps: Vec<Step>,
    /// Amount bands, from the lowest to the highest.
    pub bands: Vec<Band>,
    /// A change of a contract by more than so many ‰ goes back to the deciding body.
    pub change_permille: i64,
}

/// One step of an item. Spans are calendar days, zero when there is none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Step {
    /// Id, unique in the item, e.g. `PUB1`.
    pub id: String,
    /// Title, in the reader's language.
    pub title: String,
    /// Steps that must have been taken before; gap and due day run from the last of them.
    pub after: Vec<String>,
    /// Publication steps that must have been taken before and stood for their `stay_days`.
    pub after_stay: Vec<String>,
    /// The body whose record the step needs.
    pub body: Option<String>,
    /// At least so long after the last step it builds on.
    pub min_gap_days: i64,
    /// Due so long after the last step it builds on. A late step is overdue, never barred: what is
    /// owed to the villagers is still owed.
    pub within_days: Option<i64>,
    /// Whether `within_days` counts working days, over the loaded holiday calendars.
    pub working_days: bool,
    /// The body is called at least so long before it meets.
    pub notice_days: i64,
    /// For a publication: how long it must stand (村委会组织法 35: 15 days or more).
    pub stay_days: i64,
    /// Whether it is signed.
    pub signature: bool,
    /// Who does it, in the reader's language.
    pub who: String,
    /// Publication, prices, joint supervision.
    pub gate: Gate,
}

/// What a majority is counted against (村委会组织法 25, 30: those present; 集体经济组织法 27, 28: all).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Denominator {
    /// 到会人员: those present.
    Present,
    /// 应到人员: all who are entitled.
    Eligible,
}

/// When a body is able to decide, and when it has decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BodyRule {
    /// Title in the reader's language, e.g. `村民代表会议`.
    pub title: String,
    /// Share of those entitled who must be present.
    pub quorum: Fraction,
    /// Share in favour.
    pub majority: Fraction,
    /// What the share in favour is counted against.
    pub of: Denominator,
    /// The body's own notice in days; the longer one of body and step counts.
    pub notice_days: i64,
    /// Bodies whose decisions this one may take as well (村民会议 for 村民代表会议); it then decides by
    /// its own quorum and majority.
    pub stands_for: Vec<String>,
}

/// A step that was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// Step id.
    pub step: String,
    /// Day.
    pub day: CivilDay,
    /// Meeting record cited.
    pub record: Option<String>,
}

impl Item {
    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|s| s.id == id)
    }

    /// Every step that must have been taken before one, directly or through others.
    pub(crate) fn before_all<'a>(&'a self, id: &'a str) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(step) = open.pop().and_then(|id| self.step(id)) {
            open.extend(step.before().into_iter().filter(|id| found.insert(*id)));
        }
        found
    }

    /// The title of a step, or its id when it is unknown.
    pub(crate) fn title<'a>(&'a self, id: &'a str) -> &'a str {
        self.step(id).map_or(id, |s| s.title.as_str())
    }
}

impl Step {
    /// Steps this one builds on that have not been taken.
    pub(crate) fn missing<'a>(&'a self, taken: &[Taken]) -> Vec<&'a str> {
        let done: BTreeSet<&str> = taken.iter().map(|t| t.step.as_str()).collect();
        self.before().into_iter().filter(|id| !done.contains(id)).collect()
    }

    /// Every step that must have been taken before, each once, as the item lists them.
    pub(crate) fn before(&self) -> Vec<&str> {
        let further = self.after_stay.iter().filter(|id| !self.after.contains(id));
        self.after.iter().chain(further).map(String::as_str).collect()
    }
}

impl BodyRule {
    /// Whether enough of those entitled were present.
    pub fn has_quorum(&self, tally: &Tally) -> bool {
        self.quorum.reached(tally.present, tally.eligible)
    }

    /// Whether enough were in favour, against the denominator the law names.
    pub fn has_majority(&self, tally: &Tally) -> bool {
        self.majority.reached(tally.in_favour, self.whole(tally))
    }

    /// The number that those in favour are counted against.
    pub const fn whole(&self, tally: &Tally) -> i64 {
        match self.of {
            Denominator::Present => tally.present,
            Denominator::Eligible => tally.eligible,
        }
    }
}
