//! Readings: what is shown, to whom.

use std::net::SocketAddr;

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use engine::acts::redemptions::ReserveRedemption;
use engine::{Caller, Engine};
use model::{CivilDay, DivisionCode, EntityRef, Minute, Refusal, RefusalKind};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::pages;
use crate::table::Read;
use crate::writes::invalid;

/// What a reading is asked with.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Path parameters by name.
    pub(crate) path: Vec<(String, String)>,
    /// Query parameters by name.
    pub(crate) query: Vec<(String, String)>,
    /// Body, for readings that are asked by POST.
    pub(crate) body: Map<String, Value>,
    /// Who asks, where a token is needed.
    pub(crate) caller: Option<Caller>,
    /// Whether something on the way says that it forwards for somebody else.
    pub(crate) forwarded: bool,
    /// Where the request comes from.
    pub(crate) peer: Option<SocketAddr>,
}

impl Asked {
    fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    fn query(&self, name: &str) -> &str {
        self.query.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    fn code(text: &str) -> Result<DivisionCode, Refusal> {
        DivisionCode::parse(text).map_err(|error| {
            Refusal::new(
                RefusalKind::Invalid,
                "DIVISION_CODE",
                error.to_string(),
                "区划代码应为12位数字。",
                "可在首页查到本市全部代码。",
            )
        })
    }
}

/// Answers a reading.
pub(crate) fn run(app: &App, read: Read, asked: &Asked) -> Result<Response, Refusal> {
    let engine = app.engine.as_ref();
    let nobody = Caller { person: String::new() };
    let caller = asked.caller.as_ref().unwrap_or(&nobody);
    let mut value = match read {
        Read::Entity => engine.entity(&EntityRef::new(asked.path("type"), asked.path("id")))?,
        Read::Entries => engine.proposed(Asked::code(asked.query("village"))?)?,
        Read::Statement => {
            engine.statement(caller, asked.path("subject"), asked.query("purpose"))?
        }
        Read::Offers => engine.offers(Asked::code(asked.query("township"))?)?,
        Read::Quote => {
            let order: ReserveRedemption =
                serde_json::from_value(Value::Object(asked.body.clone()))
                    .map_err(|error| invalid(&format!("the body does not fit: {error}")))?;
            engine.quote(caller, &order)?
        }
        Read::Matter => engine.matter(caller, asked.path("id"))?,
        Read::Clock => clock(engine),
        Read::MoveClock => move_clock(app, asked)?,
        Read::Live => json!({"status": "live"}),
        Read::Ready => match engine.outage() {
            None => json!({"status": "ready"}),
            Some(cause) => {
                return Err(Refusal::new(
                    RefusalKind::Unavailable,
                    "NOT_READY",
                    format!("writes cannot be confirmed: {cause}"),
                    "现在不能办理写入。",
                    "请系统管理员检查磁盘和日志。",
                ));
            }
        },
        Read::Version => version(app),
        Read::OpenApi => crate::openapi::openapi(),
        Read::Metrics => {
            let text = app.metrics.render(engine, &app.options.versions);
            return Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
                .into_response());
        }
        Read::Start => return Ok(Html(pages::start(engine)).into_response()),
        Read::Township => {
            let code = Asked::code(asked.path("code"))?;
            return Ok(Html(pages::township(engine, code)?).into_response());
        }
    };
    let about_people = matches!(
        read,
        Read::Entity | Read::Entries | Read::Statement | Read::Offers | Read::Quote | Read::Matter
    );
    if about_people
        && engine.snapshot().package.demo().is_some()
        && let Some(map) = value.as_object_mut()
    {
        map.insert("notice".to_owned(), json!(pages::NOTICE));
    }
    Ok(Json(value).into_response())
}

fn clock(engine: &Engine) -> Value {
    let now = engine.now();
    json!({
        "now": now.display(), "minute": now.0, "today": now.day(),
        "clock": if engine.manual_clock() { "manual" } else { "system" },
    })
}

fn move_clock(app: &App, asked: &Asked) -> Result<Value, Refusal> {
    let loopback = !asked.forwarded && asked.peer.is_some_and(|peer| peer.ip().is_loopback());
    if !app.options.allow_clock || !loopback {
        return Err(Refusal::new(
            RefusalKind::Denied,
            "CLOCK_NOT_MANUAL",
            "the clock moves only with `--clock manual` and from this machine",
            "时钟不能手动调整。",
            "演示走流程请在本机用 --clock manual 启动。",
        ));
    }
    if let Some(other) =
        asked.body.keys().find(|k| !["to", "days", "minutes"].contains(&k.as_str()))
    {
        return Err(invalid(&format!("unknown field `{}`", crate::problem::quoted(other))));
    }
    let now = app.engine.now();
    let number = |name: &str| {
        asked.body.get(name).map(|v| v.as_i64().filter(|n| (0..=5_256_000).contains(n)))
    };
    let to = match (asked.body.get("to"), number("days"), number("minutes")) {
        (Some(Value::String(day)), None, None) => {
            CivilDay::parse(day).map_err(|error| invalid(&error.to_string()))?.start()
        }
        (None, Some(Some(days)), None) => {
            Minute(now.0.saturating_add(days.saturating_mul(24 * 60)))
        }
        (None, None, Some(Some(minutes))) => Minute(now.0.saturating_add(minutes)),
        _ => return Err(invalid("send one of `to` (a day), `days` or `minutes` (0 or more)")),
    };
    app.engine.move_clock(to)?;
    Ok(clock(&app.engine))
}

fn version(app: &App) -> Value {
    let engine = &app.engine;
    let edition = engine.snapshot().edition(engine.today()).map(package::Edition::digest).ok();
    let versions = &app.options.versions;
    json!({
        "version": versions.product, "wasmtime": versions.wasmtime, "cedar": versions.cedar,
        "edition": edition, "store": versions.store,
        "clock": if engine.manual_clock() { "manual" } else { "system" },
    })
}
