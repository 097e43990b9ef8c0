//! Bearer tokens, known only by their SHA-256.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use model::Digest;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// Why a token cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TokenError {
    /// Not a SHA-256 in hex.
    #[error("`{0}` is not a token hash; 64 hex digits are needed")]
    NotAHash(String),
    /// Two persons with one token.
    #[error("a token is given to both `{0}` and `{1}`; give each person a token of their own")]
    Shared(String, String),
}

/// Bearer token → person id. Tokens are drawn at random (128 bits or more) by whoever issues them,
/// so a plain hash is enough and nothing here can be turned back into a token.
#[derive(Clone, Default)]
pub struct Tokens {
    // Found by the first bytes of the hash, compared whole in constant time: nobody can steer the
    // hash of a guess, so the look-up tells nothing, and ten thousand persons cost as much as ten.
    by_prefix: BTreeMap<[u8; 8], Vec<([u8; 32], String)>>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("count", &self.len()).finish()
    }
}

impl Tokens {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tokens of these persons, in clear.
    ///
    /// # Errors
    /// [`TokenError::Shared`].
    pub fn from_pairs<T: AsRef<str>, P: Into<String>>(
        pairs: impl IntoIterator<Item = (T, P)>,
    ) -> Result<Self, TokenError> {
        let mut tokens = Self::new();
        for (token, person) in pairs {
            tokens.insert(hash(token.as_ref()), person.into())?;
        }
        Ok(tokens)
    }

    /// Adds a person whose token's SHA-256 is known in hex.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn insert_hash(&mut self, hex: &str, person: impl Into<String>) -> Result<(), TokenError> {
        let digest = Digest::parse(hex)
            .ok_or_else(|| TokenError::NotAHash(hex.chars().take(12).collect()))?;
        self.insert(digest.0, person.into())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_prefix.values().map(Vec::len).sum()
    }

    /// Whether nobody is known.
    pub fn is_empty(&self) -> bool {
        self.by_prefix.is_empty()
    }

    /// Whose token this is.
    pub fn person(&self, token: &str) -> Option<&str> {
        let hash = hash(token);
        let candidates = self.by_prefix.get(&prefix(&hash))?;
        let found = candidates.iter().find(|(known, _)| known.ct_eq(&hash).into());
        found.map(|(_, person)| person.as_str())
    }

    /// Who sends these headers; exactly one `Authorization: Bearer …` counts.
    pub(crate) fn bearer(&self, headers: &HeaderMap) -> Option<&str> {
        let mut all = headers.get_all(AUTHORIZATION).iter();
        let (Some(only), None) = (all.next(), all.next()) else { return None };
        let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| self.person(token.trim())).flatten()
    }

    fn insert(&mut self, hash: [u8; 32], person: String) -> Result<(), TokenError> {
        let entries = self.by_prefix.entry(prefix(&hash)).or_default();
        match entries.iter().find(|(known, _)| *known == hash) {
            Some((_, other)) if *other != person => Err(TokenError::Shared(other.clone(), person)),
            Some(_) => Ok(()),
            None => {
                entries.push((hash, person));
                Ok(())
            }
        }
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn prefix(hash: &[u8; 32]) -> [u8; 8] {
    std::array::from_fn(|index| hash.get(index).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn bearer(tokens: &Tokens, value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        tokens.bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn a_token_names_its_person_and_nothing_else_does() {
        let tokens = Tokens::from_pairs([("demo-a", "p-a"), ("demo-b", "p-b")]).unwrap();
        assert_eq!(bearer(&tokens, "Bearer demo-a").as_deref(), Some("p-a"));
        assert_eq!(bearer(&tokens, "bearer  demo-b").as_deref(), Some("p-b"));
        for wrong in [
            "Bearer demo-c",
            "Bearer",
            "Bearer ",
            "Basic demo-a",
            "demo-a",
            "undefined",
            "Bearer demo-a x",
        ] {
            assert_eq!(bearer(&tokens, wrong), None, "{wrong}");
        }
        assert_eq!(tokens.bearer(&HeaderMap::new()), None);
        let mut twice = HeaderMap::new();
        twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer demo-a"));
        twice.append(AUTHORIZATION, HeaderValue::from_static("Bearer demo-b"));
        assert_eq!(tokens.bearer(&twice), None);
    }

    #[test]
    fn hashes_are_taken_and_never_shown() {
        let mut tokens = Tokens::new();
        let sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        tokens.insert_hash(sha256_of_abc, "p-c").unwrap();
        assert_eq!(tokens.person("abc"), Some("p-c"));
        assert_eq!(format!("{tokens:?}"), "Tokens { count: 1 }");
        assert_eq!(tokens.insert_hash("abc", "p"), Err(TokenError::NotAHash("abc".to_owned())));
        let shared = TokenError::Shared("p-c".to_owned(), "p-d".to_owned());
        assert_eq!(tokens.insert_hash(sha256_of_abc, "p-d"), Err(shared));
        assert_eq!((tokens.insert_hash(sha256_of_abc, "p-c"), tokens.len()), (Ok(()), 1));
    }
}
