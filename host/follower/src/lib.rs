//! The thread of a host that follows another: it asks the leader for what is new, many times a second,
//! and hands every answer to `engine`.
//!
//! What an answer must be like, what counts as fresh and what is done without an answer is all `engine`'s;
//! this crate knows addresses, TLS, one request and how often to make it.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the adapter that owns the thread and its connection"
)]

mod link;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use engine::Engine;
use engine::follow::Trouble;

pub use link::{Leader, Link, LinkError};

/// Between two questions, so that a busy leader's follower stays within a caller's usual rate.
const PACE: Duration = Duration::from_millis(20);
/// After a question that came to nothing.
const PAUSE: Duration = Duration::from_millis(100);
/// A question waits for news this part of the limit, so that several fit into it.
const QUESTIONS_PER_LIMIT: u64 = 5;

/// Follows until it is dropped.
#[derive(Debug)]
pub struct Follower {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Begins to follow; an engine that follows nobody is left alone.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(engine: Arc<Engine>, mut link: Link) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("follow".to_owned()).spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                let pause = round(&engine, &mut link);
                std::thread::sleep(pause);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // a question under way ends within its own time
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that follows ended in a panic");
        }
    }
}

/// One question and what became of it; answers how long to rest.
fn round(engine: &Engine, link: &mut Link) -> Duration {
    let Some(following) = engine.following() else { return PAUSE };
    let wait = following.limit().checked_div(QUESTIONS_PER_LIMIT).unwrap_or_default();
    // Before the question leaves: whatever takes long after this makes the copy older, not fresher.
    let asked = following.now();
    let taken = link.ask(engine.position(), Duration::from_millis(wait)).inspect_err(|trouble| {
        following.fail(trouble.clone());
    });
    match taken.and_then(|(head, frames)| engine.take(&head, &frames, asked)) {
        Ok(()) => PACE,
        Err(Trouble::CatchingUp) => Duration::ZERO,
        Err(_) => PAUSE,
    }
}
