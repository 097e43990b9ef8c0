//! Questions from other systems: one AuthZEN evaluation against the record.
//!
//! Principal and resource must be stored, or the answer is a deny. Of what the caller sends, only
//! what the schema marks `@request` and the ids of cited records are used; the rest is dropped, and
//! the log says what was dropped.

use model::{Ask, DivisionCode, Entity, EntityRef, Minute, Reason, Record, Refusal};
use serde_json::{Map, Value as Json, json};

use crate::Engine;
use crate::acts::matters;
use crate::answers;
use crate::decide::{Question, decide};
use crate::explanation::{Condition, Explanation, Language, Missing};
use crate::follow::Sight;
use crate::gather::{self, Cited};
use crate::judge::{Judged, judge};
use crate::operation::Caller;
use crate::record::DecisionLine;
use crate::service::{Answered, Item, Reader};
use crate::snapshot::Snapshot;
use crate::state::State;

impl Engine {
    /// Decides one evaluation; it is not answered before its line is written.
    pub(crate) fn one(
        &self,
        caller: Reader<'_>,
        ask: &Ask,
        township: Option<DivisionCode>,
        explain: Option<Language>,
    ) -> Result<(Answered, DecisionLine), Refusal> {
        self.running()?;
        // first of all: what is read after it may only be newer
        let sight = self.sight();
        let now = self.now();
        let snapshot = self.snapshot();
        let state = self.read_state();
        Ok(self.judged((&state, &snapshot, now, sight), caller, (ask, explain), township))
    }

    /// Decides questions under one revision until `more` says that the rest need not be asked.
    ///
    /// # Errors
    /// Only when the decisions cannot be logged; then none of them is answered.
    pub fn answer_all(
        &self,
        caller: &Reader<'_>,
        items: &[Item],
        township: Option<DivisionCode>,
        more: &dyn Fn(bool) -> bool,
    ) -> Result<Vec<Result<Answered, String>>, Refusal> {
        self.running()?;
        // first of all: what is read after it may only be newer
        let sight = self.sight();
        let now = self.now();
        let snapshot = self.snapshot();
        let state = self.read_state();
        let mut answers = Vec::with_capacity(items.len());
        let mut lines = Vec::with_capacity(items.len());
        for item in items {
            let answer = item.ask.as_ref().map_err(Clone::clone).map(|ask| {
                let question = (ask, item.explain);
                let (answered, line) =
                    self.judged((&state, &snapshot, now, sight), *caller, question, township);
                lines.push(line);
                answered
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

    /// One answer with its line for the log.
    fn judged(
        &self,
        (state, snapshot, now, sight): (&State, &Snapshot, Minute, Sight),
        caller: Reader<'_>,
        (ask, explain): (&Ask, Option<Language>),
        township: Option<DivisionCode>,
    ) -> (Answered, DecisionLine) {
        let judged = judge(state, snapshot, now, ask, township);
        let judged = if self.sees(sight) { judged } else { judged.not_fresh() };
        let id = self.answers().fresh_id();
        let mut line = self.line(&id, now, caller.id(), ask, township, &judged);
        line.entities = state.version;
        let shows = |label: &str| caller.sees(&snapshot.admin, label, township);
        let explanation = explain
            .map(|language| explained(state, snapshot, now, ask, &judged, id, language, &shows));
        (Answered { allowed: judged.allowed(), explanation }, line)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one line, named where it is made")]
    fn line(
        &self,
        id: &str,
        now: Minute,
        caller: &str,
        ask: &Ask,
        township: Option<DivisionCode>,
        judged: &Judged,
    ) -> DecisionLine {
        let stated = self.answers().stated(ask, township);
        // as it may be kept
        let purpose = stated.as_ref().and_then(|kept| text(&kept.context, "purpose"));
        let mut line = answers::line(id.to_owned(), now, caller, ask, stated, judged.effect);
        line.policies.clone_from(&judged.policies);
        line.edition = judged.edition;
        line.purpose = purpose.unwrap_or_default();
        line.dropped.clone_from(&judged.dropped);
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
        sight: Sight,
    ) -> Result<(), Refusal> {
        let now = self.now();
        let snapshot = self.snapshot();
        let target = resource.id.clone();
        let cited = Cited::default();
        let context = if matches!(action, "ReadStatement" | "ReadRound") {
            gather::record([("purpose", purpose.into())])
        } else {
            Record::new()
        };
        let question =
            Question { person: &caller.person, action, resource, place, cited: &cited, context };
        let decided = decide(state, &snapshot, now, question);
        self.must_see(sight)?;
        self.answers.write(&DecisionLine {
            id: self.answers.fresh_id(),
            at: now,
            caller: String::new(),
            stated: None,
            entities: state.version,
            principal: EntityRef::new("Person", &caller.person),
            action: action.to_owned(),
            resource: target,
            effect: decided.decision.effect,
            policies: decided.policies(),
            edition: decided.decision.edition,
            facts: decided.facts,
            purpose: self.answers.purpose(purpose),
            dropped: Vec::new(),
        })?;
        if decided.decision.allowed() {
            Ok(())
        } else {
            Err(crate::refusals::denied(decided, &|_| None))
        }
    }
}

/// An answer of the district in words.
#[expect(clippy::too_many_arguments, reason = "everything an explanation may look at")]
pub fn explained(
    state: &State,
    snapshot: &Snapshot,
    now: Minute,
    ask: &Ask,
    judged: &Judged,
    id: String,
    language: Language,
    shows: &dyn Fn(&str) -> bool,
) -> Explanation {
    let why = judged.why(snapshot, &ask.action, shows);
    let english = language == Language::English;
    let say = |reason: Reason| if english { reason.in_english() } else { reason };
    let conditions = |(policy, conditions): &(String, Vec<evaluator::Condition>)| Missing {
        policy: policy.clone(),
        conditions: conditions.iter().map(Condition::from).collect(),
    };
    // The next lawful step is told for a deny of somebody who may see the matter's course anyway.
    let next = (!judged.allowed() && ask.resource.kind == "Matter")
        .then(|| state.matters.get(&ask.resource.id))
        .flatten()
        .and_then(|row| matters::matter_view(state, snapshot, row, now.day(), language).ok())
        .and_then(|mut view| view.get_mut("next").map(Json::take));
    Explanation {
        reasons: why.decision.reasons.into_iter().map(say).collect(),
        obligations: why
            .obligations
            .iter()
            .map(|(policy, text)| match policy.as_str() {
                "" => json!({"text": text}),
                policy => json!({"policy": policy, "text": text}),
            })
            .collect(),
        edition: judged.edition,
        decision_id: id,
        missing: if judged.allowed() {
            Vec::new()
        } else {
            why.missing.iter().map(conditions).collect()
        },
        who: why.who.into_iter().map(|(zh, en)| if english { en } else { zh }).collect(),
        next,
        ignored: judged.dropped.clone(),
    }
}

fn text(context: &Map<String, Json>, name: &str) -> Option<String> {
    context.get(name).and_then(Json::as_str).map(str::to_owned)
}
