//! The record: a checksummed, hash-chained journal, its anchor, its erasable side store and the index over it.
//!
//! Stands at the end of the request path: `engine` hands it encoded acts and waits for the
//! acknowledgement. What a body means, when to write it and what to do with a refusal is left to
//! `engine`; this crate knows bytes, chains, files and threads. It takes the time from its caller.
//!
//! Layout of a store directory: `lock`, `anchor`, `journal/*.seg`, `decisions/{anchor,floor,lock,*.seg}`,
//! `personal/`, `index/`. The journal is the truth; the index is rebuilt from it.
#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the adapter that owns files and threads"
)]

mod acks;
mod anchor;
mod committer;
mod copy;
mod decisions;
mod disk;
mod embedded;
mod error;
mod feed;
mod find;
mod floor;
mod frame;
mod heads;
mod index;
mod keeper;
mod options;
mod personal;
mod read;
mod recover;
mod segment;
mod store;
mod verify;
mod walk;
mod writer;

pub use acks::Ticket;
pub use anchor::{Anchor, AnchorSlots};
pub use copy::{Checked, CopyFault};
pub use decisions::{
    DecisionCounters, DecisionLog, DecisionOptions, Full, Retain, Retained, Written,
};
pub use disk::{Disk, FileRole, RealDisk};
pub use embedded::{Embedded, Health};
pub use error::{AppendError, Finding, FindingCode, Outage, OutageCode, Stop, StoreError};
pub use feed::{Fed, FeedFault};
pub use find::{find_decision, read_at};
pub use floor::RetainedFrom;
pub use frame::{Frame, HASH_SHA256, Head, Place, Stored};
pub use heads::{Heads, Position};
pub use index::{
    Change, EachRow, IndexError, IndexStore, MemoryIndex, SledIndex, SledOptions, Standing,
    Trailing, Work, standing,
};
pub use options::{Options, SyncFailure};
pub use personal::{PersonalError, PersonalRef, PersonalStore};
pub use read::{read_all, read_decisions};
pub use recover::Recovery;
pub use store::{Appended, Store};
pub use verify::{NoPersonal, PersonalView, VerifyReport, verify};
