//! Why an answer is what it is: the policies that decided, and for a deny what was missing.

use std::sync::Arc;

use evaluator::{Condition, Line, Session, Store};
use model::Ask;

use crate::answer::{Answer, Fault};
use crate::folder::Folder;

/// A permit that did not apply, with its conditions up to the first that did not hold.
#[derive(Clone, Debug)]
pub struct Miss {
    /// The permit.
    pub line: Arc<Line>,
    /// Its conditions, in the order of evaluation.
    pub conditions: Vec<Condition>,
}

/// An answer with what it rests on.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The answer.
    pub answer: Answer,
    /// Conditions of the policies that decided.
    pub deciding: Vec<Miss>,
    /// For a deny that no policy forbids: the permits nearest to applying.
    pub nearest: Vec<Miss>,
}

/// Most permits that are shown as nearest.
const NEAREST_MAX: usize = 3;

impl Folder {
    /// Answers as [`Folder::ask`] does and says why.
    pub fn explain(&self, store: &Store, ask: &Ask) -> Explained {
        let mut dropped = Vec::new();
        let prepared = match self.prepare(store, ask, &mut dropped) {
            Ok(prepared) => prepared,
            Err(fault) => return faulty(fault, dropped),
        };
        let session = Session::new(&prepared.slots, Arc::clone(&prepared.context));
        let answer = Answer::of(session.ask(prepared.slice.lines()), prepared.dropped.clone());
        let miss = |line: &Arc<Line>| Miss {
            line: Arc::clone(line),
            conditions: session.conditions(line),
        };
        let deciding: Vec<Miss> = answer.deciding().into_iter().map(miss).collect();
        let mut nearest = Vec::new();
        if !answer.allowed && deciding.is_empty() {
            let mut permits: Vec<(usize, &Arc<Line>)> = prepared
                .slice
                .lines()
                .iter()
                .filter(|line| line.permit())
                .map(|line| (session.held(line), line))
                .collect();
            // those of which most holds first; ids decide between equals
            permits.sort_by(|a, b| (b.0, a.1.id()).cmp(&(a.0, b.1.id())));
            nearest = permits.into_iter().take(NEAREST_MAX).map(|(_, line)| miss(line)).collect();
        }
        Explained { answer, deciding, nearest }
    }
}

fn faulty(fault: Fault, dropped: Vec<String>) -> Explained {
    Explained { answer: Answer::faulty(fault, dropped), deciding: Vec::new(), nearest: Vec::new() }
}
