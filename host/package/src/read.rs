//! From checked documents to typed values.

use std::collections::BTreeMap;

use model::{CivilDay, DivisionCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Findings, code, words};
use crate::document::{Document, one_line};
use crate::layout::Kind;
use crate::{
    BodyRule, CommitteeKind, Covenant, DataField, Fund, ListEntry, ListKind, PostFact, Role,
    Statute, shape,
};

/// A post that every unit of a level has in the demo besides the usual ones.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DemoOfficer {
    /// Which units have it.
    pub level: crate::RoleLevel,
    /// Role id.
    pub role: String,
    /// Department, or empty.
    #[serde(default)]
    pub department: String,
}

/// How large the demo district is and where its random numbers start.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DemoSettings {
    /// Start of the random numbers; the same seed gives the same district.
    pub seed: u64,
    /// Households in each village unit.
    pub households_per_village: u32,
    /// Share of village units whose secretary is also director (一肩挑), ‰.
    pub one_shoulder_permille: u32,
    /// Share of households with a volunteer, ‰.
    pub volunteer_permille: u32,
    /// Panel members per village unit.
    pub panel_members: u32,
    /// First day of all posts.
    pub term_from: CivilDay,
    /// Last day of all posts.
    pub term_to: CivilDay,
    /// Name of the quarter, e.g. `2026Q3`.
    pub period: String,
    /// First day of the quarter.
    pub period_from: CivilDay,
    /// Last day of the quarter.
    pub period_to: CivilDay,
    /// The village unit whose matters are opened.
    pub matters_village: DivisionCode,
    /// The day those matters stand at.
    pub matters_day: CivilDay,
    /// Further posts.
    #[serde(default)]
    pub officers: Vec<DemoOfficer>,
    /// Schemes whose events are made up from what is written here, in a few villages each.
    #[serde(default)]
    pub filled: Vec<DemoFilled>,
}

/// Made-up events of one scheme.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DemoFilled {
    /// The township.
    pub township: DivisionCode,
    /// Scheme id.
    pub scheme: String,
    /// In how many of its villages, by code.
    pub villages: u32,
    /// The events.
    pub events: Vec<DemoEvent>,
}

/// Made-up events of one kind.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DemoEvent {
    /// Event type of the scheme.
    #[serde(rename = "type")]
    pub kind: String,
    /// Share of households (or of their first members) that have any, ‰.
    pub permille: u32,
    /// The most that one of them has.
    pub most: u32,
    /// Whether each panel member of the village enters one, but for their own house.
    #[serde(default)]
    pub panel: bool,
    /// Smallest and largest value and the step between values, by quantity.
    pub quantities: BTreeMap<String, [u32; 3]>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DistrictFile {
    pub(crate) id: String,
    pub(crate) code: DivisionCode,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) note: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct KindsFile {
    pub(crate) kinds: Vec<CommitteeKind>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct BodiesFile {
    pub(crate) bodies: Vec<BodyRule>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RolesFile {
    pub(crate) roles: Vec<Role>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PostsFile {
    #[serde(default)]
    pub(crate) posts: Vec<PostFact>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FieldsFile {
    pub(crate) fields: Vec<DataField>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct LawsFile {
    pub(crate) laws: Vec<Statute>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ListFile {
    pub(crate) id: ListKind,
    pub(crate) title: String,
    pub(crate) basis: Vec<String>,
    pub(crate) entries: Vec<ListEntry>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TownshipFile {
    pub(crate) code: DivisionCode,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) funds: Vec<Fund>,
    #[serde(default)]
    pub(crate) covenants: Vec<Covenant>,
}

/// Holds a document against its schema and reads it; `None` after findings were reported.
pub(crate) fn typed<T: DeserializeOwned>(
    kind: Kind,
    doc: &Document<'_>,
    findings: &mut Findings,
) -> Option<T> {
    if !shape::check(kind, doc, findings) {
        return None;
    }
    match serde_json::from_value(doc.json.clone()) {
        Ok(value) => Some(value),
        Err(error) => {
            // The schema cannot say everything, e.g. that 2026-02-30 is no date.
            let said = one_line(&error.to_string());
            let place =
                quoted(&said).and_then(|text| find_value(&doc.json, text)).unwrap_or_default();
            findings.error(
                code::WRONG_VALUE,
                doc.place(&place),
                words(
                    format!("a value cannot be used: {said}"),
                    format!("有一项内容不能用：{said}"),
                    "日期写成 2026-01-01，代码写十二位数字；改好再检查一次。",
                ),
            );
            None
        }
    }
}

fn quoted(message: &str) -> Option<&str> {
    message.split('`').nth(1)
}

/// The pointer of the first text equal to `wanted`.
fn find_value(json: &serde_json::Value, wanted: &str) -> Option<String> {
    use serde_json::Value;
    match json {
        Value::String(text) => (text == wanted).then(String::new),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            find_value(item, wanted).map(|rest| format!("/{index}{rest}"))
        }),
        Value::Object(map) => map.iter().find_map(|(key, item)| {
            let hit = if key == wanted { Some(String::new()) } else { find_value(item, wanted) };
            hit.map(|rest| format!("/{}{rest}", key.replace('~', "~0").replace('/', "~1")))
        }),
        _ => None,
    }
}

/// Puts values in a map by id; a second one with the same id is a finding.
pub(crate) fn by_id<T>(
    values: Vec<T>,
    id: impl Fn(&T) -> &str,
    list: &str,
    doc: &Document<'_>,
    findings: &mut Findings,
) -> BTreeMap<String, T> {
    let mut map = BTreeMap::new();
    for (index, value) in values.into_iter().enumerate() {
        let key = id(&value).to_owned();
        if map.contains_key(&key) {
            findings.error(
                code::DUPLICATE_ID,
                doc.place(&format!("/{list}/{index}/id")),
                duplicate(&key, None),
            );
            continue;
        }
        map.insert(key, value);
    }
    map
}

/// The words of a duplicate id.
pub(crate) fn duplicate(id: &str, other: Option<&str>) -> crate::diagnostic::Words {
    let (english, chinese) = other.map_or_else(
        || (String::new(), String::new()),
        |other| (format!(", first used in `{other}`"), format!("，已经在 {other} 里用过")),
    );
    words(
        format!("id `{id}` is used twice{english}"),
        format!("编号“{id}”重复了{chinese}。"),
        "每个编号只能用一次，请换一个。",
    )
}
