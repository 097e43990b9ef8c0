//! The way to the leader: its address, the key, TLS, and one question.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engine::Position;
use engine::follow::{FeedHead, Trouble};
use thiserror::Error;
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

/// Time for a connection.
const CONNECT: Duration = Duration::from_secs(1);
/// Time for a question, its answer's frames among it.
const ANSWER: Duration = Duration::from_secs(5);
/// The longest answer that is read; an act of the largest kind fits several times.
const ANSWER_BYTES_MAX: u64 = 64 << 20;
/// Characters of a leader's words that are repeated.
const SAID_MAX: usize = 200;

/// Where the leader is and how it is spoken to.
#[derive(Clone, Default)]
pub struct Leader {
    /// `http://127.0.0.1:PORT` or `https://HOST:PORT`.
    pub url: String,
    /// The key that the leader knows this host by; none where it is open.
    pub key: Option<String>,
    /// Authorities in PEM that may have signed the leader's certificate.
    pub ca: Option<Vec<u8>>,
}

impl std::fmt::Debug for Leader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leader").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Why a leader cannot be followed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum LinkError {
    /// Not an address.
    #[error(
        "`{0}` is not the address of a leader; write `http://127.0.0.1:PORT` or `https://HOST:PORT`"
    )]
    Url(String),
    /// Plain HTTP to another machine.
    #[error(
        "`{0}` is another machine, so it has to be `https://…`: whoever is in between could hold back a revocation"
    )]
    NotSafe(String),
    /// No authorities for HTTPS, or none that can be read.
    #[error(
        "the authorities of the leader's certificate cannot be used: {0}; give a PEM file with `--follow-ca`"
    )]
    Authorities(String),
    /// No random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

impl LinkError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Url(_) => "FOLLOW_URL",
            Self::NotSafe(_) => "FOLLOW_NOT_SAFE",
            Self::Authorities(_) => "FOLLOW_CA",
            Self::Random(_) => "NO_RANDOM",
        }
    }

    /// 中文：怎么办。
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Url(_) => "请写主机的地址，例如 --follow http://127.0.0.1:8181。",
            Self::NotSafe(_) => {
                "主机在另一台机器上时，请让主机用证书提供 HTTPS，再写 https:// 地址。"
            }
            Self::Authorities(_) => "请用 --follow-ca 给出签发主机证书的 CA 文件（PEM）。",
            Self::Random(_) => "请检查系统。",
        }
    }
}

/// A connection to the leader that is kept between questions.
#[derive(Debug)]
pub struct Link {
    agent: Agent,
    url: String,
    key: Option<String>,
    reader: String,
    count: u64,
}

impl Link {
    /// A link to a leader; nothing is asked yet.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn new(leader: &Leader) -> Result<Self, LinkError> {
        let url = leader.url.trim_end_matches('/').to_owned();
        let (secure, host) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(host), _) => (true, host),
            (None, Some(host)) => (false, host),
            (None, None) => return Err(LinkError::Url(shown(&leader.url))),
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || "/?#@`".contains(c);
        if host.is_empty() || host.contains(odd) {
            return Err(LinkError::Url(shown(&leader.url)));
        }
        if !secure && !loopback(host) {
            return Err(LinkError::NotSafe(shown(&leader.url)));
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .https_only(secure)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(ANSWER))
            .max_idle_connections(1);
        if secure {
            config = config.tls_config(tls(leader.ca.as_deref())?);
        }
        let mut drawn = [0_u8; 16];
        getrandom::fill(&mut drawn).map_err(|error| LinkError::Random(error.to_string()))?;
        let reader = format!("{:032x}", u128::from_be_bytes(drawn));
        let agent = config.build().new_agent();
        Ok(Self { agent, url, key: leader.key.clone(), reader, count: 0 })
    }

    /// Whether the leader is on this machine.
    pub fn is_local(&self) -> bool {
        self.url.split_once("://").is_some_and(|(_, host)| loopback(host))
    }

    /// Asks for what is behind a position; the leader waits so long for news.
    pub(crate) fn ask(
        &mut self,
        after: Position,
        wait: Duration,
    ) -> Result<(FeedHead, Vec<u8>), Trouble> {
        self.count = self.count.saturating_add(1);
        let nonce = format!("{}-{}", self.reader, self.count);
        let url = format!(
            "{}/v1/feed?records={}&digest={}&reader={}&nonce={nonce}&wait_ms={}",
            self.url,
            after.records,
            after.digest,
            self.reader,
            wait.as_millis()
        );
        let mut request = self.agent.get(url);
        if let Some(key) = &self.key {
            request = request.header("X-API-Key", key);
        }
        let unreachable = |error: ureq::Error| Trouble::Unreachable(shown(&error.to_string()));
        let mut response = request.call().map_err(unreachable)?;
        if response.status() != 200 {
            return Err(refused(&mut response));
        }
        let body = response.body_mut().with_config().limit(ANSWER_BYTES_MAX);
        let mut body = body.read_to_vec().map_err(unreachable)?;
        let malformed = |text: &str| Trouble::Malformed(text.to_owned());
        let end = body.iter().position(|byte| *byte == b'\n');
        let end = end.ok_or_else(|| malformed("it has no first line"))?;
        let frames = body.split_off(end.saturating_add(1));
        let head: FeedHead = serde_json::from_slice(&body)
            .map_err(|_| malformed("its first line is not that of a feed"))?;
        if head.nonce != nonce {
            return Err(malformed("it answers another question"));
        }
        Ok((head, frames))
    }
}

/// What a leader said that gave no feed.
fn refused(response: &mut Response<ureq::Body>) -> Trouble {
    let status = response.status().as_u16();
    let text =
        response.body_mut().with_config().limit(64 << 10).read_to_string().unwrap_or_default();
    let problem = serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default();
    let member =
        |name: &str| problem.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    let said = shown(&format!("{}: {}", member("code"), member("detail")));
    match member("code") {
        // what to do is told once, here
        "FEED_OTHER_RECORD" => {
            let why = member("detail").split(';').next().unwrap_or_default();
            Trouble::OtherRecord(shown(why))
        }
        _ => Trouble::Refused { status, said },
    }
}

/// TLS with the authorities of a PEM file and no others.
fn tls(pem: Option<&[u8]>) -> Result<TlsConfig, LinkError> {
    let unusable = |text: &str| LinkError::Authorities(text.to_owned());
    let pem = pem.ok_or_else(|| unusable("none are named"))?;
    let mut roots: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => roots.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(unusable("the file is not pem")),
        }
    }
    if roots.is_empty() {
        return Err(unusable("the file holds no certificate"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(RootCerts::new_with_certs(&roots))
        .build())
}

fn loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || host.parse::<SocketAddr>().is_ok_and(|at| at.ip().is_loopback())
}

/// Somebody's words for a message: short and on one line.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '`').take(SAID_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(url: &str, ca: Option<&[u8]>) -> Result<bool, &'static str> {
        let leader = Leader { url: url.to_owned(), key: None, ca: ca.map(<[u8]>::to_vec) };
        Link::new(&leader).map(|link| link.is_local()).map_err(|error| error.code())
    }

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        for url in [
            "http://127.0.0.1:8181",
            "http://127.0.0.1:8181/",
            "http://[::1]:8181",
            "http://localhost:1",
        ] {
            assert_eq!(link(url, None), Ok(true), "{url}");
        }
        for url in [
            "http://10.0.0.7:8181",
            "http://leader.example",
            "http://127.0.0.1.example:80",
            "http://0.0.0.0:1",
        ] {
            assert_eq!(link(url, None), Err("FOLLOW_NOT_SAFE"), "{url}");
        }
        for url in [
            "",
            "127.0.0.1:8181",
            "ftp://127.0.0.1:1",
            "http://",
            "http://u:p@127.0.0.1:1",
            "http://127.0.0.1:1/t/x",
        ] {
            assert_eq!(link(url, None), Err("FOLLOW_URL"), "{url}");
        }
    }

    #[test]
    fn tls_needs_authorities_that_can_be_read() {
        for ca in [None, Some(b"".as_slice()), Some(b"not pem".as_slice())] {
            assert_eq!(link("https://leader.example:8181", ca), Err("FOLLOW_CA"), "{ca:?}");
        }
    }
}
