//! What facts are called in Chinese, and how a value is written for people.

use std::collections::BTreeMap;

use model::{CivilDay, Minute, Value};
use package::Edition;
use serde::Deserialize;
use thiserror::Error;

/// The product's own names for the attributes of its schema.
const CORE: &str = include_str!("../../../schemas/cedar/core.names.toml");

/// What a number or a text is, so that it can be written and replaced sensibly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sort {
    /// A civil day.
    Day,
    /// A minute.
    Minute,
    /// Cents.
    Money,
    /// A count.
    Count,
    /// A natural person's id.
    Person,
    /// A village's code, or that of whatever unit a post belongs to.
    Place,
    /// A township's code.
    Township,
    /// A district's code.
    District,
    /// A household's id.
    Household,
    /// The id of a meeting record.
    Record,
    /// The id of a thing.
    Thing,
    /// A role's id.
    Role,
    /// An item's id.
    Item,
    /// A step's id.
    Step,
    /// A body's id.
    Body,
    /// Any other text.
    Text,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attribute {
    name: String,
    #[serde(default)]
    sort: Option<Sort>,
}

/// Names of attributes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// What `principal`, `resource` and `context` are called.
    roots: BTreeMap<String, String>,
    /// Attributes by name; the same name means the same everywhere.
    attributes: BTreeMap<String, Attribute>,
}

/// The names cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("the names of attributes cannot be read: {0}")]
pub struct NamesError(String);

impl Names {
    /// The product's own names.
    ///
    /// # Errors
    /// Never for the text this program was built with.
    pub fn core() -> Result<Self, NamesError> {
        toml::from_str(CORE).map_err(|error| NamesError(error.to_string()))
    }

    /// The name of a place, e.g. `职务·角色`.
    pub(crate) fn of(&self, path: &[String]) -> String {
        let Some((root, names)) = path.split_first() else { return String::new() };
        let name = |name: &String| {
            self.attributes.get(name).map_or_else(|| name.clone(), |a| a.name.clone())
        };
        let mut parts: Vec<String> = names.iter().map(name).collect();
        // what stands in the context speaks for itself
        if root != "context" {
            parts.insert(0, self.roots.get(root).cloned().unwrap_or_else(|| root.clone()));
        }
        parts.join("·")
    }

    /// What stands at a place.
    pub(crate) fn sort(&self, path: &[String]) -> Sort {
        let last = path.last().map(String::as_str).unwrap_or_default();
        // the register of parameters is the district's own
        if path.iter().any(|name| name == "parameters") && path.len() > 2 {
            return if last.ends_with("cents") { Sort::Money } else { Sort::Count };
        }
        let under = path.get(path.len().saturating_sub(2)).map(String::as_str).unwrap_or_default();
        match (under, last) {
            (_, "record") if path.len() > 2 => Sort::Record,
            ("record" | "grant", "id") => Sort::Record,
            _ => self.attributes.get(last).and_then(|a| a.sort).unwrap_or(Sort::Text),
        }
    }

    /// Whether a name is known.
    #[cfg(test)]
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// A value as a person writes it.
    pub(crate) fn value(&self, edition: &Edition, path: &[String], value: &Value) -> String {
        match (value, self.sort(path)) {
            (Value::Bool(true), _) => "是".to_owned(),
            (Value::Bool(false), _) => "否".to_owned(),
            (Value::Long(day), Sort::Day) => {
                CivilDay::from_number(*day).map_or_else(|_| day.to_string(), |day| day.to_string())
            }
            (Value::Long(at), Sort::Minute) => Minute(*at).display(),
            (Value::Long(cents), Sort::Money) => yuan(*cents),
            (Value::Long(count), _) => count.to_string(),
            (Value::Text(text), sort) => text_for(edition, sort, text),
            (Value::Set(all), _) if all.is_empty() => "（无）".to_owned(),
            (Value::Set(all), _) => {
                let each: Vec<String> =
                    all.iter().map(|one| self.value(edition, path, one)).collect();
                each.join("、")
            }
            (Value::Record(_), _) => "（有）".to_owned(),
        }
    }
}

/// Cents as yuan.
fn yuan(cents: i64) -> String {
    let (sign, amount) =
        if cents < 0 { ("-", cents.unsigned_abs()) } else { ("", cents.unsigned_abs()) };
    format!("{sign}{}.{:02}元", amount.div_euclid(100), amount.rem_euclid(100))
}

/// A text with its title behind it, where the edition has one.
fn text_for(edition: &Edition, sort: Sort, text: &str) -> String {
    if text.is_empty() {
        return "（空）".to_owned();
    }
    let title = match sort {
        Sort::Role => edition.district().roles.get(text).map(|role| role.title.clone()),
        Sort::Body => edition.bodies().get(text).map(|body| body.title.clone()),
        Sort::Item => {
            let local = edition.townships().values().find_map(|t| t.items.get(text));
            edition.items().get(text).or(local).map(|item| item.title.clone())
        }
        Sort::Place | Sort::Township | Sort::District => model::DivisionCode::parse(text)
            .ok()
            .and_then(|code| edition.divisions().get(code))
            .map(|division| division.name.clone()),
        _ => None,
    };
    title.map_or_else(|| text.to_owned(), |title| format!("{text}（{title}）"))
}
