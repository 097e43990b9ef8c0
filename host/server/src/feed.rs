//! The feed of the record: one line of JSON, behind it frames as they lie in the journal.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use engine::Position;
use model::{Digest, Refusal, RefusalKind};

use crate::app::App;
use crate::problem::Problem;
use crate::reads::Asked;
use crate::table::{Does, Method, Route};
use crate::writes::invalid;

/// Where it is.
pub(crate) const ROUTE: Route = Route {
    method: Method::Get,
    path: "/v1/feed",
    does: Does::Feed,
    zh: "供跟随的机器抄记录（调用系统须有 follower 角色）",
    en: "the record, for a host that follows",
    token: false,
    body: &[],
    query: &["records", "digest", "reader", "nonce", "wait_ms"],
    creates: false,
};

/// Answers that are put together at one time; each may hold some megabytes.
pub(crate) const AT_ONCE: usize = 32;

/// Longest mark of a question or name of a reader, in bytes.
const MARK_MAX: usize = 64;

/// Answers a question of a host that follows; blocks until there is news or its time is up.
pub(crate) fn answer(app: &App, asked: &Asked) -> Result<Response, Problem> {
    let wrong = |text: &str| Problem::from(invalid(text));
    let number = |name: &str| {
        asked
            .query(name)
            .parse::<u64>()
            .map_err(|_| wrong(&format!("`{name}` must be a whole number, zero or more")))
    };
    let digest = Digest::parse(asked.query("digest"))
        .ok_or_else(|| wrong("`digest` must be 64 hex digits: the digest over the copy's heads"))?;
    let after = Position { records: number("records")?, digest };
    let wait = Duration::from_millis(number("wait_ms")?);
    let (reader, nonce) = (asked.query("reader"), asked.query("nonce"));
    if [reader, nonce].iter().any(|mark| mark.is_empty() || mark.len() > MARK_MAX) {
        return Err(wrong("`reader` and `nonce` take 1 to 64 characters"));
    }
    let Ok(_place) = app.feeds.try_acquire() else {
        return Err(Problem::from(Refusal::new(
            RefusalKind::Unavailable,
            "FEED_BUSY",
            format!("{AT_ONCE} hosts are being answered; ask again"),
            "同时来抄记录的太多，请稍后再来。",
            "跟随的机器会自动再来；一直这样的，请检查谁在用 follower 的钥匙。",
        )));
    };
    // only what was set to be told; the address listened on may be nobody's business
    let url = app.options.public_url.as_deref().unwrap_or_default();
    let (head, frames) = app.district()?.feed((reader, nonce), after, wait, url)?;
    let mut body = serde_json::to_vec(&head).map_err(|_| Problem::internal())?;
    body.push(b'\n');
    body.extend_from_slice(&frames);
    Ok(([(CONTENT_TYPE, "application/octet-stream")], body).into_response())
}
