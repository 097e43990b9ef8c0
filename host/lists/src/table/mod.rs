//! Scoring standards in spreadsheets: one sheet for each kind of rows, the same cells as in the text form.

mod header;
mod read;
mod write;

pub use read::{Asked, Imported, import};
pub use write::{table_csv, table_xlsx};

/// The sheet with the table's own id, title, remark and how overlaps are settled.
const ABOUT: &str = "说明";
/// Keys of [`ABOUT`]: first column.
const KEYS: [&str; 4] = ["编号", "名称", "说明", "重叠"];
