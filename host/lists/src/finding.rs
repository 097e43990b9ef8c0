//! One finding about a spreadsheet: which list, which item, which field, which cell, and the fix.

use serde::Serialize;

use crate::columns::Field;
use crate::sheet::Spot;

/// The codes a finding of the importer may carry; findings of `package` keep their own.
pub mod code {
    /// A file that is no CSV or XLSX, or too large.
    pub const UNREADABLE: &str = "SHEET_UNREADABLE";
    /// No row names the columns.
    pub const NO_HEADER: &str = "NO_HEADER";
    /// A column the list needs is absent.
    pub const MISSING_COLUMN: &str = "MISSING_COLUMN";
    /// Two columns of one name.
    pub const TWO_COLUMNS: &str = "TWO_COLUMNS";
    /// A column whose name has no meaning (warning).
    pub const UNKNOWN_COLUMN: &str = "UNKNOWN_COLUMN";
    /// A cell that must not be empty.
    pub const EMPTY_CELL: &str = "EMPTY_CELL";
    /// A cell that cannot be read as what its column holds.
    pub const WRONG_CELL: &str = "WRONG_CELL";
    /// An item that names two lists.
    pub const TWO_LIST_TYPES: &str = "TWO_LIST_TYPES";
    /// No row holds an item.
    pub const NO_ROWS: &str = "NO_ROWS";
    /// More findings than can be listed.
    pub const MORE_FINDINGS: &str = "MORE_FINDINGS";
}

/// A finding with its place in the sheet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CellFinding {
    /// Stable code, one of [`code`] or of `package`'s.
    pub code: String,
    /// Whether the list may still be written.
    pub warning: bool,
    /// English, one line, lower case, input in backticks.
    pub message: String,
    /// 中文：出了什么问题。
    pub text: String,
    /// 中文：怎么改。
    pub help: String,
    /// The list's id.
    pub list: String,
    /// The item's title or id; empty when the finding is about the sheet.
    pub item: String,
    /// The column's Chinese name; empty when the finding is about the sheet.
    pub field: String,
    /// The cell, e.g. `B7`; empty when the finding is about the sheet.
    pub cell: String,
    /// Line of the file (CSV) or row of the sheet (XLSX), from 1.
    pub line: u32,
}

/// The three texts of a finding.
pub(crate) struct Words {
    pub(crate) message: String,
    pub(crate) text: String,
    pub(crate) help: String,
}

/// Shorthand for [`Words`].
pub(crate) fn words(
    message: impl Into<String>,
    text: impl Into<String>,
    help: impl Into<String>,
) -> Words {
    Words { message: message.into(), text: text.into(), help: help.into() }
}

impl CellFinding {
    /// A finding about the sheet as a whole or one of its rows.
    pub(crate) fn of_sheet(code: &str, line: u32, words: Words) -> Self {
        Self {
            code: code.to_owned(),
            warning: false,
            message: words.message,
            text: words.text,
            help: words.help,
            list: String::new(),
            item: String::new(),
            field: String::new(),
            cell: String::new(),
            line,
        }
    }

    /// A finding about one cell.
    pub(crate) fn of_cell(code: &str, spot: Spot, field: Field, words: Words) -> Self {
        Self {
            field: field.title().to_owned(),
            cell: spot.name(),
            ..Self::of_sheet(code, spot.line, words)
        }
    }

    /// Reading order: by row, then by column.
    pub fn order(&self) -> (u32, usize, &str, &str) {
        (self.line, self.cell.len(), &self.cell, &self.code)
    }

    /// The same as a warning.
    pub(crate) fn into_warning(self) -> Self {
        Self { warning: true, ..self }
    }
}
