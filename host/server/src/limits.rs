//! What the server accepts at most, in one table.

/// Bytes in a request body.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Bytes in a body of events.
pub const EVENTS_BODY_BYTES_MAX: usize = 4 << 20;
/// Objects and lists inside each other in a body.
pub const DEPTH_MAX: usize = 64;
/// Seconds in which a body has to arrive.
pub const BODY_SECONDS_MAX: u64 = 30;
/// Hours for which signed metadata is good; it is signed anew each hour.
pub const METADATA_HOURS: i64 = 24;
/// Seconds that open requests have after the server was told to stop.
pub const GRACE_SECONDS: u64 = 10;
/// Characters of a caller's request id that reach the log; the answer carries it whole.
pub const REQUEST_ID_CHARS_LOGGED: usize = 64;
/// Characters of a caller's name or value that a message repeats.
pub const QUOTED_CHARS_MAX: usize = 60;
/// Questions in one batch.
pub const EVALUATIONS_MAX: usize = 2_000;
/// Milliseconds one search may take before it says how far it came.
pub const SEARCH_MILLIS_MAX: u64 = 2_000;
/// Bytes in a body of entities.
pub const ENTITIES_BODY_BYTES_MAX: usize = 128 << 20;
/// Entities in one list.
pub const ENTITIES_LISTED_MAX: usize = 1_000;
/// Bytes of a refused request's body that are read and forgotten so that its connection can go on.
pub(crate) const UNREAD_BYTES_MAX: usize = 256 * 1024;
