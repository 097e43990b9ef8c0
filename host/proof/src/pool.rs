//! Two solvers share the questions.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::solver::{Said, Solver, SolverCommand};

/// One question: its place in the list of obligations and the script.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Place of the obligation it belongs to.
    pub(crate) of: usize,
    /// What the solver reads.
    pub(crate) script: Rc<str>,
}

/// What came of the questions.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// Answer and milliseconds, by the question's obligation.
    pub(crate) said: Vec<(usize, Said, u64)>,
    /// Processes that were started.
    pub(crate) started: usize,
}

/// Asks every question. A solver that errs, ends or stays silent is replaced by a fresh one; its question
/// stays unknown. When no solver can be started, everything is unknown.
pub(crate) async fn ask_all(
    command: Option<&SolverCommand>,
    questions: Vec<Question>,
    progress: &dyn Fn(usize, usize),
) -> Answers {
    let all = questions.len();
    let waiting: RefCell<VecDeque<Question>> = RefCell::new(questions.into());
    let answers = RefCell::new(Answers::default());
    let work = || worker(command, &waiting, &answers, all, progress);
    // two at once were 1.7 times as quick as one where this was measured; more only wait for a core
    tokio::join!(work(), work());
    answers.into_inner()
}

async fn worker(
    command: Option<&SolverCommand>,
    waiting: &RefCell<VecDeque<Question>>,
    answers: &RefCell<Answers>,
    all: usize,
    progress: &dyn Fn(usize, usize),
) {
    let mut running: Option<Solver> = None;
    loop {
        let Some(question) = waiting.borrow_mut().pop_front() else { return };
        let started = clock();
        let said = match solver(command, &mut running, answers) {
            Ok(solver) => solver.ask(&question.script).await,
            Err(why) => Said::Unknown(why),
        };
        if matches!(said, Said::Unknown(_)) {
            running = None;
        }
        let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let done = {
            let mut answers = answers.borrow_mut();
            answers.said.push((question.of, said, millis));
            answers.said.len()
        };
        progress(done, all);
    }
}

/// The running solver, or a fresh one.
fn solver<'s>(
    command: Option<&SolverCommand>,
    running: &'s mut Option<Solver>,
    answers: &RefCell<Answers>,
) -> Result<&'s mut Solver, String> {
    if running.is_none() {
        let command = command.ok_or_else(|| "no solver was found".to_owned())?;
        let fresh = Solver::start(command).map_err(|error| {
            format!("`{}` cannot be started: {error}", command.program.display())
        })?;
        let mut answers = answers.borrow_mut();
        answers.started = answers.started.saturating_add(1);
        *running = Some(fresh);
    }
    running.as_mut().ok_or_else(|| "no solver is running".to_owned())
}

/// Now, to say how long a question took.
#[expect(clippy::disallowed_methods, reason = "only how long something took is told")]
pub(crate) fn clock() -> std::time::Instant {
    std::time::Instant::now()
}
