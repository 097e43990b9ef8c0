//! What is wrong with a table: where, in English and Chinese, and the fix.

use crate::{Column, Kind};

/// The codes a fault may carry.
pub mod code {
    /// A cell that cannot be read as what its column holds.
    pub const WRONG_CELL: &str = "TABLE_WRONG_CELL";
    /// A cell that must not be empty.
    pub const EMPTY_CELL: &str = "TABLE_EMPTY_CELL";
    /// A column that rows of this kind do not have, or a row without the steps it needs.
    pub const WRONG_SHAPE: &str = "TABLE_WRONG_SHAPE";
    /// No row, or more than [`crate::ROWS_MAX`].
    pub const ROW_COUNT: &str = "TABLE_ROW_COUNT";
    /// Two rows with one id.
    pub const SAME_ID: &str = "TABLE_SAME_ID";
    /// An edge that does not say whether the number itself belongs to the range.
    pub const EDGE_WITHOUT_SIDE: &str = "EDGE_WITHOUT_SIDE";
    /// A part of the range that no row covers.
    pub const GAP: &str = "TABLE_GAP";
    /// Two rows that take the same event, or bands that share a number.
    pub const OVERLAP: &str = "TABLE_OVERLAP";
    /// A row whose every case an earlier row takes.
    pub const SHADOWED: &str = "SHADOWED_ROW";
    /// Two rows with the same condition and different points.
    pub const CONFLICT: &str = "CONFLICTING_ROWS";
    /// Two rows with the same condition and the same points.
    pub const DUPLICATE: &str = "DUPLICATE_ROW";
    /// A row, cap or step that can never have an effect.
    pub const NEVER_REACHED: &str = "NEVER_REACHED";
    /// An event of the scheme that no row reads.
    pub const UNUSED_EVENT: &str = "UNUSED_EVENT";
    /// An event that the scheme does not have.
    pub const UNKNOWN_EVENT: &str = "UNKNOWN_EVENT";
    /// A quantity that the event does not have.
    pub const UNKNOWN_QUANTITY: &str = "UNKNOWN_QUANTITY";
    /// A unit that is not the one the event's quantity is kept in.
    pub const UNIT_MISMATCH: &str = "UNIT_MISMATCH";
    /// A class that the classes do not list.
    pub const UNKNOWN_CLASS: &str = "UNKNOWN_CLASS";
    /// A class that no row belongs to.
    pub const UNUSED_CLASS: &str = "UNUSED_CLASS";
    /// A ladder or bands in which more brings less.
    pub const NOT_RISING: &str = "NOT_RISING";
    /// A row that takes points away without naming a legal instrument.
    pub const NO_BASIS: &str = "NO_BASIS";
    /// A cap below what a single event brings.
    pub const CAP_BELOW_ONE: &str = "CAP_BELOW_ONE";
    /// A cap or window longer than the scheme's period, of which the rule sees only one at a time.
    pub const BEYOND_PERIOD: &str = "BEYOND_PERIOD";
    /// Caps of which neither lies within the other, so that one more event can bring less (warning).
    pub const CAPS_CROSS: &str = "CAPS_CROSS";
    /// A row without the clause it rests on.
    pub const NO_CLAUSE: &str = "NO_CLAUSE";
    /// Rows that only make sense under another law of the scheme.
    pub const WRONG_LAW: &str = "TABLE_WRONG_LAW";
}

/// Where in a table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Spot {
    /// Which kind of rows; `None` for the table as a whole.
    pub kind: Option<Kind>,
    /// Which row of that kind, from 0.
    pub row: usize,
    /// Which step of that row, from 0.
    pub step: Option<usize>,
    /// Which cell; `None` for the whole row.
    pub column: Option<Column>,
}

impl Spot {
    /// The table as a whole.
    pub const TABLE: Self = Self { kind: None, row: 0, step: None, column: None };

    /// A whole row.
    pub const fn row(kind: Kind, row: usize) -> Self {
        Self { kind: Some(kind), row, step: None, column: None }
    }

    /// A step of the row.
    #[must_use]
    pub const fn step(self, step: usize) -> Self {
        Self { step: Some(step), ..self }
    }

    /// A cell of the row or step.
    #[must_use]
    pub const fn cell(self, column: Column) -> Self {
        Self { column: Some(column), ..self }
    }

    /// The place as a JSON pointer into the TOML file.
    pub fn pointer(self) -> String {
        let Some(kind) = self.kind else { return String::new() };
        let step = self.step.map(|step| format!("/steps/{step}")).unwrap_or_default();
        let column = self.column.map(|column| format!("/{}", column.key())).unwrap_or_default();
        format!("/{}/{}{step}{column}", kind.key(), self.row)
    }
}

/// The three texts of a fault.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// English, one line, lower case, input in backticks.
    pub message: String,
    /// 中文：出了什么问题。
    pub text: String,
    /// 中文：怎么改。
    pub help: String,
}

/// Shorthand for [`Words`].
pub(crate) fn words(
    message: impl Into<String>,
    text: impl Into<String>,
    help: impl Into<String>,
) -> Words {
    Words { message: message.into(), text: text.into(), help: help.into() }
}

/// One fault of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Stable code, one of [`code`].
    pub code: &'static str,
    /// Whether the table works all the same.
    pub warning: bool,
    /// Where.
    pub spot: Spot,
    /// The row's id; empty when it has none or the fault is about the table.
    pub id: String,
    /// What, and the fix.
    pub words: Words,
}

/// Collects the faults of one pass.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<Fault>);

impl Faults {
    pub(crate) fn error(&mut self, code: &'static str, spot: Spot, id: &str, words: Words) {
        self.0.push(Fault { code, warning: false, spot, id: id.to_owned(), words });
    }

    pub(crate) fn warning(&mut self, code: &'static str, spot: Spot, id: &str, words: Words) {
        self.0.push(Fault { code, warning: true, spot, id: id.to_owned(), words });
    }
}
