//! Keys that sign, and callers files around them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::{Value, json};

use crate::{AuthFailure, Callers, Config, Credentials, Identity};

/// 2027-01-15 in Asia/Shanghai.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://id.example.org/realms/laixi";

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key pair of an issuer.
pub(crate) enum Signer {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
}

impl Signer {
    pub(crate) fn ed(seed: u8) -> Self {
        Self::Ed(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    pub(crate) fn ec() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap())
    }

    pub(crate) fn alg(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
        }
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Ed(pair) => {
                let x = b64(pair.public_key());
                json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig" })
            }
            Self::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y), "kid": kid })
            }
        }
    }

    /// Signs these two parts as they are written.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", b64(header), b64(claims));
        let signature = match self {
            Self::Ed(pair) => b64(pair.sign(message.as_bytes())),
            Self::Ec(pair) => b64(pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap()),
        };
        format!("{message}.{signature}")
    }

    /// A token with the header it should have.
    pub(crate) fn token(&self, kid: &str, claims: &Value) -> String {
        let header = json!({ "alg": self.alg(), "typ": "JWT", "kid": kid });
        self.sign(&header.to_string(), &claims.to_string())
    }
}

/// Claims that are accepted.
pub(crate) fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": "xiangyue", "sub": "u-1", "exp": NOW + 300, "roles": ["asker"] })
}

/// The good claims with one of them replaced, or taken out with `null`.
pub(crate) fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let map = claims.as_object_mut().unwrap();
    match value {
        Value::Null => map.remove(name),
        value => map.insert(name.to_owned(), value),
    };
    claims
}

/// Callers of one issuer with these keys.
pub(crate) fn issued(jwks: &[Value], more: &str) -> Callers {
    let text = format!(
        "[[issuers]]\nissuer = \"{ISSUER}\"\naudience = \"xiangyue\"\njwks_file = \"j\"\n{more}"
    );
    parse(&text, &json!({ "keys": jwks })).unwrap()
}

pub(crate) fn parse(text: &str, jwks: &Value) -> Result<Callers, crate::ConfigError> {
    let read = |_: &str| Ok(jwks.to_string().into_bytes());
    Config::parse(text, &read).and_then(Callers::new)
}

pub(crate) fn bearer(callers: &Callers, token: &str, now: i64) -> Result<Identity, AuthFailure> {
    let header = format!("Bearer {token}");
    callers
        .authenticate(&Credentials { authorization: Some(&header), ..Credentials::default() }, now)
}
