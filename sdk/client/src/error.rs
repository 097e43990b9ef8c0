//! Why there is no answer.

use std::time::Duration;

use thiserror::Error;

use crate::Semantic;

/// Why there is no answer. None of these is a permit.
///
/// A deny is not among them: it is a [`Decision`](crate::Decision).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The base URL cannot be used.
    #[error("`{url}` is no base url: {why}")]
    BaseUrl {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A township's code is 1 to 12 digits.
    #[error("`{code}` is no township code")]
    Township {
        /// As it was given.
        code: String,
    },
    /// A token, key or request id is not one word of visible ASCII.
    #[error("the {what} is not one word of visible ascii")]
    Header {
        /// Which of them; its value stays out of the message.
        what: &'static str,
    },
    /// A batch without items. To a server it would be a single evaluation, and “all of none are
    /// allowed” would be true.
    #[error("a batch without items asks nothing")]
    EmptyBatch,
    /// The service's own description does not name this endpoint.
    #[error("the service does not offer {what}")]
    NotOffered {
        /// The endpoint's metadata parameter.
        what: &'static str,
    },
    /// The question cannot be written as JSON.
    #[error("the request cannot be written as json")]
    Encode {
        /// What the writer said.
        #[source]
        source: serde_json::Error,
    },
    /// No whole answer came: no connection, connection lost, time over, no TLS compiled in.
    #[error("no whole answer from `{url}`")]
    Transport {
        /// Whom was asked.
        url: String,
        /// What happened.
        #[source]
        source: Box<ureq::Error>,
    },
    /// 401: the credentials are missing or wrong.
    #[error("not authenticated: {message}")]
    Unauthenticated {
        /// The server's words.
        message: String,
    },
    /// 403: this caller may not ask.
    #[error("not allowed to ask: {message}")]
    Forbidden {
        /// The server's words.
        message: String,
    },
    /// 429: this caller asks too often.
    #[error("asked too often: {message}")]
    TooManyRequests {
        /// The server's words.
        message: String,
        /// When to come back, if the server said so in seconds.
        retry_after: Option<Duration>,
    },
    /// Any other status but 200, redirects included.
    #[error("answered with status {status}: {message}")]
    Status {
        /// The status.
        status: u16,
        /// The server's words.
        message: String,
    },
    /// The answer does not say that it is JSON.
    #[error("answered with content type `{found}`")]
    ContentType {
        /// What it says to be.
        found: String,
    },
    /// The answer is longer than [`ANSWER_BYTES_MAX`](crate::limits::ANSWER_BYTES_MAX).
    #[error("the answer is longer than {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: u64,
    },
    /// The answer is no JSON, or not of the shape that the interface gives it.
    #[error("the answer cannot be read")]
    Malformed {
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// The answer carries another request's id, or none.
    #[error("asked as `{sent}`, answered as `{found}`")]
    RequestId {
        /// What was sent.
        sent: String,
        /// What came back, empty if nothing.
        found: String,
    },
    /// Too few or too many decisions for the semantic that was asked for.
    #[error("{received} decisions for {sent} items under `{semantic}`")]
    BatchLength {
        /// How the batch was to be run.
        semantic: Semantic,
        /// Items that were sent.
        sent: usize,
        /// Decisions that came back.
        received: usize,
    },
    /// The service describes itself as another one.
    #[error("asked `{expected}`, which calls itself `{found}`")]
    Identifier {
        /// The base that was asked.
        expected: String,
        /// `policy_decision_point` of the description.
        found: String,
    },
    /// The description names an endpoint that is no URL, or one without TLS below a base with it.
    #[error("`{url}` cannot be the service's {what}")]
    Endpoint {
        /// The endpoint's metadata parameter.
        what: &'static str,
        /// What the description names.
        url: String,
    },
    /// A search came back to a page that it had given before; what was found so far is not all.
    #[error("the search goes in circles after {pages} pages")]
    RepeatedToken {
        /// Pages read.
        pages: usize,
    },
    /// A search did not end within [`PAGES_MAX`](crate::limits::PAGES_MAX) pages.
    #[error("the search does not end within {pages_max} pages")]
    TooManyPages {
        /// The limit.
        pages_max: usize,
    },
}

impl Error {
    /// Whether the time was over before the whole answer had come.
    pub fn is_timeout(&self) -> bool {
        let Self::Transport { source, .. } = self else { return false };
        match source.as_ref() {
            ureq::Error::Timeout(_) => true,
            ureq::Error::Io(error) => error.kind() == std::io::ErrorKind::TimedOut,
            _ => false,
        }
    }

    /// The HTTP status, where one other than 200 is the reason.
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Unauthenticated { .. } => Some(401),
            Self::Forbidden { .. } => Some(403),
            Self::TooManyRequests { .. } => Some(429),
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}
