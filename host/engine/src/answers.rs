//! Answers on their way out: each has an id and is in the decision log before it leaves.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use journal::{DecisionLog, DecisionOptions, Outage, StoreError};
use model::{Ask, Digest, DivisionCode, Effect, EntityRef, Minute, Refusal};

use crate::masks::{Masks, Part};
use crate::record::{DecisionLine, FRAME_DECISION, Stated};
use crate::refusals::{internal, not_kept};

/// About what a line takes.
const LINE_BYTES: usize = 4_096;

/// The decision log with its counters.
#[derive(Debug)]
pub struct Answers {
    log: DecisionLog,
    chain: DivisionCode,
    run: String,
    count: AtomicU64,
    masks: ArcSwap<Masks>,
    /// Decisions answered allow.
    pub allowed: AtomicU64,
    /// Decisions answered deny.
    pub denied: AtomicU64,
}

impl Answers {
    /// Opens the log of a store folder. `run` tells the ids of this run from those of all others.
    ///
    /// # Errors
    /// As [`DecisionLog::open`].
    pub fn open(
        dir: &Path,
        options: DecisionOptions,
        chain: DivisionCode,
        run: [u8; 8],
        masks: Masks,
    ) -> Result<Self, StoreError> {
        let run = format!("{:016x}", u64::from_be_bytes(run));
        Ok(Self {
            log: DecisionLog::open(dir, options)?,
            chain,
            run,
            count: AtomicU64::new(0),
            masks: ArcSwap::from_pointee(masks),
            allowed: AtomicU64::new(0),
            denied: AtomicU64::new(0),
        })
    }

    /// Hides further values from now on. What was hidden stays so until the next start: questions that
    /// are under way may still be asked by the rules before.
    pub(crate) fn mask_also(&self, masks: &Masks) {
        self.masks.rcu(|old| Masks::clone(old).with(masks));
    }

    /// The log, for its counters and state.
    pub fn log(&self) -> &DecisionLog {
        &self.log
    }

    /// Why no decision can be answered, if so.
    pub fn outage(&self) -> Option<Outage> {
        self.log.outage()
    }

    /// An id that no other decision has.
    pub fn fresh_id(&self) -> String {
        format!("d-{}-{:06x}", self.run, self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// Writes a line; on return it survives a killed process.
    ///
    /// # Errors
    /// When it cannot be written; then nothing may be answered.
    pub fn write(&self, line: &DecisionLine) -> Result<(), Refusal> {
        let body = encoded(line)?;
        self.log
            .append_body(self.chain, FRAME_DECISION, line.at, &body)
            .map_err(|error| not_kept(&error))?;
        self.tally(line.effect);
        Ok(())
    }

    /// Writes a line as [`Answers::write`], for threads that must not wait: `false` when it would have to
    /// wait for the disk, and nothing is written then.
    ///
    /// # Errors
    /// As [`Answers::write`].
    pub fn write_now(&self, line: &DecisionLine) -> Result<bool, Refusal> {
        let body = encoded(line)?;
        let written = self
            .log
            .append_now(self.chain, FRAME_DECISION, line.at, &body)
            .map_err(|error| not_kept(&error))?
            .is_some();
        if written {
            self.tally(line.effect);
        }
        Ok(written)
    }

    /// Whether there is room for an answer, or no use in waiting for any.
    pub fn has_room(&self) -> bool {
        self.log.has_room(LINE_BYTES)
    }

    /// How long an answer may wait for room.
    pub fn patience(&self) -> Duration {
        self.log.patience()
    }

    /// Counts an answer that waits for room by itself.
    pub fn waits(&self) {
        self.log.waits();
    }

    /// Counts an answer that found no room in its time, and says what it is told.
    pub fn refuse(&self) -> Refusal {
        not_kept(&self.log.refuse())
    }

    /// Writes the lines of one batch.
    ///
    /// # Errors
    /// As [`Answers::write`].
    pub fn write_all(&self, lines: &[DecisionLine]) -> Result<(), Refusal> {
        let [first, _, ..] = lines else { return lines.iter().try_for_each(|l| self.write(l)) };
        let bodies = lines.iter().map(encoded).collect::<Result<Vec<_>, _>>()?;
        let bodies: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        self.log
            .append_many(self.chain, FRAME_DECISION, first.at, &bodies)
            .map_err(|error| not_kept(&error))?;
        for line in lines {
            self.tally(line.effect);
        }
        Ok(())
    }

    fn tally(&self, effect: Effect) {
        let counter = match effect {
            Effect::Allow => &self.allowed,
            Effect::Deny => &self.denied,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// What a record may keep of a purpose that somebody gave, which policies see as `context.purpose`.
    pub(crate) fn purpose(&self, purpose: &str) -> String {
        self.masks.load().purpose(purpose)
    }

    /// What the log keeps of what was stated.
    pub fn stated(&self, ask: &Ask, township: Option<DivisionCode>) -> Option<Stated> {
        let masks = self.masks.load();
        let mut masked = Vec::new();
        let mut keep = |part, map| masks.keep(part, map, &mut masked);
        Some(Stated {
            township,
            subject: keep(Part::Subject, &ask.subject.properties),
            action: ask.action_properties.as_ref().map(|map| keep(Part::Action, map)),
            resource: keep(Part::Resource, &ask.resource.properties),
            context: keep(Part::Context, &ask.context),
            masked,
        })
    }
}

fn encoded(line: &DecisionLine) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(line).map_err(|error| internal(&error.to_string()))
}

/// What a line of a question starts from.
pub(crate) fn line(
    id: String,
    at: Minute,
    caller: &str,
    ask: &Ask,
    stated: Option<Stated>,
    effect: Effect,
) -> DecisionLine {
    DecisionLine {
        id,
        at,
        caller: caller.to_owned(),
        principal: EntityRef::new(&ask.subject.kind, &ask.subject.id),
        action: ask.action.clone(),
        resource: EntityRef::new(&ask.resource.kind, &ask.resource.id),
        stated,
        effect,
        policies: Vec::new(),
        edition: Digest::default(),
        facts: Digest::default(),
        entities: 0,
        purpose: String::new(),
        dropped: Vec::new(),
    }
}
