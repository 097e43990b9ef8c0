//! Questions from other systems: one AuthZEN evaluation against the record.
//!
//! Principal and resource must be stored, or the answer is a deny. Of what the caller sends, only
//! what the schema marks `@request` and the ids of cited records are used; the rest is dropped, and
//! the log says what was dropped.

use model::{Ask, DivisionCode, Entity, EntityRef, Minute, Record, Refusal, Value};
use serde_json::{Map, Value as Json};

use crate::Engine;
use crate::acts::{admissions, matters};
use crate::answers;
use crate::decide::{Decided, Question, decide, refused};
use crate::explanation::{Explanation, Language};
use crate::gather::{self, Cited};
use crate::operation::Caller;
use crate::record::DecisionLine;
use crate::service::{Answered, Item};
use crate::snapshot::Snapshot;
use crate::state::State;

/// Context keys by which a caller may cite what is recorded.
const CITES: [&str; 3] = ["post", "record", "grant"];
/// Context keys that steer the answer and never reach a policy.
const STEERING: [&str; 2] = ["explain", "purpose"];

impl Engine {
    /// Decides one evaluation and writes it to the decision log before it is answered.
    ///
    /// # Errors
    /// Only when the decision cannot be logged; then nothing is answered.
    pub fn answer(
        &self,
        caller: &str,
        ask: &Ask,
        township: Option<DivisionCode>,
        explain: Option<Language>,
    ) -> Result<Answered, Refusal> {
        let item = [Item { ask: Ok(ask.clone()), explain }];
        let answered = self.answer_all(caller, &item, township, &|_| true)?;
        match answered.into_iter().next() {
            Some(Ok(answered)) => Ok(answered),
            _ => Err(crate::write::internal("a question was not answered")),
        }
    }

    /// Decides questions under one revision until `more` says that the rest need not be asked.
    ///
    /// # Errors
    /// As [`Engine::answer`]; then none of them is answered.
    pub fn answer_all(
        &self,
        caller: &str,
        items: &[Item],
        township: Option<DivisionCode>,
        more: &dyn Fn(bool) -> bool,
    ) -> Result<Vec<Result<Answered, String>>, Refusal> {
        self.running()?;
        let now = self.now();
        let snapshot = self.snapshot();
        let state = self.read_state();
        let version = self.records();
        let mut answers = Vec::with_capacity(items.len());
        let mut lines = Vec::with_capacity(items.len());
        for item in items {
            let answer = item.ask.as_ref().map_err(Clone::clone).map(|ask| {
                let (decided, dropped) = decide_evaluation(&state, &snapshot, now, ask, township);
                let id = self.answers().fresh_id();
                let mut line = self.line(&id, now, caller, ask, township, &decided, &dropped);
                line.entities = version;
                lines.push(line);
                let allowed = decided.decision.allowed();
                let explanation = item.explain.map(|language| {
                    explained(&state, &snapshot, now, ask, decided, dropped, id, language)
                });
                Answered { allowed, explanation }
            });
            let allowed = answer.as_ref().is_ok_and(|answered| answered.allowed);
            answers.push(answer);
            if !more(allowed) {
                break;
            }
        }
        drop(state);
        self.answers().write_all(&lines)?;
        Ok(answers)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one line, named where it is made")]
    fn line(
        &self,
        id: &str,
        now: Minute,
        caller: &str,
        ask: &Ask,
        township: Option<DivisionCode>,
        decided: &Decided,
        dropped: &[String],
    ) -> DecisionLine {
        let stated = self.answers().stated(ask, township);
        let effect = decided.decision.effect;
        let mut line = answers::line(id.to_owned(), now, caller, ask, stated, effect);
        line.policies = decided.policies();
        line.edition = decided.decision.edition;
        line.facts = decided.facts;
        line.entities = self.records();
        line.purpose = text(&ask.context, "purpose").unwrap_or_default();
        line.dropped = dropped.to_vec();
        line
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
        self.answers.write(&DecisionLine {
            id: self.answers.fresh_id(),
            at: now,
            caller: String::new(),
            stated: None,
            entities: self.records(),
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

/// An answer of the district in words.
#[expect(clippy::too_many_arguments, reason = "everything an explanation may look at")]
fn explained(
    _state: &State,
    _snapshot: &Snapshot,
    _now: Minute,
    _ask: &Ask,
    decided: Decided,
    dropped: Vec<String>,
    id: String,
    _language: Language,
) -> Explanation {
    Explanation {
        reasons: decided.decision.reasons,
        obligations: Vec::new(),
        edition: decided.decision.edition,
        decision_id: id,
        missing: Vec::new(),
        who: Vec::new(),
        next: None,
        ignored: dropped,
    }
}

/// Decides an evaluation over a state; the command line uses it without an engine.
pub fn decide_evaluation(
    state: &State,
    snapshot: &Snapshot,
    now: Minute,
    ask: &Ask,
    township: Option<DivisionCode>,
) -> (Decided, Vec<String>) {
    let edition = snapshot.compiled(now.day()).map(|c| c.edition.digest()).unwrap_or_default();
    let subject = &ask.subject;
    if subject.kind != "Person" {
        let text = "办事人必须是登记在册的自然人；机构通过会议记录行使职权，由具体的人引用。";
        return (refused("subject-not-a-person", text, edition), Vec::new());
    }
    let stated = |of: &str, map: &Map<String, Json>| {
        let names = map.iter().filter(|(_, value)| !value.is_null());
        names.map(|(name, _)| format!("{of}.{name}")).collect::<Vec<_>>()
    };
    let mut dropped = stated("subject.properties", &subject.properties);
    dropped.extend(ask.action_properties.iter().flat_map(|map| stated("action.properties", map)));
    let request = requested(snapshot, now, ask, &mut dropped);
    let gathered = stored(state, snapshot, now, ask, &request);
    let Some((entity, place, mut context)) = gathered else {
        return (
            refused("resource-unknown", "事项未登记，不能办。请先登记，或核对编号。", edition),
            dropped,
        );
    };
    if township.is_some_and(|township| place.township() != township) {
        let text = "该事项不属于本镇街，不能在这里办。请向事项所在镇街的地址提出。";
        return (refused("another-township", text, edition), dropped);
    }
    let cited = Cited {
        post: text(&ask.context, "post"),
        record: text(&ask.context, "record"),
        grant: text(&ask.context, "grant"),
        purpose: text(&ask.context, "purpose"),
    };
    for (name, value) in &ask.context {
        if !value.is_null()
            && !CITES.contains(&name.as_str())
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
    if ask.action == "ReadStatement" {
        context.insert("purpose".to_owned(), cited.purpose.clone().unwrap_or_default().into());
    }
    let question = Question {
        person: &subject.id,
        action: &ask.action,
        resource: entity,
        place,
        cited: &cited,
        context,
    };
    (decide(state, snapshot, now, question), dropped)
}

/// The caller's values that the schema allows, from resource properties and context.
fn requested(snapshot: &Snapshot, now: Minute, ask: &Ask, dropped: &mut Vec<String>) -> Record {
    let mut values = Record::new();
    let Some(compiled) = snapshot.compiled(now.day()) else { return values };
    let of_resource = compiled.decider.request_attributes(&ask.resource.kind);
    for (name, value) in ask.resource.properties.iter().filter(|(_, value)| !value.is_null()) {
        match plain(value).filter(|_| of_resource.contains(name)) {
            Some(value) => drop(values.insert(name.clone(), value)),
            None => dropped.push(format!("resource.properties.{name}")),
        }
    }
    let of_action = compiled.decider.request_attributes(&ask.action);
    for (name, value) in &ask.context {
        if let Some(value) = plain(value).filter(|_| of_action.contains(name)) {
            values.insert(name.clone(), value);
        }
    }
    values
}

/// JSON as a Cedar value; null and fractions have none.
fn plain(value: &Json) -> Option<Value> {
    match value {
        Json::Bool(b) => Some(Value::Bool(*b)),
        Json::Number(n) => n.as_i64().map(Value::Long),
        Json::String(s) => Some(Value::Text(s.clone())),
        _ => None,
    }
}

fn text(context: &Map<String, Json>, name: &str) -> Option<String> {
    context.get(name).and_then(Json::as_str).map(str::to_owned)
}

/// The stored thing as facts, where it lies, and what the record adds to the context.
fn stored(
    state: &State,
    snapshot: &Snapshot,
    now: Minute,
    ask: &Ask,
    request: &Record,
) -> Option<(Entity, DivisionCode, Record)> {
    let edition = snapshot.edition(now.day()).ok()?;
    let resource = &ask.resource;
    let id = resource.id.as_str();
    let requested = |name: &str| match request.get(name) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    Some(match resource.kind.as_str() {
        "Matter" => {
            let row = state.matters.get(id)?;
            let cited = text(&ask.context, "record").and_then(|id| state.meetings.get(&id));
            let (entity, context) =
                matters::step_facts(snapshot, row, requested("step"), cited).ok()?;
            let context = if ask.action == "TakeStep" { context } else { Record::new() };
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
