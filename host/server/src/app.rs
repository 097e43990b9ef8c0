//! The router, and the one way every request takes through it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::Router;
use axum::body::HttpBody;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, EXPECT,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use callers::PeerInfo;
use engine::explanation::Language;
use engine::service::Service;
use engine::{Caller, Engine};
use folder::Act;
use model::{DivisionCode, Refusal, RefusalKind};
use serde_json::Map;

use tokio::sync::Semaphore;

use crate::authzen::{self, Endpoint, Secret, With};
use crate::gate::System;
use crate::metrics::Metrics;
use crate::problem::{Manner, Problem};
use crate::room::when_there_is_room;
use crate::routes::ROUTES;
use crate::spans::{self, Came};
use crate::table::{Does, Entities, Method, Read, Route, Write, allowed};
use crate::{ServerOptions, body, feed, limits, reads, store, writes};

/// What every request shares.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) service: Service,
    pub(crate) options: ServerOptions,
    pub(crate) metrics: Metrics,
    pub(crate) secret: Secret,
    /// Places of hosts that follow, while they are answered.
    pub(crate) feeds: Semaphore,
}

impl App {
    /// The district's engine, for what only a district has.
    pub(crate) fn district(&self) -> Result<&Arc<Engine>, Refusal> {
        self.service.district().ok_or_else(|| {
            Refusal::new(
                RefusalKind::NotFound,
                "NO_DISTRICT",
                "this server serves a plain Cedar folder; matters, points and pages belong to a district package",
                "这里服务的是普通 Cedar 文件夹，没有这项功能。",
                "请用区市的规矩包启动，例如 xiangyue demo。",
            )
        })
    }
}

/// The answer to one question, for counting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome(pub(crate) bool);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The router over what answers.
pub fn router(service: Service, options: ServerOptions) -> Router {
    let mut bytes = [0_u8; 32];
    // Without random bytes page tokens are still signed, with a key of this process's start.
    if ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes).is_err() {
        let id = service.answers().fresh_id();
        bytes = model::Digest::of([id.as_bytes()]).0;
    }
    let metrics = Metrics::default();
    let app = Arc::new(App {
        service,
        options,
        metrics,
        secret: Secret::new(&bytes),
        feeds: Semaphore::new(feed::AT_ONCE),
    });
    let mut router = Router::new();
    let desk = app.options.desk;
    let mut paths: Vec<&'static str> =
        ROUTES.iter().filter(|route| route.at(desk)).map(|route| route.path).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let mut methods: MethodRouter<Arc<App>> = MethodRouter::new();
        for route in ROUTES.iter().filter(|route| route.path == path && route.at(desk)) {
            let filter = match route.method {
                Method::Get => MethodFilter::GET,
                Method::Post => MethodFilter::POST,
                Method::Put => MethodFilter::PUT,
                Method::Delete => MethodFilter::DELETE,
            };
            let handler =
                move |State(app): State<Arc<App>>,
                      params: Result<RawPathParams, RawPathParamsRejection>,
                      request: Request| answer(app, route, params.ok(), request);
            methods = methods.merge(on(filter, handler));
        }
        let wrong = move |State(app): State<Arc<App>>, request: Request| async move {
            refuse(&app, request, &Problem::method_not_allowed(&allowed(path))).await
        };
        router = router.route(path, methods.fallback(wrong));
    }
    router
        .fallback(|State(app): State<Arc<App>>, request: Request| async move {
            refuse(&app, request, &Problem::no_such_path()).await
        })
        .with_state(app)
}

async fn refuse(app: &App, mut request: Request, problem: &Problem) -> Response {
    let id = request_id(request.headers());
    let mut response =
        problem.response(Manner::of(request.uri().path(), request.headers()), &shown(&id));
    let status = response.status().as_u16();
    app.metrics.count(None, None, status, 0);
    spans::tell(app, None, &request, &id, Came { outcome: None, status, took: Duration::ZERO });
    finish(&mut response, id);
    read_to_its_end(&mut request, &mut response).await;
    response
}

/// A request may be refused before its body is read. What is left of it is read and forgotten, so that
/// the connection serves on; a caller who sends much more is told that it ends.
async fn read_to_its_end(request: &mut Request, response: &mut Response) {
    if request.body().is_end_stream() {
        return;
    }
    // Who asked first whether to send (RFC 9110 §10.1.1) is not told to go on after a refusal.
    let waits = request.headers().contains_key(EXPECT);
    if waits || !body::ended(std::mem::take(request.body_mut())).await {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

async fn answer(
    app: Arc<App>,
    route: &'static Route,
    params: Option<RawPathParams>,
    mut request: Request,
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
        Some(path) => respond(&app, route, path, &mut request).await,
        // A path that is not UTF-8 names nothing.
        None => Err(Problem::no_such_path()),
    };
    let mut response = result.unwrap_or_else(|problem| problem.response(manner, &shown(&id)));
    let status = response.status().as_u16();
    let took = started.elapsed();
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let outcome = response.extensions().get::<Outcome>().map(|outcome| outcome.0);
    app.metrics.count(Some(route), outcome, status, micros);
    tracing::info!(method = route.method.name(), route = route.path, status, micros, request_id = %shown(&id), "request");
    spans::tell(&app, Some(route), &request, &id, Came { outcome, status, took });
    finish(&mut response, id);
    read_to_its_end(&mut request, &mut response).await;
    response
}

async fn respond(
    app: &Arc<App>,
    route: &'static Route,
    path: Vec<(String, String)>,
    request: &mut Request,
) -> Result<Response, Problem> {
    // An open server does not even parse the header where no person is needed.
    let caller = if route.token {
        app.options
            .tokens
            .bearer(request.headers())
            .map(|person| Caller { person: person.to_owned() })
    } else {
        None
    };
    if route.token && caller.is_none() && app.service.district().is_some() {
        return Err(Problem::unauthenticated());
    }
    let peer = request.extensions().get::<PeerInfo>().copied();
    let township = township(app, route, &path)?;
    // On a folder the two paths of a district's entities are those of its own.
    let act = match (route.act(app.options.desk), app.service.plain().is_some(), route.does) {
        (None, true, Does::Read(Read::Entity)) => Some(Act::ReadEntities),
        (None, true, Does::Write(Write::PutPerson)) => Some(Act::WriteEntities),
        (act, _, _) => act,
    };
    let system = match act {
        Some(act) => app.options.gate.admit(
            &app.service,
            &app.metrics,
            request.headers(),
            peer,
            act,
            township,
        )?,
        None => System::default(),
    };
    let forwarded =
        ["forwarded", "x-forwarded-for"].iter().any(|n| request.headers().contains_key(*n));
    let query = pairs(request.uri().query().unwrap_or_default());
    let key = match request.headers().get("idempotency-key").map(HeaderValue::to_str) {
        None => None,
        Some(Ok(key)) => Some(key.to_owned()),
        Some(Err(_)) => Some(String::new()),
    };
    let body = if matches!(route.method, Method::Get | Method::Delete) {
        Map::new()
    } else {
        let most = match route.does {
            Does::Write(Write::SubmitEvents) => limits::EVENTS_BODY_BYTES_MAX,
            Does::Entities(_) => limits::ENTITIES_BODY_BYTES_MAX,
            _ => limits::BODY_BYTES_MAX,
        };
        let optional = route.body.is_empty();
        let mut sent = std::mem::take(request.body_mut());
        let read = body::read(request.headers(), &mut sent, most, optional).await;
        *request.body_mut() = sent;
        read?
    };
    let language = language(request.headers(), &query);
    let svg = wants_svg(request.headers());
    if let Does::Access(endpoint) = route.does {
        let explain = query.iter().any(|(n, v)| n == "explain" && (v == "1" || v == "true"));
        if endpoint == Endpoint::Evaluation {
            // Microseconds, all of it in memory but one write(2): handing it over would cost more.
            let ask = authzen::one(body)?;
            let with = With { system: &system, township, explain, language };
            let answers = app.service.answers();
            return when_there_is_room(answers, || authzen::single_now(app, &with, &ask)).await;
        }
        // What takes long begins when its answer can be written.
        let answers = app.service.answers();
        when_there_is_room(answers, || Ok(answers.has_room().then_some(()))).await?;
        let app = Arc::clone(app);
        return off_the_threads(route, move || {
            let with = With { system: &system, township, explain, language };
            authzen::answer(&app, endpoint, &with, body)
        })
        .await;
    }
    if let Does::Read(Read::Live | Read::Ready | Read::Version | Read::Metrics) = route.does {
        // Told from memory, also while everything else waits for a thread.
        let asked =
            reads::Asked { path, query, body, caller, forwarded, peer, system, language, svg };
        return run(app, route, asked, key);
    }
    let app = Arc::clone(app);
    // The engine waits for locks and disks; the async threads do not.
    off_the_threads(route, move || {
        let asked =
            reads::Asked { path, query, body, caller, forwarded, peer, system, language, svg };
        run(&app, route, asked, key)
    })
    .await
}

async fn off_the_threads(
    route: &'static Route,
    work: impl FnOnce() -> Result<Response, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, route = route.path, "a request ended in a panic");
        Err(Problem::internal())
    })
}

fn run(
    app: &App,
    route: &'static Route,
    asked: reads::Asked,
    key: Option<String>,
) -> Result<Response, Problem> {
    match route.does {
        Does::Access(_) => Err(Problem::internal()),
        Does::Metadata => {
            let rest = asked.path("rest");
            let document = authzen::document(app, rest).ok_or_else(Problem::no_such_path)?;
            Ok(Json(document).into_response())
        }
        Does::Entities(does) => {
            let value = store::entities(app, does, &asked)?;
            Ok(Json(value).into_response())
        }
        Does::Feed => feed::answer(app, &asked),
        Does::Package(does) => Ok(Json(store::package(app, does, &asked)?).into_response()),
        // What is one path in two kinds of package.
        Does::Read(Read::Entity) if app.service.plain().is_some() => {
            Ok(Json(store::entities(app, Entities::Get, &asked)?).into_response())
        }
        Does::Write(Write::PutPerson) if app.service.plain().is_some() => {
            Ok(Json(store::entities(app, Entities::Put, &asked)?).into_response())
        }
        Does::Read(read) => {
            require_token(route, &asked)?;
            reads::run(app, read, &asked).map_err(Problem::from)
        }
        Does::Write(write) => {
            require_token(route, &asked)?;
            let Some(caller) = asked.caller else { return Err(Problem::unauthenticated()) };
            let request = writes::Request { path: asked.path, body: asked.body, caller, key };
            let reply = writes::run(app.district()?, write, request)?;
            let status = if route.creates { StatusCode::CREATED } else { StatusCode::OK };
            let mut response = (status, Json(reply.body)).into_response();
            if reply.replayed {
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            }
            Ok(response)
        }
    }
}

fn require_token(route: &Route, asked: &reads::Asked) -> Result<(), Problem> {
    if route.token && asked.caller.is_none() { Err(Problem::unauthenticated()) } else { Ok(()) }
}

/// The township whose address is asked; an unknown one is no address.
fn township(
    app: &App,
    route: &Route,
    path: &[(String, String)],
) -> Result<Option<DivisionCode>, Problem> {
    let found = path.iter().find(|(name, _)| name == "code");
    let (Some((_, code)), true) = (found, matches!(route.does, Does::Access(_))) else {
        return Ok(None);
    };
    let code = DivisionCode::parse(code).map_err(|_| Problem::no_such_path())?;
    if app.service.has_township(code) { Ok(Some(code)) } else { Err(Problem::no_such_path()) }
}

/// The reader's language: `?lang=en`, else the first of `Accept-Language`.
fn language(headers: &HeaderMap, query: &[(String, String)]) -> Language {
    let english = match query.iter().find(|(name, _)| name == "lang") {
        Some((_, value)) => value.starts_with("en"),
        None => Manner::of("/v1", headers).english,
    };
    if english { Language::English } else { Language::Chinese }
}

/// Whether the reader asks for a drawing rather than for data.
fn wants_svg(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = accept.split([',', ';']).next().unwrap_or_default();
    first.trim().eq_ignore_ascii_case("image/svg+xml")
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
        use std::sync::LazyLock;
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(1);
        static PROCESS: LazyLock<u32> = LazyLock::new(std::process::id);
        let text = format!("r-{}-{}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed));
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("r"))
    })
}

pub(crate) fn shown(id: &HeaderValue) -> String {
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
