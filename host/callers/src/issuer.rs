//! One issuer of tokens: its keys, what it may sign, and what its claims become.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation};
use model::{DivisionCode, DivisionLevel};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::jwks::{ALGORITHMS, VerifyKey};
use crate::limits::{ROLE_CHARS_MAX, ROLES_MAX, SUBJECT_CHARS_MAX, TOWNSHIPS_MAX};
use crate::token::Token;
use crate::{AuthFailure, Identity, Rate, Via};
use AuthFailure::{Expired, Malformed, Unknown};

/// An issuer as the file describes it.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    /// What `iss` has to be, letter by letter.
    pub(crate) iss: String,
    pub(crate) audience: String,
    /// Stands in the ids of its callers; no two issuers share one, so no two persons do.
    pub(crate) name: String,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) keys: Vec<VerifyKey>,
    pub(crate) roles_claim: String,
    pub(crate) townships: Vec<String>,
    /// The claim that confines a caller; when it is named, every token has to have it.
    pub(crate) townships_claim: Option<String>,
    pub(crate) leeway_seconds: i64,
    pub(crate) rate: Rate,
}

impl Issuer {
    /// Verifies a token that says it comes from this issuer. The signature is the first thing
    /// checked and the times are the last, so `Expired` is only said of a token that was good.
    pub(crate) fn identify(
        &self,
        token: &Token<'_>,
        now_seconds: i64,
    ) -> Result<Identity, AuthFailure> {
        let algorithm = ALGORITHMS
            .iter()
            .find(|(name, _)| *name == token.algorithm)
            .map(|(_, algorithm)| *algorithm)
            .filter(|algorithm| self.algorithms.contains(algorithm))
            .ok_or(Unknown("the token's `alg` is not allowed for its issuer"))?;
        let key = self.key(algorithm, token.kid.as_deref())?;
        jsonwebtoken::decode::<IgnoredAny>(token.text, &key.key, &self.validation(algorithm))
            .map_err(|error| refusal(error.kind()))?;

        let claims = &token.claims;
        // The library has looked at these two as well; here they must have one plain form.
        if claims.get("iss").and_then(Value::as_str) != Some(&*self.iss) {
            return Err(Unknown("`iss` is another issuer"));
        }
        if !self.is_audience(claims)? {
            return Err(Unknown("`aud` does not name this service"));
        }
        let subject = subject(claims)?;
        let roles = self.roles(claims)?;
        let townships = self.townships(claims)?;
        self.check_times(claims, now_seconds)?;
        let id = format!("jwt:{}:{subject}", self.name);
        Ok(Identity { id, roles, townships, via: Via::Token, rate: self.rate })
    }

    /// The key of that name, or the only one when the token names none.
    fn key(&self, algorithm: Algorithm, kid: Option<&str>) -> Result<&VerifyKey, AuthFailure> {
        let mut fitting = self
            .keys
            .iter()
            .filter(|it| it.algorithm == algorithm && (kid.is_none() || it.kid.as_deref() == kid));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(Unknown("the issuer has no such key for the token's `alg`")),
            (Some(_), Some(_)) => Err(Unknown("the token has no `kid` and several keys would fit")),
        }
    }

    /// The times are checked against the caller's clock, in [`Issuer::check_times`].
    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = true;
        validation.set_audience(&[&self.audience]);
        validation.set_issuer(&[&self.iss]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }

    fn is_audience(&self, claims: &Map<String, Value>) -> Result<bool, AuthFailure> {
        match claims.get("aud") {
            Some(Value::String(one)) => Ok(*one == self.audience),
            Some(Value::Array(all)) if all.iter().all(Value::is_string) => {
                Ok(all.iter().any(|it| it.as_str() == Some(&*self.audience)))
            }
            _ => Err(Malformed("`aud` is missing, or neither a text nor a list of texts")),
        }
    }

    fn roles(&self, claims: &Map<String, Value>) -> Result<Vec<String>, AuthFailure> {
        let Some(found) = claim(claims, &self.roles_claim) else { return Ok(Vec::new()) };
        let roles = texts(found).ok_or(Malformed("the roles are not a text or a list of texts"))?;
        if roles.len() > ROLES_MAX || !roles.iter().all(|it| is_role(it)) {
            return Err(Malformed("there are too many roles, or one is not a word"));
        }
        Ok(sorted(roles))
    }

    fn townships(&self, claims: &Map<String, Value>) -> Result<Vec<String>, AuthFailure> {
        let Some(name) = &self.townships_claim else { return Ok(self.townships.clone()) };
        // No township would mean the whole district, so a claim that is asked for must say some.
        let found = claim(claims, name).and_then(texts).filter(|it| !it.is_empty());
        let townships = found.ok_or(Malformed("the claim for townships is missing or empty"))?;
        if townships.len() > TOWNSHIPS_MAX || !townships.iter().all(|it| is_township(it)) {
            return Err(Malformed("there are too many townships, or one is not a township's code"));
        }
        Ok(sorted(townships))
    }

    fn check_times(&self, claims: &Map<String, Value>, now: i64) -> Result<(), AuthFailure> {
        let exp = seconds(claims, "exp")?.ok_or(Malformed("`exp` is missing"))?;
        let nbf = seconds(claims, "nbf")?;
        seconds(claims, "iat")?;
        if now >= exp.saturating_add(self.leeway_seconds) {
            return Err(Expired("`exp` has passed"));
        }
        if nbf.is_some_and(|nbf| now.saturating_add(self.leeway_seconds) < nbf) {
            return Err(Expired("`nbf` is still to come"));
        }
        Ok(())
    }
}

fn refusal(kind: &ErrorKind) -> AuthFailure {
    match kind {
        ErrorKind::InvalidSignature => Unknown("the signature does not verify"),
        ErrorKind::InvalidAudience => Unknown("`aud` does not name this service"),
        ErrorKind::InvalidIssuer => Unknown("`iss` is another issuer"),
        ErrorKind::InvalidAlgorithm => Unknown("`alg` does not fit the key"),
        ErrorKind::MissingRequiredClaim(_) => {
            Malformed("one of `exp`, `iss`, `aud`, `sub` is missing or of the wrong kind")
        }
        _ => Malformed("the token cannot be read"),
    }
}

fn subject(claims: &Map<String, Value>) -> Result<&str, AuthFailure> {
    let printable = |c: char| matches!(c, ' '..='~') || c.is_alphanumeric();
    match claims.get("sub") {
        Some(Value::String(sub))
            if !sub.is_empty()
                && sub.chars().count() <= SUBJECT_CHARS_MAX
                && sub.trim() == sub
                && sub.chars().all(printable) =>
        {
            Ok(sub)
        }
        _ => Err(Malformed("`sub` is missing, longer than 128 characters or not printable")),
    }
}

/// Whole seconds since 1970; RFC 7519 would allow a fraction, and no issuer needs one.
fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, AuthFailure> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_i64()
            .filter(|it| *it >= 0)
            .map(Some)
            .ok_or(Malformed("`exp`, `nbf` or `iat` is not a whole number of seconds")),
    }
}

/// A claim by its name, or by a JSON pointer when the name begins with `/`.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let Some(path) = name.strip_prefix('/') else { return claims.get(name) };
    let (first, rest) = path.split_once('/').map_or((path, ""), |(first, rest)| (first, rest));
    let value = claims.get(&first.replace("~1", "/").replace("~0", "~"))?;
    if rest.is_empty() { Some(value) } else { value.pointer(&format!("/{rest}")) }
}

/// A list of texts, or one text of words with spaces between, as in OAuth's `scope`.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(text.split_ascii_whitespace().map(str::to_owned).collect()),
        Value::Array(all) => all.iter().map(|it| it.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Whether a text can be a role: one word of letters and digits of any script, `-`, `_`, `.`, `:`, `/`.
pub(crate) fn is_role(text: &str) -> bool {
    let count = text.chars().count();
    (1..=ROLE_CHARS_MAX).contains(&count)
        && text.chars().all(|c| c.is_alphanumeric() || "-_.:/".contains(c))
}

/// Whether a text is the code of a township.
pub(crate) fn is_township(text: &str) -> bool {
    DivisionCode::parse(text).is_ok_and(|it| it.level() == DivisionLevel::Township)
}

/// In order, none twice.
pub(crate) fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts.dedup();
    texts
}

#[cfg(test)]
mod tests;
