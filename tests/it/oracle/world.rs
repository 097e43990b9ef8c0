//! The real engine and the plain facts side by side: each operation goes to the engine, and what it
//! accepts becomes a fact.

use engine::acts::delegations::{ApproveDelegation, Delegate, RevokeDelegation};
use engine::acts::matters::{OpenMatter, TakeStep};
use engine::acts::meetings::RecordMeeting;
use engine::acts::people::{PostInput, PutPerson};
use engine::{Caller, Engine};
use model::{CivilDay, DivisionCode};
use serde_json::Value;

use super::law::{self, Cites, Grant, Matter, Meeting, Person, Post};
use super::plan::{Draw, Op, Plan, Who};

const VILLAGE: &str = "370285102259";
const TOWNSHIP: &str = "370285102000";
const DATA_ADMIN: &str = "370285000000-p06";
const ROLES: [(&str, bool); 9] = [
    ("director", true),
    ("deputy", true),
    ("clerk", true),
    ("bookkeeper", true),
    ("supervisor", true),
    ("board-chair", true),
    ("auditor", false),
    ("secretary", true),
    ("member", true),
];
const BODIES: [&str; 5] = ["TWO", "REP", "ASM", "BRANCH", "MEM"];

/// One plan under way.
pub(super) struct World<'a> {
    engine: &'a Engine,
    pub(super) people: Vec<Person>,
    pub(super) matter: Matter,
    meetings: Vec<Meeting>,
    grants: Vec<Grant>,
    /// What the engine allowed and refused.
    pub(super) taken: usize,
    pub(super) refused: usize,
}

fn village() -> DivisionCode {
    VILLAGE.parse().unwrap()
}

fn day(number: i64) -> CivilDay {
    CivilDay::from_number(number).unwrap()
}

impl<'a> World<'a> {
    /// People of the plan with their posts, and one matter.
    pub(super) fn new(engine: &'a Engine, case: usize, plan: &Plan) -> Self {
        let today = engine.today().number();
        let mut people = Vec::new();
        for (n, draw) in plan.people.iter().enumerate() {
            let id = format!("{VILLAGE}-p{}", 1000 + case * 20 + n);
            let terms =
                [(today - 30, today + 400), (today + 5, today + 400), (today - 30, today + 3)];
            let (role, own) = ROLES[n];
            let (from, to) = terms[usize::from(draw.term) % terms.len()];
            let mut posts = vec![Post { role, village: own, from, to }];
            if draw.second {
                let (role, own) = ROLES[(n + 1) % ROLES.len()];
                posts.push(Post { role, village: own, from: today - 30, to: today + 400 });
            }
            people.push(Person { id, posts, suspended: false });
        }
        let mut world = Self {
            engine,
            people,
            matter: Matter { item: plan.item(), cents: plan.cents, ..Matter::default() },
            meetings: Vec::new(),
            grants: Vec::new(),
            taken: 0,
            refused: 0,
        };
        for who in 0..world.people.len() {
            world.put(who);
        }
        let open = OpenMatter {
            item: world.matter.item.to_owned(),
            village: village(),
            title: "一件事".to_owned(),
            amount_cents: plan.cents,
            seal_class: String::new(),
            variant: String::new(),
            site: String::new(),
            project: String::new(),
            certificate: String::new(),
            service: String::new(),
            documents: Vec::new(),
        };
        let clerk = Caller { person: format!("{VILLAGE}-p05") };
        let reply = engine.act(&clerk, None, &open).unwrap();
        reply.body["id"].as_str().unwrap().clone_into(&mut world.matter.id);
        world
    }

    fn today(&self) -> i64 {
        self.engine.today().number()
    }

    /// Writes a person as the plan has them now.
    fn put(&self, who: usize) {
        let person = &self.people[who];
        let posts = person.posts.iter().map(|post| PostInput {
            role: post.role.to_owned(),
            unit: if post.village { VILLAGE } else { TOWNSHIP }.parse().unwrap(),
            department: String::new(),
            from: day(post.from),
            to: day(post.to),
        });
        let put = PutPerson {
            id: person.id.clone(),
            unit: village(),
            household: String::new(),
            suspended_from: person.suspended.then(|| self.engine.today()),
            suspended_to: None,
            posts: posts.collect(),
            personal: std::collections::BTreeMap::new(),
        };
        let admin = Caller { person: DATA_ADMIN.to_owned() };
        self.engine.act(&admin, None, &put).unwrap();
    }

    fn caller(&self, who: usize) -> Caller {
        Caller { person: self.people[who].id.clone() }
    }

    /// Carries out one operation and compares.
    ///
    /// # Errors
    /// What the engine allowed although nobody had the authority, or refused although all was in order.
    pub(super) fn run(&mut self, op: &Op) -> Result<(), String> {
        match op {
            Op::Step { who, step, meeting, grant } => self.step(*who, step, meeting, grant),
            Op::Meet(draw) => {
                self.meet(draw);
                Ok(())
            }
            Op::Delegate { by, to, land, from, long } => {
                self.delegate(usize::from(*by), usize::from(*to), *land, *from, *long)
            }
            Op::Approve { by, grant, good } => self.approve(usize::from(*by), *grant, *good),
            Op::Revoke { by, grant } => {
                self.revoke(usize::from(*by), *grant);
                Ok(())
            }
            Op::Days(days) => {
                let to = day(self.today() + i64::from(*days));
                self.engine.move_clock(model::Minute(to.start().0 + 600)).unwrap();
                Ok(())
            }
            Op::End(who) => {
                let (who, today) = (usize::from(*who) % self.people.len(), self.today());
                let post = &mut self.people[who].posts[0];
                post.to = post.from.max(today - 1);
                self.put(who);
                Ok(())
            }
            Op::Suspend(who, on) => {
                let who = usize::from(*who) % self.people.len();
                self.people[who].suspended = *on;
                self.put(who);
                Ok(())
            }
        }
    }

    fn step(&mut self, who: Who, step: &Draw, meeting: &Draw, grant: &Draw) -> Result<(), String> {
        let today = self.today();
        let steps = law::steps(self.matter.item);
        let next = steps.iter().position(|s| self.matter.taken.iter().all(|t| t.0 != s.id));
        let step = match step {
            Draw::Right => next.unwrap_or(0),
            Draw::Any(n) => usize::from(*n) % steps.len(),
        };
        let step = &steps[step];
        let needed = law::bodies(&self.matter, step.id);
        let meeting = match meeting {
            Draw::Right => self
                .meetings
                .iter()
                .rev()
                .find(|m| needed.contains(&m.body) && m.about == self.matter.id),
            Draw::Any(n) => self.meetings.get(usize::from(*n)),
        };
        let grant = match grant {
            Draw::Right => None,
            Draw::Any(n) => self.grants.get(usize::from(*n) % self.grants.len().max(1)),
        };
        let cites = Cites { meeting, grant };
        let lawful =
            |who: usize| law::unlawful(&self.matter, &self.people, who, step, cites, today);
        let who = match who {
            Who::Right => {
                let all = || 0..self.people.len();
                let holds =
                    |who: &usize| law::holds(&self.people[*who], step.roles, step.village, today);
                all().find(|who| lawful(*who).is_none()).or_else(|| all().find(holds)).unwrap_or(0)
            }
            Who::Delegate => grant.map_or(0, |grant| grant.delegate),
            Who::Any(n) => usize::from(n) % self.people.len(),
        };
        let why = lawful(who);
        let take = TakeStep {
            matter: self.matter.id.clone(),
            step: step.id.to_owned(),
            record: meeting.map(|m| m.id.clone()),
            grant: grant.map(|g| g.id.clone()),
            post: None,
            cents: None,
        };
        let plain = grant.is_none() && (meeting.is_none() || !needed.is_empty());
        let told = format!("{} by {} on {today}: {take:?}", step.id, self.people[who].id);
        match (self.engine.act(&self.caller(who), None, &take), why) {
            (Ok(_), Some(why)) => Err(format!("allowed, but {why}: {told}")),
            (Err(refusal), None) if plain && !self.early(step.id, meeting) => {
                Err(format!("refused although in order ({refusal}): {told}"))
            }
            (Ok(_), None) => {
                self.taken += 1;
                self.matter.taken.push((step.id, today, who));
                Ok(())
            }
            (Err(_), _) => {
                self.refused += 1;
                Ok(())
            }
        }
    }

    /// A meeting held before the step it builds on says nothing about it.
    fn early(&self, step: &str, meeting: Option<&Meeting>) -> bool {
        let before = law::steps(self.matter.item).iter().take_while(|s| s.id != step);
        let last = before
            .filter_map(|s| self.matter.taken.iter().find(|t| t.0 == s.id))
            .map(|t| t.1)
            .max();
        meeting.is_some_and(|meeting| last.is_some_and(|last| meeting.day < last))
    }

    fn meet(&mut self, draw: &super::plan::Meet) {
        let steps = law::steps(self.matter.item);
        let next = steps.iter().find(|s| self.matter.taken.iter().all(|t| t.0 != s.id));
        let needed = next.and_then(|s| law::bodies(&self.matter, s.id).first().copied());
        let body = match draw.body {
            Draw::Right => needed.unwrap_or("TWO"),
            Draw::Any(n) => BODIES[usize::from(n) % BODIES.len()],
        };
        let today = self.today();
        let meeting = Meeting {
            id: String::new(),
            body,
            about: if draw.other {
                format!("{VILLAGE}-P15-2026-001")
            } else {
                self.matter.id.clone()
            },
            day: today,
            notice: today - i64::from(draw.notice),
            eligible: i64::from(draw.eligible),
            present: i64::from(draw.present.min(draw.eligible)),
            in_favour: i64::from(draw.in_favour.min(draw.present).min(draw.eligible)),
        };
        self.record(meeting);
    }

    /// Registers a meeting; the number of the record, when the engine took it.
    fn record(&mut self, meeting: Meeting) -> Option<usize> {
        let record = RecordMeeting {
            body: meeting.body.to_owned(),
            village: village(),
            item: if meeting.about.contains("-D-") {
                String::new()
            } else {
                self.matter.item.to_owned()
            },
            matter: meeting.about.clone(),
            day: day(meeting.day),
            notice_day: day(meeting.notice),
            eligible: meeting.eligible,
            present: meeting.present,
            in_favour: meeting.in_favour,
            against: meeting.present - meeting.in_favour,
            abstain: 0,
            counted: String::new(),
            method: String::new(),
            roll: Vec::new(),
            attending: Vec::new(),
            proxies: std::collections::BTreeMap::new(),
            written: false,
            candidates: Vec::new(),
            published: None,
            motion: String::new(),
            content: String::new(),
            opinion: String::new(),
        };
        let clerk = Caller { person: format!("{VILLAGE}-p05") };
        let reply = self.engine.act(&clerk, None, &record).ok()?;
        let id = reply.body["id"].as_str()?.to_owned();
        self.meetings.push(Meeting { id, ..meeting });
        Some(self.meetings.len() - 1)
    }

    fn delegate(
        &mut self,
        by: usize,
        to: usize,
        land: bool,
        from: i8,
        long: i8,
    ) -> Result<(), String> {
        let (by, to) = (by % self.people.len(), to % self.people.len());
        let today = self.today();
        let item = if land { "S10" } else { "P15" };
        let (from, to_day) = (today + i64::from(from), today + i64::from(from) + i64::from(long));
        let ask = Delegate {
            village: village(),
            role: "director".to_owned(),
            items: [item.to_owned()].into(),
            delegate: self.people[to].id.clone(),
            body: "TWO".to_owned(),
            from: day(from),
            to: day(to_day),
            under: None,
            post: None,
        };
        let held =
            law::holds(&self.people[by], &["director"], true, today) && !self.people[by].suspended;
        let Ok(reply) = self.engine.act(&self.caller(by), None, &ask) else { return Ok(()) };
        if !held || land || by == to {
            return Err(format!("delegated without the power: {ask:?}"));
        }
        let id = reply.body["id"].as_str().unwrap_or_default().to_owned();
        self.grants.push(Grant {
            id,
            grantor: by,
            delegate: to,
            item,
            from,
            to: to_day,
            proposed: today,
            held,
            approved: false,
            revoked: false,
        });
        Ok(())
    }

    fn approve(&mut self, by: usize, grant: u8, good: bool) -> Result<(), String> {
        if self.grants.is_empty() {
            return Ok(());
        }
        let (by, at) = (by % self.people.len(), usize::from(grant) % self.grants.len());
        let today = self.today();
        let in_favour = if good { 7 } else { 3 };
        let meeting = Meeting {
            id: String::new(),
            body: "TWO",
            about: self.grants[at].id.clone(),
            day: today,
            notice: today,
            eligible: 7,
            present: 7,
            in_favour,
        };
        let Some(record) = self.record(meeting) else { return Ok(()) };
        let record = self.meetings[record].clone();
        let ask = ApproveDelegation {
            delegation: self.grants[at].id.clone(),
            record: record.id.clone(),
            post: None,
        };
        let done = self.engine.act(&self.caller(by), None, &ask).is_ok();
        let grant = &self.grants[at];
        let roles = ["clerk", "secretary", "director", "deputy"];
        let lawful = law::decided(&record)
            && by != grant.grantor
            && by != grant.delegate
            && !self.people[by].suspended
            && law::holds(&self.people[by], &roles, true, today);
        if done && !lawful {
            return Err(format!("approved without the power: {ask:?} by {}", self.people[by].id));
        }
        self.grants[at].approved |= done;
        Ok(())
    }

    fn revoke(&mut self, by: usize, grant: u8) {
        if self.grants.is_empty() {
            return;
        }
        let (by, at) = (by % self.people.len(), usize::from(grant) % self.grants.len());
        let ask = RevokeDelegation { delegation: self.grants[at].id.clone() };
        let reply: Result<_, _> = self.engine.act(&self.caller(by), None, &ask);
        self.grants[at].revoked |= reply.is_ok();
    }

    /// What the engine answers to everybody about every step, for comparing two histories.
    pub(super) fn answers(&self, ask: &dyn Fn(&str, &str, &str) -> bool) -> Vec<bool> {
        let steps = law::steps(self.matter.item);
        let pairs =
            self.people.iter().flat_map(|person| steps.iter().map(move |step| (person, step)));
        pairs.map(|(person, step)| ask(&person.id, &self.matter.id, step.id)).collect()
    }

    /// Nothing of the state is told in an error of the engine's own making.
    pub(super) fn view(&self) -> Value {
        serde_json::json!({"matter": self.matter.id, "taken": self.matter.taken.len()})
    }
}
