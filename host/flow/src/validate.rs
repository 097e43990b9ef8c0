//! Whether an item can be walked at all; looked at once, when a package is loaded.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::item::{Item, Step};

/// Longest span a step may name, in days: ten years.
pub const DAYS_MAX: i64 = 3_660;

/// Why an item cannot be walked.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
pub enum ItemProblem {
    /// No steps.
    #[error("item `{item}` has no steps; add one")]
    NoSteps {
        /// Item id.
        item: String,
    },
    /// A step without id.
    #[error("a step of item `{item}` has no id; name it")]
    StepWithoutId {
        /// Item id.
        item: String,
    },
    /// Two steps share an id.
    #[error("step `{step}` occurs twice; rename one")]
    DuplicateStep {
        /// Step id.
        step: String,
    },
    /// A predecessor that is not a step.
    #[error("step `{step}` comes after `{named}`, which is no step of the item; correct the name")]
    UnknownPredecessor {
        /// Step id.
        step: String,
        /// As written.
        named: String,
    },
    /// A stay is waited for that the named step does not have.
    #[error("step `{step}` waits for the stay of `{named}`, which has none; give it `stay_days`")]
    StayOfNothing {
        /// Step id.
        step: String,
        /// The step named in `after_stay`.
        named: String,
    },
    /// A span outside 0 to [`DAYS_MAX`].
    #[error("`{field}` of step `{step}` is {days}; write 0 to 3660 days")]
    DaysOutOfRange {
        /// Step id.
        step: String,
        /// Field.
        field: &'static str,
        /// As written.
        days: i64,
    },
    /// Every step comes after another.
    #[error("item `{item}` has no first step; leave `after` empty on one")]
    NoStart {
        /// Item id.
        item: String,
    },
    /// Steps that wait for one another.
    #[error("steps `{}` wait for one another; break the circle", steps.join("`, `"))]
    Cycle {
        /// Step ids, sorted.
        steps: Vec<String>,
    },
    /// A step behind a circle or an unknown predecessor.
    #[error("step `{step}` can never be taken; what it comes after cannot be taken")]
    Unreachable {
        /// Step id.
        step: String,
    },
}

impl ItemProblem {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSteps { .. } => "ITEM_NO_STEPS",
            Self::StepWithoutId { .. } => "ITEM_STEP_WITHOUT_ID",
            Self::DuplicateStep { .. } => "ITEM_DUPLICATE_STEP",
            Self::UnknownPredecessor { .. } => "ITEM_UNKNOWN_PREDECESSOR",
            Self::StayOfNothing { .. } => "ITEM_STAY",
            Self::DaysOutOfRange { .. } => "ITEM_DAYS",
            Self::NoStart { .. } => "ITEM_NO_START",
            Self::Cycle { .. } => "ITEM_CYCLE",
            Self::Unreachable { .. } => "ITEM_UNREACHABLE",
        }
    }

    /// 中文：出了什么问题，怎么改。
    pub fn text(&self) -> String {
        match self {
            Self::NoSteps { item } => format!("事项{item}没有步骤，请补上。"),
            Self::StepWithoutId { item } => format!("事项{item}有一步没有编号，请补上。"),
            Self::DuplicateStep { step } => format!("步骤编号“{step}”重复，请改一个。"),
            Self::UnknownPredecessor { step, named } => {
                format!("步骤“{step}”的前一步“{named}”不存在，请改正。")
            }
            Self::StayOfNothing { step, named } => {
                format!("步骤“{step}”要等“{named}”公布期满，“{named}”却没有写公布天数。")
            }
            Self::DaysOutOfRange { step, days, .. } => {
                format!("步骤“{step}”的天数{days}不对，应为0到{DAYS_MAX}天。")
            }
            Self::NoStart { item } => format!("事项{item}没有起始步骤，请让一步不写前一步。"),
            Self::Cycle { steps } => {
                format!("步骤{}互相等待，永远办不了，请改正先后。", steps.join("、"))
            }
            Self::Unreachable { step } => format!("步骤“{step}”永远轮不到，请检查它的前一步。"),
        }
    }
}

/// Every problem of an item, sorted; empty when every step can be reached in a lawful order.
pub fn validate(item: &Item) -> Vec<ItemProblem> {
    let mut problems = BTreeSet::new();
    if item.steps.is_empty() {
        problems.insert(ItemProblem::NoSteps { item: item.id.clone() });
    } else if item.steps.iter().all(|s| !s.before().is_empty()) {
        problems.insert(ItemProblem::NoStart { item: item.id.clone() });
    }
    let before = ancestors(item);
    let mut seen = BTreeSet::new();
    for step in &item.steps {
        if step.id.is_empty() {
            problems.insert(ItemProblem::StepWithoutId { item: item.id.clone() });
        } else if !seen.insert(step.id.as_str()) {
            problems.insert(ItemProblem::DuplicateStep { step: step.id.clone() });
        }
        problems.extend(named(item, step));
        problems.extend(spans(step));
    }
    problems.extend(circles(&before));
    problems.extend(unreachable(item, &before));
    problems.into_iter().collect()
}

/// For each step all steps that must be taken before it; in a circle it is among them itself.
type Ancestors<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

fn ancestors(item: &Item) -> Ancestors<'_> {
    let after = |id: &str| {
        let same = move |s: &&Step| s.id == id;
        item.steps.iter().filter(same).flat_map(|s| s.before()).collect::<Vec<&str>>()
    };
    let closure = |step: &str| {
        let mut found = BTreeSet::new();
        let mut open = after(step);
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(after(id));
            }
        }
        found
    };
    item.steps.iter().map(|s| (s.id.as_str(), closure(&s.id))).collect()
}

fn named(item: &Item, step: &Step) -> Vec<ItemProblem> {
    let mut problems = Vec::new();
    for named in step.before() {
        let (step_id, named_id) = (step.id.clone(), named.to_owned());
        match item.step(named) {
            None => {
                problems.push(ItemProblem::UnknownPredecessor { step: step_id, named: named_id });
            }
            Some(before)
                if before.stay_days <= 0 && step.after_stay.iter().any(|id| id == named) =>
            {
                problems.push(ItemProblem::StayOfNothing { step: step_id, named: named_id });
            }
            Some(_) => {}
        }
    }
    problems
}

fn spans(step: &Step) -> impl Iterator<Item = ItemProblem> + '_ {
    let spans = [
        ("min_gap_days", step.min_gap_days),
        ("within_days", step.within_days.unwrap_or(0)),
        ("notice_days", step.notice_days),
        ("stay_days", step.stay_days),
    ];
    let wrong = spans.into_iter().filter(|(_, days)| !(0..=DAYS_MAX).contains(days));
    wrong.map(|(field, days)| ItemProblem::DaysOutOfRange { step: step.id.clone(), field, days })
}

/// Groups of steps that are ancestors of one another.
fn circles(before: &Ancestors<'_>) -> BTreeSet<ItemProblem> {
    let waits = |a: &str, b: &str| before.get(a).is_some_and(|set| set.contains(b));
    let group = |id: &str| -> Vec<String> {
        let mutual = before.keys().filter(|other| waits(id, other) && waits(other, id));
        mutual.map(ToString::to_string).collect()
    };
    let in_circle = before.keys().filter(|id| waits(id, id));
    in_circle.map(|id| ItemProblem::Cycle { steps: group(id) }).collect()
}

/// Steps behind a circle or behind a name that is no step. Those in the circle and those that name
/// it themselves have a problem of their own.
fn unreachable(item: &Item, before: &Ancestors<'_>) -> Vec<ItemProblem> {
    let circular = |id: &str| before.get(id).is_some_and(|set| set.contains(id));
    let known = |id: &str| item.step(id).is_some();
    let own = |id: &str| item.step(id).is_some_and(|s| !s.before().into_iter().all(known));
    let behind = before.iter().filter(|(id, set)| {
        !circular(id) && !own(id) && set.iter().any(|a| circular(a) || !known(a))
    });
    behind.map(|(id, _)| ItemProblem::Unreachable { step: (*id).to_owned() }).collect()
}
