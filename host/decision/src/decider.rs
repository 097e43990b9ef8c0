//! The door: a question over built things in, an answer with its reasons out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use evaluator::{Condition, Context, Line, Outcome, Residue, Session, Slots, Thing};
use model::{Decision, DivisionCode, Effect, Entity, Facts, Reason, ReasonKind, Record, Request};
use package::Edition;

use crate::{
    compile::{BuildError, Compiled, Sources, compile},
    facts::{self, Asked, FactError, Prepared, built, prepare},
    reasons,
    rule::Rule,
};

/// Decides under one edition. Cheap to share: everything is looked up, nothing is written.
pub struct Decider {
    compiled: Compiled,
}

impl std::fmt::Debug for Decider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decider").field("edition", &self.compiled.digest).finish_non_exhaustive()
    }
}

/// Why an answer is what it is, for a reader who may see certain labels.
#[derive(Clone, Debug)]
pub struct Why {
    /// The answer; reasons that the reader may not see are left out, as if they did not exist.
    pub decision: Decision,
    /// For a deny: per policy, the conditions up to the first that did not hold; without what came of
    /// them where that could tell a reason that the reader may not see.
    pub missing: Vec<(String, Vec<Condition>)>,
    /// Who could do it, in Chinese and in English.
    pub who: Vec<(String, String)>,
    /// What a caller must do when it enforces an allow, per policy.
    pub obligations: Vec<(String, String)>,
}

impl Why {
    /// Whether a policy or an error is named, and not only what does not apply.
    pub fn names_a_reason(&self) -> bool {
        self.decision.reasons.iter().any(|reason| reason.effect != ReasonKind::Absent)
    }
}

/// Most permits that are shown as nearest with their conditions.
const NEAREST_MAX: usize = 3;

impl Decider {
    /// Compiles the policies of an edition and of its townships.
    ///
    /// # Errors
    /// [`BuildError`]; an edition that `package` accepted gives none.
    pub fn new(edition: &Edition) -> Result<Self, BuildError> {
        let overlays: BTreeMap<_, _> =
            edition.townships().iter().map(|(&code, own)| (code, own.overlay.clone())).collect();
        Self::from_sources(Sources {
            schema: edition.schema(),
            schema_text: edition.schema_text(),
            base: edition.base(),
            overlays: &overlays,
            digest: edition.digest(),
        })
    }

    /// Compiles policies that do not come from a package.
    ///
    /// # Errors
    /// [`BuildError`] when policies do not fit the schema or cannot be sliced safely.
    pub fn from_sources(sources: Sources<'_>) -> Result<Self, BuildError> {
        Ok(Self { compiled: compile(sources)? })
    }

    /// A stored thing, built once and checked against the schema.
    ///
    /// # Errors
    /// [`FactError`] when it does not fit.
    pub fn thing(&self, stored: &Entity) -> Result<Thing, FactError> {
        facts::thing(&self.compiled, stored)
    }

    /// Records as a context.
    pub fn context(&self, record: &Record) -> Context {
        facts::context(record)
    }

    /// Whether it may be done, and the ids of the policies that decided.
    pub fn verdict(&self, asked: &Asked<'_>) -> (Effect, Vec<String>) {
        match prepare(&self.compiled, asked) {
            Err(error) => (Effect::Deny, vec![error.code().to_owned()]),
            Ok(prepared) => {
                let outcome = evaluate(&prepared, sliced(&prepared));
                let ids = |lines: &[Arc<Line>]| lines.iter().map(|l| l.id().to_string()).collect();
                if outcome.allowed() {
                    return (Effect::Allow, ids(&outcome.permits));
                }
                let failed = outcome.errors.iter().map(|(line, _)| line.id().to_string());
                let mut deciding: Vec<String> = failed.collect();
                deciding.extend(outcome.forbids.iter().map(|line| line.id().to_string()));
                if deciding.is_empty() {
                    deciding.push("no-permit".to_owned());
                }
                (Effect::Deny, deciding)
            }
        }
    }

    /// Decides with the policies that can matter for this township, action, types and item.
    ///
    /// The township is that of the stored thing; a different one is a deny, as are an unknown action
    /// or type, facts that do not fit the schema and any error while evaluating.
    pub fn ask(&self, asked: &Asked<'_>) -> Decision {
        match prepare(&self.compiled, asked) {
            Err(error) => self.unusable(&error),
            Ok(prepared) => self.answer(&prepared, &evaluate(&prepared, sliced(&prepared))),
        }
    }

    /// Answers as [`Decider::ask`] does and says why, for a reader; `shows` tells whether the reader
    /// may see a label.
    pub fn why(&self, asked: &Asked<'_>, shows: &dyn Fn(&str) -> bool) -> Why {
        let prepared = match prepare(&self.compiled, asked) {
            Ok(prepared) => prepared,
            Err(error) => {
                let decision = self.unusable(&error);
                return Why {
                    decision,
                    missing: Vec::new(),
                    who: Vec::new(),
                    obligations: Vec::new(),
                };
            }
        };
        let rules = &self.compiled.rules;
        let visible = |id: &str| {
            rules.get(id).is_none_or(|rule| rule.labels.iter().all(|label| shows(label)))
        };
        let slots = slots(&prepared);
        let session = Session::new(&slots, Arc::clone(&prepared.context));
        let mut outcome = session.ask(sliced(&prepared));
        let allowed = outcome.allowed();
        // What the reader may not see is left out before anything is said, so that such a deny reads
        // like any other that nothing allows.
        outcome.forbids.retain(|line| visible(line.id()));
        outcome.errors.retain(|(line, _)| visible(line.id()));
        if !allowed {
            outcome.permits.clear();
        }
        let mut decision = self.answer(&prepared, &outcome);
        if allowed {
            decision.reasons.retain(|reason| visible(&reason.policy));
        }
        let near = self.near(&prepared);
        let mut missing = Vec::new();
        let said = outcome.forbids.iter().chain(outcome.errors.iter().map(|(line, _)| line));
        for line in said {
            missing.push((line.id().to_string(), session.conditions(line)));
        }
        let obligations = if allowed { self.obligations(&outcome, &visible) } else { Vec::new() };
        let mut who = Vec::new();
        if !allowed && missing.is_empty() {
            for rule in &near {
                let words = (rule.who.clone(), rule.who_english().to_owned());
                if !rule.who.is_empty() && !who.contains(&words) {
                    who.push(words);
                }
            }
            // Where a policy could deny that the reader may not see, what came of the conditions would
            // tell: a deny of somebody for whom all of them hold has another reason. Such a reader is
            // told what is required, whatever the reason is. All policies of the action count, as which
            // of them a thing is asked of may itself hang on a hidden value.
            let told = prepared.env.all(prepared.township).all(|line| visible(line.id()));
            for rule in near.iter().take(NEAREST_MAX) {
                let line = prepared.line(&rule.id).filter(|line| visible(line.id()));
                let conditions =
                    |line| if told { session.conditions(line) } else { line.requirements() };
                missing.extend(line.map(|line| (rule.id.clone(), conditions(line))));
            }
        }
        Why { decision, missing, who, obligations }
    }

    /// What an allow obliges to. A permit that the reader may not see is not named, for its name would
    /// tell that its conditions hold; what it obliges to has to be done all the same.
    fn obligations(
        &self,
        outcome: &Outcome,
        visible: &dyn Fn(&str) -> bool,
    ) -> Vec<(String, String)> {
        let rules = outcome.permits.iter().filter_map(|l| self.compiled.rules.get(l.id().as_str()));
        rules
            .filter(|rule| !rule.obligation.is_empty())
            .map(|rule| {
                let id = if visible(&rule.id) { rule.id.clone() } else { String::new() };
                (id, rule.obligation.clone())
            })
            .collect()
    }

    fn near(&self, prepared: &Prepared<'_>) -> Vec<&Rule> {
        let permits = prepared.env.permits(prepared.township);
        let (item, step) = (prepared.resource.text("item"), prepared.resource.text("step"));
        reasons::nearest(&self.compiled.rules, permits, item, step)
    }

    /// Decides over facts of the model.
    pub fn decide(
        &self,
        township: Option<DivisionCode>,
        request: &Request,
        facts: &Facts,
    ) -> Decision {
        self.over(township, request, facts, |asked| self.ask(asked))
    }

    /// Decides with all policies of the district and the township; slower, and always the same answer.
    pub fn decide_whole(
        &self,
        township: Option<DivisionCode>,
        request: &Request,
        facts: &Facts,
    ) -> Decision {
        self.over(township, request, facts, |asked| match prepare(&self.compiled, asked) {
            Err(error) => self.unusable(&error),
            Ok(prepared) => {
                let whole = &self.compiled.whole;
                let lines = whole.get(&prepared.township).or_else(|| whole.get(&None));
                self.answer(&prepared, &evaluate(&prepared, lines.into_iter().flatten()))
            }
        })
    }

    fn over(
        &self,
        township: Option<DivisionCode>,
        request: &Request,
        facts: &Facts,
        ask: impl FnOnce(&Asked<'_>) -> Decision,
    ) -> Decision {
        match built(&self.compiled, request, facts) {
            Err(error) => self.unusable(&error),
            Ok((principal, resource, context)) => ask(&Asked {
                township,
                action: &request.action,
                principal: &principal,
                resource: &resource,
                context: &context,
            }),
        }
    }

    /// Whether request and facts can be decided at all; the error says why not, for a log.
    ///
    /// # Errors
    /// The [`FactError`] behind a deny with a reason of kind `error`.
    pub fn check(
        &self,
        township: Option<DivisionCode>,
        request: &Request,
        facts: &Facts,
    ) -> Result<(), FactError> {
        let (principal, resource, context) = built(&self.compiled, request, facts)?;
        let asked = Asked {
            township,
            action: &request.action,
            principal: &principal,
            resource: &resource,
            context: &context,
        };
        prepare(&self.compiled, &asked).map(|_| ())
    }

    /// Attributes of an entity type, or context keys of an action, that a caller may state (`@request`).
    pub fn request_attributes(&self, kind: &str) -> &BTreeSet<String> {
        self.compiled.notes.request(kind)
    }

    /// Whether an action's context declares a key.
    pub fn declares(&self, action: &str, key: &str) -> bool {
        let table = self.compiled.actions.get(action);
        table.is_some_and(|table| table.shape.context.contains_key(key))
    }

    /// Whether the schema has this entity type.
    pub fn knows(&self, kind: &str) -> bool {
        self.compiled.schema.shape(kind).is_some()
    }

    /// Names of the actions, sorted.
    pub fn actions(&self) -> impl Iterator<Item = &str> {
        self.compiled.actions.keys().map(String::as_str)
    }

    /// Names of the principal's and the resource's type for which an action is made, sorted.
    pub fn applies_to(&self, action: &str) -> impl Iterator<Item = (&str, &str)> {
        let table = self.compiled.actions.get(action);
        table.into_iter().flat_map(|table| table.envs.keys().map(|(p, r)| (p.as_str(), r.as_str())))
    }

    /// How many policies are evaluated for facts of the model; none when they cannot be decided.
    pub fn evaluated(
        &self,
        township: Option<DivisionCode>,
        request: &Request,
        facts: &Facts,
    ) -> usize {
        let Ok((principal, resource, context)) = built(&self.compiled, request, facts) else {
            return 0;
        };
        let (action, principal, resource) = (request.action.as_str(), &principal, &resource);
        self.sliced_ids(&Asked { township, action, principal, resource, context: &context }).len()
    }

    /// Ids of the policies that are evaluated for a question; none when it cannot be decided.
    pub fn sliced_ids(&self, asked: &Asked<'_>) -> Vec<String> {
        prepare(&self.compiled, asked).map_or_else(
            |_| Vec::new(),
            |prepared| sliced(&prepared).map(|line| line.id().to_string()).collect(),
        )
    }

    /// What is left of a question when the person is not known yet; `None` when that cannot be told.
    /// The principal of `asked` only gives the type.
    pub fn over_principals(&self, asked: &Asked<'_>) -> Option<Residue> {
        let prepared = prepare(&self.compiled, asked).ok()?;
        let lines: Vec<Arc<Line>> = sliced(&prepared).cloned().collect();
        Residue::of(
            &self.compiled.schema,
            &lines,
            Err(asked.principal.uid().entity_type()),
            &prepared.table.shape.thing,
            Ok(asked.resource),
            &prepared.context,
        )
    }

    /// What is left of a question when the thing is not known yet; `None` when that cannot be told.
    /// The resource of `asked` gives the type and the township.
    pub fn over_resources(&self, asked: &Asked<'_>) -> Option<Residue> {
        let prepared = prepare(&self.compiled, asked).ok()?;
        let lines: Vec<Arc<Line>> = prepared.env.all(prepared.township).cloned().collect();
        Residue::of(
            &self.compiled.schema,
            &lines,
            Ok(asked.principal),
            &prepared.table.shape.thing,
            Err(asked.resource.uid().entity_type()),
            &prepared.context,
        )
    }

    /// Whether a residue lets this pair pass; `false` is certain.
    pub fn may_allow(&self, residue: &Residue, asked: &Asked<'_>) -> bool {
        // What cannot be decided is a deny, and asking in full says so.
        let Ok(prepared) = prepare(&self.compiled, asked) else { return false };
        let slots = slots(&prepared);
        residue.may_allow(&Session::new(&slots, Arc::clone(&prepared.context)))
    }

    /// Policies on which the quick reading and Cedar's evaluator differ for these facts.
    #[cfg(test)]
    pub(crate) fn disagreements(&self, request: &Request, facts: &Facts) -> Vec<String> {
        let Ok((principal, resource, context)) = built(&self.compiled, request, facts) else {
            return Vec::new();
        };
        let action = request.action.as_str();
        let (township, principal, resource) = (None, &principal, &resource);
        let asked = Asked { township, action, principal, resource, context: &context };
        let Ok(prepared) = prepare(&self.compiled, &asked) else { return Vec::new() };
        let slots = slots(&prepared);
        let session = Session::new(&slots, Arc::clone(&prepared.context));
        let all = self.compiled.whole.values().flatten();
        all.filter(|line| session.satisfied(line).ok() != session.satisfied_by_cedar(line).ok())
            .map(|line| line.id().to_string())
            .collect()
    }

    /// Puts together what the policies said: any error or satisfied forbid is a deny, otherwise any
    /// satisfied permit is an allow, otherwise a deny by default.
    fn answer(&self, prepared: &Prepared<'_>, outcome: &Outcome) -> Decision {
        let rules = &self.compiled.rules;
        let named = |lines: &[Arc<Line>], word: fn(&Rule) -> Reason| -> Vec<Reason> {
            lines.iter().filter_map(|line| rules.get(line.id().as_str())).map(word).collect()
        };
        // Cedar skips a policy that errs; a skipped forbid must not open the door.
        if !outcome.errors.is_empty() || !outcome.forbids.is_empty() {
            let failed = outcome.errors.iter().map(|(line, _)| reasons::error(rules, line.id()));
            let mut all: Vec<Reason> = failed.collect();
            all.extend(named(&outcome.forbids, reasons::forbid));
            return self.decision(Effect::Deny, all);
        }
        if !outcome.permits.is_empty() {
            return self.decision(Effect::Allow, named(&outcome.permits, reasons::permit));
        }
        let permits = prepared.env.permits(prepared.township);
        let (item, step) = (prepared.resource.text("item"), prepared.resource.text("step"));
        self.decision(Effect::Deny, reasons::absent(rules, permits, item, step))
    }

    fn unusable(&self, error: &FactError) -> Decision {
        self.decision(Effect::Deny, vec![reasons::unusable(error)])
    }

    fn decision(&self, effect: Effect, mut reasons: Vec<Reason>) -> Decision {
        reasons.sort_by(|a, b| (a.effect, &a.policy).cmp(&(b.effect, &b.policy)));
        Decision { effect, reasons, edition: self.compiled.digest }
    }
}

fn slots(prepared: &Prepared<'_>) -> Slots {
    Slots::new(
        prepared.principal.clone(),
        prepared.table.shape.thing.clone(),
        prepared.resource.clone(),
        [],
    )
}

fn sliced<'a>(prepared: &'a Prepared<'_>) -> impl Iterator<Item = &'a Arc<Line>> {
    prepared.env.lines(prepared.township, prepared.resource, &prepared.context)
}

fn evaluate<'l>(prepared: &Prepared<'_>, lines: impl Iterator<Item = &'l Arc<Line>>) -> Outcome {
    let slots = slots(prepared);
    Session::new(&slots, Arc::clone(&prepared.context)).ask(lines)
}
