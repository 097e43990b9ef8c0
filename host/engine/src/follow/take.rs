//! The follower's side: an answer of the leader is checked, folded, written, and only then counts.

use std::sync::{Arc, PoisonError};

use journal::Store as _;

use crate::Engine;
use crate::follow::{FeedHead, MINUTES_APART_MAX, Moment, Trouble};
use crate::record::{Act, FRAME_ACT};
use crate::state::{State, Written};

impl Engine {
    /// Takes an answer to a question that left at `asked`.
    ///
    /// # Errors
    /// [`Trouble`], which is also kept to be told: the copy does not count as complete then.
    pub fn take(&self, head: &FeedHead, frames: &[u8], asked: Moment) -> Result<(), Trouble> {
        let Some(following) = &self.following else {
            return Err(Trouble::Stuck("this host follows nobody".to_owned()));
        };
        let taken = self.take_in(head, frames);
        match &taken {
            Ok(()) if head.complete => following.complete(asked),
            Ok(()) => following.fail(Trouble::CatchingUp),
            Err(trouble) => following.fail(trouble.clone()),
        }
        taken
    }

    fn take_in(&self, head: &FeedHead, frames: &[u8]) -> Result<(), Trouble> {
        if head.district != self.district() {
            let other = format!("it is that of district {}", head.district);
            return Err(Trouble::OtherRecord(other));
        }
        if head.bytes != frames.len() {
            let sent =
                format!("{} bytes of frames were announced, {} came", head.bytes, frames.len());
            return Err(Trouble::Malformed(sent));
        }
        if !frames.is_empty() {
            self.copy(head, frames)?;
        }
        if self.store.position() != head.position {
            return Err(Trouble::OtherRecord("the heads of its chains are others".to_owned()));
        }
        if let Some(following) = &self.following {
            following.tell(&head.url);
        }
        self.clock.move_to(head.now);
        let apart = head.now.0.saturating_sub(self.now().0);
        if apart.abs() > MINUTES_APART_MAX {
            return Err(Trouble::ClocksApart(apart));
        }
        if head.rules == self.rules() { Ok(()) } else { Err(Trouble::OtherRules) }
    }

    /// Folds frames that continue the copy into the next state and writes them as they came.
    fn copy(&self, head: &FeedHead, frames: &[u8]) -> Result<(), Trouble> {
        let guard = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let checked = self.store.check_copied(frames).map_err(Trouble::Frames)?;
        if checked.position() != head.position {
            let other = "the heads of its chains are others behind these frames";
            return Err(Trouble::OtherRecord(other.to_owned()));
        }
        let mut state = State::clone(&self.state.load());
        let mut written: Vec<Written> = Vec::new();
        for record in checked.records.iter().filter(|record| record.kind == FRAME_ACT) {
            let stuck = |problem: &dyn std::fmt::Display| {
                let (seq, chain) = (record.seq, record.chain);
                Trouble::Stuck(format!("record {seq} of chain {chain} cannot be read: {problem}"))
            };
            let act = serde_json::from_slice::<Act>(&record.body).map_err(|error| stuck(&error))?;
            written.extend(state.apply(record.chain, &act).map_err(|error| stuck(&error))?);
        }
        let appended = self
            .store
            .append_checked(checked)
            .map_err(|error| Trouble::Stuck(error.to_string()))?;
        state.version = appended.position.records;
        self.state.store(Arc::new(state));
        self.follow(crate::open::work(written, &appended));
        drop(guard);
        // A copy that is lost again is copied again; nobody was told that it is safe here.
        drop(appended.ticket);
        Ok(())
    }
}
