//! Who waits for which record to be safe, and the outage that ends all waiting.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::error::{AppendError, Outage};

type Callback = Box<dyn FnOnce(Result<(), AppendError>) + Send>;

enum Waiter {
    Call(Callback),
    Wake(Waker),
}

#[derive(Default)]
struct State {
    durable: u64,
    outage: Option<Outage>,
    waiters: Vec<(u64, Waiter)>,
}

impl State {
    fn result(&self, upto: u64) -> Option<Result<(), AppendError>> {
        if upto <= self.durable {
            return Some(Ok(()));
        }
        self.outage.clone().map(|outage| Err(AppendError::Unavailable(outage)))
    }
}

/// The acknowledged length of a log, shared between its writer and those who wait.
#[derive(Default)]
pub(crate) struct Acks {
    state: Mutex<State>,
    changed: Condvar,
}

impl Acks {
    pub(crate) fn starting_at(durable: u64) -> Self {
        Self { state: Mutex::new(State { durable, ..State::default() }), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn durable(&self) -> u64 {
        self.lock().durable
    }

    /// The acknowledged length once it is beyond `records`, or after so much time as it then is.
    pub(crate) fn beyond(&self, records: u64, wait: Duration) -> Result<u64, Outage> {
        let waits = |state: &mut State| state.durable <= records && state.outage.is_none();
        let waited = self.changed.wait_timeout_while(self.lock(), wait, waits);
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.outage.clone().map_or(Ok(state.durable), Err)
    }

    pub(crate) fn outage(&self) -> Option<Outage> {
        self.lock().outage.clone()
    }

    /// Acknowledges everything up to `durable` records.
    pub(crate) fn settle(&self, durable: u64) {
        self.change(|state| state.durable = state.durable.max(durable));
    }

    /// Ends all waiting for what is not acknowledged; the first cause stays.
    pub(crate) fn fail(&self, outage: &Outage) {
        self.change(|state| {
            state.outage.get_or_insert_with(|| outage.clone());
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        let mut ready = Vec::new();
        if !state.waiters.is_empty() {
            let waiting = std::mem::take(&mut state.waiters);
            for (upto, waiter) in waiting {
                match state.result(upto) {
                    Some(result) => ready.push((result, waiter)),
                    None => state.waiters.push((upto, waiter)),
                }
            }
        }
        drop(state);
        self.changed.notify_all();
        for (result, waiter) in ready {
            match waiter {
                Waiter::Call(callback) => callback(result),
                Waiter::Wake(waker) => waker.wake(),
            }
        }
    }
}

enum Pending {
    Until(u64, Arc<Acks>),
    Done(Result<(), AppendError>),
}

/// A claim to one acknowledgement. Wait on a thread, await it, or leave a callback.
#[must_use = "an append is acknowledged only when its ticket says so"]
pub struct Ticket(Pending);

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Pending::Until(upto, _) => write!(f, "Ticket(until record {upto})"),
            Pending::Done(result) => write!(f, "Ticket({result:?})"),
        }
    }
}

impl Ticket {
    pub(crate) fn until(upto: u64, acks: Arc<Acks>) -> Self {
        Self(Pending::Until(upto, acks))
    }

    /// A ticket whose answer is known, for stores that write before they return.
    pub fn done(result: Result<(), AppendError>) -> Self {
        Self(Pending::Done(result))
    }

    /// Blocks the thread until the append is safe.
    ///
    /// # Errors
    /// [`AppendError::Unavailable`]: the append was not acknowledged; after the store is opened
    /// again it is either there as a whole or not at all.
    pub fn wait(self) -> Result<(), AppendError> {
        match self.0 {
            Pending::Done(result) => result,
            Pending::Until(upto, acks) => {
                let mut state = acks.lock();
                loop {
                    if let Some(result) = state.result(upto) {
                        return result;
                    }
                    state = acks.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    /// Calls back once the append is safe or has failed: at once when that is known, else on the
    /// writer's thread, so the callback must be short and must not append.
    pub fn on_done(self, callback: Box<dyn FnOnce(Result<(), AppendError>) + Send>) {
        match self.0 {
            Pending::Done(result) => callback(result),
            Pending::Until(upto, acks) => {
                let mut state = acks.lock();
                match state.result(upto) {
                    Some(result) => {
                        drop(state);
                        callback(result);
                    }
                    None => state.waiters.push((upto, Waiter::Call(callback))),
                }
            }
        }
    }
}

impl Future for Ticket {
    type Output = Result<(), AppendError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &self.0 {
            Pending::Done(result) => Poll::Ready(result.clone()),
            Pending::Until(upto, acks) => {
                let mut state = acks.lock();
                if let Some(result) = state.result(*upto) {
                    return Poll::Ready(result);
                }
                state.waiters.push((*upto, Waiter::Wake(context.waker().clone())));
                Poll::Pending
            }
        }
    }
}
