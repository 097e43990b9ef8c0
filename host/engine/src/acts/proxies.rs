//! Votes cast for somebody who stayed away (委托投票), within the limits that the body's data set.
//! Sources: 《中华人民共和国村民委员会组织法》第18条 (elections: in writing, three for one holder at most, no
//! candidate) and 《中华人民共和国农村集体经济组织法》第27条 (members' assembly: in writing, own household).

use std::collections::{BTreeMap, BTreeSet};

use model::Refusal;
use package::ProxyRule;

use crate::acts::invalid;
use crate::state::State;

/// What a record says of votes that others cast.
pub(crate) struct Proxies<'a> {
    /// Who stayed away → who voted for them.
    pub(crate) given: &'a BTreeMap<String, String>,
    /// Whether each was given in writing.
    pub(crate) written: bool,
    /// Who stood for election; empty where nobody was elected.
    pub(crate) candidates: &'a [String],
    /// Item and matter that were voted on.
    pub(crate) about: (&'a str, &'a str),
    /// Township officers who attended without a vote.
    pub(crate) attending: &'a [String],
    /// Whether households are counted.
    pub(crate) households: bool,
    /// Who came in person.
    pub(crate) roll: &'a [String],
    /// 实到, with those who are represented.
    pub(crate) present: i64,
}

impl Proxies<'_> {
    /// Whether the votes cast for others keep within the limits of the body; `rule` is absent where it takes none.
    ///
    /// # Errors
    /// `INVALID_INPUT` at `proxies`, with the first limit that is not kept.
    pub(crate) fn fit(&self, state: &State, rule: Option<&ProxyRule>) -> Result<(), Refusal> {
        if self.given.is_empty() {
            return Ok(());
        }
        let Some(rule) = rule else {
            let said = "members of this body vote in person; leave `proxies` out";
            return wrong(said, "这个会议要本人到会表决，不能委托别人投票。");
        };
        let (item, matter) = self.about;
        let elects = rule.elections.iter().any(|known| known == item);
        if !(rule.elections.is_empty() || elects && matter.is_empty()) {
            let known = rule.elections.join("`, `");
            let said = format!(
                "this body takes proxies in elections only: `item` is one of `{known}`, without a `matter`"
            );
            return wrong(&said, "这个会议只有选举、罢免时才能委托投票，议事要本人到会。");
        }
        if elects && self.candidates.is_empty() {
            return wrong("an election names its `candidates`", "是选举的，请填候选人。");
        }
        if self.households {
            let said = "households are not counted where persons vote for others";
            return wrong(said, "按户计算的会议不能委托个人投票。");
        }
        if rule.written && !self.written {
            let said = "each proxy is given in writing; set `written` once all papers are filed";
            return wrong(said, "委托投票要有书面委托书；收齐附卷以后再登记。");
        }
        self.seated()?;
        for (voter, holder) in self.given {
            self.pair(state, rule, voter, holder)?;
        }
        self.share(rule)
    }

    /// Those who came and those they speak for are all that are present.
    fn seated(&self) -> Result<(), Refusal> {
        if self.roll.is_empty() {
            let said = "a record with proxies has the `roll` of those who came";
            return wrong(said, "有委托投票的，要填点名，写明谁本人到会。");
        }
        let all = self.roll.len().saturating_add(self.given.len());
        if i64::try_from(all) != Ok(self.present) {
            let said = format!(
                "{} came, {} are represented, and {} are present: they do not agree",
                self.roll.len(),
                self.given.len(),
                self.present
            );
            return wrong(&said, "实到人数应等于本人到会人数加委托人数。");
        }
        Ok(())
    }

    fn pair(
        &self,
        state: &State,
        rule: &ProxyRule,
        voter: &str,
        holder: &str,
    ) -> Result<(), Refusal> {
        let person = |id: &str| state.persons.get(id);
        let (Some(from), Some(to)) = (person(voter), person(holder)) else {
            let said = format!("`{voter}` or `{holder}` is not registered; write persons' ids");
            return wrong(&said, "委托人和受托人都写人员编号，编号要登记在册。");
        };
        if self.attending.iter().any(|one| one == voter) {
            let said = format!("`{voter}` attends for the township and has no vote");
            return wrong(&said, "列席的镇干部没有表决权，不能委托投票。");
        }
        let came = |id: &str| self.roll.iter().any(|one| one == id);
        if came(voter) {
            let said = format!("`{voter}` came in person and needs no proxy");
            return wrong(&said, "委托人本人已经到会，不能再委托别人投票。");
        }
        // whoever is represented did not come either, so that nobody passes a vote on
        if !came(holder) {
            let said = format!("`{holder}` is not on the roll and cannot vote for others");
            return wrong(&said, "受托人没有到会，不能代别人投票；受委托的票不能再转托。");
        }
        if self.candidates.iter().any(|one| one == holder) {
            let said = format!("`{holder}` is a candidate and cannot vote for others");
            return wrong(&said, "候选人不能接受委托投票。");
        }
        if rule.same_household && (from.household.is_empty() || from.household != to.household) {
            let said = format!("`{holder}` is not of the household of `{voter}`");
            return wrong(&said, "只能委托本户的成员投票。");
        }
        Ok(())
    }

    /// Nobody holds more votes of others than the body lets one person hold.
    fn share(&self, rule: &ProxyRule) -> Result<(), Refusal> {
        let Some(most) = rule.most_per_holder else { return Ok(()) };
        let holders: BTreeSet<&String> = self.given.values().collect();
        for holder in holders {
            let held = self.given.values().filter(|it| *it == holder).count();
            if i64::try_from(held).unwrap_or(i64::MAX) > most {
                let said = format!("`{holder}` votes for {held} others; at most {most}");
                let text = format!("一个人最多接受{most}个人的委托投票。");
                return wrong(&said, &text);
            }
        }
        Ok(())
    }
}

fn wrong(said: &str, text: &str) -> Result<(), Refusal> {
    Err(invalid("proxies", said, text))
}
