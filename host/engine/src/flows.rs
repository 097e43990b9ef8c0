//! Between the package's items and the flow engine's inert ones.

use std::collections::BTreeMap;

use flow::{Beside, Bodies, Hold, StepProblem, Taken};
use model::{CivilDay, DivisionCode, Record, Refusal, RefusalKind, Value};
use package::{Denominator, Edition, Variant};
use serde_json::json;

use crate::explanation::Language;
use crate::gather;
use crate::operation::Caller;
use crate::row::{Matter, Meeting};
use crate::state::State;
use crate::terms;

/// The item of a matter: as it stands in the township, by the variant the matter was opened with.
pub(crate) fn item_of<'e>(edition: &'e Edition, row: &Matter) -> Option<&'e package::Item> {
    match variant_of(edition, row) {
        Some(variant) => Some(&variant.item),
        None if row.course.variant.is_empty() => {
            edition.item(Some(row.village.township()), &row.item)
        }
        None => None,
    }
}

/// The variant a matter was opened with.
pub(crate) fn variant_of<'e>(edition: &'e Edition, row: &Matter) -> Option<&'e Variant> {
    edition.variant(Some(row.village.township()), &row.item, &row.course.variant)
}

/// Whether facts about a matter's steps hang on more than its own row.
pub(crate) fn changes_by_itself(edition: &Edition, row: &Matter) -> bool {
    let item = item_of(edition, row);
    item.is_some_and(|item| terms::changes_by_itself(item, variant_of(edition, row)))
}

/// A matter as the flow engine reads it, under the parameters of its township on the day it was opened
/// (a deadline never shortens afterwards).
struct Flow {
    item: flow::Item,
    taken: Vec<Taken>,
    beside: Beside,
    bodies: Bodies,
    calendar: flow::Calendar,
}

impl Flow {
    /// None when the item, its variant or a parameter is not in the edition.
    fn of(state: &State, edition: &Edition, row: &Matter, language: Language) -> Option<Self> {
        let listed = item_of(edition, row)?;
        let parameters = edition.parameters_at(Some(row.village.township()), row.opened);
        let item = inert(listed, &parameters, &row.course.project, language)?;
        let counts_days = item.steps.iter().any(|step| step.working_days);
        Some(Self {
            taken: taken(row),
            beside: terms::beside(state, row, listed, &parameters),
            bodies: bodies(edition, language),
            calendar: if counts_days {
                terms::calendar(edition)
            } else {
                flow::Calendar::default()
            },
            item,
        })
    }

    fn look(&self, today: CivilDay) -> flow::Look<'_> {
        flow::Look {
            item: &self.item,
            taken: &self.taken,
            beside: &self.beside,
            bodies: &self.bodies,
            calendar: &self.calendar,
            today,
        }
    }
}

/// An item as the flow engine reads it, under some parameters and for a kind of project.
fn inert(
    listed: &package::Item,
    parameters: &BTreeMap<String, i64>,
    project: &str,
    language: Language,
) -> Option<flow::Item> {
    let days = |number: &package::Number| number.value(parameters);
    let steps = listed.steps.iter().map(|step| {
        Some(flow::Step {
            id: step.id.clone(),
            title: named(language, &step.title, &step.title_en),
            after: step.after.clone(),
            body: (!step.body.is_empty()).then(|| step.body.clone()),
            min_gap_days: days(&step.min_gap_days)?,
            after_stay: step.after_stay.clone(),
            within_days: match &step.within_days {
                Some(within) => Some(days(within)?),
                None => None,
            },
            working_days: step.gates.days == package::Days::Working,
            notice_days: days(&step.notice_days)?,
            stay_days: days(&step.stay_days)?,
            signature: step.signature,
            who: named(language, &step.who, &step.who_en),
            gate: terms::gate(step, project, parameters, language)?,
        })
    });
    Some(flow::Item {
        id: listed.id.clone(),
        steps: steps.collect::<Option<_>>()?,
        bands: terms::bands(listed, parameters)?,
        change_permille: match &listed.ladder.change_permille {
            Some(number) => days(number)?,
            None => 0,
        },
    })
}

/// The name in a language; the Chinese one where the package has no other.
pub(crate) fn named(language: Language, chinese: &str, english: &str) -> String {
    let english = if english.is_empty() { chinese } else { english };
    language.pick(chinese, english).to_owned()
}

fn bodies(edition: &Edition, language: Language) -> Bodies {
    let rule = |body: &package::BodyRule| flow::BodyRule {
        title: named(language, &body.title, &body.title_en),
        quorum: body.quorum,
        majority: body.majority,
        of: match body.of {
            Denominator::Present => flow::Denominator::Present,
            Denominator::Eligible => flow::Denominator::Eligible,
        },
        notice_days: body.notice_days,
        stands_for: body.stands_for.clone(),
    };
    edition.bodies().iter().map(|(id, body)| (id.clone(), rule(body))).collect()
}

fn taken(row: &Matter) -> Vec<Taken> {
    let record = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    row.taken
        .iter()
        .map(|t| Taken { step: t.step.clone(), day: t.day, record: record(&t.record) })
        .collect()
}

/// A step that is asked about, with what is cited and stated for it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Step id.
    pub step: &'a str,
    /// Meeting cited.
    pub cited: Option<&'a Meeting>,
    /// Price stated, in cents.
    pub cents: Option<i64>,
    /// Today.
    pub today: CivilDay,
}

/// What the policies are told about a step; none when the item has no such step.
pub(crate) fn step_rule(
    state: &State,
    edition: &Edition,
    row: &Matter,
    asked: &Asked<'_>,
) -> Option<Record> {
    let cited = asked.cited.map(|meeting| meeting.body.as_str());
    // Titles do not reach the policies.
    let flow = Flow::of(state, edition, row, Language::Chinese)?;
    let facts = flow::StepFacts::of(&flow.item, &flow.taken, asked.step, &flow.bodies, cited)?;
    let gates = flow.look(asked.today).facts(asked.step, asked.cents)?;
    let variant = variant_of(edition, row);
    let fits = terms::variant_fits(state, row, variant, asked.step, asked.today);
    Some(gather::record([
        ("after", facts.after.iter().map(String::as_str).collect::<Value>()),
        ("body", facts.body.as_str().into()),
        ("bodies", facts.bodies.iter().map(String::as_str).collect::<Value>()),
        ("signature", facts.signature.into()),
        ("minGapDays", facts.min_gap_days.into()),
        ("lastDay", facts.last_day.number().into()),
        ("noticeDays", facts.notice_days.into()),
        ("gates", Value::Record(terms::facts(&gates, fits))),
    ]))
}

/// Whether the step fits what was taken, what stands beside it and what the cited meeting counted.
///
/// # Errors
/// Every problem there is, as one refusal.
pub(crate) fn check(
    state: &State,
    edition: &Edition,
    row: &Matter,
    asked: &Asked<'_>,
) -> Result<(), Refusal> {
    let Some(flow) = Flow::of(state, edition, row, Language::Chinese) else {
        let step = asked.step.to_owned();
        return Err(StepProblem::StepUnknown { item: row.item.clone(), step }.refusal());
    };
    let meeting = asked.cited.map(|m| flow::Meeting {
        body: &m.body,
        day: m.day,
        notice_day: m.notice_day,
        tally: m.tally,
    });
    let order =
        flow::check(&flow.item, &flow.taken, asked.step, meeting, &flow.bodies, asked.today);
    let mut all: Vec<Refusal> = match order {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(StepProblem::refusal).collect(),
    };
    let cited = asked.cited.map(|meeting| meeting.body.as_str());
    let holds = flow.look(asked.today).check(asked.step, asked.cents, cited);
    all.extend(holds.iter().map(Hold::refusal));
    if all.is_empty() { Ok(()) } else { Err(one(&all)) }
}

/// Several refusals as one: the first gives the code, all are told.
fn one(all: &[Refusal]) -> Refusal {
    let join = |part: fn(&Refusal) -> &str, between: &str| {
        all.iter().map(part).collect::<Vec<_>>().join(between)
    };
    Refusal::new(
        RefusalKind::Unprocessable,
        all.first().map_or("STEP_REFUSED", |r| r.code.as_str()),
        join(|r| &r.message, "; "),
        join(|r| &r.text, ""),
        join(|r| &r.help, ""),
    )
}

/// The next lawful steps, who may take them, from when and by when.
pub(crate) fn next(
    state: &State,
    edition: &Edition,
    row: &Matter,
    today: CivilDay,
    language: Language,
) -> Option<serde_json::Value> {
    let flow = Flow::of(state, edition, row, language)?;
    let steps = flow::next(&flow.item, &flow.taken, &flow.bodies, &flow.calendar, today);
    let chinese = matches!(language, Language::Chinese);
    let wait = |wait: &flow::Wait| if chinese { wait.text() } else { wait.english() };
    let held = |hold: &Hold| {
        let text = if chinese { hold.text() } else { hold.english() };
        json!({"code": hold.code(), "text": text})
    };
    let one = |step: &flow::NextStep| {
        let holds = flow.look(today).holds(&step.step);
        let mut shown = json!({
            "step": step.step, "title": step.title, "body": step.body, "who": step.who,
            "earliest": step.earliest, "latest": step.latest, "overdue": step.overdue,
            "ready": step.ready && holds.is_empty(),
            "waiting_for": step.waiting_for.iter().map(wait).collect::<Vec<_>>(),
            "holds": holds.iter().map(held).collect::<Vec<_>>(),
        });
        if let (Some(missing), Some(map)) = (&step.unknown, shown.as_object_mut()) {
            let text = if chinese { missing.text() } else { missing.to_string() };
            let problem = json!({"code": "NO_CALENDAR", "year": missing.year, "text": text});
            map.insert("latest_unknown".to_owned(), problem);
        }
        shown
    };
    Some(json!(steps.iter().map(one).collect::<Vec<_>>()))
}

/// First day after a publication's stay; none when the step is not taken or does not stand.
pub(crate) fn stands_until(edition: &Edition, row: &Matter, step: &str) -> Option<CivilDay> {
    let taken = row.taken.iter().find(|taken| taken.step == step)?;
    let parameters = edition.parameters_at(Some(row.village.township()), row.opened);
    let days = item_of(edition, row)?.step(step)?.stay_days.value(&parameters)?;
    taken.day.plus_days(days).ok()
}

/// Amount of a matter with those of its site within the item's window, in cents.
pub(crate) fn linked_cents(state: &State, edition: &Edition, row: &Matter) -> i64 {
    let parameters = edition.parameters_at(Some(row.village.township()), row.opened);
    item_of(edition, row)
        .map_or(row.amount_cents, |item| terms::beside(state, row, item, &parameters).linked_cents)
}

/// Whether a hold of this code keeps any step of a matter back today.
pub(crate) fn is_held(
    state: &State,
    edition: &Edition,
    row: &Matter,
    code: &str,
    today: CivilDay,
) -> bool {
    Flow::of(state, edition, row, Language::Chinese).is_some_and(|flow| {
        let look = flow.look(today);
        let held = |step: &flow::Step| look.holds(&step.id).iter().any(|hold| hold.code() == code);
        flow.item.steps.iter().any(held)
    })
}

/// Why a role of a person may not sign for a step of joint supervision; none when it may.
pub(crate) fn sign_problem(
    edition: &Edition,
    row: &Matter,
    step: &str,
    role: &str,
    caller: &Caller,
) -> Option<Refusal> {
    let parameters = edition.parameters_at(Some(row.village.township()), row.opened);
    let listed = item_of(edition, row).and_then(|item| item.step(step));
    let gate =
        listed.and_then(|s| terms::gate(s, &row.course.project, &parameters, Language::Chinese));
    let joint = gate.and_then(|gate| gate.joint);
    let signed = || row.course.signed.iter().filter(|sign| sign.step == step);
    let (code, english, chinese) = match joint {
        None => ("NO_SIGN_OFF", "the step has no joint supervision", "这一步不用联合监管签字。"),
        Some(joint) if !joint.organs().any(|organ| organ.role == role) => (
            "NOT_AN_ORGAN",
            "the post is of no organ that signs here",
            "您的部门不在联合监管之列。",
        ),
        Some(_) if signed().any(|sign| sign.by == caller.person) => {
            ("SIGNED_ALREADY", "one person never signs twice", "您已经签过字，一个人不能签两次。")
        }
        Some(_) if signed().any(|sign| sign.role == role) => {
            ("SIGNED_ALREADY", "the organ has signed", "这个部门已经签过字。")
        }
        Some(_) => return None,
    };
    let help = "请看办理页面上写明还缺哪些部门签字。";
    Some(Refusal::new(RefusalKind::Unprocessable, code, english, chinese, help))
}

/// How a flow chart is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chart {
    /// A complete SVG document.
    Svg,
    /// Mermaid text.
    Mermaid,
}

/// The flow chart of an item as it stands in a township (or in the district) on a day; none for an
/// unknown item. Drawn from the very steps that matters follow.
pub fn chart(
    edition: &Edition,
    township: Option<DivisionCode>,
    id: &str,
    day: CivilDay,
    language: Language,
    form: Chart,
) -> Option<String> {
    let said = edition.item(township, id)?;
    let item = inert(said, &edition.parameters_at(township, day), "", language)?;
    let title = named(language, &said.title, &said.title_en);
    let body = |id: &str| {
        let rule = edition.bodies().get(id);
        rule.map_or_else(|| id.to_owned(), |rule| named(language, &rule.title, &rule.title_en))
    };
    let words = match language {
        Language::Chinese => flow::chart::Words::chinese(&title, &body),
        Language::English => flow::chart::Words::english(&title, &body),
    };
    Some(match form {
        Chart::Svg => flow::chart::svg(&item, &words),
        Chart::Mermaid => flow::chart::mermaid(&item, &words),
    })
}
