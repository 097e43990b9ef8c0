//! CSV in UTF-8 with a byte order mark, so that Excel shows Chinese.

use package::Row;

use super::{cell, used};

/// The table as CSV. A text that a spreadsheet would run as a formula is guarded by `'`, which the
/// importer takes off again.
pub fn csv(rows: &[Row]) -> String {
    let columns = used(rows);
    let head: Vec<String> = columns.iter().map(|(field, _)| field.title().to_owned()).collect();
    let mut text = String::from('\u{feff}');
    line(&mut text, &head);
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|(field, _)| cell(row, *field)).collect();
        line(&mut text, &cells);
    }
    text
}

pub(crate) fn line(text: &mut String, cells: &[String]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let guard = if cell.starts_with(['=', '+', '-', '@', '\'']) { "'" } else { "" };
        if cell.contains(['"', ',', '\n', '\r', '\t']) {
            text.push('"');
            text.push_str(guard);
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(guard);
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}
