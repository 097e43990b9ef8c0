//! Counters and histograms in Prometheus text form; durations in microseconds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use engine::Engine;

use crate::Versions;

/// Upper edges of the duration buckets, in microseconds.
const EDGES: [u64; 12] =
    [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_500_000];

/// What was counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    series: Mutex<BTreeMap<(&'static str, &'static str, u16), Series>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Series {
    buckets: [u64; EDGES.len()],
    count: u64,
    sum: u64,
}

impl Metrics {
    /// Counts one answered request.
    pub(crate) fn count(
        &self,
        method: &'static str,
        route: &'static str,
        status: u16,
        micros: u64,
    ) {
        let mut all = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let series = all.entry((method, route, status)).or_default();
        series.count = series.count.saturating_add(1);
        series.sum = series.sum.saturating_add(micros);
        for (bucket, edge) in series.buckets.iter_mut().zip(EDGES) {
            if micros <= edge {
                *bucket = bucket.saturating_add(1);
            }
        }
    }

    /// Everything, as text.
    pub(crate) fn render(&self, engine: &Engine, versions: &Versions) -> String {
        let mut out = String::new();
        let counters = &engine.counters;
        let mut one = |name: &str, kind: &str, help: &str, value: u64| {
            let _ = writeln!(
                out,
                "# HELP xiangyue_{name} {help}\n# TYPE xiangyue_{name} {kind}\nxiangyue_{name} {value}"
            );
        };
        one(
            "decisions_allowed_total",
            "counter",
            "Decisions answered allow.",
            counters.allowed.load(Ordering::Relaxed),
        );
        one(
            "decisions_denied_total",
            "counter",
            "Decisions answered deny.",
            counters.denied.load(Ordering::Relaxed),
        );
        one(
            "acts_total",
            "counter",
            "Acts recorded since the start.",
            counters.acts.load(Ordering::Relaxed),
        );
        one("journal_records", "gauge", "Records in the journal.", engine.records());
        one(
            "index_lag_records",
            "gauge",
            "Records the index is behind.",
            engine.records().saturating_sub(engine.indexed()),
        );
        one(
            "ready",
            "gauge",
            "1 when writes can be confirmed.",
            u64::from(engine.outage().is_none()),
        );
        let Versions { product, wasmtime, cedar, .. } = versions;
        let _ = writeln!(
            out,
            "# TYPE xiangyue_build_info gauge\nxiangyue_build_info{{version=\"{product}\",wasmtime=\"{wasmtime}\",cedar=\"{cedar}\"}} 1"
        );
        let all = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(
            out,
            "# HELP xiangyue_http_request_microseconds Time from request to answer.\n# TYPE xiangyue_http_request_microseconds histogram"
        );
        for ((method, route, status), series) in all.iter() {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            for (edge, count) in EDGES.iter().zip(series.buckets) {
                let _ = writeln!(
                    out,
                    "xiangyue_http_request_microseconds_bucket{{{labels},le=\"{edge}\"}} {count}"
                );
            }
            let Series { count, sum, .. } = series;
            let _ = writeln!(
                out,
                "xiangyue_http_request_microseconds_bucket{{{labels},le=\"+Inf\"}} {count}"
            );
            let _ = writeln!(out, "xiangyue_http_request_microseconds_sum{{{labels}}} {sum}");
            let _ = writeln!(out, "xiangyue_http_request_microseconds_count{{{labels}}} {count}");
        }
        out
    }
}
