//! The HTTP face: one table of routes, one table of problems, two plain pages.
//!
//! Stands at the outer end of the request path: it reads a request into an operation or an
//! evaluation, hands it to `engine` off the async threads, and writes the answer. Who may do what,
//! what is recorded and what the time is are left to `engine`; the origin of tokens and the choice
//! of a package to `cli`.
#![forbid(unsafe_code)]

mod app;
mod authzen;
mod bare;
mod body;
mod feed;
mod gate;
mod json;
pub mod limits;
mod lists;
mod metrics;
mod openapi;
mod options;
mod pages;
mod problem;
mod public;
mod public_routes;
mod reads;
mod room;
mod routes;
mod serve;
mod shapes;
mod spans;
mod store;
mod table;
mod tokens;
mod writes;

pub use app::router;
pub use authzen::{
    Batch, MetadataKey, MetadataKeyError, Semantic, parse as parse_evaluation,
    parse_many as parse_evaluations,
};
#[doc(hidden)]
pub use bare::serve_bare;
pub use gate::{Gate, Known};
pub use openapi::{openapi, openapi_text};
pub use options::{Desk, ServerOptions, Versions};
pub use serve::{BindError, bind, serve};
pub use tokens::{TokenError, Tokens};
