//! The outside of a JSON web token, read before anything in it is believed.

use serde_json::{Map, Value};

use crate::AuthFailure;
use crate::limits::KID_CHARS_MAX;
use crate::strict;

/// A token whose parts could be read; nothing in it is verified yet.
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    pub(crate) algorithm: String,
    pub(crate) kid: Option<String>,
    pub(crate) issuer: String,
    pub(crate) claims: Map<String, Value>,
}

impl<'a> Token<'a> {
    /// Reads a token; `None` when the text does not have the shape of one and may be a key.
    pub(crate) fn parse(text: &'a str) -> Option<Result<Self, AuthFailure>> {
        let mut parts = text.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let word =
            |it: &str| it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if payload.is_empty() || !word(payload) || !word(signature) {
            return None;
        }
        let header = strict::base64url(header)?;
        strict::looks_like_object(&header).then(|| Self::read(text, &header, payload))
    }

    fn read(text: &'a str, header: &[u8], payload: &str) -> Result<Self, AuthFailure> {
        use AuthFailure::Malformed;
        let header =
            strict::object(header).ok_or(Malformed("a member of the header occurs twice"))?;
        // RFC 7515 §4.1.11: an extension that is not understood must not be passed over.
        if header.contains_key("crit") {
            return Err(Malformed("the header has `crit`"));
        }
        // RFC 8725 §3.11: a token made for another purpose says so in `typ`.
        let typ = match header.get("typ") {
            None => "jwt".to_owned(),
            Some(Value::String(typ)) => typ.to_ascii_lowercase(),
            Some(_) => return Err(Malformed("`typ` is not a text")),
        };
        if !["jwt", "at+jwt"].contains(&typ.strip_prefix("application/").unwrap_or(&typ)) {
            return Err(Malformed("`typ` is not that of an access token"));
        }
        let Some(Value::String(algorithm)) = header.get("alg") else {
            return Err(Malformed("`alg` is missing or not a text"));
        };
        let kid = match header.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.chars().count() <= KID_CHARS_MAX => Some(kid.clone()),
            Some(_) => return Err(Malformed("`kid` is too long or not a text")),
        };
        let claims = strict::base64url(payload)
            .and_then(|bytes| strict::object(&bytes))
            .ok_or(Malformed("the claims are not an object, or a claim occurs twice"))?;
        let Some(Value::String(issuer)) = claims.get("iss") else {
            return Err(Malformed("`iss` is missing or not a text"));
        };
        let (algorithm, issuer) = (algorithm.clone(), issuer.clone());
        Ok(Self { text, algorithm, kid, issuer, claims })
    }
}
