//! Finds the row or the two rows that name the columns.

use std::collections::{BTreeMap, BTreeSet};

use crate::columns::{Field, Names};
use crate::finding::{CellFinding, code, words};
use crate::limits::HEADER_ROWS_MAX;
use crate::sheet::Grid;

/// The columns of a sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    /// Column by field.
    pub(crate) columns: BTreeMap<Field, usize>,
    /// First row below the header.
    pub(crate) body: usize,
}

/// What a row or two rows say about each column.
struct Candidate {
    fields: Vec<Option<Field>>,
    /// The first row below.
    body: usize,
    known: usize,
}

/// Finds the header; findings say what is missing, doubled or has no meaning.
pub(crate) fn find(grid: &Grid, names: &Names, findings: &mut Vec<CellFinding>) -> Option<Header> {
    let mut best: Option<Candidate> = None;
    for row in 0..grid.rows.len().min(HEADER_ROWS_MAX) {
        let two = two_rows(grid, row, names);
        for candidate in std::iter::once(one_row(grid, row, names)).chain(two) {
            // a candidate must beat what stands above it: data may repeat a column's name
            if candidate.known >= 2 && best.as_ref().is_none_or(|b| candidate.known > b.known) {
                best = Some(candidate);
            }
        }
    }
    let Some(best) = best else {
        findings.push(CellFinding::of_sheet(
            code::NO_HEADER,
            1,
            words(
                "no row names the columns",
                "没有找到表头。",
                "表头至少要有“事项名称”“主管部门”和“依据”；可以先用 lists render 导出一张样表照着填。",
            ),
        ));
        return None;
    };
    let head = best.body.saturating_sub(1);
    let mut columns = BTreeMap::new();
    for (column, field) in best.fields.iter().enumerate() {
        let spot = grid.spot(head, column);
        let said = crate::cells::short(grid.text(head, column).trim());
        match field {
            Some(field) if columns.contains_key(field) => {
                findings.push(CellFinding::of_cell(
                    code::TWO_COLUMNS,
                    spot,
                    *field,
                    words(
                        format!("two columns are called `{said}`"),
                        format!("有两列都是“{}”。", field.title()),
                        "只留一列，或把其中一列改个名字。",
                    ),
                ));
            }
            Some(field) => drop(columns.insert(*field, column)),
            None if said.is_empty() => {}
            None => findings.push(
                CellFinding {
                    cell: spot.name(),
                    ..CellFinding::of_sheet(
                        code::UNKNOWN_COLUMN,
                        spot.line,
                        words(
                            format!("column `{said}` has no meaning and is not read"),
                            format!("“{said}”这一列不认识，没有读。"),
                            "要用这一列的，把表头改成样表里的名字，或在 wording.toml 的 columns 里加上别名。",
                        ),
                    )
                }
                .into_warning(),
            ),
        }
    }
    missing(&columns, grid.spot(head, 0).line, findings);
    Some(Header { columns, body: best.body })
}

/// The columns every list needs.
fn missing(columns: &BTreeMap<Field, usize>, line: u32, findings: &mut Vec<CellFinding>) {
    let law = columns.contains_key(&Field::Basis) || columns.contains_key(&Field::BasisLaw);
    let needed = [
        (Field::Title, columns.contains_key(&Field::Title)),
        (Field::Department, columns.contains_key(&Field::Department)),
        (Field::Basis, law),
    ];
    for (field, _) in needed.into_iter().filter(|(_, there)| !there) {
        findings.push(CellFinding {
            field: field.title().to_owned(),
            ..CellFinding::of_sheet(
                code::MISSING_COLUMN,
                line,
                words(
                    format!("the column `{}` is missing", field.title()),
                    format!("缺少“{}”这一列。", field.title()),
                    "在表头里补上这一列。",
                ),
            )
        });
    }
}

fn candidate(fields: Vec<Option<Field>>, body: usize) -> Candidate {
    let known: BTreeSet<Field> = fields.iter().flatten().copied().collect();
    Candidate { known: known.len(), fields, body }
}

fn one_row(grid: &Grid, row: usize, names: &Names) -> Candidate {
    let fields = (0..grid.width()).map(|column| names.field(grid.text(row, column))).collect();
    candidate(fields, row.saturating_add(1))
}

/// Two rows: `依据` over `法律名称` and `条款`. A blank cell of the upper row belongs to its left
/// neighbour, a blank cell of the lower row to the cell above.
fn two_rows(grid: &Grid, row: usize, names: &Names) -> Option<Candidate> {
    let below = row.saturating_add(1);
    grid.rows.get(below)?;
    let (mut fields, mut group) = (Vec::new(), "");
    for column in 0..grid.width() {
        let (upper, lower) = (grid.text(row, column).trim(), grid.text(below, column).trim());
        if !upper.is_empty() {
            group = upper;
        } else if lower.is_empty() {
            group = "";
        }
        let field = if lower.is_empty() || lower == upper {
            names.field(upper)
        } else {
            let both = format!("{group}{lower}");
            // the lower row is data when a cell of it names nothing
            Some(names.field(lower).or_else(|| names.field(&both))?)
        };
        fields.push(field);
    }
    Some(candidate(fields, below.saturating_add(1)))
}
