//! A host that follows another: what it answers, from when on it does not, and what it refuses to take.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::server::{Server, run};

mod access;
mod copies;
mod hosts;
mod proxy;

const VILLAGE: &str = "370285102259";
/// The limit that a follower has unless told otherwise.
const LIMIT: Duration = Duration::from_secs(1);

/// A host that follows.
fn follower(policies: &Path, store: &Path, leader: &str, more: &[&str]) -> Server {
    let words = [&["--follow", leader], more].concat();
    Server::serve(policies, store, &words)
}

/// Waits for what has to come about by itself; generous, for a machine that does other things too.
fn until(what: &str, mut holds: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_mins(1), "it did not come about that {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
    began.elapsed()
}

fn ready(server: &Server) -> bool {
    server.get("", "/readyz").status == 200
}

/// Why a follower is not ready.
fn trouble(server: &Server) -> String {
    let answer = server.get("", "/readyz");
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (503, &json!("NOT_FRESH")),
        "{}",
        answer.body
    );
    answer.body["detail"].as_str().unwrap_or_default().to_owned()
}

fn verify(store: &Path) -> (Option<i32>, Value) {
    let store = format!("embedded:{}", store.display());
    let output = run(&["--format", "json", "journal", "verify", "--store", &store]);
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

/// A delegation in force, and the act that it allows.
struct Grant {
    id: String,
    deputy: String,
    matter: String,
}

impl Grant {
    /// Has the director's power in seal matters lent to the deputy, by the record.
    fn made(leader: &Server) -> Self {
        let post = |role: &str, path: &str, body: Value| {
            let answer = leader.post(role, path, &body);
            assert!(answer.status < 300, "{path}: {}", answer.body);
            answer.body
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let opened =
            json!({"item": "S11", "village": VILLAGE, "title": "报送申请盖章", "seal_class": "A"});
        let matter = text(&post("clerk", "/v1/matters", opened)["id"]);
        let first =
            leader.get("clerk", &format!("/v1/matters/{matter}")).body["next"][0]["step"].clone();
        post("clerk", &format!("/v1/matters/{matter}/steps"), json!({"step": first}));
        let deputy = leader.person("deputy");
        let lent = json!({"village": VILLAGE, "role": "director", "items": ["S11"], "delegate": deputy,
            "body": "TWO", "from": "2026-01-01", "to": "2026-12-31"});
        let id = text(&post("director", "/v1/delegations", lent)["id"]);
        let day = leader.get("", "/v1/clock").body["today"].clone();
        let meeting = json!({"body": "TWO", "village": VILLAGE, "matter": id, "day": day, "notice_day": day,
            "eligible": 7, "present": 6, "in_favour": 6, "against": 0, "abstain": 0});
        let record = post("clerk", "/v1/meetings", meeting)["id"].clone();
        post("secretary", &format!("/v1/delegations/{id}/approval"), json!({"record": record}));
        Self { id, deputy, matter }
    }

    /// Whether a host lets the deputy act.
    fn acts(&self, on: &Server) -> Value {
        let cite = json!({"grant": self.id});
        on.evaluate(&self.deputy, "TakeStep", ("Matter", &self.matter), "APPROVE", &cite)
    }

    fn allowed(&self, on: &Server) -> bool {
        self.acts(on)["decision"] == true
    }

    fn revoke(&self, leader: &Server) {
        let answer =
            leader.post("director", &format!("/v1/delegations/{}/revocation", self.id), &json!({}));
        assert!(answer.status < 300, "{}", answer.body);
    }
}

/// Whether an answer is a deny because the host cannot tell how fresh it is.
fn not_fresh(answer: &Value) -> bool {
    let first = &answer["context"]["reasons"][0]["policy"];
    answer["decision"] == false && first == "engine/not-fresh"
}

/// SHA-256 of a text, in hex.
fn sha256(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Lays the demo's tokens into a follower's store, so that the roles can be used there too.
fn with_tokens(leader: &Server, store: PathBuf) -> (PathBuf, String) {
    std::fs::create_dir_all(&store).unwrap();
    let text = std::fs::read_to_string(leader.store.join("demo-tokens.json")).unwrap();
    std::fs::write(store.join("demo-tokens.json"), &text).unwrap();
    let roles: Value = serde_json::from_str(&text).unwrap();
    let rows: Vec<Value> = roles
        .as_object()
        .unwrap()
        .values()
        .map(|role| {
            let token = role["token"].as_str().unwrap();
            json!({"sha256": sha256(token), "person": role["person"]})
        })
        .collect();
    let file = store.join("tokens.json");
    std::fs::write(&file, json!(rows).to_string()).unwrap();
    (store, file.display().to_string())
}
