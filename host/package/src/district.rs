//! What the district says about itself: committee kinds, bodies and roles.

use std::collections::BTreeMap;

use model::{DivisionCode, Fraction};
use serde::{Deserialize, Serialize};

/// The law a village-level unit lives under.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Law {
    /// 《村民委员会组织法》.
    Villagers,
    /// 《城市居民委员会组织法》.
    Residents,
}

impl Law {
    /// The text Cedar facts use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Villagers => "villagers",
            Self::Residents => "residents",
        }
    }
}

/// A kind of village-level unit, e.g. `villagers-committee`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CommitteeKind {
    /// Id, as the division list writes it before the bracket.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// The law it lives under.
    pub law: Law,
    /// Bodies that can meet there.
    pub bodies: Vec<String>,
    /// Titles of its heads where they differ, role id → 中文.
    #[serde(default)]
    pub role_titles: BTreeMap<String, String>,
}

/// What a count is compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Denominator {
    /// 到会人数.
    Present,
    /// 应到人数 (all members).
    Eligible,
}

/// How a body decides.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BodyRule {
    /// Id, e.g. `MEM`.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// English name; empty where the package has none.
    #[serde(default)]
    pub title_en: String,
    /// Share of those entitled that must be present.
    pub quorum: Fraction,
    /// Share of `of` that must be in favour.
    pub majority: Fraction,
    /// What `majority` is a share of.
    pub of: Denominator,
    /// Calendar days between notice and meeting.
    pub notice_days: i64,
    /// Articles this rests on.
    pub basis: Vec<String>,
    /// Bodies whose decisions this one may take as well, by its own quorum and majority (村民会议 for
    /// 村民代表会议).
    #[serde(default)]
    pub stands_for: Vec<String>,
    /// How far members may vote through others; absent = each votes in person.
    #[serde(default)]
    pub proxies: Option<ProxyRule>,
    /// 中文说明, e.g. where the law offers a second way of counting.
    #[serde(default)]
    pub note: String,
}

/// Limits of voting through others (委托投票).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyRule {
    /// Items whose votes take them, which are elections; empty = every vote.
    #[serde(default)]
    pub elections: Vec<String>,
    /// Most votes of others that one person may cast; absent = no limit.
    #[serde(default)]
    pub most_per_holder: Option<i64>,
    /// Whether each has to be given in writing.
    #[serde(default)]
    pub written: bool,
    /// Whether only members of the own household may be asked.
    #[serde(default)]
    pub same_household: bool,
}

/// Where a role belongs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoleLevel {
    /// 村级.
    Village,
    /// 镇级.
    Township,
    /// 市（区、县）级.
    District,
}

/// A post somebody can hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Role {
    /// Id, e.g. `custodian`.
    pub id: String,
    /// 中文名称.
    pub title: String,
    /// English name; empty where the package has none.
    #[serde(default)]
    pub title_en: String,
    /// Where it belongs.
    pub level: RoleLevel,
    /// 中文：所在的组织, as `supervises` and `executes` of items name it; empty for none of its own.
    #[serde(default)]
    pub organ: String,
}

/// The district and its vocabulary.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct District {
    /// Short id, also the prefix of every district policy id.
    pub id: String,
    /// Division code of the county, city or district.
    pub code: DivisionCode,
    /// 中文名称.
    pub title: String,
    /// 中文说明.
    pub note: String,
    /// Committee kinds by id.
    pub kinds: BTreeMap<String, CommitteeKind>,
    /// Roles by id.
    pub roles: BTreeMap<String, Role>,
}
