//! Questions over many forbids, answered over few: only the forbids that a found case meets are added.
//!
//! A solver that is asked about all forbids at once spends its time on most of them for nothing. Here it is
//! asked about a few; what it finds is held against all, and the forbids it meets join the few. The loop
//! ends with a case that no forbid meets, or without any case, and then the few are already enough.

use std::collections::BTreeSet;

use cedar_policy::{Authorizer, Effect, Policy, PolicySet};
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, Env};

use crate::error::one_line;
use crate::obligations::{Kind, Kinds, alone, carriers};
use crate::solver::SolverCommand;

/// Most rounds; each one adds a forbid, so this is never reached by a package anybody could read.
const ROUNDS_MAX: usize = 200;

/// What the loop came to.
pub(crate) enum Refined {
    /// No case: these forbids are enough.
    Proved(BTreeSet<String>),
    /// A case that meets no forbid.
    Refuted(Box<Env>),
    /// The solver gave no answer, with the reason.
    Unknown(String),
}

/// Looks for a case of an invariant that some permit allows and no forbid meets, for one kind of request.
pub(crate) async fn refine(
    solver: &SolverCommand,
    kinds: &Kinds<'_>,
    kind: &Kind,
    rules: &PolicySet,
    invariant: &Policy,
) -> Refined {
    let mut forbids = PolicySet::new();
    let mut few = PolicySet::new();
    let mut chosen: BTreeSet<String> = carriers(invariant).map(str::to_owned).collect();
    for policy in rules.policies() {
        let permit = policy.effect() == Effect::Permit;
        // ids are those of a set that held them all, so none is refused
        if !permit {
            let _ = forbids.add(policy.clone());
        }
        let id: &str = policy.id().as_ref();
        if permit || chosen.contains(id) {
            let _ = few.add(policy.clone());
        }
    }
    for _ in 0..ROUNDS_MAX {
        let found = match found(solver, kinds, kind, &few, invariant).await {
            Ok(Some(found)) => found,
            Ok(None) => return Refined::Proved(chosen),
            Err(why) => return Refined::Unknown(why),
        };
        let answer = Authorizer::new().is_authorized(&found.request, &forbids, &found.entities);
        let mut met = 0_usize;
        for id in answer.diagnostics().reason() {
            if let Some(policy) = forbids.policy(id)
                && chosen.insert(id.to_string())
            {
                met = met.saturating_add(1);
                let _ = few.add(policy.clone());
            }
        }
        if met == 0 {
            return Refined::Refuted(Box::new(found));
        }
    }
    Refined::Unknown("the search for a case did not end".to_owned())
}

/// One case over a few policies, from a solver of its own.
async fn found(
    solver: &SolverCommand,
    kinds: &Kinds<'_>,
    kind: &Kind,
    few: &PolicySet,
    invariant: &Policy,
) -> Result<Option<Env>, String> {
    let told = |error: &dyn std::fmt::Display| one_line(&error.to_string());
    let few = kinds.set(kind, few).map_err(|error| told(&error))?;
    let never = kinds.set(kind, &alone(invariant)).map_err(|error| told(&error))?;
    let process = LocalSolver::from_command(&mut solver.command()).map_err(|error| told(&error))?;
    let mut compiler = CedarSymCompiler::new(process).map_err(|error| told(&error))?;
    let asked = compiler.check_disjoint_with_counterexample_opt(&few, &never);
    match tokio::time::timeout(solver.limit.saturating_mul(2), asked).await {
        Ok(said) => said.map_err(|error| told(&error)),
        Err(_) => Err("the solver stayed silent past its time limit".to_owned()),
    }
}
