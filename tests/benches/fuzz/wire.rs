//! Bytes to a server and answers back, read strictly.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// One answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) kind: String,
    pub(super) body: Vec<u8>,
}

/// Time for the answer to a whole request.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time for an answer to what may be half a request.
const GLANCE: Duration = Duration::from_millis(40);

/// Sends bytes and reads all answers; none when the server closes without a word or waits for more.
pub(super) fn exchange(address: &str, bytes: &[u8]) -> Result<Vec<Reply>, String> {
    let mut stream = TcpStream::connect(address).map_err(|error| format!("is gone: {error}"))?;
    let _ = stream.set_nodelay(true);
    // the server may have said no and closed before everything was sent
    let _ = stream.write_all(bytes);
    let whole = is_whole(bytes);
    let several = bytes.windows(7).filter(|part| *part == b"HTTP/1.").count() > 1;
    let head_only = bytes.windows(5).any(|part| part == b"HEAD ");
    let until = Instant::now() + if whole { PATIENCE } else { GLANCE };
    let mut heard = Vec::new();
    let mut replies = Vec::new();
    let mut buffer = [0_u8; 16 << 10];
    let mut closed = false;
    while !closed {
        let left = if replies.is_empty() {
            until.saturating_duration_since(Instant::now())
        } else {
            GLANCE
        };
        if left.is_zero() {
            break;
        }
        let _ = stream.set_read_timeout(Some(left));
        match stream.read(&mut buffer) {
            Ok(0) => closed = true,
            Ok(count) => heard.extend_from_slice(&buffer[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // what was heard before the reset still counts
            Err(_) => closed = true,
        }
        while let Some((reply, used)) = first(&heard, head_only)? {
            heard.drain(..used);
            if reply.status >= 200 {
                replies.push(reply);
            }
            if head_only {
                return Ok(replies);
            }
        }
        if !replies.is_empty() && !several && heard.is_empty() {
            break;
        }
    }
    if !heard.is_empty() && replies.is_empty() {
        return Err(format!("half an answer: {}", heard.escape_ascii()));
    }
    if whole && replies.is_empty() {
        return Err(format!("no answer, {}", if closed { "closed" } else { "too late" }));
    }
    Ok(replies)
}

/// Whether bytes hold a whole request for sure, written as every client writes it.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else { return false };
    let Ok(head) = std::str::from_utf8(&bytes[..end]) else { return false };
    let mut lines = head.split("\r\n");
    let parts: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, path, "HTTP/1.1"] = parts[..] else { return false };
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
    if !token(method) || !path.starts_with('/') || !plain(path) {
        return false;
    }
    let mut length = 0;
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { return false };
        if !token(name) || value.bytes().any(|b| !(b' '..=b'~').contains(&b)) {
            return false;
        }
        match name.to_ascii_lowercase().as_str() {
            "content-length" => match value.trim().parse::<usize>() {
                Ok(count) if length == 0 => length = count,
                _ => return false,
            },
            "transfer-encoding" | "connection" | "upgrade" | "expect" => return false,
            _ => {}
        }
    }
    bytes.len() - end - 4 >= length
}

/// The first answer and how many bytes it takes; `None` when more is needed.
fn first(heard: &[u8], head_only: bool) -> Result<Option<(Reply, usize)>, String> {
    let wrong = |what: &str| Err(format!("no HTTP: {what}: {}", heard.escape_ascii()));
    let Some(end) = heard.windows(4).position(|part| part == b"\r\n\r\n") else {
        return Ok(None);
    };
    // a value may hold any byte from 0x80 on (RFC 9110, 5.5)
    let head = String::from_utf8_lossy(&heard[..end]);
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default();
    let rest = line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 "));
    let Some(Ok(status)) = rest.and_then(|rest| rest.get(..3)).map(str::parse::<u16>) else {
        return wrong("the first line");
    };
    let (mut length, mut chunked, mut kind) = (None, false, String::new());
    for line in lines {
        let Some((name, value)) = line.split_once(": ") else { return wrong("a header") };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse::<usize>().ok(),
            "transfer-encoding" => chunked = value == "chunked",
            "content-type" => value.clone_into(&mut kind),
            _ => {}
        }
    }
    let start = end + 4;
    if head_only || status < 200 || status == 204 || status == 304 {
        let kind = String::new();
        return Ok(Some((Reply { status, kind, body: Vec::new() }, start)));
    }
    if chunked {
        return wrong("chunks were not expected");
    }
    let all = start + length.unwrap_or(0);
    if heard.len() < all {
        return Ok(None);
    }
    Ok(Some((Reply { status, kind, body: heard[start..all].to_vec() }, all)))
}
