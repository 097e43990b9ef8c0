//! The division list: which townships and village units the district has.

use std::collections::BTreeMap;

use model::{DivisionCode, DivisionLevel};
use serde::Serialize;

/// One line of the division list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Division {
    /// Twelve digits.
    pub code: DivisionCode,
    /// How deep the code reaches.
    #[serde(skip)]
    pub level: DivisionLevel,
    /// Full official name.
    pub name: String,
    /// The unit above (a code outside the list for the county itself).
    pub parent: DivisionCode,
    /// Kind id without its Chinese bracket, e.g. `villagers-committee`.
    pub kind: String,
}

impl Division {
    /// The name without the committee's own words, e.g. `双山村` for `双山村村民委员会`.
    pub fn short(&self) -> &str {
        let name = self.name.as_str();
        ["村民委员会", "居民委员会", "居委会", "委会"]
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .filter(|rest| !rest.is_empty())
            .unwrap_or(name)
    }
}

/// The list, by code.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Divisions(pub(crate) BTreeMap<DivisionCode, Division>);

impl Divisions {
    /// The line of a code.
    pub fn get(&self, code: DivisionCode) -> Option<&Division> {
        self.0.get(&code)
    }

    /// Every line, in code order.
    pub fn all(&self) -> impl Iterator<Item = &Division> {
        self.0.values()
    }

    /// Townships, in code order.
    pub fn townships(&self) -> impl Iterator<Item = &Division> {
        self.at(DivisionLevel::Township)
    }

    /// Village units, in code order.
    pub fn villages(&self) -> impl Iterator<Item = &Division> {
        self.at(DivisionLevel::Village)
    }

    /// Village units of one township, in code order.
    pub fn villages_of(&self, township: DivisionCode) -> impl Iterator<Item = &Division> {
        self.villages().filter(move |d| d.code.township() == township)
    }

    fn at(&self, level: DivisionLevel) -> impl Iterator<Item = &Division> {
        self.0.values().filter(move |d| d.level == level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_drop_the_committee() {
        let code = DivisionCode::parse("370285102259").unwrap();
        let named = |name: &str| Division {
            code,
            level: DivisionLevel::Village,
            name: name.to_owned(),
            parent: code.township(),
            kind: "villagers-committee".to_owned(),
        };
        for (name, short) in [
            ("双山村村民委员会", "双山村"),
            ("官庄村委会", "官庄村"),
            ("某某社区居委会", "某某社区"),
            ("五四农场生活区", "五四农场生活区"),
        ] {
            assert_eq!(named(name).short(), short);
        }
    }
}
