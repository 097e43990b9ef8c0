//! Shared helpers of the cross-crate tests: the real binary, a small district, plain requests.

pub mod district;
pub mod server;
