//! What a request carries, and whom it turns out to come from.

use thiserror::Error;

use crate::Rate;

/// What a request and its connection say about who calls.
#[derive(Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// The one `Authorization` header; more than one has to be refused before.
    pub authorization: Option<&'a str>,
    /// The one `X-API-Key` header; more than one has to be refused before.
    pub api_key: Option<&'a str>,
    /// SHA-256 over the DER of the client certificate that the handshake verified.
    pub certificate_sha256: Option<[u8; 32]>,
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("authorization", &self.authorization.is_some())
            .field("api_key", &self.api_key.is_some())
            .field("certificate", &self.certificate_sha256.is_some())
            .finish()
    }
}

/// By what a caller was known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Via {
    /// An API key.
    Key,
    /// A JSON web token.
    Token,
    /// A client certificate.
    Certificate,
}

impl Via {
    /// The word for the log and the record: `key`, `token` or `certificate`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Token => "token",
            Self::Certificate => "certificate",
        }
    }
}

/// A caller that was recognised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The id of the file, or `jwt:<issuer>:<sub>`; no two callers share one.
    pub id: String,
    /// Words that the administrative policy gives meaning, sorted, none twice.
    pub roles: Vec<String>,
    /// Township codes the caller is confined to, sorted; none means the whole district.
    pub townships: Vec<String>,
    /// By what it was recognised.
    pub via: Via,
    /// How often it may call.
    pub rate: Rate,
}

/// Why nobody was recognised. `Display` is what the caller may read; it never says which part of a
/// secret was wrong. [`AuthFailure::reason`] is for the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum AuthFailure {
    /// Nothing was sent.
    #[error("no credentials were sent")]
    Missing,
    /// Nobody here is known by these credentials.
    #[error("the credentials are not accepted")]
    Unknown(&'static str),
    /// They were good before, or will be later. Said only after the rest has been verified.
    #[error("the credentials are not valid at this time")]
    Expired(&'static str),
    /// They are not written as credentials are.
    #[error("the credentials cannot be read")]
    Malformed(&'static str),
}

impl AuthFailure {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "CREDENTIALS_MISSING",
            Self::Unknown(_) => "CREDENTIALS_NOT_ACCEPTED",
            Self::Expired(_) => "CREDENTIALS_EXPIRED",
            Self::Malformed(_) => "CREDENTIALS_MALFORMED",
        }
    }

    /// For the log only; fixed words, nothing that the caller sent.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "no credentials",
            Self::Unknown(reason) | Self::Expired(reason) | Self::Malformed(reason) => reason,
        }
    }

    /// 中文：怎么办。
    pub const fn help(self) -> &'static str {
        match self {
            Self::Missing => {
                "请求没有带凭证。请在请求头里写 Authorization: Bearer 加令牌，或 X-API-Key 加密钥。"
            }
            Self::Unknown(_) => "凭证不被接受。请核对密钥或令牌，或向管理员申请。",
            Self::Expired(_) => "凭证现在不在有效期内。请换用新的密钥或令牌，并核对本机时间。",
            Self::Malformed(_) => "凭证的写法不对，程序读不懂。请核对请求头，只带一种凭证。",
        }
    }
}
