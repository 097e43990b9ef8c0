//! One table of everything listed: the ten lists, the petty powers and each township's own items.

use model::{CivilDay, DivisionCode};
use serde::Serialize;

use crate::{Edition, Item, ListEntry, ListKind, WorkList};

/// Kind of a row that comes from `items/*.toml`.
const PETTY_POWER: (&str, &str) = ("petty-power", "小微权力");
/// Kind of a row that comes from a township's own items.
const FEATURE: (&str, &str) = ("feature", "特色清单");

/// A row of the table of duties (职责事项一览表).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Row {
    /// Kind id: one of [`ListKind`]'s, `petty-power` or `feature`.
    pub kind: &'static str,
    /// 中文：哪张清单.
    pub kind_title: &'static str,
    /// Id of the entry or item.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// 中文：主管部门；for an item who starts it.
    pub owner: String,
    /// Citations, at least one.
    pub basis: Vec<String>,
    /// 中文：村里做什么；for an item its steps.
    pub village_part: String,
    /// What else the entry says; absent for an item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<ListEntry>,
    /// 中文：谁来监督；empty for an entry, whose links say it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supervises: Vec<String>,
    /// The township whose own item it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub township: Option<DivisionCode>,
}

impl Row {
    /// Every kind id with its Chinese name, in the order of the table.
    pub fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
        let lists = ListKind::ALL.into_iter().map(|kind| (kind.id(), kind.title()));
        lists.chain([PETTY_POWER, FEATURE])
    }

    /// An entry's row.
    pub fn of_entry(kind: ListKind, entry: &ListEntry) -> Self {
        Self {
            kind: kind.id(),
            kind_title: kind.title(),
            id: entry.id.clone(),
            title: entry.title.clone(),
            owner: entry.department.clone(),
            basis: vec![entry.basis()],
            village_part: entry.village_part.clone(),
            entry: Some(entry.clone()),
            supervises: Vec::new(),
            township: None,
        }
    }

    fn of_item(item: &Item, township: Option<DivisionCode>) -> Self {
        let (kind, kind_title) = if township.is_some() { FEATURE } else { PETTY_POWER };
        let steps: Vec<&str> = item.steps.iter().map(|step| step.title.as_str()).collect();
        Self {
            kind,
            kind_title,
            id: item.id.clone(),
            title: item.title.clone(),
            owner: owner(item),
            basis: item.basis.clone(),
            village_part: steps.join("→"),
            entry: None,
            supervises: item.supervises.clone(),
            township,
        }
    }
}

/// Who executes a power; who begins it where the item does not say.
fn owner(item: &Item) -> String {
    if item.executes.is_empty() {
        return item.steps.first().map(|step| step.who.clone()).unwrap_or_default();
    }
    item.executes.join("、")
}

/// The rows of some lists, list by list in the order of the table, each by id.
pub fn rows<'a>(lists: impl IntoIterator<Item = &'a WorkList>) -> Vec<Row> {
    let mut lists: Vec<&WorkList> = lists.into_iter().collect();
    lists.sort_by_key(|list| list.id);
    lists
        .into_iter()
        .flat_map(|list| list.entries.values().map(|entry| Row::of_entry(list.id, entry)))
        .collect()
}

impl Edition {
    /// Everything listed: entries in force on `day` (all of them without one), the petty powers,
    /// and the own items of one township, or of every one.
    pub fn registry(&self, day: Option<CivilDay>, township: Option<DivisionCode>) -> Vec<Row> {
        let mut all = rows(self.lists().values());
        all.retain(|row| {
            day.zip(row.entry.as_ref()).is_none_or(|(day, entry)| entry.in_force(day))
        });
        all.extend(self.items().values().map(|item| Row::of_item(item, None)));
        let here = township.map(DivisionCode::township);
        for (code, own) in self.townships() {
            if here.is_none_or(|here| here == *code) {
                let local = own.items.values().filter(|item| item.local);
                all.extend(local.map(|item| Row::of_item(item, Some(*code))));
            }
        }
        all
    }
}
