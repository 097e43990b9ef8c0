//! A table in its one text form, with the way back from a line to the cell.

use crate::{Cells, Column, Hit, Kind, Spot, Table};

/// The text of a `*.table.toml`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Line and what stands on it, in the order of the text.
    places: Vec<(u32, Spot)>,
}

impl Written {
    /// What stands on a line; `None` for the head of the file.
    pub fn at(&self, line: u32) -> Option<Spot> {
        self.places.iter().rev().find(|(own, _)| *own <= line).map(|(_, spot)| *spot)
    }
}

struct Writer {
    text: String,
    line: u32,
    places: Vec<(u32, Spot)>,
}

impl Writer {
    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.line = self.line.saturating_add(1);
    }

    fn head(&mut self, spot: Spot, text: &str) {
        self.line("");
        self.places.push((self.line, spot));
        self.line(text);
    }

    fn cells(&mut self, spot: Spot, columns: &[Column], cells: &Cells) {
        for column in columns {
            let text = cells.get(column).map_or("", String::as_str);
            if !text.is_empty() {
                self.places.push((self.line, spot.cell(*column)));
                self.line(&format!("{} = {}", column.key(), quoted(text)));
            }
        }
    }
}

/// Writes a table: columns in their order, empty cells left out. `comment` is kept at the top.
pub fn write(table: &Table, comment: &str) -> Written {
    let mut out = Writer { text: String::new(), line: 1, places: Vec::new() };
    for line in comment.lines() {
        out.line(line);
    }
    out.line(&format!("id = {}", quoted(&table.id)));
    out.line(&format!("title = {}", quoted(&table.title)));
    if !table.note.is_empty() {
        out.line(&format!("note = {}", quoted(&table.note)));
    }
    if table.hit != Hit::Unique {
        out.line(&format!("hit = {}", quoted(table.hit.word())));
    }
    for kind in Kind::ALL {
        for (index, row) in table.rows(kind).iter().enumerate() {
            let spot = Spot::row(kind, index);
            out.head(spot, &format!("[[{}]]", kind.key()));
            out.cells(spot, kind.head(), &row.cells);
            for (number, step) in row.steps.iter().enumerate() {
                let spot = spot.step(number);
                out.head(spot, &format!("[[{}.steps]]", kind.key()));
                out.cells(spot, kind.steps(), step);
            }
        }
    }
    Written { text: out.text, places: out.places }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
