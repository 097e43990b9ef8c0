//! The list registry's workshop: a spreadsheet in, entries or a finding for each bad cell out; two
//! versions of the lists in, what changed and by how many percent out; rows in, a printed table out.
//!
//! Stands beside the request path: only the command line calls it. Bytes and texts come in and go
//! out; reading and writing files is left to `cli`, what a list may say to `package`.
#![forbid(unsafe_code)]
#![warn(clippy::disallowed_methods, clippy::disallowed_types, clippy::float_arithmetic)]
#![warn(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::indexing_slicing)]

pub mod limits;

mod cells;
mod columns;
mod diff;
mod finding;
mod header;
mod import;
mod located;
mod reduction;
mod render;
mod sheet;
mod table;
mod write;

#[cfg(test)]
mod tests;

pub use columns::{Field, Names};
pub use diff::{Change, Changed, Diff, diff};
pub use finding::{CellFinding, code};
pub use import::{Asked, Import, import};
pub use located::located;
pub use reduction::{Figure, Reduction, percent, reduction};
pub use render::{csv, html, xlsx};
pub use sheet::{Grid, Spot, read_csv, read_sheets, read_xlsx};
pub use table::{Asked as TableAsked, Imported, import as import_table, table_csv, table_xlsx};
pub use write::{Written, toml};
