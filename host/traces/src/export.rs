//! The thread that hands spans on: a bounded queue, batches, one request at a time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use ureq::Agent;

use crate::context::{Parent, Ratio, SpanId, TraceId};
use crate::limits::{
    BATCH_MILLIS, BATCH_SPANS_MAX, EXPORT_SECONDS, FINISH_SECONDS, REPLY_BYTES_MAX,
};
use crate::span::{self, Span};
use crate::{Counters, Done, TraceError};

/// How spans are handed on.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) ratio: Ratio,
    pub(crate) service: String,
    pub(crate) version: String,
    pub(crate) queue_max: usize,
}

/// What the thread is told.
#[derive(Debug)]
enum Message {
    Span(Box<Span>),
    /// Look whether to stop.
    Wake,
}

/// The near end of the queue.
#[derive(Debug)]
pub(crate) struct Exporter {
    ratio: Ratio,
    queue: SyncSender<Message>,
    shared: Arc<Shared>,
    /// Closes when the thread is done.
    done: Mutex<Receiver<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    exported: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
}

impl Exporter {
    /// Starts the thread.
    pub(crate) fn start(settings: Settings) -> Result<Self, TraceError> {
        let (queue, waiting) = sync_channel(settings.queue_max);
        let (alive, done) = sync_channel(1);
        let shared = Arc::new(Shared::default());
        let ratio = settings.ratio;
        let far = Far { settings, agent: agent(), shared: Arc::clone(&shared), lost: false };
        let thread = std::thread::Builder::new().name("traces".to_owned());
        thread
            .spawn(move || {
                far.run(&waiting);
                drop(alive);
            })
            .map_err(|error| TraceError::Thread(error.to_string()))?;
        Ok(Self { ratio, queue, shared, done: Mutex::new(done) })
    }

    /// Queues the span of a request, when it is to be kept.
    pub(crate) fn record(&self, done: &Done<'_>) {
        let parent = done.parent.and_then(Parent::parse);
        let Some((trace, id)) = self.ids(parent.as_ref()) else { return };
        let end = now();
        let took = u64::try_from(done.took.as_nanos()).unwrap_or(u64::MAX);
        let span = Span {
            trace,
            id,
            parent: parent.map(|parent| parent.span),
            start: end.saturating_sub(took),
            end,
            method: span::method(done.method),
            route: done.route,
            scheme: done.scheme,
            status: done.status,
            outcome: done.outcome,
            request_id: done.request_id.to_owned(),
        };
        // The thread may not have let go of the queue yet when it has looked into it for the last time.
        let stopping = self.shared.stopping.load(Ordering::SeqCst);
        if stopping || self.queue.try_send(Message::Span(Box::new(span))).is_err() {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Ids of a span that is kept: with a parent what the parent says counts, else the ratio.
    fn ids(&self, parent: Option<&Parent>) -> Option<(TraceId, SpanId)> {
        if parent.is_some_and(|parent| !parent.sampled) {
            return None;
        }
        let mut drawn = [0_u8; 24];
        // A span without an id of its own would be mistaken for another.
        getrandom::fill(&mut drawn).ok()?;
        let (trace, id) = drawn.split_at(16);
        let (trace, id) = (TraceId::try_from(trace).ok()?, SpanId::try_from(id).ok()?);
        match parent {
            Some(parent) => Some((parent.trace, id)),
            None => self.ratio.keeps(trace).then_some((trace, id)),
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            exported: load(&self.shared.exported),
            dropped: load(&self.shared.dropped),
            failed: load(&self.shared.failed),
        }
    }

    /// Hands on what waits; gives up when the collector takes too long.
    pub(crate) fn finish(&self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // When the queue is full the thread is at work and looks by itself.
        let _ = self.queue.try_send(Message::Wake);
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.recv_timeout(Duration::from_secs(FINISH_SECONDS)) == Err(RecvTimeoutError::Timeout)
        {
            tracing::warn!("the collector took too long; the last spans are lost");
        }
    }
}

/// The far end of the queue.
#[derive(Debug)]
struct Far {
    settings: Settings,
    agent: Agent,
    shared: Arc<Shared>,
    /// Whether the last batch was handed over in vain.
    lost: bool,
}

impl Far {
    fn run(mut self, waiting: &Receiver<Message>) {
        let mut batch = Vec::with_capacity(BATCH_SPANS_MAX);
        loop {
            let more = self.collect(waiting, &mut batch);
            if !batch.is_empty() {
                self.hand_on(&batch);
                batch.clear();
            }
            // Who stops is not kept waiting for a collector that is not there.
            let stopping = self.shared.stopping.load(Ordering::SeqCst);
            if !more || stopping && self.lost {
                let left = waiting.try_iter().filter(|it| matches!(it, Message::Span(_))).count();
                count(&self.shared.failed, left);
                return;
            }
        }
    }

    /// Fills a batch; false when nothing comes behind it.
    fn collect(&self, waiting: &Receiver<Message>, batch: &mut Vec<Span>) -> bool {
        let mut until: Option<Instant> = None;
        while batch.len() < BATCH_SPANS_MAX {
            let stopping = self.shared.stopping.load(Ordering::SeqCst);
            let message = match until {
                _ if stopping => match waiting.try_recv() {
                    Ok(message) => Ok(message),
                    Err(_) => return false,
                },
                None => waiting.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(until) => waiting.recv_timeout(until.saturating_duration_since(instant())),
            };
            match message {
                Ok(Message::Span(span)) => {
                    batch.push(*span);
                    until.get_or_insert_with(|| instant() + Duration::from_millis(BATCH_MILLIS));
                }
                Ok(Message::Wake) => {}
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        true
    }

    fn hand_on(&mut self, batch: &[Span]) {
        match self.send(batch) {
            Ok(rejected) => {
                count(&self.shared.exported, batch.len().saturating_sub(rejected));
                count(&self.shared.failed, rejected.min(batch.len()));
                if self.lost {
                    tracing::info!("the collector takes spans again");
                }
                self.lost = false;
            }
            Err(reason) => {
                count(&self.shared.failed, batch.len());
                if !self.lost {
                    tracing::warn!(%reason, "the collector does not take spans; they are counted and lost");
                }
                self.lost = true;
            }
        }
    }

    /// How many of a batch the collector rejected, or why it took none.
    fn send(&self, batch: &[Span]) -> Result<usize, String> {
        let body = span::request(batch, &self.settings.service, &self.settings.version);
        let sent = self
            .agent
            .post(&self.settings.url)
            .header("Content-Type", "application/json")
            .send(body.to_string());
        let mut reply = sent.map_err(|error| error.to_string())?;
        if !reply.status().is_success() {
            return Err(format!("it answered {}", reply.status()));
        }
        let read = reply.body_mut().with_config().limit(REPLY_BYTES_MAX).read_to_vec();
        let told: Value = serde_json::from_slice(&read.unwrap_or_default()).unwrap_or_default();
        // 64-bit numbers are texts in this form, and some send numbers all the same
        let rejected = &told["partialSuccess"]["rejectedSpans"];
        let number = rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok());
        Ok(number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0))
    }
}

/// One connection that is kept, and nothing of the environment: no proxy, no redirect elsewhere.
fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(EXPORT_SECONDS)))
        .build()
        .new_agent()
}

fn count(counter: &AtomicU64, more: usize) {
    counter.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a span tells the machine's time, not the record's"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "how long a batch waits; nothing is decided by it")]
fn instant() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
