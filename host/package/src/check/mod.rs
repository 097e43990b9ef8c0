//! Checks across files, after each file was read on its own.

mod basis;
mod calendar;
mod divisions;
mod dues;
mod fields;
mod gates;
mod items;
mod lists;
mod overgrown;
mod packs;
mod parameters;
mod powers;
mod publication;
mod rollouts;
mod sign_off;
mod spot_checks;
mod steps;
mod townships;
mod variants;
mod vocabulary;

pub(crate) use basis::{basis, policies, statutes, window};
pub(crate) use calendar::calendar;
pub(crate) use dues::dues;
pub(crate) use fields::fields;
pub(crate) use items::items;
pub(crate) use lists::lists;
pub use lists::owners;
pub(crate) use packs::packs;
pub(crate) use parameters::parameters;
pub(crate) use publication::publication;
pub(crate) use rollouts::rollouts;
pub(crate) use sign_off::sign_off;
pub(crate) use spot_checks::spot_checks;
pub(crate) use townships::townships;
pub(crate) use vocabulary::vocabulary;
