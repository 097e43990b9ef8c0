//! Signs (标识标牌): what hangs in a village, under which entry of the list or which approval, and what was
//! taken down. The inventory tells which of them have to go.

use model::{CivilDay, Digest, DivisionCode, Refusal, RefusalKind};
use package::{Edition, ListKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Engine;
use crate::about::About;
use crate::acts::admissions::approved;
use crate::acts::{id, invalid, not_found, title, year};
use crate::gather::{self, Cited};
use crate::operation::{Acting, Ask, Operation, Plan, View, unknown_division};
use crate::record::Effect;
use crate::row::{Personal, Sign};
use crate::state::State;

/// Enters a sign in the inventory, whether or not it may hang.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterSign {
    /// Village.
    pub village: DivisionCode,
    /// What stands on it.
    pub title: String,
    /// Id on the list of signs, where it is listed.
    #[serde(default)]
    pub entry: String,
    /// Approval number: the id of the admitted task by which it was hung, where there is one.
    #[serde(default)]
    pub approval: String,
    /// Day it was hung.
    pub hung: CivilDay,
    /// Digest of its photo, when one was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<Digest>,
}

impl Operation for RegisterSign {
    const NAME: &'static str = "register-sign";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn chain(&self, view: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(view.village(self.village)?.township()))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        title("title", &self.title)?;
        if !self.approval.is_empty() {
            id("approval", &self.approval)?;
        }
        let list = view.edition.lists().get(&ListKind::Sign);
        let known = list.is_some_and(|list| list.entries.contains_key(&self.entry));
        if !self.entry.is_empty() && !known {
            let message = "not on the list of signs; leave it out for a sign that is on no list";
            return Err(invalid("entry", message, "挂牌清单上没有这个编号；不在清单上的不要填。"));
        }
        if self.hung > view.today() {
            return Err(invalid("hung", "a day that has not come", "日期还没到。"));
        }
        ask(view, view.village(self.village)?)
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let prefix = format!("{}-G-{}-", self.village, year(view.today()));
        let number = view.next_number(view.state.signs.starting_with(&prefix).map(|row| &row.id));
        let row = Sign {
            id: format!("{prefix}{number:03}"),
            village: self.village,
            title: self.title.clone(),
            entry: self.entry.clone(),
            approval: self.approval.clone(),
            hung: self.hung,
            photo: self.photo,
            by: view.caller.person.clone(),
            removed: None,
        };
        let reply = shown(view.state, view.edition, view.today(), &row);
        Ok(Plan { effects: vec![Effect::Sign(row)], reply, ..Plan::default() })
    }
}

/// Records that a sign was taken down.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveSign {
    /// Sign id; from the path over HTTP.
    #[serde(default)]
    pub sign: String,
}

impl RemoveSign {
    fn row<'a>(&self, view: &View<'a>) -> Result<&'a Sign, Refusal> {
        view.state.signs.get(&self.sign).ok_or_else(|| not_found("sign", "牌子", &self.sign))
    }
}

impl Operation for RemoveSign {
    const NAME: &'static str = "remove-sign";

    fn about<'a>(&self, state: &'a State) -> About<'a> {
        About::found(state.signs.get(&self.sign).map(|row| row.village))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        ask(view, self.row(view)?.village)
    }

    fn plan(&self, view: &View<'_>, _: &Acting, _: &[Personal]) -> Result<Plan, Refusal> {
        let row = self.row(view)?.clone();
        if row.removed.is_some() {
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "ALREADY_REMOVED",
                format!("sign `{}` was taken down before", row.id),
                "这块牌子已经摘了。",
                "请核对编号；重新挂上的要另外登记。",
            ));
        }
        let row = Sign { removed: Some(view.today()), ..row };
        let reply = shown(view.state, view.edition, view.today(), &row);
        Ok(Plan { effects: vec![Effect::Sign(row)], reply, ..Plan::default() })
    }
}

fn ask(view: &View<'_>, village: DivisionCode) -> Result<Ask, Refusal> {
    Ok(Ask {
        action: "PutEntity",
        resource: gather::unit(view.edition, village).ok_or_else(|| unknown_division(village))?,
        place: village,
        cited: Cited::default(),
        context: gather::record([("entityType", "Sign".into())]),
    })
}

/// Why a sign has to go, in English and in Chinese; none for one that may hang.
fn must_go(
    state: &State,
    edition: &Edition,
    day: CivilDay,
    row: &Sign,
) -> Option<(String, String)> {
    let listed = edition.entry(&row.entry, day);
    if listed.is_some_and(|(kind, _)| kind == ListKind::Sign) {
        return None;
    }
    if row.approval.is_empty() {
        return Some((
            "it is on no list today and has no approval number".to_owned(),
            "不在今天的挂牌清单上，也没有批准编号".to_owned(),
        ));
    }
    let number = &row.approval;
    let task = state.tasks.get(number).filter(|task| task.village == row.village);
    let Some(task) = task.filter(|task| task.assigned.is_some()) else {
        return Some((
            format!("`{number}` is no task that was handed to this village"),
            format!("批准编号“{number}”不是经过准入、交办给本村的任务"),
        ));
    };
    if !approved(task) {
        return Some((
            format!("`{number}` has not both approvals"),
            format!("“{number}”没有市委和市政府的批准，不能作挂牌的依据"),
        ));
    }
    task.end.filter(|end| *end < day).map(|end| {
        (format!("its approval `{number}` ended on {end}"), format!("批准“{number}”{end}已到期"))
    })
}

fn shown(state: &State, edition: &Edition, day: CivilDay, row: &Sign) -> Value {
    let mut shown = json!(row);
    if let Some(map) = shown.as_object_mut() {
        // who entered it is nobody's to look up
        map.remove("by");
        let why = must_go(state, edition, day, row).filter(|_| row.removed.is_none());
        let standing = match (row.removed, &why) {
            (Some(_), _) => "removed",
            (None, Some(_)) => "remove",
            (None, None) => "hangs",
        };
        map.insert("standing".to_owned(), json!(standing));
        if let Some((english, chinese)) = why {
            map.insert("why".to_owned(), json!(format!("{chinese}，限期摘下。")));
            map.insert("why_en".to_owned(), json!(english));
        }
    }
    shown
}

impl Engine {
    /// The signs of a village, a township or the district, with what has to go. They hang in public, so
    /// everybody may read it.
    ///
    /// # Errors
    /// `UNKNOWN_DIVISION`, or no edition is in force.
    pub fn signs(&self, place: DivisionCode) -> Result<Value, Refusal> {
        let (state, snapshot, today) = (self.read_state(), self.snapshot(), self.today());
        let edition = snapshot.edition(today, Some(place))?;
        if edition.divisions().get(place).is_none() {
            return Err(unknown_division(place));
        }
        let rows = state.signs.iter().filter(|row| place.contains(row.village));
        let there = |row: &Sign| snapshot.edition(today, Some(row.village)).unwrap_or(edition);
        let signs: Vec<Value> = rows.map(|row| shown(&state, there(row), today, row)).collect();
        let count = |standing: &str| signs.iter().filter(|s| s["standing"] == standing).count();
        Ok(json!({
            "place": place, "day": today, "hangs": count("hangs"), "remove": count("remove"),
            "removed": count("removed"), "signs": signs,
        }))
    }
}
