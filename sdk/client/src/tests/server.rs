//! A server of a few lines: canned replies in order, and what was asked.

use std::io::{BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// What is sent, byte by byte, and whether the connection stays.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    bytes: Vec<u8>,
    stays: bool,
}

impl Reply {
    /// Any bytes, after which the connection is closed.
    pub(super) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), stays: false }
    }

    /// A response with these head lines and its right length.
    pub(super) fn with(status: u16, lines: &[&str], body: &str) -> Self {
        let mut head = format!("HTTP/1.1 {status} Whatever\r\n");
        for line in lines {
            head.push_str(line);
            head.push_str("\r\n");
        }
        let length = body.len();
        Self::raw(format!("{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"))
    }

    /// 200 and JSON.
    pub(super) fn json(body: &str) -> Self {
        Self::with(200, &["Content-Type: application/json"], body)
    }

    /// The same, on a connection that stays.
    pub(super) fn staying(body: &str) -> Self {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json";
        let bytes = format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        Self { bytes: bytes.into_bytes(), stays: true }
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) line: String,
    headers: Vec<(String, String)>,
    pub(super) body: Value,
    /// Which connection it came on, from 1.
    pub(super) connection: usize,
}

impl Asked {
    /// The one value of a header named in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(own, _)| own == name);
        let first = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "`{name}` was sent twice");
        first
    }
}

pub(super) struct Server {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// A server with these replies; the last one is repeated for as long as somebody asks.
    pub(super) fn start(replies: Vec<Reply>) -> Self {
        Self::start_as(|_| replies)
    }

    /// The same, with replies that know the server's URL.
    #[expect(clippy::disallowed_methods, reason = "the server is another thread of the test")]
    pub(super) fn start_as(replies: impl FnOnce(&str) -> Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (record, replies) = (Arc::clone(&asked), replies(&url));
        std::thread::spawn(move || {
            let mut count = 0;
            for (connection, stream) in (1..).zip(listener.incoming()) {
                let Ok(stream) = stream else { break };
                serve(stream, connection, &replies, &mut count, &record);
            }
        });
        Self { url, asked }
    }

    /// What was asked so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The one thing that was asked.
    pub(super) fn asked_once(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }
}

fn serve(
    stream: TcpStream,
    connection: usize,
    replies: &[Reply],
    count: &mut usize,
    record: &Mutex<Vec<Asked>>,
) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some(asked) = read(&mut reader, connection) {
        record.lock().unwrap().push(asked);
        let reply = replies.get(*count).or_else(|| replies.last()).unwrap();
        *count += 1;
        if writer.write_all(&reply.bytes).is_err() || !reply.stays {
            break;
        }
    }
}

/// One request; none when the other side has closed.
fn read(reader: &mut impl std::io::BufRead, connection: usize) -> Option<Asked> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    Some(Asked { line: line.trim().to_owned(), headers, body, connection })
}
