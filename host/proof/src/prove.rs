//! The whole proof of an edition, from its policies to a report.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Policy, PolicyId};
use model::{CivilDay, Digest, DivisionCode};
use package::Edition;

use crate::error::ProofError;
use crate::example::Search;
use crate::names::Names;
use crate::obligations::{Form, Kinds, Obligation, Of, obligations, sorted, widened};
use crate::pool::{Answers, Question, ask_all, clock};
use crate::report::{Check, CheckKind, Failure, Report, Row, Status};
use crate::solver::{Said, SolverCommand};

/// What a proof is made with.
pub struct Options<'a> {
    /// The solver; without one only what earlier verdicts cover is proved.
    pub solver: Option<SolverCommand>,
    /// Questions answered before with "cannot happen", by digest.
    pub known: &'a BTreeSet<Digest>,
    /// Only this invariant, by id.
    pub only: Option<&'a str>,
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
    let mut all = obligations(edition, &kinds, options.only).await?;
    let (mut done, mut answers) = settle(&all, options).await;
    let open: Vec<(usize, (String, usize))> = all
        .iter()
        .zip(&done)
        .enumerate()
        .filter(|(_, (obligation, done))| obligation.narrowed && done.status != Status::Proved)
        .filter_map(|(at, (obligation, _))| match &obligation.of {
            Of::Invariant(id) => Some((at, (id.clone(), obligation.kind))),
            Of::Policy(..) => None,
        })
        .collect();
    let asked: Vec<(String, usize)> = open.iter().map(|(_, asked)| asked.clone()).collect();
    let wider = widened(edition, &kinds, &asked).await?;
    let (later, more) = settle(&wider, options).await;
    for ((at, _), (obligation, result)) in open.into_iter().zip(wider.into_iter().zip(later)) {
        if let (Some(of), Some(entry)) = (all.get_mut(at), done.get_mut(at)) {
            let millis = entry.millis.saturating_add(result.millis);
            (*of, *entry) = (obligation, Done { millis, ..result });
        }
    }
    answers.started = answers.started.saturating_add(more.started);
    answers.said.extend(more.said);
    let mut invariants = rows(edition, &all, &done, options.only);
    for row in invariants.iter_mut().filter(|row| row.status == Status::Refuted) {
        let since = clock();
        let policy = edition.invariants().policy(&PolicyId::new(&row.id));
        let at = all.iter().zip(&done).find_map(|(obligation, done)| {
            let own = obligation.of == Of::Invariant(row.id.clone());
            (own && done.status == Status::Refuted).then_some(obligation.kind)
        });
        if let (Some(solver), Some(policy), Some(kind)) = (&options.solver, policy, at) {
            let Options { names, today, village, .. } = *options;
            let search = Search { edition, names, today, village, solver };
            row.counterexample = search.example(&kinds, kind, policy).await?;
        }
        row.millis = row.millis.saturating_add(millis(since));
    }
    let checks = if options.only.is_some() { Vec::new() } else { checks(edition, &kinds, &all, &done) };
    let verdicts = all.iter().zip(&done).filter_map(|(obligation, done)| match &obligation.form {
        Form::Asked(_, digest) if done.status == Status::Proved => Some(*digest),
        _ => None,
    });
    Ok(Report {
        edition: edition.from(),
        digest: edition.proof_digest(),
        invariants,
        checks,
        solvers: answers.started,
        asked: answers.said.len(),
        verdicts: verdicts.collect(),
        millis: millis(started),
    })
}

fn millis(since: std::time::Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Answers every obligation: folded, from an earlier verdict about the very same question, or by a solver.
async fn settle(all: &[Obligation], options: &Options<'_>) -> (Vec<Done>, Answers) {
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
    for (of, said, millis) in &answers.said {
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
    (done, answers)
}

/// One row for each invariant.
fn rows(edition: &Edition, all: &[Obligation], done: &[Done], only: Option<&str>) -> Vec<Row> {
    sorted(edition.invariants())
        .into_iter()
        .filter(|policy| only.is_none_or(|id| policy.id().to_string() == id))
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
    let (mut status, mut questions, mut cached, mut millis) = (Status::Proved, 0_usize, 0_usize, 0_u64);
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
