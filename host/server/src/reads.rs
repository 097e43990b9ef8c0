//! Readings: what is shown, to whom.

use std::sync::Arc;

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use callers::PeerInfo;
use engine::acts::redemptions::ReserveRedemption;
use engine::explanation::Language;
use engine::proofs::{Proofs, SignOffs};
use engine::service::Service;
use engine::{Caller, Engine};
use model::{CivilDay, DivisionCode, EntityRef, Minute, Refusal, RefusalKind};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::gate::System;
use crate::pages;
use crate::public::Shown;
use crate::table::Read;
use crate::writes::{fitting, invalid};

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
    pub(crate) peer: Option<PeerInfo>,
    /// The calling system.
    pub(crate) system: System,
    /// Language of texts.
    pub(crate) language: Language,
    /// Whether a drawing is asked for.
    pub(crate) svg: bool,
}

impl Asked {
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    pub(crate) fn query(&self, name: &str) -> &str {
        self.query.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    /// The township of the query; none where it names none.
    fn township(&self) -> Result<Option<DivisionCode>, Refusal> {
        match self.query("township") {
            "" => Ok(None),
            code => Self::code(code).map(Some),
        }
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
    let nobody = Caller { person: String::new() };
    let caller = asked.caller.as_ref().unwrap_or(&nobody);
    let mut value = match read {
        Read::Live => json!({"status": "live"}),
        Read::Ready => ready(app)?,
        Read::Version => version(app),
        Read::OpenApi => crate::openapi::openapi(),
        Read::Metrics => {
            let spans = app.options.traces.counters();
            let text = app.metrics.render(&app.service, &app.options.versions, spans);
            return Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
                .into_response());
        }
        Read::Start => {
            must_be_fresh(app, read)?;
            let page = match &app.service {
                Service::District(engine) => pages::start(engine),
                Service::Plain(engine) => pages::plain(engine, &app.options.url()),
            };
            return Ok(Html(page).into_response());
        }
        Read::Item => return item(app, asked),
        read => {
            must_be_fresh(app, read)?;
            of_district(app.district()?, app, read, asked, caller)?
        }
    };
    let about_people = matches!(
        read,
        Read::Entity
            | Read::Entries
            | Read::Statement
            | Read::Round
            | Read::Offers
            | Read::Quote
            | Read::Matter
            | Read::PublicMatters
            | Read::PublicMatter
    );
    let demo = |engine: &Arc<Engine>| engine.snapshot().package.demo().is_some();
    if about_people
        && app.service.district().is_some_and(demo)
        && let Some(map) = value.as_object_mut()
    {
        map.insert("notice".to_owned(), json!(pages::NOTICE));
    }
    if let (Read::Township, Some(html)) = (read, value.as_str()) {
        return Ok(Html(html.to_owned()).into_response());
    }
    Ok(Json(value).into_response())
}

/// A host that cannot tell how fresh its copy is shows nothing of it; rules and the time are not of it.
fn must_be_fresh(app: &App, read: Read) -> Result<(), Refusal> {
    let of_rules =
        matches!(read, Read::Lists | Read::Listed | Read::Items | Read::Clock | Read::MoveClock);
    match app.service.not_fresh() {
        Some(refusal) if !of_rules => Err(refusal),
        _ => Ok(()),
    }
}

/// An item, as data or drawn.
fn item(app: &App, asked: &Asked) -> Result<Response, Refusal> {
    let (id, township) = (asked.path("id"), asked.township()?);
    match crate::public::item(app.district()?, id, township, asked.svg, asked.language)? {
        Shown::Data(value) => Ok(Json(value).into_response()),
        Shown::Chart(svg) => Ok(([(CONTENT_TYPE, "image/svg+xml")], svg).into_response()),
    }
}

fn ready(app: &App) -> Result<Value, Refusal> {
    if let Some(refusal) = app.service.not_fresh() {
        return Err(refusal);
    }
    match app.service.outage() {
        None => Ok(app
            .service
            .district()
            .map_or_else(|| json!({"status": "ready"}), |engine| standing(engine))),
        Some(cause) => Err(Refusal::new(
            RefusalKind::Unavailable,
            "NOT_READY",
            format!("answers and writes cannot be confirmed: {cause}"),
            "现在不能办理写入，也不能回答判断。",
            "请系统管理员检查磁盘和日志。",
        )),
    }
}

/// Ready, and what is in force only because that was allowed at the start.
fn standing(engine: &Engine) -> Value {
    let mut said = json!({"status": "ready"});
    if let Some(map) = said.as_object_mut() {
        if engine.proofs() == Proofs::Unproved {
            map.insert("proofs".to_owned(), json!(Proofs::Unproved));
        }
        if engine.sign_offs() == SignOffs::Incomplete {
            map.insert("sign_offs".to_owned(), json!(SignOffs::Incomplete));
        }
    }
    said
}

/// Readings that only a district has.
fn of_district(
    engine: &Engine,
    app: &App,
    read: Read,
    asked: &Asked,
    caller: &Caller,
) -> Result<Value, Refusal> {
    Ok(match read {
        Read::Entity => engine.entity(&EntityRef::new(asked.path("type"), asked.path("id")))?,
        Read::Entries => engine.proposed(Asked::code(asked.query("village"))?)?,
        Read::Statement => {
            engine.statement(caller, asked.path("subject"), asked.query("purpose"))?
        }
        Read::Round => engine.round(caller, asked.path("id"), asked.query("purpose"))?,
        Read::Offers => engine.offers(Asked::code(asked.query("township"))?)?,
        Read::Quote => {
            let order: ReserveRedemption = fitting(asked.body.clone())?;
            engine.quote(caller, &order)?
        }
        Read::Matter => engine.matter(caller, asked.path("id"), asked.language)?,
        Read::Clues => {
            let place = Asked::code(asked.query("village"))?;
            engine.clues(caller, place, asked.query("type"), asked.query("purpose"))?
        }
        Read::Signs => engine.signs(Asked::code(asked.query("village"))?)?,
        Read::Certificates => {
            engine.certificates(Asked::code(asked.query("village"))?, asked.query("year"))?
        }
        Read::Supervision => {
            engine.supervision(Asked::code(asked.query("village"))?, asked.query("quarter"))?
        }
        Read::Duties => engine.duties(Asked::code(asked.query("village"))?)?,
        Read::Clock => clock(engine),
        Read::MoveClock => move_clock(engine, app, asked)?,
        Read::Township => {
            let code = Asked::code(asked.path("code"))?;
            Value::String(pages::township(engine, code)?)
        }
        Read::Lists => crate::lists::all(engine, asked.query("type"), asked.township()?)?,
        Read::Listed => crate::lists::one(engine, asked.path("id"))?,
        Read::Items => crate::public::items(engine, asked.township()?, asked.language)?,
        Read::PublicMatters | Read::PublicMatter => {
            let village = Asked::code(asked.path("code"))?;
            let id = (read == Read::PublicMatter).then(|| asked.path("id"));
            engine.public_matters(village, asked.path("collection"), id, asked.language)?
        }
        Read::Live
        | Read::Ready
        | Read::Version
        | Read::OpenApi
        | Read::Metrics
        | Read::Start
        | Read::Item => Value::Null,
    })
}

fn clock(engine: &Engine) -> Value {
    let now = engine.now();
    json!({
        "now": now.display(), "minute": now.0, "today": now.day(),
        "clock": if engine.manual_clock() { "manual" } else { "system" },
    })
}

fn move_clock(engine: &Engine, app: &App, asked: &Asked) -> Result<Value, Refusal> {
    let loopback =
        !asked.forwarded && asked.peer.is_some_and(|peer| peer.address.ip().is_loopback());
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
    let now = engine.now();
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
    engine.move_clock(to)?;
    Ok(clock(engine))
}

fn version(app: &App) -> Value {
    let (edition, clock) = match &app.service {
        Service::District(engine) => {
            let snapshot = engine.snapshot();
            let edition = snapshot.edition(engine.today(), None).map(package::Edition::digest);
            (edition.ok(), engine.manual_clock())
        }
        Service::Plain(engine) => {
            (Some(engine.current().folder.digest()), engine.clock().is_manual())
        }
    };
    let versions = &app.options.versions;
    json!({
        "version": versions.product, "wasmtime": versions.wasmtime, "cedar": versions.cedar,
        "edition": edition, "store": versions.store,
        "clock": if clock { "manual" } else { "system" },
    })
}
