//! The one way in which anything changes: decide → plan → record → apply → answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use journal::{Frame, Store as _, Ticket, Work};
use ledger::Transaction;
use model::{Digest, DivisionCode, Minute, Refusal, RefusalKind};
use serde_json::Value;

use crate::Engine;
use crate::decide::{Decided, Question, decide};
use crate::operation::{Caller, Operation, PersonalFields, Plan, View, chain_of};
use crate::record::{self, Act, DecisionLine, Effect, FRAME_ACT, Key};
use crate::refusals::{denied, internal, not_kept, unavailable};
use crate::row::Personal;
use crate::state::{State, Written};

/// What a write was answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reply {
    /// The answer.
    pub body: Value,
    /// Whether the same key had been used before, so that nothing changed now.
    pub replayed: bool,
    /// Decision id, also the act's id.
    pub decision: String,
}

/// A write that has its place in the record but is not yet safe.
pub(crate) struct Pending {
    reply: Reply,
    ticket: Ticket,
    erases: BTreeSet<String>,
    /// What the index has to be handed; nothing when an earlier answer is given again.
    index: Option<Work>,
}

impl Engine {
    /// Carries out a write for a person and returns once it is safe in the journal.
    ///
    /// # Errors
    /// A [`Refusal`]: nothing was changed.
    pub fn act<O: Operation>(
        &self,
        caller: &Caller,
        key: Option<&str>,
        operation: &O,
    ) -> Result<Reply, Refusal> {
        self.act_at(self.clock.now(), caller, key, operation)
    }

    /// As [`Engine::act`], at a stated time; for loading a demonstration's past.
    pub(crate) fn act_at<O: Operation>(
        &self,
        now: Minute,
        caller: &Caller,
        key: Option<&str>,
        operation: &O,
    ) -> Result<Reply, Refusal> {
        let pending = self.begin(now, caller, key, operation)?;
        self.finish(pending)
    }

    /// Waits until the record is safe, then erases what it says was erased.
    pub(crate) fn finish(&self, pending: Pending) -> Result<Reply, Refusal> {
        let kept = pending.ticket.wait();
        // after the disk, so that the index's own work does not stand in its way; whatever came of it, for
        // the index takes the appends in their order and waits for each
        if let Some(work) = pending.index {
            self.follow(work);
        }
        kept.map_err(|error| not_kept(&error))?;
        for subject in &pending.erases {
            if let Err(error) = self.personal.erase(subject) {
                tracing::error!(%error, "personal fields could not be erased; it is tried again at the next start");
            }
        }
        Ok(pending.reply)
    }

    /// Everything up to the point where only the disk is waited for.
    pub(crate) fn begin<O: Operation>(
        &self,
        now: Minute,
        caller: &Caller,
        key: Option<&str>,
        operation: &O,
    ) -> Result<Pending, Refusal> {
        self.running()?;
        self.leads()?;
        let key = self.key(caller, key, operation)?;
        let snapshot = self.snapshot();
        // One writer at a time: what is planned is what is recorded. Waiting for the disk happens
        // after this guard is gone, so that many acts share one sync.
        let guard = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let state = self.read_state();
        let about = operation.about(&state);
        let edition = match snapshot.deciding(now.day(), about) {
            Some(compiled) => &compiled.edition,
            None => snapshot.edition(now.day(), None)?,
        };
        let seed = Digest::of([key.key.as_bytes(), key.body.0.as_slice()]);
        let view = View {
            state: &state,
            snapshot: &snapshot,
            personal: &self.personal,
            edition,
            now,
            caller,
            seed,
        };
        // what the input alone does not tell the question does, and nobody is asked twice
        let (chain, asked) = if let Some(chain) = operation.chain(&view)? {
            (chain, None)
        } else {
            let ask = operation.ask(&view)?;
            (chain_of(ask.place), Some(ask))
        };
        if let Some(used) = state.keys.get(&format!("{chain}/{}", key.key)) {
            return replay(used, &key, self.store.so_far());
        }
        let ask = match asked {
            Some(ask) => ask,
            None => operation.ask(&view)?,
        };
        let question = Question {
            person: &caller.person,
            action: ask.action,
            resource: ask.resource.clone(),
            place: ask.place,
            cited: &ask.cited,
            context: ask.context.clone(),
        };
        let decided = decide(&state, &snapshot, now, question);
        if decided.decision.edition != edition.digest() {
            return Err(internal(
                "the act was planned under another edition than the one that decides",
            ));
        }
        let id = self.answers.fresh_id();
        if !decided.decision.allowed() {
            let clue = match O::CLUE {
                Some(kind) => self.clue(chain, &view, &ask, &decided, (kind, &id)),
                None => Ok(None),
            };
            drop(guard);
            let mut line = line(&id, now, caller, &ask, &decided);
            line.entities = state.version;
            line.purpose = self.answers.purpose(&line.purpose);
            let told = |code: &str| operation.told(&view, code);
            let refusal = denied(decided, &told);
            drop(state);
            // the refusal is in the log before a clue that could not be kept is told; a clue that has its place
            // in the record is seen through in any case
            let logged = self.answers.write(&line);
            let kept = clue.and_then(|clue| clue.map_or(Ok(()), |it| self.finish(it).map(drop)));
            logged.and(kept)?;
            return Err(refusal);
        }
        let personal = self.put_aside(operation.personal(&view))?;
        let plan = operation.plan(&view, &decided.acting(&id), &personal)?;
        rehearse(&view, &plan)?;
        let act = self.act_record(id, now, caller, &ask, &decided, key, &plan);
        drop(state);
        let pending = self.record(chain, now, &act, plan)?;
        drop(guard);
        Ok(pending)
    }

    /// Appends an act and applies it; the caller holds the writer's guard.
    pub(crate) fn record(
        &self,
        chain: DivisionCode,
        now: Minute,
        act: &Act,
        plan: Plan,
    ) -> Result<Pending, Refusal> {
        let body = serde_json::to_vec(act).map_err(|error| internal(&error.to_string()))?;
        let frame = Frame { kind: FRAME_ACT, recorded_at: now, body };
        let appended = self
            .store
            .append(chain, self.store.head(chain), vec![frame])
            .map_err(|e| not_kept(&e))?;
        // Cheap: the next state shares with this one whatever the act does not touch.
        let mut state = State::clone(&self.state.load());
        // The act was rehearsed under the same guard; failing here would mean memory and record
        // disagree, and then nothing may go on.
        let written: Vec<Written> = state.apply(chain, act).map_err(|error| {
            tracing::error!(%error, "the record and the memory disagree; stopping");
            self.stop();
            internal(&error.to_string())
        })?;
        state.version = appended.position.records;
        self.state.store(Arc::new(state));
        let index = Some(crate::open::work(written, &appended));
        let reply = Reply { body: plan.reply, replayed: false, decision: act.id.clone() };
        Ok(Pending { reply, ticket: appended.ticket, erases: plan.erases, index })
    }

    /// Moves a manual clock forward and records that it was moved by hand.
    ///
    /// # Errors
    /// `CLOCK_NOT_MANUAL`, `CLOCK_RUNS_BACK`, or the record cannot be written.
    pub fn move_clock(&self, to: Minute) -> Result<Minute, Refusal> {
        self.running()?;
        self.leads()?;
        if !self.clock.is_manual() {
            return Err(Refusal::new(
                RefusalKind::Denied,
                "CLOCK_NOT_MANUAL",
                "the clock is the machine's; start with `--clock manual` to move it",
                "系统时钟不能手动调整。",
                "演示走流程请用 --clock manual 启动。",
            ));
        }
        let guard = self.writer.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = self.clock.now();
        if to < now {
            return Err(Refusal::new(
                RefusalKind::Invalid,
                "CLOCK_RUNS_BACK",
                format!("the clock stands at {} and never runs back", now.display()),
                format!("时钟现在是{}，不能往回调。", now.display()),
                "请填写更晚的时间。",
            ));
        }
        let effects = vec![Effect::Clock(to)];
        let act = Act {
            id: format!("clock-{}", to.0),
            at: to,
            day: to.day(),
            manual_clock: true,
            decided: None,
            key: None,
            reply: Value::Null,
            effects,
            runs: Vec::new(),
        };
        let pending = self.record(self.district(), to, &act, Plan::default())?;
        self.clock.move_to(to);
        drop(guard);
        self.finish(pending)?;
        Ok(to)
    }

    fn key<O: Operation>(
        &self,
        caller: &Caller,
        key: Option<&str>,
        operation: &O,
    ) -> Result<Key, Refusal> {
        let body = serde_json::to_vec(operation).map_err(|error| internal(&error.to_string()))?;
        let body = Digest::of([O::NAME.as_bytes(), caller.person.as_bytes(), &body]);
        let key = match key {
            None => format!("auto-{}", self.random_id()?),
            Some(text) if usable(text) => text.to_owned(),
            Some(_) => {
                return Err(Refusal::new(
                    RefusalKind::Invalid,
                    "IDEMPOTENCY_KEY_MALFORMED",
                    "`Idempotency-Key` takes 1 to 128 visible ASCII characters",
                    "请求编号格式不对。",
                    "请用1至128个英文字母、数字或符号。",
                ));
            }
        };
        Ok(Key { key, body })
    }

    fn put_aside(&self, fields: Vec<PersonalFields>) -> Result<Vec<Personal>, Refusal> {
        fields
            .into_iter()
            .map(|one| {
                let stored = self.personal.put(&one.subject, one.fields).map_err(|error| {
                    tracing::error!(%error, "the side store cannot be written");
                    unavailable(
                        "PERSONAL_STORE_FAILED",
                        "the personal side store cannot be written",
                    )
                })?;
                Ok(Personal { id: stored.id.clone(), commitment: stored.commitment })
            })
            .collect()
    }

    /// The decision behind an act, as the record keeps it.
    pub(crate) fn behind(
        &self,
        caller: &Caller,
        ask: &crate::operation::Ask,
        decided: &Decided,
    ) -> record::Decided {
        record::Decided {
            by: caller.person.clone(),
            post: decided.post.clone(),
            action: ask.action.to_owned(),
            resource: ask.resource.id.clone(),
            policies: decided.policies(),
            edition: decided.decision.edition,
            facts: decided.facts,
            purpose: self.answers.purpose(ask.cited.purpose.as_deref().unwrap_or_default()),
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one record, named where they are put together"
    )]
    fn act_record(
        &self,
        id: String,
        now: Minute,
        caller: &Caller,
        ask: &crate::operation::Ask,
        decided: &Decided,
        key: Key,
        plan: &Plan,
    ) -> Act {
        Act {
            id,
            at: now,
            day: now.day(),
            manual_clock: self.clock.is_manual(),
            decided: Some(self.behind(caller, ask, decided)),
            key: Some(key),
            reply: plan.reply.clone(),
            effects: plan.effects.clone(),
            runs: plan.runs.clone(),
        }
    }
}

/// The same key again: the first answer, when the body is the same; a conflict otherwise. The first may still be
/// on its way to the disk, and an answer that a power cut takes back must not be given.
fn replay(used: &crate::state::KeyRow, key: &Key, first: Ticket) -> Result<Pending, Refusal> {
    if used.body == key.body {
        let reply = Reply { body: used.reply.clone(), replayed: true, decision: String::new() };
        return Ok(Pending { reply, ticket: first, erases: BTreeSet::new(), index: None });
    }
    Err(Refusal::new(
        RefusalKind::Conflict,
        "IDEMPOTENCY_KEY_REUSED",
        format!("`Idempotency-Key` `{}` was used for another request; use a new key", key.key),
        "这个请求编号已用于另一件内容不同的事，本次没有办理。",
        "新的一件请换新编号；重发旧的一件请保持内容不变。",
    ))
}

fn usable(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= crate::limits::KEY_CHARS_MAX
        && key.bytes().all(|b| b.is_ascii_graphic())
}

/// Applies the movements to the few accounts they touch, before anything is recorded.
fn rehearse(view: &View<'_>, plan: &Plan) -> Result<(), Refusal> {
    let moves: Vec<&Transaction> = plan
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Move(transaction) => Some(transaction),
            _ => None,
        })
        .collect();
    view.state.book.rehearse(moves).map(|_| ()).map_err(|refusal| refusal.refusal())
}

fn line(
    id: &str,
    now: Minute,
    caller: &Caller,
    ask: &crate::operation::Ask,
    decided: &Decided,
) -> DecisionLine {
    DecisionLine {
        id: id.to_owned(),
        at: now,
        caller: String::new(),
        principal: model::EntityRef::new("Person", &caller.person),
        action: ask.action.to_owned(),
        resource: ask.resource.id.clone(),
        stated: None,
        effect: decided.decision.effect,
        policies: decided.policies(),
        edition: decided.decision.edition,
        facts: decided.facts,
        entities: 0,
        purpose: ask.cited.purpose.clone().unwrap_or_default(),
        dropped: Vec::new(),
    }
}
