//! Bytes out, bytes in: what counts as an answer at all.

use std::io::{ErrorKind, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::Value;
use ureq::Body;
use ureq::http::header::CONTENT_TYPE;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Response};

use crate::{Error, limits};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// One word of visible ASCII as a header's value, after `prefix`.
pub(crate) fn word(what: &'static str, prefix: &str, text: &str) -> Result<HeaderValue, Error> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::Header { what });
    }
    HeaderValue::from_str(&format!("{prefix}{text}")).map_err(|_| Error::Header { what })
}

/// Sends, and sends again only where the connection was refused: then nothing has been sent. Where TLS is built in
/// without roots or a provider, ureq panics on `https://`; that too is a no and not the end of the caller's thread.
pub(crate) fn attempt<T>(
    mut retries: u32,
    mut send: impl FnMut() -> Result<T, ureq::Error>,
) -> Result<T, ureq::Error> {
    loop {
        let sent = catch_unwind(AssertUnwindSafe(&mut send)).unwrap_or_else(|_| {
            let unusable = "TLS is not set up; hand over an agent with roots and a provider";
            Err(ureq::Error::Io(std::io::Error::other(unusable)))
        });
        match sent {
            Err(ureq::Error::Io(error))
                if retries > 0 && error.kind() == ErrorKind::ConnectionRefused =>
            {
                retries = retries.saturating_sub(1);
                std::thread::sleep(limits::REFUSED_PAUSE);
            }
            other => return other,
        }
    }
}

/// The body of a response that is an answer: 200, JSON, under the id it was asked under.
pub(crate) fn answer(
    url: &str,
    mut response: Response<Body>,
    request_id: Option<&str>,
) -> Result<Vec<u8>, Error> {
    if response.status() != 200 {
        return Err(refused(response));
    }
    let kind = only(response.headers(), &CONTENT_TYPE);
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Error::ContentType { found: one_line(&kind) });
    }
    if let Some(sent) = request_id {
        let found = only(response.headers(), &REQUEST_ID);
        if found != sent {
            return Err(Error::RequestId { sent: sent.to_owned(), found: one_line(&found) });
        }
    }
    let limit = limits::ANSWER_BYTES_MAX;
    match response.body_mut().with_config().limit(limit).read_to_vec() {
        Ok(bytes) => Ok(bytes),
        Err(ureq::Error::BodyExceedsLimit(_)) => Err(Error::TooLong { bytes_max: limit }),
        Err(error) => Err(Error::Transport { url: url.to_owned(), source: Box::new(error) }),
    }
}

/// The one value of a header; what was sent twice says nothing.
fn only(headers: &HeaderMap, name: &HeaderName) -> String {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        _ => String::new(),
    }
}

/// Any status but 200.
fn refused(mut response: Response<Body>) -> Error {
    let status = response.status().as_u16();
    let seconds = only(response.headers(), &ureq::http::header::RETRY_AFTER).trim().parse().ok();
    let plain = only(response.headers(), &CONTENT_TYPE).starts_with("text/plain");
    let mut bytes = Vec::new();
    // The status has said it already; a message that breaks off is a shorter message.
    let _ = response.body_mut().as_reader().take(limits::MESSAGE_BYTES_MAX).read_to_end(&mut bytes);
    let message = message(&bytes, plain);
    match status {
        401 => Error::Unauthenticated { message },
        403 => Error::Forbidden { message },
        429 => Error::TooManyRequests { message, retry_after: seconds.map(Duration::from_secs) },
        _ => Error::Status { status, message },
    }
}

/// The words of an error: a JSON string, a member of problem details, or plain text. A page that
/// a proxy made up is not repeated.
fn message(bytes: &[u8], plain: bool) -> String {
    let text = match serde_json::from_slice(bytes) {
        Ok(Value::String(text)) => text,
        Ok(Value::Object(members)) => ["detail", "message", "error_description", "error", "title"]
            .into_iter()
            .find_map(|name| members.get(name).and_then(Value::as_str))
            .unwrap_or_default()
            .to_owned(),
        _ if plain => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    let text = one_line(&text);
    if text.is_empty() { "no message".to_owned() } else { text }
}

/// Foreign words for a message: on one line, not too long, nothing that steers a terminal.
pub(crate) fn one_line(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    text.trim().chars().map(clean).take(limits::MESSAGE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals(retries: u32, refused: u32) -> (u32, bool) {
        let mut calls = 0_u32;
        let result = attempt(retries, || {
            calls += 1;
            if calls <= refused {
                Err(ureq::Error::Io(ErrorKind::ConnectionRefused.into()))
            } else {
                Ok(())
            }
        });
        (calls, result.is_ok())
    }

    #[test]
    fn a_refused_connection_is_tried_as_often_as_asked() {
        assert_eq!(refusals(0, 1), (1, false));
        assert_eq!(refusals(2, 1), (2, true));
        assert_eq!(refusals(2, 9), (3, false));
        assert_eq!(refusals(2, 0), (1, true));
    }

    #[test]
    fn nothing_else_is_tried_again() {
        for kind in [ErrorKind::ConnectionReset, ErrorKind::TimedOut, ErrorKind::UnexpectedEof] {
            let mut calls = 0_u32;
            let result: Result<(), _> = attempt(5, || {
                calls += 1;
                Err(ureq::Error::Io(kind.into()))
            });
            assert!(result.is_err());
            assert_eq!(calls, 1, "{kind:?}");
        }
        let mut calls = 0_u32;
        let result: Result<(), _> = attempt(5, || {
            calls += 1;
            Err(ureq::Error::HostNotFound)
        });
        assert!(result.is_err());
        assert_eq!(calls, 1);
    }

    #[test]
    fn messages_are_found_where_servers_put_them() {
        for (body, plain, want) in [
            (r#""the key is not known""#, false, "the key is not known"),
            (r#"{"title":"t","detail":"d"}"#, false, "d"),
            (r#"{"error":"e"}"#, false, "e"),
            ("two\nlines \u{1b}[31m", true, "two lines  [31m"),
            ("<html>502</html>", false, "no message"),
            ("[1]", false, "no message"),
            ("", true, "no message"),
        ] {
            assert_eq!(message(body.as_bytes(), plain), want, "{body}");
        }
        assert_eq!(one_line(&"乡".repeat(400)).chars().count(), limits::MESSAGE_CHARS_MAX);
    }
}
