//! Questions from other systems: one AuthZEN evaluation against the record.
//!
//! Principal and resource must be stored, or the answer is a deny. Of what the caller sends, only
//! what the schema marks `@request` and the ids of cited records are used; the rest is dropped, and
//! the log says what was dropped.

use std::collections::{BTreeMap, BTreeSet};

use model::{Decision, DivisionCode, Entity, EntityRef, Minute, Record, Refusal, Value};

use crate::Engine;
use crate::acts::{admissions, matters};
use crate::decide::{Decided, Question, decide, refused};
use crate::gather::{self, Cited};
use crate::operation::Caller;
use crate::record::DecisionLine;
use crate::snapshot::Snapshot;
use crate::state::State;

/// One evaluation request, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// Subject type and id.
    pub subject: Option<EntityRef>,
    /// Action name.
    pub action: String,
    /// Resource type and id.
    pub resource: Option<EntityRef>,
    /// Values the caller sends for the resource.
    pub properties: BTreeMap<String, serde_json::Value>,
    /// Names of properties the caller sends for the subject; never used, only told as dropped.
    pub subject_properties: BTreeSet<String>,
    /// The caller's context.
    pub context: BTreeMap<String, serde_json::Value>,
    /// Township named by the path, when there is one.
    pub township: Option<DivisionCode>,
}

/// An answer with its id.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The decision.
    pub decision: Decision,
    /// Decision id.
    pub id: String,
    /// Caller's values that were dropped.
    pub dropped: Vec<String>,
}

/// Context keys by which a caller may cite what is recorded.
const CITES: [&str; 3] = ["post", "record", "grant"];
/// Context keys that steer the answer and never reach a policy.
const STEERING: [&str; 2] = ["explain", "purpose"];

impl Engine {
    /// Decides one evaluation and writes it to the decision log before it is answered.
    ///
    /// # Errors
    /// Only when the decision cannot be logged; then nothing is answered.
    pub fn evaluate(&self, evaluation: &Evaluation) -> Result<Answer, Refusal> {
        self.running()?;
        let now = self.now();
        let snapshot = self.snapshot();
        let state = self.read_state();
        let (decided, dropped) = decide_evaluation(&state, &snapshot, now, evaluation);
        drop(state);
        let id = self.decision_id(&decided, now);
        let nobody = || EntityRef::new("", "");
        self.log_decision(&DecisionLine {
            id: id.clone(),
            at: now,
            principal: evaluation.subject.clone().unwrap_or_else(nobody),
            action: evaluation.action.clone(),
            resource: evaluation.resource.clone().unwrap_or_else(nobody),
            effect: decided.decision.effect,
            policies: decided.policies(),
            edition: decided.decision.edition,
            facts: decided.facts,
            purpose: text(&evaluation.context, "purpose").unwrap_or_default(),
            dropped: dropped.clone(),
        })?;
        Ok(Answer { decision: decided.decision, id, dropped })
    }

    /// Asks the policies for a reader, and logs the answer with the purpose given.
    ///
    /// # Errors
    /// `DENIED`, or the log cannot be written.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one question, named where they are put together"
    )]
    pub(crate) fn allow_read(
        &self,
        state: &State,
        caller: &Caller,
        action: &'static str,
        resource: Entity,
        place: DivisionCode,
        purpose: &str,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let snapshot = self.snapshot();
        let target = resource.id.clone();
        let cited = Cited::default();
        let context = if action == "ReadStatement" {
            gather::record([("purpose", purpose.into())])
        } else {
            Record::new()
        };
        let question =
            Question { person: &caller.person, action, resource, place, cited: &cited, context };
        let decided = decide(state, &snapshot, now, question);
        self.log_decision(&DecisionLine {
            id: self.decision_id(&decided, now),
            at: now,
            principal: EntityRef::new("Person", &caller.person),
            action: action.to_owned(),
            resource: target,
            effect: decided.decision.effect,
            policies: decided.policies(),
            edition: decided.decision.edition,
            facts: decided.facts,
            purpose: purpose.to_owned(),
            dropped: Vec::new(),
        })?;
        if decided.decision.allowed() { Ok(()) } else { Err(crate::write::denied(decided)) }
    }
}

/// Decides an evaluation over a state; the command line uses it without an engine.
pub fn decide_evaluation(
    state: &State,
    snapshot: &Snapshot,
    now: Minute,
    evaluation: &Evaluation,
) -> (Decided, Vec<String>) {
    let edition = snapshot.compiled(now.day()).map(|c| c.edition.digest()).unwrap_or_default();
    let (Some(subject), Some(resource)) = (&evaluation.subject, &evaluation.resource) else {
        return (refused("incomplete", "请求不完整，不能办。", edition), Vec::new());
    };
    if subject.kind != "Person" {
        let text = "办事人必须是登记在册的自然人；机构通过会议记录行使职权，由具体的人引用。";
        return (refused("subject-not-a-person", text, edition), Vec::new());
    }
    let mut dropped: Vec<String> = evaluation
        .subject_properties
        .iter()
        .map(|name| format!("subject.properties.{name}"))
        .collect();
    let request = requested(snapshot, now, &resource.kind, evaluation, &mut dropped);
    let gathered = stored(state, snapshot, now, resource, evaluation, &request);
    let Some((entity, place, mut context)) = gathered else {
        return (
            refused("resource-unknown", "事项未登记，不能办。请先登记，或核对编号。", edition),
            dropped,
        );
    };
    if evaluation.township.is_some_and(|township| place.township() != township) {
        let text = "该事项不属于本镇街，不能在这里办。请向事项所在镇街的地址提出。";
        return (refused("another-township", text, edition), dropped);
    }
    let cited = Cited {
        post: text(&evaluation.context, "post"),
        record: text(&evaluation.context, "record"),
        grant: text(&evaluation.context, "grant"),
        purpose: text(&evaluation.context, "purpose"),
    };
    for name in evaluation.context.keys() {
        if !CITES.contains(&name.as_str())
            && !STEERING.contains(&name.as_str())
            && !request.contains_key(name)
        {
            dropped.push(format!("context.{name}"));
        }
    }
    // A record that is cited but not stored is an error of the caller's making: deny by name.
    if cited.record.as_ref().is_some_and(|id| state.meetings.get(id).is_none()) {
        return (
            refused("record-unknown", "引用的会议记录未登记，不能办。请先登记会议记录。", edition),
            dropped,
        );
    }
    if cited.grant.as_ref().is_some_and(|id| state.delegations.get(id).is_none()) {
        return (refused("grant-unknown", "引用的委托未登记，不能办。", edition), dropped);
    }
    if evaluation.action == "ReadStatement" {
        context.insert("purpose".to_owned(), cited.purpose.clone().unwrap_or_default().into());
    }
    let question = Question {
        person: &subject.id,
        action: &evaluation.action,
        resource: entity,
        place,
        cited: &cited,
        context,
    };
    (decide(state, snapshot, now, question), dropped)
}

/// The caller's values that the schema allows, from resource properties and context.
fn requested(
    snapshot: &Snapshot,
    now: Minute,
    kind: &str,
    evaluation: &Evaluation,
    dropped: &mut Vec<String>,
) -> Record {
    let mut values = Record::new();
    let Some(compiled) = snapshot.compiled(now.day()) else { return values };
    let of_resource = compiled.decider.request_attributes(kind);
    for (name, value) in &evaluation.properties {
        match plain(value).filter(|_| of_resource.contains(name)) {
            Some(value) => drop(values.insert(name.clone(), value)),
            None => dropped.push(format!("resource.properties.{name}")),
        }
    }
    let of_action = compiled.decider.request_attributes(&evaluation.action);
    for (name, value) in &evaluation.context {
        if let Some(value) = plain(value).filter(|_| of_action.contains(name)) {
            values.insert(name.clone(), value);
        }
    }
    values
}

/// JSON as a Cedar value; null and fractions have none.
fn plain(value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Bool(b) => Some(Value::Bool(*b)),
        serde_json::Value::Number(n) => n.as_i64().map(Value::Long),
        serde_json::Value::String(s) => Some(Value::Text(s.clone())),
        _ => None,
    }
}

fn text(context: &BTreeMap<String, serde_json::Value>, name: &str) -> Option<String> {
    context.get(name).and_then(serde_json::Value::as_str).map(str::to_owned)
}

/// The stored thing as facts, where it lies, and what the record adds to the context.
fn stored(
    state: &State,
    snapshot: &Snapshot,
    now: Minute,
    resource: &EntityRef,
    evaluation: &Evaluation,
    request: &Record,
) -> Option<(Entity, DivisionCode, Record)> {
    let edition = snapshot.edition(now.day()).ok()?;
    let id = resource.id.as_str();
    let requested = |name: &str| match request.get(name) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    Some(match resource.kind.as_str() {
        "Matter" => {
            let row = state.matters.get(id)?;
            let cited = text(&evaluation.context, "record").and_then(|id| state.meetings.get(&id));
            let (entity, context) =
                matters::step_facts(snapshot, row, requested("step"), cited).ok()?;
            let context = if evaluation.action == "TakeStep" { context } else { Record::new() };
            (entity, row.village, context)
        }
        "Task" => {
            let row = state.tasks.get(id)?;
            (gather::task(row), row.village, admissions::admission_context(edition, row))
        }
        "Delegation" => {
            let row = state.delegations.get(id)?;
            (gather::delegation(row), row.village, Record::new())
        }
        "Account" => {
            let (entity, place) = gather::account(state, id)?;
            (entity, place, Record::new())
        }
        "Round" => {
            let row = state.rounds.get(id)?;
            (gather::round(state, row), row.village, Record::new())
        }
        "Redemption" => {
            let row = state.redemptions.get(id)?;
            (gather::redemption(row), row.order.village, Record::new())
        }
        "Person" => {
            let row = state.persons.get(id)?;
            (gather::person(row), row.unit, Record::new())
        }
        "Village" | "Township" | "District" => {
            let code = DivisionCode::parse(id).ok()?;
            let entity =
                gather::unit(edition, code).filter(|entity| entity.id.kind == resource.kind)?;
            (entity, code, request.clone())
        }
        _ => return None,
    })
}
