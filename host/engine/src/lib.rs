//! Where pure and IO meet: select edition, gather facts, decide, record, answer.
//!
//! Every request passes here in one direction: the server or the command line hands in a question or
//! an [`operation::Operation`]; the engine takes one [`snapshot::Snapshot`] and the folded
//! [`state::State`], asks the policies, lets rule, flow and ledger plan, appends one act to the
//! journal, applies it, and answers once it is safe. Wire formats and status codes are left to
//! `server` and `cli`; what may be done is left to the package.
#![forbid(unsafe_code)]

pub mod about;
pub mod acts;
mod admitted;
pub mod answers;
pub mod assessment;
pub mod checks;
pub mod clock;
mod clues;
pub mod compare;
pub mod course;
pub mod decide;
pub mod dues;
pub mod evaluate;
pub mod explanation;
mod figures;
pub mod files;
mod findings;
pub mod flows;
pub mod follow;
pub mod found;
pub mod gather;
mod guards;
mod inputs;
pub mod judge;
mod judge_matter;
mod limits;
pub mod masks;
mod narrow;
mod open;
pub mod operation;
pub mod outcome;
mod papers;
mod parts;
pub mod plain;
pub mod proofs;
pub mod public;
pub mod read;
pub mod record;
pub mod recorded;
mod refusals;
pub mod reload;
pub mod replay;
pub mod row;
pub mod scoring;
pub mod search;
pub mod seed;
pub mod service;
pub mod snapshot;
pub mod state;
mod supervision;
mod terms;
pub mod write;

pub use clock::Clock;
pub use journal::{DecisionOptions, Options as JournalOptions, Position};
pub use open::{Engine, EngineOptions, OpenError};
pub use operation::Caller;
pub use write::Reply;
