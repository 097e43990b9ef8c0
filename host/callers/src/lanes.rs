//! Threads that each serve their own connections.
//!
//! A request is answered in microseconds; handing it to another thread costs about as many. So each
//! thread has a runtime of its own and keeps the connections it was given. What takes long goes to the
//! blocking threads of the runtime and holds up nobody.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Threads for what takes long, of all lanes together.
const BLOCKING_THREADS: usize = 512;

/// One thread with its runtime.
#[derive(Debug)]
struct Lane {
    runtime: Handle,
    open: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The threads; they end with this value.
#[derive(Debug)]
pub(crate) struct Lanes(Vec<Lane>);

impl Lanes {
    /// No threads: connections are served where they are accepted.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// Starts so many threads.
    pub(crate) fn start(count: usize) -> io::Result<Self> {
        // together as many threads for what takes long as one runtime would have
        let count = count.max(1);
        let blocking = BLOCKING_THREADS.checked_div(count).unwrap_or_default().max(4);
        let lane = |number| {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .max_blocking_threads(blocking)
                .build()?;
            let handle = runtime.handle().clone();
            let (stop, stopped) = oneshot::channel::<()>();
            let thread = std::thread::Builder::new()
                .name(format!("serve-{number}"))
                .spawn(move || drop(runtime.block_on(stopped)))?;
            let open = Arc::default();
            Ok(Lane { runtime: handle, open, stop: Some(stop), thread: Some(thread) })
        };
        (0..count).map(lane).collect::<io::Result<_>>().map(Self)
    }

    /// Runs a connection on the thread that has the fewest.
    pub(crate) fn spawn<T>(&self, on: &mut JoinSet<()>, connection: T)
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let fewest = self.0.iter().min_by_key(|lane| lane.open.load(Ordering::Relaxed));
        let Some(lane) = fewest else {
            on.spawn(connection);
            return;
        };
        let counted = Counted::one_more(&lane.open);
        on.spawn_on(
            async move {
                connection.await;
                drop(counted);
            },
            &lane.runtime,
        );
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        for lane in &mut self.0 {
            drop(lane.stop.take());
        }
        for lane in &mut self.0 {
            // a thread that panicked has said so
            drop(lane.thread.take().map(JoinHandle::join));
        }
    }
}

/// One open connection.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn one_more(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
