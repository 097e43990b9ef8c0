//! What this crate accepts at most, in one table.

/// Bytes of a token or key in a header.
pub(crate) const CREDENTIAL_BYTES_MAX: usize = 8 * 1024;
/// Characters of a token's `sub`.
pub(crate) const SUBJECT_CHARS_MAX: usize = 128;
/// Roles of one caller.
pub(crate) const ROLES_MAX: usize = 64;
/// Characters of a role.
pub(crate) const ROLE_CHARS_MAX: usize = 64;
/// Townships a caller is confined to.
pub(crate) const TOWNSHIPS_MAX: usize = 500;
/// Characters of a caller's id, and of an issuer's short name.
pub(crate) const ID_CHARS_MAX: usize = 64;
/// Characters of an issuer, an audience or a claim's name.
pub(crate) const TEXT_CHARS_MAX: usize = 512;
/// Characters of a token's or a key's `kid`.
pub(crate) const KID_CHARS_MAX: usize = 256;
/// Bytes of a JWKS file.
pub(crate) const JWKS_BYTES_MAX: usize = 1 << 20;
/// Keys in a JWKS file.
pub(crate) const JWKS_KEYS_MAX: usize = 100;
/// Bits of an RSA modulus.
pub(crate) const RSA_BITS_MIN: usize = 2048;
/// Bits of an RSA modulus.
pub(crate) const RSA_BITS_MAX: usize = 8192;
/// Seconds of clock difference to an issuer that is forgiven.
pub(crate) const LEEWAY_SECONDS_MAX: u32 = 300;
/// The same, when the file does not say.
pub(crate) const LEEWAY_SECONDS: u32 = 30;
/// Requests in a second, and in one burst, that can be asked for.
pub(crate) const RATE_MAX: u32 = 1_000_000;
/// Requests in a second when the file does not say.
pub(crate) const RATE_PER_SECOND: u32 = 100;
/// Callers of whom the limiter keeps count at one time.
pub(crate) const BUCKETS_MAX: usize = 100_000;
/// Connections at one time.
pub(crate) const CONNECTIONS_MAX: usize = 10_000;
/// Seconds for a TLS handshake.
pub(crate) const HANDSHAKE_SECONDS: u64 = 10;
/// Seconds for the head of a request, and for an idle connection.
pub(crate) const HEADER_SECONDS: u64 = 10;
/// Seconds that open requests have after the server was told to stop.
pub(crate) const GRACE_SECONDS: u64 = 10;
/// Bytes of the head of a request.
pub(crate) const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Bytes a connection reads ahead.
pub(crate) const READ_BYTES_MAX: usize = 64 * 1024;
/// Characters of somebody else's text that a message repeats.
pub(crate) const QUOTED_CHARS_MAX: usize = 60;

/// Threads that serve connections, for each processor. A thread that the system sets aside for a moment
/// holds up the connections it keeps; with more of them that is fewer, and the others go on.
pub(crate) const THREADS_PER_PROCESSOR: usize = 2;
