//! One file per command.

pub(crate) mod access;
pub(crate) mod check;
pub(crate) mod decide;
pub(crate) mod decisions;
pub(crate) mod demo;
pub(crate) mod follow;
mod item_proof;
pub(crate) mod items;
pub(crate) mod journal;
mod lines;
pub(crate) mod lists;
pub(crate) mod metrics;
pub(crate) mod packs;
pub(crate) mod plugin;
pub(crate) mod prove;
mod proved;
pub(crate) mod rollout;
mod scheme_fit;
pub(crate) mod score;
pub(crate) mod serve;
pub(crate) mod table;
