//! Counters and histograms in Prometheus text form; durations in microseconds.
//!
//! One row of atomics per route and class of outcome, so that counting never waits.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::service::Service;
use traces::Counters;

use crate::Versions;
use crate::routes::ROUTES;
use crate::table::Route;

/// Upper edges of the duration buckets, in microseconds.
const EDGES: [u64; 16] = [
    10, 20, 35, 50, 75, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000,
    2_500_000,
];
/// Outcomes: allow and deny for one question, else the class of the status.
const OUTCOMES: [&str; 7] = ["allow", "deny", "2xx", "3xx", "4xx", "5xx", "other"];

const fn column(outcome: Option<bool>, status: u16) -> usize {
    match (outcome, status) {
        (Some(true), 200) => 0,
        (Some(false), 200) => 1,
        (_, 200..300) => 2,
        (_, 300..400) => 3,
        (_, 400..500) => 4,
        (_, 500..600) => 5,
        _ => 6,
    }
}

/// How a request came out, in the words of the metrics.
pub(crate) fn outcome(outcome: Option<bool>, status: u16) -> &'static str {
    OUTCOMES.get(column(outcome, status)).copied().unwrap_or_default()
}

/// What was counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// Row by row of the route table, behind it one for paths that are no route.
    rows: Vec<[Series; OUTCOMES.len()]>,
    allowed: AtomicU64,
    denied: AtomicU64,
    pub(crate) limited: AtomicU64,
    pub(crate) unauthenticated: AtomicU64,
}

#[derive(Debug, Default)]
struct Series {
    buckets: [AtomicU64; EDGES.len()],
    count: AtomicU64,
    sum: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        let row = || std::array::from_fn(|_| Series::default());
        Self {
            rows: (0..=ROUTES.len()).map(|_| row()).collect(),
            allowed: AtomicU64::new(0),
            denied: AtomicU64::new(0),
            limited: AtomicU64::new(0),
            unauthenticated: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    /// Counts one answered question.
    pub(crate) fn decided(&self, allowed: bool) {
        let counter = if allowed { &self.allowed } else { &self.denied };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts one answered request; `None` is a path that is no route.
    pub(crate) fn count(
        &self,
        route: Option<&'static Route>,
        outcome: Option<bool>,
        status: u16,
        micros: u64,
    ) {
        let at = route.and_then(|route| ROUTES.iter().position(|r| std::ptr::eq(r, route)));
        let row = self.rows.get(at.unwrap_or(ROUTES.len()));
        let Some(series) = row.and_then(|row| row.get(column(outcome, status))) else { return };
        series.count.fetch_add(1, Ordering::Relaxed);
        series.sum.fetch_add(micros, Ordering::Relaxed);
        // one bucket is counted; the text adds them up
        if let Some(bucket) = series.buckets.get(EDGES.partition_point(|edge| *edge < micros)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Everything, as text.
    pub(crate) fn render(
        &self,
        service: &Service,
        versions: &Versions,
        traces: Option<Counters>,
    ) -> String {
        let mut out = String::new();
        let mut one = |name: &str, kind: &str, help: &str, value: u64| {
            let _ = writeln!(
                out,
                "# HELP xiangyue_{name} {help}\n# TYPE xiangyue_{name} {kind}\nxiangyue_{name} {value}"
            );
        };
        let (allowed, denied) = service.tally();
        one("decisions_allowed_total", "counter", "Decisions logged as allow.", allowed);
        one("decisions_denied_total", "counter", "Decisions logged as deny.", denied);
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        one(
            "callers_limited_total",
            "counter",
            "Requests over a caller's rate.",
            load(&self.limited),
        );
        one(
            "callers_unauthenticated_total",
            "counter",
            "Requests without good credentials.",
            load(&self.unauthenticated),
        );
        one("journal_records", "gauge", "Records in the journal.", service.records());
        one(
            "ready",
            "gauge",
            "1 when answers and writes can be confirmed.",
            u64::from(service.outage().is_none() && service.not_fresh().is_none()),
        );
        of_follower(service, &mut one);
        let log = service.answers().log().counters();
        one("decision_log_bytes_total", "counter", "Bytes of decisions written.", log.bytes);
        one(
            "decision_log_unsynced_bytes",
            "gauge",
            "Bytes that wait for their sync.",
            log.unsynced_bytes,
        );
        one("decision_log_waits_total", "counter", "Answers that waited for the disk.", log.waits);
        one(
            "decision_log_refused_total",
            "counter",
            "Answers refused because their decision could not be written.",
            log.refused,
        );
        one("decision_log_syncs_total", "counter", "Syncs of the decision log.", log.syncs);
        if let Some(spans) = traces {
            one(
                "trace_spans_exported_total",
                "counter",
                "Spans that the collector took.",
                spans.exported,
            );
            one(
                "trace_spans_dropped_total",
                "counter",
                "Spans dropped because too many waited.",
                spans.dropped,
            );
            one(
                "trace_spans_failed_total",
                "counter",
                "Spans that the collector did not take.",
                spans.failed,
            );
        }
        match service {
            Service::District(engine) => {
                let acts = engine.counters.acts.load(Ordering::Relaxed);
                one("acts_total", "counter", "Acts recorded since the start.", acts);
                let lag = engine.records().saturating_sub(engine.indexed());
                one("index_lag_records", "gauge", "Records the index is behind.", lag);
                of_rules(engine, &mut one);
            }
            Service::Plain(engine) => {
                let current = engine.current();
                let count = u64::try_from(current.entities.len()).unwrap_or(u64::MAX);
                one("entities", "gauge", "Stored entities.", count);
                one("package_generation", "gauge", "Loads of the package.", current.generation);
            }
        }
        let Versions { product, wasmtime, cedar, .. } = versions;
        let _ = writeln!(
            out,
            "# TYPE xiangyue_build_info gauge\nxiangyue_build_info{{version=\"{product}\",wasmtime=\"{wasmtime}\",cedar=\"{cedar}\"}} 1"
        );
        self.histograms(&mut out);
        out
    }

    fn histograms(&self, out: &mut String) {
        let _ = writeln!(
            out,
            "# HELP xiangyue_http_request_microseconds Time from request to answer.\n# TYPE xiangyue_http_request_microseconds histogram"
        );
        let names = ROUTES.iter().map(|r| (r.method.name(), r.path)).chain([("", "(none)")]);
        for (row, (method, route)) in self.rows.iter().zip(names) {
            for (series, outcome) in row.iter().zip(OUTCOMES) {
                let count = series.count.load(Ordering::Relaxed);
                if count == 0 {
                    continue;
                }
                let labels = format!("method=\"{method}\",route=\"{route}\",outcome=\"{outcome}\"");
                let mut below = 0_u64;
                for (edge, bucket) in EDGES.iter().zip(&series.buckets) {
                    below = below.saturating_add(bucket.load(Ordering::Relaxed));
                    let _ = writeln!(
                        out,
                        "xiangyue_http_request_microseconds_bucket{{{labels},le=\"{edge}\"}} {below}"
                    );
                }
                let sum = series.sum.load(Ordering::Relaxed);
                let _ = writeln!(
                    out,
                    "xiangyue_http_request_microseconds_bucket{{{labels},le=\"+Inf\"}} {count}\n\
                     xiangyue_http_request_microseconds_sum{{{labels}}} {sum}\n\
                     xiangyue_http_request_microseconds_count{{{labels}}} {count}"
                );
            }
        }
    }
}

/// Writes one number: its name, its kind, what it means, and how much.
type One<'a> = dyn FnMut(&str, &str, &str, u64) + 'a;

/// What the rules of the townships were asked, and how it went.
fn of_rules(engine: &engine::Engine, one: &mut One<'_>) {
    let counts = engine.rule_counts();
    let lines = [
        ("rule_calls_total", "Questions put to components and scripts.", counts.asked),
        ("rule_faults_total", "Questions on which a rule failed by its own fault.", counts.faults),
        ("rule_stopped_total", "Questions not put, because the rule is stopped.", counts.refused),
        ("rule_cross_checks_total", "Answers compared with the interpreter's.", counts.compared),
        ("rule_disagreements_total", "Answers thrown away after the comparison.", counts.disagreed),
    ];
    for (name, help, value) in lines {
        one(name, "counter", help, value);
    }
}

/// How fresh the copy is, on a host that follows another.
fn of_follower(service: &Service, one: &mut One<'_>) {
    let Some(following) = service.district().and_then(|engine| engine.following()) else { return };
    // no line at all where it is not known
    if let Some(age) = following.age() {
        let help = "Time since the copy was last known to be complete.";
        one("follow_age_milliseconds", "gauge", help, age);
    }
    let help = "The age from which on nothing is answered.";
    one("follow_limit_milliseconds", "gauge", help, following.limit());
    let help = "1 when the copy is fresh enough to answer.";
    one("follow_fresh", "gauge", help, u64::from(following.is_fresh()));
}
