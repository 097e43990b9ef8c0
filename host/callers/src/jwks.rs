//! An issuer's public keys, read exactly: each key verifies one algorithm or nothing.

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use crate::error::{JwksError, quoted};
use crate::limits::{JWKS_BYTES_MAX, JWKS_KEYS_MAX, KID_CHARS_MAX, RSA_BITS_MAX, RSA_BITS_MIN};
use crate::strict;

/// The algorithms a token may be signed with, by their names in a token.
pub(crate) const ALGORITHMS: [(&str, Algorithm); 3] =
    [("RS256", Algorithm::RS256), ("ES256", Algorithm::ES256), ("EdDSA", Algorithm::EdDSA)];

/// A public key that may verify one algorithm.
#[derive(Clone, Debug)]
pub(crate) struct VerifyKey {
    pub(crate) kid: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: DecodingKey,
}

/// The keys of a file that can be used, and a line for each that was set aside.
pub(crate) struct KeySet {
    pub(crate) keys: Vec<VerifyKey>,
    pub(crate) notes: Vec<String>,
}

/// What one entry of a set turns out to be.
enum Entry {
    Usable(VerifyKey),
    SetAside(&'static str),
}

/// Reads a JWKS (RFC 7517). Keys for another purpose or algorithm are set aside, as issuers publish
/// them beside the others; secrets and broken keys are errors.
pub(crate) fn parse(bytes: &[u8], allowed: &[Algorithm]) -> Result<KeySet, JwksError> {
    if bytes.len() > JWKS_BYTES_MAX {
        return Err(JwksError::TooLarge);
    }
    let set = strict::object(bytes).ok_or(JwksError::NotASet)?;
    let Some(Value::Array(entries)) = set.get("keys") else { return Err(JwksError::NotASet) };
    if entries.len() > JWKS_KEYS_MAX {
        return Err(JwksError::TooLarge);
    }
    let mut found = KeySet { keys: Vec::new(), notes: Vec::new() };
    for (index, entry) in (1_usize..).zip(entries) {
        let Value::Object(jwk) = entry else { return Err(JwksError::NotASet) };
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|it| jwk.contains_key(*it)) {
            return Err(JwksError::Secret { index });
        }
        let entry = read(jwk, allowed).map_err(|reason| JwksError::Broken { index, reason })?;
        match entry {
            Entry::SetAside(why) => {
                let kid = jwk.get("kid").and_then(Value::as_str).map(quoted).unwrap_or_default();
                found.notes.push(format!("key {index} `{kid}` is set aside: {why}"));
            }
            Entry::Usable(key) => {
                if key.kid.is_some() && found.keys.iter().any(|it| it.kid == key.kid) {
                    return Err(JwksError::SameKid(quoted(&key.kid.unwrap_or_default())));
                }
                found.keys.push(key);
            }
        }
    }
    if found.keys.is_empty() { Err(JwksError::NoneFits) } else { Ok(found) }
}

fn read(jwk: &Map<String, Value>, allowed: &[Algorithm]) -> Result<Entry, &'static str> {
    let kty = text(jwk, "kty")?.ok_or("it has no `kty`")?;
    let kid = text(jwk, "kid")?;
    if kid.is_some_and(|it| it.is_empty() || it.chars().count() > KID_CHARS_MAX) {
        return Err("its `kid` is empty or too long");
    }
    if text(jwk, "use")?.is_some_and(|it| it != "sig") {
        return Ok(Entry::SetAside("its `use` is not `sig`"));
    }
    match jwk.get("key_ops") {
        None => {}
        Some(Value::Array(all)) if all.iter().any(|it| it == "verify") => {}
        Some(Value::Array(_)) => return Ok(Entry::SetAside("its `key_ops` lack `verify`")),
        Some(_) => return Err("its `key_ops` are not a list"),
    }
    let curve = text(jwk, "crv")?;
    let (name, algorithm) = match (kty, curve) {
        ("RSA", _) => ("RS256", Algorithm::RS256),
        ("EC", Some("P-256")) => ("ES256", Algorithm::ES256),
        ("OKP", Some("Ed25519")) => ("EdDSA", Algorithm::EdDSA),
        _ => return Ok(Entry::SetAside("no accepted algorithm uses its kind of key")),
    };
    if text(jwk, "alg")?.is_some_and(|it| it != name) {
        return Ok(Entry::SetAside("it is meant for another algorithm"));
    }
    if !allowed.contains(&algorithm) {
        return Ok(Entry::SetAside("its algorithm is not allowed for this issuer"));
    }
    let key = match algorithm {
        Algorithm::RS256 => {
            let (modulus, exponent) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
            if modulus.first() == Some(&0) || exponent.first() == Some(&0) {
                return Err("its `n` or `e` begins with a zero byte");
            }
            if bits(&modulus) < RSA_BITS_MIN || bits(&modulus) > RSA_BITS_MAX {
                return Ok(Entry::SetAside("it has fewer than 2048 or more than 8192 bits"));
            }
            DecodingKey::from_rsa_raw_components(&modulus, &exponent)
        }
        Algorithm::ES256 => {
            let point = [vec![4_u8], coordinate(jwk, "x")?, coordinate(jwk, "y")?].concat();
            DecodingKey::from_ec_der(&point)
        }
        _ => DecodingKey::from_ed_der(&coordinate(jwk, "x")?),
    };
    Ok(Entry::Usable(VerifyKey { kid: kid.map(str::to_owned), algorithm, key }))
}

fn text<'a>(
    jwk: &'a Map<String, Value>,
    member: &'static str,
) -> Result<Option<&'a str>, &'static str> {
    match jwk.get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => {
            Err("one of `kty`, `kid`, `use`, `alg`, `crv`, `n`, `e`, `x`, `y` is not a text")
        }
    }
}

fn bytes(jwk: &Map<String, Value>, member: &'static str) -> Result<Vec<u8>, &'static str> {
    let text = text(jwk, member)?.ok_or("one of `n`, `e`, `x`, `y` is missing")?;
    strict::base64url(text)
        .filter(|it| !it.is_empty())
        .ok_or("one of `n`, `e`, `x`, `y` is not base64url")
}

fn coordinate(jwk: &Map<String, Value>, member: &'static str) -> Result<Vec<u8>, &'static str> {
    let bytes = bytes(jwk, member)?;
    if bytes.len() == 32 { Ok(bytes) } else { Err("its `x` or `y` is not 32 bytes long") }
}

/// Bits of a big-endian number without leading zero bytes.
fn bits(number: &[u8]) -> usize {
    let unused = number.first().map_or(0, |it| it.leading_zeros());
    number.len().saturating_mul(8).saturating_sub(usize::try_from(unused).unwrap_or_default())
}

#[cfg(test)]
mod tests;
