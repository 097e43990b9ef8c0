//! Between the package's items and the flow engine's inert ones.

use std::collections::BTreeMap;

use flow::{Bodies, StepProblem, Taken};
use model::{CivilDay, DivisionCode, Record, Value};
use package::{Denominator, Edition};
use serde_json::json;

use crate::explanation::Language;
use crate::gather;
use crate::row::{Matter, Meeting};

/// The item of a matter as the flow engine reads it, under the parameters of its township on the day
/// it was opened (a deadline never shortens afterwards).
fn item(edition: &Edition, row: &Matter, language: Language) -> Option<flow::Item> {
    listed(edition, Some(row.village.township()), &row.item, row.opened, language)
}

/// An item as the flow engine reads it, under the parameters of a township on a day.
fn listed(
    edition: &Edition,
    township: Option<DivisionCode>,
    id: &str,
    day: CivilDay,
    language: Language,
) -> Option<flow::Item> {
    let item = edition.item(township, id)?;
    let parameters = edition.parameters_at(township, day);
    let days = |number: &package::Number| number.value(&parameters);
    let steps = item.steps.iter().map(|step| {
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
            notice_days: days(&step.notice_days)?,
            stay_days: days(&step.stay_days)?,
            signature: step.signature,
            who: named(language, &step.who, &step.who_en),
        })
    });
    Some(flow::Item { id: item.id.clone(), steps: steps.collect::<Option<_>>()? })
}

/// The name in a language; the Chinese one where the package has no other.
fn named(language: Language, chinese: &str, english: &str) -> String {
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
    edition.bodies().iter().map(|(id, body)| (id.clone(), rule(body))).collect::<BTreeMap<_, _>>()
}

fn taken(row: &Matter) -> Vec<Taken> {
    let record = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    row.taken
        .iter()
        .map(|t| Taken { step: t.step.clone(), day: t.day, record: record(&t.record) })
        .collect()
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
    let item = listed(edition, township, id, day, language)?;
    let said = edition.item(township, id)?;
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

/// What the policies are told about a step; none when the item has no such step.
pub(crate) fn step_rule(
    edition: &Edition,
    row: &Matter,
    step: &str,
    cited: Option<&Meeting>,
) -> Option<Record> {
    let cited = cited.map(|meeting| meeting.body.as_str());
    // Titles do not reach the policies.
    let (item, bodies) =
        (item(edition, row, Language::Chinese)?, bodies(edition, Language::Chinese));
    let facts = flow::StepFacts::of(&item, &taken(row), step, &bodies, cited)?;
    Some(gather::record([
        ("after", facts.after.iter().map(String::as_str).collect::<Value>()),
        ("body", facts.body.as_str().into()),
        ("bodies", facts.bodies.iter().map(String::as_str).collect::<Value>()),
        ("signature", facts.signature.into()),
        ("minGapDays", facts.min_gap_days.into()),
        ("lastDay", facts.last_day.number().into()),
        ("noticeDays", facts.notice_days.into()),
    ]))
}

/// Whether the step fits what was taken and what the cited meeting counted.
///
/// # Errors
/// Every problem there is.
pub(crate) fn check(
    edition: &Edition,
    row: &Matter,
    step: &str,
    meeting: Option<&Meeting>,
    today: CivilDay,
) -> Result<(), Vec<StepProblem>> {
    let unknown =
        || vec![StepProblem::StepUnknown { item: row.item.clone(), step: step.to_owned() }];
    let item = item(edition, row, Language::Chinese).ok_or_else(unknown)?;
    let meeting = meeting.map(|m| flow::Meeting {
        body: &m.body,
        day: m.day,
        notice_day: m.notice_day,
        tally: m.tally,
    });
    let bodies = bodies(edition, Language::Chinese);
    flow::check(&item, &taken(row), step, meeting, &bodies, today).map(|_| ())
}

/// The next lawful steps, who may take them and from when.
pub(crate) fn next(
    edition: &Edition,
    row: &Matter,
    today: CivilDay,
    language: Language,
) -> serde_json::Value {
    let Some(item) = item(edition, row, language) else { return json!([]) };
    let steps = flow::next(&item, &taken(row), &bodies(edition, language), today);
    let wait = match language {
        Language::Chinese => flow::Wait::text,
        Language::English => flow::Wait::english,
    };
    let one = |step: &flow::NextStep| {
        json!({
            "step": step.step, "title": step.title, "body": step.body, "who": step.who,
            "earliest": step.earliest, "latest": step.latest, "overdue": step.overdue, "ready": step.ready,
            "waiting_for": step.waiting_for.iter().map(wait).collect::<Vec<_>>(),
        })
    };
    json!(steps.iter().map(one).collect::<Vec<_>>())
}
