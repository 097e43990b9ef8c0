//! Two solvers share the questions.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::solver::{Said, SolverCommand, ask};

/// One question: its place in the list of obligations and the script.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// Place of the obligation it belongs to.
    pub(crate) of: usize,
    /// What the solver reads.
    pub(crate) script: Arc<str>,
}

/// What a solver said to the question of an obligation, and milliseconds.
pub(crate) type Answer = (usize, Said, u64);

/// Asks every question, two at a time. A solver that errs, ends or stays silent leaves its own question
/// unknown and no other; without a solver everything is unknown.
pub(crate) async fn ask_all(
    command: Option<&SolverCommand>,
    questions: Vec<Question>,
    progress: &dyn Fn(usize, usize),
) -> Vec<Answer> {
    let all = questions.len();
    let waiting: RefCell<VecDeque<Question>> = RefCell::new(questions.into());
    let answers: RefCell<Vec<Answer>> = RefCell::new(Vec::with_capacity(all));
    let worker = || async {
        loop {
            // taken in a statement of its own: nothing is borrowed while a solver works
            let next = waiting.borrow_mut().pop_front();
            let Some(question) = next else { return };
            let started = clock();
            let said = match command {
                Some(command) => ask(command, &question.script).await,
                None => Said::Unknown("no solver was found".to_owned()),
            };
            let millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            answers.borrow_mut().push((question.of, said, millis));
            let done = answers.borrow().len();
            progress(done, all);
        }
    };
    // more than two would only wait for a core on the machines this is for
    tokio::join!(worker(), worker());
    answers.into_inner()
}

/// Now, to say how long something took.
#[expect(clippy::disallowed_methods, reason = "only how long something took is told")]
pub(crate) fn clock() -> std::time::Instant {
    std::time::Instant::now()
}
