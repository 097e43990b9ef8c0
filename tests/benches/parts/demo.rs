//! The demo district with its generated people: whole decisions, and the same questions raw.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicyId, PolicySet, Request};
use decision::Asked;
use engine::service::{Reader, Service};
use engine::snapshot::{Compiled, Snapshot};
use engine::state::State;
use engine::{Clock, Engine, EngineOptions, gather};
use evaluator::to_json;
use model::{CivilDay, DivisionCode, Entity, Minute, Record};
use rules::RuleHost;
use serde_json::{Value, json};
use tests::district;

use crate::measure::{Dice, Report, in_turns};
use crate::{DECISION_MAX, TURNS, decide};

/// Different questions of a kind.
const QUESTIONS: usize = 3_000;

/// A question with the facts that the engine gathers for it.
struct Case {
    body: Value,
    principal: Entity,
    resource: Entity,
    context: Record,
    township: Option<DivisionCode>,
}

/// The same question, all of it prebuilt.
struct Raw {
    policies: Arc<PolicySet>,
    request: Request,
    entities: Entities,
}

/// Measures.
pub(crate) fn run(scratch: &Path, report: &mut Report) {
    let files = engine::files::read_package(&district::root().join("policies/laixi")).unwrap();
    let package = package::load(&files).package.unwrap();
    let host = RuleHost::new(rules::Limits::default()).unwrap();
    let snapshot = Snapshot::new(package, &host).unwrap();
    let now = Minute("2026-11-23".parse::<CivilDay>().unwrap().start().0 + 600);
    let options = EngineOptions::new(scratch.join("district"), Clock::manual(now));
    let engine = Arc::new(Engine::open(snapshot, options).unwrap());
    engine.load_demo(&mut |_, _| {}).unwrap();
    let (snapshot, state) = (engine.snapshot(), engine.read_state());
    report.say(&format!(
        "# the demo district: {} persons, {} households, {QUESTIONS} questions of a kind",
        state.persons.len(),
        state.households.len()
    ));
    let service = Service::District(Arc::clone(&engine));
    let world = World { state: &state, snapshot: &snapshot, now };
    let step = [world.step()];
    compare(&world, &service, report, "TakeStep on S10, one question", &step);
    let mut dice = Dice::new(13);
    let people: Vec<String> =
        state.persons.iter().filter(|it| it.id.contains("-r")).map(|it| it.id.clone()).collect();
    let villages: Vec<DivisionCode> =
        snapshot.package.divisions().villages().map(|it| it.code).collect();
    let kinds: [(&str, &dyn Fn(&mut Dice) -> Case); 3] = [
        ("ReadStatement of one's own household", &|dice| {
            world.statement(&people[dice.below(people.len())])
        }),
        ("ReadMatter by anybody", &|dice| world.matter(&people[dice.below(people.len())])),
        ("OpenMatter by a clerk", &|dice| world.open(villages[dice.below(villages.len())])),
    ];
    for (what, one) in kinds {
        let cases: Vec<Case> = (0..QUESTIONS).map(|_| one(&mut dice)).collect();
        compare(&world, &service, report, what, &cases);
    }
}

struct World<'a> {
    state: &'a State,
    snapshot: &'a Snapshot,
    now: Minute,
}

impl World<'_> {
    fn compiled(&self) -> &Compiled {
        self.snapshot.compiled(self.now.day(), None).unwrap()
    }

    fn base(&self, township: DivisionCode) -> Record {
        gather::base_context(&self.compiled().edition, Some(township), self.now)
    }

    fn person(&self, id: &str) -> Entity {
        gather::person(self.state.persons.get(id).unwrap())
    }

    /// A secretary takes the step of the member assembly.
    fn step(&self) -> Case {
        let (person, matter, record) =
            ("370285102259-p01", "370285102259-S10-2026-001", "370285102259-MEM-2026-001");
        let row = self.state.matters.get(matter).unwrap();
        let meeting = self.state.meetings.get(record).unwrap();
        let (resource, own) = engine::acts::matters::step_facts(
            self.state,
            self.snapshot,
            row,
            &engine::flows::Asked {
                step: "MEM",
                cited: Some(meeting),
                cents: None,
                today: self.now.day(),
            },
        )
        .unwrap();
        let mut context = self.base(row.village.township());
        context.extend(own);
        context.insert("record".to_owned(), gather::meeting(meeting));
        let post = self.state.posts_of(person).into_iter().next().unwrap();
        context.insert("post".to_owned(), gather::post(post));
        let body = json!({
            "subject": {"type": "Person", "id": person}, "action": {"name": "TakeStep"},
            "resource": {"type": "Matter", "id": matter, "properties": {"step": "MEM"}},
            "context": {"record": record},
        });
        let township = Some(row.village.township());
        Case { body, principal: self.person(person), resource, context, township }
    }

    /// Somebody reads the statement of their own household.
    fn statement(&self, person: &str) -> Case {
        let household = self.state.persons.get(person).unwrap().household.clone();
        let (resource, village) = gather::account(self.state, &household).unwrap();
        let mut context = self.base(village.township());
        context.insert("purpose".to_owned(), "".into());
        let body = json!({
            "subject": {"type": "Person", "id": person}, "action": {"name": "ReadStatement"},
            "resource": {"type": "Account", "id": household},
        });
        let township = Some(village.township());
        Case { body, principal: self.person(person), resource, context, township }
    }

    /// Somebody reads one of the matters.
    fn matter(&self, person: &str) -> Case {
        let row = self.state.matters.get("370285102259-P15-2026-001").unwrap();
        let resource = gather::matter(row, &self.compiled().edition, "");
        let body = json!({
            "subject": {"type": "Person", "id": person}, "action": {"name": "ReadMatter"},
            "resource": {"type": "Matter", "id": row.id},
        });
        let township = Some(row.village.township());
        let context = self.base(row.village.township());
        Case { body, principal: self.person(person), resource, context, township }
    }

    /// A clerk opens a matter in the village.
    fn open(&self, village: DivisionCode) -> Case {
        let person = format!("{village}-p05");
        let resource = gather::unit(&self.compiled().edition, village).unwrap();
        let mut context = self.base(village.township());
        context.insert("item".to_owned(), "P15".into());
        context.insert("local".to_owned(), false.into());
        context.insert("variantNeeds".to_owned(), "".into());
        context.insert("oneShoulder".to_owned(), false.into());
        let kept = ["CE-01", "CE-02"].into_iter().collect::<model::Value>();
        context.insert("kept".to_owned(), kept);
        for name in ["asked", "documents"] {
            context.insert(name.to_owned(), std::iter::empty::<&str>().collect());
        }
        let post = self.state.posts_of(&person).into_iter().next().unwrap();
        context.insert("post".to_owned(), gather::post(post));
        let body = json!({
            "subject": {"type": "Person", "id": person}, "action": {"name": "OpenMatter"},
            "resource": {"type": "Village", "id": village.to_string()},
            "context": {"item": "P15"},
        });
        let township = Some(village.township());
        Case { body, principal: self.person(&person), resource, context, township }
    }

    /// The policies that the decider evaluates, and nothing else, prebuilt in Cedar's public API.
    fn raw(&self, case: &Case, sets: &mut Vec<(Vec<String>, Arc<PolicySet>)>) -> Raw {
        let compiled = self.compiled();
        let (edition, decider) = (&compiled.edition, &compiled.decider);
        let principal = decider.thing(&case.principal).unwrap();
        let resource = decider.thing(&case.resource).unwrap();
        let context = decider.context(&case.context);
        let action = case.body["action"]["name"].as_str().unwrap();
        let asked = Asked {
            township: case.township,
            action,
            principal: &principal,
            resource: &resource,
            context: &context,
        };
        let ids = decider.sliced_ids(&asked);
        let known = sets.iter().find(|(of, _)| *of == ids).map(|(_, set)| Arc::clone(set));
        let policies = known.unwrap_or_else(|| {
            let overlay =
                case.township.and_then(|code| edition.township(code)).map(|it| &it.overlay);
            let mut set = PolicySet::new();
            for id in &ids {
                let id = PolicyId::new(id);
                let found = edition.base().policy(&id).or_else(|| overlay?.policy(&id));
                set.add(found.unwrap().clone()).unwrap();
            }
            let set = Arc::new(set);
            sets.push((ids, Arc::clone(&set)));
            set
        });
        let uid = |of: &Value| EntityUid::from_json(of.clone()).unwrap();
        let action = uid(&json!({"type": "Action", "id": action}));
        let values: serde_json::Map<String, Value> =
            context.iter().map(|(name, value)| (name.to_string(), to_json(value))).collect();
        let schema = edition.schema();
        let context =
            Context::from_json_value(Value::Object(values), Some((schema, &action))).unwrap();
        let (principal, resource) = (principal.to_cedar_json(), resource.to_cedar_json());
        let request = Request::new(
            uid(&principal["uid"]),
            action,
            uid(&resource["uid"]),
            context,
            Some(schema),
        );
        let entities = Entities::from_json_value(json!([principal, resource]), Some(schema));
        Raw { policies, request: request.unwrap(), entities: entities.unwrap() }
    }
}

fn compare(world: &World<'_>, service: &Service, report: &mut Report, what: &str, cases: &[Case]) {
    let mut sets = Vec::new();
    let raws: Vec<Raw> = cases.iter().map(|case| world.raw(case, &mut sets)).collect();
    let bodies: Vec<Vec<u8>> = cases.iter().map(|it| it.body.to_string().into_bytes()).collect();
    let authorizer = Authorizer::new();
    let mut allowed = 0;
    for (body, raw) in bodies.iter().zip(&raws) {
        let want = authorizer.is_authorized(&raw.request, &raw.policies, &raw.entities);
        let own = decide(service, body);
        let text = String::from_utf8_lossy(body);
        assert_eq!(own, want.decision() == cedar_policy::Decision::Allow, "{text}: {want:?}");
        allowed += usize::from(own);
    }
    let counts: Vec<usize> = sets.iter().map(|(ids, _)| ids.len()).collect();
    let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
    let (ours, base) = in_turns(
        TURNS,
        bodies.len(),
        |row| {
            black_box(decide(service, &bodies[row]));
        },
        |row| {
            let raw = &raws[row];
            black_box(authorizer.is_authorized(&raw.request, &raw.policies, &raw.entities));
        },
    );
    let what = format!(
        "decision {what}, {least} to {most} policies, {allowed} of {} allowed",
        cases.len()
    );
    report.ratio("µs", (&what, ours), ("raw Cedar, the ids of `sliced_ids`", base), DECISION_MAX);
    let _ = Reader::default();
}
