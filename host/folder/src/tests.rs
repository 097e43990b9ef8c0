//! A folder against the public API, and the rules for calling systems.

mod admin;
mod differential;
