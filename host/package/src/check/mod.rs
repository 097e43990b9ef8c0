//! Checks across files, after each file was read on its own.

mod divisions;
mod items;
mod parameters;
mod powers;
mod steps;
mod townships;
mod vocabulary;

pub(crate) use items::items;
pub(crate) use parameters::parameters;
pub(crate) use townships::townships;
pub(crate) use vocabulary::vocabulary;
