//! A span for each request, handed to an OpenTelemetry collector over OTLP/HTTP in its JSON form.
//!
//! Stands beside the request path: `server` tells [`Traces::record`] what a request came to once it is
//! answered, and a thread of its own hands spans on in batches. What does not fit the queue is dropped
//! and counted; an answer never waits for a collector and never depends on one.
//!
//! Without the feature `otel` everything here is empty, and the program has no such option.
#![forbid(unsafe_code)]

#[cfg(feature = "otel")]
mod context;
#[cfg(feature = "otel")]
mod endpoint;
#[cfg(feature = "otel")]
mod export;
#[cfg(feature = "otel")]
pub mod limits;
#[cfg(feature = "otel")]
mod span;

use std::time::Duration;

use thiserror::Error;

/// Words on the command line.
#[derive(Clone, Default, Debug, clap::Args)]
pub struct Words {
    /// Base URL of an OTLP/HTTP collector that is handed a span for each request, for example
    /// http://127.0.0.1:4318
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// Which part of the requests whose caller does not say so gets a span: 0 to 1, six decimals at most
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "RATIO", default_value = "1", value_parser = context::Ratio::parse)]
    pub otlp_ratio: context::Ratio,
    /// Name of this service in traces
    #[cfg(feature = "otel")]
    #[arg(long, value_name = "NAME", default_value = "xiangyue", env = "OTEL_SERVICE_NAME")]
    pub otlp_service_name: String,
}

/// What a request came to.
#[derive(Clone, Copy, Debug)]
pub struct Done<'a> {
    /// Method as it was sent; one that HTTP does not know is told as `_OTHER`.
    pub method: &'a str,
    /// The route's path with its parameters in braces; none where no route was asked.
    pub route: Option<&'static str>,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// Status of the answer.
    pub status: u16,
    /// `allow`, `deny`, or the class of the status, as in the metrics.
    pub outcome: &'static str,
    /// The request's id.
    pub request_id: &'a str,
    /// The one `traceparent` header (W3C Trace Context).
    pub parent: Option<&'a str>,
    /// From request to answer.
    pub took: Duration,
}

/// What became of spans.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Taken by the collector.
    pub exported: u64,
    /// Not queued, because too many waited.
    pub dropped: u64,
    /// Handed over in vain: the collector was not there, was too slow, or refused them.
    pub failed: u64,
}

/// Why traces cannot be handed on.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TraceError {
    /// The collector's address is none that can be used.
    #[error("the address of the collector cannot be used: {0}")]
    Endpoint(&'static str),
    /// The thread that hands spans on could not be started.
    #[error("no thread for traces: {0}")]
    Thread(String),
}

impl TraceError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Endpoint(_) => "OTLP_ENDPOINT",
            Self::Thread(_) => "OTLP_THREAD",
        }
    }

    /// 中文：怎么办。
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Endpoint(_) => {
                "请写本机或内网收集器的地址，例如 http://127.0.0.1:4318；要用 TLS 或口令时，请由本机的收集器转发。"
            }
            Self::Thread(_) => "请检查系统的线程数限制后重试。",
        }
    }
}

/// Where spans go; by default nowhere.
#[derive(Clone, Default, Debug)]
pub struct Traces {
    #[cfg(feature = "otel")]
    exporter: Option<std::sync::Arc<export::Exporter>>,
}

#[cfg(not(feature = "otel"))]
impl Traces {
    /// Nothing to start.
    ///
    /// # Errors
    /// None.
    pub const fn start(_: &Words, _: &str) -> Result<Self, TraceError> {
        Ok(Self {})
    }

    /// Never.
    pub const fn on(&self) -> bool {
        false
    }

    /// Nothing.
    pub const fn record(&self, _: &Done<'_>) {}

    /// None.
    pub const fn counters(&self) -> Option<Counters> {
        None
    }

    /// Nothing to finish.
    pub const fn finish(&self) {}
}

#[cfg(feature = "otel")]
impl Traces {
    /// Starts the thread that hands spans on, where the words name a collector; `version` is that of
    /// the product.
    ///
    /// # Errors
    /// [`TraceError`].
    pub fn start(words: &Words, version: &str) -> Result<Self, TraceError> {
        let given = words.otlp_endpoint.as_deref().map(str::trim).filter(|given| !given.is_empty());
        let Some(given) = given else { return Ok(Self::default()) };
        let name = words.otlp_service_name.trim();
        let settings = export::Settings {
            url: endpoint::traces_url(given)?,
            ratio: words.otlp_ratio,
            service: if name.is_empty() { "xiangyue" } else { name }.to_owned(),
            version: version.to_owned(),
            queue_max: limits::QUEUE_SPANS_MAX,
        };
        let exporter = export::Exporter::start(settings)?;
        Ok(Self { exporter: Some(std::sync::Arc::new(exporter)) })
    }

    /// Whether there is a collector: the one branch of a request without one.
    #[inline]
    pub const fn on(&self) -> bool {
        self.exporter.is_some()
    }

    /// Queues the span of a request that was just answered; never waits.
    pub fn record(&self, done: &Done<'_>) {
        if let Some(exporter) = &self.exporter {
            exporter.record(done);
        }
    }

    /// What became of spans so far; none where there is no collector.
    pub fn counters(&self) -> Option<Counters> {
        self.exporter.as_ref().map(|exporter| exporter.counters())
    }

    /// Hands on what waits, for at most [`limits::FINISH_SECONDS`].
    pub fn finish(&self) {
        if let Some(exporter) = &self.exporter {
            exporter.finish();
        }
    }
}
