//! Sentences from numbers: a component names a sentence and its figures, the host writes it.
//!
//! No text crosses from the guest, so nobody's rule can put words of its own choosing in front of a villager: all that
//! it can ever say stands in its description and is read when it is published.

use std::collections::BTreeMap;

use model::CivilDay;

use super::types;
use crate::checks::TEXT_MAX;
use crate::{Description, FigureKind, RuleError, Sentence, Unit};

/// Sentences of one list, by position.
pub(super) struct Sentences {
    what: &'static str,
    list: Vec<Written>,
}

struct Written {
    code: String,
    pieces: Vec<Piece>,
    /// About how many bytes it comes to.
    bytes: usize,
}

enum Piece {
    Text(String),
    /// Position in `description.figures`.
    Figure(usize),
    Setting(String, Unit),
}

/// The numbers a sentence may name.
pub(super) struct Numbers<'a> {
    pub(super) figures: &'a [types::Figure],
    pub(super) kinds: &'a [FigureKind],
    pub(super) settings: &'a BTreeMap<String, i64>,
}

fn bad(problem: String) -> RuleError {
    RuleError::BadAnswer { problem }
}

impl Sentences {
    pub(super) fn new(
        what: &'static str,
        list: &[Sentence],
        known: &Description,
    ) -> Result<Self, String> {
        let list = list.iter().map(|sentence| {
            let pieces = pieces(&sentence.text, known)
                .map_err(|problem| format!("`{}` of `{what}`: {problem}", sentence.code))?;
            self::pieces(&sentence.text_en, known).map_err(|problem| {
                format!("`{}` of `{what}`, in English: {problem}", sentence.code)
            })?;
            // twelve for each number
            let bytes = sentence.text.len().saturating_add(pieces.len().saturating_mul(12));
            Ok(Written { code: sentence.code.clone(), pieces, bytes })
        });
        Ok(Self { what, list: list.collect::<Result<_, String>>()? })
    }

    /// Code and Chinese sentence at a position.
    pub(super) fn write(
        &self,
        position: u32,
        numbers: &Numbers<'_>,
    ) -> Result<(&str, String), RuleError> {
        let found = usize::try_from(position).ok().and_then(|position| self.list.get(position));
        let Written { code, pieces, bytes } = found.ok_or_else(|| {
            bad(format!("position {position} in `{}`, which has {}", self.what, self.list.len()))
        })?;
        let mut text = String::with_capacity(*bytes);
        for piece in pieces {
            match piece {
                Piece::Text(words) => text.push_str(words),
                Piece::Figure(kind) => numbers.figure(code, *kind, &mut text)?,
                Piece::Setting(name, unit) => {
                    let value = numbers.settings.get(name).copied();
                    let value = value.ok_or_else(|| bad(format!("setting `{name}` is missing")))?;
                    write(&mut text, value, *unit, &[])?;
                }
            }
            // a figure may come many times, so a short sentence can unfold into a long one
            if text.len() > TEXT_MAX {
                return Err(bad(format!(
                    "sentence `{code}` with its figures is longer than {TEXT_MAX} bytes"
                )));
            }
        }
        Ok((code, text))
    }
}

impl Numbers<'_> {
    fn figure(&self, sentence: &str, kind: usize, text: &mut String) -> Result<(), RuleError> {
        let wanted = u32::try_from(kind).unwrap_or(u32::MAX);
        let figure = self.figures.iter().find(|figure| figure.name == wanted);
        let known = self.kinds.get(kind);
        let (Some(figure), Some(known)) = (figure, known) else {
            let name = known.map_or("", |known| known.name.as_str());
            return Err(bad(format!("sentence `{sentence}` needs the figure `{name}`")));
        };
        write(text, figure.amount, known.unit, &known.labels)
    }
}

fn pieces(text: &str, known: &Description) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((words, after)) = rest.split_once('{') {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| format!("`{{` without `}}` in `{text}`; write `{{name}}`"))?;
        if !words.is_empty() {
            pieces.push(Piece::Text(words.to_owned()));
        }
        let figure = known.figures.iter().position(|figure| figure.name == name);
        let setting = known.settings.iter().find(|setting| setting.name == name);
        pieces.push(match (figure, setting) {
            (Some(kind), _) => Piece::Figure(kind),
            (None, Some(setting)) => Piece::Setting(setting.name.clone(), setting.unit),
            (None, None) => {
                return Err(format!("`{{{name}}}` is neither a figure nor a setting of the rule"));
            }
        });
        rest = after;
    }
    if rest.contains('}') {
        return Err(format!("`}}` without `{{` in `{text}`; write `{{name}}`"));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

fn write(text: &mut String, value: i64, unit: Unit, labels: &[String]) -> Result<(), RuleError> {
    use std::fmt::Write as _;
    let mut digits = itoa::Buffer::new();
    let mut number = |text: &mut String, number: u64| text.push_str(digits.format(number));
    let size = value.unsigned_abs();
    match unit {
        Unit::Date => {
            let day = CivilDay::from_number(value)
                .map_err(|_| bad(format!("{value} is no civil day")))?;
            let (year, month, day) = day.ymd();
            return write!(text, "{year}年{month}月{day}日")
                .map_err(|_| bad("a sentence could not be written".to_owned()));
        }
        Unit::Label => {
            let label = usize::try_from(value).ok().and_then(|value| labels.get(value));
            let label = label
                .ok_or_else(|| bad(format!("{value} has no label; there are {}", labels.len())))?;
            text.push_str(label);
            return Ok(());
        }
        _ if value < 0 => text.push('-'),
        _ => {}
    }
    match unit {
        Unit::Points | Unit::Cents => {
            number(text, size / 100);
            text.push_str(if size % 100 < 10 { ".0" } else { "." });
            number(text, size % 100);
        }
        Unit::Minutes => {
            let (hours, minutes) = (size / 60, size % 60);
            if hours > 0 || minutes == 0 {
                number(text, hours);
                text.push_str("小时");
            }
            if minutes > 0 {
                number(text, minutes);
                text.push_str("分钟");
            }
        }
        _ => {
            number(text, size);
            text.push_str(if unit == Unit::Permille { "‰" } else { "" });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
