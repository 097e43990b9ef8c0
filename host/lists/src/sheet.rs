//! Files to cells: CSV in UTF-8 or GB18030, and one sheet of an XLSX workbook.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader, SheetVisible, Xlsx};

use crate::finding::{CellFinding, code, words};
use crate::limits;

/// Where a cell stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Spot {
    /// Line of the file (CSV) or row of the sheet (XLSX), from 1.
    pub line: u32,
    /// Column, from 0.
    pub column: usize,
}

impl Spot {
    /// The name a spreadsheet shows, e.g. `B7`.
    pub fn name(self) -> String {
        let (mut letters, mut rest) = (Vec::new(), self.column);
        loop {
            let letter = u8::try_from(rest.checked_rem(26).unwrap_or(0)).unwrap_or(0);
            letters.push(char::from(b'A'.saturating_add(letter)));
            match rest.checked_div(26).and_then(|up| up.checked_sub(1)) {
                Some(up) => rest = up,
                None => break,
            }
        }
        letters.reverse();
        format!("{}{}", letters.into_iter().collect::<String>(), self.line)
    }
}

/// The cells of a sheet as text; a merged cell's text stands in each cell it covers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Grid {
    /// Rows with their line numbers.
    pub(crate) rows: Vec<(u32, Vec<String>)>,
    /// Line and column of each cell that repeats the text of a merged cell above it.
    pub(crate) repeated: BTreeSet<(u32, usize)>,
}

impl Grid {
    /// The text of a cell; empty where there is none.
    pub(crate) fn text(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|(_, cells)| cells.get(column)).map_or("", String::as_str)
    }

    /// Where a cell stands.
    pub(crate) fn spot(&self, row: usize, column: usize) -> Spot {
        Spot { line: self.rows.get(row).map_or(1, |(line, _)| *line), column }
    }

    /// How many columns the widest row has.
    pub(crate) fn width(&self) -> usize {
        self.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0)
    }
}

fn unreadable(message: &str, text: &str, help: &str) -> CellFinding {
    CellFinding::of_sheet(code::UNREADABLE, 1, words(message, text, help))
}

fn too_large() -> CellFinding {
    unreadable(
        "the sheet is larger than a list can be",
        "表格太大，不像是一张清单。",
        "只留清单所在的那一张表，删去图片和多余的行列。",
    )
}

/// Reads a CSV file in UTF-8 (with or without a byte order mark) or GB18030.
///
/// # Errors
/// A finding when the file is too large or the text is in neither encoding.
pub fn read_csv(bytes: &[u8]) -> Result<Grid, CellFinding> {
    if bytes.len() > limits::FILE_BYTES_MAX {
        return Err(too_large());
    }
    // what Excel wrote before 2007 is no text at all
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(not_a_sheet());
    }
    // the reader counts a line that ends in both marks one too late
    let text = text(bytes)?.replace("\r\n", "\n");
    // Excel's own "Unicode text" is divided by tabs; a list has no tab inside a cell
    let tabs = text.lines().next().is_some_and(|line| line.contains('\t') && !line.contains(','));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if tabs { b'\t' } else { b',' })
        .from_reader(text.as_bytes());
    let mut grid = Grid::default();
    for record in reader.records() {
        let Ok(record) = record else { return Err(not_a_sheet()) };
        if grid.rows.len() >= limits::ROWS_MAX || record.len() > limits::COLUMNS_MAX {
            return Err(too_large());
        }
        let line = record.position().map_or(1, csv::Position::line);
        let cells = record.iter().map(plain_csv).collect();
        grid.rows.push((u32::try_from(line).unwrap_or(u32::MAX), cells));
    }
    checked(grid)
}

/// A cell that a printed CSV guarded against being run as a formula, without the guard.
fn plain_csv(text: &str) -> String {
    let bare = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\'']));
    bare.unwrap_or(text).to_owned()
}

fn text(bytes: &[u8]) -> Result<String, CellFinding> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned());
    }
    let (text, _, broken) = encoding_rs::GB18030.decode(bytes);
    if broken {
        return Err(unreadable(
            "the text is neither utf-8 nor gb18030",
            "文字编码认不出来。",
            "在 Excel 里另存为“CSV UTF-8”或 .xlsx 再导入。",
        ));
    }
    Ok(text.into_owned())
}

fn not_a_sheet() -> CellFinding {
    unreadable(
        "the file is no sheet that can be read",
        "文件读不出表格，可能已经损坏。",
        "用 Excel 或 WPS 打开，另存为 .xlsx 再导入；旧的 .xls 也要另存。",
    )
}

/// Reads one sheet of an XLSX workbook: the named one, or the first that is visible.
///
/// # Errors
/// A finding when the file is no workbook, too large, or has no such sheet.
pub fn read_xlsx(bytes: &[u8], sheet: Option<&str>) -> Result<Grid, CellFinding> {
    if bytes.len() > limits::FILE_BYTES_MAX || unpacked(bytes) > limits::UNPACKED_BYTES_MAX {
        return Err(too_large());
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| not_a_sheet())?;
    let name = book
        .sheets_metadata()
        .iter()
        .find(|known| match sheet {
            Some(name) => known.name == name,
            None => known.visible == SheetVisible::Visible,
        })
        .map(|known| known.name.clone());
    let Some(name) = name else {
        let known: Vec<&str> = book.sheets_metadata().iter().map(|s| s.name.as_str()).collect();
        return Err(unreadable(
            &format!("no sheet `{}`; there are: {}", sheet.unwrap_or_default(), known.join(", ")),
            &format!("没有这张表，文件里有：{}。", known.join("、")),
            "用 --sheet 写对工作表的名字。",
        ));
    };
    grid(&mut book, &name)
}

/// Reads every visible sheet of an XLSX workbook, with its name.
///
/// # Errors
/// A finding when the file is no workbook, or too large.
pub fn read_sheets(bytes: &[u8]) -> Result<Vec<(String, Grid)>, CellFinding> {
    if bytes.len() > limits::FILE_BYTES_MAX || unpacked(bytes) > limits::UNPACKED_BYTES_MAX {
        return Err(too_large());
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| not_a_sheet())?;
    let visible = book.sheets_metadata().iter().filter(|s| s.visible == SheetVisible::Visible);
    let names: Vec<String> =
        visible.map(|sheet| sheet.name.clone()).take(limits::SHEETS_MAX).collect();
    let read = |name: String| grid(&mut book, &name).map(|grid| (name, grid));
    names.into_iter().map(read).collect()
}

fn grid(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Grid, CellFinding> {
    let merged = book.merge_cells_by_sheet_name(name).map_err(|_| not_a_sheet())?;
    let mut grid = cells(book, name)?;
    for area in merged.into_iter().take(limits::ROWS_MAX) {
        cover(&mut grid, &area);
    }
    checked(grid)
}

/// Reads cells one by one, so that a cell at the far end of a sheet costs nothing.
fn cells(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Grid, CellFinding> {
    let mut reader = book.worksheet_cells_reader(name).map_err(|_| not_a_sheet())?;
    let mut rows: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    loop {
        let cell = match reader.next_cell() {
            Ok(Some(cell)) => cell,
            Ok(None) => break,
            Err(_) => return Err(not_a_sheet()),
        };
        let (row, column) = cell.get_position();
        let text = shown(cell.get_value());
        if text.trim().is_empty() {
            continue;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= limits::COLUMNS_MAX || rows.len() >= limits::ROWS_MAX {
            return Err(too_large());
        }
        let cells = rows.entry(row).or_default();
        if cells.len() <= column {
            cells.resize(column.saturating_add(1), String::new());
        }
        if let Some(cell) = cells.get_mut(column) {
            *cell = text;
        }
    }
    let rows = rows.into_iter().map(|(row, cells)| (row.saturating_add(1), cells)).collect();
    Ok(Grid { rows, ..Grid::default() })
}

/// A cell's value as a person sees it; a date as `YYYY-MM-DD`, a whole number without a point.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => format!("{number}"),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        DataRef::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Writes a merged cell's text in each cell it covers.
fn cover(grid: &mut Grid, area: &Dimensions) {
    let line = |row: u32| row.saturating_add(1);
    let (top, left) = area.start;
    let (bottom, right) = area.end;
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    let right = usize::try_from(right).unwrap_or(usize::MAX).min(limits::COLUMNS_MAX);
    let own = grid.rows.iter().find(|(at, _)| *at == line(top));
    let Some(text) = own.and_then(|(_, cells)| cells.get(left)).cloned() else { return };
    for (at, cells) in &mut grid.rows {
        if *at < line(top) || *at > line(bottom) {
            continue;
        }
        for column in left..=right {
            if cells.len() <= column {
                cells.resize(column.saturating_add(1), String::new());
            }
            if let Some(cell) = cells.get_mut(column)
                && cell.is_empty()
            {
                cell.clone_from(&text);
                if *at > line(top) {
                    grid.repeated.insert((*at, column));
                }
            }
        }
    }
}

fn checked(grid: Grid) -> Result<Grid, CellFinding> {
    let mut texts = grid.rows.iter().flat_map(|(_, cells)| cells);
    if texts.any(|text| text.chars().count() > limits::CELL_CHARS_MAX) {
        return Err(too_large());
    }
    Ok(grid)
}

/// Sum of the unpacked sizes that a zip file's directory states; zero for anything else.
fn unpacked(bytes: &[u8]) -> u64 {
    let mut sum = 0_u64;
    for at in directory_entries(bytes) {
        let size = bytes.get(at.saturating_add(24)..at.saturating_add(28));
        let size: [u8; 4] = size.and_then(|s| s.try_into().ok()).unwrap_or_default();
        sum = sum.saturating_add(u64::from(u32::from_le_bytes(size)));
    }
    sum
}

/// Offsets at which a directory entry starts.
fn directory_entries(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    bytes.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x01\x02").map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spots_have_the_names_a_spreadsheet_shows() {
        for (column, want) in [
            (0, "A7"),
            (1, "B7"),
            (25, "Z7"),
            (26, "AA7"),
            (51, "AZ7"),
            (52, "BA7"),
            (701, "ZZ7"),
            (702, "AAA7"),
        ] {
            assert_eq!(Spot { line: 7, column }.name(), want);
        }
    }

    #[test]
    fn csv_survives_its_encodings() {
        let want = read_csv("编号,名称\n1,低保\n".as_bytes()).unwrap();
        let marked = [b"\xef\xbb\xbf".as_slice(), "编号,名称\r\n1,低保\r\n".as_bytes()].concat();
        assert_eq!(read_csv(&marked).unwrap(), want);
        let (gb, _, _) = encoding_rs::GB18030.encode("编号,名称\n1,低保\n");
        assert_eq!(read_csv(&gb).unwrap(), want);
        assert_eq!(read_csv("编号\t名称\n1\t低保\n".as_bytes()).unwrap(), want);
        assert!(read_csv(&[0xff, 0xff, 0xff, 0x80]).is_err());
        let old = read_csv(&[0xd0, 0xcf, 0x11, 0xe0, 0x41]).unwrap_err();
        assert!(old.help.contains(".xlsx"), "{old:?}");
        assert_eq!(want.text(1, 1), "低保");
        assert_eq!(want.spot(1, 1).name(), "B2");
    }

    #[test]
    fn a_packed_size_beyond_the_limit_is_refused_before_unpacking() {
        let mut bytes = b"PK\x01\x02".to_vec();
        bytes.extend([0; 20]);
        bytes.extend(u32::MAX.to_le_bytes());
        let finding = read_xlsx(&bytes, None).unwrap_err();
        assert!(finding.message.contains("larger"), "{finding:?}");
    }
}
