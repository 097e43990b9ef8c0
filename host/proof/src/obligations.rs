//! What has to be shown about an edition, each as one question over one kind of request.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use cedar_policy::{ActionConstraint, Effect, Policy, PolicyId, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::err::Error as SymError;
use cedar_policy_symcc::solver::WriterSolver;
use cedar_policy_symcc::{
    CedarSymCompiler, CompiledPolicy, CompiledPolicySet, CompiledSchema, ResetMode, SymEnv,
    WellFormedAsserts, disjoint_asserts, implies_asserts, matches_implies_asserts,
    never_errors_asserts, never_matches_asserts,
};
use model::{Digest, DivisionCode};
use package::Edition;

use crate::envelope::{Envelope, envelopes};
use crate::error::ProofError;
use crate::prove::Scope;
use crate::report::CheckKind;

/// Allows everything: stands for whatever permits a district or a township may ever write.
pub(crate) const TOP: &str = r#"@id("any-permit") permit (principal, action, resource);"#;

/// Whom a question is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Of {
    /// An invariant, by id.
    Invariant(String),
    /// A policy, by id, under one of the promises over all policies.
    Policy(CheckKind, String),
}

/// One question.
#[derive(Clone, Debug)]
pub(crate) struct Obligation {
    pub(crate) of: Of,
    /// Kind of request, by its place in [`Kinds::all`].
    pub(crate) kind: usize,
    pub(crate) form: Form,
}

/// A question in logic.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// Decided while it was put into logic: `true` is proved.
    Folded(bool),
    /// To be asked of a solver; proved when no facts satisfy it.
    Asked(Arc<str>, Digest),
}

/// A kind of request: an action with its types.
pub(crate) struct Kind {
    pub(crate) env: RequestEnv,
    pub(crate) name: String,
    pub(crate) symbols: SymEnv,
}

/// Every kind of request of a schema, in a stable order.
pub(crate) struct Kinds<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) all: Vec<Kind>,
    /// Whether an action can only be named by itself.
    no_groups: bool,
}

impl<'a> Kinds<'a> {
    pub(crate) fn of(schema: &'a Schema) -> Result<Self, ProofError> {
        let wrong = |error: SymError| ProofError::untranslatable("the schema", &error);
        let compiled = CompiledSchema::new(schema).map_err(wrong)?;
        let mut all = Vec::new();
        for env in schema.request_envs() {
            let symbols = compiled.sym_env(&env).map_err(wrong)?;
            all.push(Kind { name: name(&env), env, symbols });
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let no_groups = schema.action_groups().next().is_none();
        Ok(Self { schema, all, no_groups })
    }

    /// The kinds a policy is about at all, by their places.
    fn about(&self, policy: &Policy) -> Vec<usize> {
        let same = |kind: &Kind, env: &RequestEnv| {
            env.action() == kind.env.action()
                && env.resource() == kind.env.resource()
                && env.principal() == kind.env.principal()
        };
        policy
            .get_valid_request_envs(self.schema)
            .filter_map(|env| self.all.iter().position(|kind| same(kind, &env)))
            .collect()
    }

    /// Whether a policy names its actions, and not that of a kind; then it is never about it, by the meaning of
    /// Cedar's scopes.
    fn scoped_out(&self, policy: &Policy, kind: &Kind) -> bool {
        match policy.action_constraint() {
            ActionConstraint::Any => false,
            ActionConstraint::Eq(action) => &action != kind.env.action(),
            ActionConstraint::In(actions) => self.no_groups && !actions.contains(kind.env.action()),
        }
    }

    pub(crate) fn name(&self, kind: usize) -> &str {
        self.all.get(kind).map_or("", |kind| &kind.name)
    }

    pub(crate) fn set(&self, kind: &Kind, set: &PolicySet) -> Result<CompiledPolicySet, SymError> {
        let symbols = kind.symbols.clone();
        CompiledPolicySet::compile_with_custom_symenv(set, &kind.env, self.schema, symbols)
    }

    fn policy(&self, kind: &Kind, policy: &Policy) -> Result<CompiledPolicy, ProofError> {
        let symbols = kind.symbols.clone();
        CompiledPolicy::compile_with_custom_symenv(policy, &kind.env, self.schema, symbols)
            .map_err(|error| ProofError::untranslatable(format!("`{}`", policy.id()), &error))
    }
}

/// `TakeStep on Matter`; the person is told only where it is none.
fn name(env: &RequestEnv) -> String {
    let (action, resource) = (env.action().id().unescaped(), env.resource().to_string());
    match env.principal().to_string().as_str() {
        "Person" => format!("{action} on {resource}"),
        other => format!("{action} by {other} on {resource}"),
    }
}

/// What is proved about: an edition, or what would be left of it without some forbids.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) edition: &'a Edition,
    /// The district's policies.
    pub(crate) base: PolicySet,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(edition: &'a Edition, without: &BTreeSet<String>) -> Self {
        let mut base = PolicySet::new();
        for policy in edition.base().policies() {
            if !without.contains(&policy.id().to_string()) {
                // ids are those of a set that held them all, so none is refused
                let _ = base.add(policy.clone());
            }
        }
        Self { edition, base }
    }
}

/// Every question about an edition, as far as the scope reaches.
pub(crate) fn obligations(
    subject: &Subject<'_>,
    kinds: &Kinds<'_>,
    scope: Scope<'_>,
) -> Result<Vec<Obligation>, ProofError> {
    let (edition, invariants) = (subject.edition, subject.edition.invariants());
    let mut work: Vec<Work<'_>> = sorted(invariants)
        .into_iter()
        .filter(|invariant| scope.takes(invariant))
        .map(Work::Invariant)
        .collect();
    let base = if scope == Scope::All { vec![&subject.base, invariants] } else { Vec::new() };
    let reached = |code: &DivisionCode| match scope {
        Scope::All => true,
        Scope::Invariant(_) => false,
        Scope::Township(of) => of == *code,
    };
    let overlays = edition.townships().iter().filter(|(code, _)| reached(code));
    for set in base.into_iter().chain(overlays.map(|(_, township)| &township.overlay)) {
        let sliced = !std::ptr::eq(set, invariants);
        work.extend(sorted(set).into_iter().map(|policy| Work::Policy(policy, sliced)));
    }
    let envelopes = envelopes(edition);
    for envelope in envelopes.iter().filter(|envelope| reached(&envelope.township)) {
        let permits = sorted(envelope.overlay).into_iter();
        let permits = permits.filter(|policy| policy.effect() == Effect::Permit);
        work.extend(permits.map(|permit| Work::Permit(envelope, permit)));
    }
    let one = |work: &Work<'_>| -> Result<Vec<Obligation>, ProofError> {
        let mut list = List::new(kinds);
        match *work {
            Work::Invariant(invariant) => list.universal(subject, invariant)?,
            Work::Policy(policy, sliced) => list.policy(policy, sliced)?,
            Work::Permit(envelope, permit) => list.envelope(envelope, permit)?,
        }
        Ok(list.all)
    };
    shared(&work, &one)
}

/// One policy to be put into logic.
enum Work<'a> {
    Invariant(&'a Policy),
    /// A policy, and whether slices may leave it out.
    Policy(&'a Policy, bool),
    Permit(&'a Envelope<'a>, &'a Policy),
}

/// Does every piece of work, on as many threads as there are processors; the answers are in the order of the
/// work. Putting terms into text is most of what a proof from earlier verdicts costs.
fn shared(
    work: &[Work<'_>],
    one: &(dyn Fn(&Work<'_>) -> Result<Vec<Obligation>, ProofError> + Sync),
) -> Result<Vec<Obligation>, ProofError> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicUsize::new(0);
    let taken = || {
        let mut done = Vec::new();
        while let Some((at, piece)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, work.get(at)?)))
        {
            done.push((at, one(piece)));
        }
        done
    };
    let mut all = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(taken)).collect();
        let mut all = taken();
        for other in others {
            match other.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_by_key(|(at, _)| *at);
    let mut obligations = Vec::new();
    for (_, done) in all {
        obligations.extend(done?);
    }
    Ok(obligations)
}

/// Forbids of the district with a permit for everything.
pub(crate) fn most_permissive(base: &PolicySet, takes: &dyn Fn(&str) -> bool) -> PolicySet {
    let mut set = PolicySet::new();
    // ids are those of a set that held them all, so none is refused
    for policy in base.policies().filter(|policy| policy.effect() == Effect::Forbid) {
        if takes(policy.id().as_ref()) {
            let _ = set.add(policy.clone());
        }
    }
    if let Ok(top) = Policy::parse(Some(PolicyId::new("any-permit")), TOP) {
        let _ = set.add(top);
    }
    set
}

/// One policy as a set.
pub(crate) fn alone(policy: &Policy) -> PolicySet {
    let mut set = PolicySet::new();
    let _ = set.add(policy.clone());
    set
}

/// Questions as they are put together.
pub(crate) struct List<'k, 's> {
    kinds: &'k Kinds<'s>,
    pub(crate) all: Vec<Obligation>,
}

impl<'k, 's> List<'k, 's> {
    pub(crate) fn new(kinds: &'k Kinds<'s>) -> Self {
        Self { kinds, all: Vec::new() }
    }

    /// No permit whatever can bring about what an invariant describes.
    ///
    /// An invariant names the forbids that carry it (`@carried_by`). They are asked first and alone: what a
    /// few forbids make impossible, more forbids do not make possible again, and the question stays the
    /// same when another forbid changes.
    fn universal(&mut self, subject: &Subject<'_>, invariant: &Policy) -> Result<(), ProofError> {
        let carried: Vec<&str> = carriers(invariant).collect();
        let few = most_permissive(&subject.base, &|id| carried.contains(&id));
        let about = self.kinds.about(invariant);
        for (number, kind) in self.kinds.all.iter().enumerate() {
            if about.contains(&number) {
                let form = disjoint(self.kinds, kind, &few, invariant)?;
                let of = Of::Invariant(invariant.id().to_string());
                self.all.push(Obligation { of, kind: number, form });
            }
        }
        Ok(())
    }

    /// A policy cannot fail to be evaluated, and where slices leave it out it could not have mattered.
    fn policy(&mut self, policy: &Policy, sliced: bool) -> Result<(), ProofError> {
        let id = policy.id().to_string();
        let opening = decision::opening(policy).map(|text| {
            Policy::parse(None, format!("permit (principal, action, resource) when {{ {text} }};"))
                .map_err(|error| {
                    ProofError::untranslatable(format!("the opening of `{id}`"), &error)
                })
        });
        let opening = opening.transpose()?;
        let about = self.kinds.about(policy);
        for (number, kind) in self.kinds.all.iter().enumerate() {
            if self.kinds.scoped_out(policy, kind) {
                continue;
            }
            let compiled = self.kinds.policy(kind, policy)?;
            if !about.contains(&number) {
                if sliced {
                    let form = form(&never_matches_asserts(&compiled), &id)?;
                    let of = Of::Policy(CheckKind::Slices, id.clone());
                    self.all.push(Obligation { of, kind: number, form });
                }
                continue;
            }
            let never_errs = form(&never_errors_asserts(&compiled), &id)?;
            let of = Of::Policy(CheckKind::NeverErrors, id.clone());
            self.all.push(Obligation { of, kind: number, form: never_errs });
            if let (true, Some(opening)) = (sliced, &opening) {
                let opening = self.kinds.policy(kind, opening)?;
                let form = form(&matches_implies_asserts(&compiled, &opening), &id)?;
                let of = Of::Policy(CheckKind::Slices, id.clone());
                self.all.push(Obligation { of, kind: number, form });
            }
        }
        Ok(())
    }

    /// Whatever a township's permit allows lies in the township's envelope.
    pub(crate) fn envelope(
        &mut self,
        envelope: &Envelope<'_>,
        permit: &Policy,
    ) -> Result<(), ProofError> {
        let id = permit.id().to_string();
        let wrong =
            |error: SymError| ProofError::untranslatable(format!("the envelope of `{id}`"), &error);
        for (number, kind) in self.kinds.all.iter().enumerate() {
            if self.kinds.scoped_out(permit, kind) {
                continue;
            }
            // what lies in no township by its attributes has no fence, and no envelope either
            let fenced = self.kinds.set(kind, &envelope.fenced(permit)?);
            let (inner, outer) = match fenced {
                Ok(inner) => (inner, self.kinds.set(kind, &envelope.allowed()?).map_err(wrong)?),
                Err(_) => (
                    self.kinds.set(kind, &alone(permit)).map_err(wrong)?,
                    self.kinds.set(kind, &PolicySet::new()).map_err(wrong)?,
                ),
            };
            let form = form(&implies_asserts(&inner, &outer), &id)?;
            let of = Of::Policy(CheckKind::Envelope, id.clone());
            self.all.push(Obligation { of, kind: number, form });
        }
        Ok(())
    }
}

/// Ids of the forbids that an invariant says it rests on.
pub(crate) fn carriers(invariant: &Policy) -> impl Iterator<Item = &str> {
    let said = invariant.annotation("carried_by").unwrap_or_default();
    said.split('；').map(str::trim).filter(|id| !id.is_empty())
}

/// Whether policies and an invariant have a case in common, as a question.
pub(crate) fn disjoint(
    kinds: &Kinds<'_>,
    kind: &Kind,
    set: &PolicySet,
    invariant: &Policy,
) -> Result<Form, ProofError> {
    let id = invariant.id().to_string();
    let wrong = |error: SymError| ProofError::untranslatable(format!("`{id}`"), &error);
    let set = kinds.set(kind, set).map_err(wrong)?;
    let never = kinds.set(kind, &alone(invariant)).map_err(wrong)?;
    form(&disjoint_asserts(&set, &never), &id)
}

/// Policies by id.
pub(crate) fn sorted(set: &PolicySet) -> Vec<&Policy> {
    let mut all: Vec<&Policy> = set.policies().collect();
    all.sort_by_cached_key(|policy| policy.id().to_string());
    all
}

/// A question as the solver reads it, or its answer where none is needed.
fn form(asserts: &WellFormedAsserts<'_>, id: &str) -> Result<Form, ProofError> {
    let wrong = |error: SymError| ProofError::untranslatable(format!("`{id}`"), &error);
    let mut writer = CedarSymCompiler::new(WriterSolver { w: Vec::<u8>::new() })
        .map_err(wrong)?
        // each script stands alone, so that its digest speaks for itself
        .with_reset_mode(ResetMode::Comment);
    // a writer never waits, so one look at the future is enough
    let asked = pin!(writer.check_unsat(asserts)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(said) = asked else {
        return Err(ProofError::untranslatable(format!("`{id}`"), &"the script was not written"));
    };
    match said {
        Ok(proved) => Ok(Form::Folded(proved)),
        Err(SymError::SolverUnknown) => {
            let bytes = &writer.solver().w;
            let script = String::from_utf8_lossy(bytes);
            Ok(Form::Asked(script.into(), Digest::of([bytes.as_slice()])))
        }
        Err(error) => Err(wrong(error)),
    }
}
