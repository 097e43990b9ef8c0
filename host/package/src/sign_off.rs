//! 部门审核：which department is in charge of which entries and items, what it signed, and the digest of that.
//!
//! The digest is taken over what stands in the files, not over values of this program: another version
//! of the program leaves a sign-off as it is, and any changed word of an entry makes it stale.

mod standing;

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, Digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Step;
use crate::gather::{Folder, Read};

pub use standing::{SignOffFault, SignOffStanding};

/// Moves when another set of words is signed.
const METHOD: &[u8] = b"xiangyue-sign-off-1";

/// What a department found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Review {
    /// 合法，有政策依据.
    Reviewed,
    /// 不合法.
    Unlawful,
    /// 依据不足，先补依据.
    NeedsBasis,
}

impl Review {
    /// The id that files use.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Reviewed => "reviewed",
            Self::Unlawful => "unlawful",
            Self::NeedsBasis => "needs-basis",
        }
    }

    /// 中文名称.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Reviewed => "合法、有依据",
            Self::Unlawful => "不合法",
            Self::NeedsBasis => "依据不足",
        }
    }

    /// The result with this id.
    pub fn parse(id: &str) -> Option<Self> {
        [Self::Reviewed, Self::Unlawful, Self::NeedsBasis].into_iter().find(|r| r.id() == id)
    }
}

/// A department's sign-off of what it is in charge of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SignOff {
    /// 中文：部门.
    pub department: String,
    /// 中文：哪个职位审核的；never a person's name.
    pub post: String,
    /// The day of the review.
    pub day: CivilDay,
    /// What was found.
    pub result: Review,
    /// [`Charged::digest`] of what was looked at.
    pub digest: Digest,
    /// 中文说明.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The rows of `signoff.toml` that the command writes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct SignOffRows {
    /// One row for each department that signed, by name.
    pub sign_offs: Vec<SignOff>,
}

/// What a department reviews besides the entries that name it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct Charge {
    pub(crate) department: String,
    /// Village bodies and offices whose entries it reviews.
    #[serde(default)]
    pub(crate) owners: Vec<String>,
    #[serde(default)]
    pub(crate) items: Vec<String>,
}

/// `editions/<day>/signoff.toml`.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub(crate) struct SignOffFile {
    #[serde(default)]
    pub(crate) charge: Vec<Charge>,
    #[serde(default)]
    pub(crate) sign_offs: Vec<SignOff>,
}

/// A legal basis within a department's charge.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Cited {
    /// Id of the entry or item.
    what: String,
    text: String,
    /// Days of its own that the entry has.
    from: Option<CivilDay>,
    to: Option<CivilDay>,
}

/// A department with everything it is in charge of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Charged {
    /// Ids of list entries, list by list.
    pub entries: Vec<String>,
    /// Ids of items.
    pub items: Vec<String>,
    /// Digest of the entries and items as they stand in the files.
    pub digest: Digest,
    /// What it signed; none when it has not.
    pub signed: Option<SignOff>,
    /// Line of the row.
    line: u32,
    bases: Vec<Cited>,
}

/// The sign-offs of an edition folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignOffs {
    /// Day of the folder, which for a township's later edition is not the edition's.
    pub folder: CivilDay,
    /// Departments in charge of something, by name.
    pub departments: BTreeMap<String, Charged>,
    /// Items that no department is in charge of.
    pub nobodys: Vec<String>,
}

/// What is collected of a department before the digest is taken.
#[derive(Default)]
struct Parts {
    entries: Vec<String>,
    items: Vec<String>,
    bases: Vec<Cited>,
    bytes: Vec<Vec<u8>>,
}

impl SignOffs {
    /// Path of the file within the package.
    pub fn path(&self) -> String {
        format!("editions/{}/signoff.toml", self.folder)
    }

    /// Reads who is in charge of what in a folder, and who signed it.
    pub(crate) fn read(folder_day: CivilDay, folder: &Folder<'_>) -> Self {
        let file = folder.sign_offs.first();
        let charges: &[Charge] = file.map_or(&[], |read| &read.value.charge);
        let mut parts: BTreeMap<String, Parts> = BTreeMap::new();
        entries(folder, charges, &mut parts);
        items(folder, charges, &mut parts);
        let named: BTreeSet<&str> =
            charges.iter().flat_map(|c| &c.items).map(String::as_str).collect();
        let ids = folder.items.iter().map(|read| read.value.id.clone());
        let nobodys = ids.filter(|id| !parts.is_empty() && !named.contains(id.as_str())).collect();
        let day = folder_day.to_string();
        let departments = parts.into_iter().map(|(department, parts)| {
            let head = [METHOD, day.as_bytes(), department.as_bytes()];
            let digest = Digest::of(head.into_iter().chain(parts.bytes.iter().map(Vec::as_slice)));
            let row = file.and_then(|read| signed(read, &department));
            let charged = Charged {
                entries: parts.entries,
                items: parts.items,
                digest,
                line: row.as_ref().map_or(1, |(_, line)| *line),
                signed: row.map(|(row, _)| row),
                bases: parts.bases,
            };
            (department, charged)
        });
        Self { folder: folder_day, departments: departments.collect(), nobodys }
    }
}

fn signed(read: &Read<'_, SignOffFile>, department: &str) -> Option<(SignOff, u32)> {
    let rows = &read.value.sign_offs;
    let at = rows.iter().position(|row| row.department == department)?;
    let place = read.doc.place(&format!("/sign_offs/{at}/department"));
    Some((rows.get(at)?.clone(), place.line))
}

/// The department that reviews an owner's entries: the one that says so, or the owner itself.
fn reviewer<'a>(charges: &'a [Charge], owner: &'a str) -> &'a str {
    let named = charges.iter().find(|charge| charge.owners.iter().any(|own| own == owner));
    named.map_or(owner, |charge| &charge.department)
}

fn entries(folder: &Folder<'_>, charges: &[Charge], parts: &mut BTreeMap<String, Parts>) {
    let mut lists: Vec<_> = folder.lists.iter().collect();
    lists.sort_by_key(|read| read.value.id);
    for read in lists {
        let written = |pointer: &str| read.doc.json.pointer(pointer).unwrap_or(&Value::Null);
        for (index, entry) in read.value.entries.iter().enumerate() {
            let of = parts.entry(reviewer(charges, &entry.department).to_owned()).or_default();
            of.entries.push(entry.id.clone());
            of.bytes.push(read.value.id.id().into());
            of.bytes.push(canonical(written("/basis")));
            of.bytes.push(canonical(written(&format!("/entries/{index}"))));
            let texts = std::iter::once(entry.basis()).chain(read.value.basis.iter().cloned());
            of.bases.extend(texts.map(|text| Cited {
                what: entry.id.clone(),
                text,
                from: entry.from,
                to: entry.to,
            }));
        }
    }
}

fn items(folder: &Folder<'_>, charges: &[Charge], parts: &mut BTreeMap<String, Parts>) {
    for charge in charges {
        let mut own: Vec<_> =
            folder.items.iter().filter(|r| charge.items.contains(&r.value.id)).collect();
        own.sort_by(|a, b| a.value.id.cmp(&b.value.id));
        for read in own {
            let item = &read.value;
            let of = parts.entry(charge.department.clone()).or_default();
            of.items.push(item.id.clone());
            of.bytes.push(canonical(&read.doc.json));
            let of_step = |step: &Step| -> Vec<String> {
                let ways = step.may.iter().flat_map(|may| &may.basis);
                step.basis.iter().chain(ways).cloned().collect()
            };
            let mut texts = item.basis.clone();
            texts.extend(item.steps.iter().flat_map(of_step));
            let mut variants: Vec<_> =
                folder.variants.iter().filter(|v| v.value.extends == item.id).collect();
            variants.sort_by(|a, b| a.value.id.cmp(&b.value.id));
            for variant in variants {
                of.bytes.push(canonical(&variant.doc.json));
                texts.extend(variant.value.basis.iter().cloned());
                texts.extend(variant.value.steps.iter().flat_map(|added| of_step(&added.step)));
            }
            of.bases.extend(texts.into_iter().map(|text| Cited {
                what: item.id.clone(),
                text,
                from: None,
                to: None,
            }));
        }
    }
}

/// The same bytes for the same content: keys in order, no spaces, so that only a changed word counts.
fn canonical(value: &Value) -> Vec<u8> {
    fn put(value: &Value, into: &mut String) {
        match value {
            Value::Object(map) => {
                let sorted: BTreeMap<&String, &Value> = map.iter().collect();
                into.push('{');
                for (key, value) in sorted {
                    into.push_str(&Value::from(key.as_str()).to_string());
                    into.push(':');
                    put(value, into);
                    into.push(',');
                }
                into.push('}');
            }
            Value::Array(values) => {
                into.push('[');
                for value in values {
                    put(value, into);
                    into.push(',');
                }
                into.push(']');
            }
            plain => into.push_str(&plain.to_string()),
        }
    }
    let mut text = String::new();
    put(value, &mut text);
    text.into_bytes()
}
