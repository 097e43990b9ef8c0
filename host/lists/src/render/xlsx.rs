//! An XLSX workbook with one sheet; every cell is text, every date in it is fixed.

use package::Row;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::{cell, used};

/// Paper size A3, as spreadsheets number it.
const A3: u8 = 8;

/// The table as an XLSX file; same rows, same bytes.
///
/// # Errors
/// A text longer than a spreadsheet's cell may be, or more rows than a sheet has.
pub fn xlsx(title: &str, rows: &[Row]) -> Result<Vec<u8>, String> {
    build(title, rows).map_err(|error| error.to_string())
}

fn build(title: &str, rows: &[Row]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // a file that says when it was made would differ each time
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    let head = Format::new().set_bold().set_text_wrap();
    let body = Format::new().set_text_wrap().set_num_format("@");
    let sheet = book.add_worksheet();
    sheet.set_name("职责事项一览表")?;
    sheet.set_landscape().set_paper_size(A3).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, (field, width)) in (0_u16..).zip(used(rows)) {
        sheet.set_column_width(column, f64::from(width))?;
        sheet.write_string_with_format(0, column, field.title(), &head)?;
        for (line, row) in (1_u32..).zip(rows) {
            let text = cell(row, field);
            if !text.is_empty() {
                sheet.write_string_with_format(line, column, text, &body)?;
            }
        }
    }
    book.save_to_buffer()
}
