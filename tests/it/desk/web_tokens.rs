//! Callers with JSON web tokens, over the wire: signed by a key of the issuer's set, for this audience, in
//! their time, with roles; everything else is nobody.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::{Value, json};
use tests::district::{scratch, write};
use tests::server::{Server, run};

use super::{EVALUATION, Reply, ask, call, copy_of, store_of};

const ISSUER: &str = "https://id.example.org/realms/laixi";
/// 2100, in seconds.
const LATER: i64 = 4_102_444_800;

/// An issuer with two keys.
struct Issuer {
    edwards: Ed25519KeyPair,
    curve: EcdsaKeyPair,
}

impl Issuer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let edwards = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let own = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let curve = EcdsaKeyPair::generate_pkcs8(own, &random).unwrap();
        Self {
            edwards: Ed25519KeyPair::from_pkcs8(edwards.as_ref()).unwrap(),
            curve: EcdsaKeyPair::from_pkcs8(own, curve.as_ref(), &random).unwrap(),
        }
    }

    /// Its public keys.
    fn set(&self) -> Value {
        // 4, then both coordinates
        let (x, y) = self.curve.public_key().as_ref()[1..].split_at(32);
        json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "ed",
             "x": text(self.edwards.public_key().as_ref())},
            {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "ec",
             "x": text(x), "y": text(y)},
        ]})
    }

    fn edwards(&self, claims: &Value) -> String {
        let said = said(&json!({"alg": "EdDSA", "kid": "ed", "typ": "JWT"}), claims);
        let signature = text(self.edwards.sign(said.as_bytes()).as_ref());
        format!("{said}.{signature}")
    }

    fn curve(&self, claims: &Value) -> String {
        let said = said(&json!({"alg": "ES256", "kid": "ec"}), claims);
        let signature = self.curve.sign(&SystemRandom::new(), said.as_bytes()).unwrap();
        format!("{said}.{}", text(signature.as_ref()))
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn said(header: &Value, claims: &Value) -> String {
    format!("{}.{}", text(header.to_string().as_bytes()), text(claims.to_string().as_bytes()))
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": ["others", "xiangyue"], "sub": "wanggelian", "exp": LATER, "roles": ["asker"]})
}

fn changed(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn served(policies: &Path, issuer: &Issuer) -> Server {
    let own = scratch("desk-tokens");
    write(&own.join("jwks.json"), &issuer.set().to_string());
    write(
        &own.join("callers.toml"),
        &format!(
            "[[issuers]]\nissuer = \"{ISSUER}\"\naudience = \"xiangyue\"\njwks_file = \"jwks.json\"\n\
             algorithms = [\"ES256\", \"EdDSA\"]\nroles_claim = \"roles\"\n"
        ),
    );
    super::serve(policies, &["--callers", own.join("callers.toml").to_str().unwrap()])
}

fn with(server: &Server, token: &str, method: &str, path: &str, body: Option<&str>) -> Reply {
    call(&server.url, method, path, &[("Authorization", &format!("Bearer {token}"))], body)
}

fn asked(server: &Server, token: &str) -> Reply {
    let question = ask("user/alice", "read", "record/record-1").to_string();
    with(server, token, "POST", EVALUATION, Some(&question))
}

#[test]
fn a_token_of_the_issuer_is_let_in_with_the_roles_it_names() {
    let issuer = Issuer::new();
    let mut server = served(&copy_of("no-schema"), &issuer);
    for token in [issuer.edwards(&claims()), issuer.curve(&claims())] {
        asked(&server, &token).with(200);
        // An asker asks and does no more.
        assert_eq!(with(&server, &token, "POST", "/v1/packages/reload", None).status, 403);
        let entity = json!({"uid": {"type": "user", "id": "eve"}, "attrs": {}, "parents": []});
        let body = json!({"entities": [entity]}).to_string();
        assert_eq!(with(&server, &token, "POST", "/v1/entities", Some(&body)).status, 403);
    }
    // The record names the caller by issuer and subject.
    assert!(server.stop());
    let log = run(&["decisions", "export", "--store", &store_of(&server)]);
    let log = String::from_utf8(log.stdout).unwrap();
    let own = r#""caller":"jwt:id.example.org:wanggelian""#;
    assert_eq!(log.lines().filter(|line| line.contains(own)).count(), 2, "{log}");
}

#[test]
fn everything_else_is_nobody() {
    let (issuer, stranger) = (Issuer::new(), Issuer::new());
    let server = served(&copy_of("no-schema"), &issuer);
    let good = issuer.edwards(&claims());
    asked(&server, &good).with(200);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let none = said(&json!({"alg": "none"}), &claims());
    let mut short = claims();
    short.as_object_mut().unwrap().remove("exp");
    let bad = [
        ("another key", stranger.edwards(&claims())),
        ("another key of the other kind", stranger.curve(&claims())),
        ("no signature", format!("{head}.")),
        ("no algorithm", format!("{none}.")),
        ("the signature of other claims", {
            let own =
                said(&json!({"alg": "EdDSA", "kid": "ed"}), &changed("roles", json!(["admin"])));
            format!("{own}.{signature}")
        }),
        ("another issuer", issuer.edwards(&changed("iss", json!("https://evil.example.org")))),
        ("another audience", issuer.edwards(&changed("aud", json!("elsewhere")))),
        ("over", issuer.edwards(&changed("exp", json!(1_500_000_000)))),
        ("without an end", issuer.edwards(&short)),
        ("not yet", issuer.edwards(&changed("nbf", json!(LATER - 1)))),
    ];
    for (what, token) in bad {
        let reply = asked(&server, &token);
        assert_eq!(reply.status, 401, "{what}: {}", reply.text);
        assert!(reply.header("www-authenticate").is_some(), "{what}");
    }
    // No role is a caller without rights, not nobody.
    assert_eq!(asked(&server, &issuer.edwards(&changed("roles", json!([])))).status, 403);
    asked(&server, &good).with(200);
}
