//! The feed of the record: one line of JSON, behind it frames as they lie in the journal.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use engine::Position;
use model::Digest;

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
    // only what was set to be told; the address listened on may be nobody's business
    let url = app.options.public_url.as_deref().unwrap_or_default();
    let (head, frames) = app.district()?.feed((reader, nonce), after, wait, url)?;
    let mut body = serde_json::to_vec(&head).map_err(|_| Problem::internal())?;
    body.push(b'\n');
    body.extend_from_slice(&frames);
    Ok(([(CONTENT_TYPE, "application/octet-stream")], body).into_response())
}
