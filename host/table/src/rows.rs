//! A table as text cells, as it stands in the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use crate::{Column, Kind};

/// Text by column; a column without a cell is empty.
pub type Cells = BTreeMap<Column, String>;

/// A row with its steps.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Row {
    /// The cells of the row itself.
    pub cells: Cells,
    /// The cells of each step.
    pub steps: Vec<Cells>,
}

impl Row {
    /// The text of a cell; empty where there is none.
    pub fn text(&self, column: Column) -> &str {
        self.cells.get(&column).map_or("", String::as_str)
    }
}

/// What happens when several item rows take one event.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hit {
    /// It must not happen; [`crate::check()`] reports every overlap.
    #[default]
    Unique,
    /// The first row from the top takes it.
    First,
}

impl Hit {
    /// The word in the text form.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unique => "unique",
            Self::First => "first",
        }
    }

    /// The Chinese word in the sheet.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unique => "不得重叠",
            Self::First => "先写的先算",
        }
    }
}

/// A scoring standard.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Table {
    /// Id, e.g. `four-virtues`.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// 中文：说明.
    pub note: String,
    /// What happens when several item rows take one event.
    pub hit: Hit,
    /// Rows by kind, in the order of the table.
    pub rows: BTreeMap<Kind, Vec<Row>>,
}

impl Table {
    /// The rows of a kind.
    pub fn rows(&self, kind: Kind) -> &[Row] {
        self.rows.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Rows and steps of all kinds.
    pub fn count(&self) -> usize {
        let of = |row: &Row| row.steps.len().saturating_add(1);
        self.rows.values().flatten().map(of).fold(0, usize::saturating_add)
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let key = String::deserialize(from)?;
        Self::of_key(&key).ok_or_else(|| {
            let key: String = key.chars().take(40).collect();
            serde::de::Error::custom(format!("no column `{key}`"))
        })
    }
}

#[derive(Deserialize)]
struct RowFile {
    #[serde(default)]
    steps: Vec<Cells>,
    #[serde(flatten)]
    cells: Cells,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    id: String,
    title: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    hit: Hit,
    #[serde(default)]
    classes: Vec<RowFile>,
    #[serde(default)]
    items: Vec<RowFile>,
    #[serde(default)]
    ladders: Vec<RowFile>,
    #[serde(default)]
    rates: Vec<RowFile>,
    #[serde(default)]
    ranks: Vec<RowFile>,
    #[serde(default)]
    weights: Vec<RowFile>,
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let file = TableFile::deserialize(from)?;
        let kinds = [
            (Kind::Class, file.classes),
            (Kind::Item, file.items),
            (Kind::Ladder, file.ladders),
            (Kind::Rate, file.rates),
            (Kind::Rank, file.ranks),
            (Kind::Weight, file.weights),
        ];
        let row = |RowFile { steps, cells }| Row { cells, steps };
        let rows = kinds.into_iter().filter(|(_, rows)| !rows.is_empty());
        let rows = rows.map(|(kind, rows)| (kind, rows.into_iter().map(row).collect())).collect();
        Ok(Self { id: file.id, title: file.title, note: file.note, hit: file.hit, rows })
    }
}

/// Why a text is no table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// English, one line.
    pub message: String,
    /// Byte offset in the text.
    pub offset: usize,
}

/// Reads the text form.
///
/// # Errors
/// The first fault of the TOML or of its shape.
pub fn parse(text: &str) -> Result<Table, ParseError> {
    toml::from_str(text).or_else(|error| {
        // a day without quotes is a day to TOML; everywhere else in a package it is read as its text
        let dated = toml::from_str::<toml::Value>(text).ok().map(texts);
        dated.and_then(|value| Table::deserialize(value).ok()).ok_or_else(|| ParseError {
            message: error.message().replace('\n', " "),
            offset: error.span().map_or(0, |span| span.start),
        })
    })
}

/// The same value with its days as texts.
fn texts(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Datetime(day) => toml::Value::String(day.to_string()),
        toml::Value::Array(all) => toml::Value::Array(all.into_iter().map(texts).collect()),
        toml::Value::Table(table) => {
            toml::Value::Table(table.into_iter().map(|(key, value)| (key, texts(value))).collect())
        }
        other => other,
    }
}
