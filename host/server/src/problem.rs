//! The one table from refusals to status codes, and how an error reads on the wire.
//!
//! `/v1` answers RFC 9457 problem details in two languages; `/access` answers one JSON string, as
//! the AuthZEN binding asks.

use axum::Json;
use axum::http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use model::{Refusal, RefusalKind};
use serde_json::{Value, json};

use crate::limits::QUOTED_CHARS_MAX;

/// The status a refusal is answered with.
pub(crate) const fn status(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::Invalid => StatusCode::BAD_REQUEST,
        RefusalKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        RefusalKind::Denied => StatusCode::FORBIDDEN,
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Conflict => StatusCode::CONFLICT,
        RefusalKind::Unprocessable | RefusalKind::Limit => StatusCode::UNPROCESSABLE_ENTITY,
        RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const fn title(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::UNAUTHORIZED => ("请先表明身份", "not authenticated"),
        StatusCode::FORBIDDEN => ("不能办", "denied"),
        StatusCode::NOT_FOUND => ("没有找到", "not found"),
        StatusCode::TOO_MANY_REQUESTS => ("调用太频繁", "too many requests"),
        StatusCode::METHOD_NOT_ALLOWED => ("请求方式不对", "method not allowed"),
        StatusCode::CONFLICT => ("与已有记录冲突", "conflict"),
        StatusCode::UNPROCESSABLE_ENTITY => ("按规矩暂不能办", "not possible under the rules"),
        StatusCode::SERVICE_UNAVAILABLE => ("系统暂时不能办理", "unavailable"),
        StatusCode::INTERNAL_SERVER_ERROR => ("系统出错", "internal error"),
        _ => ("请求有误", "bad request"),
    }
}

/// Where an error is told and in which order of languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Manner {
    /// One JSON string instead of problem details.
    pub(crate) plain: bool,
    /// English first.
    pub(crate) english: bool,
}

impl Manner {
    /// The manner for a path and the reader's languages.
    pub(crate) fn of(path: &str, headers: &HeaderMap) -> Self {
        let rest =
            path.strip_prefix("/t/").and_then(|rest| rest.split_once('/')).map(|(_, rest)| rest);
        let plain =
            path.starts_with("/access/") || rest.is_some_and(|rest| rest.starts_with("access/"));
        let languages = headers
            .get("accept-language")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let english =
            languages.trim_start().get(..2).is_some_and(|first| first.eq_ignore_ascii_case("en"));
        Self { plain, english }
    }
}

/// An error on its way out.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    refusal: Refusal,
    allow: String,
    retry: Option<u32>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { status: status(refusal.kind), refusal, allow: String::new(), retry: None }
    }
}

impl Problem {
    /// No such path.
    pub(crate) fn no_such_path() -> Self {
        let refusal = Refusal::new(
            RefusalKind::NotFound,
            "NO_SUCH_PATH",
            "no such path; see `/openapi.json`",
            "没有这个地址。",
            "全部地址见 /openapi.json。",
        );
        refusal.into()
    }

    /// The path does not take the method.
    pub(crate) fn method_not_allowed(allow: &str) -> Self {
        let refusal = Refusal::new(
            RefusalKind::Invalid,
            "METHOD_NOT_ALLOWED",
            format!("this path takes `{allow}` only"),
            "这个地址不接受这种请求方式。",
            format!("请改用 {allow}。"),
        );
        Self {
            status: StatusCode::METHOD_NOT_ALLOWED,
            refusal,
            allow: allow.to_owned(),
            retry: None,
        }
    }

    /// The server itself failed.
    pub(crate) fn internal() -> Self {
        let refusal = Refusal::new(
            RefusalKind::Unavailable,
            "INTERNAL",
            "the server failed; give the request id to its administrator",
            "系统内部出错，不能确认是否办成。",
            "请把请求编号告诉系统管理员；写入类请求请用同一请求编号重发。",
        );
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            refusal,
            allow: String::new(),
            retry: None,
        }
    }

    /// Nobody is named.
    pub(crate) fn unauthenticated() -> Self {
        let refusal = Refusal::new(
            RefusalKind::Unauthenticated,
            "UNAUTHENTICATED",
            "the bearer token is missing or unknown; send `Authorization: Bearer …`",
            "没有登录，或者登录凭证无效。",
            "请用本人的凭证重新登录后再办。",
        );
        refusal.into()
    }

    /// A caller over its rate.
    pub(crate) fn too_many(seconds: u32) -> Self {
        let refusal = Refusal::new(
            RefusalKind::Limit,
            "TOO_MANY_REQUESTS",
            format!("over the rate of this caller; try again in {seconds} seconds"),
            "调用太频繁。",
            format!("请在{seconds}秒以后再试，或者请管理员提高限额。"),
        );
        let retry = Some(seconds);
        Self { status: StatusCode::TOO_MANY_REQUESTS, refusal, allow: String::new(), retry }
    }

    /// The answer.
    pub(crate) fn response(&self, manner: Manner, request_id: &str) -> Response {
        let mut response = if manner.plain {
            (self.status, Json(Value::String(self.refusal.message.clone()))).into_response()
        } else {
            let mut response =
                (self.status, Json(self.details(manner.english, request_id))).into_response();
            let kind = HeaderValue::from_static("application/problem+json");
            response.headers_mut().insert(CONTENT_TYPE, kind);
            response
        };
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry {
            let (name, value) = crate::gate::retry_after(seconds);
            response.headers_mut().insert(name, value);
        }
        if let Ok(allow) = HeaderValue::from_str(&self.allow)
            && !self.allow.is_empty()
        {
            response.headers_mut().insert(ALLOW, allow);
        }
        response
    }

    fn details(&self, english: bool, request_id: &str) -> Value {
        let (chinese, foreign) = title(self.status);
        let refusal = &self.refusal;
        let mut details = json!({
            "type": format!("urn:xiangyue:problem:{}", refusal.code),
            "title": if english { foreign } else { chinese },
            "status": self.status.as_u16(),
            "code": refusal.code,
            "detail": refusal.message,
            "text": refusal.text,
            "help": refusal.help,
        });
        if let Some(map) = details.as_object_mut() {
            if !refusal.reasons.is_empty() {
                map.insert("reasons".to_owned(), json!(refusal.reasons));
            }
            map.insert("request_id".to_owned(), json!(request_id));
        }
        details
    }
}

/// A caller's text for a message: short, on one line, without backticks.
pub(crate) fn quoted(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '`').take(QUOTED_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_status() {
        for (kind, want) in [
            (RefusalKind::Invalid, 400),
            (RefusalKind::Unauthenticated, 401),
            (RefusalKind::Denied, 403),
            (RefusalKind::NotFound, 404),
            (RefusalKind::Conflict, 409),
            (RefusalKind::Unprocessable, 422),
            (RefusalKind::Limit, 422),
            (RefusalKind::Unavailable, 503),
        ] {
            assert_eq!(status(kind).as_u16(), want, "{kind:?}");
        }
    }

    #[test]
    fn both_languages_are_there_in_either_order() {
        let problem = Problem::from(Refusal::new(
            RefusalKind::Denied,
            "DENIED",
            "no",
            "不能办。",
            "请找主任。",
        ));
        let details = problem.details(false, "r-1");
        assert_eq!(details["type"], "urn:xiangyue:problem:DENIED");
        assert_eq!((&details["title"], &details["status"]), (&json!("不能办"), &json!(403)));
        assert_eq!((&details["detail"], &details["text"]), (&json!("no"), &json!("不能办。")));
        assert_eq!(
            (&details["help"], &details["request_id"]),
            (&json!("请找主任。"), &json!("r-1"))
        );
        assert!(details.get("reasons").is_none());
        let english = problem.details(true, "r-1");
        assert_eq!((&english["title"], &english["text"]), (&json!("denied"), &json!("不能办。")));
    }

    #[test]
    fn manner_follows_path_and_language() {
        let none = HeaderMap::new();
        for (path, plain) in [
            ("/access/v1/evaluation", true),
            ("/t/370285102000/access/v1/evaluation", true),
            ("/t/370285102000", false),
            ("/v1/events", false),
            ("/accessory", false),
            ("/t/access/v1", false),
        ] {
            assert_eq!(Manner::of(path, &none).plain, plain, "{path}");
        }
        for (languages, english) in
            [("en", true), ("EN-gb,zh", true), ("zh-CN,en", false), ("", false), ("乡", false)]
        {
            let mut headers = HeaderMap::new();
            headers
                .insert("accept-language", HeaderValue::from_bytes(languages.as_bytes()).unwrap());
            assert_eq!(Manner::of("/v1", &headers).english, english, "{languages}");
        }
    }

    #[test]
    fn status_headers_go_out() {
        let manner = Manner { plain: true, english: false };
        let response = Problem::unauthenticated().response(manner, "r");
        assert_eq!(response.headers().get(WWW_AUTHENTICATE).unwrap(), "Bearer");
        assert_eq!(response.headers().get(CONTENT_TYPE).unwrap(), "application/json");
        let response = Problem::method_not_allowed("GET, HEAD")
            .response(Manner { plain: false, ..manner }, "r");
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers().get(ALLOW).unwrap(), "GET, HEAD");
        assert_eq!(response.headers().get(CONTENT_TYPE).unwrap(), "application/problem+json");
    }
}
