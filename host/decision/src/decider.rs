//! The door: a request and its facts in, an answer with its reasons out.

use std::collections::BTreeSet;

use cedar_policy::{Authorizer, PolicySet, Response};
use model::{Decision, DivisionCode, Effect, Facts, Reason, Request};
use package::Edition;

use crate::{
    compile::{BuildError, Compiled, Sources, compile},
    facts::{FactError, Prepared, prepare},
    reasons,
};

/// Decides under one edition. Cheap to share: everything is looked up, nothing is written.
pub struct Decider {
    authorizer: Authorizer,
    compiled: Compiled,
}

impl std::fmt::Debug for Decider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decider").field("edition", &self.compiled.digest).finish_non_exhaustive()
    }
}

impl Decider {
    /// Compiles the policies of an edition and of its townships.
    ///
    /// # Errors
    /// [`BuildError`]; an edition that `package` accepted gives none.
    pub fn new(edition: &Edition) -> Result<Self, BuildError> {
        let overlays =
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
        Ok(Self { authorizer: Authorizer::new(), compiled: compile(sources)? })
    }

    /// Decides with the policies that can matter for this township, action, types and item.
    ///
    /// The township is that of the stored thing; a different `township` is a deny, as are an unknown
    /// action or type, facts that do not fit the schema and any error while evaluating.
    pub fn decide(
        &self,
        township: Option<DivisionCode>,
        request: &Request,
        facts: &Facts,
    ) -> Decision {
        match prepare(&self.compiled, township, request, facts) {
            Err(error) => self.unusable(&error),
            Ok(prepared) => self.answer(&prepared, prepared.env.sets(prepared.township, facts)),
        }
    }

    /// Decides with all policies of the district and the township; slower, and always the same answer.
    pub fn decide_whole(
        &self,
        township: Option<DivisionCode>,
        request: &Request,
        facts: &Facts,
    ) -> Decision {
        match prepare(&self.compiled, township, request, facts) {
            Err(error) => self.unusable(&error),
            Ok(prepared) => {
                let whole = self
                    .compiled
                    .whole
                    .get(&prepared.township)
                    .or_else(|| self.compiled.whole.get(&None));
                self.answer(&prepared, whole.into_iter())
            }
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
        prepare(&self.compiled, township, request, facts).map(|_| ())
    }

    /// Attributes of an entity type, or context keys of an action, that a caller may state (`@request`).
    pub fn request_attributes(&self, kind: &str) -> &BTreeSet<String> {
        self.compiled.notes.request(kind)
    }

    /// Whether the schema has this entity type.
    pub fn knows(&self, kind: &str) -> bool {
        self.compiled.kinds.contains(kind)
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

    /// How many policies are evaluated for a request; none when it cannot be decided.
    pub fn evaluated(
        &self,
        township: Option<DivisionCode>,
        request: &Request,
        facts: &Facts,
    ) -> usize {
        let count = |prepared: &Prepared<'_>| {
            prepared.env.sets(prepared.township, facts).map(PolicySet::num_of_policies).sum()
        };
        prepare(&self.compiled, township, request, facts).map_or(0, |prepared| count(&prepared))
    }

    /// Puts the answers of disjoint sets together: any error or satisfied forbid is a deny, otherwise
    /// any satisfied permit is an allow, otherwise a deny by default.
    fn answer<'a>(
        &self,
        prepared: &Prepared<'_>,
        sets: impl Iterator<Item = &'a PolicySet>,
    ) -> Decision {
        let (mut errors, mut forbids, mut permits) = (Vec::new(), Vec::new(), Vec::new());
        for set in sets {
            let response =
                self.authorizer.is_authorized(&prepared.request, set, &prepared.entities);
            errors.extend(self.errors(&response));
            match response.decision() {
                cedar_policy::Decision::Allow => {
                    permits.extend(self.named(&response, reasons::permit));
                }
                cedar_policy::Decision::Deny => {
                    forbids.extend(self.named(&response, reasons::forbid));
                }
            }
        }
        let blocked = !errors.is_empty() || !forbids.is_empty();
        match (blocked, permits.is_empty()) {
            (true, _) => self.decision(Effect::Deny, errors.into_iter().chain(forbids).collect()),
            (false, false) => self.decision(Effect::Allow, permits),
            (false, true) => self.absent(prepared),
        }
    }

    /// Cedar skips a policy that errs; a skipped forbid must not open the door.
    fn errors(&self, response: &Response) -> Vec<Reason> {
        let name = |error: &cedar_policy::AuthorizationError| match error {
            cedar_policy::AuthorizationError::PolicyEvaluationError(inner) => {
                inner.policy_id().to_string()
            }
        };
        let errors = response.diagnostics().errors();
        errors.map(|error| reasons::error(&self.compiled.rules, &name(error))).collect()
    }

    fn named(&self, response: &Response, word: fn(&crate::rule::Rule) -> Reason) -> Vec<Reason> {
        let ids = response.diagnostics().reason();
        ids.filter_map(|id| self.compiled.rules.get(&id.to_string())).map(word).collect()
    }

    fn absent(&self, prepared: &Prepared<'_>) -> Decision {
        let permits = prepared.env.permits(prepared.township);
        let near = reasons::absent(&self.compiled.rules, permits, prepared.item, prepared.step);
        self.decision(Effect::Deny, near)
    }

    fn unusable(&self, error: &FactError) -> Decision {
        self.decision(Effect::Deny, vec![reasons::unusable(error)])
    }

    fn decision(&self, effect: Effect, mut reasons: Vec<Reason>) -> Decision {
        reasons.sort_by(|a, b| (a.effect, &a.policy).cmp(&(b.effect, &b.policy)));
        Decision { effect, reasons, edition: self.compiled.digest }
    }
}
