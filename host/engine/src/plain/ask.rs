//! Questions and searches over the current entities.

use folder::{Answer, Search, Sought};
use model::{Ask, Effect, Refusal};

use super::{Current, PlainEngine};
use crate::answers::line;
use crate::explanation::{Explanation, Language};
use crate::record::DecisionLine;
use crate::service::{Answered, Item};

impl PlainEngine {
    /// Decides one question; it is not answered before its line is written.
    pub(crate) fn one(
        &self,
        caller: &str,
        ask: &Ask,
        explain: Option<Language>,
    ) -> (Answered, DecisionLine) {
        self.judged(&self.current.load(), caller, ask, explain)
    }

    /// Answers questions under one revision until `more` says that the rest need not be asked.
    ///
    /// # Errors
    /// Only when the answers cannot be logged; then none of them is answered.
    pub fn answer_all(
        &self,
        caller: &str,
        items: &[Item],
        more: &dyn Fn(bool) -> bool,
    ) -> Result<Vec<Result<Answered, String>>, Refusal> {
        let current = self.current.load();
        let mut answers = Vec::with_capacity(items.len());
        let mut lines = Vec::with_capacity(items.len());
        for item in items {
            let answer = item.ask.as_ref().map_err(Clone::clone).map(|ask| {
                let (answered, line) = self.judged(&current, caller, ask, item.explain);
                lines.push(line);
                answered
            });
            let allowed = answer.as_ref().is_ok_and(|answered| answered.allowed);
            answers.push(answer);
            if !more(allowed) {
                break;
            }
        }
        self.answers.write_all(&lines)?;
        Ok(answers)
    }

    fn judged(
        &self,
        current: &Current,
        caller: &str,
        ask: &Ask,
        explain: Option<Language>,
    ) -> (Answered, DecisionLine) {
        let id = self.answers.fresh_id();
        let (answer, explanation): (Answer, Option<Explanation>) = match explain {
            None => (current.folder.ask(&current.entities, ask), None),
            Some(language) => {
                let explained = current.folder.explain(&current.entities, ask);
                let edition = current.folder.digest();
                let said = super::said(&explained, id.clone(), edition, language);
                (explained.answer, Some(said))
            }
        };
        let line = self.line(current, id, caller, ask, &answer);
        (Answered { allowed: answer.allowed, explanation }, line)
    }

    /// Searches; the search itself is logged as a question with the number of its results.
    ///
    /// # Errors
    /// As [`PlainEngine::answer_all`].
    pub fn search(
        &self,
        caller: &str,
        search: &Search<'_>,
        on: &mut dyn FnMut() -> bool,
    ) -> Result<folder::Found, Refusal> {
        let current = self.current.load();
        let found = current.folder.search(&current.entities, search, on);
        let effect = if found.ids.is_empty() { Effect::Deny } else { Effect::Allow };
        let stated = self.answers.stated(search.ask, None);
        let id = self.answers.fresh_id();
        let mut line = line(id, self.now(), caller, search.ask, stated, effect);
        line.edition = current.folder.digest();
        line.entities = current.version;
        line.purpose = searched(search.sought, found.ids.len());
        self.answers.write(&line)?;
        Ok(found)
    }

    fn line(
        &self,
        current: &Current,
        id: String,
        caller: &str,
        ask: &Ask,
        answer: &Answer,
    ) -> DecisionLine {
        let effect = if answer.allowed { Effect::Allow } else { Effect::Deny };
        let stated = self.answers.stated(ask, None);
        let mut line = line(id, self.now(), caller, ask, stated, effect);
        line.policies = policies_of(answer);
        line.edition = current.folder.digest();
        line.facts = current.folder.entities_digest();
        line.entities = current.version;
        line.dropped.clone_from(&answer.dropped);
        line
    }
}

/// What the log names as deciding: policies, or why none was asked.
pub(crate) fn policies_of(answer: &Answer) -> Vec<String> {
    match &answer.fault {
        Some(fault) => vec![fault.code().to_owned()],
        None if answer.deciding().is_empty() => vec!["no-permit".to_owned()],
        None => answer.deciding().iter().map(|line| line.id().to_string()).collect(),
    }
}

/// How the log names a search.
pub(crate) fn searched(sought: Sought, found: usize) -> String {
    let of = match sought {
        Sought::Subject => "subject",
        Sought::Resource => "resource",
        Sought::Action => "action",
    };
    format!("search {of}: {found} found")
}
