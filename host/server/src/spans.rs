//! What of a request becomes a span: its shape, and nothing that could name a person or a thing.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use traces::Done;

use crate::app::{App, shown};
use crate::metrics;
use crate::table::Route;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// What a request came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Came {
    /// Whether one question was allowed, where one was asked.
    pub(crate) outcome: Option<bool>,
    /// Status of the answer.
    pub(crate) status: u16,
    /// From request to answer.
    pub(crate) took: Duration,
}

/// Queues the span of an answered request; without a collector one branch.
#[inline]
pub(crate) fn tell(
    app: &App,
    route: Option<&'static Route>,
    request: &Request,
    id: &HeaderValue,
    came: Came,
) {
    if app.options.traces.on() {
        record(app, route, request, id, came);
    }
}

fn record(
    app: &App,
    route: Option<&'static Route>,
    request: &Request,
    id: &HeaderValue,
    came: Came,
) {
    app.options.traces.record(&Done {
        method: request.method().as_str(),
        route: route.map(|route| route.path),
        scheme: if app.options.tls { "https" } else { "http" },
        status: came.status,
        outcome: metrics::outcome(came.outcome, came.status),
        request_id: &shown(id),
        parent: parent(request.headers()),
        took: came.took,
    });
}

/// The one `traceparent`; two are as none, as W3C Trace Context has it.
fn parent(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(TRACEPARENT).iter();
    match (all.next(), all.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    }
}
