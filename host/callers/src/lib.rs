//! Who calls: API keys, JSON web tokens and client certificates, how often each caller may call,
//! and the listener they call through.
//!
//! Stands before the request path: `server` turns a request's headers and its connection's
//! certificate into [`Credentials`], gets an [`Identity`] or a refusal, and asks the
//! [`RateLimiter`]. What a caller may do is left to the package's administrative policy, to which
//! the identity's roles are plain words. Time comes from the caller; only [`serve_plain`] and
//! [`serve_tls`] do anything outside memory.
//!
//! A system that calls is not a person who acts: persons are known to `server` by their own tokens.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::indexing_slicing,
        reason = "a test that goes wrong may panic"
    )
)]

mod callers;
mod config;
mod error;
mod hashes;
mod identity;
mod issuer;
mod jwks;
mod lanes;
mod limiter;
mod limits;
mod provider;
mod rate;
mod serve;
mod strict;
#[cfg(test)]
mod testing;
mod tls;
mod token;

pub use callers::Callers;
pub use config::Config;
pub use error::{ConfigError, JwksError};
pub use identity::{AuthFailure, Credentials, Identity, Via};
pub use limiter::{RateLimiter, RetryAfterSeconds};
pub use rate::Rate;
pub use serve::{PeerInfo, ServeOptions, serve_plain, serve_tls};
pub use tls::{TlsError, TlsFiles, server_config};
