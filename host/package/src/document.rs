//! A TOML file as a JSON value, with the way back from a JSON pointer to line and column.

use model::CivilDay;
use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::Datetime;

use crate::diagnostic::{Findings, code, words};
use crate::source::{Place, place_at};

/// A parsed TOML file.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) file: &'a str,
    text: &'a str,
    root: Option<Spanned<DeTable<'a>>>,
    pub(crate) json: Value,
}

impl<'a> Document<'a> {
    /// Parses a TOML file; `None` after findings were reported.
    pub(crate) fn parse(file: &'a str, text: &'a str, findings: &mut Findings) -> Option<Self> {
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let place = error
                .span()
                .map_or_else(|| Place::top(file), |span| place_at(file, text, span.start));
            findings.error(
                code::SYNTAX,
                place,
                words(
                    format!("cannot read the toml: {}", one_line(error.message())),
                    "这一行写法不对，程序读不懂。",
                    "检查引号、等号、方括号是不是成对，是不是用了中文标点；表格用 [名称]，文字用双引号。",
                ),
            );
        }
        if !errors.is_empty() {
            return None;
        }
        let mut decimals = Vec::new();
        let json = table_to_json(root.get_ref(), false, &mut decimals);
        for offset in &decimals {
            findings.error(
                code::NO_DECIMALS,
                place_at(file, text, *offset),
                words(
                    "a number with a decimal point, or one that does not fit 64 bits",
                    "这里写了小数，或者数字太大。",
                    "金额用“分”、积分用百分之一分、比例用千分数，都写整数。",
                ),
            );
        }
        decimals.is_empty().then_some(Self { file, text, root: Some(root), json })
    }

    /// Reads a JSON file; places are found by searching for the pointer's keys.
    pub(crate) fn parse_json(
        file: &'a str,
        text: &'a str,
        findings: &mut Findings,
    ) -> Option<Self> {
        match serde_json::from_str(text) {
            Ok(json) => Some(Self { file, text, root: None, json }),
            Err(error) => {
                let column = u32::try_from(error.column()).unwrap_or(u32::MAX).max(1);
                let line = u32::try_from(error.line()).unwrap_or(u32::MAX).max(1);
                findings.error(
                    code::SYNTAX,
                    Place { file: file.to_owned(), line, column },
                    words(
                        format!("cannot read the json: {}", one_line(&error.to_string())),
                        "这一行写法不对，程序读不懂。",
                        "检查引号、逗号、花括号是不是成对，是不是用了中文标点。",
                    ),
                );
                None
            }
        }
    }

    /// The place of the value a JSON pointer names, or of the nearest thing around it.
    pub(crate) fn place(&self, pointer: &str) -> Place {
        match &self.root {
            Some(root) => place_at(self.file, self.text, self.offset(root, pointer, false)),
            None => place_at(self.file, self.text, search(self.text, pointer)),
        }
    }

    /// The place of a key itself rather than of its value.
    pub(crate) fn key_place(&self, pointer: &str, key: &str) -> Place {
        let full = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
        match &self.root {
            Some(root) => place_at(self.file, self.text, self.offset(root, &full, true)),
            None => place_at(self.file, self.text, search(self.text, &full)),
        }
    }

    fn offset(&self, root: &Spanned<DeTable<'a>>, pointer: &str, of_key: bool) -> usize {
        let parts: Vec<String> = pointer
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect();
        let Some((first, rest)) = parts.split_first() else { return first_line(self.text) };
        let Some((key, value)) =
            root.get_ref().iter().find(|(key, _)| key.get_ref().as_ref() == first.as_str())
        else {
            return first_line(self.text);
        };
        let (mut offset, mut here) =
            (if of_key { key.span().start } else { value.span().start }, value);
        for part in rest {
            let next = match here.get_ref() {
                DeValue::Table(table) => table
                    .iter()
                    .find(|(key, _)| key.get_ref().as_ref() == part.as_str())
                    .map(|(key, value)| (key.span().start, value)),
                DeValue::Array(array) => part
                    .parse::<usize>()
                    .ok()
                    .and_then(|i| array.get(i))
                    .map(|value| (value.span().start, value)),
                _ => None,
            };
            let Some((key_start, value)) = next else { return offset };
            offset = if of_key { key_start } else { value.span().start };
            here = value;
        }
        offset
    }
}

/// The first line that says something: comments at the top are skipped.
fn first_line(text: &str) -> usize {
    let mut offset = 0_usize;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if !trimmed.is_empty() && !trimmed.starts_with('#') {
            return offset;
        }
        offset = offset.saturating_add(line.len());
    }
    0
}

/// Best effort for JSON: walks forward to each quoted key, and by the count of `"uid"` for an index.
fn search(text: &str, pointer: &str) -> usize {
    let mut from = 0_usize;
    for part in pointer.split('/').skip(1) {
        let (needle, times) = match part.parse::<usize>() {
            Ok(index) => ("\"uid\"".to_owned(), index.saturating_add(1)),
            Err(_) => (format!("\"{part}\""), 1),
        };
        for _ in 0..times {
            let Some(found) = text.get(from..).and_then(|rest| rest.find(&needle)) else {
                return from;
            };
            from = from.saturating_add(found);
            if times > 1 {
                from = from.saturating_add(1);
            }
        }
    }
    from
}

fn table_to_json(table: &DeTable<'_>, facts: bool, bad: &mut Vec<usize>) -> Value {
    let mut map = Map::new();
    for (key, value) in table {
        let name = key.get_ref().to_string();
        let facts = facts || name == "attrs";
        map.insert(name, to_json(value, facts, bad));
    }
    Value::Object(map)
}

/// Dates become texts; within `attrs` they become the numbers Cedar facts use, so that a case can
/// be written with dates a clerk can read.
fn to_json(value: &Spanned<DeValue<'_>>, facts: bool, bad: &mut Vec<usize>) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Number(Number::from(number)),
            Err(_) => refuse(value, bad),
        },
        DeValue::Float(_) => refuse(value, bad),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Datetime(datetime) if facts => {
            fact_time(datetime).map_or_else(|| refuse(value, bad), Value::from)
        }
        DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
        DeValue::Array(array) => {
            Value::Array(array.iter().map(|value| to_json(value, facts, bad)).collect())
        }
        DeValue::Table(table) => table_to_json(table, facts, bad),
    }
}

fn refuse(value: &Spanned<DeValue<'_>>, bad: &mut Vec<usize>) -> Value {
    bad.push(value.span().start);
    Value::Null
}

/// A date as its day number; a date with a time (Asia/Shanghai) as its minute.
fn fact_time(datetime: &Datetime) -> Option<i64> {
    if datetime.offset.is_some() {
        return None;
    }
    let day = CivilDay::parse(&datetime.date?.to_string()).ok()?;
    match datetime.time {
        None => Some(day.number()),
        Some(time) => {
            let minutes =
                i64::from(time.hour).checked_mul(60)?.checked_add(i64::from(time.minute))?;
            day.start().0.checked_add(minutes)
        }
    }
}

pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# 说明\n\nid = \"a\"\n[[steps]]\nid = \"x\"\nafter = [\"y\", \"z\"]\n[[steps]]\nid = \"w\"\n";

    #[test]
    fn pointers_lead_back_to_lines() {
        let mut findings = Findings::default();
        let doc = Document::parse("f.toml", TEXT, &mut findings).unwrap();
        for (pointer, line, column) in [
            ("/id", 3, 6),
            ("/steps/0/after/1", 6, 15),
            ("/steps/1/id", 8, 6),
            ("", 3, 1),
            ("/nothing", 3, 1),
        ] {
            let place = doc.place(pointer);
            assert_eq!((place.line, place.column), (line, column), "{pointer}");
        }
        assert_eq!(doc.key_place("/steps/0", "after").column, 1);
    }

    #[test]
    fn dates_in_facts_become_day_numbers_and_elsewhere_texts() {
        let mut findings = Findings::default();
        let text =
            "day = 2026-01-01\n[attrs]\nfromDay = 2026-01-01\nrevokedAt = 1970-01-01T08:05:00\n";
        let doc = Document::parse("f.toml", text, &mut findings).unwrap();
        let want = serde_json::json!({ "day": "2026-01-01", "attrs": { "fromDay": 20_454, "revokedAt": 5 } });
        assert_eq!(doc.json, want);
        assert!(Document::parse("f.toml", "a = 1.5", &mut findings).is_none());
        assert!(Document::parse("f.toml", "a = 99999999999999999999", &mut findings).is_none());
    }
}
