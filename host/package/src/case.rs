//! Cases: one request on one day, the facts it needs and what must come out; also the bug report format.

use std::collections::BTreeMap;

use model::{CivilDay, Effect, Entity, Record, Tally};
use serde::{Deserialize, Serialize};

/// A post somebody holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PostFact {
    /// Person id.
    pub holder: String,
    /// Role id.
    pub role: String,
    /// Twelve digits of the unit the post belongs to.
    pub unit: String,
    /// 中文：部门, empty for village posts.
    #[serde(default)]
    pub department: String,
    /// First day.
    pub from: CivilDay,
    /// Last day.
    pub to: CivilDay,
}

/// A meeting record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MeetingFact {
    /// Id.
    pub id: String,
    /// Body id, e.g. `MEM`.
    pub body: String,
    /// Twelve digits.
    pub village: String,
    /// Item it was about; empty when none.
    #[serde(default)]
    pub item: String,
    /// Matter it was about; empty when none.
    #[serde(default)]
    pub matter: String,
    /// The day it met.
    pub day: CivilDay,
    /// The day it was called.
    pub notice_day: CivilDay,
    /// The counts.
    pub tally: Tally,
    /// Who wrote it down.
    #[serde(default)]
    pub recorded_by: String,
}

/// A step already taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenFact {
    /// Step id.
    pub step: String,
    /// The day.
    pub day: CivilDay,
    /// Who took it; empty when it does not matter.
    #[serde(default)]
    pub by: String,
    /// The meeting record cited; empty when none.
    #[serde(default)]
    pub record: String,
}

/// A matter under way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MatterFact {
    /// Id.
    pub id: String,
    /// Item id.
    pub item: String,
    /// Twelve digits.
    pub village: String,
    /// Amount in cents; 0 when it moves no money.
    #[serde(default)]
    pub amount_cents: i64,
    /// Seal class `A`, `B`, `C` or `X`; empty when no seal is used.
    #[serde(default)]
    pub seal_class: String,
    /// Who handles it; empty when nobody yet.
    #[serde(default)]
    pub handler: String,
    /// Who approved it; empty when nobody yet.
    #[serde(default)]
    pub approver: String,
    /// Who signed so far.
    #[serde(default)]
    pub signers: Vec<String>,
    /// Near relatives of those it is about.
    #[serde(default)]
    pub relatives: Vec<String>,
    /// Steps taken so far, in order.
    #[serde(default)]
    pub taken: Vec<TakenFact>,
}

/// An approval by the district committee or government, on record for a task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ApprovalFact {
    /// Task id.
    pub task: String,
    /// `DC` or `DG`.
    pub organ: String,
    /// Number of the document.
    pub record: String,
    /// First day.
    pub day: CivilDay,
    /// Last day.
    pub to: CivilDay,
    /// Who wrote it down.
    pub by: String,
    /// Day it was withdrawn.
    #[serde(default)]
    pub revoked: Option<CivilDay>,
}

/// Near relatives of a person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KinFact {
    /// Person id.
    pub person: String,
    /// Their near relatives.
    pub relatives: Vec<String>,
}

/// A subject or resource, in AuthZEN's shape.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseSubject {
    /// Cedar entity type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id.
    pub id: String,
    /// What the caller says about it.
    #[serde(default)]
    pub properties: Record,
}

/// An action, in AuthZEN's shape.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseAction {
    /// Action name.
    pub name: String,
    /// What the caller says about it.
    #[serde(default)]
    pub properties: Record,
}

/// The request, in AuthZEN's shape.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseRequest {
    /// Who.
    pub subject: CaseSubject,
    /// What.
    pub action: CaseAction,
    /// To which thing.
    pub resource: CaseSubject,
    /// What the caller cites, e.g. `record`.
    #[serde(default)]
    pub context: Record,
}

/// One case.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Case {
    /// Path within the package.
    pub file: String,
    /// The township folder it stands in, if any.
    pub township: Option<String>,
    /// What must come out: the folder says it.
    pub expect: Effect,
    /// The case itself.
    #[serde(flatten)]
    pub body: CaseBody,
}

impl std::ops::Deref for Case {
    type Target = CaseBody;
    fn deref(&self) -> &CaseBody {
        &self.body
    }
}

/// What a case file holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseBody {
    /// One Chinese sentence.
    pub name: String,
    /// The day of the request.
    pub day: CivilDay,
    /// The request.
    pub request: CaseRequest,
    /// Posts besides the standing ones.
    #[serde(default)]
    pub posts: Vec<PostFact>,
    /// Meeting records.
    #[serde(default)]
    pub meetings: Vec<MeetingFact>,
    /// Matters.
    #[serde(default)]
    pub matters: Vec<MatterFact>,
    /// Approvals.
    #[serde(default)]
    pub approvals: Vec<ApprovalFact>,
    /// How often the same was handed to the village before, in the period its quota counts in.
    #[serde(default)]
    pub handed_over: i64,
    /// Near relatives.
    #[serde(default)]
    pub kin: Vec<KinFact>,
    /// Anything else, with the attributes the Cedar schema names.
    #[serde(default)]
    pub entities: Vec<Entity>,
    /// Policy ids that must be among the reasons.
    #[serde(default)]
    pub expect_policies: Vec<String>,
    /// Words that must stand in the reasons' texts.
    #[serde(default)]
    pub expect_text: String,
}

/// People and things every case of the package may name.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Standing {
    /// From `entities.json`.
    pub entities: Vec<Entity>,
    /// From `posts.toml`.
    pub posts: Vec<PostFact>,
}

/// `entities.json` in Cedar's own format.
#[derive(Debug, Deserialize)]
pub(crate) struct CedarEntity {
    pub(crate) uid: model::EntityRef,
    pub(crate) attrs: BTreeMap<String, model::Value>,
}
