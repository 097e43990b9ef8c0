//! `/.well-known/authzen-configuration` (reference §6).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    UnparsedPublicKey,
};
use serde_json::{Value, json};
use tests::district::{scratch, small, write};
use tests::server::{Server, run};

use super::http::{Reply, get, raw};
use super::packages::{PUBLIC, folder, records, serve, todo};
use super::{ACTIONS, EVALUATION, EVALUATIONS, RESOURCES, SUBJECTS, answered};

pub(crate) const METADATA: &str = "/.well-known/authzen-configuration";

/// Each endpoint parameter with its default path.
pub(crate) const ENDPOINTS: [(&str, &str); 5] = [
    ("access_evaluation_endpoint", EVALUATION),
    ("access_evaluations_endpoint", EVALUATIONS),
    ("search_subject_endpoint", SUBJECTS),
    ("search_resource_endpoint", RESOURCES),
    ("search_action_endpoint", ACTIONS),
];

/// Asserts everything that a document has to be for an identifier.
pub(crate) fn assert_document(reply: &Reply, identifier: &str, base: &str) {
    let document = answered(reply);
    let members = document.as_object().unwrap_or_else(|| panic!("{}", reply.text));
    assert_eq!(document["policy_decision_point"], identifier, "byte for byte");
    for (name, path) in ENDPOINTS {
        assert_eq!(document[name], format!("{base}{path}"), "{name}");
    }
    for (name, value) in members {
        let empty = match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            _ => false,
        };
        assert!(!empty, "`{name}` has no value and should be omitted: {}", reply.text);
    }
    for capability in members.get("capabilities").and_then(Value::as_array).into_iter().flatten() {
        let name = capability.as_str().unwrap_or_else(|| panic!("{}", reply.text));
        let name = name.strip_prefix("urn:ietf:params:authzen:capability:");
        assert!(name.is_some_and(|name| !name.is_empty()), "{capability}");
    }
    if let Some(signed) = members.get("signed_metadata") {
        let parts =
            signed.as_str().map(|jwt| jwt.split('.').filter(|part| !part.is_empty()).count());
        assert_eq!(parts, Some(3), "a signed JWT: {signed}");
    }
}

#[test]
fn the_document_names_the_public_url_and_all_endpoints() {
    let reply = get(todo(), METADATA, &[]);
    assert_document(&reply, PUBLIC, PUBLIC);
    assert!(reply.json()["policy_decision_point"].as_str().unwrap().starts_with("https://"));
    let names = reply.ordered();
    let mut names = names.names();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "no parameter twice: {}", reply.text);
}

#[test]
fn the_identifier_is_the_public_url_byte_for_byte() {
    for (given, base) in [
        ("https://pdp.example.org:8443/", "https://pdp.example.org:8443"),
        ("https://PDP.Example.org", "https://PDP.Example.org"),
    ] {
        let server = serve("metadata", &folder("policies-only"), &["--public-url", given]);
        assert_document(&get(&server, METADATA, &[]), given, base);
    }
}

#[test]
fn the_host_header_has_no_say() {
    for lines in [
        "Host: evil.example",
        "Host: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example;proto=https",
    ] {
        let reply = raw(todo(), &format!("GET {METADATA} HTTP/1.1\r\n{lines}"), &[]);
        assert_document(&reply, PUBLIC, PUBLIC);
        assert!(!reply.text.contains("evil"), "{}", reply.text);
        // also where no public URL was given
        let reply = raw(records(), &format!("GET {METADATA} HTTP/1.1\r\n{lines}"), &[]);
        assert!(
            !reply.text.contains("evil") && reply.status < 500,
            "{} {}",
            reply.status,
            reply.text
        );
    }
}

#[test]
fn an_unknown_tenant_is_404() {
    for tenant in [
        "/tenant1",
        "/t/370285102000",
        "/t/",
        "/t/tenant1",
        "/a/b/c",
        "/%20",
        "/access/v1/evaluation",
    ] {
        let reply = get(todo(), &format!("{METADATA}{tenant}"), &[]);
        assert_eq!(reply.status, 404, "{tenant}: {}", reply.text);
    }
    for near in
        ["/.well-known/authzen-configurations", "/.well-known/authzen", "/authzen-configuration"]
    {
        assert_eq!(get(todo(), near, &[]).status, 404, "{near}");
    }
}

#[test]
fn the_document_is_the_same_for_everybody() {
    let plain = get(todo(), METADATA, &[]);
    for headers in [
        [("Authorization", "undefined"), ("Accept", "*/*")],
        [("Accept", "application/json"), ("Content-Type", "text/plain")],
        [("Accept-Language", "en"), ("X-Request-ID", "m-1")],
    ] {
        assert_eq!(get(todo(), METADATA, &headers).text, plain.text, "{headers:?}");
    }
    assert_eq!(get(todo(), &format!("{METADATA}?x=1"), &[]).text, plain.text);
}

fn pem(der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

/// A fresh Ed25519 key as `openssl genpkey` writes it: without its public half.
fn ed25519_der() -> Vec<u8> {
    let mut seed = [0_u8; 32];
    SystemRandom::new().fill(&mut seed).unwrap();
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    [&head[..], &seed].concat()
}

fn p256_der() -> Vec<u8> {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
    pkcs8.unwrap().as_ref().to_vec()
}

fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

/// Header and claims of a JWT whose signature verifies under the one key of a set.
fn verified(jwt: &str, jwks: &Value) -> (Value, Value) {
    let key = &jwks["keys"][0];
    assert_eq!(jwks["keys"].as_array().unwrap().len(), 1, "{jwks}");
    assert!(key.get("d").is_none(), "the private half stays where it is");
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let verified = if key["kty"] == "OKP" {
        UnparsedPublicKey::new(&ED25519, bytes(&key["x"])).verify(message.as_bytes(), &signature)
    } else {
        let point = [vec![4], bytes(&key["x"]), bytes(&key["y"])].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(message.as_bytes(), &signature)
    };
    assert!(verified.is_ok(), "{jwt} under {key}");
    let part = |text: &str| serde_json::from_slice(&bytes(&json!(text))).unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    (part(header), part(claims))
}

/// Asserts that a document carries its own values once more, signed.
fn assert_signed(reply: &Reply, jwks: &Value, issuer: &str) {
    let mut document = answered(reply);
    let signed = document.as_object_mut().unwrap().remove("signed_metadata").unwrap();
    let (header, mut claims) = verified(signed.as_str().unwrap(), jwks);
    let key = &jwks["keys"][0];
    assert_eq!(header, json!({"alg": key["alg"], "kid": key["kid"], "typ": "JWT"}));
    let own = claims.as_object_mut().unwrap();
    assert_eq!(own.remove("iss").unwrap(), issuer);
    let mut time = |name: &str| own.remove(name).and_then(|it| it.as_i64()).unwrap();
    let (from, until) = (time("iat"), time("exp"));
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!((from..until).contains(&i64::try_from(now).unwrap()), "{from}..{until}, now {now}");
    assert_eq!(claims, document, "the values, and not the signed document itself");
}

/// The public key that the server prints when it starts.
fn printed(server: &Server) -> Value {
    let line = server.printed.lines().find(|line| line.contains(r#"{"keys":["#)).unwrap();
    serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap()
}

#[test]
fn signed_metadata_verifies_under_the_operators_key() {
    for (name, der, alg) in [("ed", ed25519_der(), "EdDSA"), ("ec", p256_der(), "ES256")] {
        let file = scratch(&format!("authzen-signed-{name}")).join("key.pem");
        write(&file, &pem(&der));
        let more = ["--public-url", PUBLIC, "--metadata-key", file.to_str().unwrap()];
        let server = serve("signed", &folder("policies-only"), &more);
        let jwks = printed(&server);
        assert_eq!(jwks["keys"][0]["alg"], alg, "{jwks}");
        let reply = get(&server, METADATA, &[]);
        assert_document(&reply, PUBLIC, PUBLIC);
        assert_signed(&reply, &jwks, PUBLIC);
        assert_eq!(get(&server, METADATA, &[]).text, reply.text, "signed once");
    }
    assert!(answered(&get(todo(), METADATA, &[])).get("signed_metadata").is_none());
}

#[test]
fn each_township_has_its_signed_metadata() {
    let dir = scratch("authzen-signed-tenants");
    let file = dir.join("key.pem");
    write(&file, &pem(&ed25519_der()));
    let more = ["--public-url", PUBLIC, "--metadata-key", file.to_str().unwrap()];
    let server = Server::serve(&small(&dir, 24), &dir.join("data"), &more);
    let jwks = printed(&server);
    for tenant in ["", "/t/370285102000", "/t/370285106000"] {
        let reply = get(&server, &format!("{METADATA}{tenant}"), &[]);
        assert_eq!(answered(&reply)["policy_decision_point"], format!("{PUBLIC}{tenant}"));
        assert_signed(&reply, &jwks, PUBLIC);
    }
}

#[test]
fn a_key_that_cannot_sign_stops_the_start() {
    let dir = scratch("authzen-unsigned");
    let file = dir.join("key.pem");
    let policies = folder("policies-only");
    let store = format!("embedded:{}", dir.join("data").display());
    let start = ["--format", "json", "serve", "--listen", "127.0.0.1:0", "--policies"];
    let more = ["--store", &store, "--metadata-key", file.to_str().unwrap()];
    let words = [&start[..], &[policies.to_str().unwrap()], &more].concat();
    // the same key said to be one for key agreement, and one that is not marked as private
    let mut der = ed25519_der();
    let public = pem(&der).replace("PRIVATE", "PUBLIC");
    der[11] = 0x6e;
    let other = pem(&der);
    for (text, code) in [
        (None, "METADATA_KEY_UNREADABLE"),
        (Some(""), "METADATA_KEY_FORM"),
        (Some(public.as_str()), "METADATA_KEY_FORM"),
        (Some(other.as_str()), "METADATA_KEY_KIND"),
    ] {
        if let Some(text) = text {
            write(&file, text);
        }
        let output = run(&words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{code}: {said}");
        let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        assert_eq!(last["error"]["code"], code, "{said}");
        assert!(last["error"]["help"].as_str().is_some_and(|help| help.contains("请")), "{said}");
        assert!(!said.contains("MC4C"), "nothing of the key is told: {said}"); // its first bytes
    }
}
