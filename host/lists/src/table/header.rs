//! Finds the row or the two rows that name the columns of a scoring standard.

use std::collections::BTreeMap;

use ::table::{Column, Kind};

use crate::columns::plain;
use crate::finding::{CellFinding, code, words};
use crate::limits::HEADER_ROWS_MAX;
use crate::sheet::Grid;

/// The columns of a sheet.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Header {
    /// Place by column.
    pub(super) columns: BTreeMap<Column, usize>,
    /// First row below the header.
    pub(super) body: usize,
}

/// The columns a kind has.
fn columns(kind: Kind) -> impl Iterator<Item = Column> {
    kind.head().iter().chain(kind.steps()).copied()
}

/// The column of a kind that a header names.
fn named(kind: Kind, header: &str) -> Option<Column> {
    let header = plain(header);
    if header.is_empty() {
        return None;
    }
    columns(kind).find(|column| {
        std::iter::once(&column.title()).chain(column.also()).any(|name| plain(name) == header)
    })
}

/// What one row, or two rows, say about each column.
fn candidate(
    grid: &Grid,
    row: usize,
    two: bool,
    kind: Kind,
) -> Option<(Vec<Option<Column>>, usize)> {
    let below = row.saturating_add(1);
    if !two {
        let found = (0..grid.width()).map(|at| named(kind, grid.text(row, at))).collect();
        return Some((found, below));
    }
    grid.rows.get(below)?;
    let (mut found, mut group) = (Vec::new(), "");
    for at in 0..grid.width() {
        let (upper, lower) = (grid.text(row, at).trim(), grid.text(below, at).trim());
        if !upper.is_empty() {
            group = upper;
        } else if lower.is_empty() {
            group = "";
        }
        let column = if lower.is_empty() || lower == upper {
            named(kind, upper)
        } else {
            // 封顶 over 每月 is 每月封顶; the lower row is data when a cell of it names nothing
            let (before, after) = (format!("{group}{lower}"), format!("{lower}{group}"));
            let both = named(kind, &after).or_else(|| named(kind, &before));
            Some(both.or_else(|| named(kind, lower))?)
        };
        found.push(column);
    }
    Some((found, below.saturating_add(1)))
}

fn known(found: &[Option<Column>]) -> usize {
    let mut columns: Vec<Column> = found.iter().flatten().copied().collect();
    columns.sort_unstable();
    columns.dedup();
    columns.len()
}

fn best(grid: &Grid, kind: Kind) -> Option<(Vec<Option<Column>>, usize)> {
    let mut best: Option<(Vec<Option<Column>>, usize)> = None;
    for row in 0..grid.rows.len().min(HEADER_ROWS_MAX) {
        for two in [false, true] {
            let Some(found) = candidate(grid, row, two, kind) else { continue };
            let more = best.as_ref().is_none_or(|best| known(&found.0) > known(&best.0));
            if known(&found.0) >= 2 && more {
                best = Some(found);
            }
        }
    }
    best
}

/// The kind whose columns a sheet names best; items when several do equally well.
pub(super) fn kind(grid: &Grid) -> Kind {
    let own = |kind: &Kind| match kind {
        Kind::Class | Kind::Item => None,
        Kind::Ladder => Some(Column::At),
        Kind::Rate => Some(Column::Window),
        Kind::Rank => Some(Column::UpTo),
        Kind::Weight => Some(Column::Weight),
    };
    let shows = |kind: &Kind| {
        let Some(own) = own(kind) else { return false };
        best(grid, *kind).is_some_and(|(found, _)| found.contains(&Some(own)))
    };
    Kind::ALL.into_iter().find(shows).unwrap_or(Kind::Item)
}

/// Finds the header of a sheet of one kind.
pub(super) fn find(
    sheet: &str,
    grid: &Grid,
    kind: Kind,
    findings: &mut Vec<CellFinding>,
) -> Option<Header> {
    let Some((found, body)) = best(grid, kind) else {
        findings.push(CellFinding {
            list: sheet.to_owned(),
            ..CellFinding::of_sheet(
                code::NO_HEADER,
                1,
                words(
                    "no row names the columns",
                    "没有找到表头。",
                    "表头至少要有“项目”“计分单位”“分值”“条款”；可以先用 table export 导出一张样表照着填。",
                ),
            )
        });
        return None;
    };
    let head = body.saturating_sub(1);
    let mut header = Header { body, ..Header::default() };
    for (at, column) in found.iter().enumerate() {
        let spot = grid.spot(head, at);
        let said = crate::cells::short(grid.text(head, at).trim());
        let of_cell = |code: &str, words| CellFinding {
            list: sheet.to_owned(),
            cell: spot.name(),
            ..CellFinding::of_sheet(code, spot.line, words)
        };
        match column {
            Some(column) if header.columns.contains_key(column) => findings.push(of_cell(
                code::TWO_COLUMNS,
                words(
                    format!("two columns are `{}`", column.key()),
                    format!("有两列都是“{}”。", column.title()),
                    "只留一列，或把其中一列改个名字。",
                ),
            )),
            Some(column) => drop(header.columns.insert(*column, at)),
            None if said.is_empty() || matches!(plain(&said).as_str(), "序号" | "序") => {}
            None => findings.push(
                of_cell(
                    code::UNKNOWN_COLUMN,
                    words(
                        format!("column `{said}` has no meaning and is not read"),
                        format!("“{said}”这一列不认识，没有读。"),
                        "要用这一列的，把表头改成样表里的名字。",
                    ),
                )
                .into_warning(),
            ),
        }
    }
    Some(header)
}
