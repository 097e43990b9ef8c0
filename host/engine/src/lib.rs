//! Where pure and IO meet: select edition, gather facts, decide, record, answer.
//!
//! Every request passes here in one direction: the server or the command line hands in a question or
//! an [`operation::Operation`]; the engine takes one [`snapshot::Snapshot`] and the folded
//! [`state::State`], asks the policies, lets rule, flow and ledger plan, appends one act to the
//! journal, applies it, and answers once it is safe. Wire formats and status codes are left to
//! `server` and `cli`; what may be done is left to the package.
#![forbid(unsafe_code)]

pub mod acts;
pub mod clock;
pub mod decide;
pub mod evaluate;
pub mod files;
mod flows;
pub mod gather;
mod limits;
mod open;
pub mod operation;
pub mod read;
pub mod record;
pub mod replay;
pub mod row;
pub mod scoring;
pub mod seed;
pub mod snapshot;
pub mod state;
pub mod write;

pub use clock::Clock;
pub use journal::Options as JournalOptions;
pub use open::{Engine, EngineOptions, OpenError};
pub use operation::Caller;
pub use write::Reply;
