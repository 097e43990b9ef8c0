//! The decision point behind the API, whichever kind of package it serves.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use folder::{Act, Admin, Found, Search, Who};
use model::{Ask, DivisionCode, DivisionLevel, Minute, Refusal};

use crate::Engine;
use crate::answers::Answers;
use crate::explanation::{Explanation, Language};
use crate::plain::PlainEngine;
use crate::record::DecisionLine;

/// Who asks and reads the answer.
#[derive(Clone, Copy, Default, Debug)]
pub struct Reader<'a> {
    /// The calling system; none where the server is open, and then nothing labelled is shown.
    pub who: Option<&'a Who>,
}

impl Reader<'_> {
    /// Its id for the log; empty where the server is open.
    pub fn id(&self) -> &str {
        self.who.map_or("", |who| &who.id)
    }

    /// Whether it may see reasons that carry a label.
    pub fn sees(&self, admin: &Admin, label: &str, township: Option<DivisionCode>) -> bool {
        let at = township.map(|code| code.to_string()).unwrap_or_default();
        self.who.is_some_and(|who| admin.shows(who, label, &at))
    }
}

/// One question of a batch.
#[derive(Clone, Debug)]
pub struct Item {
    /// The question, or why it is none.
    pub ask: Result<Ask, String>,
    /// The language of reasons, where they were asked for.
    pub explain: Option<Language>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Yes or no.
    pub allowed: bool,
    /// Reasons, where they were asked for.
    pub explanation: Option<Explanation>,
}

/// What answers questions.
#[derive(Clone, Debug)]
pub enum Service {
    /// A district with its record.
    District(Arc<Engine>),
    /// A plain Cedar folder.
    Plain(Arc<PlainEngine>),
}

impl Service {
    /// The district's engine, where a district is served.
    pub fn district(&self) -> Option<&Arc<Engine>> {
        match self {
            Self::District(engine) => Some(engine),
            Self::Plain(_) => None,
        }
    }

    /// The folder's engine, where a plain folder is served.
    pub fn plain(&self) -> Option<&Arc<PlainEngine>> {
        match self {
            Self::District(_) => None,
            Self::Plain(engine) => Some(engine),
        }
    }

    /// Answers one question.
    ///
    /// # Errors
    /// Only when the answer cannot be logged; then nothing is answered.
    pub fn answer(
        &self,
        caller: &Reader<'_>,
        ask: &Ask,
        township: Option<DivisionCode>,
        explain: Option<Language>,
    ) -> Result<Answered, Refusal> {
        let (answered, line) = self.one(*caller, ask, township, explain)?;
        self.answers().write(&line)?;
        Ok(answered)
    }

    /// Answers one question on a thread that must not wait: `None` when the log would have to wait for
    /// its disk, and nothing is answered or written then.
    ///
    /// # Errors
    /// As [`Service::answer`].
    pub fn answer_now(
        &self,
        caller: &Reader<'_>,
        ask: &Ask,
        township: Option<DivisionCode>,
        explain: Option<Language>,
    ) -> Result<Option<Answered>, Refusal> {
        let (answered, line) = self.one(*caller, ask, township, explain)?;
        Ok(self.answers().write_now(&line)?.then_some(answered))
    }

    /// An answer that is not given before its line is written.
    fn one(
        &self,
        caller: Reader<'_>,
        ask: &Ask,
        township: Option<DivisionCode>,
        explain: Option<Language>,
    ) -> Result<(Answered, DecisionLine), Refusal> {
        match self {
            Self::District(engine) => engine.one(caller, ask, township, explain),
            Self::Plain(engine) => Ok(engine.one(caller.id(), ask, explain)),
        }
    }

    /// Answers questions under one revision until `more` says that the rest need not be asked.
    ///
    /// # Errors
    /// As [`Service::answer`].
    pub fn answer_all(
        &self,
        caller: &Reader<'_>,
        items: &[Item],
        township: Option<DivisionCode>,
        more: &dyn Fn(bool) -> bool,
    ) -> Result<Vec<Result<Answered, String>>, Refusal> {
        match self {
            Self::District(engine) => engine.answer_all(caller, items, township, more),
            Self::Plain(engine) => engine.answer_all(caller.id(), items, more),
        }
    }

    /// Searches; `on` is asked now and then whether there is time left.
    ///
    /// # Errors
    /// As [`Service::answer`].
    pub fn search(
        &self,
        caller: &Reader<'_>,
        search: &Search<'_>,
        township: Option<DivisionCode>,
        on: &mut dyn FnMut() -> bool,
    ) -> Result<Found, Refusal> {
        match self {
            Self::District(engine) => engine.search(caller.id(), search, township, on),
            Self::Plain(engine) => engine.search(caller.id(), search, on),
        }
    }

    /// Whether a township's address can be asked.
    pub fn has_township(&self, code: DivisionCode) -> bool {
        self.district().is_some_and(|engine| {
            code.level() == DivisionLevel::Township
                && engine.snapshot().package.divisions().get(code).is_some()
        })
    }

    /// Which load of the package is in force.
    pub fn generation(&self) -> u64 {
        match self {
            Self::District(engine) => engine.generation(),
            Self::Plain(engine) => engine.current().generation,
        }
    }

    /// Whether a calling system may do something at an address.
    pub fn allows(&self, who: &Who, act: Act, township: Option<DivisionCode>) -> bool {
        let at = township.map(|code| code.to_string()).unwrap_or_default();
        match self {
            Self::District(engine) => engine.snapshot().admin.allows(who, act, &at),
            Self::Plain(engine) => engine.current().admin.allows(who, act, &at),
        }
    }

    /// Whether a reader may see reasons that carry a label.
    pub fn shows(&self, who: &Who, label: &str, township: Option<DivisionCode>) -> bool {
        let at = township.map(|code| code.to_string()).unwrap_or_default();
        match self {
            Self::District(engine) => engine.snapshot().admin.shows(who, label, &at),
            Self::Plain(engine) => engine.current().admin.shows(who, label, &at),
        }
    }

    /// The time.
    pub fn now(&self) -> Minute {
        match self {
            Self::District(engine) => engine.now(),
            Self::Plain(engine) => engine.now(),
        }
    }

    /// Why nothing can be answered or written, if so.
    pub fn outage(&self) -> Option<String> {
        match self {
            Self::District(engine) => engine.outage(),
            Self::Plain(engine) => engine.outage(),
        }
    }

    /// Why nothing that has to be fresh may be answered, if so.
    pub fn not_fresh(&self) -> Option<Refusal> {
        self.district().and_then(|engine| engine.not_fresh())
    }

    /// Records in the journal.
    pub fn records(&self) -> u64 {
        match self {
            Self::District(engine) => engine.records(),
            Self::Plain(engine) => engine.records(),
        }
    }

    /// The decision log.
    pub fn answers(&self) -> &Answers {
        match self {
            Self::District(engine) => engine.answers(),
            Self::Plain(engine) => engine.answers(),
        }
    }

    /// Lets go of decisions older than so many days, whole segments at a time.
    pub fn retain(&self, days: u32) {
        let age = i64::from(days).saturating_mul(24 * 60);
        let not_before = Minute(self.now().0.saturating_sub(age));
        let keep = journal::Retain { newest_segments_min: 1, not_before };
        match self.answers().log().retain(keep) {
            Ok(done) => tracing::info!(
                segments = done.segments,
                records = done.records,
                "old decisions were let go of"
            ),
            Err(error) => tracing::error!(%error, "old decisions could not be let go of"),
        }
    }

    /// Decisions answered allow and deny since the start.
    pub fn tally(&self) -> (u64, u64) {
        let answers = self.answers();
        (answers.allowed.load(Ordering::Relaxed), answers.denied.load(Ordering::Relaxed))
    }
}
