//! What can be done next in a matter, and what it waits for.

use model::CivilDay;

use crate::calendar::{Calendar, NoCalendar};
use crate::check::{Bodies, notice_days};
use crate::days::{due, gap_until, stay};
use crate::item::{Item, Step, Taken};

/// A step whose predecessors are all taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextStep {
    /// Step id.
    pub step: String,
    /// Title.
    pub title: String,
    /// Body whose record it needs.
    pub body: Option<String>,
    /// Who does it.
    pub who: String,
    /// First lawful day; today when nothing holds it back.
    pub earliest: CivilDay,
    /// Last day on which it is in time.
    pub latest: Option<CivilDay>,
    /// The year whose calendar is missing, where the last day cannot be told.
    pub unknown: Option<NoCalendar>,
    /// Whether the last day has passed. It may still be taken.
    pub overdue: bool,
    /// Whether its days allow it today. A record or a signature may still be missing.
    pub ready: bool,
    /// What is still to come before it can be taken.
    pub waiting_for: Vec<Wait>,
}

/// Something a step waits for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wait {
    /// The gap after the last step, until this day.
    Gap(CivilDay),
    /// The publication's stay, until this day.
    Stay(CivilDay),
    /// A meeting of a body.
    Meeting {
        /// Body id.
        body: String,
        /// Its title.
        title: String,
        /// Days of notice before it.
        notice_days: i64,
    },
    /// A signature; of whom.
    Signature(String),
}

impl Wait {
    /// 中文：还要等什么。
    pub fn text(&self) -> String {
        match self {
            Self::Gap(day) => format!("间隔期到{day}满"),
            Self::Stay(day) => format!("公布期到{day}满"),
            Self::Meeting { title, notice_days: 0, .. } => format!("要有{title}的会议记录"),
            Self::Meeting { title, notice_days, .. } => {
                format!("要有{title}的会议记录，开会要提前{notice_days}天通知")
            }
            Self::Signature(who) => format!("要由{who}签字"),
        }
    }

    /// English: what is still to come; titles as they were given.
    pub fn english(&self) -> String {
        match self {
            Self::Gap(day) => format!("the gap between the two steps ends on {day}"),
            Self::Stay(day) => format!("the publication has to stand until {day}"),
            Self::Meeting { title, notice_days: 0, .. } => {
                format!("a record of {title} is needed")
            }
            Self::Meeting { title, notice_days, .. } => {
                format!("a record of {title} is needed, with {notice_days} days of notice")
            }
            Self::Signature(who) => format!("the signature of {who}"),
        }
    }
}

/// Every step that comes next by order, in the order of the item.
pub fn next(
    item: &Item,
    taken: &[Taken],
    bodies: &Bodies,
    calendar: &Calendar,
    today: CivilDay,
) -> Vec<NextStep> {
    let open =
        |step: &&Step| step.missing(taken).is_empty() && !taken.iter().any(|t| t.step == step.id);
    let due = |step: &Step| due(step, taken, calendar);
    let steps = item.steps.iter().filter(open);
    steps.map(|step| look(item, step, taken, bodies, due(step), today)).collect()
}

fn look(
    item: &Item,
    step: &Step,
    taken: &[Taken],
    bodies: &Bodies,
    due: Result<Option<CivilDay>, NoCalendar>,
    today: CivilDay,
) -> NextStep {
    let ahead = |day: &CivilDay| *day > today;
    let gap = gap_until(step, taken).filter(ahead);
    let stay = stay(item, step, taken).map(|(_, until)| until).filter(ahead);
    let (latest, unknown) = due.map_or_else(|missing| (None, Some(missing)), |day| (day, None));
    let mut waiting_for = Vec::new();
    waiting_for.extend(gap.map(Wait::Gap));
    waiting_for.extend(stay.map(Wait::Stay));
    waiting_for.extend(step.body.as_ref().map(|body| Wait::Meeting {
        body: body.clone(),
        title: bodies.get(body).map_or_else(|| body.clone(), |rule| rule.title.clone()),
        notice_days: notice_days(step, bodies, None),
    }));
    if step.signature {
        waiting_for.push(Wait::Signature(step.who.clone()));
    }
    NextStep {
        step: step.id.clone(),
        title: step.title.clone(),
        body: step.body.clone(),
        who: step.who.clone(),
        earliest: [gap, stay].into_iter().flatten().max().unwrap_or(today),
        latest,
        unknown,
        overdue: latest.is_some_and(|day| day < today),
        ready: gap.is_none() && stay.is_none(),
        waiting_for,
    }
}
