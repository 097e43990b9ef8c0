//! A request's body: its type, its size, its time, and the object in it. Every rejection is a 400.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use model::{Refusal, RefusalKind};
use serde_json::{Map, Value};

use crate::json::{self, JsonFault};
use crate::limits::{BODY_SECONDS_MAX, DEPTH_MAX, UNREAD_BYTES_MAX};
use crate::problem::quoted;

/// Reads one JSON object of at most `bytes_max` bytes.
///
/// An `optional` body may be absent; that is the empty object. A body of another type stays unread.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: &mut Body,
    bytes_max: usize,
    optional: bool,
) -> Result<Map<String, Value>, Refusal> {
    if optional && body.is_end_stream() {
        return Ok(Map::new());
    }
    if !is_json(headers) {
        return Err(refused(
            "CONTENT_TYPE",
            "`Content-Type` must be `application/json`".to_owned(),
            "请求的内容类型不对。",
            "请把 Content-Type 设为 application/json。",
        ));
    }
    let limit = Duration::from_secs(BODY_SECONDS_MAX);
    let bytes = tokio::time::timeout(limit, collect(std::mem::take(body), bytes_max))
        .await
        .unwrap_or_else(|_| {
            Err(refused(
                "BODY_INCOMPLETE",
                format!("the body did not arrive within {BODY_SECONDS_MAX} seconds"),
                "请求内容没有传完。",
                "请检查网络后重发。",
            ))
        })?;
    if optional && bytes.is_empty() {
        return Ok(Map::new());
    }
    json::object(&bytes).map_err(|fault| refusal(&fault))
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return false };
    let essence = only.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

/// Takes the body in. What is too large is read on for a while and forgotten, so that the caller
/// gets to see the answer instead of a broken connection.
async fn collect(mut body: Body, bytes_max: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let mut seen: usize = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| {
            refused(
                "BODY_INCOMPLETE",
                "the body broke off".to_owned(),
                "请求内容没有传完。",
                "请检查网络后重发。",
            )
        })?;
        let Ok(data) = frame.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen <= bytes_max {
            bytes.extend_from_slice(&data);
        } else if seen > bytes_max.saturating_mul(4) {
            break;
        }
    }
    if seen > bytes_max {
        return Err(refused(
            "BODY_TOO_LARGE",
            format!("the body is larger than {bytes_max} bytes; send less at a time"),
            "请求内容太大。",
            "请分几次提交。",
        ));
    }
    Ok(bytes)
}

/// Reads what nobody has read and forgets it; whether that was the end of it. Stops where more comes than
/// a small request has, and after a second, however little comes meanwhile.
pub(crate) async fn ended(mut body: Body) -> bool {
    let reading = async {
        let mut left = UNREAD_BYTES_MAX;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let size = frame.ok()?.data_ref().map_or(0, axum::body::Bytes::len);
            left = left.checked_sub(size)?;
        }
        Some(())
    };
    matches!(tokio::time::timeout(Duration::from_secs(1), reading).await, Ok(Some(())))
}

fn refused(code: &str, message: String, text: &str, help: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, code, message, text, help)
}

pub(crate) fn refusal(fault: &JsonFault) -> Refusal {
    match fault {
        JsonFault::Empty => refused(
            "BODY_EMPTY",
            "the body is empty; a JSON object is needed".to_owned(),
            "请求没有内容。",
            "请填写内容后重发。",
        ),
        JsonFault::Malformed { line, column } => refused(
            "BODY_MALFORMED",
            format!("the body is not JSON; see line {line}, column {column}"),
            "请求内容不是合格的 JSON。",
            "请检查引号、逗号和括号。",
        ),
        JsonFault::NotAnObject => refused(
            "BODY_NOT_AN_OBJECT",
            "the body must be a JSON object".to_owned(),
            "请求内容必须是一个 JSON 对象。",
            "请用花括号包住内容。",
        ),
        JsonFault::Repeated(name) => refused(
            "MEMBER_REPEATED",
            format!("member `{}` occurs twice in one object; send it once", quoted(name)),
            "同一个字段写了两次。",
            "请只保留一个。",
        ),
        JsonFault::TooDeep => refused(
            "BODY_TOO_DEEP",
            format!("the body is nested deeper than {DEPTH_MAX} levels"),
            "请求内容层次太深。",
            "请减少嵌套。",
        ),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn read_now(
        kind: Option<&str>,
        body: &'static str,
        bytes_max: usize,
        optional: bool,
    ) -> Result<usize, String> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let read = runtime.block_on(read(&headers, &mut Body::from(body), bytes_max, optional));
        read.map(|map| map.len()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_type_must_be_json_with_or_without_parameters() {
        for kind in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=utf-8",
        ] {
            assert_eq!(read_now(Some(kind), "{\"a\":1}", 99, false), Ok(1), "{kind}");
        }
        for kind in [
            None,
            Some("text/plain"),
            Some("application/jsonx"),
            Some("application/problem+json"),
            Some(""),
        ] {
            assert_eq!(read_now(kind, "{}", 99, false), Err("CONTENT_TYPE".to_owned()), "{kind:?}");
        }
    }

    #[test]
    fn size_is_capped_exactly_and_only_optional_bodies_may_be_absent() {
        let kind = Some("application/json");
        assert_eq!(read_now(kind, "{\"a\":1}", 7, false), Ok(1));
        assert_eq!(read_now(kind, "{\"a\":1}", 6, false), Err("BODY_TOO_LARGE".to_owned()));
        assert_eq!(read_now(kind, "", 6, false), Err("BODY_EMPTY".to_owned()));
        assert_eq!(read_now(None, "", 6, true), Ok(0));
        assert_eq!(read_now(None, "{}", 6, true), Err("CONTENT_TYPE".to_owned()));
    }
}
