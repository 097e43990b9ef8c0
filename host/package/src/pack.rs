//! Rule packs (配套制度): named groups of an edition's items and policy files, each with its own version.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// One pack of `editions/<day>/packs.toml`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pack {
    /// Id, as others name it in `needs`.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// English name; empty where the package has none.
    #[serde(default)]
    pub title_en: String,
    /// Its own version, e.g. `1.2`; it changes when the pack does.
    pub version: String,
    /// 中文：依据.
    #[serde(default)]
    pub basis: Vec<String>,
    /// Packs it cannot do without.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Ids of its items, variants included.
    #[serde(default)]
    pub items: Vec<String>,
    /// Names of its files below `authorization/`.
    #[serde(default)]
    pub authorization: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PacksFile {
    pub(crate) packs: Vec<Pack>,
}

/// The packs of an edition by id; empty where it does not group its rules.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Packs(pub(crate) BTreeMap<String, Pack>);

impl Packs {
    /// Every pack, by id.
    pub fn all(&self) -> impl Iterator<Item = &Pack> {
        self.0.values()
    }

    /// A pack by its id.
    pub fn get(&self, id: &str) -> Option<&Pack> {
        self.0.get(id)
    }

    /// The pack an item belongs to.
    pub fn of_item(&self, item: &str) -> Option<&Pack> {
        self.all().find(|pack| pack.items.iter().any(|own| own == item))
    }

    /// The packs that cannot do without one, through others too, by id; without itself.
    pub fn dependents(&self, id: &str) -> Vec<&Pack> {
        let mut found: BTreeSet<&str> = BTreeSet::from([id]);
        loop {
            let needs = |pack: &&Pack| pack.needs.iter().any(|need| found.contains(need.as_str()));
            let more: Vec<&str> = self
                .all()
                .filter(needs)
                .map(|pack| pack.id.as_str())
                .filter(|own| !found.contains(own))
                .collect();
            if more.is_empty() {
                break;
            }
            found.extend(more);
        }
        self.all().filter(|pack| pack.id != id && found.contains(pack.id.as_str())).collect()
    }
}

/// The text of `packs.toml` without one pack. Comments stay but for those within it; whoever writes it
/// reads it again and looks whether only that pack is gone.
pub fn without_pack(text: &str, id: &str) -> String {
    let mut blocks: Vec<Vec<&str>> = vec![Vec::new()];
    for line in text.lines() {
        if line.trim_start().starts_with("[[packs]]") {
            blocks.push(Vec::new());
        }
        if let Some(block) = blocks.last_mut() {
            block.push(line);
        }
    }
    let names = |line: &&str| {
        let (key, value) = line.split_once('=').unwrap_or_default();
        key.trim() == "id" && value.trim().trim_matches('"') == id
    };
    blocks.retain(|block| !block.iter().any(names));
    let mut text = blocks.concat().join("\n");
    text.push('\n');
    text
}
