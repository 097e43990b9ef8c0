//! `signed_metadata` of the metadata document: a JWT with the same values, as RFC 8414 §2.1 has it
//! for authorization servers.
//!
//! The key is the operator's. Readers learn its public half from the operator and not from this
//! server: a key that came with the document would prove nothing about it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Minute;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::limits::METADATA_HOURS;

/// Why a file is no key that signs metadata.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum MetadataKeyError {
    /// Not PEM, or PEM of something else.
    #[error("the file holds no private key in PKCS#8 pem form (`BEGIN PRIVATE KEY`)")]
    NotPkcs8,
    /// A key of another kind, or a broken one.
    #[error("the key is neither Ed25519 nor EC P-256, or its parts do not fit together")]
    Unsupported,
}

impl MetadataKeyError {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotPkcs8 => "METADATA_KEY_FORM",
            Self::Unsupported => "METADATA_KEY_KIND",
        }
    }

    /// 中文：怎么办。
    pub const fn help(self) -> &'static str {
        match self {
            Self::NotPkcs8 => {
                "请给 PKCS#8 格式、没有口令的 PEM 私钥（以 BEGIN PRIVATE KEY 开头），例如 openssl genpkey -algorithm ed25519 生成的文件。"
            }
            Self::Unsupported => {
                "请换成 Ed25519 或者 EC P-256 的私钥，例如 openssl genpkey -algorithm ed25519 生成的文件。"
            }
        }
    }
}

/// A key that signs the metadata document.
#[derive(Clone)]
pub struct MetadataKey(Arc<Inner>);

struct Inner {
    pair: Pair,
    /// Thumbprint of the public key (RFC 7638), the `kid` of what it signs.
    kid: String,
    /// Signed documents by identifier, all of one hour.
    kept: Mutex<Kept>,
}

enum Pair {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
}

#[derive(Default)]
struct Kept {
    hour: i64,
    documents: BTreeMap<String, String>,
}

impl std::fmt::Debug for MetadataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("MetadataKey").field(&self.0.kid).finish()
    }
}

impl MetadataKey {
    /// The private key in a PEM file.
    ///
    /// # Errors
    /// [`MetadataKeyError`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, MetadataKeyError> {
        let der =
            PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| MetadataKeyError::NotPkcs8)?;
        let der = der.secret_pkcs8_der();
        let ec = || {
            let random = SystemRandom::new();
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random).map(Pair::Ec)
        };
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::Ed).or_else(|_| ec());
        let pair = pair.map_err(|_| MetadataKeyError::Unsupported)?;
        let kid = encoded(Sha256::digest(members(&pair).to_string()));
        Ok(Self(Arc::new(Inner { pair, kid, kept: Mutex::default() })))
    }

    /// The public half as a set of one key, for readers to keep.
    pub fn jwks(&self) -> Value {
        let mut key = members(&self.0.pair);
        if let Some(key) = key.as_object_mut() {
            key.insert("kid".to_owned(), json!(self.0.kid));
            key.insert("alg".to_owned(), json!(self.0.pair.algorithm()));
            key.insert("use".to_owned(), json!("sig"));
        }
        json!({"keys": [key]})
    }

    /// The values of a document, signed; the same text for an hour. `issuer` attests to them.
    pub(crate) fn sign(
        &self,
        document: &Map<String, Value>,
        issuer: &str,
        now: Minute,
    ) -> Option<String> {
        let identifier = document.get("policy_decision_point").and_then(Value::as_str)?;
        let hour = now.0.div_euclid(60);
        let mut kept = self.0.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.hour != hour {
            *kept = Kept { hour, documents: BTreeMap::new() };
        }
        if let Some(signed) = kept.documents.get(identifier) {
            return Some(signed.clone());
        }
        let header = json!({"alg": self.0.pair.algorithm(), "kid": self.0.kid, "typ": "JWT"});
        let mut claims = document.clone();
        let from = hour.saturating_mul(3_600);
        claims.insert("iss".to_owned(), json!(issuer));
        claims.insert("iat".to_owned(), json!(from));
        claims.insert("exp".to_owned(), json!(from.saturating_add(METADATA_HOURS * 3_600)));
        let claims = Value::Object(claims);
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signed = format!("{message}.{}", self.0.pair.sign(message.as_bytes())?);
        kept.documents.insert(identifier.to_owned(), signed.clone());
        Some(signed)
    }
}

impl Pair {
    const fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
        }
    }

    /// The signature; none where the system has no random numbers for it.
    fn sign(&self, message: &[u8]) -> Option<String> {
        match self {
            Self::Ed(pair) => Some(encoded(pair.sign(message))),
            Self::Ec(pair) => pair.sign(&SystemRandom::new(), message).ok().map(encoded),
        }
    }
}

/// The members of the public key that its thumbprint is made of, in the order of their names.
fn members(pair: &Pair) -> Value {
    match pair {
        Pair::Ed(pair) => json!({"crv": "Ed25519", "kty": "OKP", "x": encoded(pair.public_key())}),
        Pair::Ec(pair) => {
            // an uncompressed point: one byte that says so, then the two coordinates
            let point = pair.public_key().as_ref();
            let (x, y) =
                point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
            json!({"crv": "P-256", "kty": "EC", "x": encoded(x), "y": encoded(y)})
        }
    }
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
