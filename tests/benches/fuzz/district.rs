//! The same over a small district with its record.

use std::sync::Arc;

use engine::evaluate::explained;
use engine::explanation::Language;
use engine::judge::judge;
use engine::search::find;
use engine::snapshot::Snapshot;
use engine::state::State;
use engine::{Clock, Engine, EngineOptions};
use folder::{Search, Sought};
use model::{Ask, CivilDay, DivisionCode, Minute};
use rules::RuleHost;
use serde_json::json;
use server::parse_evaluation;
use tests::district as copies;

use super::dice::Dice;
use super::questions::{WIRE, World};
use super::{Ran, Target, kind, parse, plain_words};

/// Candidates of a search that are compared one by one.
const LOOKED_MAX: usize = 400;

/// A demo district with one household in each village.
pub(super) struct District {
    snapshot: Arc<Snapshot>,
    state: Arc<State>,
    now: Minute,
    world: World,
    allowed: u64,
    denied: u64,
    found: usize,
}

impl District {
    pub(super) fn open() -> Self {
        let scratch = copies::scratch("fuzz-district");
        let files = engine::files::read_package(&copies::small(&scratch, 1)).unwrap();
        let package = package::load(&files).package.unwrap();
        let host = RuleHost::new(rules::Limits::default()).unwrap();
        let now = Minute("2026-11-23".parse::<CivilDay>().unwrap().start().0 + 600);
        let options = EngineOptions::new(scratch.join("store"), Clock::manual(now));
        let engine = Engine::open(Snapshot::new(package, &host).unwrap(), options).unwrap();
        engine.load_demo(&mut |_, _| {}).unwrap();
        let (snapshot, state) = (engine.snapshot(), engine.read_state());
        drop(engine);
        let _ = std::fs::remove_dir_all(scratch);
        let mut world = world(&snapshot, &state, now);
        world.learn(60_000, |ask| judge(&state, &snapshot, now, ask, None).allowed());
        Self { snapshot, state, now, world, allowed: 0, denied: 0, found: 0 }
    }

    fn seek(&self, ask: &Ask, sought: Sought, now: Minute) -> Result<usize, String> {
        let allowed = |id: &str| {
            let mut one = ask.clone();
            match sought {
                Sought::Subject => id.clone_into(&mut one.subject.id),
                Sought::Resource => id.clone_into(&mut one.resource.id),
                Sought::Action => id.clone_into(&mut one.action),
            }
            judge(&self.state, &self.snapshot, now, &one, None).allowed()
        };
        let search = Search { sought, ask, behind: None, limit: None };
        let mut left = LOOKED_MAX / 64;
        let found = find(&self.state, &self.snapshot, now, &search, None, &mut || {
            left = left.saturating_sub(1);
            left > 0
        });
        if let Some(wrong) = found.ids.iter().find(|id| !allowed(id)) {
            return Err(format!("{sought:?} `{wrong}` was found and is not allowed"));
        }
        // those that were looked at and not found are not allowed
        if sought == Sought::Subject && ask.subject.kind == "Person" {
            let looked = self.state.persons.behind(None).take(found.looked.saturating_sub(1));
            for person in looked {
                if allowed(&person.id) != found.ids.contains(&person.id) {
                    return Err(format!("`{}` is allowed and was not found", person.id));
                }
            }
        }
        Ok(found.ids.len())
    }
}

fn world(snapshot: &Snapshot, state: &State, now: Minute) -> World {
    let mut world = World::default();
    let mut add = |kind: &str, id: &str| world.things.push((kind.to_owned(), id.to_owned()));
    // people with posts more often than others
    for person in state.persons.iter() {
        if !person.id.contains("-r") || person.id.ends_with('1') {
            add("Person", &person.id);
        }
    }
    for _ in 0..20 {
        state.matters.iter().for_each(|it| add("Matter", &it.id));
        state.delegations.iter().for_each(|it| add("Delegation", &it.id));
        state.rounds.iter().for_each(|it| add("Round", &it.id));
        state.tasks.iter().for_each(|it| add("Task", &it.id));
    }
    for division in snapshot.package.divisions().all() {
        add("Village", &division.code.to_string());
        add("Township", &division.code.to_string());
        add("District", &division.code.to_string());
    }
    state.households.iter().take(50).for_each(|it| add("Account", &it.id));
    if let Some(compiled) = snapshot.compiled(now.day(), None) {
        world.actions.extend(compiled.decider.actions().map(str::to_owned));
    }
    let names = [
        "post",
        "record",
        "grant",
        "step",
        "item",
        "purpose",
        "amount_cents",
        "explain",
        "channel",
        "body",
        "points",
        "village",
    ];
    world.names.extend(names.map(str::to_owned));
    world.values.extend(state.meetings.iter().map(|it| json!(it.id)));
    world.values.extend(state.posts.iter().take(60).map(|it| json!(it.id)));
    let steps = ["MEM", "REP", "S10", "S11", "P01", "P15", "370285102-T01", ""];
    world.values.extend(steps.map(|it| json!(it)));
    world
}

impl Target for District {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let step = json!({
            "subject": {"type": "Person", "id": "370285102259-p01"}, "action": {"name": "TakeStep"},
            "resource": {"type": "Matter", "id": "370285102259-S10-2026-001", "properties": {"step": "MEM"}},
            "context": {"record": "370285102259-MEM-2026-001"},
        });
        let mut seeds = parse::seeds();
        seeds.push(step.to_string().into_bytes());
        seeds
    }

    fn make(&self, dice: &mut Dice) -> Vec<u8> {
        let mut asked = self.world.question(dice);
        // most persons act, and few things do
        if dice.one_in(3) {
            let persons: Vec<&(String, String)> =
                self.world.things.iter().filter(|it| it.0 == "Person").collect();
            let person = dice.of(&persons);
            asked["subject"] = json!({"type": "Person", "id": person.1});
        }
        asked.to_string().into_bytes()
    }

    fn words(&self) -> &[&'static str] {
        &WIRE
    }

    fn run(&mut self, input: &[u8]) -> Ran {
        let ask = match parse_evaluation(input) {
            Ok(ask) => ask,
            Err(message) => return Ok(kind(&[&plain_words(&message)])),
        };
        let salt = kind(&[&format!("{ask:?}")]);
        let now = match salt % 16 {
            0 => Minute(0),
            1 => Minute(i64::MAX),
            2 => Minute(i64::MIN),
            3 => Minute(self.now.0 + 60 * 24 * 400),
            _ => self.now,
        };
        let township = match salt % 5 {
            0 => DivisionCode::parse("370285102000").ok(),
            1 => DivisionCode::parse("370285106000").ok(),
            _ => None,
        };
        let judged = judge(&self.state, &self.snapshot, now, &ask, township);
        if judged.policies.is_empty() {
            return Err("nothing is named as deciding".to_owned());
        }
        let why = judged.why(&self.snapshot, &ask.action, &|_| true);
        if why.decision.effect != judged.effect {
            return Err(format!("judged {:?}, explained {:?}", judged.effect, why.decision));
        }
        for (language, shows) in [(Language::Chinese, true), (Language::English, false)] {
            let said = explained(
                &self.state,
                &self.snapshot,
                now,
                &ask,
                &judged,
                String::new(),
                language,
                &|_| shows,
            );
            serde_json::to_string(&said).map_err(|error| error.to_string())?;
        }
        *(if judged.allowed() { &mut self.allowed } else { &mut self.denied }) += 1;
        let mut kinds = format!("{:?}{}", judged.effect, judged.policies.join(","));
        if salt.is_multiple_of(if judged.allowed() { 8 } else { 64 }) {
            for sought in [Sought::Action, Sought::Subject, Sought::Resource] {
                let count = self.seek(&ask, sought, now)?;
                self.found += count;
                kinds.push_str(&count.min(3).to_string());
            }
        }
        Ok(kind(&[&kinds]))
    }

    fn notes(&self) -> String {
        let Self { allowed, denied, found, .. } = self;
        format!("; {allowed} allowed, {denied} denied, {found} found by searches")
    }
}
