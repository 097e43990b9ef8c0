//! A table as a workbook, or one kind of its rows as CSV; same table, same bytes.

use ::table::{Column, Form, Kind, Row, Table};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

use super::{ABOUT, KEYS};
use crate::render::csv::line;

/// What the first sheet tells people.
const HELP: [&str; 8] = [
    "填写说明（这些行导入时不读）：",
    "一张表管一类：计分项按次计分；阶梯按累计达到的档计分；分段按累计的数一段一段折算；名次按全村名次；折算按权重。",
    "下限、上限写明包不包括：≥100元（包括）、>100元（不包括）、≤1000元（包括）、<1000元（不包括）。",
    "计分单位写“次”“4小时”“100元”；不满一个单位的不计。小时按分钟记，元按分记，程序自己换算。",
    "分值最多两位小数。不给分的情况也写一行，分值 0.00。",
    "封顶留空就是不封顶。几行合起来封顶的，用“类别封顶”。",
    "每一行都要写条款。没有法律依据和生效文书的不能扣分。",
    "改好以后导入：xiangyue table import 文件.xlsx --package 镇街文件夹 --scheme 办法编号 --dry-run",
];

/// The text of a cell.
fn text(row: &Row, step: usize, column: Column) -> &str {
    let cell = row.cells.get(&column);
    let cell = cell.or_else(|| row.steps.get(step).and_then(|cells| cells.get(&column)));
    cell.map_or("", String::as_str)
}

fn columns(kind: Kind) -> Vec<Column> {
    // remarks stand at the end, behind the steps
    let (head, steps) = (kind.head(), kind.steps());
    let behind = |column: &Column| {
        matches!(column, Column::Evidence | Column::Channel | Column::Clause | Column::Note)
    };
    let front = head.iter().filter(|column| steps.is_empty() || !behind(column));
    let back = head.iter().filter(|column| !steps.is_empty() && behind(column));
    front.chain(steps).chain(back).copied().collect()
}

/// Lines of one kind: a row without steps is one line, else each step is.
fn lines(table: &Table, kind: Kind) -> impl Iterator<Item = (&Row, usize)> {
    let each = |row: &Row| row.steps.len().max(1);
    table.rows(kind).iter().flat_map(move |row| (0..each(row)).map(move |step| (row, step)))
}

/// One kind of rows as CSV in UTF-8 with a byte order mark.
pub fn table_csv(table: &Table, kind: Kind) -> String {
    let columns = columns(kind);
    let mut out = String::from('\u{feff}');
    line(&mut out, &columns.iter().map(|column| column.title().to_owned()).collect::<Vec<_>>());
    for (row, step) in lines(table, kind) {
        let cells: Vec<String> = columns.iter().map(|c| text(row, step, *c).to_owned()).collect();
        line(&mut out, &cells);
    }
    out
}

/// The table as an XLSX workbook: a sheet for each kind it has rows of, and the items in any case.
///
/// # Errors
/// A text longer than a spreadsheet's cell may be, or more rows than a sheet has.
pub fn table_xlsx(table: &Table) -> Result<Vec<u8>, String> {
    build(table).map_err(|error| error.to_string())
}

fn build(table: &Table) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // a file that says when it was made would differ each time
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(&table.title).set_creation_datetime(&made));
    for kind in Kind::ALL {
        if kind == Kind::Item || !table.rows(kind).is_empty() {
            rows(book.add_worksheet(), table, kind)?;
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name(ABOUT)?;
    sheet.set_column_width(1, 80)?;
    let values = [table.id.as_str(), table.title.as_str(), table.note.as_str(), table.hit.title()];
    for (at, (key, value)) in (0_u32..).zip(KEYS.into_iter().zip(values)) {
        sheet.write_string(at, 0, key)?;
        sheet.write_string(at, 1, value)?;
    }
    let wrap = Format::new().set_text_wrap();
    for (at, help) in (5_u32..).zip(HELP) {
        sheet.write_string_with_format(at, 1, help, &wrap)?;
    }
    book.save_to_buffer()
}

fn width(column: Column) -> u32 {
    match column.form() {
        Form::Text(max) if max > 20 => 28,
        Form::Text(_) | Form::Id | Form::Names => 14,
        _ => 11,
    }
}

fn rows(sheet: &mut Worksheet, table: &Table, kind: Kind) -> Result<(), XlsxError> {
    let head = Format::new().set_bold().set_text_wrap();
    let body = Format::new().set_text_wrap().set_num_format("@").set_align(FormatAlign::Top);
    let points = Format::new().set_num_format("0.00").set_align(FormatAlign::Top);
    sheet.set_name(kind.title())?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_freeze_panes(1, 0)?;
    for (at, column) in (0_u16..).zip(columns(kind)) {
        sheet.set_column_width(at, f64::from(width(column)))?;
        sheet.write_string_with_format(0, at, column.title(), &head)?;
        let mut line = 1_u32;
        for row in table.rows(kind) {
            let steps = u32::try_from(row.steps.len().max(1)).unwrap_or(1);
            let last = line.saturating_add(steps).saturating_sub(1);
            let own = row.cells.get(&column).filter(|text| !text.is_empty());
            if kind.head().contains(&column) && last > line {
                if let Some(text) = own {
                    sheet.merge_range(line, at, last, at, text, &body)?;
                }
            } else {
                for (step, line) in (line..=last).enumerate() {
                    let text = text(row, step, column);
                    // a number stays one, so that people can reckon with it
                    match text.parse::<f64>() {
                        Ok(number) if column.form() == Form::Points => {
                            sheet.write_number_with_format(line, at, number, &points)?;
                        }
                        _ if text.is_empty() => {}
                        _ => {
                            sheet.write_string_with_format(line, at, text, &body)?;
                        }
                    }
                }
            }
            line = last.saturating_add(1);
        }
    }
    Ok(())
}
