//! Tables of a TOML file in which every key is known, with the way back to the line.

use model::CivilDay;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{ConfigError, quoted};

/// A value and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) at: usize,
}

/// A table of the file.
pub(super) struct Fields<'t> {
    text: &'t str,
    table: &'t DeTable<'t>,
    at: usize,
    name: &'static str,
}

/// Reads the text of a file.
pub(super) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, ConfigError> {
    DeTable::parse(text).map_err(|error| ConfigError::Syntax {
        line: line(text, error.span().map_or(0, |span| span.start)),
        message: quoted(error.message()),
    })
}

impl<'t> Fields<'t> {
    /// A table in which only these keys may stand.
    pub(super) fn new(
        text: &'t str,
        table: &'t DeTable<'t>,
        at: usize,
        name: &'static str,
        known: &[&str],
    ) -> Result<Self, ConfigError> {
        let unknown = |key: &str| !known.contains(&key);
        // The first in the file, whatever the order of the table.
        let wrong =
            table.keys().filter(|key| unknown(key.get_ref())).min_by_key(|it| it.span().start);
        match wrong {
            Some(key) => Err(ConfigError::UnknownKey {
                line: line(text, key.span().start),
                key: quoted(key.get_ref()),
                table: name,
                known: known.join(", "),
            }),
            None => Ok(Self { text, table, at, name }),
        }
    }

    pub(super) fn line(&self, at: usize) -> u32 {
        line(self.text, at)
    }

    pub(super) fn bad(
        &self,
        key: &'static str,
        found: &Found<&str>,
        expected: &'static str,
    ) -> ConfigError {
        let (line, value) = (self.line(found.at), quoted(found.value));
        ConfigError::BadValue { line, key, value, expected }
    }

    pub(super) fn missing(&self, key: &'static str) -> ConfigError {
        ConfigError::MissingKey { line: self.line(self.at), table: self.name, key }
    }

    pub(super) fn text(&self, key: &'static str) -> Result<Option<Found<&'t str>>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        self.as_text(key, value).map(Some)
    }

    pub(super) fn needed_text(&self, key: &'static str) -> Result<Found<&'t str>, ConfigError> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    pub(super) fn texts(
        &self,
        key: &'static str,
    ) -> Result<Option<Vec<Found<&'t str>>>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let DeValue::Array(list) = value.get_ref() else {
            return Err(self.kind(key, value, "a list of texts"));
        };
        list.iter().map(|it| self.as_text(key, it)).collect::<Result<_, _>>().map(Some)
    }

    pub(super) fn number(
        &self,
        key: &'static str,
        min: u32,
        max: u32,
        expected: &'static str,
    ) -> Result<Option<u32>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let number = match value.get_ref() {
            DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let fitting = number.filter(|it| (min..=max).contains(it));
        fitting.map(Some).ok_or_else(|| self.kind(key, value, expected))
    }

    /// A day, as a TOML date or as a text.
    pub(super) fn day(&self, key: &'static str) -> Result<Option<CivilDay>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => String::new(),
        };
        let day = CivilDay::parse(&text).ok();
        day.map(Some).ok_or_else(|| self.kind(key, value, "a day such as 2027-01-01"))
    }

    pub(super) fn table(
        &self,
        key: &'static str,
        name: &'static str,
        known: &[&str],
    ) -> Result<Option<Fields<'t>>, ConfigError> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        self.as_table(key, value, name, known).map(Some)
    }

    pub(super) fn tables(
        &self,
        key: &'static str,
        name: &'static str,
        known: &[&str],
    ) -> Result<Vec<Fields<'t>>, ConfigError> {
        match self.table.get(key).map(|it| (it, it.get_ref())) {
            None => Ok(Vec::new()),
            Some((_, DeValue::Array(list))) => {
                list.iter().map(|it| self.as_table(key, it, name, known)).collect()
            }
            Some((value, _)) => Err(self.kind(key, value, "a list of tables, written `[[name]]`")),
        }
    }

    fn as_table(
        &self,
        key: &'static str,
        value: &'t Spanned<DeValue<'t>>,
        name: &'static str,
        known: &[&str],
    ) -> Result<Fields<'t>, ConfigError> {
        match value.get_ref() {
            DeValue::Table(table) => Fields::new(self.text, table, value.span().start, name, known),
            _ => Err(self.kind(key, value, "a table")),
        }
    }

    fn as_text(
        &self,
        key: &'static str,
        value: &'t Spanned<DeValue<'t>>,
    ) -> Result<Found<&'t str>, ConfigError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(Found { value: text, at: value.span().start }),
            _ => Err(self.kind(key, value, "a text in quotes")),
        }
    }

    fn kind(
        &self,
        key: &'static str,
        value: &Spanned<DeValue<'_>>,
        expected: &'static str,
    ) -> ConfigError {
        let written = self.text.get(value.span()).unwrap_or_default();
        self.bad(key, &Found { value: written, at: value.span().start }, expected)
    }
}

fn line(text: &str, at: usize) -> u32 {
    let before = text.as_bytes().iter().take(at).filter(|it| **it == b'\n').count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}
