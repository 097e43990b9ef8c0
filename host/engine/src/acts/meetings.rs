//! Entering the record of a meeting, with what the official register (登记表) asks for.

use std::collections::{BTreeMap, BTreeSet};

use model::{CivilDay, DivisionCode, Refusal, Tally};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::about::About;
use crate::acts::proxies::Proxies;
use crate::acts::{id, invalid, year};
use crate::course::Register;
use crate::gather::{self, Cited};
use crate::limits;
use crate::operation::{Acting, Ask, Operation, PersonalFields, Plan, View, chain_of};
use crate::record::Effect;
use crate::row::{Meeting, Personal};
use crate::state::State;

/// Enters the record of a meeting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordMeeting {
    /// Body that met, e.g. `REP`.
    pub body: String,
    /// Village, or the district for its own organs.
    pub village: DivisionCode,
    /// Item it dealt with.
    #[serde(default)]
    pub item: String,
    /// Matter, task or delegation it dealt with.
    #[serde(default)]
    pub matter: String,
    /// Day of the meeting.
    pub day: CivilDay,
    /// Day of the notice.
    pub notice_day: CivilDay,
    /// 应到.
    pub eligible: i64,
    /// 实到.
    pub present: i64,
    /// 赞成.
    pub in_favour: i64,
    /// 反对.
    pub against: i64,
    /// 弃权.
    pub abstain: i64,
    /// How people are counted: `people`, or `households` where the law allows it; empty for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub counted: String,
    /// 表决方式: `hands`, `ballot` or `oral`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// 点名: pseudonymous ids of those present.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roll: Vec<String>,
    /// 列席镇干部: pseudonymous ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attending: Vec<String>,
    /// 委托投票: who stayed away → who voted for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub proxies: BTreeMap<String, String>,
    /// Whether each of them was given in writing and the papers are filed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub written: bool,
    /// 候选人: who stood for election.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
    /// 公开: day on which the outcome was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<CivilDay>,
    /// 动议事由. It goes to the side store, as do the two texts below.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub motion: String,
    /// 内容.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub content: String,
    /// 监督意见.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub opinion: String,
}

impl Operation for RecordMeeting {
    const NAME: &'static str = "record-meeting";

    fn about<'a>(&self, _: &'a State) -> About<'a> {
        About::Place(self.village)
    }

    fn chain(&self, _: &View<'_>) -> Result<Option<DivisionCode>, Refusal> {
        Ok(Some(chain_of(self.village)))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Refusal> {
        let Some(resource) = gather::unit(view.edition, self.village) else {
            return Err(crate::operation::unknown_division(self.village));
        };
        if !view.edition.bodies().contains_key(&self.body) {
            return Err(invalid(
                "body",
                "not a body of this district; see `bodies.toml`",
                "没有这个会议机构。",
            ));
        }
        self.tally()
            .checked()
            .map_err(|e| invalid("eligible", &e.to_string(), "应到、实到和票数不相符。"))?;
        if self.day > view.today() || self.notice_day > self.day {
            return Err(invalid(
                "day",
                "a meeting lies in the past and after its notice",
                "会议日期不能晚于今天，通知日期不能晚于会议日期。",
            ));
        }
        self.register_fits(view)?;
        Ok(Ask {
            action: "RecordMeeting",
            resource,
            place: self.village,
            cited: Cited::default(),
            context: gather::record([("record", gather::meeting(&self.row(view, None)))]),
        })
    }

    fn personal(&self, view: &View<'_>) -> Vec<PersonalFields> {
        let fields: BTreeMap<String, String> = self
            .texts()
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| (name.to_owned(), text.clone()))
            .collect();
        let subject = view.caller.person.clone();
        if fields.is_empty() { Vec::new() } else { vec![PersonalFields { subject, fields }] }
    }

    fn plan(&self, view: &View<'_>, _: &Acting, personal: &[Personal]) -> Result<Plan, Refusal> {
        let row = self.row(view, personal.first().cloned());
        let mut reply = json!(row);
        if let Some(map) = reply.as_object_mut() {
            map.insert("present_permille".to_owned(), json!(permille(self.present, self.eligible)));
        }
        Ok(Plan { effects: vec![Effect::Meeting(row)], reply, ..Plan::default() })
    }
}

impl RecordMeeting {
    fn tally(&self) -> Tally {
        Tally {
            eligible: self.eligible,
            present: self.present,
            in_favour: self.in_favour,
            against: self.against,
            abstain: self.abstain,
        }
    }

    fn texts(&self) -> [(&'static str, &String); 3] {
        [("motion", &self.motion), ("content", &self.content), ("opinion", &self.opinion)]
    }

    /// Whether the register's own fields can be used.
    fn register_fits(&self, view: &View<'_>) -> Result<(), Refusal> {
        for (field, text) in self.texts() {
            if text.chars().count() > limits::NOTE_CHARS_MAX {
                return Err(invalid(field, "at most 500 characters", "最多500字。"));
            }
        }
        let choice = |field, value: &str, known: &[&str]| {
            if value.is_empty() || known.contains(&value) {
                return Ok(());
            }
            let known = known.join("`, `");
            Err(invalid(field, &format!("one of `{known}`"), "只能从规定的写法里选。"))
        };
        choice("counted", &self.counted, &["people", "households"])?;
        choice("method", &self.method, &["hands", "ballot", "oral"])?;
        let lists = [
            ("roll", &self.roll),
            ("attending", &self.attending),
            ("candidates", &self.candidates),
        ];
        for (field, ids) in lists {
            for one in ids {
                id(field, one)?;
                if view.state.persons.get(one).is_none() {
                    let said = format!("`{one}` is not registered; write the person's id");
                    return Err(invalid(field, &said, "写人员编号，不写姓名；编号要登记在册。"));
                }
            }
            if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
                return Err(invalid(field, "each person once", "同一个人只能写一次。"));
            }
        }
        let called = i64::try_from(self.roll.len()).unwrap_or(i64::MAX);
        if called > 0 && self.proxies.is_empty() && called != self.present {
            let said = format!("{called} on the roll and {} present do not agree", self.present);
            return Err(invalid("roll", &said, "点名的人数和实到人数不一样。"));
        }
        let proxies = Proxies {
            given: &self.proxies,
            written: self.written,
            candidates: &self.candidates,
            about: (&self.item, &self.matter),
            attending: &self.attending,
            households: self.counted == "households",
            roll: &self.roll,
            present: self.present,
        };
        let body = view.edition.bodies().get(&self.body);
        proxies.fit(view.state, body.and_then(|body| body.proxies.as_ref()))?;
        self.voters_fit(view)?;
        if self.published.is_some_and(|day| day < self.day || day > view.today()) {
            let said = "the outcome is published on or after the day of the meeting, not ahead";
            return Err(invalid("published", said, "公开日期不能早于开会，也不能晚于今天。"));
        }
        Ok(())
    }

    /// Who votes belongs to the village, and does so once: not as an officer who only attends, and not twice for
    /// one household where households are counted.
    fn voters_fit(&self, view: &View<'_>) -> Result<(), Refusal> {
        let person = |one: &String| view.state.persons.get(one);
        let mut houses = BTreeSet::new();
        for one in self.roll.iter().chain(self.proxies.keys()) {
            let here = |unit: DivisionCode| self.village.contains(unit);
            let lives = person(one).is_some_and(|person| here(person.unit));
            if !lives && !view.state.posts_of(one).iter().any(|post| here(post.unit)) {
                let said = format!("`{one}` neither lives here nor holds a post here");
                return Err(invalid("roll", &said, "不是本村（居）的人，不能算到会。"));
            }
            if self.attending.contains(one) {
                let said = format!("`{one}` cannot both vote and attend");
                return Err(invalid("attending", &said, "列席的人不算到会，不能两边都写。"));
            }
            let house = person(one).map(|person| person.household.as_str()).unwrap_or_default();
            let again = !house.is_empty() && !houses.insert(house);
            if self.counted == "households" && again {
                let said = format!("the household of `{one}` is on the roll twice");
                return Err(invalid("roll", &said, "按户计算的，一户只能写一个人。"));
            }
        }
        Ok(())
    }

    fn row(&self, view: &View<'_>, texts: Option<Personal>) -> Meeting {
        let prefix = format!("{}-{}-{}-", self.village, self.body, year(self.day));
        let number =
            view.next_number(view.state.meetings.starting_with(&prefix).map(|row| &row.id));
        Meeting {
            id: format!("{prefix}{number:03}"),
            body: self.body.clone(),
            village: self.village,
            item: self.item.clone(),
            matter: self.matter.clone(),
            day: self.day,
            notice_day: self.notice_day,
            tally: self.tally(),
            recorded_by: view.caller.person.clone(),
            recorded: Some(view.today()),
            register: Register {
                counted: if self.counted == "people" {
                    String::new()
                } else {
                    self.counted.clone()
                },
                method: self.method.clone(),
                roll: self.roll.clone(),
                attending: self.attending.clone(),
                proxies: self.proxies.clone(),
                written: self.written,
                candidates: self.candidates.clone(),
                published: self.published,
                texts,
            },
        }
    }
}

/// 比例: those present of those entitled, in ‰, rounded down; none when nobody is entitled.
fn permille(present: i64, eligible: i64) -> Option<i64> {
    present.checked_mul(1_000)?.checked_div(eligible)
}
