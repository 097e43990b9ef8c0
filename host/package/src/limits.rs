//! What one package may bring along; anything above is a diagnostic, never read further.

/// Files in one package.
pub const FILES_MAX: usize = 4_000;
/// Bytes of one text file (TOML, CSV, Cedar, JSON, script).
pub const TEXT_BYTES_MAX: usize = 512 * 1024;
/// Bytes of one compiled rule (`*.wasm`).
pub const RULE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Diagnostics reported for one package; the rest is counted, not listed.
pub const DIAGNOSTICS_MAX: usize = 500;
/// Characters of one path.
pub const PATH_CHARS_MAX: usize = 240;
/// Bytes of one policy or schema file of a plain Cedar folder.
pub const PLAIN_TEXT_BYTES_MAX: usize = 32 * 1024 * 1024;
