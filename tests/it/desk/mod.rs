//! The desk behind the questions, against the real binary: who may call, stored entities, reloads,
//! reasons and the decision log, limits, and the same answers on the command line.

mod callers;
mod decide;
mod entities;
mod explain;
mod limits;
mod log;
mod personal;
mod personal_past;
mod reload;
mod replay;
mod roles;
mod swap;
mod web_tokens;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::district::{root, scratch, write};
use tests::server::Server;

pub(crate) const EVALUATION: &str = "/access/v1/evaluation";
pub(crate) const EVALUATIONS: &str = "/access/v1/evaluations";
pub(crate) const SUBJECTS: &str = "/access/v1/search/subject";
pub(crate) const RESOURCES: &str = "/access/v1/search/resource";
pub(crate) const ACTIONS: &str = "/access/v1/search/action";
pub(crate) const POSTS: [&str; 5] = [EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS];

static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_mins(1)))
        .build();
    config.new_agent()
});

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Reply {
    /// The first header of a name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.text);
        parsed.unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text))
    }

    /// The JSON of an answer with this status.
    pub(crate) fn with(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// The code of a refusal with this status.
    pub(crate) fn code(&self, status: u16) -> String {
        self.with(status)["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// One request; a body makes it JSON. No answer is `None`.
pub(crate) fn tried(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Option<Reply> {
    let mut request = ureq::http::Request::builder().method(method).uri(format!("{url}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let sent = match body {
        Some(text) => {
            let request = request.header("Content-Type", "application/json");
            AGENT.run(request.body(text.to_owned()).unwrap())
        }
        None => AGENT.run(request.body(()).unwrap()),
    };
    let mut response = sent.ok()?;
    let headers = response.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    let text = response.body_mut().with_config().limit(256 << 20).read_to_string().ok()?;
    Some(Reply { status: response.status().as_u16(), headers, text })
}

/// One request that is answered.
pub(crate) fn call(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Reply {
    tried(url, method, path, headers, body).unwrap_or_else(|| panic!("no answer: {method} {path}"))
}

pub(crate) fn get(server: &Server, path: &str) -> Reply {
    call(&server.url, "GET", path, &[], None)
}

pub(crate) fn post(server: &Server, path: &str, body: &Value) -> Reply {
    call(&server.url, "POST", path, &[], Some(&body.to_string()))
}

pub(crate) fn put(server: &Server, path: &str, body: &Value) -> Reply {
    call(&server.url, "PUT", path, &[], Some(&body.to_string()))
}

pub(crate) fn delete(server: &Server, path: &str) -> Reply {
    call(&server.url, "DELETE", path, &[], None)
}

/// A question: `ask("user/ana", "view", "document/plan")`.
pub(crate) fn ask(subject: &str, action: &str, resource: &str) -> Value {
    let thing = |text: &str| {
        let (kind, id) = text.split_once('/').unwrap();
        json!({"type": kind, "id": id})
    };
    json!({"subject": thing(subject), "action": {"name": action}, "resource": thing(resource)})
}

/// The decision of a question.
pub(crate) fn allowed(server: &Server, body: &Value) -> bool {
    let answer = post(server, EVALUATION, body).with(200);
    answer["decision"].as_bool().unwrap_or_else(|| panic!("{answer}"))
}

/// The answer to a question with its reasons.
pub(crate) fn explained(server: &Server, body: &Value, language: &str) -> Value {
    post(server, &format!("{EVALUATION}?explain=1&lang={language}"), body).with(200)
}

/// The id under which an explained answer stands in the log.
pub(crate) fn decision_id(answer: &Value) -> String {
    answer["context"]["decision_id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The results of a search, as ids or names.
pub(crate) fn found(server: &Server, path: &str, body: &Value) -> Vec<String> {
    let answer = post(server, path, body).with(200);
    let key = if path == ACTIONS { "name" } else { "id" };
    let results = answer["results"].as_array().unwrap_or_else(|| panic!("{answer}"));
    results.iter().map(|it| it[key].as_str().unwrap().to_owned()).collect()
}

/// A fresh plain folder of these files.
pub(crate) fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = scratch(&format!("desk-{name}")).join("package");
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        lay(&folder, file, text);
    }
    folder
}

/// Writes a file of a package, its folder included.
pub(crate) fn lay(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write(&path, text);
}

/// A fresh copy of an example.
pub(crate) fn copy_of(example: &str) -> PathBuf {
    let target = folder(example, &[]);
    for entry in std::fs::read_dir(root().join("examples").join(example)).unwrap().flatten() {
        std::fs::copy(entry.path(), target.join(entry.file_name())).unwrap();
    }
    target
}

/// Serves a package from a store of its own beside it.
pub(crate) fn serve(policies: &Path, more: &[&str]) -> Server {
    Server::serve(policies, &policies.parent().unwrap().join("data"), more)
}

/// Replaces text that has to be there.
pub(crate) fn change(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "`{}` has no `{from}`", file.display());
    write(file, &text.replace(from, to));
}

/// Waits until something holds, at most ten seconds.
pub(crate) fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < until, "not within ten seconds: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn signal(server: &Server, name: &str) {
    let pid = server.pid().to_string();
    let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status();
    assert!(sent.is_ok_and(|status| status.success()), "SIG{name} to {pid}");
}

/// A port that nobody listens on just now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The place of a server's store for a command.
pub(crate) fn store_of(server: &Server) -> String {
    format!("embedded:{}", server.store.display())
}

/// A connection on which a test writes what no client would.
pub(crate) fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    stream
}

/// Sends bytes of a body and gives the status line and everything behind it.
pub(crate) fn raw_post(server: &Server, path: &str, body: &[u8]) -> (u16, String) {
    let mut stream = connect(server);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, text)
}

/// Every byte of every file below a folder.
pub(crate) fn bytes_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(bytes_below(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            all.push((path, bytes));
        }
    }
    all
}
