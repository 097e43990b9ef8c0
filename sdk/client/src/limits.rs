//! What the client accepts at most, in one table.

use std::time::Duration;

/// How long a call may take from resolving the name to the last byte, unless the caller says otherwise.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept: shorter than servers keep theirs, as a question that
/// meets a closing connection is an error and is not sent again.
pub const IDLE_MAX: Duration = Duration::from_secs(5);
/// Bytes in an answer.
pub const ANSWER_BYTES_MAX: u64 = 32 << 20;
/// Bytes of an error's body that are looked at.
pub const MESSAGE_BYTES_MAX: u64 = 16 << 10;
/// Characters of a server's message that are kept.
pub const MESSAGE_CHARS_MAX: usize = 300;
/// Pages of one search; a server that never comes to an end is left there.
pub const PAGES_MAX: usize = 100_000;
/// Digits in a township's code.
pub const TOWNSHIP_DIGITS_MAX: usize = 12;
/// Pause before a refused connection is tried again, where the caller asked for that.
pub const REFUSED_PAUSE: Duration = Duration::from_millis(100);
