//! Requests as usual clients send them, and requests that no usual client sends.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::LazyLock;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use tests::server::Server;

static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_mins(1)))
        .build();
    config.new_agent()
});

/// What came back, with its text as it came.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Reply {
    /// The first header of a name, written in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.text);
        parsed.unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text))
    }

    /// The body with its members in the order in which they came.
    pub(crate) fn ordered(&self) -> Ordered {
        let parsed = serde_json::from_str(&self.text);
        parsed.unwrap_or_else(|error| panic!("{error}: {:?}", self.text))
    }
}

/// A POST of a JSON body.
pub(crate) fn post(server: &Server, path: &str, body: &Value) -> Reply {
    send(server, path, &body.to_string())
}

/// A POST of any text as `application/json`.
pub(crate) fn send(server: &Server, path: &str, text: &str) -> Reply {
    let request =
        AGENT.post(format!("{}{path}", server.url)).header("Content-Type", "application/json");
    reply(request.send(text))
}

/// A POST with further headers; the content type is one of them.
pub(crate) fn send_with(
    server: &Server,
    path: &str,
    headers: &[(&str, &str)],
    text: &str,
) -> Reply {
    let mut request = AGENT.post(format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    reply(request.send(text))
}

/// A GET.
pub(crate) fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Reply {
    let mut request = AGENT.get(format!("{}{path}", server.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    reply(request.call())
}

fn reply(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Reply {
    let mut response = result.unwrap_or_else(|error| panic!("no answer: {error}"));
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let limit = 64 << 20;
    let text = response.body_mut().with_config().limit(limit).read_to_string();
    let text = text.unwrap_or_else(|error| panic!("the answer broke off: {error}"));
    Reply { status: response.status().as_u16(), headers, text }
}

/// A request written byte by byte: head lines without the final empty one, then pieces of body
/// with a pause before each but the first. `Host` and `Connection: close` are added.
pub(crate) fn raw(server: &Server, head: &str, pieces: &[&[u8]]) -> Reply {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream.set_write_timeout(Some(Duration::from_mins(1))).unwrap();
    let host =
        if head.contains("\r\nHost:") { String::new() } else { format!("Host: {address}\r\n") };
    let head = format!("{head}\r\n{host}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            std::thread::sleep(Duration::from_millis(150));
        }
        // A server may answer before it has taken everything in; what it says is read below.
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let _ = stream.shutdown(Shutdown::Both);
    let first = head.lines().next().unwrap_or_default().to_owned();
    parse(&bytes).unwrap_or_else(|| {
        panic!("no answer to `{first}`: {read:?} {:?}", String::from_utf8_lossy(&bytes))
    })
}

/// A POST written byte by byte, with its length and any further head lines.
pub(crate) fn raw_post(server: &Server, path: &str, lines: &[&str], body: &[u8]) -> Reply {
    let mut head = format!("POST {path} HTTP/1.1\r\nContent-Length: {}", body.len());
    for line in lines {
        head.push_str("\r\n");
        head.push_str(line);
    }
    raw(server, &head, &[body])
}

fn parse(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let body = bytes.get(end + 4..)?;
    let chunked = headers.iter().any(|(n, v)| n == "transfer-encoding" && v == "chunked");
    let body = if chunked { unchunked(body)? } else { body.to_vec() };
    Some(Reply { status, headers, text: String::from_utf8(body).ok()? })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|it| it == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..line)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(line + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

/// JSON with its members in order; a name that occurs twice is kept twice.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Ordered {
    Leaf(Value),
    List(Vec<Ordered>),
    Object(Vec<(String, Ordered)>),
}

impl Ordered {
    /// Names of the members in order; none when it is no object.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Object(members) => members.iter().map(|(name, _)| name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// A member of an object.
    pub(crate) fn member(&self, name: &str) -> Option<&Ordered> {
        match self {
            Self::Object(members) => members.iter().find(|(own, _)| own == name).map(|(_, it)| it),
            _ => None,
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> &[Ordered] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Ordered;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Ordered, E> {
                Ok(Ordered::Leaf(Value::Null))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
                Ok(Ordered::Leaf(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
                Ok(Ordered::Leaf(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
                Ok(Ordered::Leaf(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Ordered, E> {
                Ok(Ordered::Leaf(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Ordered, E> {
                Ok(Ordered::Leaf(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Ordered, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Ordered::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered::Object(members))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
