//! Cells to a [`Standard`]: every cell that cannot be read is a fault with its place, all in one pass.

use std::collections::BTreeMap;

use crate::cell::{self, Edge, EdgeFault};
use crate::fault::{Faults, Words, code, words};
use crate::{
    Amount, Band, Caps, Cells, Class, Column, Condition, Fault, Form, Head, Item, Kind, Ladder,
    ROWS_MAX, Rank, Ranking, Rate, Row, Spot, Standard, Step, Table, Weight, tidy,
};

/// Reads every cell. Rows with a fault are left out of the standard.
pub fn read(table: &Table) -> (Standard, Vec<Fault>) {
    let mut faults = Faults::default();
    let mut standard = Standard {
        id: table.id.clone(),
        title: table.title.clone(),
        hit: table.hit,
        ..Standard::default()
    };
    count(table, &mut faults);
    let mut seen: BTreeMap<&str, Spot> = BTreeMap::new();
    for kind in Kind::ALL {
        for (index, row) in table.rows(kind).iter().enumerate() {
            let spot = Spot::row(kind, index);
            let before = faults.0.len();
            shape(kind, row, spot, &mut faults);
            let id = row.text(Column::Id);
            let key = if kind == Kind::Class { row.text(Column::Class) } else { id };
            if !key.is_empty() && seen.insert(key, spot).is_some() {
                let column = if kind == Kind::Class { Column::Class } else { Column::Id };
                faults.error(
                    code::SAME_ID,
                    spot.cell(column),
                    id,
                    words(
                        format!("`{key}` stands in two rows"),
                        format!("“{key}”写了两次。"),
                        "一行一个编号，改成不同的。",
                    ),
                );
            }
            let mut reader = Reader { cells: &row.cells, spot, id, faults: &mut faults };
            let rest = Rest { kind, row };
            rest.push(&mut standard, &mut reader);
            if faults.0.iter().skip(before).any(|fault| !fault.warning) {
                rest.pop(&mut standard);
            }
        }
    }
    (standard, faults.0)
}

fn count(table: &Table, faults: &mut Faults) {
    let count = table.count();
    if count == 0 || count > ROWS_MAX {
        faults.error(
            code::ROW_COUNT,
            Spot::TABLE,
            "",
            words(
                format!("{count} rows; a table has 1 to {ROWS_MAX}"),
                format!("有 {count} 行，一张赋分表要有 1 到 {ROWS_MAX} 行。"),
                "没有行的补上；太多的分成几个办法。",
            ),
        );
    }
}

/// Columns that the kind has, cells that must be filled, texts that fit.
fn shape(kind: Kind, row: &Row, spot: Spot, faults: &mut Faults) {
    let id = row.text(Column::Id);
    let mut of = |spot: Spot, cells: &Cells, columns: &[Column]| {
        for (column, text) in cells {
            if !columns.contains(column) {
                faults.error(
                    code::WRONG_SHAPE,
                    spot.cell(*column),
                    id,
                    words(
                        format!("`{}` is no column of `{}`", column.key(), kind.key()),
                        format!("“{}”里没有“{}”这一列。", kind.title(), column.title()),
                        "去掉它，或者换成这一类行有的列。",
                    ),
                );
            } else if let (Form::Text(_) | Form::Yes, Err(words)) =
                (column.form(), tidy(column.form(), text))
            {
                faults.error(code::WRONG_CELL, spot.cell(*column), id, words);
            }
        }
        for column in kind.needed().iter().filter(|column| columns.contains(column)) {
            if cells.get(column).is_none_or(|text| text.trim().is_empty()) {
                faults.error(
                    code::EMPTY_CELL,
                    spot.cell(*column),
                    id,
                    words(
                        format!("`{}` is empty", column.key()),
                        format!("“{}”没有填。", column.title()),
                        "补上这一格；合并单元格的，检查是不是合并错了行。",
                    ),
                );
            }
        }
    };
    of(spot, &row.cells, kind.head());
    for (number, step) in row.steps.iter().enumerate() {
        of(spot.step(number), step, kind.steps());
    }
    if kind.steps().is_empty() != row.steps.is_empty() {
        faults.error(
            code::WRONG_SHAPE,
            spot,
            id,
            words(
                format!("a row of `{}` has {} steps", kind.key(), row.steps.len()),
                format!("“{}”的这一行有 {} 档。", kind.title(), row.steps.len()),
                "阶梯、分段、名次至少写一档；其他的不分档。",
            ),
        );
    }
}

/// Reads cells of one row or step.
struct Reader<'a> {
    cells: &'a Cells,
    spot: Spot,
    id: &'a str,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    fn text(&self, column: Column) -> String {
        self.cells.get(&column).map(|text| cell::clean(text)).unwrap_or_default()
    }

    fn wrong(&mut self, code: &'static str, column: Column, words: Words) {
        self.faults.error(code, self.spot.cell(column), self.id, words);
    }

    /// A cell as its value; `None` when it is empty or cannot be read.
    fn value<T>(
        &mut self,
        column: Column,
        read: impl FnOnce(&str) -> Result<T, Words>,
    ) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        read(&text).map_err(|words| self.wrong(code::WRONG_CELL, column, words)).ok()
    }

    fn points(&mut self, column: Column) -> Option<i64> {
        self.value(column, cell::points).map(|points| points.0)
    }

    /// A cap is never below nothing.
    fn cap(&mut self, column: Column) -> Option<i64> {
        let points = self.points(column)?;
        if points < 0 {
            let said = words(
                "a cap is below zero",
                "封顶写成了负数。",
                "写正数；扣分的行，封顶是最多扣多少。",
            );
            self.wrong(code::WRONG_CELL, column, said);
            return None;
        }
        Some(points)
    }

    fn caps(&mut self) -> Caps {
        Caps {
            event: self.cap(Column::CapEvent),
            day: self.cap(Column::CapDay),
            month: self.cap(Column::CapMonth),
            quarter: self.cap(Column::CapQuarter),
            year: self.cap(Column::CapYear),
        }
    }

    fn per(&mut self) -> Option<Amount> {
        let amount = self.value(Column::Per, cell::amount)?;
        if amount.base < 1 {
            let said = words("points for nothing", "计分单位是 0。", "写成“次”“4小时”这样。");
            self.wrong(code::WRONG_CELL, Column::Per, said);
            return None;
        }
        Some(amount)
    }

    /// An edge on the side its column is for.
    fn edge(&mut self, column: Column, lower: bool) -> Option<Edge> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        match cell::edge(&text) {
            Ok(edge) if edge.lower == lower => Some(edge),
            Ok(_) => {
                let (want, other) =
                    if lower { ("≥ 或 >", "≤ 或 <") } else { ("≤ 或 <", "≥ 或 >") };
                let said = words(
                    format!("`{text}` is the wrong side for `{}`", column.key()),
                    format!("“{}”这一列要写 {want}，这里写了 {other}。", column.title()),
                    "改符号，或者把下限和上限对调。",
                );
                self.wrong(code::WRONG_CELL, column, said);
                None
            }
            Err(EdgeFault::Side(said)) => {
                self.wrong(code::EDGE_WITHOUT_SIDE, column, said);
                None
            }
            Err(EdgeFault::Cell(said)) => {
                self.wrong(code::WRONG_CELL, column, said);
                None
            }
        }
    }

    fn names(&mut self, column: Column) -> Vec<String> {
        self.value(column, cell::names).unwrap_or_default()
    }

    fn head(&mut self) -> Head {
        Head {
            spot: self.spot,
            id: self.value(Column::Id, cell::id).unwrap_or_default(),
            class: self.text(Column::Class),
            title: self.text(Column::Title),
            event: self.value(Column::Event, cell::id).unwrap_or_default(),
            quantities: self.names(Column::Quantity),
            clause: self.text(Column::Clause),
        }
    }

    fn condition(&mut self) -> Option<Condition> {
        let quantities = self.names(Column::When);
        let (low, high) = (self.edge(Column::Low, true), self.edge(Column::High, false));
        if quantities.is_empty() != (low.is_none() && high.is_none()) {
            let said = words(
                "a condition needs its quantity and an edge",
                "“条件”和“下限、上限”要一起写。",
                "补上缺的一格，或者都不写。",
            );
            self.wrong(code::WRONG_CELL, Column::When, said);
            return None;
        }
        if low.is_none() && high.is_none() {
            return None;
        }
        let written = [(Column::Low, &low), (Column::High, &high)].into_iter();
        let written =
            written.filter_map(|(column, edge)| Some((column, edge.as_ref()?.amount.unit.clone())));
        let units = written.collect();
        // numbers of the record are whole, so an edge that is left out moves by one
        let least = low.map_or(0, |e| e.amount.base.saturating_add(i64::from(!e.inclusive)));
        let most = high.map_or(i64::MAX, |e| e.amount.base.saturating_sub(i64::from(!e.inclusive)));
        Some(Condition { quantities, low: least, high: most, units })
    }

    fn falls(&self) -> bool {
        self.text(Column::Falls) == "是"
    }

    fn least(&mut self) -> u32 {
        self.value(Column::Least, cell::count).unwrap_or(1)
    }
}

/// One row, pushed into the standard and taken out again when it has a fault.
struct Rest<'a> {
    kind: Kind,
    row: &'a Row,
}

impl Rest<'_> {
    fn push(&self, standard: &mut Standard, reader: &mut Reader<'_>) {
        match self.kind {
            Kind::Class => {
                let (spot, title) = (reader.spot, reader.text(Column::Class));
                standard.classes.push(Class { spot, title, caps: reader.caps() });
            }
            Kind::Item => standard.items.push(item(reader)),
            Kind::Ladder => {
                let head = reader.head();
                let window = reader.value(Column::Window, cell::window);
                let falls = reader.falls();
                let steps = self.steps(reader, step);
                standard.ladders.push(Ladder {
                    head,
                    window: window.unwrap_or(crate::Window::All),
                    falls,
                    steps,
                });
            }
            Kind::Rate => {
                let head = reader.head();
                let window = reader.value(Column::Window, cell::window);
                let cap = reader.cap(Column::Cap);
                let bands = self.steps(reader, band);
                standard.rates.push(Rate {
                    head,
                    window: window.unwrap_or(crate::Window::All),
                    cap,
                    bands,
                });
            }
            Kind::Rank => {
                let head = reader.head();
                let measure = reader.value(Column::Measure, cell::measure);
                let (least, falls) = (reader.least(), reader.falls());
                let bands = self.steps(reader, rank);
                let measure = measure.unwrap_or(crate::Measure::Sum);
                standard.rankings.push(Ranking { head, measure, least, falls, bands });
            }
            Kind::Weight => {
                let head = reader.head();
                let measure = reader.value(Column::Measure, cell::measure);
                let permille = reader.value(Column::Weight, cell::weight).unwrap_or(0);
                let (least, cap) = (reader.least(), reader.cap(Column::Cap));
                let measure = measure.unwrap_or(crate::Measure::Sum);
                standard.weights.push(Weight { head, measure, least, permille, cap });
            }
        }
    }

    fn pop(&self, standard: &mut Standard) {
        match self.kind {
            Kind::Class => drop(standard.classes.pop()),
            Kind::Item => drop(standard.items.pop()),
            Kind::Ladder => drop(standard.ladders.pop()),
            Kind::Rate => drop(standard.rates.pop()),
            Kind::Rank => drop(standard.rankings.pop()),
            Kind::Weight => drop(standard.weights.pop()),
        }
    }

    fn steps<T>(&self, reader: &mut Reader<'_>, read: impl Fn(&mut Reader<'_>) -> T) -> Vec<T> {
        let one = |(number, cells): (usize, &Cells)| {
            let spot = reader.spot.step(number);
            read(&mut Reader { cells, spot, id: reader.id, faults: &mut *reader.faults })
        };
        self.row.steps.iter().enumerate().map(one).collect()
    }
}

fn item(reader: &mut Reader<'_>) -> Item {
    let per = reader.per();
    let unit = per.as_ref().map(|per| per.unit.clone()).unwrap_or_default();
    Item {
        head: reader.head(),
        per: per.as_ref().map_or(1, |per| per.base),
        number: per.map_or(1, |per| per.number),
        unit,
        points: reader.points(Column::Points).unwrap_or(0),
        when: reader.condition(),
        caps: reader.caps(),
        from: reader.value(Column::From, cell::day),
        to: reader.value(Column::To, cell::day),
        instrument: reader.text(Column::Instrument),
    }
}

fn step(reader: &mut Reader<'_>) -> Step {
    let edge = reader.edge(Column::At, true);
    let reach = edge.as_ref().map_or(0, |e| e.amount.base.saturating_add(i64::from(!e.inclusive)));
    Step {
        reach,
        edge: reader.text(Column::At),
        unit: edge.map(|edge| edge.amount.unit).unwrap_or_default(),
        points: reader.points(Column::Points).unwrap_or(0),
    }
}

fn band(reader: &mut Reader<'_>) -> Band {
    let (low, high) = (reader.edge(Column::Low, true), reader.edge(Column::High, false));
    let per = reader.per();
    let mut units: Vec<String> =
        [&low, &high].into_iter().flatten().map(|edge| edge.amount.unit.clone()).collect();
    units.extend(per.as_ref().map(|per| per.unit.clone()));
    Band {
        low: low.as_ref().map_or(0, |edge| edge.amount.base),
        low_inclusive: low.is_none_or(|edge| edge.inclusive),
        high: high.as_ref().map(|edge| edge.amount.base),
        high_inclusive: high.is_some_and(|edge| edge.inclusive),
        units,
        per: per.map_or(1, |per| per.base),
        points: reader.points(Column::Points).unwrap_or(0),
    }
}

fn rank(reader: &mut Reader<'_>) -> Rank {
    let text = reader.text(Column::UpTo);
    let share = match cell::share(&text) {
        Ok(share) => Some(share),
        Err(_) if text.is_empty() => None,
        Err(EdgeFault::Side(said)) => {
            reader.wrong(code::EDGE_WITHOUT_SIDE, Column::UpTo, said);
            None
        }
        Err(EdgeFault::Cell(said)) => {
            reader.wrong(code::WRONG_CELL, Column::UpTo, said);
            None
        }
    };
    Rank {
        permille: share.map_or(1_000, |share| share.permille),
        inclusive: share.is_none_or(|share| share.inclusive),
        label: reader.text(Column::Label),
        points: reader.points(Column::Points).unwrap_or(0),
    }
}
