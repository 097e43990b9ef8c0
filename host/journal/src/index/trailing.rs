//! The trailing indexer: takes changes off the acknowledged path and applies them in log order.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Change, IndexError, IndexStore};
use crate::error::StoreError;
use crate::heads::Position;
use crate::keeper::start;

/// Most pieces of work applied together.
const BATCH: usize = 512;

/// The changes one append leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Work {
    /// Records in the log before the append ([`crate::Appended::before`]).
    pub before: u64,
    /// Position with it ([`crate::Appended::position`]).
    pub position: Position,
    /// What changes in the index; may be empty.
    pub changes: Vec<Change>,
}

struct State {
    /// Waiting work by the record count it follows; appenders may hand it in out of order.
    waiting: BTreeMap<u64, Work>,
    next: u64,
    applied: u64,
    failed: Option<IndexError>,
    closing: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that owns an index and follows the log.
pub struct Trailing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Trailing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("Trailing")
            .field("applied", &state.applied)
            .field("waiting", &state.waiting.len())
            .finish_non_exhaustive()
    }
}

impl Trailing {
    /// Starts behind `from` records, which the index must already hold; `capacity` bounds the queue.
    ///
    /// # Errors
    /// [`StoreError::Io`] when no thread can be started.
    pub fn start(
        index: Box<dyn IndexStore>,
        from: u64,
        capacity: usize,
    ) -> Result<Self, StoreError> {
        let state = State {
            waiting: BTreeMap::new(),
            next: from,
            applied: from,
            failed: None,
            closing: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            capacity: capacity.max(1),
        });
        let served = Arc::clone(&shared);
        let thread = start("index-trailing", move || serve(&served, index.as_ref()))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Hands in the changes of one append, waiting while the queue is full. Every append must be
    /// handed in, in any order: the index never skips one.
    ///
    /// # Errors
    /// The first error of the index, for good; [`IndexError::Closed`].
    pub fn submit(&self, work: Work) -> Result<(), IndexError> {
        let mut state = self.shared.lock();
        // What the indexer waits for always gets in, or a full queue of later work would never drain.
        while state.waiting.len() >= self.shared.capacity
            && work.before != state.next
            && state.failed.is_none()
        {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(error) = &state.failed {
            return Err(error.clone());
        }
        let wake = work.before == state.next;
        state.waiting.insert(work.before, work);
        drop(state);
        if wake {
            self.shared.changed.notify_all();
        }
        Ok(())
    }

    /// Records applied so far.
    pub fn applied(&self) -> u64 {
        self.shared.lock().applied
    }

    /// Why the index follows no more, if so.
    pub fn failure(&self) -> Option<IndexError> {
        self.shared.lock().failed.clone()
    }

    /// Waits until the index holds `records` records.
    ///
    /// # Errors
    /// [`IndexError::Behind`] after the timeout; the first error of the index.
    pub fn wait_for(&self, records: u64, timeout: Duration) -> Result<(), IndexError> {
        let state = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(state, timeout, |state| {
            state.applied < records && state.failed.is_none()
        });
        let state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if state.applied >= records {
            return Ok(());
        }
        Err(state.failed.clone().unwrap_or(IndexError::Behind(records)))
    }
}

impl Drop for Trailing {
    /// Applies what is waiting and lets go of the index.
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the indexer ended in a panic");
        }
    }
}

/// Ends all waiting should the thread itself be lost.
struct Watch<'a>(&'a Shared);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.lock().failed.get_or_insert(IndexError::Closed);
        self.0.changed.notify_all();
    }
}

fn serve(shared: &Shared, index: &dyn IndexStore) {
    let _watch = Watch(shared);
    loop {
        let mut state = shared.lock();
        while !state.closing && !state.waiting.contains_key(&state.next) {
            state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let (mut changes, mut reached) = (Vec::new(), None);
        for _ in 0..BATCH {
            let next = state.next;
            let Some(work) = state.waiting.remove(&next) else { break };
            state.next = work.position.records;
            changes.extend(work.changes);
            reached = Some(work.position);
        }
        drop(state);
        let Some(position) = reached else { return };
        shared.changed.notify_all();
        let applied = index.apply(changes, position);
        let mut state = shared.lock();
        match applied {
            Ok(()) => state.applied = position.records,
            Err(error) => {
                tracing::error!(%error, "the index stops following the record");
                state.failed = Some(error);
                return;
            }
        }
        drop(state);
        shared.changed.notify_all();
    }
}
