//! How much waits, and for how long, in one table.

/// Spans that wait for the thread that hands them on.
pub const QUEUE_SPANS_MAX: usize = 4_096;
/// Spans in one request to the collector.
pub const BATCH_SPANS_MAX: usize = 512;
/// Milliseconds a span waits for others to go with it.
pub const BATCH_MILLIS: u64 = 1_000;
/// Seconds one request to the collector may take.
pub const EXPORT_SECONDS: u64 = 3;
/// Seconds that a stop waits for what is still to be handed on.
pub const FINISH_SECONDS: u64 = 5;
/// Bytes of the collector's answer that are read.
pub const REPLY_BYTES_MAX: u64 = 64 * 1024;
