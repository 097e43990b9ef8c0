//! Delegations: giving, approving, revoking. Acting under one is `TakeStep` citing it.

use std::collections::BTreeSet;

use model::{CivilDay, DivisionCode, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::{invalid, not_found, year};
use crate::gather::{self, Cited};
use crate::operation::{Acting, Ask, Operation, Plan, View};
use crate::record::Effect;
use crate::row::{Delegation, Personal};
use crate::state::State;

/// Proposes to lend a role's power in named items to another person, for a term.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    /// Village it holds in.
    pub village: DivisionCode,
    /// Role whose power is lent.
    pub role: String,
    /// Items.
    pub items: BTreeSet<String>,
    /// Who receives it.
    pub delegate: String,
    /// Body that is to approve: `TWO`, `REP` or `ASM`.
    pub body: String,
    /// First day.
    pub from: CivilDay,
    /// Last day.
    pub to: CivilDay,
    /// A delegation one holds oneself, when one tries to pass it on; always refused by the policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<String>,
    /// Post under which the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl Delegate {
    fn row(&self, view: &View<'_>) -> Delegation {
        let prefix = format!("{}-D-{}-", self.village, year(view.today()));
        let number =
            view.next_number(view.state.delegations.starting_with(&prefix).map(|row| &row.id));
        let own = format!("{}/{}", view.caller.person, self.role);
        let parent = self.under.as_ref().and_then(|id| view.state.delegations.get(id));
        // A grantor without the post gets an empty term, so that the policies see no power to lend.
        let none = (
            view.today(),
            CivilDay::from_number(view.today().number().saturating_sub(1)).unwrap_or_default(),
        );
        let term = view
            .state
            .posts
            .get(&own)
            .filter(|p| p.unit == self.village)
            .map_or(none, |p| (p.from, p.to));
        Delegation {
            id: format!("{prefix}{number:03}"),
            village: self.village,
            role: self.role.clone(),
            items: self.items.clone(),
            delegate: self.delegate.clone(),
            grantor: view.caller.person.clone(),
            grantor_from: term.0,
            grantor_to: term.1,
            from: self.from,
            to: self.to,
            depth: parent.map_or(1, |p| p.depth.saturating_add(1)),
            proposed: view.today(),
            decision_body: self.body.clone(),
            decision_record: String::new(),
            approved: None,
            approved_by: String::new(),
            revoked: None,
        }
    }
}

impl Operation for Delegate {
    const NAME: &'static str = "delegate";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn chain(&self, view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(view.village(self.village)?.township()))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let village = view.village(self.village)?;
        if view.state.persons.get(&self.delegate).is_none() {
            return Err(not_found("person", "受托人", &self.delegate));
        }
        if let Some(id) = &self.under
            && view.state.delegations.get(id).is_none()
        {
            return Err(not_found("delegation", "委托", id));
        }
        if self.items.is_empty() || self.from > self.to {
            return Err(invalid(
                "items",
                "at least one item, and a first day not after the last",
                "须写明事项，起始日期不能晚于结束日期。",
            ));
        }
        let township = Some(village.township());
        if let Some(unknown) =
            self.items.iter().find(|id| view.edition.item(township, id).is_none())
        {
            return Err(not_found("item", "清单事项", unknown));
        }
        Ok(Ask {
            action: "Delegate",
            resource: gather::delegation(&self.row(view)),
            place: village,
            cited: Cited { post: self.post.clone(), grant: self.under.clone(), ..Cited::default() },
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        Ok(stored(self.row(view)))
    }
}

/// Registers the deciding body's approval.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveDelegation {
    /// Delegation id; from the path over HTTP.
    #[serde(default)]
    pub delegation: String,
    /// Meeting record of the body that approved.
    pub record: String,
    /// Post under which the person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
}

impl Operation for ApproveDelegation {
    const NAME: &'static str = "approve-delegation";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Delegation", &self.delegation)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = find(view, &self.delegation)?;
        if view.state.meetings.get(&self.record).is_none() {
            return Err(not_found("meeting record", "会议记录", &self.record));
        }
        let cited = Cited {
            post: self.post.clone(),
            record: Some(self.record.clone()),
            ..Cited::default()
        };
        Ok(Ask {
            action: "ApproveDelegation",
            resource: gather::delegation(row),
            place: row.village,
            cited,
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = find(view, &self.delegation)?;
        Ok(stored(Delegation {
            decision_record: self.record.clone(),
            approved: Some(view.today()),
            approved_by: view.caller.person.clone(),
            ..row.clone()
        }))
    }
}

/// Revokes a delegation; it ends at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeDelegation {
    /// Delegation id; from the path over HTTP.
    #[serde(default)]
    pub delegation: String,
}

impl Operation for RevokeDelegation {
    const NAME: &'static str = "revoke-delegation";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::thing(state, "Delegation", &self.delegation)
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let row = find(view, &self.delegation)?;
        Ok(Ask {
            action: "RevokeDelegation",
            resource: gather::delegation(row),
            place: row.village,
            cited: Cited::default(),
            context: model::Record::new(),
        })
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = find(view, &self.delegation)?;
        let revoked = Some(row.revoked.unwrap_or(view.now));
        Ok(stored(Delegation { revoked, ..row.clone() }))
    }
}

fn find<'a>(view: &View<'a>, id: &str) -> Result<&'a Delegation, Refusal> {
    view.state.delegations.get(id).ok_or_else(|| not_found("delegation", "委托", id))
}

fn stored(row: Delegation) -> Plan {
    let reply = json!(row);
    Plan { effects: vec![Effect::Delegation(row)], reply, ..Plan::default() }
}
