//! Data that forms ask for (`fields.toml`): what each field is called, and which department holds it already.

use serde::{Deserialize, Serialize};

use crate::wording::folded;

/// A field of a form. Without a holder nobody but the village has it, and it may be asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DataField {
    /// 中文名称.
    pub name: String,
    /// 中文：other names forms use for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// 中文：the department that holds it; empty where none does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub holder: String,
    /// 中文：the system it is held in; empty where no department holds it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system: String,
}

impl DataField {
    /// Its name and its other names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// Whether a department holds it, so that no village may be asked for it.
    pub fn is_held(&self) -> bool {
        !self.holder.is_empty()
    }
}

/// The register of data fields; empty for a district without one.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct DataFields(Vec<DataField>);

impl DataFields {
    /// A register of these fields.
    pub fn new(fields: impl IntoIterator<Item = DataField>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The field with this name or other name; width, letter case, spaces and marks do not count.
    pub fn find(&self, name: &str) -> Option<&DataField> {
        let wanted = folded(name);
        self.0.iter().find(|field| field.names().any(|own| folded(own) == wanted))
    }

    /// The name or other name that differs least from a text, for a caller who mistyped one.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.0.iter().flat_map(DataField::names))
    }

    /// The fields that a department holds.
    pub fn held(&self) -> impl Iterator<Item = &DataField> {
        self.0.iter().filter(|field| field.is_held())
    }
}

/// Of some texts the one with the fewest characters to change, add or take away; the first of equals, and
/// none where every one shares no character with what was written.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = folded(wanted);
    let shares = |text: &str| folded(text).chars().any(|c| wanted.contains(c));
    known
        .filter(|text| shares(text))
        .map(|text| (distance(&wanted, &folded(text)), text))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, text)| text)
}

/// Characters to change, add or take away until one text is the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, from) in (1_usize..).zip(a.chars()) {
        let mut here = vec![row];
        for (to, pair) in b.iter().zip(above.windows(2)) {
            let (Some(diagonal), Some(up), Some(left)) = (pair.first(), pair.last(), here.last())
            else {
                continue;
            };
            let changed = diagonal.saturating_add(usize::from(*to != from));
            here.push(changed.min(up.saturating_add(1)).min(left.saturating_add(1)));
        }
        above = here;
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register() -> DataFields {
        let field = |name: &str, aliases: &[&str], holder: &str| DataField {
            name: name.to_owned(),
            aliases: aliases.iter().map(|a| (*a).to_owned()).collect(),
            holder: holder.to_owned(),
            system: String::new(),
        };
        DataFields::new([
            field("户籍人口", &["户籍人数", "户口人数"], "公安局"),
            field("防汛沙袋数量", &["沙袋数"], ""),
        ])
    }

    #[test]
    fn a_field_is_found_by_any_of_its_names() {
        let register = register();
        for name in ["户籍人口", "户口人数", " 户籍 人数 ", "（户籍人口）"] {
            assert_eq!(register.find(name).map(|f| f.holder.as_str()), Some("公安局"), "{name}");
        }
        assert!(register.find("沙袋数").is_some_and(|field| !field.is_held()));
        assert!(register.find("户籍").is_none(), "half a name is none");
        assert_eq!(register.held().count(), 1);
    }

    #[test]
    fn the_nearest_name_is_told() {
        let register = register();
        assert_eq!(register.nearest("户籍人囗"), Some("户籍人口"));
        assert_eq!(register.nearest("沙袋个数"), Some("沙袋数"));
        assert_eq!(register.nearest("xyz"), None, "nothing in common");
        for (a, b, want) in
            [("", "", 0), ("甲乙", "", 2), ("甲乙丙", "甲丙", 1), ("甲乙", "乙甲", 2)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (want, want), "{a} {b}");
        }
    }
}
