//! People and posts, and the erasure of a person's fields.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, DivisionCode, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::{id, invalid, not_found};
use crate::gather::{self, Cited};
use crate::limits;
use crate::operation::{Acting, Ask, Operation, PersonalFields, Plan, View, chain_of};
use crate::record::Effect;
use crate::row::{Person, Personal, Post};
use crate::state::State;

/// A post as it is written with a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostInput {
    /// Role id.
    pub role: String,
    /// Unit it is held in.
    pub unit: DivisionCode,
    /// Department, for district officers.
    #[serde(default)]
    pub department: String,
    /// First day.
    pub from: CivilDay,
    /// Last day.
    pub to: CivilDay,
}

/// Writes a person and the posts given; posts not given stay as they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutPerson {
    /// Person id; from the path over HTTP.
    #[serde(default)]
    pub id: String,
    /// Where the person lives or works.
    pub unit: DivisionCode,
    /// Household.
    #[serde(default)]
    pub household: String,
    /// First day of a suspension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_from: Option<CivilDay>,
    /// Last day of a suspension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended_to: Option<CivilDay>,
    /// Posts to write.
    #[serde(default)]
    pub posts: Vec<PostInput>,
    /// Personal fields (name, phone); they go to the erasable side store only.
    #[serde(default)]
    pub personal: BTreeMap<String, String>,
}

impl Operation for PutPerson {
    const NAME: &'static str = "put-person";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.unit)
    }

    fn chain(&self, _: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(chain_of(self.unit)))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        id("id", &self.id)?;
        let package = &view.snapshot.package;
        let resource = gather::unit(view.edition, self.unit)
            .ok_or_else(|| crate::operation::unknown_division(self.unit))?;
        if !self.household.is_empty() && view.state.households.get(&self.household).is_none() {
            return Err(not_found("household", "户", &self.household));
        }
        for post in &self.posts {
            if !package.district().roles.contains_key(&post.role) {
                return Err(invalid(
                    "role",
                    "not a role of this district; see `roles.toml`",
                    "没有这个岗位。",
                ));
            }
            if !self.unit.county().contains(post.unit)
                || package.divisions().get(post.unit).is_none()
            {
                return Err(crate::operation::unknown_division(post.unit));
            }
        }
        let fits = |(name, value): (&String, &String)| {
            name.chars().count() <= limits::ID_CHARS_MAX
                && value.chars().count() <= limits::NOTE_CHARS_MAX
        };
        if self.personal.len() > 8 || !self.personal.iter().all(fits) {
            return Err(invalid(
                "personal",
                "at most 8 short fields",
                "个人信息最多8项，每项不超过500字。",
            ));
        }
        Ok(Ask {
            action: "PutEntity",
            resource,
            place: self.unit,
            cited: Cited::default(),
            context: gather::record([("entityType", "Person".into())]),
        })
    }

    fn personal(&self, _: &View<'_>) -> Vec<PersonalFields> {
        if self.personal.is_empty() {
            return Vec::new();
        }
        vec![PersonalFields { subject: self.id.clone(), fields: self.personal.clone() }]
    }

    fn plan(&self, view: &View<'_>, _: &Acting, personal: &[Personal]) -> Result<Plan, Refusal> {
        let kept = view.state.persons.get(&self.id).and_then(|row| row.personal.clone());
        let row = Person {
            id: self.id.clone(),
            unit: self.unit,
            household: self.household.clone(),
            suspended_from: self.suspended_from,
            suspended_to: self.suspended_to,
            personal: personal.first().cloned().or(kept),
        };
        let mut effects = vec![Effect::Person(row)];
        effects.extend(self.posts.iter().map(|post| {
            Effect::Post(Post {
                id: format!("{}/{}", self.id, post.role),
                holder: self.id.clone(),
                role: post.role.clone(),
                unit: post.unit,
                department: post.department.clone(),
                from: post.from,
                to: post.to,
            })
        }));
        Ok(Plan { effects, reply: json!({"type": "Person", "id": self.id}), ..Plan::default() })
    }
}

/// Erases a person's fields from the side store; the chain keeps only salted commitments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasePerson {
    /// Person id.
    pub id: String,
}

impl Operation for ErasePerson {
    const NAME: &'static str = "erase-person";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Person", &self.id)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = view
            .state
            .persons
            .get(&self.id)
            .ok_or_else(|| not_found("person", "人员", &self.id))?;
        Ok(Ask {
            action: "ErasePerson",
            resource: gather::person(row),
            place: row.unit,
            cited: Cited::default(),
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let ids = view
            .personal
            .ids_of(&self.id)
            .map_err(|error| crate::refusals::internal(&error.to_string()))?;
        let fresh: Vec<String> =
            ids.into_iter().filter(|id| view.state.erased.get(id).is_none()).collect();
        let reply = json!({"id": self.id, "erased": fresh.len()});
        let effect = Effect::Erased { subject: self.id.clone(), ids: fresh };
        Ok(Plan {
            effects: vec![effect],
            reply,
            erases: BTreeSet::from([self.id.clone()]),
            ..Plan::default()
        })
    }
}
