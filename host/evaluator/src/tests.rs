//! Every answer compared with the public API.
