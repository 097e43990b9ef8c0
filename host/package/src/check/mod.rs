//! Checks across files, after each file was read on its own.

mod basis;
mod divisions;
mod items;
mod lists;
mod parameters;
mod steps;
mod townships;
mod vocabulary;

pub(crate) use basis::{basis, policies, statutes, window};
pub(crate) use items::items;
pub(crate) use lists::lists;
pub use lists::owners;
pub(crate) use parameters::parameters;
pub(crate) use townships::townships;
pub(crate) use vocabulary::vocabulary;
