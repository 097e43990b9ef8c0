//! Supervision committees that work: what each did in a quarter, counted from the record.
//!
//! A committee that neither met, nor signed, asked or let a hold pass is not effective (村务监督机构有效运行).
//! What a member did counts only under a post in that village on that day.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, DivisionCode, Refusal, RefusalKind};
use package::{Edition, RoleLevel};
use serde_json::{Value, json};

use crate::Engine;
use crate::operation::unknown_division;
use crate::row::Matter;
use crate::snapshot::Snapshot;
use crate::state::State;

/// What one committee did in the quarter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Activity {
    meetings: u64,
    signatures: u64,
    questions: u64,
    passes: u64,
}

impl Activity {
    fn any(self) -> bool {
        self != Self::default()
    }
}

/// A quarter of a year, both days included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Quarter {
    year: i16,
    number: i8,
}

impl Quarter {
    fn of(day: CivilDay) -> Self {
        Self { year: day.ymd().0, number: day.quarter() }
    }

    /// Reads `2026-Q4`.
    fn parse(text: &str) -> Option<Self> {
        let (year, number) = text.split_once("-Q")?;
        let digits =
            |text: &str, size| text.len() == size && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(number, 1) {
            return None;
        }
        let quarter = Self { year: year.parse().ok()?, number: number.parse().ok()? };
        (quarter.year >= 1 && (1..=4).contains(&quarter.number)).then_some(quarter)
    }

    fn holds(self, day: CivilDay) -> bool {
        Self::of(day) == self
    }

    fn order(self) -> (i16, i8) {
        (self.year, self.number)
    }
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number)
    }
}

/// The bodies that supervise, and the posts of their members, as the district names them.
struct Committees<'a> {
    state: &'a State,
    bodies: BTreeSet<&'a str>,
    roles: BTreeSet<&'a str>,
}

impl<'a> Committees<'a> {
    /// A body supervises where village posts of its own take the steps marked `control`.
    fn new(state: &'a State, edition: &'a Edition) -> Self {
        let steps = edition.items().values().flat_map(|item| &item.steps);
        let may = steps.filter(|step| step.control).flat_map(|step| &step.may);
        let taking: BTreeSet<&str> = may.flat_map(|may| &may.roles).map(String::as_str).collect();
        let roles = || {
            let all = edition.district().roles.values();
            all.filter(|role| role.level == RoleLevel::Village && taking.contains(role.id.as_str()))
        };
        let bodies = edition.bodies().values();
        let bodies = bodies.filter(|body| roles().any(|role| role.organ == body.title));
        let of_body =
            |role: &&package::Role| edition.bodies().values().any(|body| body.title == role.organ);
        Self {
            state,
            bodies: bodies.map(|body| body.id.as_str()).collect(),
            roles: roles().filter(of_body).map(|role| role.id.as_str()).collect(),
        }
    }

    /// Whether a person sat on the village's committee on a day.
    fn member(&self, person: &str, village: DivisionCode, day: CivilDay) -> bool {
        self.state.posts_of(person).iter().any(|post| {
            post.unit == village
                && self.roles.contains(post.role.as_str())
                && post.from <= day
                && day <= post.to
        })
    }

    /// What the committee did in one matter.
    fn in_matter(&self, snapshot: &Snapshot, row: &Matter, quarter: Quarter, own: &mut Activity) {
        let counts = |by: &str, day| quarter.holds(day) && self.member(by, row.village, day);
        let edition = snapshot.began(row).ok();
        let item = edition.and_then(|edition| crate::flows::item_of(edition, row));
        let signs = |id: &str| {
            let step = item.and_then(|item| item.step(id));
            step.is_some_and(|step| step.signature || step.control)
        };
        let steps = row.taken.iter().filter(|taken| signs(&taken.step));
        let signed = steps.filter(|taken| counts(&taken.by, taken.day)).count();
        let joint = row.course.signed.iter().filter(|sign| counts(&sign.by, sign.day)).count();
        let asked = row.course.queries.iter().filter(|query| query.step.is_empty());
        let asked = asked.filter(|query| counts(&query.by, query.day)).count();
        let passed = row.course.passed.iter().filter(|pass| counts(&pass.by, pass.day)).count();
        for (sum, more) in [
            (&mut own.signatures, signed.saturating_add(joint)),
            (&mut own.questions, asked),
            (&mut own.passes, passed),
        ] {
            *sum = sum.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        }
    }
}

impl Engine {
    /// What each supervision committee of a village, township or district did in a quarter (`2026-Q4`; empty =
    /// the running one), and which did nothing. Before the quarter is over the latter have done nothing yet.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION`, `INVALID_INPUT` for a quarter that is none or has not begun, or no edition is in force.
    pub fn supervision(&self, place: DivisionCode, quarter: &str) -> Result<Value, Refusal> {
        let (state, snapshot, today) = (self.read_state(), self.snapshot(), self.today());
        let edition = snapshot.edition(today, Some(place))?;
        if edition.divisions().get(place).is_none() {
            return Err(unknown_division(place));
        }
        let running = Quarter::of(today);
        let asked = if quarter.is_empty() { Some(running) } else { Quarter::parse(quarter) };
        let quarter = asked.filter(|q| q.order() <= running.order()).ok_or_else(wrong)?;
        let committees = Committees::new(&state, edition);
        let kinds = &edition.district().kinds;
        let has_one = |kind: &str| {
            let bodies = kinds.get(kind).map(|kind| kind.bodies.iter());
            bodies.is_some_and(|mut all| all.any(|id| committees.bodies.contains(id.as_str())))
        };
        let villages = edition.divisions().villages().filter(|row| place.contains(row.code));
        let mut all: BTreeMap<DivisionCode, Activity> = villages
            .filter(|row| has_one(&row.kind))
            .map(|row| (row.code, Activity::default()))
            .collect();
        let meetings = state.meetings.iter();
        for meeting in meetings.filter(|row| committees.bodies.contains(row.body.as_str())) {
            if let Some(own) = all.get_mut(&meeting.village).filter(|_| quarter.holds(meeting.day))
            {
                own.meetings = own.meetings.saturating_add(1);
            }
        }
        for row in state.matters.iter() {
            if let Some(own) = all.get_mut(&row.village) {
                committees.in_matter(&snapshot, row, quarter, own);
            }
        }
        let shown = |(code, own): (&DivisionCode, &Activity)| {
            let name = edition.divisions().get(*code).map(|row| row.name.as_str());
            json!({
                "village": code, "name": name, "effective": own.any(), "meetings": own.meetings,
                "signatures": own.signatures, "questions": own.questions, "passes": own.passes,
            })
        };
        let (works, idle): (Vec<_>, Vec<_>) = all.iter().partition(|(_, own)| own.any());
        Ok(json!({
            "place": place, "quarter": quarter.to_string(), "over": quarter != running,
            "committees": all.len(), "effective": works.len(),
            "working": works.into_iter().map(shown).collect::<Vec<_>>(),
            "not_effective": idle.into_iter().map(shown).collect::<Vec<_>>(),
        }))
    }
}

fn wrong() -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "INVALID_INPUT",
        "`quarter`: a quarter that has begun is needed, e.g. `2026-Q4`",
        "“quarter”填写有误：应为已经开始的季度。",
        "请填写年份和季度，例如 2026-Q4。",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_read_and_hold_their_days() {
        let day = |text: &str| CivilDay::parse(text).unwrap();
        let quarter = Quarter::parse("2026-Q4").unwrap();
        assert_eq!(quarter.to_string(), "2026-Q4");
        for (text, held) in [
            ("2026-09-30", false),
            ("2026-10-01", true),
            ("2026-12-31", true),
            ("2027-01-01", false),
            ("2025-12-31", false),
        ] {
            assert_eq!(quarter.holds(day(text)), held, "{text}");
        }
        for bad in
            ["", "2026", "2026-Q0", "2026-Q5", "2026Q4", "26-Q4", "2026-Q44", "-026-Q1", "0000-Q1"]
        {
            assert_eq!(Quarter::parse(bad), None, "{bad}");
        }
    }
}
