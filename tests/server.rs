//! The real binary as a child process, and requests to it.

use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};

/// Where the release binary lies: beside the test binary's folder.
pub fn binary() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let path = own
        .parent()
        .and_then(Path::parent)
        .map(|folder| folder.join("xiangyue"))
        .unwrap_or_default();
    assert!(path.is_file(), "`{}` is not built; run `cargo build --release` first", path.display());
    path
}

/// Runs a command of the binary to its end.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(binary())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("cannot run xiangyue: {error}"))
}

/// A served demo district or package.
#[derive(Debug)]
pub struct Server {
    child: Child,
    watch: Option<Child>,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// Folder of the store.
    pub store: PathBuf,
    /// What was printed until the server was ready.
    pub printed: String,
    tokens: Value,
}

/// What a request was answered.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body; text that is no JSON becomes a JSON string.
    pub body: Value,
    /// Whether the answer said that it was a replay.
    pub replayed: bool,
}

impl Server {
    /// Starts `demo` on a free port and waits until it says that it is ready.
    pub fn demo(policies: &Path, store: &Path, more: &[&str]) -> Self {
        Self::start("demo", policies, store, more)
    }

    /// Starts `serve` on a free port and waits until it names its address.
    pub fn serve(policies: &Path, store: &Path, more: &[&str]) -> Self {
        Self::start("serve", policies, store, more)
    }

    /// Starts a serving command; `demo` is ready when it says so, `serve` when it names its address.
    fn start(command: &str, policies: &Path, store: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args([command, "--listen", "127.0.0.1:0", "--policies"])
            .arg(policies)
            .arg("--store")
            .arg(format!("embedded:{}", store.display()))
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start `{command}`: {error}"));
        let watch = watch(child.id());
        let lines = child.stdout.take().map(BufReader::new);
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.into_iter().flat_map(std::io::BufRead::lines).map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let mut printed = String::new();
        let mut url = String::new();
        let mut ready = false;
        while let Ok(line) = receive.recv_timeout(Duration::from_mins(2)) {
            if let Some(at) =
                line.find("http://").or_else(|| line.find("https://")).filter(|_| url.is_empty())
            {
                line.get(at..).unwrap_or_default().trim_end_matches('/').clone_into(&mut url);
            }
            printed.push_str(&line);
            printed.push('\n');
            ready = line.starts_with("就绪") || (command == "serve" && !url.is_empty());
            if ready {
                break;
            }
        }
        if !ready {
            let _ = child.kill();
            let mut said = String::new();
            if let Some(mut errors) = child.stderr.take() {
                let _ = errors.read_to_string(&mut said);
            }
            panic!("`{command}` did not become ready; it said:\n{printed}\n{said}");
        }
        // The pipe must not fill up while the test runs.
        let errors = child.stderr.take().map(BufReader::new);
        std::thread::spawn(move || {
            errors.into_iter().flat_map(std::io::BufRead::lines).for_each(drop);
        });
        std::thread::spawn(move || receive.into_iter().for_each(drop));
        let tokens = std::fs::read_to_string(store.join("demo-tokens.json")).unwrap_or_default();
        let tokens = serde_json::from_str(&tokens).unwrap_or(Value::Null);
        Self { child, watch, url, store: store.to_path_buf(), printed, tokens }
    }

    /// The bearer token of a demo role.
    pub fn token(&self, role: &str) -> String {
        let found = self.tokens[role]["token"].as_str();
        found.unwrap_or_else(|| panic!("no demo role `{role}` in {}", self.tokens)).to_owned()
    }

    /// The person behind a demo role.
    pub fn person(&self, role: &str) -> String {
        let found = self.tokens[role]["person"].as_str();
        found.unwrap_or_else(|| panic!("no demo role `{role}` in {}", self.tokens)).to_owned()
    }

    /// A GET as a role, or as nobody.
    pub fn get(&self, role: &str, path: &str) -> Answer {
        let mut request = agent().get(format!("{}{path}", self.url));
        if !role.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token(role)));
        }
        answer(request.call())
    }

    /// A GET as nobody that asks for a content type; the type that came and the text.
    pub fn fetch(&self, path: &str, accept: &str) -> (u16, String, String) {
        let request = agent().get(format!("{}{path}", self.url)).header("Accept", accept);
        let mut response = request.call().unwrap_or_else(|error| panic!("no answer: {error}"));
        let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().to_owned();
        let text = response.body_mut().read_to_string().unwrap_or_default();
        (response.status().as_u16(), kind, text)
    }

    /// A POST as a role, or as nobody.
    pub fn post(&self, role: &str, path: &str, body: &Value) -> Answer {
        self.send(role, path, "", body)
    }

    /// A POST with an idempotency key.
    pub fn send(&self, role: &str, path: &str, key: &str, body: &Value) -> Answer {
        let mut request =
            agent().post(format!("{}{path}", self.url)).header("Content-Type", "application/json");
        if !role.is_empty() {
            request = request.header("Authorization", format!("Bearer {}", self.token(role)));
        }
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        answer(request.send(body.to_string()))
    }

    /// A PUT as a role.
    pub fn put(&self, role: &str, path: &str, body: &Value) -> Answer {
        let request = agent()
            .put(format!("{}{path}", self.url))
            .header("Content-Type", "application/json")
            .header("Authorization", format!("Bearer {}", self.token(role)));
        answer(request.send(body.to_string()))
    }

    /// One AuthZEN evaluation with reasons.
    pub fn evaluate(
        &self,
        person: &str,
        action: &str,
        resource: (&str, &str),
        step: &str,
        context: &Value,
    ) -> Value {
        let mut context = context.clone();
        if let Some(map) = context.as_object_mut() {
            map.insert("explain".to_owned(), json!(true));
        }
        let mut body = json!({
            "subject": {"type": "Person", "id": person},
            "action": {"name": action},
            "resource": {"type": resource.0, "id": resource.1},
            "context": context,
        });
        if !step.is_empty() {
            body["resource"]["properties"] = json!({"step": step});
        }
        let answer = self.post("", "/access/v1/evaluation", &body);
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// Moves the manual clock.
    pub fn days_pass(&self, days: i64) {
        let answer = self.post("", "/v1/clock", &json!({"days": days}));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Moves the manual clock to a day, so that a test is the same on every day it is run.
    pub fn day_is(&self, day: &str) {
        let moved = self.post("", "/v1/clock", &json!({"to": day}));
        assert_eq!(moved.status, 200, "{}", moved.body);
    }

    /// Ends the process as a power button would.
    pub fn kill(&mut self) {
        // The watcher first: it must not act on a process id that is no longer ours.
        if let Some(watch) = &mut self.watch {
            let _ = watch.kill();
            let _ = watch.wait();
        }
        self.watch = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The process id, for signals.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks the process to stop and waits for it.
    pub fn stop(&mut self) -> bool {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        asked.is_ok() && self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ends the server when this process ends, however it ends: a server kept in a static is never
/// dropped. The watcher waits for its input to close, which the system does for us.
fn watch(server: u32) -> Option<Child> {
    let script = format!("read -r _; kill -KILL {server}");
    Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(30)))
        .build();
    config.new_agent()
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = result.unwrap_or_else(|error| panic!("no answer: {error}"));
    let replayed = response.headers().get("idempotent-replayed").is_some();
    let text = response.body_mut().read_to_string().unwrap_or_default();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Answer { status: response.status().as_u16(), body, replayed }
}
