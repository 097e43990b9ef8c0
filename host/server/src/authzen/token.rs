//! Page tokens: opaque, signed, bound to a request, good for an hour.

use model::Digest;
use ring::hmac;
use serde::{Deserialize, Serialize};

/// Minutes a token is good for.
const MINUTES: i64 = 60;

/// Where a search goes on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Page {
    /// Behind this id.
    pub(super) behind: String,
    /// The first request's limit.
    pub(super) limit: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    page: Page,
    request: Digest,
    until: i64,
}

/// The key that signs tokens; drawn anew by each process, so a token does not outlive it.
pub(crate) struct Secret(hmac::Key);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A key from random bytes.
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// A token for a page of a request.
    pub(super) fn seal(&self, page: &Page, request: Digest, now: i64) -> String {
        let until = now.saturating_add(MINUTES);
        let body = serde_json::to_vec(&Sealed { page: page.clone(), request, until });
        let body = body.unwrap_or_default();
        let tag = hmac::sign(&self.0, &body);
        format!("{}{}", hex(tag.as_ref()), hex(&body))
    }

    /// The page of a token.
    ///
    /// # Errors
    /// One line: not one of ours, of another request, or too old.
    pub(super) fn open(
        &self,
        token: &str,
        request: Digest,
        now: i64,
    ) -> Result<Page, &'static str> {
        const FOREIGN: &str =
            "`page.token` is not one that this server gave; search again without it";
        // one token has one spelling
        let bytes = unhex(token).filter(|bytes| hex(bytes) == token).ok_or(FOREIGN)?;
        let (tag, body) = bytes.split_at_checked(32).ok_or(FOREIGN)?;
        hmac::verify(&self.0, body, tag).map_err(|_| FOREIGN)?;
        let sealed: Sealed = serde_json::from_slice(body).map_err(|_| FOREIGN)?;
        if sealed.request != request {
            return Err("`page.token` belongs to another request; repeat the first one unchanged");
        }
        if now > sealed.until {
            return Err("`page.token` is too old; search again without it");
        }
        Ok(sealed.page)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.as_bytes().chunks_exact(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_only_for_its_request_and_its_hour() {
        let secret = Secret::new(&[7; 32]);
        let page = Page { behind: "乡/1".to_owned(), limit: Some(3) };
        let request = Digest::of([b"r".as_slice()]);
        let token = secret.seal(&page, request, 100);
        assert_eq!(secret.open(&token, request, 160), Ok(page));
        assert!(secret.open(&token, request, 161).unwrap_err().contains("too old"));
        let other = Digest::of([b"s".as_slice()]);
        assert!(secret.open(&token, other, 100).unwrap_err().contains("another request"));
        let foreign =
            Secret::new(&[8; 32]).seal(&Page { behind: String::new(), limit: None }, request, 100);
        for wrong in ["", "zz", "00", &token[2..], &foreign, &token.replace('0', "1"), "é"] {
            assert!(secret.open(wrong, request, 100).unwrap_err().contains("not one"), "{wrong}");
        }
    }
}
