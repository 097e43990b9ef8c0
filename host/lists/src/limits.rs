//! What one spreadsheet may bring along; anything above is a finding, never read further.

/// Bytes of a file.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of everything packed in an XLSX file, as its directory states them.
pub const UNPACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Rows of a sheet.
pub const ROWS_MAX: usize = 5_000;
/// Columns of a sheet.
pub const COLUMNS_MAX: usize = 64;
/// Characters of one cell.
pub const CELL_CHARS_MAX: usize = 2_000;
/// Sheets of one workbook that are read.
pub const SHEETS_MAX: usize = 20;
/// Rows at the top in which the header is looked for.
pub const HEADER_ROWS_MAX: usize = 15;
/// Findings listed for one file; the rest is counted.
pub const FINDINGS_MAX: usize = 500;
