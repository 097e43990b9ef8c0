//! Checks across files, after each file was read on its own.

mod calendar;
mod divisions;
mod gates;
mod items;
mod parameters;
mod powers;
mod steps;
mod townships;
mod variants;
mod vocabulary;

pub(crate) use calendar::calendar;
pub(crate) use items::items;
pub(crate) use parameters::parameters;
pub(crate) use townships::townships;
pub(crate) use vocabulary::vocabulary;
