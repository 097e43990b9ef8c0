//! From credentials to a caller.

use sha2::{Digest as _, Sha256};

use crate::hashes::Hashes;
use crate::issuer::Issuer;
use crate::limits::CREDENTIAL_BYTES_MAX;
use crate::token::Token;
use crate::{AuthFailure, Config, ConfigError, Credentials, Identity, Via, provider};
use AuthFailure::{Malformed, Missing, Unknown};

/// Everybody who may call. Holds no secret, remembers no request.
#[derive(Clone, Debug)]
pub struct Callers {
    keys: Hashes,
    certificates: Hashes,
    issuers: Vec<Issuer>,
}

impl Callers {
    /// The callers of a file.
    ///
    /// # Errors
    /// [`ConfigError::Backend`] when tokens are to be verified and other code of this process has
    /// installed another backend for `jsonwebtoken`.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let Config { keys, certificates, issuers, .. } = config;
        if !issuers.is_empty() && !provider::install() {
            return Err(ConfigError::Backend);
        }
        Ok(Self { keys, certificates, issuers })
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.keys.len() == 0 && self.certificates.len() == 0 && self.issuers.is_empty()
    }

    /// Who calls. A header is what the caller chose to show, so it goes before the certificate of
    /// the connection, and a wrong header is never made good by one.
    ///
    /// # Errors
    /// [`AuthFailure`].
    pub fn authenticate(
        &self,
        credentials: &Credentials<'_>,
        now_seconds: i64,
    ) -> Result<Identity, AuthFailure> {
        match (credentials.authorization, credentials.api_key) {
            (Some(_), Some(_)) => Err(Malformed("both `Authorization` and `X-API-Key` were sent")),
            (Some(header), None) => self.bearer(header, now_seconds),
            (None, Some(key)) => self.key(key.trim(), now_seconds),
            (None, None) => {
                let fingerprint = credentials.certificate_sha256.ok_or(Missing)?;
                self.certificates.identify(&fingerprint, Via::Certificate, now_seconds)
            }
        }
    }

    fn bearer(&self, header: &str, now_seconds: i64) -> Result<Identity, AuthFailure> {
        let (scheme, text) = header.split_once(' ').unwrap_or((header, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Malformed("the scheme is not `Bearer`"));
        }
        let text = text.trim();
        check(text)?;
        match Token::parse(text) {
            None => self.key(text, now_seconds),
            Some(token) => {
                let token = token?;
                let issuer = self.issuers.iter().find(|it| it.iss == token.issuer);
                issuer.ok_or(Unknown("no such issuer"))?.identify(&token, now_seconds)
            }
        }
    }

    fn key(&self, key: &str, now_seconds: i64) -> Result<Identity, AuthFailure> {
        check(key)?;
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        self.keys.identify(&hash, Via::Key, now_seconds)
    }
}

/// One word of visible ASCII, not too long.
fn check(text: &str) -> Result<(), AuthFailure> {
    if text.is_empty() {
        return Err(Malformed("the credentials are empty"));
    }
    if text.len() > CREDENTIAL_BYTES_MAX {
        return Err(Malformed("the credentials are longer than 8 KiB"));
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Malformed("the credentials are not one word of visible ascii"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
