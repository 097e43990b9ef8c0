//! The router, and the one way every request takes through it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use engine::{Caller, Engine};
use model::{DivisionCode, DivisionLevel, Refusal};
use serde_json::Map;

use crate::metrics::Metrics;
use crate::problem::{Manner, Problem};
use crate::table::{Does, Method, ROUTES, Route, Write, allowed};
use crate::writes::invalid;
use crate::{ServerOptions, body, evaluation, limits, reads, writes};

/// What every request shares.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) engine: Arc<Engine>,
    pub(crate) options: ServerOptions,
    pub(crate) metrics: Metrics,
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The router over an engine.
pub fn router(engine: Arc<Engine>, options: ServerOptions) -> Router {
    let app = Arc::new(App { engine, options, metrics: Metrics::default() });
    let mut router = Router::new();
    let mut paths: Vec<&'static str> = ROUTES.iter().map(|route| route.path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let mut methods: MethodRouter<Arc<App>> = MethodRouter::new();
        for route in ROUTES.iter().filter(|route| route.path == path) {
            let filter = match route.method {
                Method::Get => MethodFilter::GET,
                Method::Post => MethodFilter::POST,
                Method::Put => MethodFilter::PUT,
            };
            let handler =
                move |State(app): State<Arc<App>>,
                      params: Result<RawPathParams, RawPathParamsRejection>,
                      request: Request| answer(app, route, params.ok(), request);
            methods = methods.merge(on(filter, handler));
        }
        let wrong = move |request: Request| async move {
            refuse(&request, &Problem::method_not_allowed(&allowed(path)))
        };
        router = router.route(path, methods.fallback(wrong));
    }
    router
        .fallback(|request: Request| async move { refuse(&request, &Problem::no_such_path()) })
        .with_state(app)
}

fn refuse(request: &Request, problem: &Problem) -> Response {
    let id = request_id(request.headers());
    let mut response =
        problem.response(Manner::of(request.uri().path(), request.headers()), &shown(&id));
    finish(&mut response, id);
    response
}

async fn answer(
    app: Arc<App>,
    route: &'static Route,
    params: Option<RawPathParams>,
    request: Request,
) -> Response {
    #[expect(
        clippy::disallowed_methods,
        reason = "durations of requests are measured here and nowhere else"
    )]
    let started = Instant::now();
    let id = request_id(request.headers());
    let manner = Manner::of(request.uri().path(), request.headers());
    let path: Option<Vec<(String, String)>> =
        params.map(|params| params.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect());
    let result = match path {
        Some(path) => respond(&app, route, path, request).await,
        // A path that is not UTF-8 names nothing.
        None => Err(Problem::no_such_path()),
    };
    let mut response = result.unwrap_or_else(|problem| problem.response(manner, &shown(&id)));
    let status = response.status().as_u16();
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    app.metrics.count(route.method.name(), route.path, status, micros);
    tracing::info!(method = route.method.name(), route = route.path, status, micros, request_id = %shown(&id), "request");
    finish(&mut response, id);
    response
}

async fn respond(
    app: &Arc<App>,
    route: &'static Route,
    path: Vec<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let caller = match (route.token, app.options.tokens.bearer(request.headers())) {
        (false, _) => None,
        (true, Some(person)) => Some(Caller { person: person.to_owned() }),
        (true, None) => return Err(Problem::unauthenticated()),
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let forwarded =
        ["forwarded", "x-forwarded-for"].iter().any(|n| request.headers().contains_key(*n));
    let query = pairs(request.uri().query().unwrap_or_default());
    let key = match request.headers().get("idempotency-key").map(HeaderValue::to_str) {
        None => None,
        Some(Ok(key)) => Some(key.to_owned()),
        Some(Err(_)) => Some(String::new()),
    };
    let (parts, sent) = request.into_parts();
    let body = if route.method == Method::Get {
        Map::new()
    } else {
        let most = if route.does == Does::Write(Write::SubmitEvents) {
            limits::EVENTS_BODY_BYTES_MAX
        } else {
            limits::BODY_BYTES_MAX
        };
        body::read(&parts.headers, sent, most, route.body.is_empty()).await?
    };
    let app = Arc::clone(app);
    // The engine waits for locks and disks; the async threads do not.
    let task = tokio::task::spawn_blocking(move || match route.does {
        Does::Evaluate => evaluate(&app, &path, &query, &body),
        Does::Read(read) => {
            let asked = reads::Asked { path, query, body, caller, forwarded, peer };
            reads::run(&app, read, &asked).map_err(Problem::from)
        }
        Does::Write(write) => {
            let Some(caller) = caller else { return Err(Problem::unauthenticated()) };
            let request = writes::Request { path, body, caller, key };
            let reply = writes::run(&app.engine, write, request)?;
            let status = if route.creates { StatusCode::CREATED } else { StatusCode::OK };
            let mut response = (status, Json(reply.body)).into_response();
            if reply.replayed {
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            }
            Ok(response)
        }
    });
    task.await.unwrap_or_else(|error| {
        tracing::error!(%error, route = route.path, "a request ended in a panic");
        Err(Problem::internal())
    })
}

fn evaluate(
    app: &App,
    path: &[(String, String)],
    query: &[(String, String)],
    body: &Map<String, serde_json::Value>,
) -> Result<Response, Problem> {
    let mut request = evaluation::read(body).map_err(|message| Problem::from(invalid(&message)))?;
    if let Some((_, code)) = path.iter().find(|(name, _)| name == "code") {
        let code = DivisionCode::parse(code)
            .map_err(|error| Problem::from(invalid(&error.to_string())))?;
        let known = app.engine.snapshot().package.divisions().get(code).is_some();
        if !known || code.level() != DivisionLevel::Township {
            return Err(Problem::no_such_path());
        }
        request.township = Some(code);
    }
    let asked =
        query.iter().any(|(name, value)| name == "explain" && (value == "1" || value == "true"));
    let explain = asked || evaluation::explain(&request);
    let answer =
        app.engine.evaluate(&request).map_err(|refusal: Refusal| Problem::from(refusal))?;
    Ok(Json(evaluation::render(&answer, explain)).into_response())
}

/// Query parameters, percent-decoded; the first of a name counts.
fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (first, hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The caller's request id, or a fresh one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    headers.get(REQUEST_ID).cloned().unwrap_or_else(|| {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let text = format!("r-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("r"))
    })
}

fn shown(id: &HeaderValue) -> String {
    String::from_utf8_lossy(id.as_bytes()).chars().take(limits::REQUEST_ID_CHARS_LOGGED).collect()
}

fn finish(response: &mut Response, id: HeaderValue) {
    let html = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if html {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded_and_broken_escapes_stay_text() {
        assert_eq!(decoded("%E6%A0%B8%E5%AF%B9+a"), "核对 a");
        assert_eq!(decoded("%zz%"), "%zz%");
        assert_eq!(
            pairs("a=1&&b"),
            vec![("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())]
        );
    }
}
