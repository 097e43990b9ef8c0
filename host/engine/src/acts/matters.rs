//! Matters: opening one, entering a meeting's record, taking a step.

use flow::StepProblem;
use model::{CivilDay, DivisionCode, Refusal, RefusalKind, Tally, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::acts::{invalid, not_found, not_negative, title, year};
use crate::explanation::Language;
use crate::flows;
use crate::gather::{self, Cited};
use crate::operation::{Acting, Ask, Operation, Plan, View, chain_of};
use crate::record::Effect;
use crate::row::{Matter, Meeting, Personal, TakenStep};

/// Opens a matter of an item in a village.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenMatter {
    /// Item id, e.g. `P01`.
    pub item: String,
    /// Village.
    pub village: DivisionCode,
    /// What it is about, without names.
    pub title: String,
    /// Amount in cents.
    #[serde(default)]
    pub amount_cents: i64,
    /// Seal class, for `S11`.
    #[serde(default)]
    pub seal_class: String,
}

impl OpenMatter {
    fn row(&self, view: &View<'_>) -> Matter {
        let prefix = format!("{}-{}-{}-", self.village, self.item, year(view.today()));
        let number = view.next_number(view.state.matters.starting_with(&prefix).map(|row| &row.id));
        Matter {
            id: format!("{prefix}{number:03}"),
            item: self.item.clone(),
            village: self.village,
            title: self.title.clone(),
            amount_cents: self.amount_cents,
            seal_class: self.seal_class.clone(),
            relatives: std::collections::BTreeSet::new(),
            opened_by: view.caller.person.clone(),
            opened: view.today(),
            taken: Vec::new(),
        }
    }
}

impl Operation for OpenMatter {
    const NAME: &'static str = "open-matter";

    fn chain(&self, view: &View<'_>) -> Result<DivisionCode, Refusal> {
        Ok(view.village(self.village)?.township())
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        title("title", &self.title)?;
        not_negative("amount_cents", self.amount_cents)?;
        let village = view.village(self.village)?;
        let township = Some(village.township());
        let law = gather::law(view.edition, village);
        let item = view
            .edition
            .item(township, &self.item)
            .filter(|item| law.is_some_and(|law| item.applies_to(law)));
        let Some(item) = item else {
            return Err(Refusal::new(
                RefusalKind::Unprocessable,
                "ITEM_NOT_ON_LIST",
                format!("item `{}` is not on the list for `{village}`", self.item),
                format!("清单上没有适用于本村（社区）的事项“{}”。", self.item),
                "请查清单；清单之外的权力不能行使。",
            ));
        };
        if !self.seal_class.is_empty() && !["A", "B", "C", "X"].contains(&self.seal_class.as_str())
        {
            return Err(invalid("seal_class", "one of A, B, C, X", "用印类别只能是A、B、C、X。"));
        }
        let resource = gather::unit(view.edition, village)
            .ok_or_else(|| crate::operation::unknown_division(village))?;
        Ok(Ask {
            action: "OpenMatter",
            resource,
            place: village,
            cited: Cited::default(),
            context: gather::record([
                ("item", self.item.as_str().into()),
                ("local", item.local.into()),
            ]),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = self.row(view);
        // The reply is recorded for whoever asks again, in whatever language.
        let reply = matter_view(view.snapshot, &row, view.today(), Language::Chinese)?;
        Ok(Plan { effects: vec![Effect::Matter(row)], reply, ..Plan::default() })
    }
}

/// Enters the record of a meeting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordMeeting {
    /// Body that met, e.g. `REP`.
    pub body: String,
    /// Village, or the district for its own organs.
    pub village: DivisionCode,
    /// Item it dealt with.
    #[serde(default)]
    pub item: String,
    /// Matter, task or delegation it dealt with.
    #[serde(default)]
    pub matter: String,
    /// Day of the meeting.
    pub day: CivilDay,
    /// Day of the notice.
    pub notice_day: CivilDay,
    /// 应到.
    pub eligible: i64,
    /// 实到.
    pub present: i64,
    /// 赞成.
    pub in_favour: i64,
    /// 反对.
    pub against: i64,
    /// 弃权.
    pub abstain: i64,
}

impl Operation for RecordMeeting {
    const NAME: &'static str = "record-meeting";

    fn chain(&self, _: &View<'_>) -> Result<DivisionCode, Refusal> {
        Ok(chain_of(self.village))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let Some(resource) = gather::unit(view.edition, self.village) else {
            return Err(crate::operation::unknown_division(self.village));
        };
        if !view.edition.bodies().contains_key(&self.body) {
            return Err(invalid(
                "body",
                "not a body of this district; see `bodies.toml`",
                "没有这个会议机构。",
            ));
        }
        self.tally()
            .checked()
            .map_err(|e| invalid("eligible", &e.to_string(), "应到、实到和票数不相符。"))?;
        if self.day > view.today() || self.notice_day > self.day {
            return Err(invalid(
                "day",
                "a meeting lies in the past and after its notice",
                "会议日期不能晚于今天，通知日期不能晚于会议日期。",
            ));
        }
        Ok(Ask {
            action: "RecordMeeting",
            resource,
            place: self.village,
            cited: Cited::default(),
            context: gather::record([("record", gather::meeting(&self.row(view)))]),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = self.row(view);
        let reply = json!(row);
        Ok(Plan { effects: vec![Effect::Meeting(row)], reply, ..Plan::default() })
    }
}

impl RecordMeeting {
    fn tally(&self) -> Tally {
        Tally {
            eligible: self.eligible,
            present: self.present,
            in_favour: self.in_favour,
            against: self.against,
            abstain: self.abstain,
        }
    }

    fn row(&self, view: &View<'_>) -> Meeting {
        let prefix = format!("{}-{}-{}-", self.village, self.body, year(self.day));
        let number =
            view.next_number(view.state.meetings.starting_with(&prefix).map(|row| &row.id));
        Meeting {
            id: format!("{prefix}{number:03}"),
            body: self.body.clone(),
            village: self.village,
            item: self.item.clone(),
            matter: self.matter.clone(),
            day: self.day,
            notice_day: self.notice_day,
            tally: self.tally(),
            recorded_by: view.caller.person.clone(),
        }
    }
}

/// Takes one step of a matter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeStep {
    /// Matter id; from the path over HTTP.
    #[serde(default)]
    pub matter: String,
    /// Step id.
    pub step: String,
    /// Meeting record cited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Delegation cited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// Post under which the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl TakeStep {
    fn matter<'a>(&self, view: &View<'a>) -> Result<&'a Matter, Refusal> {
        view.state
            .matters
            .get(&self.matter)
            .ok_or_else(|| not_found("matter", "事项", &self.matter))
    }
}

impl Operation for TakeStep {
    const NAME: &'static str = "take-step";

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = self.matter(view)?;
        if let Some(id) = &self.record
            && view.state.meetings.get(id).is_none()
        {
            return Err(not_found("meeting record", "会议记录", id));
        }
        if let Some(id) = &self.grant
            && view.state.delegations.get(id).is_none()
        {
            return Err(not_found("delegation", "委托", id));
        }
        let cited = self.record.as_ref().and_then(|id| view.state.meetings.get(id));
        let (resource, context) = step_facts(view.snapshot, row, &self.step, cited)?;
        Ok(Ask {
            action: "TakeStep",
            resource,
            place: row.village,
            cited: Cited {
                post: self.post.clone(),
                record: self.record.clone(),
                grant: self.grant.clone(),
                ..Cited::default()
            },
            context,
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = self.matter(view)?;
        let meeting = self.record.as_ref().and_then(|id| view.state.meetings.get(id));
        let edition = view.snapshot.edition(row.opened)?;
        flows::check(edition, row, &self.step, meeting, view.today())
            .map_err(|problems| refuse(&problems))?;
        let mut row = row.clone();
        row.taken.push(TakenStep {
            step: self.step.clone(),
            day: view.today(),
            by: view.caller.person.clone(),
            record: self.record.clone().unwrap_or_default(),
            grant: self.grant.clone().unwrap_or_default(),
        });
        let reply = matter_view(view.snapshot, &row, view.today(), Language::Chinese)?;
        Ok(Plan { effects: vec![Effect::Matter(row)], reply, ..Plan::default() })
    }
}

/// The facts of a step: the matter under the edition it began with, and what the flow says of the step.
///
/// # Errors
/// `NO_EDITION` when that edition is not in the package any more.
pub fn step_facts(
    snapshot: &crate::snapshot::Snapshot,
    row: &Matter,
    step: &str,
    cited: Option<&Meeting>,
) -> Result<(model::Entity, model::Record), Refusal> {
    let edition = snapshot.edition(row.opened)?;
    let mut context = model::Record::new();
    if let Some(rule) = flows::step_rule(edition, row, step, cited) {
        context.insert("rule".to_owned(), Value::Record(rule));
    }
    Ok((gather::matter(row, edition, step), context))
}

/// Flow problems as one refusal: the first gives the code, all are told.
fn refuse(problems: &[StepProblem]) -> Refusal {
    let all: Vec<Refusal> = problems.iter().map(StepProblem::refusal).collect();
    let join = |part: fn(&Refusal) -> &str, between: &str| {
        all.iter().map(part).collect::<Vec<_>>().join(between)
    };
    Refusal::new(
        RefusalKind::Unprocessable,
        problems.first().map_or("STEP_REFUSED", StepProblem::code),
        join(|r| &r.message, "; "),
        join(|r| &r.text, ""),
        join(|r| &r.help, ""),
    )
}

/// A matter with its next lawful steps, as callers see it.
///
/// # Errors
/// `NO_EDITION` when the edition the matter began under is not in the package any more.
pub fn matter_view(
    snapshot: &crate::snapshot::Snapshot,
    row: &Matter,
    today: CivilDay,
    language: Language,
) -> Result<serde_json::Value, Refusal> {
    let next = flows::next(snapshot.edition(row.opened)?, row, today, language);
    Ok(json!({
        "id": row.id, "item": row.item, "village": row.village, "title": row.title,
        "amount_cents": row.amount_cents, "seal_class": row.seal_class, "opened": row.opened,
        "taken": row.taken, "next": next,
    }))
}
