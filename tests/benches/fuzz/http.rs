//! The real program on loopback: a plain folder and a small district, asked with broken requests.
//!
//! An input's first byte says which server; what follows goes over the wire, with the length of the
//! body for `@LENGTH`, the token of a role for `@ROLE-name@` and a page token for `@PAGE@`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use server::parse_evaluation;
use tests::district;
use tests::server::Server;

use super::dice::Dice;
use super::folders::One;
use super::questions::{WIRE, World};
use super::wire::{Reply, exchange};
use super::{Ran, Target, kind};

/// Requests of one run.
const MOST: u64 = 20_000;
/// What may be answered.
const STATUSES: [u16; 16] =
    [200, 201, 400, 401, 403, 404, 405, 409, 411, 413, 414, 422, 429, 431, 501, 503];

const METHODS: [&str; 9] =
    ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW"];

const PATHS: [&str; 44] = [
    "/access/v1/evaluation",
    "/access/v1/evaluations",
    "/access/v1/search/subject",
    "/access/v1/search/resource",
    "/access/v1/search/action",
    "/t/370285102000/access/v1/evaluation",
    "/t/370285102000/access/v1/evaluations",
    "/t/370285102000/access/v1/search/subject",
    "/t/1/access/v1/evaluation",
    "/.well-known/authzen-configuration",
    "/.well-known/authzen-configuration/t/370285102000",
    "/v1/entities",
    "/v1/entities/user",
    "/v1/entities/user/ada",
    "/v1/entities/document/%2e%2e%2f",
    "/v1/entities/Person/370285102259-p01",
    "/v1/packages",
    "/v1/packages/reload",
    "/v1/decisions/x",
    "/v1/decisions/%00",
    "/v1/persons/370285102259-p01/erasure",
    "/v1/events",
    "/v1/events/370285102259/x/state",
    "/v1/entries",
    "/v1/reviews",
    "/v1/rounds",
    "/v1/rounds/x/closing",
    "/v1/accounts/370285102259-h001/statement",
    "/v1/offers",
    "/v1/redemptions",
    "/v1/redemptions/quote",
    "/v1/redemptions/x/confirmation",
    "/v1/matters",
    "/v1/matters/370285102259-S10-2026-001",
    "/v1/matters/370285102259-S10-2026-001/steps",
    "/v1/meetings",
    "/v1/delegations",
    "/v1/admissions",
    "/v1/clock",
    "/livez",
    "/metrics",
    "/openapi.json",
    "/",
    "/t/370285102000",
];

const TAILS: [&str; 14] = [
    "?explain=1&lang=en",
    "?%",
    "?a=%ff%fe",
    "?limit=99999999999999999999",
    "?limit=0&behind=%E4%B9%A1",
    "?village=370285102259",
    "/",
    "//",
    "/%2e%2e/",
    "%00",
    "%",
    "%zz",
    "/\u{e4}",
    "?lang=%65%6e&explain=true&&&",
];

const HEADERS: [&str; 30] = [
    "Content-Type: application/json",
    "Content-Type: application/json; charset=utf-8",
    "Content-Type: text/plain",
    "Content-Type: application/problem+json",
    "Content-Length: 0",
    "Content-Length: 99999999999999999999",
    "Content-Length: -1",
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Connection: close",
    "Connection: upgrade",
    "Upgrade: h2c",
    "Expect: 100-continue",
    "Expect: 200-ok",
    "Accept-Language: en-GB",
    "Accept-Language: \u{4e61}",
    "X-Request-ID: a b",
    "X-Request-ID: \u{ff}",
    "X-API-Key: x",
    "Authorization: Bearer x",
    "Authorization: Basic eDp4",
    "Authorization:",
    "Idempotency-Key: k",
    "Idempotency-Key: \u{4e61}",
    "Forwarded: for=1",
    "Cookie: a=b",
    "Host: [::1",
    "Range: bytes=0-1",
    " folded: x",
];

/// The search whose page tokens are changed.
const SEARCH: &str = r#"{"subject":{"type":"user","id":"#;

/// Both servers.
pub(super) struct Http {
    servers: [Server; 2],
    scratch: PathBuf,
    roles: BTreeMap<String, String>,
    worlds: [World; 2],
    sought: Value,
    page: String,
    given: BTreeSet<String>,
    statuses: BTreeMap<u16, u64>,
    silent: u64,
    count: u64,
}

fn start(scratch: &Path) -> [Server; 2] {
    let copy = scratch.join("documents");
    std::fs::create_dir_all(&copy).unwrap();
    let from = district::root().join("examples/documents");
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        std::fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    let small = district::small(scratch, 1);
    [
        Server::serve(&copy, &scratch.join("store-0"), &[]),
        Server::demo(&small, &scratch.join("store-1"), &[]),
    ]
}

impl Http {
    pub(super) fn open() -> Self {
        let scratch = district::scratch("fuzz-http");
        let servers = start(&scratch);
        let text = std::fs::read_to_string(scratch.join("store-1/demo-tokens.json")).unwrap();
        let tokens: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
        let token = |value: &Value| value["token"].as_str().unwrap_or_default().to_owned();
        let roles = tokens.iter().map(|(name, value)| (name.clone(), token(value))).collect();
        let documents = One::open("documents");
        let mut worlds = [documents.world.clone(), World::default()];
        worlds[1].things = tokens
            .values()
            .map(|it| ("Person".to_owned(), it["person"].as_str().unwrap_or_default().to_owned()))
            .collect();
        let more =
            [("Matter", "370285102259-S10-2026-001"), ("Village", "370285102259"), ("Task", "x")];
        worlds[1].things.extend(more.map(|(kind, id)| (kind.to_owned(), id.to_owned())));
        worlds[1].actions =
            ["TakeStep", "OpenMatter", "ReadMatter", "Review"].map(str::to_owned).to_vec();
        let names = [
            "step", "record", "post", "item", "village", "id", "days", "person", "kind", "matter",
            "events", "subject", "points", "offer", "round",
        ];
        worlds[1].names = names.map(str::to_owned).to_vec();
        let mut own = Self {
            servers,
            scratch,
            roles,
            worlds,
            sought: Value::Null,
            page: String::new(),
            given: BTreeSet::new(),
            statuses: BTreeMap::new(),
            silent: 0,
            count: 0,
        };
        own.first_page(&documents);
        own
    }

    /// Finds a search with more than one page.
    fn first_page(&mut self, documents: &One) {
        for (kind, id) in &documents.world.things {
            for action in &documents.world.actions {
                let body = json!({
                    "subject": {"type": kind, "id": id}, "action": {"name": action},
                    "resource": {"type": "document"}, "page": {"limit": 1},
                });
                let answer = self.servers[0].post("", "/access/v1/search/resource", &body);
                let next = answer.body["page"]["next_token"].as_str().unwrap_or_default();
                if !next.is_empty() {
                    next.clone_into(&mut self.page);
                    self.given.insert(self.page.clone());
                    self.sought = body;
                    return;
                }
            }
        }
        panic!("no search of the example has two pages: {SEARCH}");
    }

    fn address(&self, at: usize) -> String {
        self.servers[at].url.trim_start_matches("http://").to_owned()
    }

    /// What goes over the wire.
    fn filled(&self, raw: &[u8]) -> Vec<u8> {
        let mut bytes = replaced(raw, b"@PAGE@", self.page.as_bytes());
        for (role, token) in &self.roles {
            bytes = replaced(&bytes, format!("@ROLE-{role}@").as_bytes(), token.as_bytes());
        }
        let head = bytes.windows(4).position(|part| part == b"\r\n\r\n").map(|at| at + 4);
        let length = head.map_or(0, |head| bytes.len() - head).to_string();
        replaced(&bytes, b"@LENGTH", length.as_bytes())
    }

    /// What must hold of one answer to exactly one request that is not broken outside its body.
    fn whole(&mut self, bytes: &[u8], reply: &Reply) -> Result<(), String> {
        let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") else {
            return Ok(());
        };
        let (head, body) = (&bytes[..end + 4], &bytes[end + 4..]);
        let usual = |path: &str| {
            let length = body.len();
            let want = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
            );
            head == want.as_bytes()
        };
        if usual("/access/v1/evaluation") {
            let read = parse_evaluation(body);
            if read.is_ok() != (reply.status == 200) || (read.is_err() && reply.status != 400) {
                return Err(format!("{} to {read:?}", reply.status));
            }
        }
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        for path in ["subject", "resource", "action"] {
            if !usual(&format!("/access/v1/search/{path}")) || reply.status != 200 {
                continue;
            }
            let asked: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
            let token = asked["page"]["token"].as_str().unwrap_or_default();
            if !token.is_empty() && !self.given.contains(token) {
                return Err(format!("a page token that was never given was taken: {token}"));
            }
            if let Some(next) = answer["page"]["next_token"].as_str() {
                self.given.insert(next.to_owned());
            }
        }
        Ok(())
    }

    fn alive(&self) -> Result<(), String> {
        for at in 0..2 {
            let answers = exchange(&self.address(at), b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")?;
            if answers.first().is_none_or(|answer| answer.status != 200) {
                return Err(format!("server {at} does not live"));
            }
        }
        Ok(())
    }
}

fn replaced(bytes: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(word.len()).position(|part| part == word) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(by);
        rest = &rest[at + word.len()..];
    }
    out.extend_from_slice(rest);
    out
}

fn usual(path: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: @LENGTH\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn valid(reply: &Reply) -> Result<(), String> {
    let told = || String::from_utf8_lossy(&reply.body).chars().take(400).collect::<String>();
    if !STATUSES.contains(&reply.status) {
        return Err(format!("status {}: {}", reply.status, told()));
    }
    if reply.kind.contains("json") && serde_json::from_slice::<Value>(&reply.body).is_err() {
        return Err(format!("status {}, no JSON: {}", reply.status, told()));
    }
    Ok(())
}

impl Target for Http {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut paged = self.sought.clone();
        paged["page"]["token"] = json!("@PAGE@");
        let page = usual("/access/v1/search/resource", paged.to_string().as_bytes());
        let mut seeds = vec![[b"\0" as &[u8], &page].concat()];
        for path in ["/livez", "/", "/metrics"] {
            seeds.push(format!("\0GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes());
        }
        for body in super::parse::seeds() {
            for server in [b"\0", b"\x01"] {
                seeds.push([server as &[u8], &usual("/access/v1/evaluation", &body)].concat());
            }
        }
        seeds
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        let at = dice.below(2);
        let world = &self.worlds[at];
        let body = match dice.below(8) {
            0..3 => world.question(dice),
            3 => world.batch(dice),
            4 => {
                let mut asked = world.question(dice);
                asked["page"] = json!({"limit": dice.below(3), "token": "@PAGE@"});
                asked
            }
            5 => {
                let mut paged = self.sought.clone();
                let token = format!("{}@PAGE@{}", dice.of(&["", "0", "A"]), dice.of(&["", "00"]));
                paged["page"]["token"] = json!(token);
                paged
            }
            6 => {
                json!({"entities": [{"uid": {"type": "user", "id": "n"}, "attrs": world.members(dice, 2), "parents": []}]})
            }
            _ => Value::Object(world.members(dice, 3)),
        };
        let body = if dice.one_in(8) { String::new() } else { body.to_string() };
        let path = *dice.of(&PATHS);
        let mut bytes = vec![u8::try_from(at).unwrap_or(0)];
        if dice.one_in(2) {
            let path = if dice.one_in(3) { path } else { PATHS[dice.below(5)] };
            bytes.extend(usual(path, body.as_bytes()));
            return bytes;
        }
        let tail = if dice.one_in(3) { *dice.of(&TAILS) } else { "" };
        let mut head = format!("{} {path}{tail} HTTP/1.1\r\nHost: x\r\n", dice.of(&METHODS));
        for _ in 0..dice.below(4) {
            head.push_str(dice.pick(&HEADERS));
            head.push_str("\r\n");
        }
        if !dice.one_in(3) {
            let roles: Vec<&String> = self.roles.keys().collect();
            let _ = write!(head, "Authorization: Bearer @ROLE-{}@\r\n", dice.of(&roles));
        }
        if !dice.one_in(4) {
            head.push_str("Content-Type: application/json\r\nContent-Length: @LENGTH\r\n");
        }
        head.push_str("\r\n");
        bytes.extend(head.bytes());
        bytes.extend(body.bytes());
        bytes
    }

    fn words(&self) -> &[&'static str] {
        &WIRE
    }

    fn most(&self) -> u64 {
        MOST
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let Some((first, raw)) = input.split_first() else { return Ok(0) };
        let at = usize::from(first % 2);
        self.count += 1;
        if self.count.is_multiple_of(500) {
            self.alive()?;
        }
        let bytes = self.filled(raw);
        let replies = match exchange(&self.address(at), &bytes) {
            Ok(replies) => replies,
            Err(message) => {
                if self.alive().is_err() {
                    self.scratch = district::scratch("fuzz-http");
                    self.servers = start(&self.scratch);
                }
                return Err(message);
            }
        };
        let mut kinds = String::new();
        for reply in &replies {
            valid(reply)?;
            *self.statuses.entry(reply.status).or_default() += 1;
            let _ = write!(kinds, "{} {}", reply.status, reply.body.len() / 64);
        }
        match &replies[..] {
            [] => self.silent += 1,
            [one] => self.whole(&bytes, one)?,
            _ => {}
        }
        Ok(kind(&[&kinds]))
    }

    fn notes(&self) -> String {
        let all = self.statuses.iter().map(|(status, count)| format!("{status}: {count}"));
        let all: Vec<String> = all.collect();
        format!("; answers {}; {} unanswered for being broken off", all.join(", "), self.silent)
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.servers.iter_mut().for_each(Server::kill);
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}
