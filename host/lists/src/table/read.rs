//! Sheets to a table. Cells are written in their one form where they can be read; what is wrong with them, and with the
//! table as a whole, is found by the crate `table` and told here by the cell it stands in.

use std::collections::BTreeMap;

use ::table::{Cells, Column, EventShape, Fault, Hit, Kind, Row, Spot, Table, clean, tidy};

use super::header::{self, Header};
use super::{ABOUT, KEYS};
use crate::finding::{CellFinding, code, words};
use crate::sheet::{self, Grid};

/// What sheets are read against.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Id of a table that does not say its own.
    pub id: &'a str,
    /// Title of a table that does not say its own.
    pub title: &'a str,
    /// The table that is replaced; kinds without a sheet keep its rows.
    pub old: Option<&'a Table>,
    /// The events of the scheme, which rows may name by their titles.
    pub events: &'a [EventShape],
}

/// A table read from sheets.
#[derive(Clone, Default, Debug)]
pub struct Imported {
    /// The table.
    pub table: Table,
    /// What is wrong with the sheets themselves.
    pub findings: Vec<CellFinding>,
    /// Kinds that no sheet was there for.
    pub kept: Vec<Kind>,
    /// Name of the sheet and place of each column, by kind.
    sheets: BTreeMap<Kind, (String, BTreeMap<Column, usize>)>,
    /// Line of each row and step.
    lines: BTreeMap<Spot, u32>,
}

impl Imported {
    /// A fault of the table, told by the cell.
    pub fn located(&self, fault: &Fault) -> CellFinding {
        let whole = Spot { column: None, ..fault.spot };
        let line = self.lines.get(&whole).or_else(|| self.lines.get(&Spot { step: None, ..whole }));
        let found = fault.spot.kind.and_then(|kind| self.sheets.get(&kind));
        let (sheet, columns) =
            found.map_or(("", None), |(name, columns)| (name.as_str(), Some(columns)));
        let wanted = fault.spot.column.unwrap_or(Column::Title);
        let at =
            columns.and_then(|columns| columns.get(&wanted).or_else(|| columns.get(&Column::Id)));
        let cell = match (line, at) {
            (Some(line), Some(column)) => sheet::Spot { line: *line, column: *column }.name(),
            _ => String::new(),
        };
        CellFinding {
            code: fault.code.to_owned(),
            warning: fault.warning,
            message: fault.words.message.clone(),
            text: fault.words.text.clone(),
            help: fault.words.help.clone(),
            list: sheet.to_owned(),
            item: fault.id.clone(),
            field: fault.spot.column.map(|column| column.title().to_owned()).unwrap_or_default(),
            cell,
            line: line.copied().unwrap_or(1),
        }
    }
}

/// Reads the sheets of a workbook, or the one sheet of a CSV file (without a name). Never panics, whatever the cells.
pub fn import(sheets: &[(String, Grid)], asked: Asked<'_>) -> Imported {
    let mut done = Imported::default();
    let old = asked.old.cloned().unwrap_or_default();
    done.table = Table {
        id: if old.id.is_empty() { asked.id.to_owned() } else { old.id.clone() },
        title: if old.title.is_empty() { asked.title.to_owned() } else { old.title.clone() },
        note: old.note.clone(),
        hit: old.hit,
        rows: BTreeMap::new(),
    };
    let mut named: Vec<(Kind, &str, &Grid)> = Vec::new();
    for (name, grid) in sheets {
        if name.trim() == ABOUT {
            about(&mut done, name, grid);
        } else if let Some(kind) = Kind::of_title(name) {
            named.push((kind, name, grid));
        }
    }
    if named.is_empty()
        && let Some((name, grid)) = sheets.iter().find(|(name, _)| name.trim() != ABOUT)
    {
        named.push((header::kind(grid), name, grid));
    }
    for (kind, name, grid) in named {
        let Some(header) = header::find(name, grid, kind, &mut done.findings) else { continue };
        let mut reader = Reader { kind, name, grid, header: &header, asked, done: &mut done };
        reader.rows();
        done.sheets.insert(kind, (name.to_owned(), header.columns));
    }
    for kind in Kind::ALL {
        if !done.sheets.contains_key(&kind) && !old.rows(kind).is_empty() {
            done.table.rows.insert(kind, old.rows(kind).to_vec());
            done.kept.push(kind);
        }
    }
    done.table.rows.retain(|_, rows| !rows.is_empty());
    done
}

/// The table's own id, title and remark.
fn about(done: &mut Imported, name: &str, grid: &Grid) {
    for row in 0..grid.rows.len() {
        let (key, value) = (clean(grid.text(row, 0)), clean(grid.text(row, 1)));
        let [id, title, note, hit] = KEYS.map(|known| known == key);
        if id && !value.is_empty() {
            done.table.id = value;
        } else if title && !value.is_empty() {
            done.table.title = value;
        } else if note {
            done.table.note = value;
        } else if hit {
            let mut known = [Hit::Unique, Hit::First].into_iter();
            let found = known.find(|hit| hit.title() == value || value.is_empty());
            if let Some(hit) = found {
                done.table.hit = hit;
                continue;
            }
            let (spot, said) = (grid.spot(row, 1), crate::cells::short(&value));
            done.findings.push(CellFinding {
                list: name.to_owned(),
                field: key,
                cell: spot.name(),
                ..CellFinding::of_sheet(
                    code::WRONG_CELL,
                    spot.line,
                    words(
                        format!("`{said}` is no way to settle overlaps"),
                        format!("“{said}”不是这一格能写的。"),
                        "只能写“不得重叠”或“先写的先算”。",
                    ),
                )
            });
        }
    }
}

/// Reads one sheet.
struct Reader<'a, 'd> {
    kind: Kind,
    name: &'a str,
    grid: &'a Grid,
    header: &'a Header,
    asked: Asked<'a>,
    done: &'d mut Imported,
}

impl Reader<'_, '_> {
    fn rows(&mut self) {
        let mut rows: Vec<Row> = Vec::new();
        for at in self.header.body..self.grid.rows.len() {
            if self.passed_over(at) {
                continue;
            }
            let mut cells = self.cells(at, self.kind.head());
            let steps = self.cells(at, self.kind.steps());
            let line = self.grid.spot(at, 0).line;
            let again = !self.kind.steps().is_empty()
                && rows.last().is_some_and(|last| {
                    let id = cells.get(&Column::Id).map_or("", String::as_str);
                    id.is_empty() || id == last.text(Column::Id)
                });
            if !again {
                self.fill(&mut cells);
                self.merged_caps(at, &cells);
                self.done.lines.insert(Spot::row(self.kind, rows.len()), line);
                rows.push(Row { cells, steps: Vec::new() });
            } else if let Some(last) = rows.last() {
                self.differs(at, last, &cells);
            }
            let index = rows.len().saturating_sub(1);
            if let Some(last) = rows.last_mut()
                && !self.kind.steps().is_empty()
                && !steps.is_empty()
            {
                let spot = Spot::row(self.kind, index).step(last.steps.len());
                self.done.lines.insert(spot, line);
                last.steps.push(steps);
            }
        }
        self.done.table.rows.insert(self.kind, rows);
    }

    fn text(&self, at: usize, column: Column) -> String {
        let place = self.header.columns.get(&column);
        place.map(|place| clean(self.grid.text(at, *place))).unwrap_or_default()
    }

    /// Cells in their one form; one that cannot be read stays as it is, for the check to name it.
    fn cells(&self, at: usize, columns: &[Column]) -> Cells {
        let mut cells = Cells::new();
        for column in columns {
            let text = self.text(at, *column);
            let text = if *column == Column::Event { self.event(&text) } else { text };
            let text = tidy(column.form(), &text).unwrap_or(text);
            if !text.is_empty() {
                cells.insert(*column, text);
            }
        }
        cells
    }

    /// An event by its title.
    fn event(&self, text: &str) -> String {
        let titled = self.asked.events.iter().find(|event| event.title == text);
        titled.map_or_else(|| text.to_owned(), |event| event.kind.clone())
    }

    /// A sheet people send has no ids: the event's, named by the row's title, does for both.
    fn fill(&self, cells: &mut Cells) {
        if self.kind == Kind::Class {
            return;
        }
        if !cells.contains_key(&Column::Event) {
            let title = cells.get(&Column::Title).map_or("", String::as_str);
            let event = self.asked.events.iter().find(|event| event.title == title);
            cells.extend(event.map(|event| (Column::Event, event.kind.clone())));
        }
        if !cells.contains_key(&Column::Id) {
            let event = cells.get(&Column::Event).cloned();
            cells.extend(event.map(|event| (Column::Id, event)));
        }
    }

    /// Rows that hold nothing of the table: empty ones, sums, remarks, section lines, the header again.
    fn passed_over(&self, at: usize) -> bool {
        let texts: Vec<String> =
            (0..self.grid.width()).map(|c| clean(self.grid.text(at, c))).collect();
        let filled: Vec<&str> =
            texts.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let Some(first) = filled.first() else { return true };
        // a section line is one merged cell, repeated in each column
        let one = filled.iter().all(|text| text == first);
        let remark = [
            "合计",
            "小计",
            "总计",
            "备注：",
            "备注:",
            "注：",
            "注:",
            "说明：",
            "填表人",
            "审核人",
            "制表",
        ];
        let title = self.text(at, Column::Title);
        let mut named = remark.iter().filter(|word| first.starts_with(**word) || title == **word);
        named.next().is_some()
            || (one && self.kind != Kind::Class && filled.len() > 1)
            || (one
                && self.kind != Kind::Class
                && first.starts_with(['一', '二', '三', '四', '五', '六', '七', '八', '九', '（']))
            || title == Column::Title.title()
    }

    fn report(&mut self, at: usize, column: Column, item: &str, said: crate::finding::Words) {
        let place = self.header.columns.get(&column).copied().unwrap_or(0);
        let spot = self.grid.spot(at, place);
        self.done.findings.push(CellFinding {
            list: self.name.to_owned(),
            item: item.to_owned(),
            field: column.title().to_owned(),
            cell: spot.name(),
            ..CellFinding::of_sheet(code::WRONG_CELL, spot.line, said)
        });
    }

    /// One cap over several rows is a cap of them together, which only a class has.
    fn merged_caps(&mut self, at: usize, cells: &Cells) {
        let caps = [
            Column::CapEvent,
            Column::CapDay,
            Column::CapMonth,
            Column::CapQuarter,
            Column::CapYear,
        ];
        let line = self.grid.spot(at, 0).line;
        for column in caps {
            let place = self.header.columns.get(&column).copied();
            if place.is_some_and(|place| self.grid.repeated.contains(&(line, place))) {
                let item = cells.get(&Column::Id).cloned().unwrap_or_default();
                self.report(
                    at,
                    column,
                    &item,
                    words(
                        "a cap merged over several rows",
                        format!("“{}”合并在几行上，看不出是每行各封顶还是合起来封顶。", column.title()),
                        "各封各的，取消合并每行都写；合起来封顶的，给这几行同一个类别，写在“类别封顶”表里。",
                    ),
                );
            }
        }
    }

    /// A later step of a row repeats its cells or leaves them empty.
    fn differs(&mut self, at: usize, last: &Row, cells: &Cells) {
        let other: Vec<Column> = cells
            .iter()
            .filter(|(column, text)| last.text(**column) != text.as_str())
            .map(|(column, _)| *column)
            .collect();
        for column in other {
            let item = last.text(Column::Id).to_owned();
            self.report(
                at,
                column,
                &item,
                words(
                    format!("`{}` differs from the first line of the row", column.key()),
                    format!("“{}”和这一项第一行写的不一样。", column.title()),
                    "同一项的各档，这一格要一样，或者只在第一行写。",
                ),
            );
        }
    }
}
