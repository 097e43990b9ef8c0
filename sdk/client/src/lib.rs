#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod batch;
mod client;
mod decision;
mod endpoints;
mod entity;
mod error;
pub mod limits;
mod read;
mod request;
mod results;
mod search;
mod wire;

pub use batch::{Batch, Item, ItemError, Semantic};
pub use client::Client;
pub use decision::{Decision, Explanation, Reason};
pub use entity::{Action, Context, Resource, Subject};
pub use error::Error;
pub use request::Request;
pub use results::Results;
pub use search::Search;

/// The HTTP library, for [`Client::with_agent`] and the cause of [`Error::Transport`].
pub use ureq;

#[cfg(test)]
mod tests;
