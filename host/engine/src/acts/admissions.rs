//! Admission (准入): a department's task reaches a village only by the list, or by the district's two
//! approvals with basis, money released, staff and an end date.

use model::{CivilDay, DivisionCode, Record, Refusal, RefusalKind, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::{invalid, not_found, not_negative, title, year};
use crate::admitted;
use crate::gather::{self, Cited};
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::{Approval, Clue, Personal, Task, Urgent};
use crate::state::State;

/// The kind of clue that is left when work was to reach a village past the lists (擅自委托或转移工作).
const UNAUTHORIZED: &str = "unauthorized_delegation";

/// The kind of clue that stands where a quota was used up and an accident or emergency went past it.
const PAST_QUOTA: &str = "urgent_past_quota";

/// Proposes a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposeTask {
    /// Village.
    pub village: DivisionCode,
    /// What is to be done.
    pub title: String,
    /// Listed item, when there is one.
    #[serde(default)]
    pub item: String,
    /// Law it rests on.
    #[serde(default)]
    pub basis_law: String,
    /// Article.
    #[serde(default)]
    pub basis_article: String,
    /// Money promised, in cents.
    #[serde(default)]
    pub fund_cents: i64,
    /// Staff promised.
    #[serde(default)]
    pub staff: i64,
    /// Last day of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<CivilDay>,
    /// Data it asks for, by any name of the register; where none is stated, those of the listed form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// That it cannot wait for the next period of its quota: an accident or emergency, with the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent: Option<Urgent>,
}

impl ProposeTask {
    fn meant(&self, view: &View<'_>) -> Result<String, Refusal> {
        admitted::meant(view.edition, view.today(), &self.item, &self.title)
    }

    fn row(&self, view: &View<'_>) -> Result<Task, Refusal> {
        let prefix = format!("{}-K-{}-", self.village, year(view.today()));
        let number = view.next_number(view.state.tasks.starting_with(&prefix).map(|row| &row.id));
        let posts = view.state.posts_of(&view.caller.person);
        let department =
            posts.iter().map(|p| p.department.as_str()).find(|d| !d.is_empty()).unwrap_or_default();
        let item = self.meant(view)?;
        let negative = admitted::negative(view.edition, view.today(), &item).is_some();
        // what may not be asked at all is refused for that, whatever data it names
        let asked = if negative { &[][..] } else { &self.fields };
        let fields = admitted::fields(view.edition, view.today(), &item, asked)?;
        Ok(Task {
            id: format!("{prefix}{number:03}"),
            department: department.to_owned(),
            village: self.village,
            item,
            title: self.title.clone(),
            basis_law: self.basis_law.clone(),
            basis_article: self.basis_article.clone(),
            fund_cents: self.fund_cents,
            released_cents: 0,
            staff: self.staff,
            end: self.end,
            fields,
            urgent: self.urgent.clone(),
            proposed_by: view.caller.person.clone(),
            approvals: std::collections::BTreeMap::new(),
            assigned: None,
        })
    }
}

impl Operation for ProposeTask {
    const NAME: &'static str = "propose-task";
    const CLUE: Option<&'static str> = Some(UNAUTHORIZED);

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn told(&self, view: &View<'_>, code: &str) -> Option<(String, String)> {
        (code == "ON_NEGATIVE_LIST")
            .then(|| admitted::negative(view.edition, view.today(), &self.meant(view).ok()?))
            .flatten()
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        title("title", &self.title)?;
        not_negative("fund_cents", self.fund_cents)?;
        let village = view.village(self.village)?;
        if self.staff < 0 {
            return Err(invalid(
                "staff",
                "a number of people is never negative",
                "人数不能为负数。",
            ));
        }
        if let Some(urgent) = &self.urgent {
            title("urgent.reason", &urgent.reason)?;
        }
        Ok(Ask { place: village, ..ask("ProposeTask", view, &self.row(view)?, None) })
    }

    fn chain(&self, view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(view.village(self.village)?.township()))
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        Ok(stored(self.row(view)?))
    }
}

/// Registers one organ's approval, citing its meeting record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveTask {
    /// Task id; from the path over HTTP.
    #[serde(default)]
    pub task: String,
    /// Meeting record of the district committee (`DC`) or government (`DG`); its body says which organ approves.
    pub record: String,
    /// Last day the approval holds.
    pub to: CivilDay,
}

impl ApproveTask {
    /// The organ whose meeting is cited.
    fn organ(&self, view: &View<'_>) -> Result<String, Refusal> {
        let meeting = view.state.meetings.get(&self.record);
        let meeting =
            meeting.ok_or_else(|| not_found("meeting record", "会议记录", &self.record))?;
        if ORGANS.iter().any(|(organ, _)| *organ == meeting.body) {
            return Ok(meeting.body.clone());
        }
        Err(invalid(
            "record",
            "a record of the district committee (`DC`) or government (`DG`) is needed",
            "应为市委会议或者市政府常务会议的记录。",
        ))
    }
}

impl Operation for ApproveTask {
    const NAME: &'static str = "approve-task";
    const CLUE: Option<&'static str> = Some(UNAUTHORIZED);

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Task", &self.task)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = find(view, &self.task)?;
        self.organ(view)?;
        Ok(ask("ApproveTask", view, row, Some(self.record.clone())))
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let organ = self.organ(view)?;
        let mut row = find(view, &self.task)?.clone();
        let approval = Approval {
            organ: organ.clone(),
            record: self.record.clone(),
            day: view.today(),
            to: self.to,
            by: view.caller.person.clone(),
            revoked: None,
        };
        row.approvals.insert(organ, approval);
        Ok(stored(row))
    }
}

/// Records money released for a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseFunds {
    /// Task id; from the path over HTTP.
    #[serde(default)]
    pub task: String,
    /// Amount, in cents.
    pub cents: i64,
}

impl Operation for ReleaseFunds {
    const NAME: &'static str = "release-funds";
    const CLUE: Option<&'static str> = Some(UNAUTHORIZED);

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Task", &self.task)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        if self.cents <= 0 {
            return Err(invalid("cents", "a release is more than nothing", "拨付金额应大于零。"));
        }
        Ok(ask("ReleaseFunds", view, find(view, &self.task)?, None))
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let mut row = find(view, &self.task)?.clone();
        row.released_cents = row
            .released_cents
            .checked_add(self.cents)
            .ok_or_else(|| invalid("cents", "the sum does not fit", "金额过大。"))?;
        Ok(stored(row))
    }
}

/// Hands the task to the village.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignTask {
    /// Task id; from the path over HTTP.
    #[serde(default)]
    pub task: String,
}

impl Operation for AssignTask {
    const NAME: &'static str = "assign-task";
    const CLUE: Option<&'static str> = Some(UNAUTHORIZED);

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Task", &self.task)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        Ok(ask("AssignTask", view, find(view, &self.task)?, None))
    }

    fn told(&self, view: &View<'_>, code: &str) -> Option<(String, String)> {
        let row = view.state.tasks.get(&self.task)?;
        match code {
            "OVER_QUOTA" => {
                let standing = admitted::standing(view.state, view.edition, view.today(), row)?;
                Some(standing.told(&row.item, view.today()))
            }
            "FIELD_HELD" => admitted::holders(view.edition, row),
            _ => None,
        }
    }

    fn plan(&self, view: &View<'_>, acting: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = find(view, &self.task)?.clone();
        if let Some(day) = row.assigned {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "ALREADY_ASSIGNED",
                format!(
                    "`{}` was handed over on {day}; propose a new task for another time",
                    row.id
                ),
                format!("这项任务{day}已经交办，不能再交办一次。"),
                "要再办一次的，请另外提出任务。",
            ));
        }
        let standing = admitted::standing(view.state, view.edition, view.today(), &row);
        let past = standing.is_some_and(|standing| standing.is_used_up());
        let clue = past.then(|| past_quota(view, acting, &row));
        let assigned = Some(view.today());
        let mut plan = stored(Task { assigned, ..row });
        plan.effects.extend(clue.map(Effect::Clue));
        Ok(plan)
    }
}

/// What is left of a hand-over past its quota, so that a marked accident or emergency is looked at by those
/// who read the clues; the mark and its reason stand on the task.
fn past_quota(view: &View<'_>, acting: &Acting, row: &Task) -> Clue {
    let policies = acting.decision.iter().flat_map(|decision| &decision.reasons);
    Clue {
        id: crate::clues::next_id(view, row.village),
        kind: PAST_QUOTA.to_owned(),
        village: row.village,
        at: view.now,
        by: view.caller.person.clone(),
        action: "AssignTask".to_owned(),
        thing: row.id.clone(),
        item: row.item.clone(),
        policies: policies.map(|reason| reason.policy.clone()).collect(),
        decision: acting.id.clone(),
        evidence: acting.facts,
        mark: row.urgent.clone(),
    }
}

fn ask(action: &'static str, view: &View<'_>, row: &Task, record: Option<String>) -> Ask {
    Ask {
        action,
        resource: gather::task(row),
        place: row.village,
        cited: Cited { record, ..Cited::default() },
        context: admission_context(view.state, view.edition, view.today(), action, row),
    }
}

/// Whether both organs approved a task and neither took it back.
pub(crate) fn approved(row: &Task) -> bool {
    let by = |organ: &str| row.approvals.get(organ).is_some_and(|it| it.revoked.is_none());
    ORGANS.iter().all(|(organ, _)| by(organ))
}

/// The district's two organs, and what their approvals are called in the facts.
const ORGANS: [(&str, &str); 2] = [("DC", "committeeApproval"), ("DG", "governmentApproval")];

/// What an admission question sees: the village's lists on the day and the two approvals, raw; and for a
/// hand-over its quota, what was handed over before, and the data that departments hold.
pub fn admission_context(
    state: &State,
    edition: &package::Edition,
    day: CivilDay,
    action: &str,
    row: &Task,
) -> Record {
    let listed = edition.listed_for(day, &row.department).collect::<Value>();
    let mut context = gather::record([("listed", listed)]);
    for (organ, name) in ORGANS {
        if let Some(approval) = row.approvals.get(organ) {
            context.insert(name.to_owned(), gather::approval(approval));
        }
    }
    if action == "AssignTask" {
        context.extend(admitted::facts(state, edition, day, row));
    }
    context
}

fn find<'a>(view: &View<'a>, id: &str) -> Result<&'a Task, Refusal> {
    view.state.tasks.get(id).ok_or_else(|| not_found("task", "准入申请", id))
}

fn stored(row: Task) -> Plan {
    let reply = json!(row);
    Plan { effects: vec![Effect::Task(row)], reply, ..Plan::default() }
}
