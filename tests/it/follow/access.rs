//! Who may copy the record, over what, and words that are refused.

use base64::Engine as _;
use serde_json::{Value, json};
use tests::district::{scratch, small, write};
use tests::server::{Server, run};

use super::{follower, ready, sha256, trouble, until};
use crate::desk::call;

const KEY: &str = "xy-follower-0123456789abcdef";
const OTHER: &str = "xy-admin-0123456789abcdef";

fn callers() -> String {
    let one = |id: &str, key: &str, role: &str| {
        format!(
            "[[keys]]\nid = \"{id}\"\nsha256 = \"{}\"\nroles = [\"{role}\", \"asker\"]\n",
            sha256(key)
        )
    };
    [one("second", KEY, "follower"), one("boss", OTHER, "admin")].concat()
}

fn feed() -> String {
    let start = engine::Position::default();
    format!("/v1/feed?records=0&digest={}&reader=r&nonce=n&wait_ms=0", start.digest)
}

/// PEM as every tool writes it.
fn pem(kind: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

#[test]
fn only_the_role_brings_the_record_and_over_tls_alone_to_elsewhere() {
    let scratch = scratch("access");
    let policies = small(&scratch, 1);
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let file = |name: &str, text: &str| {
        let path = scratch.join(name);
        write(&path, text);
        path.display().to_string()
    };
    let certificate = file("leader.pem", &pem("CERTIFICATE", made.cert.der()));
    let wrong = file("other.pem", &pem("CERTIFICATE", other.cert.der()));
    let private = file("leader.key", &pem("PRIVATE KEY", &made.signing_key.serialize_der()));
    let callers = file("callers.toml", &callers());
    let key = file("follower.key", KEY);
    let boss = file("boss.key", OTHER);

    let open = Server::serve(&policies, &scratch.join("open"), &["--callers", &callers]);
    let asked = |key: &str| {
        let headers: Vec<(&str, &str)> =
            if key.is_empty() { vec![] } else { vec![("X-API-Key", key)] };
        call(&open.url, "GET", &feed(), &headers, None)
    };
    assert_eq!(asked("").status, 401);
    assert_eq!(asked(OTHER).json()["code"], "CALLER_NOT_ALLOWED", "not even an administrator");
    assert_eq!(asked(KEY).status, 200);
    for (bad, text) in [("records=x", "records=0"), ("digest=00", "digest="), ("nonce=", "nonce=n")]
    {
        let path = feed();
        let path = match text {
            "digest=" => "/v1/feed?records=0&digest=00&reader=r&nonce=n&wait_ms=0".to_owned(),
            text => path.replace(text, bad),
        };
        let reply = call(&open.url, "GET", &path, &[("X-API-Key", KEY)], None);
        assert_eq!(reply.status, 400, "{bad}: {}", reply.text);
    }

    let tls = ["--callers", &callers, "--tls-certificate", &certificate, "--tls-key", &private];
    let leader = Server::serve(&policies, &scratch.join("leader"), &tls);
    assert!(leader.url.starts_with("https://"), "{}", leader.url);
    let words = ["--follow-ca", certificate.as_str(), "--follow-key", key.as_str()];
    let copy = follower(&policies, &scratch.join("copy"), &leader.url, &words);
    until("it follows over tls", || ready(&copy));
    let words = ["--follow-ca", wrong.as_str(), "--follow-key", key.as_str()];
    let lost = follower(&policies, &scratch.join("lost"), &leader.url, &words);
    until("it finds a stranger", || trouble(&lost).contains("FOLLOW_NO_ANSWER"));
    println!("{}", trouble(&lost));
    let words = ["--follow-ca", certificate.as_str(), "--follow-key", boss.as_str()];
    let refused = follower(&policies, &scratch.join("refused"), &leader.url, &words);
    until("it is refused", || trouble(&refused).contains("FOLLOW_REFUSED"));
    assert!(trouble(&refused).contains("CALLER_NOT_ALLOWED"), "{}", trouble(&refused));
}

#[test]
fn words_that_cannot_be_are_refused_before_anything_is_opened() {
    let scratch = scratch("words");
    let policies = small(&scratch, 1);
    let store = scratch.join("none");
    let place = format!("embedded:{}", store.display());
    let with = |policies: &str, more: &[&str]| -> (Option<i32>, Value) {
        let words = [
            "--format",
            "json",
            "serve",
            "--policies",
            policies,
            "--store",
            &place,
            "--listen",
            "127.0.0.1:0",
        ];
        let output = run(&[&words, more].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), json!(text))
    };
    let district = policies.to_str().unwrap();
    for (more, code) in [
        (vec!["--follow", "http://10.0.0.1:8181"], "FOLLOW_NOT_SAFE"),
        (vec!["--follow", "leader"], "FOLLOW_URL"),
        (vec!["--follow", "https://10.0.0.1:8181"], "FOLLOW_CA"),
        (vec!["--follow", "http://127.0.0.1:9", "--follow-key", "nowhere"], "FOLLOW_UNREADABLE"),
        (vec!["--follow", "http://127.0.0.1:9", "--follow-limit-ms", "1001"], "follow-limit-ms"),
        (vec!["--follow-key", "x"], "--follow"),
    ] {
        let (exit, said) = with(district, &more);
        assert!(exit == Some(3) && said.to_string().contains(code), "{more:?}: {exit:?} {said}");
    }
    let plain = scratch.join("plain");
    std::fs::create_dir_all(&plain).unwrap();
    write(&plain.join("all.cedar"), "permit(principal, action, resource);\n");
    let (exit, said) = with(plain.to_str().unwrap(), &["--follow", "http://127.0.0.1:9"]);
    assert!(
        exit == Some(3) && said.to_string().contains("FOLLOW_NEEDS_DISTRICT"),
        "{exit:?} {said}"
    );
    assert!(!store.exists());
}
