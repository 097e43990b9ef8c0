//! What the engine accepts at most, in one table.

/// Files in a package folder.
pub(crate) const PACKAGE_FILES_MAX: usize = 20_000;
/// Bytes in a package folder.
pub(crate) const PACKAGE_BYTES_MAX: u64 = 256 << 20;
/// Events in one request.
pub(crate) const EVENTS_PER_REQUEST_MAX: usize = 2_000;
/// Entries in one review.
pub(crate) const ENTRIES_PER_REVIEW_MAX: usize = 2_000;
/// Characters in a title or reason.
pub(crate) const TITLE_CHARS_MAX: usize = 120;
/// Characters in an id given by a caller.
pub(crate) const ID_CHARS_MAX: usize = 80;
/// Characters in an idempotency key.
pub(crate) const KEY_CHARS_MAX: usize = 128;
/// Characters in a free-text note.
pub(crate) const NOTE_CHARS_MAX: usize = 500;
