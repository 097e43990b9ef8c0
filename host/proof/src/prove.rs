//! The whole proof of an edition, from its policies to a report.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Policy, PolicyId};
use model::{CivilDay, Digest, DivisionCode};
use package::Edition;

use crate::error::ProofError;
use crate::example::Search;
use crate::names::Names;
use crate::obligations::{
    Form, Kinds, Obligation, Of, Subject, disjoint, most_permissive, obligations, sorted,
};
use crate::pool::{Question, ask_all, clock};
use crate::refine::{Refined, refine};
use crate::report::{Check, CheckKind, Example, Failure, Report, Row, Status};
use crate::solver::{Said, SolverCommand, ask};

/// How much of an edition is proved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope<'a> {
    /// Everything.
    All,
    /// One invariant, by id.
    Invariant(&'a str),
    /// What one township wrote, by its code. No invariant is asked again: none rests on what a township writes.
    Township(DivisionCode),
}

impl Scope<'_> {
    /// Whether an invariant is asked about.
    pub(crate) fn takes(self, invariant: &Policy) -> bool {
        match self {
            Self::All => true,
            Self::Invariant(id) => invariant.id().to_string() == id,
            Self::Township(_) => false,
        }
    }
}

/// What a proof is made with.
pub struct Options<'a> {
    /// The solver; without one only what earlier verdicts cover is proved.
    pub solver: Option<SolverCommand>,
    /// Questions answered before with "cannot happen", by digest.
    pub known: &'a BTreeSet<Digest>,
    /// How much of the edition is proved.
    pub scope: Scope<'a>,
    /// Ids of forbids to leave out, to see what rests on them; the report is then about no edition.
    pub without: &'a BTreeSet<String>,
    /// Whether what the forbids named by an invariant leave open is asked of all forbids, and facts are looked
    /// for that break it. Without it, refuted says only that the named forbids do not keep it.
    pub thorough: bool,
    /// Names of attributes, for examples.
    pub names: &'a Names,
    /// The day on which examples are told.
    pub today: CivilDay,
    /// The village unit in which examples happen.
    pub village: DivisionCode,
    /// Told after each answer how many of how many questions are answered.
    pub progress: &'a dyn Fn(usize, usize),
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("solver", &self.solver).finish_non_exhaustive()
    }
}

/// What came of one obligation.
#[derive(Clone, Debug)]
struct Done {
    status: Status,
    cached: bool,
    why: String,
    millis: u64,
}

/// Proves everything that is to be proved about an edition, as far as it can be.
///
/// # Errors
/// [`ProofError`] when the edition cannot be put into logic; a question without an answer is `unknown`.
pub fn prove(edition: &Edition, options: &Options<'_>) -> Result<Report, ProofError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(edition, options))
}

async fn run(edition: &Edition, options: &Options<'_>) -> Result<Report, ProofError> {
    let started = clock();
    let kinds = Kinds::of(edition.schema())?;
    let subject = Subject::new(edition, options.without);
    let mut all = obligations(&subject, &kinds, options.scope)?;
    let (mut done, mut asked) = settle(&all, options).await;
    if options.thorough {
        let more = widen(&subject, &kinds, &mut all, &mut done, options).await?;
        asked = asked.saturating_add(more);
    }
    let mut invariants = rows(edition, &all, &done, options.scope);
    for row in invariants.iter_mut().filter(|row| row.status == Status::Refuted) {
        let since = clock();
        row.counterexample = example(&subject, &kinds, &row.id, (&all, &done), options).await?;
        row.millis = row.millis.saturating_add(millis(since));
    }
    let checks = match options.scope {
        Scope::Invariant(_) => Vec::new(),
        Scope::All | Scope::Township(_) => checks(edition, &kinds, &all, &done),
    };
    let verdicts = all.iter().zip(&done).filter_map(|(obligation, done)| match &obligation.form {
        Form::Asked(_, digest) if done.status == Status::Proved => Some(*digest),
        _ => None,
    });
    Ok(Report {
        edition: edition.from(),
        digest: edition.proof_digest(),
        invariants,
        checks,
        asked,
        verdicts: verdicts.collect(),
        millis: millis(started),
    })
}

/// Invariants' questions that are not proved.
fn invariants_open<'o>(
    all: &'o mut [Obligation],
    done: &'o mut [Done],
) -> impl Iterator<Item = (&'o mut Obligation, &'o mut Done)> {
    all.iter_mut().zip(done.iter_mut()).filter(|(obligation, entry)| {
        matches!(obligation.of, Of::Invariant(_)) && entry.status != Status::Proved
    })
}

/// Asks of all forbids what the few that carry an invariant left open; returns how many were asked. One kind of
/// request in which an invariant breaks is enough to know that it does.
async fn widen(
    subject: &Subject<'_>,
    kinds: &Kinds<'_>,
    all: &mut [Obligation],
    done: &mut [Done],
    options: &Options<'_>,
) -> Result<usize, ProofError> {
    let Some(solver) = &options.solver else {
        // what a few forbids do not keep all of them may, so nothing is refuted yet
        for (_, entry) in invariants_open(all, done) {
            *entry = Done {
                why: "no solver was found".to_owned(),
                status: Status::Unknown,
                ..entry.clone()
            };
        }
        return Ok(0);
    };
    let most = most_permissive(&subject.base, &|_| true);
    let mut broken: BTreeSet<String> = BTreeSet::new();
    let mut asked = 0_usize;
    for (obligation, entry) in invariants_open(all, done) {
        let Of::Invariant(id) = obligation.of.clone() else { continue };
        if broken.contains(&id) {
            continue;
        }
        let policy = subject.edition.invariants().policy(&PolicyId::new(&id));
        let (Some(policy), Some(kind)) = (policy, kinds.all.get(obligation.kind)) else { continue };
        let since = clock();
        asked = asked.saturating_add(1);
        let (status, why) = match refine(solver, kinds, kind, &most, policy).await {
            Refined::Refuted(_) => {
                broken.insert(id.clone());
                (Status::Refuted, String::new())
            }
            Refined::Unknown(why) => (Status::Unknown, why),
            Refined::Proved(enough) => {
                // the verdict is about the script that says so, like any other
                let set = most_permissive(&subject.base, &|id| enough.contains(id));
                obligation.form = disjoint(kinds, kind, &set, policy)?;
                match &obligation.form {
                    Form::Folded(true) => (Status::Proved, String::new()),
                    Form::Folded(false) => (Status::Unknown, "two answers differ".to_owned()),
                    Form::Asked(script, _) => match ask(solver, script).await {
                        Said::Unsat => (Status::Proved, String::new()),
                        Said::Sat => (Status::Unknown, "two answers differ".to_owned()),
                        Said::Unknown(why) => (Status::Unknown, why),
                    },
                }
            }
        };
        let millis = entry.millis.saturating_add(millis(since));
        *entry = Done { status, cached: false, why, millis };
    }
    Ok(asked)
}

/// Facts that break a refuted invariant, when they are wanted and a solver is there to find them.
async fn example(
    subject: &Subject<'_>,
    kinds: &Kinds<'_>,
    id: &str,
    (all, done): (&[Obligation], &[Done]),
    options: &Options<'_>,
) -> Result<Option<Example>, ProofError> {
    let policy = subject.edition.invariants().policy(&PolicyId::new(id));
    let at = all.iter().zip(done).find_map(|(obligation, done)| {
        let own = obligation.of == Of::Invariant(id.to_owned());
        (own && done.status == Status::Refuted).then_some(obligation.kind)
    });
    let (Some(solver), Some(policy), Some(kind), true) =
        (&options.solver, policy, at, options.thorough)
    else {
        return Ok(None);
    };
    let Options { names, today, village, .. } = *options;
    Search { subject, names, today, village, solver }.example(kinds, kind, policy).await
}

fn millis(since: std::time::Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Answers every obligation and tells how many were asked of a solver; the others are folded, or known from
/// an earlier verdict about the very same question.
async fn settle(all: &[Obligation], options: &Options<'_>) -> (Vec<Done>, usize) {
    let mut done: Vec<Done> = Vec::with_capacity(all.len());
    let mut first: BTreeMap<Digest, usize> = BTreeMap::new();
    let mut questions = Vec::new();
    for (number, obligation) in all.iter().enumerate() {
        let (status, cached) = match &obligation.form {
            Form::Folded(true) => (Status::Proved, false),
            Form::Folded(false) => (Status::Refuted, false),
            Form::Asked(_, digest) if options.known.contains(digest) => (Status::Proved, true),
            Form::Asked(script, digest) => {
                // the same question is asked once
                if let std::collections::btree_map::Entry::Vacant(entry) = first.entry(*digest) {
                    entry.insert(number);
                    questions.push(Question { of: number, script: script.clone() });
                }
                (Status::Unknown, false)
            }
        };
        done.push(Done { status, cached, why: String::new(), millis: 0 });
    }
    let answers = ask_all(options.solver.as_ref(), questions, options.progress).await;
    for (of, said, millis) in &answers {
        if let Some(entry) = done.get_mut(*of) {
            entry.millis = *millis;
            match said {
                Said::Unsat => entry.status = Status::Proved,
                Said::Sat => entry.status = Status::Refuted,
                Said::Unknown(why) => entry.why.clone_from(why),
            }
        }
    }
    let same: Vec<Option<Done>> = all
        .iter()
        .enumerate()
        .map(|(number, obligation)| match &obligation.form {
            Form::Asked(_, digest) => {
                let asked = first.get(digest).filter(|asked| **asked != number)?;
                done.get(*asked).map(|other| Done { millis: 0, ..other.clone() })
            }
            Form::Folded(_) => None,
        })
        .collect();
    for (entry, same) in done.iter_mut().zip(same) {
        if let Some(same) = same {
            *entry = same;
        }
    }
    (done, answers.len())
}

/// One row for each invariant.
fn rows(edition: &Edition, all: &[Obligation], done: &[Done], scope: Scope<'_>) -> Vec<Row> {
    sorted(edition.invariants())
        .into_iter()
        .filter(|policy| scope.takes(policy))
        .map(|policy| row(policy, all, done))
        .collect()
}

fn row(policy: &Policy, all: &[Obligation], done: &[Done]) -> Row {
    let id = policy.id().to_string();
    let note = |key: &str| policy.annotation(key).unwrap_or_default().to_owned();
    let of = Of::Invariant(id.clone());
    let own = || all.iter().zip(done).filter(|(o, _)| o.of == of).map(|(_, done)| done);
    // an invariant that is about no kind of request at all would promise nothing
    let status = own().map(|done| done.status).max().unwrap_or(Status::Unknown);
    let why = if own().next().is_none() {
        "it is about no kind of request of the schema".to_owned()
    } else {
        own().map(|done| done.why.clone()).find(|why| !why.is_empty()).unwrap_or_default()
    };
    Row {
        title: note("title"),
        title_en: note("title_en"),
        basis: note("basis"),
        status,
        kinds: own().count(),
        cached: own().filter(|done| done.cached).count(),
        millis: own().map(|done| done.millis).sum(),
        counterexample: None,
        why: if status == Status::Unknown { why } else { String::new() },
        id,
    }
}

fn checks(edition: &Edition, kinds: &Kinds<'_>, all: &[Obligation], done: &[Done]) -> Vec<Check> {
    [CheckKind::NeverErrors, CheckKind::Envelope, CheckKind::Slices]
        .into_iter()
        .map(|kind| check(kind, edition, kinds, all, done))
        .collect()
}

fn check(
    check: CheckKind,
    edition: &Edition,
    kinds: &Kinds<'_>,
    all: &[Obligation],
    done: &[Done],
) -> Check {
    let mut policies = BTreeSet::new();
    let mut failures: Vec<Failure> = Vec::new();
    let (mut status, mut questions, mut cached, mut millis) =
        (Status::Proved, 0_usize, 0_usize, 0_u64);
    for (obligation, done) in all.iter().zip(done) {
        let Of::Policy(kind, policy) = &obligation.of else { continue };
        if *kind != check {
            continue;
        }
        policies.insert(policy);
        status = status.max(done.status);
        questions = questions.saturating_add(1);
        cached = cached.saturating_add(usize::from(done.cached));
        millis = millis.saturating_add(done.millis);
        let known = failures.iter().any(|failure| failure.policy == *policy);
        if done.status != Status::Proved && !known {
            let place = edition.place(policy);
            failures.push(Failure {
                policy: policy.clone(),
                code: match check {
                    CheckKind::NeverErrors => "can_err",
                    CheckKind::Envelope => "widens_power",
                    CheckKind::Slices => "slice_differs",
                },
                kind: kinds.name(obligation.kind).to_owned(),
                status: done.status,
                file: place.map(|place| place.file.clone()).unwrap_or_default(),
                line: place.map_or(0, |place| place.line),
                why: done.why.clone(),
            });
        }
    }
    Check { kind: check, status, policies: policies.len(), questions, cached, millis, failures }
}
