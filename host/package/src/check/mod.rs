//! Checks across files, after each file was read on its own.

mod basis;
mod calendar;
mod divisions;
mod fields;
mod gates;
mod items;
mod lists;
mod overgrown;
mod parameters;
mod powers;
mod publication;
mod steps;
mod tables;
mod townships;
mod variants;
mod vocabulary;

pub(crate) use basis::{basis, policies, statutes, window};
pub(crate) use calendar::calendar;
pub(crate) use fields::fields;
pub(crate) use items::items;
pub(crate) use lists::lists;
pub use lists::owners;
pub(crate) use parameters::parameters;
pub(crate) use publication::publication;
pub use tables::table_scheme;
pub(crate) use townships::townships;
pub(crate) use vocabulary::vocabulary;
