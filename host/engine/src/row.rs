//! Stored records, one struct per table. A row is written whole each time it changes, so the
//! journal alone describes the state and the index can be thrown away.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, Digest, DivisionCode, Minute, Tally};
use serde::{Deserialize, Serialize};

use crate::course::{Course, Register};
pub use crate::found::{Finding, FindingState, Kept, Round, Said};

/// A natural person, by pseudonymous id; names and phones live in the personal side store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// Pseudonymous id, e.g. `370285102259-p01`.
    pub id: String,
    /// Where the person lives or works.
    pub unit: DivisionCode,
    /// Household id, or empty.
    #[serde(default)]
    pub household: String,
    /// First day of a suspension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_from: Option<CivilDay>,
    /// Last day of a suspension; none = until lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_to: Option<CivilDay>,
    /// Reference into the personal side store, when fields were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<Personal>,
}

/// Where personal fields lie and what the chain knows of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Personal {
    /// Id in the side store.
    pub id: String,
    /// Salted commitment over the fields.
    pub commitment: Digest,
}

/// A post a person holds in one unit for a term.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Post {
    /// `<holder>/<role>`.
    pub id: String,
    /// Who holds it.
    pub holder: String,
    /// Role id, e.g. `director`.
    pub role: String,
    /// The unit it is held in.
    pub unit: DivisionCode,
    /// Department, for district officers; else empty.
    #[serde(default)]
    pub department: String,
    /// First day of the term.
    pub from: CivilDay,
    /// Last day of the term.
    pub to: CivilDay,
}

/// A household.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Household {
    /// Id, e.g. `370285102259-h0001`.
    pub id: String,
    /// Its village.
    pub village: DivisionCode,
    /// How many people.
    pub members: i64,
    /// Panel members who live here or are near relatives; their sheets do not count for it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub kin: BTreeSet<String>,
}

/// The record of one meeting of one body.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Meeting {
    /// Id, e.g. `370285102259-MEM-2026-001`.
    pub id: String,
    /// Body id, e.g. `MEM`.
    pub body: String,
    /// Where it met (a village, or the district for its own organs).
    pub village: DivisionCode,
    /// The item it dealt with, or empty.
    #[serde(default)]
    pub item: String,
    /// The matter or task it dealt with, or empty.
    #[serde(default)]
    pub matter: String,
    /// Day of the meeting.
    pub day: CivilDay,
    /// Day on which notice was given.
    pub notice_day: CivilDay,
    /// The counts.
    pub tally: Tally,
    /// Who entered the record.
    pub recorded_by: String,
    /// Day it was entered; older records do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<CivilDay>,
    /// What the official register holds besides.
    #[serde(default, skip_serializing_if = "Register::is_empty")]
    pub register: Register,
}

/// A step that was taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenStep {
    /// Step id.
    pub step: String,
    /// Day.
    pub day: CivilDay,
    /// Who took it.
    pub by: String,
    /// Meeting record cited, or empty.
    #[serde(default)]
    pub record: String,
    /// Delegation cited, or empty.
    #[serde(default)]
    pub grant: String,
    /// Price the step put on record, in cents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cents: Option<i64>,
}

/// One case of an item of the petty-power list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Matter {
    /// Id, e.g. `370285102259-P01-2026-001`.
    pub id: String,
    /// Item id.
    pub item: String,
    /// Village.
    pub village: DivisionCode,
    /// What it is about, in a clerk's words without names.
    pub title: String,
    /// Amount in cents; 0 when money is not involved.
    #[serde(default)]
    pub amount_cents: i64,
    /// Seal class A, B, C or X; else empty.
    #[serde(default)]
    pub seal_class: String,
    /// Persons who must stand aside (near relatives of whom it concerns).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub relatives: BTreeSet<String>,
    /// Who opened it.
    pub opened_by: String,
    /// When; the edition that was in force there on this day stays the matter's edition (see [`Course::edition`]).
    pub opened: CivilDay,
    /// Steps taken, in order.
    #[serde(default)]
    pub taken: Vec<TakenStep>,
    /// What stands beside the steps.
    #[serde(default, skip_serializing_if = "Course::is_empty")]
    pub course: Course,
}

/// A delegation of one role's power in named items.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Delegation {
    /// Id.
    pub id: String,
    /// Village it holds in.
    pub village: DivisionCode,
    /// Role whose power is lent.
    pub role: String,
    /// Items it covers.
    pub items: BTreeSet<String>,
    /// Who receives it.
    pub delegate: String,
    /// Who gives it.
    pub grantor: String,
    /// First day of the grantor's own post.
    pub grantor_from: CivilDay,
    /// Last day of the grantor's own post.
    pub grantor_to: CivilDay,
    /// First day.
    pub from: CivilDay,
    /// Last day.
    pub to: CivilDay,
    /// 1 for a delegation by the holder of the power; more is never lawful.
    pub depth: i64,
    /// Day of the proposal.
    pub proposed: CivilDay,
    /// Body that is to approve, or has approved.
    #[serde(default)]
    pub decision_body: String,
    /// That record.
    #[serde(default)]
    pub decision_record: String,
    /// Day of approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<CivilDay>,
    /// Who registered the approval.
    #[serde(default)]
    pub approved_by: String,
    /// Minute of revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Minute>,
}

/// One of the district's two approvals of a task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approval {
    /// `DC` (市委) or `DG` (市政府).
    pub organ: String,
    /// Meeting record.
    pub record: String,
    /// Day of approval.
    pub day: CivilDay,
    /// Last day it holds.
    pub to: CivilDay,
    /// Who registered it.
    pub by: String,
    /// Minute of revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Minute>,
}

/// Why work cannot wait for the next period of its quota.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// 事故.
    Accident,
    /// 应急.
    Emergency,
}

impl Urgency {
    /// The word Cedar facts use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accident => "accident",
            Self::Emergency => "emergency",
        }
    }
}

/// A mark on a task: an accident or emergency, in the proposer's own words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Urgent {
    /// Which of the two.
    pub kind: Urgency,
    /// Why, without names.
    pub reason: String,
}

/// A department's wish to hand a task to a village (准入).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Id.
    pub id: String,
    /// Department.
    pub department: String,
    /// Village.
    pub village: DivisionCode,
    /// Id of a listed item, or empty.
    #[serde(default)]
    pub item: String,
    /// What is to be done.
    pub title: String,
    /// Law it rests on, or empty.
    #[serde(default)]
    pub basis_law: String,
    /// Article, or empty.
    #[serde(default)]
    pub basis_article: String,
    /// Money promised, in cents.
    #[serde(default)]
    pub fund_cents: i64,
    /// Money released, in cents.
    #[serde(default)]
    pub released_cents: i64,
    /// Staff promised.
    #[serde(default)]
    pub staff: i64,
    /// Last day of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<CivilDay>,
    /// Data it asks for, by the names of the register.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fields: BTreeSet<String>,
    /// That it cannot wait for the next period of its quota, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgent: Option<Urgent>,
    /// Who proposed it.
    pub proposed_by: String,
    /// Approvals by organ.
    #[serde(default)]
    pub approvals: BTreeMap<String, Approval>,
    /// Day on which it was assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<CivilDay>,
}

/// A sign that hangs or hung in a village.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sign {
    /// Id, e.g. `370285102259-G-2026-001`.
    pub id: String,
    /// Village.
    pub village: DivisionCode,
    /// What stands on it.
    pub title: String,
    /// Id on the list of signs, or empty.
    #[serde(default)]
    pub entry: String,
    /// Approval number, or empty.
    #[serde(default)]
    pub approval: String,
    /// Day it was hung.
    pub hung: CivilDay,
    /// Digest of its photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Digest>,
    /// Who entered it; a pseudonymous id.
    pub by: String,
    /// Day it was taken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<CivilDay>,
}

/// Whether an event counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventState {
    /// Counts.
    Accepted,
    /// Objected to; does not count until settled.
    Disputed,
    /// Taken back; does not count.
    Reversed,
}

/// Something that happened and may be worth points.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Id given by the sender, unique in the village.
    pub id: String,
    /// Scheme id.
    pub scheme: String,
    /// Event type named by the scheme.
    #[serde(rename = "type")]
    pub kind: String,
    /// Person or household.
    pub subject: String,
    /// Village.
    pub village: DivisionCode,
    /// Round it belongs to, or empty.
    #[serde(default)]
    pub round: String,
    /// Effective day.
    pub day: CivilDay,
    /// Panel member or certifier, or empty.
    #[serde(default)]
    pub actor: String,
    /// Integers named by the scheme.
    pub quantities: BTreeMap<String, i64>,
    /// Who entered it.
    pub submitted_by: String,
    /// Who of the household did it, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub member: String,
    /// How it came in, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// What it rests on, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// Day of entry; none in records from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<CivilDay>,
    /// Whether it counts.
    pub state: EventState,
    /// Free text lies in the side store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Personal>,
}

/// What a rule run was, so that it can be run again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunReceipt {
    /// Digest of the rule's source bytes.
    pub rule: Digest,
    /// Interface version.
    pub abi: String,
    /// Engine fingerprint.
    pub engine: String,
    /// Digest of the input.
    pub input: Digest,
    /// Digest of the answer; none in records from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Digest>,
    /// Steps used.
    pub fuel_used: u64,
    /// Steps allowed.
    pub fuel_max: u64,
}

/// A trace (线索) of an act that was refused because it would have gone past the lists, or that went past a
/// quota as an accident or emergency: who did what, and which rules spoke. Written by the engine alone; no act changes or removes one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Clue {
    /// Id, e.g. `370285102259-C-2026-001`.
    pub id: String,
    /// Kind, e.g. `unauthorized_delegation`.
    pub kind: String,
    /// Village it concerns.
    pub village: DivisionCode,
    /// When.
    pub at: Minute,
    /// Who tried; a pseudonymous id.
    pub by: String,
    /// Cedar action.
    pub action: String,
    /// The thing it was tried on; empty where it was refused before there was one.
    pub thing: String,
    /// The listed item it was about, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// Policies that decided.
    pub policies: Vec<String>,
    /// The decision in the log.
    pub decision: String,
    /// Digest of the facts that were decided upon.
    pub evidence: Digest,
    /// The accident or emergency that an allowed hand-over was marked as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Urgent>,
}
