//! Rules as they are delivered: the committed component and scripts, and guests that mean harm.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

/// The program's allocator: limits of scripts rest on it, and what it gives back to the system is looked at.
#[global_allocator]
static ALLOCATOR: rules::Counting<mimalloc::MiMalloc> = rules::Counting(mimalloc::MiMalloc);

mod advisory;
mod backends;
mod corpus;
mod guests;
mod hostile;
mod household;
mod later;
mod script_laws;
mod script_limits;
mod script_texts;
mod script_ways;
mod scripts;
mod tables;
